package check

import (
	"testing"

	"overmind/pkg/engine"
	"overmind/pkg/testkit"
)

func TestStorageEnginesAreJudgedByWhatTheyKeepAndByTheTarget(t *testing.T) {
	t.Parallel()
	s := between(t, testkit.MariaDB(t), testkit.MySQL(t)).onSource("CREATE TABLE i (a INT) ENGINE=InnoDB", "CREATE TABLE part (a INT) ENGINE=MyISAM")
	s.green("engine_not_on_target")
	s.onSource("CREATE TABLE ar (a INT) ENGINE=Aria", "CREATE TABLE merged (a INT) ENGINE=MERGE UNION=(part)")
	s.red(engine.Block, "engine_not_on_target", "ar (Aria)")
	s.red(engine.Block, "engine_not_supported", "merged (MRG_MyISAM)")
	s.red(engine.Note, "engine_outside_snapshot", "part (MyISAM)")
}
