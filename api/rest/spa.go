package rest

import (
	"errors"
	"io/fs"
	"net/http"
	"path"
	"strings"

	"github.com/gin-gonic/gin"

	"overmind/frontend"
	"overmind/pkg/fault"
)

var (
	errNoRoute = fault.New(fault.NotFound, "no_such_route", "There is nothing at this address.")
	errMethod  = fault.New(fault.Malformed, "method_not_allowed", "This address does not know this method.")
)

// spa serves the web application out of the binary: files by name, and its page for every other address, so that a
// deep link works.
type spa struct {
	files fs.FS
	page  []byte
}

func newSPA() (spa, error) {
	files, err := frontend.Files()
	if err != nil {
		return spa{}, err
	}
	page, err := fs.ReadFile(files, "index.html")
	return spa{files: files, page: page}, err
}

func (s spa) serve(c *gin.Context) error {
	if isAPI(c.Request.URL.Path) || (c.Request.Method != http.MethodGet && c.Request.Method != http.MethodHead) {
		return errNoRoute
	}
	name := strings.TrimPrefix(path.Clean(c.Request.URL.Path), "/")
	if content, err := fs.ReadFile(s.files, name); err == nil && name != "index.html" {
		if strings.HasPrefix(name, "assets/") { // their names carry a hash of the content
			c.Header("Cache-Control", "public, max-age=31536000, immutable")
		}
		c.Data(http.StatusOK, contentType(name), content)
		return nil
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrInvalid) && name != "" {
		return errNoRoute // a folder
	}
	if strings.HasPrefix(name, "assets/") {
		return errNoRoute
	}
	c.Header("Cache-Control", "no-cache")
	c.Data(http.StatusOK, "text/html; charset=utf-8", s.page)
	return nil
}

// isAPI also recognises other spellings of an API address, so that a client with a mistyped one gets an error it
// understands and not a page.
func isAPI(urlPath string) bool {
	clean := strings.ToLower(path.Clean("/" + urlPath))
	for _, prefix := range []string{"/api", "/swagger"} {
		if clean == prefix || strings.HasPrefix(clean, prefix+"/") {
			return true
		}
	}
	return false
}

// contentType does not ask the machine's MIME table, which differs from host to host.
func contentType(name string) string {
	switch path.Ext(name) {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".png":
		return "image/png"
	case ".woff2":
		return "font/woff2"
	case ".html":
		return "text/html; charset=utf-8"
	case ".json", ".map":
		return "application/json"
	}
	return "application/octet-stream"
}
