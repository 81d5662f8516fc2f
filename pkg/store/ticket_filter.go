package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"overmind/pkg/ticket"
)

const maxTicketPage = 200

func orderOf(f ticket.Filter) string {
	if f.Ascending {
		return "t.id"
	}
	return "t.id DESC"
}

// listed are the ids of one page.
func (s *Store) listed(ctx context.Context, f ticket.Filter, p ticket.Page) ([]int64, error) {
	q := filtered(s.db.WithContext(ctx).Table("tickets t").Select("t.id"), f)
	if p.After != 0 && f.Ascending {
		q = q.Where("t.id > ?", p.After)
	} else if p.After != 0 {
		q = q.Where("t.id < ?", p.After)
	}
	q, err := s.withinIDs(ctx, q, f)
	if err != nil {
		return nil, err
	}
	ends, err := s.atEnds(ctx, q, f)
	if err != nil {
		return nil, err
	}
	limit := min(max(p.Limit, 1), maxTicketPage)
	few, rare, err := s.withRareWord(ctx, f, p)
	if err != nil {
		return nil, err
	}
	if !rare {
		return pageOf(ends, f, limit)
	}
	var ids []int64
	for part := range slices.Chunk(few, idsAtOnce) {
		narrowed := make([]*gorm.DB, len(ends))
		for i, end := range ends {
			narrowed[i] = end.Where("t.id IN ?", part)
		}
		page, err := pageOf(narrowed, f, limit-len(ids))
		if err != nil {
			return nil, err
		}
		if ids = append(ids, page...); len(ids) == limit {
			break
		}
	}
	return ids, nil
}

// pageOf are the first ids that any of the queries finds.
func pageOf(queries []*gorm.DB, f ticket.Filter, limit int) ([]int64, error) {
	var ids []int64
	for _, q := range queries {
		var part []int64
		if err := q.Order(orderOf(f)).Limit(limit).Scan(&part).Error; err != nil {
			return nil, fmt.Errorf("store: list tickets: %w", err)
		}
		ids = append(ids, part...)
	}
	ids = inOrder(ids, f)
	return ids[:min(len(ids), limit)], nil
}

// inOrder sorts ids as the page is and drops doubles.
func inOrder(ids []int64, f ticket.Filter) []int64 {
	slices.Sort(ids)
	ids = slices.Compact(ids)
	if !f.Ascending {
		slices.Reverse(ids)
	}
	return ids
}

// outOfOrder is by how much tickets may have been submitted in another order than that of their ids.
const outOfOrder = 24 * time.Hour

// withinIDs narrows to the ids of tickets submitted in the time asked for, because pages are in the order of ids: without
// it the server reads its way from the newest ticket to that time.
func (s *Store) withinIDs(ctx context.Context, q *gorm.DB, f ticket.Filter) (*gorm.DB, error) {
	for _, bound := range []struct {
		at                 time.Time
		edge, id, narrowed string
		slack              time.Duration
	}{
		{f.Since, "SELECT MIN(submitted_at) FROM tickets WHERE submitted_at >= ?", "MIN(id)", "t.id >= ?", outOfOrder},
		{f.Until, "SELECT MAX(submitted_at) FROM tickets WHERE submitted_at < ?", "MAX(id)", "t.id <= ?", -outOfOrder},
	} {
		if bound.at.IsZero() {
			continue
		}
		var edge *time.Time
		var id int64
		err := s.db.WithContext(ctx).Raw(bound.edge, bound.at.UTC()).Row().Scan(&edge)
		if err == nil && edge != nil {
			from, until := *edge, edge.Add(bound.slack)
			if bound.slack < 0 {
				from, until = until, from
			}
			err = s.db.WithContext(ctx).Raw("SELECT "+bound.id+" FROM tickets WHERE submitted_at BETWEEN ? AND ?", from, until).Scan(&id).Error
		}
		if err != nil {
			return nil, fmt.Errorf("store: find tickets of a time: %w", err)
		}
		q = q.Where(bound.narrowed, id)
		if edge == nil {
			q = q.Where("t.id = 0") // nobody submitted anything
		}
	}
	return q, nil
}

