package store

import (
	"context"
	"fmt"

	"overmind/pkg/engine"
)

// Copies implements migration.History.
func (s *Store) Copies(ctx context.Context, source, target int64, limit int) ([]engine.Past, error) {
	var list []engine.Past
	err := s.db.WithContext(ctx).Raw(`SELECT moved_bytes AS bytes, run_ms / 1000 AS seconds FROM ticket_facts
		WHERE source_instance_id = ? AND target_instance_id = ? AND state = 'succeeded' AND run_ms > 0 AND moved_bytes > 0
		ORDER BY ticket_id DESC LIMIT ?`, source, target, limit).Scan(&list).Error
	if err != nil {
		return nil, fmt.Errorf("store: list earlier copies: %w", err)
	}
	return list, nil
}
