package engine

import (
	"errors"
	"slices"
	"strings"
)

// errAmbiguous says that a definition uses the database's name for something else as well, so that renaming the
// database in it would be guessing.
var errAmbiguous = errors.New("the database's name is also used for a table, column, alias or variable in the definition")

// errForeign says that the database's name, the old or the new one, is not written in a definition as its bytes are here.
var errForeign = errors.New("the definition is in the character set of the client that made it, which writes the database's name in another way")

// retarget renames the database in qualified names of a definition: `from`.`t` becomes `to`.`t`. Strings and comments
// stay as they are.
func retarget(definition, from, to string, d dialect) (string, error) {
	if from == to {
		return definition, nil
	}
	foreign := d.client != "" && !strings.HasPrefix(d.client, "utf8")
	if foreign && !isASCII(from) && !isASCII(definition) {
		return "", errForeign
	}
	tokens := lex(definition, d)
	qualifiers, bare, guessed := uses(tokens, from, d)
	if guessed && bare {
		return "", errAmbiguous
	}
	if foreign && len(qualifiers) > 0 && !isASCII(to) {
		return "", errForeign
	}
	for _, i := range qualifiers {
		tokens[i].text = Ident(to)
	}
	return joinTokens(tokens), nil
}

// uses finds where a database's name is written as a qualifier; bare tells whether the name is there for something else
// too, guessed whether one of the qualifiers could be a table's.
func uses(tokens []token, database string, d dialect) (qualifiers []int, bare, guessed bool) {
	definer, end, _ := definerClause(tokens) // an account may be named like the database
	for i, t := range tokens {
		if t.name() == "" || t.isNumber() || !d.same(t.name(), database) || i >= definer && i < end {
			continue
		}
		before, after := neighbour(tokens, i, -1), neighbour(tokens, i, 1)
		switch {
		case before == "@":
		case before == ".":
			bare = true
		case after == "." && d.printed && !names(tokens, i) && !isSequence(tokens, i): // a table, before its column
		case after == ".":
			qualifiers = append(qualifiers, i)
			guessed = guessed || !names(tokens, i)
		default:
			bare = true
		}
	}
	return qualifiers, bare, guessed
}

func (d dialect) same(name, database string) bool {
	return name == database || d.caseless && strings.EqualFold(name, database)
}

// announcing are words that the name of something in a database follows.
var announcing = []string{"INTO", "TABLE", "CALL", "PROCEDURE", "FUNCTION", "TRIGGER", "EVENT", "VIEW"}

// names tells whether `x`.`y` at i can only be a database and something in it: it follows a word that announces one, or
// is followed by a column or by arguments.
func names(tokens []token, i int) bool {
	before, at := neighbourAt(tokens, i, -1)
	enclosed := before == "("
	for before == "(" {
		before, at = neighbourAt(tokens, at, -1)
	}
	switch word := strings.ToUpper(before); {
	case word == "FROM":
		switch function(tokens, at) {
		case "EXTRACT", "TRIM", "SUBSTRING", "SUBSTR", "MID": // what follows is a value
		default:
			return true
		}
	case word == "JOIN", word == "STRAIGHT_JOIN":
		return true
	case enclosed: // by anything else, which may be a function
	case word == "UPDATE":
		if !strings.EqualFold(neighbour(tokens, at, -1), "KEY") { // ON DUPLICATE KEY UPDATE
			return true
		}
	case slices.Contains(announcing, word):
		return true
	}
	rest := significantFrom(tokens, i+1) // the dot, the name, what follows
	return len(rest) > 2 && (tokens[rest[2]].text == "." || tokens[rest[2]].text == "(")
}

// isSequence tells whether `x`.`y` at i is what MariaDB's functions for sequences take: the one thing in a database that
// looks like a column.
func isSequence(tokens []token, i int) bool {
	return slices.Contains([]string{"NEXTVAL", "LASTVAL", "SETVAL"}, function(tokens, i))
}

// function is the word before the parenthesis that the token at i stands in, in capitals.
func function(tokens []token, i int) string {
	depth := 0
	for i--; i >= 0; i-- {
		switch tokens[i].text {
		case ")":
			depth++
		case "(":
			if depth == 0 {
				return strings.ToUpper(neighbour(tokens, i, -1))
			}
			depth--
		}
	}
	return ""
}

// neighbour is the text of the next significant token in a direction.
func neighbour(tokens []token, i, step int) string {
	text, _ := neighbourAt(tokens, i, step)
	return text
}

func neighbourAt(tokens []token, i, step int) (text string, at int) {
	for i += step; i >= 0 && i < len(tokens); i += step {
		if tokens[i].significant() {
			return tokens[i].text, i
		}
	}
	return "", i
}

// withoutDefiner takes the DEFINER clause out of the head of a definition; what is created then belongs to the
// account that creates it.
func withoutDefiner(definition string, d dialect) string {
	tokens := lex(definition, d)
	start, end, ok := definerClause(tokens)
	if !ok {
		return definition
	}
	return joinTokens(tokens[:start]) + strings.TrimLeft(joinTokens(tokens[end:]), " ")
}

// definerClause finds `DEFINER = user[@host]` before the keyword that names the kind of object.
func definerClause(tokens []token) (start, end int, ok bool) {
	for i, t := range tokens {
		switch {
		case t.is("VIEW"), t.is("TRIGGER"), t.is("PROCEDURE"), t.is("FUNCTION"), t.is("EVENT"), t.is("PACKAGE"):
			return 0, 0, false
		case t.is("DEFINER"):
			rest := significantFrom(tokens, i+1)
			if len(rest) < 2 || tokens[rest[0]].text != "=" {
				return 0, 0, false
			}
			last := rest[1]
			if len(rest) > 3 && tokens[rest[2]].text == "@" || len(rest) > 3 && tokens[rest[2]].text == "(" {
				last = rest[3]
			}
			return i, last + 1, true
		}
	}
	return 0, 0, false
}

// significantFrom lists the next few significant tokens.
func significantFrom(tokens []token, from int) []int {
	var list []int
	for i := from; i < len(tokens) && len(list) < 6; i++ {
		if tokens[i].significant() {
			list = append(list, i)
		}
	}
	return list
}
