package engine_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"overmind/pkg/engine"
	"overmind/pkg/fault"
	"overmind/pkg/testkit"
)

func TestCopy_TargetThatMakesOtherColumnsIsNoticed(t *testing.T) {
	t.Parallel()
	c := newCopying(t, testkit.MySQL(t), testkit.MariaDB(t), "CREATE TABLE t (id INT PRIMARY KEY, hidden INT INVISIBLE) COLLATE utf8mb4_unicode_ci")
	_, err := c.run(t, engine.Hooks{}) // MariaDB reads MySQL's INVISIBLE as a comment
	require.True(t, fault.Is(err, "definition_changed"), "%v", err)
	require.ErrorContains(t, err, "t: `hidden` int INVISIBLE became `hidden` int")
	c.gone(t)
}
