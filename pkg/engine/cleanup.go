package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"overmind/pkg/fault"
)

// How long cleaning up is tried while the target cannot be used, and how often while only the source cannot: nothing but
// sessions is left there, which may have ended with the server.
const (
	cleanupLimit = 60 * time.Second
	cleanupPause = time.Second
	sourceTries  = 3
)

// Unclean says that a run which did not reach its commit point left a staging schema on the target. Recover removes it.
type Unclean struct {
	Staging string
	Cause   error // why it could not be removed
}

func (u *Unclean) Error() string { return fmt.Sprintf("%s is left: %v", u.Staging, u.Cause) }

// Unwrap returns the cause.
func (u *Unclean) Unwrap() error { return u.Cause }

// cleanUp leaves nothing of a run that has not committed: no session, no staging. cause is returned, with what could
// not be cleaned.
func (r *run) cleanUp(ctx context.Context, cause error) error {
	defer r.progress.stop() // afterwards: whoever is told may take nothing any more
	cause = asFault(ctx, "copy", cause)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanupLimit)
	defer cancel()
	err := r.clean(ctx)
	if err == nil {
		return cause
	}
	r.log.Error("clean up", "staging", r.names.Staging, "error", err)
	said := *fault.As(cause)
	said.Message += fmt.Sprintf(" The staging schema %s could not be removed: %s.", r.names.Staging, strings.TrimSuffix(serverText(err), "."))
	said.Cause = &Unclean{Staging: r.names.Staging, Cause: errors.Join(cause, err)}
	return &said
}

// clean ends the run's sessions and removes its staging. It returns nil when the target is clean.
func (r *run) clean(ctx context.Context) error {
	ids := r.sessions.all()
	for try := 1; ; try++ {
		source := endSessions(ctx, r.source, r.spec.Source.User, ids.Source)
		target := endSessions(ctx, r.target, r.spec.Target.User, ids.Target)
		if target == nil {
			target = dropSchema(ctx, r.target, r.names.Staging)
		}
		switch {
		case target == nil && source == nil:
			return nil
		case target == nil && try == sourceTries:
			r.log.Warn("sessions on the source are not known to have ended", "error", source)
			return nil
		case target != nil && !lost(target) && !ServerSaid(target, 1040, 1203, 1205, 1226): // too many connections, a lock
			return target
		}
		if sleep(ctx, cleanupPause) != nil {
			return target
		}
	}
}
