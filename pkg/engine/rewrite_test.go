package engine

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRetarget_RenamesQualifiersOnly(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"select `src`.`t`.`a` from `src`.`t`":        "select `to`.`t`.`a` from `to`.`t`",
		"select src . t.a, 'src.t', \"src.t\"":       "select `to` . t.a, 'src.t', \"src.t\"",
		"/* src.t */ select 1 -- src.t\n from src.t": "/* src.t */ select 1 -- src.t\n from `to`.t",
		"select x.src, `other`.`src`.`c`":            "select x.src, `other`.`src`.`c`",
		"select `a`.`src` from `src`.`a`":            "select `a`.`src` from `to`.`a`",
		"call `src`.`p`('\\'src.t')":                 "call `to`.`p`('\\'src.t')",
		"DEFINER=`a`@`src` VIEW v":                   "DEFINER=`a`@`src` VIEW v",
		"select `src``x`.t, srcs.t, src_.t":          "select `src``x`.t, srcs.t, src_.t",
		"select 1 from t src":                        "select 1 from t src",
	} {
		got, err := retarget(in, "src", "to", dialect{})
		require.NoError(t, err)
		assert.Equal(t, want, got)
	}
	_, err := retarget("select src.a from src.t src", "src", "to", dialect{})
	require.ErrorIs(t, err, errAmbiguous)
	_, err = retarget("select src.id from src.src", "src", "to", dialect{})
	require.ErrorIs(t, err, errAmbiguous, "src.id is a column of the table")
	got, err := retarget(`select "src"."t", 'x'`, "src", "to", dialect{ansiQuotes: true})
	require.NoError(t, err)
	assert.Equal(t, "select `to`.\"t\", 'x'", got)
}

func TestDefiner_IsFoundAndTakenOutOfTheHeadOnly(t *testing.T) {
	t.Parallel()
	for in, want := range map[string][2]string{
		"CREATE ALGORITHM=UNDEFINED DEFINER=`a``b`@`%` SQL SECURITY DEFINER VIEW `v` AS select 1": {"a`b@%", "CREATE ALGORITHM=UNDEFINED SQL SECURITY DEFINER VIEW `v` AS select 1"},
		"CREATE DEFINER='a'@'h' PROCEDURE p() SELECT 'DEFINER=x'":                                 {"a@h", "CREATE PROCEDURE p() SELECT 'DEFINER=x'"},
		"CREATE DEFINER = role FUNCTION f() RETURNS INT RETURN 1":                                 {"role@", "CREATE FUNCTION f() RETURNS INT RETURN 1"},
		"CREATE TRIGGER t BEFORE INSERT ON x FOR EACH ROW SET @DEFINER=1":                         {"", "CREATE TRIGGER t BEFORE INSERT ON x FOR EACH ROW SET @DEFINER=1"},
	} {
		definer, _ := definerOf(in, dialect{})
		assert.Equal(t, want[0], definer, in)
		assert.Equal(t, want[1], withoutDefiner(in, dialect{}))
	}
}

func TestDisabled_SwitchesEventsOff(t *testing.T) {
	t.Parallel()
	const head = "CREATE EVENT `e` ON SCHEDULE EVERY 1 DAY STARTS '2026-01-01' ON COMPLETION NOT PRESERVE "
	for in, want := range map[string]string{
		head + "ENABLE DO SELECT 'ENABLE'":            head + "DISABLE DO SELECT 'ENABLE'",
		head + "DISABLE ON SLAVE COMMENT 'x' DO DO 1": head + "DISABLE COMMENT 'x' DO DO 1",
		head + "DISABLE ON REPLICA DO DO 1":           head + "DISABLE DO DO 1",
		head + "DISABLE DO DO 1":                      head + "DISABLE DO DO 1",
		"CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO x": "CREATE EVENT e ON SCHEDULE EVERY 1 DAY DISABLE DO x",
	} {
		assert.Equal(t, want, disabled(in, dialect{}))
	}
}

