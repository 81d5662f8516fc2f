package compare

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// commonView leaves out what one flavour adds when it prints a query: quotes, brackets, LIMIT 1 in EXISTS, the schema of
// the server's own tables, and the names of the columns, which one prints before the query and the other in it. They are
// settings.
func commonView(tokens []token) string {
	tokens = notIn(sortedByValue(withoutRegexpLike(withoutOuterUnion(tokens))))
	var kept []token
	for i := 0; i < len(tokens); i++ {
		t, next := tokens[i], at(tokens, i+1)
		switch {
		case t.is("limit") && next.text == "1", t.is("as") && next.kind == ident:
			i++
			continue
		case ownSchemas[t.text] && next.text == ".":
			i++
			tokens[i+1].text = strings.ToLower(at(tokens, i+1).text)
			continue
		case next.text == "(" && at(tokens, i-1).is("view"):
			i = closing(tokens, i+1)
		}
		if t.kind == ident {
			t.text = strings.Trim(t.text, "`")
		}
		kept = append(kept, t)
	}
	return text(plainConditions(withoutBrackets(kept)))
}

// madeTable is the name that MariaDB gives a union in brackets that others follow.
var madeTable = regexp.MustCompile("^`__\\d+`$")

// withoutOuterUnion puts such a union in the place of the query of all its columns that MariaDB makes of it.
func withoutOuterUnion(tokens []token) []token {
	for i, t := range tokens {
		if t.kind != ident || !madeTable.MatchString(t.text) || at(tokens, i-1).text != ")" {
			continue
		}
		open := opening(tokens, i-1)
		first := open - 1
		for first > 0 && !tokens[first].is("select") {
			first--
		}
		return withoutOuterUnion(slices.Concat(tokens[:first], tokens[open:i], tokens[i+1:]))
	}
	return tokens
}

// opening is where the bracket begins that ends at i.
func opening(tokens []token, i int) int {
	for depth := 0; i > 0; i-- {
		switch tokens[i].text {
		case ")":
			depth++
		case "(":
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return 0
}

// ownSchemas are printed before a table's alias too by one flavour, in the case that was written by the other.
var ownSchemas = map[string]bool{"`information_schema`": true, "`performance_schema`": true, "`mysql`": true}

// sortedByValue writes in GROUP BY and ORDER BY the selected value itself: what one flavour prints as its name or its
// number is printed so by the other.
func sortedByValue(tokens []token) []token {
	var sorted []token
	var values, first [][]token // of the select list; of the first one of a union, whose names sort it
	for i := 0; i < len(tokens); i++ {
		t := tokens[i]
		sorted = append(sorted, t)
		switch {
		case t.text == "(" && t.kind == punct:
			end := closing(tokens, i)
			sorted = append(sorted, sortedByValue(tokens[i+1:end])...)
			i = end - 1
		case t.is("select"):
			from := i + 1
			for at(tokens, from).is("distinct") || at(tokens, from).is("straight_join") {
				from++
			}
			values = split(tokens[from:clause(tokens, from)])
			if first == nil {
				first = values
			}
		case t.is("by") && values != nil:
			if at(tokens, i-1).is("order") {
				values = first
			}
			end := clause(tokens, i+1)
			for n, term := range split(tokens[i+1 : end]) {
				if n > 0 {
					sorted = append(sorted, token{punct, ","})
				}
				sorted = append(sorted, selected(term, values)...)
			}
			i = end - 1
		}
	}
	return sorted
}

// clause is where the next clause of a query begins.
func clause(tokens []token, i int) int {
	for ; i < len(tokens) && tokens[i].text != ")"; i++ {
		if tokens[i].kind == word && slices.Contains([]string{"from", "group", "having", "order", "limit", "union", "except", "intersect", "window", "with", "for"}, tokens[i].text) {
			break
		}
		if tokens[i].text == "(" && tokens[i].kind == punct {
			i = closing(tokens, i)
		}
	}
	return min(i, len(tokens))
}

// selected is a term of ORDER BY with the selected value in the place of its name or number.
func selected(term []token, values [][]token) []token {
	if at(term, 1).kind != word && len(term) != 1 {
		return sortedByValue(term)
	}
	for i, value := range values {
		end := len(value) - 2
		if end > 0 && value[end].is("as") && (term[0] == value[end+1] || term[0].text == strconv.Itoa(i+1)) {
			return append(sortedByValue(value[:end]), term[1:]...)
		}
	}
	return term
}

// notIn writes x NOT IN (SELECT …) where one flavour prints !(x IN (SELECT …)) and the other that it is false.
func notIn(tokens []token) []token {
	var plain []token
	for i := 0; i < len(tokens); i++ {
		t := tokens[i]
		if t.is("in") && at(tokens, i+1).text == "(" && at(tokens, i+2).is("select") {
			end := closing(tokens, i+1)
			isFalse := at(tokens, end+1).is("is") && at(tokens, end+2).is("false")
			if not := beforeOperand(plain); isFalse {
				plain = append(plain, token{word, "not"})
			} else if not >= 0 && (plain[not].is("not") || plain[not].text == "!") {
				plain = append(slices.Delete(plain, not, not+1), token{word, "not"})
			}
			plain = append(append(plain, t, tokens[i+1]), notIn(tokens[i+2:end])...)
			if i = end - 1; isFalse {
				tokens = slices.Concat(tokens[:end+1], tokens[end+3:])
			}
			continue
		}
		plain = append(plain, t)
	}
	return plain
}

// plainConditions gives conditions without brackets the form of one flavour: the other prints that a value is tested for
// not being 0, and a NOT before what is compared by LIKE.
func plainConditions(tokens []token) []token {
	var plain []token
	for i, t := range tokens {
		switch {
		case t.text == "0" && at(tokens, i+1).text == "<>", t.text == "<>" && at(tokens, i-1).text == "0":
			continue
		case t.text == "!":
			t = token{word, "not"}
		case t.is("true"):
			t = token{word, "1"}
		case t.is("false"):
			t = token{word, "0"}
		case t.is("like"):
			if not := beforeOperand(plain); at(plain, not).is("not") {
				plain = append(slices.Delete(plain, not, not+1), token{word, "not"})
			}
		}
		plain = append(plain, t)
	}
	return plain
}

// beforeOperand is where the token before the last operand stands.
func beforeOperand(tokens []token) int {
	i := len(tokens) - 1
	for ; i >= 0; i-- {
		if t := tokens[i]; t.text == "," || t.text == "!" || t.kind == word && slices.Contains([]string{"not", "and", "or", "xor", "where", "having", "on", "when", "select"}, t.text) {
			break
		}
	}
	return i
}
