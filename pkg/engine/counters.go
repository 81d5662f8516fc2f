package engine

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
)

// LOAD DATA holds the counter of a table with an AUTO_INCREMENT column to its end where innodb_autoinc_lock_mode is 1,
// so that sessions store such a table's rows one after the other. The rows of a long one are therefore stored in another
// table, of one partition and without the counter, which changes places with the empty table when they are in: EXCHANGE
// PARTITION moves no rows and does not compare this attribute
// (https://dev.mysql.com/doc/refman/8.4/en/partitioning-management-exchange.html; what it says of the counter holds).

// uncounted is the CREATE TABLE of such a table and the counter that is lost with it, empty where there is none; ok is
// false for definitions that are not plain: with another key than one that begins with the column, or with partitions.
func uncounted(definition, name string) (create, counter string, ok bool) {
	tokens := lex(definition, dialect{})
	open, end, err := body(tokens)
	if err != nil || !isInnoDB(tokens[end:]) || slices.ContainsFunc(tokens[end:], func(t token) bool { return t.is("PARTITION") || t.is("VERSIONING") }) {
		return "", "", false
	}
	var kept []string
	auto := ""
	for _, e := range splitElements(tokens[open+1 : end]) {
		switch kind := e.kind(); {
		case e.has("AUTO_INCREMENT"):
			auto = e.tokens[e.at(0)].name()
			e.tokens = slices.DeleteFunc(slices.Clone(e.tokens), func(t token) bool { return t.is("AUTO_INCREMENT") })
		case kind == "PRIMARY" && e.firstColumn() == auto, kind == "CHECK", e.tokens[e.at(0)].kind == tokenIdent:
			ok = ok || kind == "PRIMARY"
		default:
			return "", "", false
		}
		kept = append(kept, e.text())
	}
	options := joinTokens(tokens[end:])
	if without := withoutCounter(options); without != options {
		_, counter, _ = strings.Cut(options, "AUTO_INCREMENT=")
		options, counter = without, strings.Fields(counter)[0]
	}
	return fmt.Sprintf("CREATE TABLE %s (%s%s PARTITION BY HASH (%s) PARTITIONS 1", name, strings.Join(kept, ","), options, Ident(auto)), counter, ok
}

// storeBeside makes such tables beside those that are worth it, and lets the rows be stored there. A table for which the
// target does not take it, shown by exchanging both while they are empty, is loaded by one session at a time.
func (r *run) storeBeside(ctx context.Context, conn *sql.Conn) error {
	for i, t := range r.tables {
		if !t.native.Serial || t.planned.Bytes < 4*chunkBytes {
			continue
		}
		beside := fmt.Sprintf("_om_rows_%d", i)
		create, counter, ok := uncounted(t.ddl.create, QName(r.names.Staging, beside))
		if !ok || slices.ContainsFunc(r.tables, func(t *stagedTable) bool { return t.name == beside }) {
			continue
		}
		t.beside, t.counter = beside, counter
		_, err := conn.ExecContext(ctx, create)
		if err == nil {
			err = r.exchangeRows(ctx, conn, t)
		}
		switch {
		case lost(err) || ctx.Err() != nil:
			return err
		case err != nil:
			r.log.Info("rows are stored by one session at a time", "table", t.name, "reason", serverText(err))
			t.beside = ""
		default:
			t.native.Target, t.native.Serial = QName(r.names.Staging, beside), false
		}
	}
	return nil
}

// exchangeRows gives a table the rows that were stored beside it, and its counter.
func (r *run) exchangeRows(ctx context.Context, conn *sql.Conn, t *stagedTable) error {
	table := QName(r.names.Staging, t.name)
	statements := []string{"ALTER TABLE " + QName(r.names.Staging, t.beside) + " EXCHANGE PARTITION p0 WITH TABLE " + table}
	if t.counter != "" {
		statements = append(statements, "ALTER TABLE "+table+" AUTO_INCREMENT="+t.counter)
	}
	for _, statement := range statements {
		if _, err := conn.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}
