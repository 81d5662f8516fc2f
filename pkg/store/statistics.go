package store

import (
	"context"
	"database/sql"
	"fmt"

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

// AdvanceStatistics implements stats.Store. Events, facts and sheets move on in one transaction, so that every change is
// counted once.
func (s *Store) AdvanceStatistics(ctx context.Context, limit int, tally func([]stats.Change) stats.Sheets) (taken int, err error) {
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

// recount replaces the facts of these tickets and adds the difference to the sheets.
func recount(tx *gorm.DB, ids []int64, tally func([]stats.Change) stats.Sheets) error {
	if len(ids) == 0 {
		return nil
	}
	before, err := facts(tx, "ticket_id IN ?", ids)
	if err != nil {
		return err
	}
	counted := map[int64]*stats.Fact{}
	for i := range before {
		counted[before[i].TicketID] = &before[i]
	}
	if err := tx.Exec(renewFacts("IN ?"), ids, ids).Error; err != nil {
		return err
	}
	now, err := facts(tx, "ticket_id IN ?", ids)
	if err != nil {
		return err
	}
	changes := make([]stats.Change, 0, len(now))
	for _, fact := range now {
		changes = append(changes, stats.Change{Counted: counted[fact.TicketID], Now: fact})
	}
	return addSheets(tx, tally(changes))
}

// recountMoved recounts the tickets of instances that belong to another environment than when they were counted.
func recountMoved(tx *gorm.DB, instances []int64, limit int, tally func([]stats.Change) stats.Sheets) error {
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

// RebuildStatistics implements stats.Store. Others that count wait meanwhile; readers see the old sheets until the end.
func (s *Store) RebuildStatistics(ctx context.Context, zone string, limit int, tally func([]stats.Change) stats.Sheets, told func(done, all int)) error {
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		var held int64
		if err := tx.Raw("SELECT value FROM leases WHERE name = 'statistics' FOR UPDATE").Scan(&held).Error; err != nil {
			return err
		}
		if err := tx.Exec("DELETE FROM ticket_sheets").Error; err != nil {
			return err
		}
		err := tx.Exec("INSERT INTO installation (name, value) VALUES (?, ?) ON DUPLICATE KEY UPDATE value = VALUES(value)", statisticsZone, zone).Error
		if err != nil {
			return err
		}
		if err := countAll(tx, limit, tally, told); err != nil {
			return err
		}
		// Events up to now are about tickets as they were just counted, or will be counted once more.
		return nil
	}, &sql.TxOptions{Isolation: sql.LevelReadCommitted})
	if err != nil {
		return fmt.Errorf("store: count all tickets: %w", err)
	}
	return nil
}

// countAll goes through all tickets in the order of their numbers, in which those of a day stand together.
func countAll(tx *gorm.DB, limit int, tally func([]stats.Change) stats.Sheets, told func(done, all int)) error {
	var all int
	if err := tx.Raw("SELECT COUNT(*) FROM tickets").Scan(&all).Error; err != nil {
		return err
	}
	for last, done := int64(0), 0; ; {
		var until *int64
		err := tx.Raw("SELECT MAX(id) FROM (SELECT id FROM tickets WHERE id > ? ORDER BY id LIMIT ?) t", last, limit).Scan(&until).Error
		if err != nil || until == nil {
			return err
		}
		if err := tx.Exec(renewFacts("BETWEEN ? AND ?"), last+1, *until, last+1, *until).Error; err != nil {
			return err
		}
		now, err := facts(tx, "ticket_id BETWEEN ? AND ?", last+1, *until)
		if err != nil {
			return err
		}
		changes := make([]stats.Change, 0, len(now))
		for _, fact := range now {
			changes = append(changes, stats.Change{Now: fact})
		}
		if err := addSheets(tx, tally(changes)); err != nil {
			return err
		}
		last, done = *until, done+len(now)
		told(done, max(done, all))
	}
}

// ReadStatistics implements stats.Store.
func (s *Store) ReadStatistics(ctx context.Context, grain stats.Grain, p stats.Period, scope stats.Scope) (stats.Sheets, error) {
	q := s.db.WithContext(ctx).Where("grain = ? AND source_environment_id = ? AND target_environment_id = ? AND period BETWEEN ? AND ?",
		grain, scope.SourceEnvironmentID, scope.TargetEnvironmentID, p.From, p.Until)
	if scope.Kind != "" {
		q = q.Where("kind = ?", scope.Kind)
	}
	sheets, err := readSheets(q)
	if err != nil {
		return nil, fmt.Errorf("store: read statistics: %w", err)
	}
	return sheets, nil
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
