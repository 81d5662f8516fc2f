package check

import (
	"testing"

	"overmind/pkg/engine"
	"overmind/pkg/testkit"
)

func TestCollationsThatTheTargetLacksAreShownWithTheOnesItUses(t *testing.T) {
	t.Parallel()
	s := between(t, testkit.MySQL(t), testkit.MariaDB(t)).onSource(
		"CREATE TABLE good (a VARCHAR(9)) COLLATE utf8mb4_unicode_ci",
		"CREATE TABLE old (a VARCHAR(9)) CHARACTER SET utf8mb3",
		"CREATE TABLE other (a VARCHAR(9) COLLATE utf8mb4_de_pb_0900_as_cs, n INT, g INT AS (a COLLATE utf8mb4_0900_bin = 'x')) COLLATE utf8mb4_unicode_ci",
		"CREATE TABLE standard (a VARCHAR(9), n INT)",
		"CREATE VIEW v AS SELECT a COLLATE utf8mb4_0900_as_cs AS a FROM good",
		"SET NAMES utf8mb4 COLLATE utf8mb4_general_ci")
	found := s.red(engine.Confirm, "collation_mapped",
		"other.a (utf8mb4_de_pb_0900_as_cs → utf8mb4_uca1400_german2_nopad_as_cs)",
		"standard.a (utf8mb4_0900_ai_ci → utf8mb4_uca1400_nopad_ai_ci)",
		"table other (utf8mb4_0900_bin → utf8mb4_nopad_bin)",
		"view v (utf8mb4_0900_as_cs → utf8mb4_uca1400_nopad_as_cs)")
	_ = found
	s.green("collation_not_on_target")
	s.green("database_collation_mapped")
	s.spec.Tables = []string{"good", "old"}
	s.green("collation_mapped")
	s.spec.TargetDatabase += "_new"
	s.red(engine.Confirm, "database_collation_mapped", "utf8mb4_0900_ai_ci → utf8mb4_uca1400_nopad_ai_ci")
}

func TestMariaDBsCollationsAreShownWithMySQLsOnes(t *testing.T) {
	t.Parallel()
	s := between(t, testkit.MariaDB(t), testkit.MySQL(t)).onSource(
		"CREATE TABLE t (a VARCHAR(9) COLLATE utf8mb4_uca1400_as_cs, b VARCHAR(9), c VARCHAR(9) COLLATE utf8mb4_general_nopad_ci, d VARCHAR(9) CHARACTER SET latin1) COLLATE utf8mb4_unicode_520_nopad_ci")
	s.red(engine.Confirm, "collation_mapped",
		"t.a (utf8mb4_uca1400_as_cs → utf8mb4_0900_as_cs)",
		"t.b (utf8mb4_unicode_520_nopad_ci → utf8mb4_0900_ai_ci)",
		"t.c (utf8mb4_general_nopad_ci → utf8mb4_general_ci)")
}

func TestCharacterSetsThatTheTargetLacksAreRefused(t *testing.T) {
	t.Parallel()
	s := between(t, testkit.MySQL(t), testkit.MariaDB(t)).onSource(
		"CREATE TABLE chinese (a VARCHAR(9) CHARACTER SET gb18030, b VARCHAR(9)) COLLATE utf8mb4_unicode_ci")
	s.red(engine.Block, "collation_not_on_target", "chinese.a (gb18030_chinese_ci)")
}
