package rest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"overmind/pkg/event"
	"overmind/pkg/fault"
)

func TestHub_KeepsTheNewestAndKnowsWhereMemoryEnds(t *testing.T) {
	t.Parallel()
	h := newHub(nil, nil, nil)
	h.ready = true
	for seq := int64(1); seq <= hubKept+10; seq += 2 { // numbers may have gaps
		h.keep([]event.Event{{Seq: seq}, {Seq: seq + 1}})
	}
	require.Len(t, h.kept, hubKept)
	require.EqualValues(t, 10, h.floor)

	now, err := h.after(t.Context(), h.floor)
	require.NoError(t, err)
	require.Len(t, now.events, hubKept)
	require.EqualValues(t, 11, now.events[0].Seq)

	now, err = h.after(t.Context(), h.head-1)
	require.NoError(t, err)
	require.Len(t, now.events, 1)
	now, err = h.after(t.Context(), h.head)
	require.NoError(t, err)
	require.Empty(t, now.events)
	h.keep([]event.Event{{Seq: h.head + 1}})
	<-now.changed
}

func TestHub_ClosedTakesNoStreams(t *testing.T) {
	t.Parallel()
	h := newHub(nil, nil, nil)
	require.Error(t, h.join(1), "not before it knows where it stands")
	h.ready = true
	require.NoError(t, h.join(1))
	h.close()
	h.close()
	require.Error(t, h.join(1))
}

func TestHub_OnePersonHasAShareOfTheStreams(t *testing.T) {
	t.Parallel()
	h := newHub(nil, nil, nil)
	h.ready = true
	for range maxOwn {
		require.NoError(t, h.join(1))
	}
	require.True(t, fault.Is(h.join(1), "too_many_streams"))
	require.NoError(t, h.join(2))
	h.leave(1)
	require.NoError(t, h.join(1))
}
