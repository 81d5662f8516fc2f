package rest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gin-gonic/gin"
	"github.com/go-playground/validator/v10"

	"overmind/pkg/fault"
)

const (
	maxBody      = 1 << 20
	maxLoginBody = 4 << 10
	maxDepth     = 32
)

// decode reads the request's JSON body into v. Anything but exactly one JSON value of v's shape is refused: another
// content type, more than limit bytes, other than UTF-8, unknown or repeated keys, deep nesting, data after the value, missing fields.
func decode(c *gin.Context, limit int64, v any) error {
	if err := checkContentType(c.Request); err != nil {
		return err
	}
	body, err := io.ReadAll(http.MaxBytesReader(c.Writer, c.Request.Body, limit))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return fault.New(fault.TooLarge, "body_too_large", "The request body is larger than %d bytes.", limit)
	}
	if err != nil {
		return fault.Wrap(err, fault.Malformed, "body_unreadable", "The request body could not be read.")
	}
	if !utf8.Valid(body) { // encoding/json would put another character in, and two passwords could become one
		return malformed("The request body is not UTF-8.")
	}
	if err := checkShape(body); err != nil {
		return err
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return decodeFault(err)
	}
	return checkRequired(v)
}

func checkContentType(r *http.Request) error {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != "application/json" {
		return fault.New(fault.Malformed, "unsupported_media_type", "Send the body as application/json.")
	}
	if r.Header.Get("Content-Encoding") != "" {
		return fault.New(fault.Malformed, "unsupported_media_type", "Send the body without content encoding.")
	}
	return nil
}

// checkShape walks the tokens of body. Keys are compared as encoding/json matches them to fields, ignoring case, so
// that a second spelling of a key cannot overwrite the first.
func checkShape(body []byte) error {
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var open []map[string]bool // one per open container, nil for arrays
	wantKey := false
	for {
		token, err := dec.Token()
		if err == io.EOF {
			return malformed("The request body is not complete JSON.")
		}
		if err != nil {
			return malformed("The request body is not valid JSON.")
		}
		switch t := token.(type) {
		case json.Delim:
			switch t {
			case '{':
				open = append(open, map[string]bool{})
			case '[':
				open = append(open, nil)
			default:
				open = open[:len(open)-1]
			}
			if len(open) > maxDepth {
				return malformed("The request body is nested deeper than %d levels.", maxDepth)
			}
		case string:
			if wantKey {
				key := foldKey(t)
				if open[len(open)-1][key] {
					return malformed("The request body has the same key twice.")
				}
				open[len(open)-1][key] = true
				wantKey = false
				continue
			}
		}
		if len(open) == 0 {
			break
		}
		wantKey = open[len(open)-1] != nil
	}
	if _, err := dec.Token(); err != io.EOF {
		return malformed("There is data after the JSON value.")
	}
	return nil
}

// foldKey maps strings that differ only by case to the same string, under the folding of strings.EqualFold.
func foldKey(s string) string {
	return strings.Map(func(r rune) rune {
		least := r
		for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
			least = min(least, f)
		}
		return least
	}, s)
}

func malformed(format string, args ...any) error {
	return fault.New(fault.Malformed, "malformed_body", format, args...)
}

func badField(name, code, format string, args ...any) error {
	f := fault.OnField(name, code, format, args...)
	f.Kind, f.Code = fault.Malformed, "invalid_request"
	return f
}

func decodeFault(err error) error {
	var wrongType *json.UnmarshalTypeError
	if errors.As(err, &wrongType) {
		return badField(wrongType.Field, "wrong_type", "This field has the wrong type.")
	}
	if name, found := strings.CutPrefix(err.Error(), "json: unknown field "); found {
		if unquoted, err := strconv.Unquote(name); err == nil {
			name = unquoted
		}
		return badField(name, "unknown_field", "This field does not exist.")
	}
	return malformed("The request body does not have the documented form.")
}

var required = newValidator()

// newValidator checks the same `binding` tags that the OpenAPI document is generated from.
func newValidator() *validator.Validate {
	v := validator.New(validator.WithRequiredStructEnabled())
	v.SetTagName("binding")
	v.RegisterTagNameFunc(func(f reflect.StructField) string {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		return name
	})
	return v
}

func checkRequired(v any) error {
	err := required.Struct(v)
	var broken validator.ValidationErrors
	if !errors.As(err, &broken) {
		return err
	}
	f := fault.New(fault.Malformed, "invalid_request", "Some fields are missing or out of range.")
	for _, b := range broken {
		_, name, _ := strings.Cut(b.Namespace(), ".")
		message := "This field is required."
		if b.Tag() != "required" {
			message = fmt.Sprintf("This field must satisfy %s=%s.", b.Tag(), b.Param())
		}
		f.Fields = append(f.Fields, fault.Field{Name: name, Code: b.Tag(), Message: message})
	}
	return f
}

// pathID reads a positive decimal id, in exactly one spelling: no sign, no leading zero, ASCII digits only.
func pathID(c *gin.Context, name string) (int64, error) {
	id, ok := parseID(c.Param(name))
	if !ok {
		return 0, badField(name, "bad_id", "An id is a positive whole number.")
	}
	return id, nil
}

func parseID(s string) (int64, bool) {
	id, err := strconv.ParseInt(s, 10, 64)
	if err != nil || id <= 0 || strconv.FormatInt(id, 10) != s {
		return 0, false
	}
	return id, true
}
