package engine

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"log/slog"
	"time"

	"overmind/pkg/engine/pipe"
)

// Options is how an Engine is made.
type Options struct {
	ClientDirs []string                                           // where mysqldump, mysql and MariaDB's twins are looked for, before PATH
	Log        *slog.Logger                                       // nil = discard
	Checks     func(ctx context.Context, in CheckInput) []Finding // the preflight checks; nil = none
	// Missing gives the GRANT statements that an account needs for its role whatever is copied; nil = none.
	Missing func(ctx context.Context, db *sql.DB, role string) ([]string, error)
}

// CheckInput is what a preflight check may look at. Plan is filled in with what would be copied.
type CheckInput struct {
	Spec                       Spec
	Source, Target             *sql.DB // sessions of the read account and the load account, no default database
	SourceServer, TargetServer Server
	Plan                       *Plan
	Translation                *Translation
	Definitions                []Definition // nil where the target takes them as they stand
	Dump                       Flavour      // of the client program that would read the rows; empty = none is used
}

// Engine copies databases. It is safe for concurrent use.
type Engine struct {
	clients *pipe.Finder
	log     *slog.Logger
	checks  func(ctx context.Context, in CheckInput) []Finding
	missing func(ctx context.Context, db *sql.DB, role string) ([]string, error)

	patience time.Duration // swapPatience, but in tests
}

// New makes an Engine.
func New(o Options) *Engine {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Engine{clients: &pipe.Finder{Dirs: o.ClientDirs}, log: o.Log, checks: o.Checks, missing: o.Missing, patience: swapPatience}
}

// Hooks is how a run talks to its owner; any of them may be nil.
type Hooks struct {
	Limits   func(ctx context.Context) (Limits, error)      // the limits as they are now, asked for every few seconds
	Progress func(Progress)                                 // at most twice a second; must not block long
	Sessions func(ctx context.Context, ids Sessions) error  // whenever server sessions were opened: all of them so far
	Commit   func(ctx context.Context, intent Intent) error // the commit point; an error means "do not swap"
	Undoable bool                                           // the owner may undo the run later: its Report gets what that needs
	Log      *slog.Logger                                   // what people who watch the run read; the engine's own where nil
}

// logging is an engine that writes what the owner of a run reads.
func (e *Engine) logging(hooks Hooks) *Engine {
	if hooks.Log == nil {
		return e
	}
	own := *e
	own.log = hooks.Log
	return &own
}

// Sessions are those that a run has opened, stored by its owner so that a takeover can kill them.
type Sessions struct {
	Source []Session `json:"source"`
	Target []Session `json:"target"`
}

// Session is one by its id in the list of its server, which gives the same ids again after a restart, and by the address
// from which the server sees it come; empty = that is not known.
type Session struct {
	ID   uint64 `json:"id"`
	From string `json:"from,omitempty"`
}

// UnmarshalJSON takes a bare id, too, as runs have stored it before.
func (s *Session) UnmarshalJSON(text []byte) error {
	if json.Unmarshal(text, &s.ID) == nil {
		return nil
	}
	type plain Session
	return json.Unmarshal(text, (*plain)(s))
}

// Outcome is what Recover found or brought about.
type Outcome string

// The outcomes: the target as before, the swap done and finished, or neither could be established.
const (
	Clean     Outcome = "clean"
	Completed Outcome = "completed"
	Unclear   Outcome = "unclear"
)

// Uncertain is in the chain of every error that happened after the commit point and could not be undone: the target
// holds the new tables, or it is not known which ones it holds. Recover decides.
type Uncertain struct {
	Report Report // what is known to be done
	Cause  error
}

func (u *Uncertain) Error() string { return fmt.Sprintf("after the commit point: %v", u.Cause) }

// Unwrap returns the cause.
func (u *Uncertain) Unwrap() error { return u.Cause }

// Database is one schema of a server; Bytes is an estimate.
type Database struct {
	Name   string `json:"name"`
	Tables int    `json:"tables"`
	Bytes  int64  `json:"bytes"`
}

// Table is one table or view of a database; Kind is `table` or `view`, Rows and Bytes are estimates.
type Table struct {
	Name   string `json:"name"`
	Kind   string `json:"kind"`
	Engine string `json:"engine"`
	Rows   int64  `json:"rows"`
	Bytes  int64  `json:"bytes"`
}

// StagingSchema is a schema that an Overmind run has made or left on a server.
type StagingSchema struct {
	Name   string `json:"name"`
	Old    bool   `json:"old"` // it holds replaced tables, not staged ones
	Tables int    `json:"tables"`
	Bytes  int64  `json:"bytes"`
}
