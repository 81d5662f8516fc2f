// Package frontend puts the built web application into the program.
package frontend

import (
	"embed"
	"io/fs"
)

// The build writes dist/, which is not in the repository; without it dist-placeholder/ is served, so that the Go code
// builds and tests without Node.
//
//go:embed all:dist*
var embedded embed.FS

// Files returns the application's files, index.html at the top.
func Files() (fs.FS, error) {
	if _, err := fs.Stat(embedded, "dist/index.html"); err == nil {
		return fs.Sub(embedded, "dist")
	}
	return fs.Sub(embedded, "dist-placeholder")
}
