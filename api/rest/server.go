// Package rest is the HTTP face: it decodes a request, makes one call into a service and encodes the answer. What may
// be called by whom stands in routes.go; nothing here decides about tickets, servers or people.
package rest

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"

	"overmind/pkg/secret"
)

// Options is everything the HTTP layer needs. Services, Events, CursorKey and ExternalURL are required.
type Options struct {
	Accounts      Accounts
	Inventory     Inventory
	Tickets       Tickets
	Notifications Notifications
	Audit         AuditLog
	Stats         Counted
	Events        Events

	ExternalURL    *url.URL                               // as people type it; decides cookies and the trusted origin
	TrustedProxies []string                               // addresses or networks whose X-Forwarded-For is believed; empty = nobody's
	CursorKey      []byte                                 // at least 32 random bytes, the same on every node
	MetricsToken   secret.String                          // lets a scraper read /metrics without an account; empty = staff only
	Ready          map[string]func(context.Context) error // what must work for /readyz, by name

	Version  string
	Registry *prometheus.Registry // other parts add their metrics here; nil = a new one
	Log      *slog.Logger
	Now      func() time.Time // nil = time.Now
}

// Server serves the API, the stream and the web application.
type Server struct {
	engine   *gin.Engine
	hub      *hub
	draining atomic.Bool
}

// New checks the options and builds the server; nothing runs until Run.
func New(o Options) (*Server, error) {
	switch {
	case o.Accounts == nil || o.Inventory == nil || o.Tickets == nil || o.Notifications == nil || o.Audit == nil || o.Stats == nil ||
		o.Events == nil:
		return nil, errors.New("rest: a service is missing")
	case len(o.CursorKey) < 32:
		return nil, errors.New("rest: the cursor key has less than 32 bytes")
	case o.ExternalURL == nil || o.ExternalURL.Host == "" || (o.ExternalURL.Scheme != "http" && o.ExternalURL.Scheme != "https"):
		return nil, errors.New("rest: external_url is not an http or https address")
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Registry == nil {
		o.Registry = prometheus.NewRegistry()
	}
	if !newCookies(o.ExternalURL).secure {
		o.Log.Warn("sessions travel without encryption: external_url is http and not this machine", "external_url", o.ExternalURL.String())
	}
	s := &Server{hub: newHub(o.Events, o.Tickets, o.Log)}
	engine, err := newEngine(o, s)
	if err != nil {
		return nil, err
	}
	s.engine = engine
	return s, nil
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.engine.ServeHTTP(w, r) }

// Run feeds the streams until ctx ends. It is called once.
func (s *Server) Run(ctx context.Context) error { return s.hub.run(ctx) }

// Drain prepares for the end: /readyz answers 503, so that a load balancer sends nothing new, and open streams close.
func (s *Server) Drain() {
	s.draining.Store(true)
	s.hub.close()
}

// HTTPServer returns a server with the limits that the routes count on. Its Shutdown drains, so that open streams do
// not hold it up.
func (s *Server) HTTPServer() *http.Server {
	server := &http.Server{
		Handler:           s,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       60 * time.Second,
		WriteTimeout:      60 * time.Second, // longer than requestTime; streams lift it
		IdleTimeout:       120 * time.Second,
		MaxHeaderBytes:    32 << 10,
	}
	server.RegisterOnShutdown(s.Drain)
	return server
}

// loopback tells whether the host of u can only mean this machine.
func loopback(u *url.URL) bool {
	if u.Hostname() == "localhost" {
		return true
	}
	address, err := netip.ParseAddr(u.Hostname())
	return err == nil && address.IsLoopback()
}
