package engine

import (
	"slices"
	"strings"

	"overmind/pkg/fault"
)

// What a source shows as the definition of an object is executed on the target, with the rights of the load account. A
// source is trusted with its own rows only, so the text has to create the object it is shown for and do nothing else.

// checkShown makes sure of it for a view, trigger, routine or event. What their bodies do is not looked at: creating
// them does not execute it.
func (o object) checkShown(database string) error {
	d := o.dialect()
	rest, ok := cutHead(significantOf(lex(withoutDefiner(string(o.SQL), d), d)), strings.ToUpper(string(o.Kind)))
	if !ok {
		return notShown(o.label())
	}
	if len(rest) > 3 && rest[0].is("IF") && rest[1].is("NOT") && rest[2].is("EXISTS") {
		rest = rest[3:]
	}
	if len(rest) > 2 && rest[1].text == "." {
		if !sameName(rest[0].name(), database) {
			return notShown(o.label())
		}
		rest = rest[2:]
	}
	library := o.Kind == kindFunction && len(rest) > 1 && rest[1].is("RETURNS") // without parameters: a function of a library
	if len(rest) == 0 || !sameName(rest[0].name(), o.Name) || library {
		return notShown(o.label())
	}
	return nil
}

// headWords may stand between CREATE and the kind of object, beside a definer.
var headWords = []string{
	"OR", "REPLACE", "ALGORITHM", "UNDEFINED", "MERGE", "TEMPTABLE", "SQL", "SECURITY", "DEFINER", "INVOKER", "AGGREGATE",
	"JSON", "RELATIONAL", "DUALITY",
}

// cutHead gives what follows `CREATE … kind`.
func cutHead(tokens []token, kind string) (rest []token, ok bool) {
	if len(tokens) == 0 || !tokens[0].is("CREATE") {
		return nil, false
	}
	for i, t := range tokens[1:] {
		switch {
		case t.is(kind):
			return tokens[i+2:], true
		case t.text != "=" && !slices.ContainsFunc(headWords, t.is):
			return nil, false
		}
	}
	return nil, false
}

// checkShownTable makes sure of it for a table, whose definition has no body: no query gives it rows, and none are kept
// elsewhere. InnoDB keeps a CONNECTION without a use for it.
func checkShownTable(name, definition string) error {
	tokens := significantOf(lex(definition, dialect{}))
	if len(tokens) < 4 || !tokens[0].is("CREATE") || !tokens[1].is("TABLE") || !sameName(tokens[2].name(), name) || tokens[3].text != "(" {
		return notShown("table " + name)
	}
	for i, t := range tokens[4:] {
		partition := i+5 < len(tokens) && (tokens[i+5].is("IN") || tokens[i+5].is("LESS"))
		if t.is("SELECT") || t.is("TABLE") || t.is("CONNECTION") && !inInnoDB(tokens) || t.is("VALUES") && !partition {
			return notShown("table " + name)
		}
	}
	return nil
}

// inInnoDB tells whether a definition names a storage engine and no other.
func inInnoDB(tokens []token) bool {
	named := false
	for i, t := range tokens {
		if !t.is("ENGINE") {
			continue
		}
		if i+2 >= len(tokens) || tokens[i+1].text != "=" || !tokens[i+2].is("InnoDB") {
			return false
		}
		named = true
	}
	return named
}

func notShown(label string) error {
	return fault.New(fault.Invalid, "unexpected_definition", "What the source shows as the definition of %s is something else.", label)
}

// significantOf is a text without spaces, comments and the marks of executable comments.
func significantOf(tokens []token) []token {
	return slices.DeleteFunc(tokens, func(t token) bool {
		return !t.significant() || t.kind == tokenPunct && len(t.text) > 1
	})
}

// sameName compares a name in a definition with that of the object. Definitions come in the character set they were
// made in, names in ours.
func sameName(shown, name string) bool {
	if isASCII(name) {
		return strings.EqualFold(shown, name)
	}
	return !isASCII(shown)
}
