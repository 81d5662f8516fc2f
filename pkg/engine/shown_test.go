package engine

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestShown_DefinitionsOfServersAreTaken(t *testing.T) {
	t.Parallel()
	for _, o := range []object{
		{Kind: kindView, Name: "v", SQL: []byte("CREATE ALGORITHM=UNDEFINED DEFINER=`root`@`localhost` SQL SECURITY DEFINER VIEW `v` AS select 1 AS `1`")},
		{Kind: kindView, Name: "v", SQL: []byte("CREATE ALGORITHM=MERGE DEFINER=`a`@`%` SQL SECURITY INVOKER VIEW `shop`.`v` (`a`) AS select 1")},
		{Kind: kindView, Name: "d", SQL: []byte("CREATE DEFINER=`root`@`localhost` SQL SECURITY DEFINER JSON RELATIONAL DUALITY VIEW `d` AS select 1")},
		{Kind: kindTrigger, Name: "tr", SQL: []byte("CREATE DEFINER=`root`@`localhost` TRIGGER shop . TR BEFORE INSERT ON t FOR EACH ROW SET @a = 1")},
		{Kind: kindTrigger, Name: "tr", SQL: []byte("CREATE /*!50017 DEFINER=`root`@`localhost`*/ /*!50003 TRIGGER IF NOT EXISTS `tr` AFTER DELETE ON t FOR EACH ROW SET @a = 1 */")},
		{Kind: kindProcedure, Name: "p", SQLMode: "ANSI_QUOTES", SQL: []byte(`CREATE DEFINER="root"@"localhost" PROCEDURE "p"(IN a INT) SELECT a`)},
		{Kind: kindFunction, Name: "f", SQL: []byte("CREATE DEFINER=`role` AGGREGATE FUNCTION `f`(x INT) RETURNS int(11) RETURN x")},
		{Kind: kindEvent, Name: "é", SQL: []byte("CREATE DEFINER=`root`@`localhost` EVENT `\xe9` ON SCHEDULE EVERY 1 DAY DO DO 1")}, // latin1
	} {
		assert.NoError(t, o.checkShown("shop"), "%s", o.SQL)
	}
	for _, definition := range []string{
		"CREATE TABLE `t` (\n  `select` int DEFAULT NULL COMMENT 'SELECT VALUES'\n) ENGINE=InnoDB COMMENT='CONNECTION'",
		"CREATE TABLE `t` (\n  `a` int NOT NULL,\n  CHECK (`a` > 1)\n) ENGINE=InnoDB\n/*!50100 PARTITION BY RANGE (`a`)\n(PARTITION p0 VALUES LESS THAN (5), PARTITION p1 VALUES IN (1)) */",
		"CREATE TABLE `t` (\n  `a` int,\n  PERIOD FOR SYSTEM_TIME (`a`, `b`)\n) ENGINE=InnoDB TABLESPACE `x` WITH SYSTEM VERSIONING",
		"CREATE TABLE `t` (\n  `a` int\n) ENGINE=InnoDB CONNECTION='x'\n/*!50100 PARTITION BY RANGE (`a`)\n(PARTITION p VALUES LESS THAN MAXVALUE ENGINE = InnoDB) */",
	} {
		assert.NoError(t, checkShownTable("t", definition), definition)
	}
}

func TestShown_WhatIsNoDefinitionOfTheObjectIsRefused(t *testing.T) {
	t.Parallel()
	for _, o := range []object{
		{Kind: kindView, Name: "v", SQL: []byte("DROP DATABASE live")},
		{Kind: kindView, Name: "v", SQL: []byte("CREATE USER `v` IDENTIFIED BY 'x'")},
		{Kind: kindView, Name: "view", SQL: []byte("CREATE USER view IDENTIFIED BY 'x'")},
		{Kind: kindView, Name: "v", SQL: []byte("CREATE VIEW `w` AS SELECT 1")},
		{Kind: kindView, Name: "v", SQL: []byte("CREATE VIEW `live`.`v` AS SELECT 1")},
		{Kind: kindTrigger, Name: "tr", SQL: []byte("CREATE TABLE /* TRIGGER tr */ live.x AS SELECT 1")},
		{Kind: kindFunction, Name: "f", SQL: []byte("CREATE FUNCTION `f` RETURNS INTEGER SONAME 'evil.so'")},
		{Kind: kindProcedure, Name: "p", SQL: []byte("CALL live.p()")},
		{Kind: kindEvent, Name: "e", SQL: nil},
	} {
		assert.Error(t, o.checkShown("shop"), "%s", o.SQL)
	}
	for _, definition := range []string{
		"", "DELETE FROM live.t WHERE id IN (1)", "CREATE TABLE `u` (`a` int)", "CREATE TABLE `live`.`t` (`a` int)",
		"CREATE TABLE `t` (`a` int) SELECT * FROM live.t", "CREATE TABLE `t` (`a` int /*!99999 ( */ ) (SELECT 1) /*!99999 ) */",
		"CREATE TABLE `t` (`a` int) TABLE live.t", "CREATE TABLE `t` (`a` int) VALUES ROW(1)", "CREATE TABLE `t` LIKE live.t",
		"CREATE TABLE `t` (`a` int) ENGINE=FEDERATED CONNECTION='mysql://elsewhere/t'",
		"CREATE TABLE `t` (`a` int) ENGINE=InnoDB ENGINE=FEDERATED CONNECTION='x'", "CREATE TABLE `t` (`a` int) ENGINE=InnoDB ENGINE 'FEDERATED' CONNECTION='x'",
		"CREATE TABLE `t` (`a` int) CONNECTION='x'", "CREATE TABLE `t` (`a` int) CONNECTION='x' ENGINE",
	} {
		assert.Error(t, checkShownTable("t", definition), definition)
	}
}
