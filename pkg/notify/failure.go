package notify

import (
	"errors"
	"strings"
	"time"

	"overmind/pkg/secret"
)

// Failure is why a try did not deliver. Answer is what the provider or the network said, safe to show to an admin.
type Failure struct {
	Code   string // unreachable, refused_address, refused, rate_limited, not_accepted, redirected, internal
	Answer string
	// OnlyThis is a failure of one message, as a mail address that does not exist; otherwise the whole channel fails and
	// waits.
	OnlyThis bool
	// Final is a failure that another try cannot cure.
	Final bool
	// After is how long the provider asks to wait; 0 leaves it to us.
	After time.Duration
}

func (f *Failure) Error() string { return f.Code + ": " + f.Answer }

const maxAnswer = 500

// failureOf is err as a failure whose answer shows none of these secrets.
func failureOf(err error, secrets ...secret.String) *Failure {
	var f *Failure
	if !errors.As(err, &f) {
		f = &Failure{Code: "internal", Answer: err.Error()}
	}
	shown := *f
	for _, s := range secrets {
		for _, form := range formsOf(s.Reveal()) {
			shown.Answer = strings.ReplaceAll(shown.Answer, form, "***")
		}
	}
	shown.Answer = clip(oneLine(shown.Answer), maxAnswer)
	return &shown
}

// formsOf are the ways in which an answer may repeat a secret: itself, and the path and parameters of an address.
func formsOf(value string) []string {
	if len(value) < 4 {
		return nil
	}
	forms := []string{value}
	if u, err := parseURL(value); err == nil {
		if u.RequestURI() != "/" {
			forms = append(forms, u.RequestURI())
		}
		for _, values := range u.Query() {
			for _, v := range values {
				if len(v) >= 8 {
					forms = append(forms, v)
				}
			}
		}
		for part := range strings.SplitSeq(u.Path, "/") {
			if len(part) >= 16 {
				forms = append(forms, part)
			}
		}
	}
	return forms
}

// GiveUpAfter is how long a message is tried before only a person sends it again.
const GiveUpAfter = 24 * time.Hour

const longestPause = 15 * time.Minute

// backoff is the pause after that many failures in a row: 5 s, doubled each time, at most 15 minutes.
func backoff(failures int) time.Duration {
	pause := 5 * time.Second
	for range failures - 1 {
		if pause *= 2; pause >= longestPause {
			return longestPause
		}
	}
	return pause
}
