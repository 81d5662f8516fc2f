package compare

import (
	"strconv"
	"strings"
)

type tokenKind int

const (
	word tokenKind = iota
	ident
	str
	punct
)

// token is a piece of a definition; spaces and the marks of executable comments are none.
type token struct {
	kind tokenKind
	text string
}

func (t token) is(name string) bool { return t.kind == word && strings.EqualFold(t.text, name) }

// value is what a string literal stands for.
func (t token) value() string {
	if len(t.text) < 2 {
		return ""
	}
	var b strings.Builder
	inner := t.text[1 : len(t.text)-1]
	for i := 0; i < len(inner); i++ {
		switch c := inner[i]; {
		case c == '\\' && i+1 < len(inner):
			i++
			b.WriteByte(escaped(inner[i]))
		case c == '\'' && i+1 < len(inner) && inner[i+1] == '\'':
			i++
			b.WriteByte(c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

func escaped(c byte) byte {
	if i := strings.IndexByte("0nrtbZ", c); i >= 0 {
		return "\x00\n\r\t\b\x1a"[i]
	}
	return c
}

func quoted(value string) string { return "'" + strings.Trim(strconv.Quote(value), `"`) + "'" }

func isNumber(s string) bool {
	_, err := strconv.ParseFloat(s, 64)
	return err == nil
}

func at(tokens []token, i int) token {
	if i < 0 || i >= len(tokens) {
		return token{kind: punct}
	}
	return tokens[i]
}

// lex splits a definition as SHOW CREATE prints it.
func lex(s string) []token {
	var tokens []token
	for i := 0; i < len(s); {
		n, kind := 1, punct
		switch c := s[i]; {
		case strings.HasPrefix(s[i:], "/*!"), strings.HasPrefix(s[i:], "/*M!"):
			for n = strings.IndexByte(s[i:], '!') + 1; i+n < len(s) && s[i+n] >= '0' && s[i+n] <= '9'; {
				n++
			}
			i += n
			continue
		case strings.HasPrefix(s[i:], "*/"):
			i += 2
			continue
		case c == ' ' || c >= '\t' && c <= '\r':
			i++
			continue
		case c == '`':
			n, kind = quotedLength(s[i:], false), ident
		case c == '\'':
			n, kind = quotedLength(s[i:], true), str
		case isWord(c):
			number := s[i] >= '0' && s[i] <= '9'
			for kind = word; i+n < len(s) && (isWord(s[i+n]) || number && (s[i+n] == '.' || isExponent(s[i:i+n], s[i+n]))); {
				n++
			}
		case strings.Contains("<>=!|&", s[i:i+1]):
			for i+n < len(s) && strings.Contains("<>=!|&", s[i+n:i+n+1]) {
				n++
			}
		}
		tokens = append(tokens, token{kind, s[i : i+n]})
		i += n
	}
	return tokens
}

// isExponent tells whether c is the sign in 1e-5.
func isExponent(before string, c byte) bool {
	return (c == '-' || c == '+') && isNumber(strings.TrimSuffix(before, "e")) && strings.HasSuffix(before, "e")
}

func isWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '$' || c == '@' || c >= 0x80
}

func quotedLength(s string, backslash bool) int {
	for i := 1; i < len(s); i++ {
		switch {
		case backslash && s[i] == '\\':
			i++
		case s[i] == s[0] && i+1 < len(s) && s[i+1] == s[0]:
			i++
		case s[i] == s[0]:
			return i + 1
		}
	}
	return len(s)
}

// closing is the index of the bracket that closes the one at i, or the last index.
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
	return len(tokens) - 1
}

// split cuts at the commas that stand in no brackets; no part is empty.
func split(tokens []token) [][]token {
	var parts [][]token
	depth, from := 0, 0
	for i, t := range append(tokens[:len(tokens):len(tokens)], token{punct, ","}) {
		switch t.text {
		case "(":
			depth++
		case ")":
			depth--
		case ",":
			if depth == 0 && i > from {
				parts, from = append(parts, tokens[from:i]), i+1
			}
		}
	}
	return parts
}

func text(tokens []token) string {
	parts := make([]string, len(tokens))
	for i, t := range tokens {
		parts[i] = t.text
	}
	return strings.Join(parts, " ")
}