// atEnds narrows to tickets whose source or target is asked for. It gives a query for each end, whose pages together
// hold the page: an index leads to a source or to a target, and none to either.
func (s *Store) atEnds(ctx context.Context, q *gorm.DB, f ticket.Filter) ([]*gorm.DB, error) {
	type end struct {
		column string
		values any
	}
	var asked []end // the one that leads to the fewest first
	if f.InstanceID != 0 {
		asked = append(asked, end{"instance_id", []int64{f.InstanceID}})
	}
	if f.Database != "" {
		asked = append(asked, end{"database", []string{f.Database}})
	}
	if f.EnvironmentID != 0 {
		var inside []int64
		err := s.db.WithContext(ctx).Raw("SELECT id FROM instances WHERE environment_id = ?", f.EnvironmentID).Scan(&inside).Error
		if err != nil {
			return nil, fmt.Errorf("store: read instances of an environment: %w", err)
		}
		asked = append(asked, end{"instance_id", append(inside, 0)})
	}
	if len(asked) == 0 {
		return []*gorm.DB{q.Session(&gorm.Session{})}, nil
	}
	for _, a := range asked[1:] {
		q = q.Where("(t.source_"+a.column+" IN ? OR t.target_"+a.column+" IN ?)", a.values, a.values)
	}
	q = q.Session(&gorm.Session{})
	var pages []*gorm.DB
	for _, side := range []string{"source", "target"} {
		pages = append(pages, q.Where("t."+side+"_"+asked[0].column+" IN ?", asked[0].values).Session(&gorm.Session{}))
	}
	return pages, nil
}

// hasWord looks at one ticket after the other, newest first, and so ends soon where many have the word; a server that
// may choose collects all of them before.
const hasWord = "(SELECT 1 FROM ticket_terms w WHERE w.ticket_id = t.id AND w.term LIKE ? LIMIT 1) = 1"

const (
	rareWord  = 20_000 // up to how many entries of the index are collected, instead of looking at tickets one by one
	idsAtOnce = 500    // MariaDB makes a table of a list of a thousand
)

// withRareWord are the tickets with a word of the query that few have, in the order of the page and after its cursor;
// hasWord alone would seek them among all. rare is false where every word is frequent or there is none.
func (s *Store) withRareWord(ctx context.Context, f ticket.Filter, p ticket.Page) (ids []int64, rare bool, err error) {
	words := termsOf(f.Query)
	for _, term := range words[:min(len(words), queryWords)] {
		err := s.db.WithContext(ctx).Raw("SELECT ticket_id FROM ticket_terms WHERE term LIKE ? LIMIT ?", term+"%", rareWord+1).Scan(&ids).Error
		if err != nil {
			return nil, false, fmt.Errorf("store: look for a word: %w", err)
		}
		if len(ids) <= rareWord {
			return inOrder(slices.DeleteFunc(ids, func(id int64) bool {
				return p.After != 0 && (f.Ascending && id <= p.After || !f.Ascending && id >= p.After)
			}), f), true, nil
		}
		ids = nil
	}
	return nil, false, nil
}

// filtered reads `tickets t` alone, so that no join is made for rows that are only counted or skipped. What is asked of
// either end is for atEnds.
func filtered(q *gorm.DB, f ticket.Filter) *gorm.DB {
	if len(f.States) > 0 {
		q = q.Where("t.state IN ?", f.States)
	}
	words := termsOf(f.Query)
	for _, term := range words[:min(len(words), queryWords)] {
		q = q.Where(hasWord, term+"%")
	}
	if f.RequesterID != 0 {
		q = q.Where("t.requester_id = ?", f.RequesterID)
	}
	if f.OwnerID != 0 {
		q = q.Where("t.requester_id = ?", f.OwnerID)
	}
	if f.ReviewableBy != 0 {
		q = q.Where(`t.state = ? AND ((t.requester_id <> ? AND NOT EXISTS (SELECT 1 FROM ticket_editors d WHERE d.ticket_id = t.id AND d.user_id = ?))
			OR t.target_instance_id IN (SELECT i.id FROM instances i JOIN environments e ON e.id = i.environment_id WHERE e.allow_self_approval = 1 AND e.protected = 0))`,
			ticket.PendingReview, f.ReviewableBy, f.ReviewableBy)
	}
	if !f.Since.IsZero() {
		q = q.Where("t.submitted_at >= ?", f.Since.UTC())
	}
	if !f.FinishedSince.IsZero() {
		q = q.Where("t.finished_at >= ?", f.FinishedSince.UTC())
	}
	if !f.Until.IsZero() {
		q = q.Where("t.submitted_at < ?", f.Until.UTC())
	}
	return q
}
