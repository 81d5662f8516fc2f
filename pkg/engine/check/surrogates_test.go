package check

import (
	"testing"

	"overmind/pkg/engine"
	"overmind/pkg/testkit"
)

func TestSurrogatesInTextAreRefusedForMySQL(t *testing.T) {
	t.Parallel()
	s := between(t, testkit.MariaDB(t), testkit.MySQL(t)).onSource(
		"CREATE TABLE t (id INT PRIMARY KEY, a TEXT CHARACTER SET utf8mb4, b VARCHAR(9) CHARACTER SET utf8mb3, c BLOB, d TEXT CHARACTER SET utf32)",
		"INSERT INTO t VALUES (1, '\uD7FF\uE000한😀', '\uD7FF\uE000한', x'EDA080', '한')")
	s.green("surrogates")
	s.onSource("UPDATE t SET a = _utf8mb4 x'EDA080'")
	s.red(engine.Block, "surrogates", "t.a")
	s.onSource("UPDATE t SET a = '', b = CONCAT('x', _utf8mb3 x'EDBFBF')")
	s.red(engine.Block, "surrogates", "t.b")
	s.onSource("UPDATE t SET b = '', d = _utf32 x'0000D800'")
	s.red(engine.Block, "surrogates", "t.d")
}
