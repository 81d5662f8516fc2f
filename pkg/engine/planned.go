package engine

// planned keeps what a plan names: what came to the source later is not part of it.
func (c contents) planned(p Plan) contents {
	named := set(namedBy(p))
	var kept contents
	for _, t := range c.tables {
		if named[string(kindTable)+" "+t.Name] {
			kept.tables = append(kept.tables, t)
		}
	}
	for _, v := range c.views {
		if named[string(kindView)+" "+v] {
			kept.views = append(kept.views, v)
		}
	}
	for _, t := range c.triggers {
		if named[string(kindTrigger)+" "+t.name] {
			kept.triggers = append(kept.triggers, t)
		}
	}
	for _, r := range c.routines {
		if named[string(r.kind)+" "+r.name] {
			kept.routines = append(kept.routines, r)
		}
	}
	for _, e := range c.events {
		if named[string(kindEvent)+" "+e] {
			kept.events = append(kept.events, e)
		}
	}
	return kept
}

// namedBy lists the labels of what a plan copies.
func namedBy(p Plan) []string {
	named := contents{tables: p.Tables, views: p.Views, events: p.Events}
	for _, t := range p.Triggers {
		named.triggers = append(named.triggers, trigger{name: t})
	}
	return append(named.labels(), p.Routines...)
}

// missingFrom lists what a plan names and contents lack.
func missingFrom(p Plan, c contents) []string {
	have := set(c.labels())
	var missing []string
	for _, label := range namedBy(p) {
		if !have[label] {
			missing = append(missing, label)
		}
	}
	return missing
}

func set(names []string) map[string]bool {
	has := make(map[string]bool, len(names))
	for _, n := range names {
		has[n] = true
	}
	return has
}
