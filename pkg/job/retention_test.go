package job_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"overmind/pkg/fault"
	"overmind/pkg/job"
	"overmind/pkg/testkit"
	"overmind/pkg/ticket"
)

func errorCode(err error) string { return fault.As(err).Code }

func TestRetentionDropsWhatHasExpired(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ticketID, jobID := b.queued(t)
	kept := job.Kept{InstanceID: 1, Fingerprint: "f", Schema: "_om_aaaaaaaa_1_old", Database: "d", Names: []string{"table t"}}
	require.NoError(t, b.executor(t, "one", &runner{run: func(context.Context, job.Job, job.Control) job.Verdict {
		return job.Verdict{State: job.Succeeded, Kept: &kept}
	}}).Wake(t.Context(), jobID))
	b.eventually(t, ticketID, ticket.Succeeded)

	dropped, refuse := make(chan job.Kept, 1), true
	r := &runner{drop: func(k job.Kept) error {
		if refuse {
			refuse = false
			return errors.New("the server is away")
		}
		dropped <- k
		return nil
	}}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		job.Retention{Store: b.Store, Runners: []job.Runner{r}, Owner: "one", Every: 50 * time.Millisecond, Log: slog.New(slog.DiscardHandler)}.Run(ctx)
	}()
	defer func() { cancel(); <-done }()

	testkit.Eventually(t, soon, "the failed drop is put off", func() bool {
		return b.number(t, "SELECT COUNT(*) FROM kept_schemas WHERE state = 'dropping' AND failure <> ''") == 1
	})
	testkit.Exec(t, b.db, "UPDATE kept_schemas SET due_at = NOW(6) - INTERVAL 1 SECOND")
	require.Equal(t, kept, wait(t, dropped, "the drop"))
	testkit.Eventually(t, soon, "the drop is recorded", func() bool {
		return b.number(t, "SELECT COUNT(*) FROM kept_schemas WHERE state = 'dropped'") == 1
	})
}
