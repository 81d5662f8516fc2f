package check

import (
	"testing"

	"overmind/pkg/engine"
	"overmind/pkg/testkit"
)

func TestCollationsThatTheTargetLacksAreNamed(t *testing.T) {
	t.Parallel()
	s := between(t, testkit.MySQL(t), testkit.MariaDB(t)).onSource(
		"CREATE TABLE good (a VARCHAR(9)) COLLATE utf8mb4_unicode_ci",
		"CREATE TABLE old (a VARCHAR(9)) CHARACTER SET utf8mb3",
		"CREATE TABLE bad (a VARCHAR(9) COLLATE utf8mb4_0900_as_cs) COLLATE utf8mb4_unicode_ci")
	s.red(engine.Block, "collation_not_on_target", "bad (utf8mb4_0900_as_cs)")
	s.green("database_collation_mapped")
	s.spec.Tables = []string{"good", "old"}
	s.green("collation_not_on_target")
	s.spec.TargetDatabase += "_new"
	s.red(engine.Confirm, "database_collation_mapped", "utf8mb4_0900_ai_ci")
}
