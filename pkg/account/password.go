package account

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"runtime"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"overmind/pkg/fault"
	"overmind/pkg/secret"
)

// The cost of a hash, OWASP's second argon2id profile.
const (
	argonMemory  = 19 << 10 // KiB
	argonTime    = 2
	argonThreads = 1
	saltSize     = 16
	hashSize     = 32
)

const (
	minPassword = 12
	maxPassword = 256
)

// common are passwords of sufficient length that every guesser tries; they are compared in lower case.
var common = map[string]bool{
	"123456789012": true, "1234567890123": true, "12345678901234": true, "123456789123": true, "123123123123": true,
	"111111111111": true, "000000000000": true, "qwertyuiop12": true, "qwertyuiop123": true, "qwertyuiopasdfgh": true,
	"1q2w3e4r5t6y": true, "1qaz2wsx3edc": true, "qwerty123456": true, "abcdefghijkl": true, "abc123456789": true,
	"password1234": true, "password12345": true, "password123456": true, "passwordpassword": true, "p@ssw0rd1234": true,
	"administrator": true, "administrator1": true, "admin1234567": true, "adminadminadmin": true, "letmeinletmein": true,
	"iloveyou1234": true, "welcome12345": true, "welcome123456": true, "changemechangeme": true, "change-me-now": true,
	"correcthorsebatterystaple": true, "correct horse battery staple": true, "overmind1234": true, "overmindovermind": true,
}

// checkPassword is the policy for a new password.
func checkPassword(field string, password secret.String, u User) error {
	value := password.Reveal()
	length := utf8.RuneCountInString(value)
	switch lower := strings.ToLower(value); {
	case !utf8.ValidString(value) || strings.ContainsRune(value, 0):
		return fault.OnField(field, "not_valid", "The password contains a character that cannot be used.")
	case length < minPassword:
		return fault.OnField(field, "too_short", "The password needs at least %d characters.", minPassword)
	case length > maxPassword:
		return fault.OnField(field, "too_long", "The password may have at most %d characters.", maxPassword)
	case common[lower] || strings.Count(lower, lower[:1]) == len(lower):
		return fault.OnField(field, "too_common", "The password is one of the first that an attacker tries.")
	case strings.Contains(lower, u.Username) && len(u.Username) > 3:
		return fault.OnField(field, "contains_username", "The password must not contain the user name.")
	}
	return nil
}

// hasher bounds how many hashes are computed at once: each takes 19 MiB, and sign-in needs no right.
type hasher struct {
	slots   chan struct{}
	unknown string // compared where there is no user, so that the answer takes the same time
}

func newHasher() *hasher {
	h := &hasher{slots: make(chan struct{}, max(2, runtime.GOMAXPROCS(0)))}
	h.unknown = encode(secret.New(rand.Text()))
	return h
}

func (h *hasher) hash(ctx context.Context, password secret.String) (string, error) {
	if err := h.enter(ctx); err != nil {
		return "", err
	}
	defer h.leave()
	return encode(password), nil
}

// matches tells whether password gives phc, which is compared with some other hash when it is empty.
func (h *hasher) matches(ctx context.Context, phc string, password secret.String) (bool, error) {
	known := phc != ""
	if !known {
		phc = h.unknown
	}
	if err := h.enter(ctx); err != nil {
		return false, err
	}
	defer h.leave()
	equal, err := verify(phc, password)
	return equal && known, err
}

func (h *hasher) enter(ctx context.Context) error {
	select {
	case h.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fault.Wrap(ctx.Err(), fault.Unavailable, "busy", "The server is busy; try again.")
	}
}

func (h *hasher) leave() { <-h.slots }

// encode gives the PHC string `$argon2id$v=19$m=19456,t=2,p=1$salt$hash`.
func encode(password secret.String) string {
	salt := make([]byte, saltSize)
	_, _ = rand.Read(salt) // never fails
	sum := argon2.IDKey([]byte(password.Reveal()), salt, argonTime, argonMemory, argonThreads, hashSize)
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonTime, argonThreads,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(sum))
}

// verify reads the cost from phc, so that hashes made at another cost stay valid.
func verify(phc string, password secret.String) (bool, error) {
	var (
		version         int
		memory, passes  uint32
		threads         uint8
		parts           = strings.Split(phc, "$")
		errUnreadable   = fault.New(fault.Internal, "password_hash_unreadable", "A stored password cannot be read; reset it.")
		salt, want      []byte
		errSalt, errSum error
	)
	if len(parts) != 6 || parts[1] != "argon2id" {
		return false, errUnreadable
	}
	if _, err := fmt.Sscanf(parts[2], "v=%d", &version); err != nil || version != argon2.Version {
		return false, errUnreadable
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &memory, &passes, &threads); err != nil || passes == 0 || threads == 0 {
		return false, errUnreadable
	}
	salt, errSalt = base64.RawStdEncoding.DecodeString(parts[4])
	want, errSum = base64.RawStdEncoding.DecodeString(parts[5])
	if errSalt != nil || errSum != nil || len(want) == 0 {
		return false, errUnreadable
	}
	got := argon2.IDKey([]byte(password.Reveal()), salt, passes, memory, threads, uint32(len(want)))
	return subtle.ConstantTimeCompare(got, want) == 1, nil
}
