package check

import (
	"regexp"
	"strings"
)

// word is a name or keyword of a program, unquoted, with what stands before and after it.
type word struct{ text, before, after string }

// programToken is a text, a comment, a name or one other character.
var programToken = regexp.MustCompile("(?s)'(?:[^'\\\\]|\\\\.|'')*'|--\\s[^\n]*|#[^\n]*|/\\*[^!].*?\\*/|`(?:[^`]|``)+`|[\\w$\\x{80}-\\x{10ffff}]+|\\S")

// wordsOf reads a program as far as that is possible without its sql_mode: what stands in double quotes may be names.
func wordsOf(program string) []word {
	var words []word
	before, last := "", -1 // last is the place in words of what stands before
	for _, token := range programToken.FindAllString(program, -1) {
		switch {
		case token == `"`, strings.HasPrefix(token, "/*") && len(token) > 1, strings.HasPrefix(token, "--") && len(token) > 1, token[0] == '#':
			continue
		}
		name := strings.ReplaceAll(strings.Trim(token, "`"), "``", "`")
		if last >= 0 {
			words[last].after = name
		}
		if last = -1; token[0] == '`' || isNameByte(token[0]) {
			last = len(words)
			words = append(words, word{text: name, before: before})
		}
		before = name
	}
	return words
}

func isNameByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '$' || c >= 0x80
}
