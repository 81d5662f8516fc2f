package check

import (
	"testing"

	"overmind/pkg/engine"
	"overmind/pkg/testkit"
)

func TestModesThatChangeWhatAnObjectDoesAreRefused(t *testing.T) {
	t.Parallel()
	s := between(t, testkit.MariaDB(t), testkit.MySQL(t))
	s.source.SetMaxOpenConns(1) // the settings are the session's
	s.onSource(
		"SET sql_mode = 'NO_AUTO_CREATE_USER,TIME_ROUND_FRACTIONAL,STRICT_ALL_TABLES'", "CREATE FUNCTION idle() RETURNS INT DETERMINISTIC RETURN 1",
		"SET sql_mode = 'ANSI'", "CREATE FUNCTION strict() RETURNS INT DETERMINISTIC RETURN 1",
		"SET sql_mode = 'EMPTY_STRING_IS_NULL'", "CREATE FUNCTION empty() RETURNS INT DETERMINISTIC RETURN '' IS NULL",
		"SET sql_mode = 'ORACLE'", "CREATE PROCEDURE oracle AS BEGIN SELECT 1 FROM DUAL; END")
	s.red(engine.Block, "sql_mode_not_on_target", "function empty (EMPTY_STRING_IS_NULL)", "procedure oracle (ORACLE)", "procedure oracle (SIMULTANEOUS_ASSIGNMENT)")
	s.red(engine.Note, "sql_mode_dropped", "function strict (ANSI)",
		"function idle (NO_AUTO_CREATE_USER)", "procedure oracle (NO_AUTO_CREATE_USER)", "procedure oracle (NO_FIELD_OPTIONS)",
		"procedure oracle (NO_KEY_OPTIONS)", "procedure oracle (NO_TABLE_OPTIONS)", "function idle (TIME_ROUND_FRACTIONAL)")
}
