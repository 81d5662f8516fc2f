package engine

import (
	"context"
	"slices"
	"time"

	"overmind/pkg/engine/processlist"
	"overmind/pkg/fault"
)

// waitsForTable is the state of a session that waits for the definition of a table.
const waitsForTable = "Waiting for table metadata lock"

// looksBeforeYield is how many looks, one each second, find somebody waiting before a copy ends for him.
const looksBeforeYield = 3

// yieldTables ends the copy when somebody wants to alter a table that it has begun to read, on servers that keep the
// definition until all is read: all users of the table wait behind him, and once he has altered it the copy would fail
// anyway. It looks until ctx ends. Whom the account does not see, it cannot yield to.
func (r *run) yieldTables(ctx context.Context) error {
	if r.report.Source.letsGo() {
		return nil
	}
	looks := map[uint64]int{}
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		list, err := processlist.Read(ctx, r.source)
		if err != nil {
			continue // those who read the rows say what is wrong with the source
		}
		for _, p := range list {
			table := r.heldUp(p)
			if table == "" {
				delete(looks, p.ID)
				continue
			}
			if looks[p.ID]++; looks[p.ID] == looksBeforeYield {
				return fault.New(fault.Conflict, "source_in_use", "Session %d of %s@%s waits to use table %s on the source, which was being read, and others wait behind it. The copy ended for it: copy again when it is done.",
					p.ID, p.User, p.Host, table)
			}
		}
	}
}

// heldUp is the table that a session waits for because the copy reads it; empty where it waits for none.
func (r *run) heldUp(p processlist.Session) string {
	ids := r.sessions.all()
	ours := ids.Source
	if r.report.Source.Fingerprint == r.report.Target.Fingerprint {
		ours = append(ours, ids.Target...) // which wait for each other's locks on the copy
	}
	if p.State != waitsForTable || !p.Means(r.spec.SourceDatabase) || slices.Contains(idsOf(ours), p.ID) {
		return ""
	}
	statement := processlist.Session{Statement: p.Statement}
	for _, t := range r.tables {
		if t.moved().Began() && statement.Means(t.name) {
			return t.name
		}
	}
	return ""
}

// letsGo tells whether a transaction there lets go of the tables that it has read when it goes back to a savepoint. The
// client programs do so after every table, the native executor after every chunk.
func (s Server) letsGo() bool { return s.Flavour == MySQL && AtLeast(s.Version, 8) }
