package compare

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestForeignKeysHaveOneFormWhetherTheirNamesAreEscapedOrNot(t *testing.T) {
	t.Parallel()
	escaped := "  KEY `o``ne` (`c``c`),\n  CONSTRAINT `o``ne` FOREIGN KEY (`a`, `c``c`) REFERENCES `p``p` (`b`, `c``c`) ON DELETE SET NULL,\n  CONSTRAINT `x` FOREIGN KEY (`a`) REFERENCES `q` (`a`)\n"
	shown := "  KEY `o``ne` (`c``c`),\n  CONSTRAINT `o`ne` FOREIGN KEY (`a`, `c`c`) REFERENCES `p``p` (`b`, `c`c`) ON DELETE SET NULL,\n  CONSTRAINT `x` FOREIGN KEY (`a`) REFERENCES `q` (`a`)\n"
	require.Equal(t, escaped, escapedKeys(escaped))
	require.Equal(t, escaped, escapedKeys(shown))
}

func TestProgramsHaveOneFormWhicheverNamesOfACharacterSetTheyUse(t *testing.T) {
	t.Parallel()
	common := func(program string) string {
		return assumed.ReplaceAllStringFunc(modernNames(program), withoutAssumed)
	}
	plain := common("(IN a VARCHAR(9) CHARSET utf8, OUT b TEXT CHARACTER SET utf8mb3) SELECT _utf8'x' COLLATE utf8_bin")
	require.Equal(t, plain, common("(IN a VARCHAR(9) CHARSET utf8 COLLATE utf8mb3_general_ci, OUT b TEXT CHARACTER SET utf8mb3) SELECT _utf8mb3'x' COLLATE utf8mb3_bin"))
	require.NotEqual(t, plain, common("(IN a VARCHAR(9) CHARSET utf8 COLLATE utf8mb3_bin, OUT b TEXT CHARACTER SET utf8mb3) SELECT _utf8'x' COLLATE utf8_bin"))
	require.NotEqual(t, plain, common("(IN a VARCHAR(9) CHARSET utf8mb4, OUT b TEXT CHARACTER SET utf8mb3) SELECT _utf8'x' COLLATE utf8_bin"))
}
