package check

import (
	"context"
	"fmt"

	"overmind/pkg/engine"
)

// sourceGrants names every privilege that the read account lacks. Without one of them the dump would not fail: it would
// silently leave out tables, triggers, routines or events.
func sourceGrants(ctx context.Context, in engine.CheckInput) ([]engine.Finding, error) {
	r, err := readRights(ctx, in.Source)
	if err != nil {
		return nil, err
	}
	database, missing := in.Spec.SourceDatabase, &missingGrants{rights: r}
	if len(in.Spec.Tables) == 0 {
		// Names are visible to whoever holds one of these on the whole database, so nothing can be hidden from the plan.
		missing.needSchema(database, "TRIGGER", "EVENT")
	}
	for _, t := range in.Plan.Tables {
		missing.needTable(database, t.Name, "SELECT")
		if len(in.Spec.Tables) > 0 {
			missing.needTable(database, t.Name, "TRIGGER")
		}
	}
	for _, view := range in.Plan.Views {
		missing.needTable(database, view, "SELECT", "SHOW VIEW")
	}
	if len(in.Spec.Tables) == 0 {
		missing.needRoutines(in.SourceServer, database)
	}
	return missing.finding("source", "源端", "read", "读取"), nil
}

// missingGrants collects what an account lacks, as names for people and as statements that help.
type missingGrants struct {
	rights     rights
	names      []string
	statements []string
}

func (m *missingGrants) add(privilege, object string) {
	m.names = append(m.names, privilege+" ON "+object)
	m.statements = append(m.statements, fmt.Sprintf("GRANT %s ON %s TO %s;", privilege, object, m.rights.account))
}

func (m *missingGrants) needSchema(schema string, privileges ...string) {
	for _, privilege := range privileges {
		if !m.rights.onSchema(schema, privilege) {
			m.add(privilege, m.rights.schemaPattern(schema)+".*")
		}
	}
}

func (m *missingGrants) needTable(schema, table string, privileges ...string) {
	for _, privilege := range privileges {
		if !m.rights.onTable(schema, table, privilege) {
			m.add(privilege, engine.QName(schema, table))
		}
	}
}

// needRoutines asks for the right to see the bodies of others' routines, which each generation of servers names
// differently.
func (m *missingGrants) needRoutines(server engine.Server, schema string) {
	r := m.rights
	switch {
	case r.global.has("SELECT") && r.onSchema("mysql", "SELECT"):
	case server.Flavour == engine.MariaDB && engine.AtLeast(server.Version, 11, 3):
		if !r.onSchema(schema, "SHOW CREATE ROUTINE") && !r.onTable("mysql", "proc", "SELECT") {
			m.add("SHOW CREATE ROUTINE", r.schemaPattern(schema)+".*")
		}
	case server.Flavour == engine.MariaDB || !engine.AtLeast(server.Version, 8):
		m.needTable("mysql", "proc", "SELECT")
	case engine.AtLeast(server.Version, 8, 0, 20):
		if !r.global.has("SHOW_ROUTINE") {
			m.add("SHOW_ROUTINE", "*.*")
		}
	default:
		m.add("SELECT", "*.*")
	}
}

func (m *missingGrants) finding(side, sideZH, account, accountZH string) []engine.Finding {
	if len(m.names) == 0 {
		return nil
	}
	return []engine.Finding{block(side+"_grants_missing", m.names,
		fmt.Sprintf("The %s account %s lacks: %s.", account, m.rights.account, join(m.names)),
		fmt.Sprintf("%s%s账号 %s 缺少权限：%s。", sideZH, accountZH, m.rights.account, join(m.names)),
		fmt.Sprintf("Run on the %s: %s", side, joinLines(m.statements)),
		fmt.Sprintf("请在%s执行：%s", sideZH, joinLines(m.statements)))}
}
