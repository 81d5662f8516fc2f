package engine

import (
	"fmt"
	"slices"
	"strings"
)

// tableDDL is a CREATE TABLE taken apart: what is created at once, what is added once the rows are in.
type tableDDL struct {
	create  string       // without schema; without the deferred keys and without foreign keys
	keys    []string     // deferred key definitions, as they stood
	foreign []foreignKey // foreign keys, always deferred
	columns int
	spaced  bool     // it or a part of it names a tablespace
	bare    []string // columns that may be NULL and have no default, not even NULL
	mode    tableTraits
}

// tableTraits are properties of a definition that decide how its rows may be loaded.
type tableTraits struct {
	enum, generated, checked, innodb bool
}

// foreignKey is one FOREIGN KEY element split around the parent's name.
type foreignKey struct {
	head, tail   string // `CONSTRAINT x FOREIGN KEY (a) REFERENCES`, `(id) ON DELETE …`
	schema       string // of the parent; empty = that of the table
	parent       string
	childColumns []string
	columns      []string // of the parent
}

// add is the ALTER TABLE element that creates the key with its parent in the given schema.
func (f foreignKey) add(schema string) string {
	return fmt.Sprintf("ADD %s %s %s", f.head, QName(schema, f.parent), f.tail)
}

// splitTable takes a SHOW CREATE TABLE apart. With deferKeys false all keys but the foreign ones stay.
func splitTable(definition string, deferKeys bool) (tableDDL, error) {
	tokens := lex(definition, dialect{})
	open, end, err := body(tokens)
	if err != nil {
		return tableDDL{}, err
	}
	var t tableDDL
	elements := splitElements(tokens[open+1 : end])
	auto, primary := "", false
	for _, e := range elements {
		first, second := e.word(0), e.word(1)
		switch {
		case e.tokens[e.at(0)].kind == tokenIdent:
			t.columns++
			t.mode.note(e)
			if e.isBare() {
				t.bare = append(t.bare, e.tokens[e.at(0)].name())
			}
			if e.has("AUTO_INCREMENT") {
				auto = e.tokens[e.at(0)].name()
			}
		case first == "PRIMARY" || first == "CONSTRAINT" && second == "PRIMARY":
			primary = true
		case first == "PERIOD":
			deferKeys = false // system versioned: its keys are not ours to move
		}
	}
	t.mode.innodb = isInnoDB(tokens[end:])
	t.mode.checked = slices.ContainsFunc(tokens[open:end], func(t token) bool { return t.is("CHECK") })
	t.spaced = slices.ContainsFunc(tokens[end:], func(t token) bool { return t.is("TABLESPACE") })
	if !t.mode.innodb || strings.Contains(joinTokens(tokens[end:]), "SYSTEM VERSIONING") {
		deferKeys = false
	}
	last := lastToStay(elements, auto)
	var kept []string
	for i, e := range elements {
		stays := !deferKeys || i <= last
		switch e.kind() {
		case "FOREIGN":
			f, err := parseForeign(e)
			if err != nil {
				return tableDDL{}, err
			}
			t.foreign = append(t.foreign, f)
			continue
		case "KEY", "INDEX", "FULLTEXT", "SPATIAL":
			if !stays {
				t.keys = append(t.keys, strings.TrimSpace(e.text()))
				continue
			}
		case "UNIQUE":
			if !stays && primary {
				t.keys = append(t.keys, strings.TrimSpace(e.text()))
				continue
			}
		}
		kept = append(kept, strings.TrimSpace(e.text()))
	}
	t.create = joinTokens(tokens[:open+1]) + "\n  " + strings.Join(kept, ",\n  ") + "\n" + joinTokens(tokens[end:])
	return t, nil
}

// partitioned tells whether a table has partitions.
func partitioned(definition string) bool {
	tokens := lex(definition, dialect{})
	_, end, err := body(tokens)
	return err == nil && slices.ContainsFunc(tokens[end:], func(t token) bool { return t.is("PARTITION") })
}

// lastToStay is the key that the AUTO_INCREMENT column cannot be without, or -1 where that is the primary key. A server
// lists keys in the order in which they came: those before that one stay with it.
func lastToStay(elements []element, auto string) int {
	for i, e := range elements {
		switch kind := e.kind(); {
		case auto == "" || e.firstColumn() != auto:
		case kind == "PRIMARY":
			return -1
		case kind == "UNIQUE", kind == "KEY", kind == "INDEX":
			return i
		}
	}
	return -1
}

// firstColumn is the name that a key's list begins with.
func (e element) firstColumn() string {
	open := slices.IndexFunc(e.tokens, func(t token) bool { return t.text == "(" })
	if next := significantFrom(e.tokens, open+1); open >= 0 && len(next) > 0 {
		return e.tokens[next[0]].name()
	}
	return ""
}

