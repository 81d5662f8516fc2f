package check

import (
	"testing"

	"overmind/pkg/engine"
	"overmind/pkg/localdb"
)

func TestTriggerThatMySQL80KeepsWrongIsNamed(t *testing.T) {
	t.Parallel()
	server := older(t, localdb.MySQL, "8.0")
	if server == nil {
		return
	}
	s := between(t, server, server).onSource("CREATE TABLE t (a INT)", "SET character_set_client = gbk", "CREATE TRIGGER plain BEFORE INSERT ON t FOR EACH ROW SET NEW.a = 1", "SET NAMES utf8mb4")
	s.green("trigger_unreadable")
	s.onSource("SET character_set_client = gbk", "CREATE TRIGGER `t\xd6\xd0` BEFORE UPDATE ON t FOR EACH ROW SET NEW.a = 1", "SET NAMES utf8mb4")
	s.red(engine.Block, "trigger_unreadable", "trigger t中")
}