func TestSplitTable_DefersKeysAndForeignKeysOnly(t *testing.T) {
	t.Parallel()
	ddl, err := splitTable("CREATE TABLE `t` (\n  `id` int NOT NULL AUTO_INCREMENT,\n  `a` int COMMENT 'KEY (`a`),\\n  x',\n  `e` enum('a','b'),\n"+
		"  PRIMARY KEY (`id`),\n  UNIQUE KEY `u` (`a`),\n  KEY `i` (`id`,`a`),\n  KEY `k` (`a`),\n  FULLTEXT KEY `f` (`e`),\n"+
		"  CONSTRAINT `c` CHECK (`a` > 1),\n  CONSTRAINT `x` FOREIGN KEY (`a`) REFERENCES `other`.`p` (`id`) ON DELETE CASCADE\n) ENGINE=InnoDB AUTO_INCREMENT=5", true)
	require.NoError(t, err)
	assert.Equal(t, []string{"UNIQUE KEY `u` (`a`)", "KEY `i` (`id`,`a`)", "KEY `k` (`a`)", "FULLTEXT KEY `f` (`e`)"}, ddl.keys)
	assert.True(t, ddl.mode.enum)
	assert.False(t, ddl.mode.generated)
	assert.True(t, ddl.mode.innodb)
	assert.Contains(t, ddl.create, "CHECK (`a` > 1)")
	assert.NotContains(t, ddl.create, "FOREIGN")
	require.Len(t, ddl.foreign, 1)
	assert.Equal(t, "other", ddl.foreign[0].schema)
	assert.Equal(t, "ADD CONSTRAINT `x` FOREIGN KEY (`a`) REFERENCES `stg`.`p` (`id`) ON DELETE CASCADE", ddl.foreign[0].add("stg"))
	assert.Equal(t, []string{"ALTER TABLE t ADD UNIQUE KEY `u` (`a`), ADD KEY `i` (`id`,`a`), ADD KEY `k` (`a`)", "ALTER TABLE t ADD FULLTEXT KEY `f` (`e`)"}, keyStatements("t", ddl.keys))

	counted, err := splitTable("CREATE TABLE `t` (\n  `id` int NOT NULL AUTO_INCREMENT,\n  `a` int NOT NULL,\n  PRIMARY KEY (`a`,`id`),\n  KEY `k` (`a`),\n  KEY `c` (`id`),\n  KEY `l` (`a`,`id`)\n) ENGINE=InnoDB", true)
	require.NoError(t, err)
	assert.Equal(t, []string{"KEY `l` (`a`,`id`)"}, counted.keys, "the key that AUTO_INCREMENT needs stays, and those before it, for their order")

	other, err := splitTable("CREATE TABLE `t` (\n  `a` int NOT NULL\n) ENGINE=MyISAM COMMENT='ENGINE=InnoDB'", true)
	require.NoError(t, err)
	assert.False(t, other.mode.innodb)
	keyless, err := splitTable("CREATE TABLE `t` (\n  `a` int NOT NULL,\n  UNIQUE KEY `u` (`a`),\n  KEY `k` (`a`)\n) ENGINE=InnoDB", true)
	require.NoError(t, err)
	assert.Equal(t, []string{"KEY `k` (`a`)"}, keyless.keys, "without a primary key the unique one orders the rows")
}

func FuzzLex_LosesNothing(f *testing.F) {
	f.Add("select `a``b`, 'it''s', \"x\" /* c */ -- d\n # e", false, false, "")
	f.Add("/*!50001 x */ '\\", true, true, "utf8mb4")
	f.Add("'\x95\x5c' \x95\x5c `\x95\x60` '\\\x95", false, false, "cp932")
	f.Fuzz(func(t *testing.T, text string, ansi, noBackslash bool, client string) {
		d := dialect{ansiQuotes: ansi, noBackslashEscapes: noBackslash, client: client}
		tokens := lex(text, d)
		require.Equal(t, text, joinTokens(tokens))
		for _, token := range tokens {
			require.NotEmpty(t, token.text)
		}
		if !strings.Contains(text, "src") {
			same, err := retarget(text, "src", "to", d)
			require.NoError(t, err)
			require.Equal(t, text, same)
		}
	})
}

