package rest

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/http"
	"regexp"
	"runtime/debug"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
)

const (
	requestIDKey = "request_id"
	codeKey      = "problem_code"
)

var requestIDForm = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// withRequestID gives each request an id, the caller's own where it is harmless to log.
func withRequestID(c *gin.Context) {
	id := c.GetHeader("X-Request-Id")
	if !requestIDForm.MatchString(id) {
		id = rand.Text()
	}
	c.Set(requestIDKey, id)
	c.Header("X-Request-Id", id)
}

func requestID(c *gin.Context) string { return c.GetString(requestIDKey) }

// withLog writes one line a request. It names the route and never the query, a header or a body: search words and
// credentials live there.
func withLog(log *slog.Logger) gin.HandlerFunc {
	return func(c *gin.Context) {
		started := time.Now()
		c.Next()
		level := slog.LevelInfo
		switch {
		case c.Writer.Status() >= http.StatusInternalServerError:
			level = slog.LevelError
		case quiet(c.FullPath()):
			level = slog.LevelDebug
		}
		attrs := []slog.Attr{
			slog.String("request_id", requestID(c)), slog.String("method", c.Request.Method),
			slog.String("route", c.FullPath()), slog.Int("status", c.Writer.Status()),
			slog.Int("bytes", max(c.Writer.Size(), 0)), slog.Duration("took", time.Since(started)),
			slog.String("address", c.ClientIP()),
		}
		if who, ok := caller(c); ok {
			attrs = append(attrs, slog.Int64("user_id", who.ID))
		}
		if code := c.GetString(codeKey); code != "" {
			attrs = append(attrs, slog.String("code", code))
		}
		log.LogAttrs(c, level, "request", attrs...)
	}
}

// quiet routes are asked every few seconds by machines.
func quiet(route string) bool {
	return route == "/healthz" || route == "/readyz" || route == "/metrics"
}

// withRecovery turns a panic into a 500 like every other.
func withRecovery(log *slog.Logger) gin.HandlerFunc {
	return func(c *gin.Context) {
		defer func() {
			switch cause := recover(); cause {
			case nil:
			case http.ErrAbortHandler:
				panic(cause)
			default:
				log.ErrorContext(c, "panic", "request_id", requestID(c), "route", c.FullPath(), "panic", fmt.Sprint(cause), "stack", string(debug.Stack()))
				c.Set(codeKey, "internal")
				writeProblem(c, Problem{Type: "about:blank", Title: http.StatusText(http.StatusInternalServerError),
					Status: http.StatusInternalServerError, Code: "internal", Detail: internalText, RequestID: requestID(c)})
			}
		}()
		c.Next()
	}
}

const (
	strictPolicy = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
		"connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
	// Swagger UI writes style attributes; its scripts are files of ours.
	swaggerPolicy = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
		"connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	// A mail brings its styles along, because mail programs read no others; it is shown in a frame of ours.
	mailPolicy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)

func withSecurityHeaders(https bool) gin.HandlerFunc {
	return func(c *gin.Context) {
		h := c.Writer.Header()
		h.Set("Content-Security-Policy", strictPolicy)
		if c.FullPath() == swaggerRoute {
			h.Set("Content-Security-Policy", swaggerPolicy)
		}
		h.Set("X-Frame-Options", "DENY")
		if c.FullPath() == mailRoute {
			h.Set("Content-Security-Policy", mailPolicy)
			h.Set("X-Frame-Options", "SAMEORIGIN")
		}
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()")
		if https {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		if strings.HasPrefix(c.Request.URL.Path, "/api/") {
			h.Set("Cache-Control", "no-store")
		}
	}
}

// withTimeLimit ends a request's work before the connection's write deadline would cut its answer off.
func withTimeLimit(limit time.Duration) gin.HandlerFunc {
	return func(c *gin.Context) {
		if c.FullPath() == streamRoute {
			return
		}
		ctx, cancel := context.WithTimeout(c.Request.Context(), limit)
		defer cancel()
		c.Request = c.Request.WithContext(ctx)
		c.Next()
	}
}
