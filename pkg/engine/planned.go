package engine

import "slices"

// planned keeps what a plan names: what came to the source later is not part of it.
func (c contents) planned(p Plan) contents {
	var kept contents
	for _, t := range c.tables {
		if slices.ContainsFunc(p.Tables, func(x PlannedTable) bool { return x.Name == t.Name }) {
			kept.tables = append(kept.tables, t)
		}
	}
	for _, v := range c.views {
		if slices.Contains(p.Views, v) {
			kept.views = append(kept.views, v)
		}
	}
	for _, t := range c.triggers {
		if slices.Contains(p.Triggers, t.name) {
			kept.triggers = append(kept.triggers, t)
		}
	}
	for _, r := range c.routines {
		if slices.Contains(p.Routines, string(r.kind)+" "+r.name) {
			kept.routines = append(kept.routines, r)
		}
	}
	for _, e := range c.events {
		if slices.Contains(p.Events, e) {
			kept.events = append(kept.events, e)
		}
	}
	return kept
}

// missingFrom lists what a plan names and contents lack.
func missingFrom(p Plan, c contents) []string {
	var want contents
	want.tables, want.views, want.events = p.Tables, p.Views, p.Events
	for _, t := range p.Triggers {
		want.triggers = append(want.triggers, trigger{name: t})
	}
	have := c.labels()
	var missing []string
	for _, label := range append(want.labels(), p.Routines...) {
		if !slices.Contains(have, label) {
			missing = append(missing, label)
		}
	}
	return missing
}
