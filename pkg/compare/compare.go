// Package compare judges whether two databases are equal, by plain SQL on both sides. It shares nothing with the
// engine, so that the engine cannot vouch for itself.
package compare

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Side is one database; DB needs no default database.
type Side struct {
	DB       *sql.DB
	Database string
}

// Object is one object as it stands on both sides. The database's own name, DEFINER and an event's status do not
// count, because a copy changes them on purpose. Between MariaDB and MySQL, and between
// releases of one, definitions are brought into one form, and a collation that the target does not have may have become another of the same kind.
type Object struct {
	Kind       string // database, table, sequence, view, trigger, procedure, function, package, library, event
	Name       string // empty for the database itself
	SourceRows int64  // tables only
	TargetRows int64
	SourceHash string // of definition, settings and, for tables, rows
	TargetHash string // empty where the object is missing
	Difference string // empty when equal
}

// Databases compares every object of source with target's of the same name, tables first; tables narrows it to those
// and their triggers. Objects that only the target has are not reported.
func Databases(ctx context.Context, source, target Side, tables ...string) ([]Object, error) {
	from, err := open(ctx, source)
	if err != nil {
		return nil, fmt.Errorf("read source: %w", err)
	}
	defer from.close()
	to, err := open(ctx, target)
	if err != nil {
		return nil, fmt.Errorf("read target: %w", err)
	}
	defer to.close()
	cross := from.release != to.release
	for _, side := range []*reader{from, to} {
		side.cross = cross
		side.documents = !from.mariaDB && !to.mariaDB
	}
	from.ascending = from.ascending || to.ascending
	to.ascending = from.ascending
	left, err := from.all(ctx, tables)
	if err != nil {
		return nil, fmt.Errorf("read source: %w", err)
	}
	right, err := to.all(ctx, tables)
	if err != nil {
		return nil, fmt.Errorf("read target: %w", err)
	}
	onTarget, err := to.collations(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the target's collations: %w", err)
	}
	var all []Object
	for _, key := range slices.SortedFunc(maps.Keys(left), key.compare) {
		s, t := left[key], right[key]
		o := Object{Kind: key.kind, Name: key.name, SourceRows: s.rows, TargetRows: t.rows, SourceHash: s.hash(), TargetHash: t.hash()}
		if o.Difference = difference(s, t); o.Difference == "" {
			o.Difference = otherSetting(s, t, cross, onTarget)
		}
		all = append(all, o)
	}
	return all, nil
}

// Different lists the objects that are not equal.
func Different(objects []Object) []Object {
	return slices.DeleteFunc(slices.Clone(objects), func(o Object) bool { return o.Difference == "" })
}

func difference(s, t state) string {
	switch {
	case t.definition == "":
		return "missing on the target"
	case s.definition != t.definition:
		return fmt.Sprintf("definition: %s, on the target %s", firstDifference(s.definition, t.definition), firstDifference(t.definition, s.definition))
	case s.rows != t.rows:
		return fmt.Sprintf("%d rows, on the target %d", s.rows, t.rows)
	case s.checksum != t.checksum:
		return "rows differ: checksum " + s.checksum + ", on the target " + t.checksum
	default:
		return ""
	}
}

// firstDifference is the part of a around the first byte in which it differs from b.
func firstDifference(a, b string) string {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	return fmt.Sprintf("%q", a[max(0, i-20):min(len(a), i+40)])
}

// key names an object; kinds sort in the order in which they are read.
type key struct {
	order int
	kind  string
	name  string
}

func (k key) compare(other key) int {
	if k.order != other.order {
		return k.order - other.order
	}
	return strings.Compare(k.kind+k.name, other.kind+other.name)
}
