package check

import (
	"testing"

	"overmind/pkg/engine"
	"overmind/pkg/localdb"
	"overmind/pkg/testkit"
)

func TestMembersThatAreNotShownAreNotTakenForQuestionMarks(t *testing.T) {
	t.Parallel()
	for _, server := range []*localdb.Server{testkit.MariaDB(t), testkit.MySQL(t)} {
		s := between(t, server, testkit.SecondMariaDB(t)).onSource(
			"CREATE TABLE t (id INT PRIMARY KEY, e ENUM('a', '😀'), s SET('p', '👍?', 'q'), k ENUM('?', ',''', '') CHARSET latin1)", "INSERT INTO t VALUES (1, 'a', 'p', '?'), (2, NULL, '', '')")
		s.red(engine.Confirm, "text_not_shown", "t.e '?'", "t.s '??'")
		s.onSource("UPDATE t SET e = '😀', s = 'p,👍?' WHERE id = 1")
		s.red(engine.Block, "text_not_shown", "t.e '?'", "t.s '??'")
		s.onSource("UPDATE t SET e = NULL, s = ''", "ALTER TABLE t MODIFY e ENUM('a', '?'), MODIFY s SET('p', '??', 'q')", "UPDATE t SET e = 2, s = 3 WHERE id = 1")
		s.green("text_not_shown")
	}
}

func TestMembersWhoseBytesAreNoTextAreNotTakenForOthers(t *testing.T) {
	t.Parallel()
	for server, shown := range map[*localdb.Server]string{testkit.MariaDB(t): "t.e '??'", testkit.MySQL(t): "t.e ''"} {
		s := between(t, server, testkit.SecondMariaDB(t))
		s.source.SetMaxOpenConns(1)
		s.onSource("SET sql_mode = ''", "CREATE TABLE t (id INT PRIMARY KEY)", "ALTER TABLE t ADD e ENUM(0xFFFF) CHARSET utf8mb4", "INSERT INTO t VALUES (1, 1)")
		s.red(engine.Block, "text_not_shown", shown)
	}
}

func TestDefaultsThatAreNotShownAreNotTakenForQuestionMarks(t *testing.T) {
	t.Parallel()
	s := between(t, testkit.MariaDB(t), testkit.SecondMySQL(t)).onSource("CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(20) DEFAULT '😀', w VARCHAR(20) NOT NULL DEFAULT 'what?', x VARCHAR(20) DEFAULT CONCAT('😀', '?'))")
	s.red(engine.Block, "text_not_shown", "t.v (DEFAULT)")
	s.onSource("ALTER TABLE t ALTER v SET DEFAULT '?'")
	s.green("text_not_shown")
}
