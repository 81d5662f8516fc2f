package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"gorm.io/gorm"

	"overmind/pkg/stats"
	"overmind/pkg/ticket"
)

const statisticsZone = "statistics_zone"

// StatisticsZone implements stats.Store.
func (s *Store) StatisticsZone(ctx context.Context, wanted string) (string, error) {
	var zone string
	err := s.db.WithContext(ctx).Raw("SELECT value FROM installation WHERE name = ?", statisticsZone).Scan(&zone).Error
	if err == nil && zone == "" {
		zone = wanted
		err = s.db.WithContext(ctx).Exec("INSERT INTO installation (name, value) VALUES (?, ?) ON DUPLICATE KEY UPDATE value = value",
			statisticsZone, wanted).Error
	}
	if err != nil {
		return "", fmt.Errorf("store: time zone of the statistics: %w", err)
	}
	return zone, nil
}

// AdvanceStatistics implements stats.Store. Events, facts and cells move on in one transaction, so that every change is
// counted once.
func (s *Store) AdvanceStatistics(ctx context.Context, limit int, tally func([]stats.Change) stats.Cells) (taken int, err error) {
	err = s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		var held []int64
		if err := tx.Raw("SELECT value FROM leases WHERE name = 'statistics' FOR UPDATE SKIP LOCKED").Scan(&held).Error; err != nil || len(held) == 0 {
			return err
		}
		var events []eventRow
		err := tx.Select("seq", "aggregate", "subject_id").Where("seq > ?", held[0]).Order("seq").Limit(limit).Find(&events).Error
		if err != nil || len(events) == 0 {
			return err
		}
		taken = len(events)
		var tickets, instances []int64
		for _, e := range events {
			switch e.Aggregate {
			case ticket.Aggregate:
				tickets = append(tickets, e.SubjectID)
			case "instance":
				instances = append(instances, e.SubjectID)
			}
		}
		if err := recount(tx, tickets, tally); err != nil {
			return err
		}
		if err := recountMoved(tx, instances, limit, tally); err != nil {
			return err
		}
		return tx.Exec("UPDATE leases SET value = ? WHERE name = 'statistics'", *events[len(events)-1].Seq).Error
	}, &sql.TxOptions{Isolation: sql.LevelReadCommitted})
	if err != nil {
		return 0, fmt.Errorf("store: count tickets: %w", err)
	}
	return taken, nil
}

// recount replaces the facts of these tickets and adds the difference to the cells.
func recount(tx *gorm.DB, ids []int64, tally func([]stats.Change) stats.Cells) error {
	if len(ids) == 0 {
		return nil
	}
	counted, err := countedFacts(tx, ids)
	if err != nil {
		return err
	}
	facts, err := currentFacts(tx, ids)
	if err != nil {
		return err
	}
	changes := make([]stats.Change, 0, len(facts))
	for _, now := range facts {
		changes = append(changes, stats.Change{Counted: counted[now.TicketID], Now: now})
	}
	if err := saveFacts(tx, facts); err != nil {
		return err
	}
	return addCells(tx, tally(changes))
}

// recountMoved recounts the tickets of instances that belong to another environment than when they were counted.
func recountMoved(tx *gorm.DB, instances []int64, limit int, tally func([]stats.Change) stats.Cells) error {
	for len(instances) > 0 {
		var ids []int64
		err := tx.Raw(`SELECT f.ticket_id FROM instances i JOIN ticket_facts f ON f.source_instance_id = i.id AND f.source_environment_id <> i.environment_id
			WHERE i.id IN ? UNION SELECT f.ticket_id FROM instances i JOIN ticket_facts f ON f.target_instance_id = i.id AND f.target_environment_id <> i.environment_id
			WHERE i.id IN ? LIMIT ?`, instances, instances, limit).Scan(&ids).Error
		if err != nil || len(ids) == 0 {
			return err
		}
		if err := recount(tx, ids, tally); err != nil {
			return err
		}
	}
	return nil
}

