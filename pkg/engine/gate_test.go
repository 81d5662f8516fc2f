package engine

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"overmind/pkg/testkit"
)

func TestGate_KeepsToItsRate(t *testing.T) {
	t.Parallel()
	g := newGate(4 << 20)
	began := time.Now()
	for range 12 {
		require.NoError(t, g.pass(t.Context(), 256<<10))
	}
	// 3 MiB at 4 MiB/s, of which 1 MiB passes at once
	require.GreaterOrEqual(t, time.Since(began), 450*time.Millisecond)
	g.limit(0)
	require.NoError(t, g.pass(t.Context(), 1<<30))
}

func TestGate_PassesARowLargerThanASecondOfItsRate(t *testing.T) {
	t.Parallel()
	g := newGate(8 << 20)
	require.NoError(t, g.pass(t.Context(), 3<<20))
}

func TestGate_ShutHoldsUntilItIsOpenedAndSaysWhy(t *testing.T) {
	t.Parallel()
	g := newGate(0)
	g.shut(Text{EN: "busy"})
	g.shut(Text{EN: "still busy"})
	why, shut := g.reason()
	require.True(t, shut)
	require.Equal(t, "still busy", why.EN)
	passed := make(chan error, 1)
	go func() { passed <- g.pass(t.Context(), 1) }()
	select {
	case <-passed:
		t.Fatal("it passed a shut gate")
	case <-time.After(50 * time.Millisecond):
	}
	g.reopen()
	g.reopen()
	require.NoError(t, <-passed)
	_, shut = g.reason()
	require.False(t, shut)
}

func TestGate_LetsGoAtOnceWhenTheRunIsCancelled(t *testing.T) {
	t.Parallel()
	shut, slow := newGate(0), newGate(1)
	shut.shut(Text{EN: "busy"})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 2)
	for _, g := range []*gate{shut, slow} {
		go func() { ended <- g.pass(ctx, 1<<20) }()
	}
	cancel()
	for range 2 {
		var err error
		testkit.Eventually(t, time.Second, "a cancelled wait", func() bool {
			select {
			case err = <-ended:
				return true
			default:
				return false
			}
		})
		require.ErrorIs(t, err, context.Canceled)
	}
}
