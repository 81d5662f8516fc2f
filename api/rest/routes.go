package rest

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
)

// route is one line of the page below.
type route struct {
	method string
	path   string
	allow  permission
	serve  func(*gin.Context) error
}

const (
	swaggerRoute = "/swagger/:file"
	streamRoute  = "/api/v1/stream"
	mailRoute    = "/api/v1/channels/preview/mail"
)

// routes is every route of the program with who may call it. Which rows a caller may see or change is the service's
// decision, on the row itself.
func routes(o Options, s *Server, g *guard) []route {
	var (
		sessions     = sessionHandlers{o.Accounts, g.cookies}
		tokens       = tokenHandlers{o.Accounts}
		users        = userHandlers{o.Accounts}
		views        = viewHandlers{o.Accounts}
		environments = environmentHandlers{o.Inventory}
		instances    = instanceHandlers{o.Inventory}
		servers      = serverHandlers{o.Inventory}
		reading      = ticketReadHandlers{o.Tickets, cursors{o.CursorKey, o.Now}, o.Log}
		requesting   = ticketRequestHandlers{o.Tickets}
		reviewing    = ticketReviewHandlers{o.Tickets}
		channels     = channelHandlers{o.Notifications}
		messages     = messageHandlers{o.Notifications, o.Tickets, cursors{o.CursorKey, o.Now}}
		audit        = auditHandlers{o.Audit, cursors{o.CursorKey, o.Now}, o.Log}
		statistics   = statisticsHandlers{o.Stats, o.Log}
		stream       = streamHandlers{hub: s.hub, guard: g, version: o.Version}
		system       = systemHandlers{version: o.Version, ready: o.Ready, draining: &s.draining, metrics: o.Registry}
		docs         = newDocsHandlers()
		looking      = newLookGate().inTurn
		downloading  = newDownloadGate().inTurn
	)
	const v1 = "/api/v1"
	return []route{
		{http.MethodPost, v1 + "/auth/login", public, sessions.login},
		{http.MethodPost, v1 + "/auth/refresh", public, sessions.refresh},
		{http.MethodPost, v1 + "/auth/logout", settling, sessions.logout},
		{http.MethodGet, v1 + "/me", settling, sessions.me},
		{http.MethodPut, v1 + "/me/password", ownPassword, sessions.changePassword},

		{http.MethodGet, v1 + "/tokens", signedIn, tokens.list},
		{http.MethodPost, v1 + "/tokens", session, tokens.create},
		{http.MethodDelete, v1 + "/tokens/:id", signedIn, tokens.remove},

		{http.MethodGet, v1 + "/users", admin, users.list},
		{http.MethodPost, v1 + "/users", admin, users.create},
		{http.MethodGet, v1 + "/users/:id", admin, users.get},
		{http.MethodPatch, v1 + "/users/:id", admin, users.update},
		{http.MethodPost, v1 + "/users/:id/reset-password", admin, users.resetPassword},

		{http.MethodGet, v1 + "/environments", signedIn, environments.list},
		{http.MethodPost, v1 + "/environments", dba, environments.create},
		{http.MethodGet, v1 + "/environments/:id", signedIn, environments.get},
		{http.MethodPatch, v1 + "/environments/:id", dba, environments.update},
		{http.MethodDelete, v1 + "/environments/:id", dba, environments.remove},

		{http.MethodGet, v1 + "/instances", signedIn, instances.list},
		{http.MethodPost, v1 + "/instances", dba, instances.create},
		{http.MethodPost, v1 + "/instances/test", dba, looking(servers.testNew)},
		{http.MethodGet, v1 + "/instances/:id", signedIn, instances.get},
		{http.MethodPatch, v1 + "/instances/:id", dba, instances.update},
		{http.MethodDelete, v1 + "/instances/:id", dba, instances.remove},
		{http.MethodPost, v1 + "/instances/:id/test", dba, looking(servers.test)},
		{http.MethodGet, v1 + "/instances/:id/databases", signedIn, looking(servers.databases)},
		{http.MethodGet, v1 + "/instances/:id/tables", signedIn, looking(servers.tables)},
		{http.MethodGet, v1 + "/instances/:id/grants", dba, servers.grants},

		{http.MethodGet, v1 + "/tickets", signedIn, reading.list},
		{http.MethodGet, v1 + "/tickets/counts", signedIn, reading.counts},
		{http.MethodGet, v1 + "/tickets/export", signedIn, downloading(reading.export)},
		{http.MethodGet, v1 + "/tickets/requesters", signedIn, reading.requesters},
		{http.MethodGet, v1 + "/tickets/reviewers", signedIn, reading.reviewers},
		{http.MethodGet, v1 + "/tickets/:id", signedIn, reading.get},
		{http.MethodGet, v1 + "/tickets/:id/log", signedIn, reading.runLog},
		{http.MethodGet, v1 + "/tickets/:id/history", signedIn, reading.history},
		{http.MethodPost, v1 + "/tickets", signedIn, looking(requesting.submit)},
		{http.MethodPost, v1 + "/tickets/preview", signedIn, looking(requesting.preview)},
		{http.MethodPut, v1 + "/tickets/:id", signedIn, looking(requesting.edit)},
		{http.MethodPost, v1 + "/tickets/:id/withdraw", signedIn, requesting.withdraw},
		{http.MethodPost, v1 + "/tickets/:id/comments", signedIn, requesting.comment},
		{http.MethodPost, v1 + "/tickets/:id/cancel", signedIn, requesting.cancel},
		{http.MethodPost, v1 + "/tickets/:id/recheck", signedIn, looking(requesting.recheck)},
		{http.MethodPost, v1 + "/tickets/:id/approve", dba, reviewing.approve},
		{http.MethodPost, v1 + "/tickets/:id/reject", dba, reviewing.reject},
		{http.MethodPost, v1 + "/tickets/:id/retry", dba, reviewing.retry},
		{http.MethodPost, v1 + "/tickets/:id/undo", dba, looking(reviewing.undo)},

		{http.MethodGet, v1 + "/channels", admin, channels.list},
		{http.MethodPost, v1 + "/channels", admin, channels.create},
		{http.MethodGet, v1 + "/channels/preview", admin, channels.preview},
		{http.MethodGet, mailRoute, admin, channels.previewMail},
		{http.MethodGet, v1 + "/channels/:id", admin, channels.get},
		{http.MethodPatch, v1 + "/channels/:id", admin, channels.update},
		{http.MethodDelete, v1 + "/channels/:id", admin, channels.remove},
		{http.MethodPost, v1 + "/channels/:id/test", admin, looking(channels.test)},
		{http.MethodGet, v1 + "/deliveries", admin, messages.list},
		{http.MethodPost, v1 + "/deliveries/:id/retry", admin, messages.retry},
		{http.MethodGet, v1 + "/tickets/:id/messages", signedIn, messages.ofTicket},
		{http.MethodGet, v1 + "/me/notifications", signedIn, messages.preferences},
		{http.MethodPut, v1 + "/me/notifications", signedIn, messages.savePreferences},

		{http.MethodGet, v1 + "/views", signedIn, views.list},
		{http.MethodPost, v1 + "/views", signedIn, views.save},
		{http.MethodDelete, v1 + "/views/:id", signedIn, views.remove},

		{http.MethodGet, v1 + "/audit", dba, audit.list},
		{http.MethodGet, v1 + "/audit/csv", dba, downloading(audit.export)},
		{http.MethodGet, v1 + "/statistics", dba, statistics.get},
		{http.MethodGet, v1 + "/statistics/csv", dba, downloading(statistics.export)},
		{http.MethodGet, streamRoute, signedIn, stream.open},

		{http.MethodGet, "/healthz", public, system.healthz},
		{http.MethodGet, "/readyz", public, system.readyz},
		{http.MethodGet, "/version", public, system.versionInfo},
		{http.MethodGet, "/metrics", scraper, system.scrape},
		{http.MethodGet, "/openapi.json", public, docs.document},
		{http.MethodGet, swaggerRoute, public, docs.swagger},
	}
}

