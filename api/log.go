package main

import (
	"io"
	"log/slog"
	"slices"
	"strings"

	"overmind/pkg/config"
)

var secretWords = []string{"password", "secret", "token", "authorization", "cookie"}

// newLog logs to w. Secrets have a type that prints as ***; the attribute names are a second net for plain strings.
func newLog(w io.Writer, c config.Log) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.Level)); err != nil {
		level = slog.LevelInfo
	}
	options := &slog.HandlerOptions{Level: level, ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		name := strings.ToLower(a.Key)
		if slices.ContainsFunc(secretWords, func(word string) bool { return strings.Contains(name, word) }) {
			return slog.String(a.Key, "***")
		}
		return a
	}}
	if c.Format == "text" {
		return slog.New(slog.NewTextHandler(w, options))
	}
	return slog.New(slog.NewJSONHandler(w, options))
}
