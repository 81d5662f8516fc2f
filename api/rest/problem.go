package rest

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"

	"github.com/gin-gonic/gin"

	"overmind/pkg/fault"
)

// Problem is the body of every error answer (RFC 9457). Programs look at Code, which is stable; people read Detail.
type Problem struct {
	Type      string         `json:"type" example:"about:blank"`
	Title     string         `json:"title" example:"Conflict"`
	Status    int            `json:"status" example:"409"`
	Code      string         `json:"code" example:"version_conflict"`
	Detail    string         `json:"detail" example:"The ticket has changed since you opened it."`
	RequestID string         `json:"request_id"`
	Errors    []FieldProblem `json:"errors,omitempty"`
}

// FieldProblem is what is wrong with one field of the request; Field is its JSON path.
type FieldProblem struct {
	Field   string `json:"field" example:"spec.target.database"`
	Code    string `json:"code" example:"required"`
	Message string `json:"message"`
}

var statusOfKind = map[fault.Kind]int{
	fault.Malformed:       http.StatusBadRequest,
	fault.Unauthenticated: http.StatusUnauthorized,
	fault.Forbidden:       http.StatusForbidden,
	fault.NotFound:        http.StatusNotFound,
	fault.Conflict:        http.StatusConflict,
	fault.TooLarge:        http.StatusRequestEntityTooLarge,
	fault.Invalid:         http.StatusUnprocessableEntity,
	fault.TooMany:         http.StatusTooManyRequests,
	fault.Unavailable:     http.StatusServiceUnavailable,
}

// statusOfCode holds the answers that only HTTP knows and that share a kind with others.
var statusOfCode = map[string]int{
	"unsupported_media_type": http.StatusUnsupportedMediaType,
	"method_not_allowed":     http.StatusMethodNotAllowed,
}

const internalText = "Something went wrong on our side. Quote the request id when you report it."

// fail writes err as a problem and ends the request. It is the only writer of error answers and the only place that
// logs a request's error: an internal one with its cause, others not at all because the access log has their code.
func fail(c *gin.Context, log *slog.Logger, err error) {
	f := fault.As(err)
	if f.Kind == fault.Internal && errors.Is(err, context.DeadlineExceeded) {
		f = fault.Wrap(err, fault.Unavailable, "timeout", "This took too long. Try again.")
	}
	status, known := statusOfCode[f.Code]
	if !known {
		status, known = statusOfKind[f.Kind]
	}
	p := Problem{Type: "about:blank", Code: f.Code, Detail: f.Message, RequestID: requestID(c)}
	for _, field := range f.Fields {
		p.Errors = append(p.Errors, FieldProblem{Field: field.Name, Code: field.Code, Message: field.Message})
	}
	if !known {
		status = http.StatusInternalServerError
		p.Code, p.Detail, p.Errors = "internal", internalText, nil
		log.ErrorContext(c, "request failed", "request_id", p.RequestID, "route", c.FullPath(), "error", err)
	}
	if status == http.StatusServiceUnavailable || status == http.StatusTooManyRequests {
		c.Header("Retry-After", "5")
	}
	if status == http.StatusUnauthorized {
		c.Header("WWW-Authenticate", "Bearer")
	}
	p.Title, p.Status = http.StatusText(status), status
	c.Set(codeKey, p.Code)
	if c.Writer.Written() { // a file that is half sent: cut off, so that nobody takes the part for the whole
		panic(http.ErrAbortHandler)
	}
	writeProblem(c, p)
}

func writeProblem(c *gin.Context, p Problem) {
	c.Abort()
	if c.Writer.Written() { // a stream or a half-sent body: nothing can be added
		return
	}
	body, err := json.Marshal(p)
	if err != nil { // strings and ints only
		panic(err)
	}
	c.Header("Cache-Control", "no-store")
	c.Data(p.Status, "application/problem+json", body)
}
