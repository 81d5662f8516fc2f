package rest

import (
	"context"
	"crypto/subtle"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"overmind/pkg/account"
	"overmind/pkg/event"
	"overmind/pkg/fault"
	"overmind/pkg/secret"
)

// permission says who may call a route. The order matters: each includes the stricter ones after it.
type permission int

const (
	nobody      permission = iota // the zero value: a route without a permission answers 403 to all
	public                        // no account needed
	scraper                       // the metrics token, or staff
	settling                      // signed in, even while the password must be changed
	ownPassword                   // settling, but a personal access token does not do
	signedIn                      // signed in
	session                       // signed in at the browser or with its token; a personal access token does not do
	dba                           // DBAs and admins
	admin                         // admins
)

// Authenticator turns a credential into the user as the database has them at this moment.
type Authenticator interface {
	// Authenticate is Unauthenticated for anything but a live session token or personal access token.
	Authenticate(ctx context.Context, bearer string) (account.User, error)
}

const (
	userKey       = "user"
	credentialKey = "credential"
	patPrefix     = "om_pat_"
	maxCredential = 4 << 10
)

// guard holds what it takes to let a request through.
type guard struct {
	accounts Authenticator
	cookies  cookies
	origin   *http.CrossOriginProtection
	metrics  secret.String
}

func newGuard(o Options) (*guard, error) {
	g := &guard{accounts: o.Accounts, cookies: newCookies(o.ExternalURL), metrics: o.MetricsToken,
		origin: http.NewCrossOriginProtection()}
	if err := g.origin.AddTrustedOrigin(o.ExternalURL.Scheme + "://" + o.ExternalURL.Host); err != nil {
		return nil, err
	}
	return g, nil
}

// check admits a request to a route that needs a permission, or says why not; it leaves the caller in the context.
// Browsers add cookies to requests that other sites make them send, so only those are held to the origin.
func (g *guard) check(c *gin.Context, needed permission) error {
	headers := c.Request.Header.Values("Authorization")
	if len(headers) == 0 && g.origin.Check(c.Request) != nil {
		return fault.New(fault.Forbidden, "cross_origin", "This request came from another site. Use Overmind's own pages or a token.")
	}
	if needed == public {
		return nil
	}
	bearer := g.cookies.read(c.Request, g.cookies.access)
	if len(headers) > 0 {
		var err error
		if bearer, err = bearerToken(headers); err != nil {
			return err
		}
	}
	if needed == scraper && g.isScraper(bearer) {
		return nil
	}
	if bearer == "" || len(bearer) > maxCredential {
		return fault.New(fault.Unauthenticated, "sign_in_required", "Sign in first.")
	}
	user, err := g.accounts.Authenticate(c.Request.Context(), bearer)
	if err != nil {
		return err
	}
	c.Set(userKey, user)
	c.Set(credentialKey, secret.New(bearer))
	return admit(user, needed, strings.HasPrefix(bearer, patPrefix))
}

// admit judges a known user against a permission.
func admit(user account.User, needed permission, byToken bool) error {
	actor := user.Actor("")
	if user.MustChangePassword && needed != settling && needed != ownPassword {
		return fault.New(fault.Forbidden, "password_change_required", "Change your password first.")
	}
	switch {
	case needed == settling, needed == signedIn:
		return nil
	case (needed == session || needed == ownPassword) && !byToken:
		return nil
	case needed == session, needed == ownPassword:
		return fault.New(fault.Forbidden, "session_required", "A personal access token may not do this. Sign in with your password.")
	case (needed == dba || needed == scraper) && actor.IsStaff():
		return nil
	case needed == admin && actor.IsAdmin():
		return nil
	}
	return fault.New(fault.Forbidden, "not_allowed", "Your role does not allow this.")
}

func bearerToken(headers []string) (string, error) {
	scheme, value, _ := strings.Cut(headers[0], " ")
	if len(headers) > 1 || !strings.EqualFold(scheme, "Bearer") || value == "" {
		return "", fault.New(fault.Unauthenticated, "bad_authorization", "Send one header: Authorization: Bearer TOKEN.")
	}
	return value, nil
}

func (g *guard) isScraper(bearer string) bool {
	return g.metrics.IsSet() && subtle.ConstantTimeCompare([]byte(bearer), []byte(g.metrics.Reveal())) == 1
}

// caller returns the signed-in user of a request that has passed the guard.
func caller(c *gin.Context) (account.User, bool) {
	user, ok := c.Get(userKey)
	if !ok {
		return account.User{}, false
	}
	return user.(account.User), true
}

// credential is what the caller signed in with.
func credential(c *gin.Context) secret.String {
	return c.MustGet(credentialKey).(secret.String)
}

// actor returns the caller as services want it. Only routes that need a sign-in may use it.
func actor(c *gin.Context) event.Actor {
	user, ok := caller(c)
	if !ok {
		panic("rest: a public route asks for its caller")
	}
	return user.Actor(c.ClientIP())
}

// cookies sets and reads the two session cookies. Their names carry the prefixes that bind them to this host where the
// address allows it, so that a neighbour under the same domain cannot plant one.
type cookies struct {
	access, refresh string
	secure          bool
}

func newCookies(external *url.URL) cookies {
	if external.Scheme == "https" || loopback(external) {
		return cookies{access: "__Host-om", refresh: "__Secure-om-refresh", secure: true}
	}
	return cookies{access: "om", refresh: "om-refresh"}
}

const refreshPath = "/api/v1/auth"

func (k cookies) set(c *gin.Context, s account.Session) {
	k.write(c, k.access, "/", s.Access.Reveal(), s.AccessExpires, http.SameSiteLaxMode)
	k.write(c, k.refresh, refreshPath, s.Refresh.Reveal(), s.RefreshExpires, http.SameSiteStrictMode)
}

func (k cookies) clear(c *gin.Context) {
	k.write(c, k.access, "/", "", time.Unix(1, 0), http.SameSiteLaxMode)
	k.write(c, k.refresh, refreshPath, "", time.Unix(1, 0), http.SameSiteStrictMode)
}

func (k cookies) write(c *gin.Context, name, path, value string, expires time.Time, site http.SameSite) {
	cookie := &http.Cookie{Name: name, Value: value, Path: path, Expires: expires.UTC(), HttpOnly: true, Secure: k.secure, SameSite: site}
	if value == "" {
		cookie.MaxAge = -1
	}
	http.SetCookie(c.Writer, cookie)
}

// read returns a cookie's value; two of the same name mean that somebody planted one, and neither is believed.
func (k cookies) read(r *http.Request, name string) string {
	found := r.CookiesNamed(name)
	if len(found) != 1 {
		return ""
	}
	return found[0].Value
}
