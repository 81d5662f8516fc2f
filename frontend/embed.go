// Package frontend puts the built web application into the program.
package frontend

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
)

// The build writes dist/, which is not in the repository; without it dist-placeholder/ is served, so that the Go code
// builds and tests without Node.
//
//go:embed all:dist*
var embedded embed.FS

//go:embed src/locales/problems.zh.json
var problems []byte

// Problems are the Chinese words of the pages for what can go wrong, by code; the server itself speaks English.
func Problems() (map[string]string, error) {
	var words map[string]string
	if err := json.Unmarshal(problems, &words); err != nil {
		return nil, fmt.Errorf("frontend: the words for problems: %w", err)
	}
	return words, nil
}

// Files returns the application's files, index.html at the top.
func Files() (fs.FS, error) {
	if _, err := fs.Stat(embedded, "dist/index.html"); err == nil {
		return fs.Sub(embedded, "dist")
	}
	return fs.Sub(embedded, "dist-placeholder")
}
