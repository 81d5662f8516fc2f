package engine

import (
	"regexp"
	"slices"
)

// table rewrites a SHOW CREATE TABLE. What it does not know stays as it stands, for the target to take or to refuse.
func (t *Translation) table(definition string) (string, mapped, error) {
	tokens := lex(definition, dialect{})
	t.uncomment(tokens)
	tokens = lex(joinTokens(tokens), dialect{})
	if t.from.Flavour == MySQL && t.to.Flavour == MariaDB {
		withoutIntroducers(tokens)
		asOperators(tokens)
	}
	changes := t.collate(tokens, false)
	t.nameDefaults(tokens, t.source.defaults, changes)
	if t.crosses() {
		open, end, err := body(tokens)
		if err != nil {
			return "", nil, err
		}
		for _, e := range splitElements(tokens[open+1 : end]) {
			t.element(e)
		}
	}
	return joinTokens(tokens), changes, nil
}

// withoutIntroducers takes off the _utf8mb4 that MySQL prints before every text in an expression. MariaDB keeps a text
// that has one as \xNN, and reads that back as the letters x, N and N.
func withoutIntroducers(tokens []token) {
	for i := range tokens {
		if i+1 < len(tokens) && (tokens[i].is("_utf8mb4") || tokens[i].is("_utf8mb3")) && tokens[i+1].kind == tokenString {
			tokens[i].text = ""
		}
	}
}

// asOperators writes REGEXP_LIKE(a, b), which MySQL prints for a REGEXP b and MariaDB does not have, as it was.
func asOperators(tokens []token) {
	for i := range tokens {
		if !tokens[i].is("regexp_like") || neighbour(tokens, i, 1) != "(" {
			continue
		}
		depth := 0
		var commas []int
		for at := i + 1; at <= closing(tokens, i+1); at++ {
			switch tokens[at].text {
			case "(":
				depth++
			case ")":
				depth--
			case ",":
				if depth == 1 {
					commas = append(commas, at)
				}
			}
		}
		if len(commas) == 1 { // the third argument has no operator
			tokens[i].text, tokens[commas[0]].text = "", " REGEXP "
		}
	}
}

// element rewrites a column, key or constraint for the other flavour.
func (t *Translation) element(e element) {
	first := e.tokens[e.at(0)]
	switch {
	case first.kind == tokenIdent:
		t.column(e)
	case e.kind() == "CHECK":
		unnamed(e)
	default:
		hidden := map[bool][2]string{true: {"INVISIBLE", "IGNORED"}, false: {"IGNORED", "INVISIBLE"}}[t.to.Flavour == MariaDB]
		e.replace(hidden[0], hidden[1])
	}
}

// replace puts another word in the place of a keyword.
func (e element) replace(word, by string) {
	for i := range e.tokens {
		if e.tokens[i].is(word) {
			e.tokens[i].text = by
		}
	}
}

var generatedName = regexp.MustCompile(`^CONSTRAINT_\d+$`)

// unnamed takes off a CHECK the name that MariaDB gave it: it counts them in each table, but MySQL wants a name once in
// a database.
func unnamed(e element) {
	if !e.tokens[e.at(0)].is("CONSTRAINT") || !generatedName.MatchString(e.tokens[e.at(1)].name()) {
		return
	}
	for i := e.at(0); i < e.at(2); i++ {
		e.tokens[i].text = ""
	}
}

// column rewrites a column: the type's name, a default that MySQL takes in parentheses only, and a CHECK, which there
// speaks of other columns only where it is the table's.
func (t *Translation) column(e element) {
	kind := e.at(1)
	if t.to.Flavour == MariaDB {
		if e.tokens[kind].is("geomcollection") {
			e.tokens[kind].text = "geometrycollection"
		}
		e.referenceSystem()
		return
	}
	bracketed := false
	for i := range e.tokens {
		switch {
		case e.tokens[i].is("REF_SYSTEM_ID"): // there a SRID is one that all values must have
			if value := valueAfter(e.tokens, i); value >= 0 {
				clear(e.tokens[i : value+1])
			}
		case e.tokens[i].is("DEFAULT") && !bracketed:
			bracket(e.tokens, i, e.word(1))
			bracketed = true
		case e.tokens[i].is("CHECK") && neighbour(e.tokens, i, 1) == "(":
			e.tokens[i].text = ", CHECK"
			return
		}
	}
}

// referenceSystem gives the SRID of a column MariaDB's name, and the place that it has there: after the type.
func (e element) referenceSystem() {
	for i := range e.tokens {
		if next := significantFrom(e.tokens, i+1); e.tokens[i].is("SRID") && spatial[e.word(1)] && len(next) > 0 {
			e.tokens[e.at(1)].text += " REF_SYSTEM_ID=" + e.tokens[next[0]].text
			e.tokens[i].text, e.tokens[next[0]].text = "", ""
			return
		}
	}
}

// isBare tells whether a column's default was taken away: servers print DEFAULT NULL where nothing was said, but for
// types that have none on some server.
func (e element) isBare() bool {
	kind := e.word(1)
	if long[kind] || spatial[kind] {
		return false
	}
	return !slices.ContainsFunc([]string{"DEFAULT", "NOT", "GENERATED", "AS", "AUTO_INCREMENT"}, e.has)
}

// spatial are the types of places and shapes.
var spatial = map[string]bool{
	"GEOMETRY": true, "POINT": true, "LINESTRING": true, "POLYGON": true, "MULTIPOINT": true, "MULTILINESTRING": true, "MULTIPOLYGON": true,
	"GEOMCOLLECTION": true, "GEOMETRYCOLLECTION": true,
}

var (
	// present are the types whose default may be the present time as it stands.
	present = map[string]bool{"TIMESTAMP": true, "DATETIME": true}
	// long are the types whose default is always an expression.
	long = map[string]bool{
		"TINYTEXT": true, "TEXT": true, "MEDIUMTEXT": true, "LONGTEXT": true, "TINYBLOB": true, "BLOB": true, "MEDIUMBLOB": true, "LONGBLOB": true,
	}
)

// bracket puts the default that stands after the word at i into parentheses, if it is the call of a function, or a value
// of a type whose default has to be an expression.
func bracket(tokens []token, i int, columnType string) {
	next := significantFrom(tokens, i+1)
	if len(next) == 0 {
		return
	}
	first, last := next[0], -1
	switch {
	case len(next) > 1 && tokens[first].kind == tokenWord && tokens[next[1]].text == "(":
		if !present[columnType] || !tokens[first].is("current_timestamp") {
			last = closing(tokens, next[1])
		}
	case tokens[first].kind == tokenIdent, long[columnType] && (tokens[first].kind == tokenString || isNumber(tokens[first])):
		last = first
	case long[columnType] && len(next) > 1 && tokens[first].text == "-" && isNumber(tokens[next[1]]):
		last = next[1]
	case long[columnType] && len(next) > 1 && tokens[first].kind == tokenWord && tokens[next[1]].kind == tokenString: // _utf8mb4'x'
		last = next[1]
	}
	if last < 0 {
		return
	}
	tokens[first].text = "(" + tokens[first].text
	tokens[last].text += ")"
}

func isNumber(t token) bool { return t.kind == tokenWord && t.text[0] >= '0' && t.text[0] <= '9' }

// closing is where the parenthesis that opens at i is closed; -1 where it is not.
func closing(tokens []token, i int) int {
	depth := 0
	for ; i < len(tokens); i++ {
		switch tokens[i].text {
		case "(":
			depth++
		case ")":
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}
