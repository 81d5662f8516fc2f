package compare

import (
	"regexp"
	"strings"
)

var (
	foreignKey = regexp.MustCompile("(?m)^(  CONSTRAINT )`(.*)`( FOREIGN KEY \\()`(.*)`(\\) REFERENCES .* \\()`(.*)`(\\)(?: ON [A-Z ]+)?,?)$")
	threeBytes = regexp.MustCompile(`(?i)\b(_?)utf8(_[a-z]\w*)?\b`)
	// assumed is a character set with a collation, which a server may add or leave out where it takes it for the default
	assumed = regexp.MustCompile(`(?i)\b(?:CHARSET|CHARACTER SET)\s+\w+\s+COLLATE\s+\w+`)
)

// escapedKeys writes the names in foreign keys as most servers do: some leave a backtick in them as it is.
func escapedKeys(definition string) string {
	return foreignKey.ReplaceAllStringFunc(definition, func(clause string) string {
		parts := foreignKey.FindStringSubmatch(clause)
		for i := 2; i <= 6; i += 2 {
			names := strings.Split(parts[i], "`, `")
			for n := range names {
				names[n] = quote(strings.ReplaceAll(names[n], "``", "`"))
			}
			parts[i] = strings.Join(names, ", ")
		}
		return strings.Join(parts[1:], "")
	})
}

// modernNames gives the three-byte utf8 its present name in a program, which keeps what was written.
func modernNames(program string) string {
	return threeBytes.ReplaceAllString(program, "${1}utf8mb3${2}")
}

// withoutAssumed leaves of a collation beside its character set what it must keep where it is replaced.
func withoutAssumed(clause string) string {
	at := strings.LastIndexAny(clause, " \t\n")
	charset, _, _ := strings.Cut(strings.TrimSpace(clause[:at]), " COLLATE")
	_, kind, ok := strings.Cut(kindOfCollation(strings.ToLower(clause[at+1:])), "_")
	if !ok {
		return charset
	}
	return charset + " COLLATE " + kind
}
