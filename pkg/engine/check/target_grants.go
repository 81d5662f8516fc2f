package check

import (
	"context"
	"slices"
	"strings"

	"overmind/pkg/engine"
)

// ownSchemas is the pattern that covers every schema a run makes; a grant on it must match the two samples.
const ownSchemas = "`\\_om\\_%`.*"

var ownSamples = []string{engine.Prefix + "aaaaaaaa_1", engine.Prefix + "aaaaaaaa_1_old"}

// targetGrants names every privilege that the load account lacks on the staging schemas, where everything is created
// for a trial before it replaces anything, and on the target database.
func targetGrants(ctx context.Context, in engine.CheckInput) ([]engine.Finding, error) {
	r, err := readRights(ctx, in.Target)
	if err != nil {
		return nil, err
	}
	missing := &missingGrants{rights: r}
	missing.needOwnSchemas(append(slices.Clone(neededForTables), neededForObjects(&engine.Plan{
		Views: in.Plan.Views, Triggers: in.Plan.Triggers, Routines: in.Plan.Routines, Events: in.Plan.Events,
	})...)...)
	missing.needSchema(in.Spec.TargetDatabase, append(neededForTables, neededForObjects(in.Plan)...)...)
	return missing.finding("target", "目标端", "load", "写入"), nil
}

var neededForTables = []string{"SELECT", "INSERT", "CREATE", "DROP", "ALTER", "INDEX", "REFERENCES"}

func (m *missingGrants) needOwnSchemas(privileges ...string) {
	for _, privilege := range privileges {
		for _, sample := range ownSamples {
			if !m.rights.onSchema(sample, privilege) {
				m.add(privilege, ownSchemas)
				break
			}
		}
	}
}

// neededForObjects are the privileges for what is created, or replaced, beside tables.
func neededForObjects(plan *engine.Plan) []string {
	var needed []string
	has := func(planned []string, kind string) bool { return len(planned) > 0 || len(replaced(plan, kind)) > 0 }
	if has(plan.Views, "view") {
		needed = append(needed, "CREATE VIEW", "SHOW VIEW")
	}
	if has(plan.Triggers, "trigger") || len(replaced(plan, "table")) > 0 { // without it the account sees no triggers
		needed = append(needed, "TRIGGER")
	}
	if has(plan.Routines, "function") || has(nil, "procedure") {
		needed = append(needed, "CREATE ROUTINE", "ALTER ROUTINE", "EXECUTE")
	}
	if has(plan.Events, "event") {
		needed = append(needed, "EVENT")
	}
	return needed
}

func joinLines(statements []string) string { return strings.Join(statements, " ") }
