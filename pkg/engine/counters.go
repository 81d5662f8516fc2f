package engine

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// LOAD DATA holds the counter of a table with an AUTO_INCREMENT column to its end where innodb_autoinc_lock_mode is 1,
// so that sessions store such a table's rows one after the other. The rows of a long one are therefore stored in another
// table, of one partition and without the counter, which changes places with the empty table when they are in: EXCHANGE
// PARTITION moves no rows and does not compare this attribute
// (https://dev.mysql.com/doc/refman/8.4/en/partitioning-management-exchange.html; what it says of the counter holds).

// beside is the table that the rows of another one are stored in at first.
type beside struct {
	name    string
	create  string
	column  string // with AUTO_INCREMENT, quoted
	counter uint64 // its next value by the table's definition; 0 = the definition names none
	most    uint64 // that the column can hold
}

// integerBits are the sizes of the types that a partition may be chosen by.
var integerBits = map[string]int{"TINYINT": 8, "SMALLINT": 16, "MEDIUMINT": 24, "INT": 32, "BIGINT": 64}

// uncounted gives the definition of such a table; nil for tables that are not plain: with another key than a primary one
// that begins with the column, or with partitions.
func uncounted(definition string) *beside {
	tokens := lex(definition, dialect{})
	open, end, err := body(tokens)
	if err != nil || !isInnoDB(tokens[end:]) || slices.ContainsFunc(tokens[end:], func(t token) bool { return t.is("PARTITION") || t.is("VERSIONING") }) {
		return nil
	}
	var b beside
	var kept []string
	keyed := false
	for _, e := range splitElements(tokens[open+1 : end]) {
		switch kind := e.kind(); {
		case e.has("AUTO_INCREMENT"):
			b.column = Ident(e.tokens[e.at(0)].name())
			if b.most = math.MaxUint64 >> (64 - integerBits[e.word(1)]); !e.has("unsigned") {
				b.most >>= 1
			}
			e.tokens = slices.DeleteFunc(slices.Clone(e.tokens), func(t token) bool { return t.is("AUTO_INCREMENT") })
		case kind == "PRIMARY" && Ident(e.firstColumn()) == b.column:
			keyed = true
		case kind == "CHECK", e.tokens[e.at(0)].kind == tokenIdent:
		default:
			return nil
		}
		kept = append(kept, e.text())
	}
	options := joinTokens(tokens[end:])
	b.counter, options = counterOf(options), withoutCounter(options)
	if !keyed || b.most == 0 {
		return nil
	}
	b.create = " (" + strings.Join(kept, ",") + options + " PARTITION BY HASH (" + b.column + ") PARTITIONS 1"
	return &b
}

// storeBeside makes such tables beside those of two chunks and more, and lets the rows be stored there. A table for which
// the target does not take it, shown by exchanging both while they are empty, is loaded by one session at a time.
func (r *run) storeBeside(ctx context.Context, conn *sql.Conn) error {
	for i, t := range r.tables {
		if !t.native.Serial || t.planned.Bytes < 2*chunkBytes {
			continue
		}
		b, name := uncounted(t.ddl.create), fmt.Sprintf("_om_rows_%d", i)
		if b == nil || slices.ContainsFunc(r.tables, func(t *stagedTable) bool { return t.name == name }) {
			continue
		}
		b.name = QName(r.names.Staging, name)
		_, err := conn.ExecContext(ctx, "CREATE TABLE "+b.name+b.create)
		if err == nil {
			err = b.exchange(ctx, conn, t.native.Target)
		}
		switch {
		case lost(err) || ctx.Err() != nil:
			return err
		case err != nil:
			r.log.Info("rows are stored by one session at a time", "table", t.name, "reason", serverText(err))
		default:
			t.beside, t.native.Target, t.native.Serial, t.native.Counter = b, b.name, false, 0
		}
	}
	return nil
}

func (b *beside) exchange(ctx context.Context, conn *sql.Conn, table string) error {
	_, err := conn.ExecContext(ctx, "ALTER TABLE "+b.name+" EXCHANGE PARTITION p0 WITH TABLE "+table)
	return err
}

// giveRows gives a table the rows that were stored beside it, and its counter, which the exchange leaves at nothing. Rows
// that came to the source since its definition was read are beyond the counter in that.
func (b *beside) giveRows(ctx context.Context, conn *sql.Conn, table string) error {
	if err := b.exchange(ctx, conn, table); err != nil {
		return err
	}
	var last sql.NullString
	if err := conn.QueryRowContext(ctx, "SELECT MAX("+b.column+") FROM "+table).Scan(&last); err != nil {
		return err
	}
	next := b.counter
	if greatest, err := strconv.ParseUint(last.String, 10, 64); err == nil && greatest < b.most { // not below zero
		next = max(next, greatest+1)
	}
	if next == 0 {
		return nil
	}
	_, err := conn.ExecContext(ctx, fmt.Sprintf("ALTER TABLE %s AUTO_INCREMENT=%d", table, next))
	return err
}
