package engine

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestForeignKeysThatAreShownWithTheirNamesAsTheyAreGetEscapedOnes(t *testing.T) {
	t.Parallel()
	const before, after = "CREATE TABLE `c` (\n  `c``c` int,\n", "\n  CONSTRAINT `two` FOREIGN KEY (`a`) REFERENCES `p` (`a`)\n)"
	key := shownKey{name: "o`ne", columns: []string{"a", "c`c"}, referenced: []string{"b", "c`c"}}
	const want = before + "  CONSTRAINT `o``ne` FOREIGN KEY (`a`, `c``c`) REFERENCES `p``p` (`b`, `c``c`) ON DELETE SET NULL," + after
	require.Equal(t, want, key.escaped(before+"  CONSTRAINT `o`ne` FOREIGN KEY (`a`, `c`c`) REFERENCES `p``p` (`b`, `c`c`) ON DELETE SET NULL,"+after))
	require.Equal(t, want, key.escaped(want))
}
