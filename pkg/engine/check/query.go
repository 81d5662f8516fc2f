package check

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-sql-driver/mysql"

	"overmind/pkg/engine"
	"overmind/pkg/fault"
)

// column runs a query with one text column and returns its values; NULL is "".
func column(ctx context.Context, db *sql.DB, query string, args ...any) ([]string, error) {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []string
	for rows.Next() {
		var s sql.NullString
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		list = append(list, s.String)
	}
	return list, rows.Err()
}

// table runs a query whose columns are all text and returns its rows; NULL is "".
func table(ctx context.Context, db *sql.DB, query string, args ...any) ([][]string, error) {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	var list [][]string
	values, targets := make([]sql.NullString, len(names)), make([]any, len(names))
	for i := range values {
		targets[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(targets...); err != nil {
			return nil, err
		}
		row := make([]string, len(names))
		for i, v := range values {
			row[i] = v.String
		}
		list = append(list, row)
	}
	return list, rows.Err()
}

// limited makes the server itself end a SELECT that may read many rows: when a client goes away, the server notices
// only once it sends something.
func limited(flavour engine.Flavour, selected string) string {
	if flavour == engine.MariaDB {
		return fmt.Sprintf("SET STATEMENT max_statement_time=%d FOR SELECT %s", int(limit.Seconds()), selected)
	}
	return fmt.Sprintf("SELECT /*+ MAX_EXECUTION_TIME(%d) */ %s", limit.Milliseconds(), selected)
}

// anyRow tells for each condition whether it is true of any row of a source table. The table is read once, within the
// server's limit of time.
func anyRow(ctx context.Context, in engine.CheckInput, name string, conditions []string) ([]bool, error) {
	var probes []string
	found, targets := make([]sql.NullBool, len(conditions)), make([]any, len(conditions))
	for i, condition := range conditions {
		probes = append(probes, "MAX("+condition+")")
		targets[i] = &found[i]
	}
	query := limited(in.SourceServer.Flavour, strings.Join(probes, ", ")+" FROM "+engine.QName(in.Spec.SourceDatabase, name))
	if err := in.Source.QueryRowContext(ctx, query).Scan(targets...); err != nil {
		return nil, err
	}
	is := make([]bool, len(conditions))
	for i, f := range found {
		is[i] = f.Bool // NULL: no rows, or no values
	}
	return is, nil
}

// probe is a condition for the rows of a table, and what to name where a row meets it.
type probe struct{ label, condition string }

// unanswered is the error of a check that could not look at some values.
type unanswered struct {
	labels []string
	cause  error
}

func (u *unanswered) Error() string { return u.cause.Error() }
func (u *unanswered) Unwrap() error { return u.cause }

// together makes one of errors that may be unanswered; nil where there is none.
func together(errs ...error) error {
	all := &unanswered{cause: errors.Join(errs...)}
	for _, err := range errs {
		var one *unanswered
		if errors.As(err, &one) {
			all.labels = append(all.labels, one.labels...)
		}
	}
	if all.cause == nil {
		return nil
	}
	slices.Sort(all.labels)
	all.labels = slices.Compact(all.labels)
	return all
}

// met lists what the rows of the planned tables meet, each table's conditions together. An error is an *unanswered and takes
// nothing from what was found.
func met(ctx context.Context, in engine.CheckInput, probes map[string][]probe) (labels []string, err error) {
	var errs []error
	for _, t := range in.Plan.Tables {
		if len(probes[t.Name]) == 0 {
			continue
		}
		var conditions []string
		for _, p := range probes[t.Name] {
			conditions = append(conditions, p.condition)
		}
		found, err := anyRow(ctx, in, t.Name, conditions)
		var open []string
		for i, p := range probes[t.Name] {
			switch {
			case err != nil:
				open = append(open, p.label)
			case found[i]:
				labels = append(labels, p.label)
			}
		}
		if err != nil {
			errs = append(errs, &unanswered{open, err})
		}
	}
	return labels, together(errs...)
}

// timedOut tells whether the server ended a statement for taking too long.
func timedOut(err error) bool { return engine.ServerSaid(err, 1969, 3024) }

// serverText is what may be shown of an error: the engine's or the server's own sentence, or nothing about the
// connection's insides.
func serverText(err error) string {
	var known *fault.Error
	if errors.As(err, &known) {
		return strings.TrimSuffix(known.Message, ".")
	}
	var said *mysql.MySQLError
	if errors.As(err, &said) {
		return said.Message
	}
	return "the connection failed"
}

// byPrograms tells whether the client programs move the rows: nothing compares them afterwards.
func byPrograms(plan *engine.Plan) bool {
	return plan != nil && slices.ContainsFunc(plan.Tables, func(t engine.PlannedTable) bool { return t.Executor == engine.ExecutorPipe })
}

// tablesOf are the tables that are to be copied, by name.
func tablesOf(plan *engine.Plan) map[string]engine.PlannedTable {
	tables := make(map[string]engine.PlannedTable, len(plan.Tables))
	for _, t := range plan.Tables {
		tables[t.Name] = t
	}
	return tables
}

// planned tells which tables are to be copied.
func planned(plan *engine.Plan) map[string]bool {
	tables := make(map[string]bool, len(plan.Tables))
	for _, t := range plan.Tables {
		tables[t.Name] = true
	}
	return tables
}

// replaced lists the target objects of one kind (`table`, `trigger`) that the copy replaces.
func replaced(plan *engine.Plan, kind string) []string {
	var names []string
	for _, label := range plan.Replaces {
		if name, ok := strings.CutPrefix(label, kind+" "); ok {
			names = append(names, name)
		}
	}
	return names
}

// join lists names for a sentence; a long list is cut, the finding's objects hold all.
func join(names []string) string {
	const most = 20
	if len(names) > most {
		return strings.Join(names[:most], ", ") + fmt.Sprintf(", … (%d)", len(names))
	}
	return strings.Join(names, ", ")
}
