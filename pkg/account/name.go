package account

import (
	"crypto/sha256"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"overmind/pkg/event"
	"overmind/pkg/fault"
)

const (
	maxName  = 64
	maxText  = 100
	maxEmail = 254
)

var (
	usernameForm = regexp.MustCompile(`^[\p{L}\p{N}][\p{L}\p{M}\p{N}._@+-]*$`)
	emailForm    = regexp.MustCompile(`^[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]{1,64}@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}$`)
)

// normalize makes one name of all that look or sound alike to people: `ＡＤＭＩＮ` and `Admin` are `admin`.
func normalize(username string) string {
	return norm.NFKC.String(cases.Fold().String(norm.NFKC.String(username)))
}

func hashOf(text string) Hash { return sha256.Sum256([]byte(text)) }

// checkUser is what every stored user satisfies.
func checkUser(u User) error {
	var fields []fault.Field
	add := func(name, code, message string) {
		fields = append(fields, fault.Field{Name: name, Code: code, Message: message})
	}
	if !usernameForm.MatchString(u.Username) || utf8.RuneCountInString(u.Username) > maxName {
		add("username", "not_valid", "A user name has 1 to 64 letters, digits and . _ - @ +, and starts with a letter or digit.")
	}
	for name, value := range map[string]string{"display_name": u.DisplayName, "team": u.Team} {
		if !isLine(value) || utf8.RuneCountInString(value) > maxText {
			add(name, "not_valid", "At most 100 characters on one line.")
		}
	}
	if u.Email != "" && (len(u.Email) > maxEmail || !emailForm.MatchString(u.Email)) {
		add("email", "not_valid", "This is not an e-mail address.")
	}
	if u.Language != "en" && u.Language != "zh" {
		add("language", "unknown_value", "The language is en or zh.")
	}
	if u.Role != event.RoleUser && u.Role != event.RoleDBA && u.Role != event.RoleAdmin {
		add("role", "unknown_value", "The role is user, dba or admin.")
	}
	if len(fields) > 0 {
		return &fault.Error{Kind: fault.Invalid, Code: "invalid", Message: "Some fields are not valid.", Fields: fields}
	}
	return nil
}

// isLine refuses line breaks and the marks that make text read differently than it is stored.
func isLine(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool {
		return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029'
	})
}
