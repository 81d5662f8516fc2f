package compare

import (
	"encoding/hex"
	"strings"
)

// binaryDefault is a default as text that one flavour prints as 0x….
func binaryDefault(column []token, value token) token {
	bytes, err := hex.DecodeString(strings.TrimPrefix(value.text, "0x"))
	if !strings.HasSuffix(column[1].text, "binary") || !strings.HasPrefix(value.text, "0x") || err != nil {
		return value
	}
	return token{str, quoted(string(bytes))}
}

// binaryValues are a table's options with the bytes in its partitions' lists as text.
func binaryValues(options []token) []token {
	var kept []token
	for i := 0; i < len(options); i++ {
		t := options[i]
		if digits, is := strings.CutPrefix(at(options, i+1).text, "0x"); is && t.is("_binary") {
			if bytes, err := hex.DecodeString(digits); err == nil {
				t = token{str, quoted(string(bytes))}
				i++
			}
		}
		kept = append(kept, t)
	}
	return kept
}
