package engine

import (
	"context"
	"encoding/json"
	"fmt"
)

// intent is what is about to happen at the commit point, and what is needed to finish it, to take it back while it was
// not done, and to undo it later. An undo has an intent of its own: the same with both sides exchanged.
type intent struct {
	Names          Names           `json:"names"`
	SourceDatabase string          `json:"source_database"`
	TargetDatabase string          `json:"target_database"`
	CreateDatabase bool            `json:"create_database"`
	schemaDefaults                 // of the target database
	Tables         []string        `json:"tables"`      // staged, all to be renamed into the target
	Replaced       []string        `json:"replaced"`    // tables of the target, to be renamed to Names.Old
	OldObjects     []object        `json:"old_objects"` // definitions that will be dropped or replaced
	NewObjects     []object        `json:"new_objects"`
	Keep           map[string]bool `json:"keep"`                    // definers
	AsBefore       bool            `json:"as_before,omitempty"`     // events get the status they had
	DropDatabase   bool            `json:"drop_database,omitempty"` // when nothing is left in it
	Report         Report          `json:"report"`
}

func (in intent) encode() (Intent, error) {
	encoded, err := json.Marshal(in)
	if err != nil {
		return nil, fmt.Errorf("encode intent: %w", err)
	}
	return encoded, nil
}

// intent reads the target once more and writes down what will be done to it.
func (r *run) intent(ctx context.Context) (intent, error) {
	in := intent{
		Names: r.names, SourceDatabase: r.spec.SourceDatabase, TargetDatabase: r.spec.TargetDatabase,
		NewObjects: r.objects, Keep: r.keep, Tables: []string{}, Replaced: []string{},
	}
	if err := r.checkTarget(ctx); err != nil {
		return in, err
	}
	var err error
	in.CreateDatabase = !r.state.exists
	if in.CreateDatabase {
		if in.schemaDefaults, err = r.translation.schemaDefaults(ctx, r.source, r.spec.SourceDatabase); err != nil {
			return in, err
		}
	} else {
		in.schemaDefaults = r.state.defaults
	}
	for _, t := range r.tables {
		in.Tables = append(in.Tables, t.name)
	}
	for _, t := range r.state.replaced.tables {
		in.Replaced = append(in.Replaced, t.Name)
	}
	if err := noForeignKeysFromOutside(ctx, r.target, in.TargetDatabase, in.Replaced); err != nil {
		return in, err
	}
	if r.state.exists {
		if in.OldObjects, err = definitions(ctx, r.target, r.spec.TargetDatabase, r.state.replaced); err != nil {
			return in, err
		}
	}
	r.report.OldKept = len(in.Replaced) > 0
	r.report.Views, r.report.Triggers = r.plan.Views, r.plan.Triggers
	r.report.Routines, r.report.Events = r.plan.Routines, r.plan.Events
	in.Report = r.report
	return in, nil
}