// RebuildStatistics implements stats.Store. Others that count wait meanwhile; readers see the old cells until the end.
func (s *Store) RebuildStatistics(ctx context.Context, zone string, limit int, tally func([]stats.Change) stats.Cells, told func(tickets int)) error {
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		var held int64
		if err := tx.Raw("SELECT value FROM leases WHERE name = 'statistics' FOR UPDATE").Scan(&held).Error; err != nil {
			return err
		}
		for _, statement := range []string{"DELETE FROM ticket_rollups", "DELETE FROM ticket_facts"} {
			if err := tx.Exec(statement).Error; err != nil {
				return err
			}
		}
		err := tx.Exec("INSERT INTO installation (name, value) VALUES (?, ?) ON DUPLICATE KEY UPDATE value = VALUES(value)", statisticsZone, zone).Error
		if err != nil {
			return err
		}
		var last int64
		for done := 0; ; {
			var ids []int64
			if err := tx.Raw("SELECT id FROM tickets WHERE id > ? ORDER BY id LIMIT ?", last, limit).Scan(&ids).Error; err != nil {
				return err
			}
			if len(ids) == 0 {
				break
			}
			if err := recount(tx, ids, tally); err != nil {
				return err
			}
			last = ids[len(ids)-1]
			done += len(ids)
			told(done)
		}
		// Events up to now are about tickets as they were just counted, or will be counted once more.
		return nil
	}, &sql.TxOptions{Isolation: sql.LevelReadCommitted})
	if err != nil {
		return fmt.Errorf("store: count all tickets: %w", err)
	}
	return nil
}

// ReadStatistics implements stats.Store.
func (s *Store) ReadStatistics(ctx context.Context, grain stats.Grain, p stats.Period, scope stats.Scope) (stats.Cells, error) {
	q := s.db.WithContext(ctx).Table("ticket_rollups").Where("grain = ? AND source_environment_id = ? AND target_environment_id = ? AND period BETWEEN ? AND ?",
		grain, scope.SourceEnvironmentID, scope.TargetEnvironmentID, p.From, p.Until)
	if scope.Kind != "" {
		q = q.Where("kind = ?", scope.Kind)
	}
	const sums = "SUM(tickets) AS tickets, SUM(succeeded) AS succeeded, SUM(failed) AS failed, SUM(moved_rows) AS moved_rows, SUM(moved_bytes) AS moved_bytes, SUM(review_seconds) AS review_seconds"
	var each, summed []rollupRow
	err := q.Session(&gorm.Session{}).Where("dimension = ?", stats.ByAll).Find(&each).Error
	if err == nil {
		err = q.Session(&gorm.Session{}).Select("dimension, member, "+sums).Where("dimension <> ?", stats.ByAll).Group("dimension, member").Find(&summed).Error
	}
	if err != nil {
		return nil, fmt.Errorf("store: read statistics: %w", err)
	}
	cells := stats.Cells{}
	for _, row := range append(each, summed...) {
		key, measures := row.cell()
		cells[key] = measures
	}
	return cells, nil
}

// StatisticsNames implements stats.Store.
func (s *Store) StatisticsNames(ctx context.Context) (stats.Names, error) {
	names := stats.Names{Users: map[int64]string{}, Instances: map[int64]string{}, Environments: map[int64]string{}}
	for query, into := range map[string]map[int64]string{
		"SELECT id, COALESCE(NULLIF(display_name, ''), username) AS name FROM users": names.Users,
		"SELECT id, name FROM instances":                                             names.Instances,
		"SELECT id, name FROM environments":                                          names.Environments,
	} {
		var rows []struct {
			ID   int64
			Name string
		}
		if err := s.db.WithContext(ctx).Raw(query).Scan(&rows).Error; err != nil {
			return names, fmt.Errorf("store: names of the statistics: %w", err)
		}
		for _, r := range rows {
			into[r.ID] = r.Name
		}
	}
	return names, nil
}

func (r rollupRow) cell() (stats.Key, stats.Measures) {
	period := ""
	if !r.Period.IsZero() {
		period = r.Period.Format(time.DateOnly)
	}
	scope := stats.Scope{Kind: r.Kind, SourceEnvironmentID: r.SourceEnvironmentID, TargetEnvironmentID: r.TargetEnvironmentID}
	return stats.Key{Grain: stats.Grain(r.Grain), Period: period, Dimension: stats.Dimension(r.Dimension), Scope: scope, Member: r.Member},
		stats.Measures{Tickets: r.Tickets, Succeeded: r.Succeeded, Failed: r.Failed, Rows: r.MovedRows, Bytes: r.MovedBytes, ReviewSeconds: r.ReviewSeconds}
}
