// Package secret holds values that must not be shown, and the keys that protect them at rest.
package secret

import (
	"encoding/json"
	"fmt"
	"log/slog"
)

// String is a secret in memory. Every way of printing it gives `***`; only Reveal returns the value. Do not compare two
// with ==.
type String struct {
	value *string // a pointer, because fmt prints the unexported fields of others without asking their methods
}

// New wraps a secret value.
func New(value string) String { return String{value: &value} }

// Reveal returns the value; call it only where it leaves for the server it belongs to.
func (s String) Reveal() string {
	if s.value == nil {
		return ""
	}
	return *s.value
}

// IsSet tells whether the value is not empty.
func (s String) IsSet() bool { return s.Reveal() != "" }

const mask = "***"

func (s String) String() string               { return mask }
func (s String) GoString() string             { return mask }
func (s String) LogValue() slog.Value         { return slog.StringValue(mask) }
func (s String) MarshalJSON() ([]byte, error) { return json.Marshal(mask) }
func (s String) MarshalText() ([]byte, error) { return []byte(mask), nil }
func (s String) Format(f fmt.State, _ rune)   { _, _ = f.Write([]byte(mask)) }

// UnmarshalJSON reads the plain value from a request.
func (s *String) UnmarshalJSON(data []byte) error { return json.Unmarshal(data, &s.value) }

// UnmarshalText reads the plain value from a configuration.
func (s *String) UnmarshalText(text []byte) error {
	*s = New(string(text))
	return nil
}
