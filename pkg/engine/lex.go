package engine

import (
	"regexp"
	"strings"
)

// tokenKind is what a token of SQL text is; the lexer knows no grammar.
type tokenKind int

const (
	tokenSpace   tokenKind = iota
	tokenComment           // a comment without meaning
	tokenWord              // a bare identifier, keyword or number
	tokenIdent             // a quoted identifier
	tokenString            // a string literal
	tokenPunct             // one other character, or a mark of an executable comment
)

// token is a piece of SQL text; the tokens of a text join to exactly that text.
type token struct {
	kind tokenKind
	text string
}

// name is the identifier a token can stand for, unquoted.
func (t token) name() string {
	switch {
	case t.kind == tokenWord:
		return t.text
	case t.kind == tokenIdent && len(t.text) >= 2:
		quote := t.text[:1]
		return strings.ReplaceAll(t.text[1:len(t.text)-1], quote+quote, quote)
	}
	return ""
}

func (t token) is(word string) bool { return t.kind == tokenWord && strings.EqualFold(t.text, word) }
func (t token) significant() bool   { return t.kind != tokenSpace && t.kind != tokenComment }

// isNumber tells whether the token, as it is not quoted, can only be a number.
func (t token) isNumber() bool { return t.kind == tokenWord && numeral.MatchString(t.text) }

var numeral = regexp.MustCompile(`(?i)^([0-9]+(e[0-9]+)?|0x[0-9a-f]+|0b[01]+)$`)

// dialect is what a sql_mode and a client's character set change in the reading of SQL text.
type dialect struct {
	ansiQuotes         bool // "x" is an identifier
	noBackslashEscapes bool
	client             string
	caseless           bool // the name of a database may be written in any case
	printed            bool // a server wrote the text anew, from within the database: what is in it is not qualified
}

func dialectOf(sqlMode, client string) dialect {
	d := dialect{client: client}
	for mode := range strings.SplitSeq(strings.ToUpper(sqlMode), ",") {
		switch mode {
		case "ANSI_QUOTES", "ANSI", "DB2", "MAXDB", "MSSQL", "ORACLE", "POSTGRESQL":
			d.ansiQuotes = true
		case "NO_BACKSLASH_ESCAPES":
			d.noBackslashEscapes = true
		}
	}
	return d
}

// width is the length of the character that s starts with, where its second byte may be one that means something in SQL.
func (d dialect) width(s string) int {
	if len(s) < 2 || s[0] < 0x81 || s[1] < 0x40 {
		return 1
	}
	switch d.client {
	case "sjis", "cp932":
		if s[0] <= 0x9f || s[0] >= 0xe0 && s[0] <= 0xfc {
			return 2
		}
	case "big5", "gbk", "gb18030":
		return 2
	}
	return 1
}

// lex splits SQL text as the server does. It never fails: what is not closed reaches to the end.
func lex(text string, d dialect) []token {
	var tokens []token
	body := false // of a program in another language may begin
	for len(text) > 0 {
		kind, n := d.next(text)
		if quoted := dollarQuoted(text); body && quoted > 0 {
			kind, n = tokenString, quoted
		}
		t := token{kind, text[:n]}
		tokens, text = append(tokens, t), text[n:]
		if t.significant() {
			body = t.is("AS")
		}
	}
	return tokens
}

// dollarQuoted is the length of the $tag$…$tag$ that s starts with; 0 = it starts with none. Only MySQL 9 knows it, and
// only after AS (https://dev.mysql.com/doc/refman/9.0/en/create-procedure.html).
func dollarQuoted(s string) int {
	if s[0] != '$' {
		return 0
	}
	n := 1
	for n < len(s) && s[n] != '$' && isWord(s[n]) {
		n++
	}
	if n == len(s) || s[n] != '$' {
		return 0
	}
	tag := s[:n+1]
	end := strings.Index(s[len(tag):], tag)
	if end < 0 {
		return 0
	}
	return end + 2*len(tag)
}

func (d dialect) next(s string) (tokenKind, int) {
	switch c := s[0]; {
	case isSpace(c):
		n := 1
		for n < len(s) && isSpace(s[n]) {
			n++
		}
		return tokenSpace, n
	case c == '#', strings.HasPrefix(s, "--") && (len(s) == 2 || isSpace(s[2]) || s[2] < ' '):
		return tokenComment, until(s, 0, "\n")
	case strings.HasPrefix(s, "/*!"), strings.HasPrefix(s, "/*M!"):
		n := strings.IndexByte(s, '!') + 1
		for n < len(s) && s[n] >= '0' && s[n] <= '9' {
			n++
		}
		return tokenPunct, n
	case strings.HasPrefix(s, "*/"):
		return tokenPunct, 2
	case strings.HasPrefix(s, "/*"):
		return tokenComment, until(s, 2, "*/")
	case c == '`':
		return tokenIdent, d.quoted(s, false)
	case c == '"' && d.ansiQuotes:
		return tokenIdent, d.quoted(s, false)
	case c == '\'', c == '"':
		return tokenString, d.quoted(s, !d.noBackslashEscapes)
	case isWord(c):
		n := d.width(s)
		for n < len(s) && isWord(s[n]) {
			n += d.width(s[n:])
		}
		return tokenWord, n
	}
	return tokenPunct, 1
}

func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

func isWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '$' || c >= 0x80
}

// until is the length of s up to and with the first end at or after from.
func until(s string, from int, end string) int {
	if i := strings.Index(s[from:], end); i >= 0 {
		return from + i + len(end)
	}
	return len(s)
}

// quoted is the length of the quoted thing s starts with; a doubled quote does not end it.
func (d dialect) quoted(s string, backslash bool) int {
	quote := s[0]
	for i := 1; i < len(s); i += d.width(s[i:]) {
		switch {
		case backslash && s[i] == '\\':
			i++
		case s[i] == quote && i+1 < len(s) && s[i+1] == quote:
			i++
		case s[i] == quote:
			return i + 1
		}
	}
	return len(s)
}

func joinTokens(tokens []token) string {
	var b strings.Builder
	for _, t := range tokens {
		b.WriteString(t.text)
	}
	return b.String()
}