const requestTime = 45 * time.Second

// newEngine mounts the routes. Every route passes the guard with its own permission; what is not on the page above is
// the web application for a browser and a 404 under /api.
func newEngine(o Options, s *Server) (*gin.Engine, error) {
	g, err := newGuard(o)
	if err != nil {
		return nil, err
	}
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.RedirectTrailingSlash = false
	engine.HandleMethodNotAllowed = true
	if err := engine.SetTrustedProxies(o.TrustedProxies); err != nil {
		return nil, err
	}
	o.Registry.MustRegister(ticketMetrics{o.Stats})
	engine.Use(withRequestID, withLog(o.Log), newMeter(o.Registry).measure, withRecovery(o.Log),
		withSecurityHeaders(o.ExternalURL.Scheme == "https"), withTimeLimit(requestTime))
	handle := func(serve func(*gin.Context) error) gin.HandlerFunc {
		return func(c *gin.Context) {
			if err := serve(c); err != nil {
				fail(c, o.Log, err)
			}
		}
	}
	for _, r := range routes(o, s, g) {
		engine.Handle(r.method, r.path, handle(func(c *gin.Context) error {
			if err := g.check(c, r.allow); err != nil {
				return recordRefusal(c, o.Audit, err)
			}
			return r.serve(c)
		}))
	}
	spa, err := newSPA()
	if err != nil {
		return nil, err
	}
	engine.NoRoute(handle(spa.serve))
	engine.NoMethod(handle(func(*gin.Context) error { return errMethod }))
	return engine, nil
}
