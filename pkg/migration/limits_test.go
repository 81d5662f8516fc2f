package migration

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"overmind/pkg/engine"
	"overmind/pkg/event"
	"overmind/pkg/inventory"
	"overmind/pkg/job"
)

// slots is a Control that knows what a job may take.
type slots struct {
	job.Control
	list []job.Slot
}

func (s slots) Slots(context.Context) ([]job.Slot, error) { return s.list, nil }

// limited is an inventory of instances with limits.
type limited struct {
	Inventory
	instances map[int64]inventory.Limits
}

func (l limited) Get(_ context.Context, _ event.Actor, id int64) (inventory.Instance, error) {
	return inventory.Instance{ID: id, Limits: l.instances[id]}, nil
}

func TestLimits_AreTheLowestOfBothInstancesAndTheTicket(t *testing.T) {
	t.Parallel()
	r := &run{
		Migration: &Migration{inventory: limited{instances: map[int64]inventory.Limits{
			1: {Connections: 48, MegabytesPerSecond: 90, ThreadsRunning: 40}, 2: {Connections: 20, MegabytesPerSecond: 50, LagSeconds: 10},
		}}},
		control: slots{list: []job.Slot{{Side: "source", InstanceID: 1, Connections: 14, Jobs: 3}, {Side: "target", InstanceID: 2, Connections: 6, Jobs: 1}}},
		spec:    Spec{Limits: Limits{ThreadsRunning: 25, LagSeconds: 30}},
	}
	got, err := r.limits(t.Context())
	require.NoError(t, err)
	require.Equal(t, engine.Limits{
		BytesPerSecond: 30_000_000, // a third of 90 MB, which is less than 50
		Source:         engine.ServerLimits{Connections: 14, Threads: 25, LagSeconds: 30},
		Target:         engine.ServerLimits{Connections: 6, Threads: 25, LagSeconds: 10},
	}, got)
	r.spec.Limits.MegabytesPerSecond = 5
	got, err = r.limits(t.Context())
	require.NoError(t, err)
	require.Equal(t, int64(5_000_000), got.BytesPerSecond)
}

func TestLimits_OfATicketAreApprovedWithIt(t *testing.T) {
	t.Parallel()
	s, err := parse(specOf(`"shop"`, `"copy"`, `,"limits":{"connections":8,"megabytes_per_second":20}`))
	require.NoError(t, err)
	text, err := s.canonical()
	require.NoError(t, err)
	require.Contains(t, string(text), `"limits":{"connections":8,"megabytes_per_second":20}`)
	require.Equal(t, 8, s.part("source", 1).Most)
	for _, limits := range []string{`{"connections":5}`, `{"megabytes_per_second":-1}`, `{"lag_seconds":100001}`} {
		_, err := parse(specOf(`"shop"`, `"copy"`, `,"limits":`+limits))
		require.ErrorContains(t, err, "Must be a number", limits)
	}
	_, err = parse(json.RawMessage(`{"limits":{"speed":1}}`))
	require.ErrorContains(t, err, "unknown field")
}
