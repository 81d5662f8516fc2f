package main

import (
	"log/slog"

	"overmind/pkg/engine"
	"overmind/pkg/engine/check"
)

// newEngine makes the copy engine with every preflight check, as the server and `overmind copy` both use it.
func newEngine(clientDirs []string, log *slog.Logger) *engine.Engine {
	return engine.New(engine.Options{ClientDirs: clientDirs, Log: log, Checks: check.Run, Missing: check.Missing})
}
