package store_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"overmind/pkg/engine"
)

func TestCopies_AreTheLatestThatSucceededBetweenTheTwo(t *testing.T) {
	t.Parallel()
	b := onMariaDB(t)
	const fact = `INSERT INTO ticket_facts (ticket_id, kind, state, source_environment_id, target_environment_id, source_instance_id, target_instance_id,
		requester_id, reviewer_id, failure_code, submitted_at, review_ms, queue_ms, run_ms, moved_rows, moved_bytes)
		VALUES (?, 'copy', ?, 1, 2, ?, 2, 1, 3, '', NOW(6), 0, 0, ?, 1, ?)`
	b.exec(t, fact, 1, "succeeded", 1, 1000, 100)
	b.exec(t, fact, 2, "succeeded", 1, 2500, 200)
	b.exec(t, fact, 3, "failed", 1, 9000, 300)
	b.exec(t, fact, 4, "succeeded", 9, 9000, 400)
	b.exec(t, fact, 5, "succeeded", 1, 3000, 500)
	b.exec(t, fact, 6, "succeeded", 1, -1, 600)
	got, err := b.Copies(t.Context(), 1, 2, 2)
	require.NoError(t, err)
	require.Equal(t, []engine.Past{{Bytes: 500, Seconds: 3}, {Bytes: 200, Seconds: 2.5}}, got)
}
