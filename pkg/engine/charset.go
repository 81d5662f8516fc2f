package engine

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"overmind/pkg/fault"
)

// inClient gives a definition one character set, that of its client. A server keeps the parameters and the body of a
// program in the bytes of the client that made it, but writes what stands around them from its catalogue, in UTF-8; sent
// as they are shown, names and comments would be read as something else. It needs a session that gets what servers have.
func (o *object) inClient(ctx context.Context, conn queryer) error {
	if strings.HasPrefix(o.Client, "utf8") || isASCII(string(o.SQL)) {
		return nil
	}
	tokens := lex(string(o.SQL), dialectOf(o.SQLMode, "")) // names are in UTF-8 still
	for _, i := range o.fromCatalogue(tokens) {
		if isASCII(tokens[i].text) {
			continue
		}
		var err error
		if tokens[i].text, err = o.encode(ctx, conn, tokens[i].text); err != nil {
			return err
		}
	}
	o.SQL = []byte(joinTokens(tokens))
	return nil
}

// encode writes UTF-8 in the client's character set, by the conversion of the server that has both.
func (o *object) encode(ctx context.Context, conn queryer, text string) (string, error) {
	var encoded, back []byte
	literal := fmt.Sprintf("_utf8mb4 X'%x'", text)
	err := conn.QueryRowContext(ctx, fmt.Sprintf("SELECT CONVERT(%s USING %s), CONVERT(CONVERT(%s USING %s) USING utf8mb4)", literal, Ident(o.Client), literal, Ident(o.Client))).Scan(&encoded, &back)
	if err == nil && string(back) != text {
		err = fault.New(fault.Invalid, "name_not_in_charset",
			"The name or the comment of %s has characters that %s does not have, which is the character set of the client that made it: make it anew in a session in utf8mb4.", o.label(), o.Client)
	}
	return string(encoded), err
}

// fromCatalogue lists the tokens of a definition that its server writes from its catalogue. Views are kept whole.
func (o *object) fromCatalogue(tokens []token) []int {
	switch o.Kind {
	case kindEvent:
		return before(tokens, "DO")
	case kindTrigger:
		return slices.DeleteFunc(before(tokens, "FOR"), func(i int) bool { return tokens[i].name() != o.Name && tokens[i].name() != o.Table })
	case kindFunction, kindProcedure:
		head := slices.IndexFunc(tokens, func(t token) bool { return t.text == "(" })
		name := slices.IndexFunc(tokens, func(t token) bool { return t.name() == o.Name }) // MariaDB keeps that of a routine as it was written
		list := characteristics(tokens, head)
		if _, end, ok := definerClause(tokens); ok {
			for i := range end {
				list = append(list, i)
			}
		}
		if name >= 0 && name < head {
			list = append(list, name)
		}
		return list
	}
	return nil
}

// before lists the tokens that stand before a word.
func before(tokens []token, word string) []int {
	var list []int
	for i, t := range tokens {
		if t.is(word) {
			break
		}
		list = append(list, i)
	}
	return list
}

// routineWords are the words of what a server writes between the parameters and the body of a routine, each in a line of
// its own, the comment last.
var routineWords = []string{"LANGUAGE", "NOT", "DETERMINISTIC", "CONTAINS", "NO", "READS", "MODIFIES", "SQL", "DATA", "SECURITY", "INVOKER", "DEFINER", "COMMENT", "JAVASCRIPT"}

// characteristics lists the tokens between the parameters of a routine, which begin at head, and its body.
func characteristics(tokens []token, head int) []int {
	if head < 0 {
		return nil
	}
	end, depth := head, 0
	for ; end < len(tokens); end++ {
		switch tokens[end].text {
		case "(":
			depth++
		case ")":
			depth--
		}
		if depth == 0 {
			break
		}
	}
	var list []int
	returns := neighbour(tokens, end, 1) == "RETURNS"
	for i := end + 1; i < len(tokens); i++ {
		t := tokens[i]
		switch {
		case returns:
			returns = !strings.HasPrefix(t.text, "\n")
		case !t.significant(), slices.ContainsFunc(routineWords, t.is):
		case t.kind == tokenString && strings.EqualFold(neighbour(tokens, i, -1), "COMMENT"):
			return append(list, i)
		default:
			return list
		}
		list = append(list, i)
	}
	return list
}