// note collects what a column's definition says about loading.
func (m *tableTraits) note(e element) {
	typeName := e.word(1)
	m.enum = m.enum || typeName == "ENUM" || typeName == "SET"
	m.generated = m.generated || e.has("GENERATED") || e.has("VIRTUAL") || e.has("STORED") || e.has("PERSISTENT")
}

// isInnoDB reads ENGINE=InnoDB among a table's options.
func isInnoDB(options []token) bool {
	i := slices.IndexFunc(options, func(t token) bool { return t.is("ENGINE") })
	if i < 0 {
		return false
	}
	next := significantFrom(options, i+1)
	return len(next) > 1 && options[next[1]].is("InnoDB")
}

// body finds the outer parentheses of the table's elements.
func body(tokens []token) (open, end int, err error) {
	depth := 0
	open = -1
	for i, t := range tokens {
		switch t.text {
		case "(":
			if depth == 0 {
				open = i
			}
			depth++
		case ")":
			depth--
			if depth == 0 {
				return open, i, nil
			}
		}
	}
	return 0, 0, fmt.Errorf("a CREATE TABLE without a list of columns")
}

// element is one line of a CREATE TABLE: a column, key or constraint.
type element struct{ tokens []token }

func splitElements(tokens []token) []element {
	var list []element
	depth, start := 0, 0
	for i, t := range tokens {
		switch t.text {
		case "(":
			depth++
		case ")":
			depth--
		case ",":
			if depth == 0 {
				list = append(list, element{tokens[start:i]})
				start = i + 1
			}
		}
	}
	return append(list, element{tokens[start:]})
}

func (e element) text() string { return joinTokens(e.tokens) }

// at is the index of the n-th significant token, or of the last token.
func (e element) at(n int) int {
	for i, t := range e.tokens {
		if t.significant() {
			if n == 0 {
				return i
			}
			n--
		}
	}
	return len(e.tokens) - 1
}

func (e element) word(n int) string {
	if t := e.tokens[e.at(n)]; t.kind == tokenWord {
		return strings.ToUpper(t.text)
	}
	return ""
}

func (e element) has(word string) bool {
	for _, t := range e.tokens {
		if t.is(word) {
			return true
		}
	}
	return false
}

// kind is the first keyword that says what an element is; a column has none.
func (e element) kind() string {
	first := e.word(0)
	if first == "CONSTRAINT" {
		if e.word(2) != "" {
			return e.word(2)
		}
		return e.word(1)
	}
	return first
}

// parseForeign reads CONSTRAINT `x` FOREIGN KEY (`a`) REFERENCES [`s`.]`p` (`id`) …
func parseForeign(e element) (foreignKey, error) {
	for i, t := range e.tokens {
		if !t.is("REFERENCES") {
			continue
		}
		next := significantFrom(e.tokens, i+1)
		f := foreignKey{head: strings.TrimSpace(joinTokens(e.tokens[:i+1]))}
		rest := 0
		switch {
		case len(next) > 3 && e.tokens[next[1]].text == ".":
			f.schema, f.parent, rest = e.tokens[next[0]].name(), e.tokens[next[2]].name(), next[2]+1
		case len(next) > 1:
			f.parent, rest = e.tokens[next[0]].name(), next[0]+1
		default:
			return f, fmt.Errorf("a foreign key without a parent")
		}
		f.tail = strings.TrimSpace(joinTokens(e.tokens[rest:]))
		f.columns = firstList(e.tokens[rest:])
		f.childColumns = firstList(e.tokens[:i])
		return f, nil
	}
	return foreignKey{}, fmt.Errorf("a foreign key without a parent")
}

// firstList is the names in the first parentheses.
func firstList(tokens []token) []string {
	var names []string
	inside := false
	for _, t := range tokens {
		switch {
		case t.text == "(":
			inside = true
		case t.text == ")" && inside:
			return names
		case inside && t.kind == tokenIdent:
			names = append(names, t.name())
		}
	}
	return names
}

// keyStatements adds deferred keys in their order: plain ones that follow each other in one pass over the table,
// full-text and spatial ones by themselves.
func keyStatements(table string, keys []string) []string {
	var statements []string
	plain := false // the last statement takes more
	for _, key := range keys {
		alone := strings.HasPrefix(key, "FULLTEXT") || strings.HasPrefix(key, "SPATIAL")
		if plain && !alone {
			statements[len(statements)-1] += ", ADD " + key
			continue
		}
		statements = append(statements, "ALTER TABLE "+table+" ADD "+key)
		plain = !alone
	}
	return statements
}
