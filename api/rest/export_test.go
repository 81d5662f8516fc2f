package rest

import "github.com/gin-gonic/gin"

func init() { gin.SetMode(gin.ReleaseMode) }

// Policy is one line of the routes page.
type Policy struct {
	Method, Path string
	Allow        string
}

var permissionNames = map[permission]string{nobody: "nobody", public: "public", scraper: "scraper", settling: "settling", ownPassword: "ownPassword",
	signedIn: "signedIn", session: "session", dba: "dba", admin: "admin"}

// Policies is the routes page.
func Policies() []Policy {
	var all []Policy
	for _, r := range routes(Options{}, &Server{}, &guard{}) {
		all = append(all, Policy{Method: r.method, Path: r.path, Allow: permissionNames[r.allow]})
	}
	return all
}

// Mounted is what the engine answers to.
func (s *Server) Mounted() gin.RoutesInfo { return s.engine.Routes() }

// Harmless is how a download keeps what somebody has typed from being calculated.
var Harmless = harmless