func TestRetarget_RenamesWhatCanOnlyBeTheDatabase(t *testing.T) {
	t.Parallel()
	for definition, want := range map[string]string{
		"select `shop`.`f`(1) AS `shop`":                                         "select `new`.`f`(1) AS `shop`",
		"select `shop`.`shop`.`id` AS `id` from `shop`.`shop`":                   "select `new`.`shop`.`id` AS `id` from `new`.`shop`",
		"BEGIN DECLARE shop INT; UPDATE shop.t SET a = shop; END":                "BEGIN DECLARE shop INT; UPDATE `new`.t SET a = shop; END",
		"select `shop`.`id` AS `id` from `shop`":                                 "",
		"select 'shop.t', `a`.`shop` from `shop`.`a` /* shop.b */":               "select 'shop.t', `a`.`shop` from `new`.`a` /* shop.b */",
		"select `a` from (`shop`.`a` join `shop`.`b`) where `x` = `shop`":        "select `a` from (`new`.`a` join `new`.`b`) where `x` = `shop`",
		"select `id` from ((`shop`.`a`) straight_join `shop`.`b`) having `shop`": "select `id` from ((`new`.`a`) straight_join `new`.`b`) having `shop`",
		"select trim(leading 'x' from (`shop`.`a`)) from `shop`":                 "",
		"select event(shop.id) from shop":                                        "",
		// values of a table named like its database
		"SELECT EXTRACT(YEAR FROM shop.d), (SELECT 1 FROM shop.t) FROM shop":                         "",
		"SELECT TRIM(LEADING (' ') FROM shop.d), EXTRACT(YEAR FROM a) FROM shop":                     "",
		"INSERT INTO shop VALUES (1) ON DUPLICATE KEY UPDATE shop.qty = 2":                           "",
		"SELECT EXTRACT(YEAR FROM shop.t.d), (SELECT TRIM((SELECT a FROM shop.t)) FROM shop.shop) a": "SELECT EXTRACT(YEAR FROM `new`.t.d), (SELECT TRIM((SELECT a FROM `new`.t)) FROM `new`.shop) a",
		// accounts and bodies in other languages
		"CREATE DEFINER=`shop`@`%` PROCEDURE p() DELETE shop.a FROM shop.a":                       "CREATE DEFINER=`shop`@`%` PROCEDURE p() DELETE `new`.a FROM `new`.a",
		"CREATE FUNCTION f(shop JSON) RETURNS INT LANGUAGE JAVASCRIPT AS $b$ return shop.t.$ $b$": "CREATE FUNCTION f(shop JSON) RETURNS INT LANGUAGE JAVASCRIPT AS $b$ return shop.t.$ $b$",
		"SELECT a AS $x, shop.t.b AS $y FROM shop.t":                                              "SELECT a AS $x, `new`.t.b AS $y FROM `new`.t",
	} {
		got, err := retarget(definition, "shop", "new", dialect{})
		if want == "" {
			require.ErrorIs(t, err, errAmbiguous, definition)
			continue
		}
		require.NoError(t, err, definition)
		require.Equal(t, want, got)
	}
}

func TestRetarget_TakesNumbersForNoName(t *testing.T) {
	t.Parallel()
	const definition = "SELECT 1001.5 * id, `1001`.t.id FROM `1001`.t JOIN `1001`.u ON t.id = 1001"
	got, err := retarget(definition, "1001", "new", dialect{})
	require.NoError(t, err)
	require.Equal(t, "SELECT 1001.5 * id, `new`.t.id FROM `new`.t JOIN `new`.u ON t.id = 1001", got)
	for _, name := range []string{"1e5", "0xAB", "0b01"} {
		got, err := retarget("SELECT "+name+".a, "+name, name, "new", dialect{})
		require.NoError(t, err)
		require.Equal(t, "SELECT "+name+".a, "+name, got)
	}
}

func TestRetarget_ReadsCharactersWhoseSecondByteIsABackslashOrAQuote(t *testing.T) {
	t.Parallel()
	for client, character := range map[string]string{"cp932": "\x95\x5c", "sjis": "\x83\x5c", "big5": "\xa5\x5c", "gbk": "\x81\x5c", "gb18030": "\x81\x30\x81\x5c"} {
		d := dialectOf("", client)
		got, err := retarget("BEGIN SELECT '"+character+"'; DELETE FROM src.t; SELECT 'src.x"+character+"'; END", "src", "to", d)
		require.NoError(t, err)
		require.Equal(t, "BEGIN SELECT '"+character+"'; DELETE FROM `to`.t; SELECT 'src.x"+character+"'; END", got, client)
	}
	got, err := retarget("SELECT `\x95\x60`, src.t.a, `\x95\x60` FROM src.t", "src", "to", dialectOf("", "cp932"))
	require.NoError(t, err)
	require.Equal(t, "SELECT `\x95\x60`, `to`.t.a, `\x95\x60` FROM `to`.t", got)
	got, err = retarget("SELECT 'é\\', src.t.a FROM src.t -- '", "src", "to", dialectOf("", "latin1"))
	require.NoError(t, err)
	require.Equal(t, "SELECT 'é\\', src.t.a FROM src.t -- '", got, "the backslash is one")
	for _, name := range []string{"店", "src"} {
		_, err = retarget("SELECT '\xb1\xed' FROM src.t", name, "铺", dialectOf("", "gbk"))
		require.ErrorIs(t, err, errForeign)
	}
}
