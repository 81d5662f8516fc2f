package stats

import (
	"context"
	"fmt"
	"log/slog"
	"time"
)

const (
	batch        = 500
	rebuildBatch = 25_000 // the tickets of some days share their sheets
	// longestDaily is the longest period that is told by day; a longer one is told by month, in whole months.
	longestDaily = 92
	longest      = 3660 // days
	defaultDays  = 30
	every        = 5 * time.Second // a look without being woken
)

// Service counts tickets and answers questions about them.
type Service struct {
	store Store
	zone  string
	now   func() time.Time
	log   *slog.Logger
}

// New makes a Service. zone is the IANA name of the time zone that days are to be counted in.
func New(store Store, zone string, now func() time.Time, log *slog.Logger) *Service {
	return &Service{store: store, zone: zone, now: now, log: log}
}

// Run counts what happens until ctx ends, woken by wake and every few seconds. Every process may run one.
func (s *Service) Run(ctx context.Context, wake <-chan struct{}) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	failing := false
	for {
		err := s.CatchUp(ctx)
		if err != nil && !failing && ctx.Err() == nil {
			s.log.Error("tickets not counted", "error", err)
		}
		failing = err != nil
		select {
		case <-ctx.Done():
			return
		case <-wake:
		case <-tick.C:
		}
	}
}

// CatchUp counts everything that has happened so far, unless another process is at it.
func (s *Service) CatchUp(ctx context.Context) error {
	zone, err := s.location(ctx)
	if err != nil {
		return err
	}
	for taken := batch; taken == batch; {
		taken, err = s.store.AdvanceStatistics(ctx, batch, func(c []Change) Sheets { return tally(c, zone) })
		if err != nil {
			return err
		}
	}
	return nil
}

// Rebuild counts every ticket anew, in the configured time zone.
func (s *Service) Rebuild(ctx context.Context, told func(done, all int)) error {
	zone, err := time.LoadLocation(s.zone)
	if err != nil {
		return err
	}
	return s.store.RebuildStatistics(ctx, s.zone, rebuildBatch, func(c []Change) Sheets { return tally(c, zone) }, told)
}

// location is the zone that counting began with: a changed setting takes effect with a rebuild, or days would be mixed.
func (s *Service) location(ctx context.Context) (*time.Location, error) {
	name, err := s.store.StatisticsZone(ctx, s.zone)
	if err != nil {
		return nil, err
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("statistics are counted in time zone %q: %w", name, err)
	}
	return zone, nil
}

// Read tells a period; empty bounds mean the last 30 days. It fails with Invalid `bad_period`.
func (s *Service) Read(ctx context.Context, p Period, scope Scope) (Page, error) {
	zone, err := s.location(ctx)
	if err != nil {
		return Page{}, err
	}
	p, grain, err := p.whole(s.now().In(zone))
	if err != nil {
		return Page{}, err
	}
	sheets, err := s.store.ReadStatistics(ctx, grain, p, scope)
	if err != nil {
		return Page{}, err
	}
	names, err := s.store.StatisticsNames(ctx)
	if err != nil {
		return Page{}, err
	}
	return pageOf(p, grain, zone.String(), sheets, names), nil
}

// whole fills in what is missing and stretches a long period to whole months.
func (p Period) whole(now time.Time) (Period, Grain, error) {
	until, err := dayOr(p.Until, now)
	if err != nil {
		return p, "", badPeriod("until", "Use a day such as 2026-11-30.")
	}
	from, err := dayOr(p.From, until.AddDate(0, 0, 1-defaultDays))
	if err != nil {
		return p, "", badPeriod("from", "Use a day such as 2026-11-01.")
	}
	days := int(until.Sub(from).Hours()/24) + 1
	switch {
	case days < 1:
		return p, "", badPeriod("from", "The period ends before it begins.")
	case days > longest:
		return p, "", badPeriod("from", "A period has at most ten years.")
	case days <= longestDaily:
		return Period{from.Format(time.DateOnly), until.Format(time.DateOnly)}, Day, nil
	}
	from = from.AddDate(0, 0, 1-from.Day())
	until = until.AddDate(0, 1, -until.Day())
	return Period{from.Format(time.DateOnly), until.Format(time.DateOnly)}, Month, nil
}

func dayOr(text string, other time.Time) (time.Time, error) {
	if text == "" {
		text = other.Format(time.DateOnly)
	}
	return time.Parse(time.DateOnly, text)
}
