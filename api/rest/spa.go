package rest

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"sync"

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
	small map[string][]byte // scripts and styles, compressed
}

func newSPA() (spa, error) {
	files, err := frontend.Files()
	if err != nil {
		return spa{}, err
	}
	page, err := fs.ReadFile(files, "index.html")
	if err != nil {
		return spa{}, err
	}
	small, err := compressed()
	return spa{files: files, page: page, small: small}, err
}

// compressed are the files that gain by it, made once for the life of the program.
var compressed = sync.OnceValues(func() (map[string][]byte, error) {
	files, err := frontend.Files()
	if err != nil {
		return nil, err
	}
	small := map[string][]byte{}
	return small, fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if ext := path.Ext(name); err != nil || entry.IsDir() || ext != ".js" && ext != ".css" {
			return err
		}
		content, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		var out bytes.Buffer
		w := gzip.NewWriter(&out)
		_, err = w.Write(content)
		if err = errors.Join(err, w.Close()); err == nil {
			small[name] = out.Bytes()
		}
		return err
	})
})

func (s spa) serve(c *gin.Context) error {
	if isAPI(c.Request.URL.Path) || (c.Request.Method != http.MethodGet && c.Request.Method != http.MethodHead) {
		return errNoRoute
	}
	name := strings.TrimPrefix(path.Clean(c.Request.URL.Path), "/")
	if content, err := fs.ReadFile(s.files, name); err == nil && name != "index.html" {
		if strings.HasPrefix(name, "assets/") { // their names carry a hash of the content
			c.Header("Cache-Control", "public, max-age=31536000, immutable")
		}
		if less := s.small[name]; less != nil {
			c.Header("Vary", "Accept-Encoding")
			if strings.Contains(c.GetHeader("Accept-Encoding"), "gzip") {
				c.Header("Content-Encoding", "gzip")
				content = less
			}
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
