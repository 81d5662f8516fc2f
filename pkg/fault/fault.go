// Package fault holds the one typed error that crosses package borders. Services return it, the HTTP layer and the
// command line translate it, nothing else looks inside an error's text.
package fault

import (
	"errors"
	"fmt"
)

// Kind says what the caller can do about an error; each maps to one HTTP status.
type Kind int

// The kinds, with the HTTP status each becomes.
const (
	Internal        Kind = iota // 500: our bug or our infrastructure; the text is for the log only
	Malformed                   // 400: cannot be understood
	Unauthenticated             // 401
	Forbidden                   // 403
	NotFound                    // 404: missing, or not yours
	Conflict                    // 409: the state or the version has moved on
	TooLarge                    // 413
	Invalid                     // 422: understood and refused
	TooMany                     // 429
	Unavailable                 // 503: try again later
)

// Field is what is wrong with one input field. Name is its JSON path (`spec.target.database`).
type Field struct {
	Name    string `json:"name"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

// Error is safe to show: Message and Fields never hold a secret or a stack; Cause goes to the log only.
type Error struct {
	Kind    Kind
	Code    string // stable, snake_case, for programs: `already_running`
	Message string // English, says what to do
	Fields  []Field
	Cause   error
}

func (e *Error) Error() string {
	if e.Cause != nil {
		return fmt.Sprintf("%s: %s: %v", e.Code, e.Message, e.Cause)
	}
	return e.Code + ": " + e.Message
}

func (e *Error) Unwrap() error { return e.Cause }

// New makes an error of a kind with a stable code; format must not take secrets.
func New(kind Kind, code, format string, args ...any) *Error {
	return &Error{Kind: kind, Code: code, Message: fmt.Sprintf(format, args...)}
}

// Wrap keeps cause for the log and shows the rest.
func Wrap(cause error, kind Kind, code, format string, args ...any) *Error {
	e := New(kind, code, format, args...)
	e.Cause = cause
	return e
}

// OnField is an Invalid error about one field.
func OnField(name, code, format string, args ...any) *Error {
	message := fmt.Sprintf(format, args...)
	return &Error{Kind: Invalid, Code: code, Message: message, Fields: []Field{{Name: name, Code: code, Message: message}}}
}

// As finds the Error in err's chain; an unknown error becomes Internal with code `internal` and a fixed text.
func As(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return &Error{Kind: Internal, Code: "internal", Message: "Internal error.", Cause: err}
}

// Is reports whether err carries the given code.
func Is(err error, code string) bool {
	var e *Error
	return errors.As(err, &e) && e.Code == code
}
