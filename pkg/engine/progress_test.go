package engine

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestProgress_TellsEveryPhaseHoweverShort(t *testing.T) {
	t.Parallel()
	var told []Phase
	p := newProgress(func(s Progress) {
		if len(told) == 0 || told[len(told)-1] != s.Phase {
			told = append(told, s.Phase)
		}
	}, Plan{})
	all := []Phase{PhaseStage, PhaseLoad, PhaseIndex, PhaseVerify, PhaseSwapping, PhaseObjects, PhaseDone}
	for _, phase := range all {
		p.phase(phase)
	}
	p.stop()
	require.Equal(t, all, told)
}
