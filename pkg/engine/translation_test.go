package engine

import (
	"cmp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"overmind/pkg/testkit"
)

var (
	mySQL9    = Server{Flavour: MySQL, Version: "9.7.4"}
	mySQL57   = Server{Flavour: MySQL, Version: "5.7.44-log"}
	mariaDB11 = Server{Flavour: MariaDB, Version: "11.8.2-MariaDB"}
)

func translating(from, to Server) *Translation {
	of := map[Server]Collations{
		mySQL9:    having("utf8mb4_0900_ai_ci", "utf8mb4_0900_as_cs", "utf8mb4_general_ci", "utf8mb4_bin", "utf8mb3_general_ci", "latin1_swedish_ci"),
		mySQL57:   having("utf8mb4_general_ci", "utf8mb4_unicode_520_ci", "utf8mb4_bin", "utf8_general_ci", "latin1_swedish_ci"),
		mariaDB11: having("utf8mb4_uca1400_ai_ci", "utf8mb4_uca1400_nopad_ai_ci", "utf8mb4_uca1400_nopad_as_cs", "utf8mb4_general_ci", "utf8mb4_bin", "utf8mb3_general_ci", "latin1_swedish_ci"),
	}
	for server, c := range of {
		c.defaults["latin1"] = "latin1_swedish_ci"
		utf8 := map[bool]string{true: "utf8", false: "utf8mb3"}[server == mySQL57]
		c.defaults[utf8] = utf8 + "_general_ci"
	}
	return &Translation{from: from, to: to, source: of[from], target: of[to]}
}

func TestTranslation_TableIsWrittenForItsTarget(t *testing.T) {
	t.Parallel()
	const none = ""
	for name, test := range map[string]struct {
		from, to    Server
		table, want string // want is empty where nothing changes
	}{
		"mapped collations": {mySQL9, mariaDB11,
			"CREATE TABLE `t` (\n  `a` varchar(9) COLLATE utf8mb4_0900_as_cs DEFAULT 'COLLATE utf8mb4_0900_as_cs',\n  `COLLATE` int\n) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci COMMENT='COLLATE utf8mb4_0900_as_cs'",
			"CREATE TABLE `t` (\n  `a` varchar(9) COLLATE utf8mb4_uca1400_nopad_as_cs DEFAULT 'COLLATE utf8mb4_0900_as_cs',\n  `COLLATE` int\n) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_uca1400_nopad_ai_ci COMMENT='COLLATE utf8mb4_0900_as_cs'"},
		"comments for one flavour": {mySQL9, mariaDB11,
			"CREATE TABLE `t` (\n  `h` int /*!80023 INVISIBLE */,\n  KEY `k` (`h`) /*!80000 INVISIBLE */,\n  CONSTRAINT `c` CHECK (`h` > 0) /*!80016 NOT ENFORCED */\n) /*!50100 PARTITION BY KEY (h) */",
			"CREATE TABLE `t` (\n  `h` int  INVISIBLE ,\n  KEY `k` (`h`)  IGNORED ,\n  CONSTRAINT `c` CHECK (`h` > 0)  NOT ENFORCED \n) /*!50100 PARTITION BY KEY (h) */"},
		"comments for a newer server": {mySQL9, mySQL57,
			"CREATE TABLE `t` (\n  `h` int /*!80023 INVISIBLE */\n) /*!50500 PARTITION BY RANGE COLUMNS(h) */",
			"CREATE TABLE `t` (\n  `h` int  INVISIBLE \n) /*!50500 PARTITION BY RANGE COLUMNS(h) */"},
		"comments for MariaDB": {mariaDB11, mySQL9,
			"CREATE TABLE `t` (\n  `h` text /*M!100301 COMPRESSED*/\n)",
			"CREATE TABLE `t` (\n  `h` text  COMPRESSED\n)"},
		"types": {mySQL9, mariaDB11, "CREATE TABLE `t` (\n  `geomcollection` geomcollection\n)", "CREATE TABLE `t` (\n  `geomcollection` geometrycollection\n)"},
		"defaults": {mariaDB11, mySQL9,
			"CREATE TABLE `t` (\n  `a` char(36) DEFAULT uuid() COMMENT 'DEFAULT uuid()',\n  `b` text DEFAULT 'x',\n  `c` longtext DEFAULT json_array() CHECK (json_valid(`c`)),\n  `d` timestamp NOT NULL DEFAULT current_timestamp() ON UPDATE current_timestamp(),\n  `e` varchar(9) DEFAULT 'x',\n  `f` text DEFAULT NULL,\n  `g` int DEFAULT (1 + 1)\n)",
			"CREATE TABLE `t` (\n  `a` char(36) DEFAULT (uuid()) COMMENT 'DEFAULT uuid()',\n  `b` text DEFAULT ('x'),\n  `c` longtext DEFAULT (json_array()) , CHECK (json_valid(`c`)),\n  `d` timestamp NOT NULL DEFAULT current_timestamp() ON UPDATE current_timestamp(),\n  `e` varchar(9) DEFAULT 'x',\n  `f` text DEFAULT NULL,\n  `g` int DEFAULT (1 + 1)\n)"},
		"names of checks": {mariaDB11, mySQL9,
			"CREATE TABLE `t` (\n  `a` int,\n  CONSTRAINT `CONSTRAINT_1` CHECK (`a` > 0),\n  CONSTRAINT `mine` CHECK (`a` > 1),\n  KEY `i` (`a`) IGNORED\n)",
			"CREATE TABLE `t` (\n  `a` int,\n  CHECK (`a` > 0),\n  CONSTRAINT `mine` CHECK (`a` > 1),\n  KEY `i` (`a`) INVISIBLE\n)"},
		"names of the three-byte character set": {mariaDB11, mySQL57,
			"CREATE TABLE `t` (\n  `a` text CHARACTER SET utf8mb3 COLLATE utf8mb3_general_ci\n) DEFAULT CHARSET=utf8mb3 COLLATE=utf8mb3_general_ci",
			"CREATE TABLE `t` (\n  `a` text CHARACTER SET utf8 COLLATE utf8_general_ci\n) DEFAULT CHARSET=utf8 COLLATE=utf8_general_ci"},
		"defaults of the server": {mySQL57, mySQL9,
			"CREATE TABLE `t` (\n  `a` text CHARACTER SET utf8mb4,\n  `g` int GENERATED ALWAYS AS (cast(`a` as char charset utf8mb4)) VIRTUAL\n) DEFAULT CHARSET=utf8mb4",
			"CREATE TABLE `t` (\n  `a` text CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci,\n  `g` int GENERATED ALWAYS AS (cast(`a` as char charset utf8mb4)) VIRTUAL\n) DEFAULT CHARSET=utf8mb4 COLLATE utf8mb4_general_ci"},
		"the same server": {mySQL9, mySQL9, "CREATE TABLE `t` (\n  `a` text CHARACTER SET utf8mb4 /*!80023 INVISIBLE */\n) DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci", none},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, _, err := translating(test.from, test.to).table(test.table)
			require.NoError(t, err)
			if test.want == none {
				test.want = test.table
			}
			assert.Equal(t, test.want, got)
		})
	}
}

func TestTranslation_ObjectTakesItsSessionAlong(t *testing.T) {
	t.Parallel()
	o := object{Kind: kindFunction, SQL: []byte("CREATE FUNCTION f() RETURNS text CHARSET utf8mb4 RETURN 'x COLLATE utf8mb4_0900_as_cs' collate 'utf8mb4_0900_as_cs'"), Client: "utf8mb4", Collation: "utf8mb4_0900_ai_ci"}
	got, changes := translating(mySQL9, mariaDB11).object(o)
	assert.Equal(t, "CREATE FUNCTION f() RETURNS text CHARSET utf8mb4 COLLATE utf8mb4_uca1400_nopad_ai_ci RETURN 'x COLLATE utf8mb4_0900_as_cs' collate utf8mb4_uca1400_nopad_as_cs", string(got.SQL))
	assert.Equal(t, "utf8mb4_uca1400_nopad_ai_ci", got.Collation)
	assert.Equal(t, mapped{"utf8mb4_0900_ai_ci": "utf8mb4_uca1400_nopad_ai_ci", "utf8mb4_0900_as_cs": "utf8mb4_uca1400_nopad_as_cs"}, changes)
}

func TestTranslation_CollationIsWrittenOutWhereAProgramDeclaresACharacterSet(t *testing.T) {
	t.Parallel()
	for name, test := range map[string][2]string{
		"parameters and results":    {"(a TEXT CHARSET UTF8MB4, b CHAR(3) CHARACTER SET latin1) RETURNS text CHARSET utf8mb4", "(a TEXT CHARSET UTF8MB4 COLLATE utf8mb4_general_ci, b CHAR(3) CHARACTER SET latin1) RETURNS text CHARSET utf8mb4 COLLATE utf8mb4_general_ci"},
		"variables":                 {"BEGIN DECLARE s CHAR(9) CHARACTER  SET utf8mb4 DEFAULT 'a' COLLATE utf8mb4_bin;", "BEGIN DECLARE s CHAR(9) CHARACTER  SET utf8mb4 COLLATE utf8mb4_general_ci DEFAULT 'a' COLLATE utf8mb4_bin;"},
		"tables":                    {"CREATE TABLE x (a TEXT CHARSET utf8mb4 NOT NULL, b TEXT CHARSET utf8mb4 NOT NULL COLLATE utf8mb4_bin) CHARSET = utf8mb4", "CREATE TABLE x (a TEXT CHARSET utf8mb4 COLLATE utf8mb4_general_ci NOT NULL, b TEXT CHARSET utf8mb4 NOT NULL COLLATE utf8mb4_bin) CHARSET = utf8mb4 COLLATE utf8mb4_general_ci"},
		"what is told":              {"(a TEXT CHARSET utf8mb4 COLLATE utf8mb4_bin, b TEXT CHARACTER SET utf8mb4 BINARY)", ""},
		"conversions":               {"SELECT CONVERT(a USING utf8mb4), CAST(a AS CHAR(9) CHARSET utf8mb4), JSON_VALUE(j, '$.a' RETURNING CHAR(9) CHARACTER SET utf8mb4)", ""},
		"what takes no collation":   {"SET CHARACTER SET utf8mb4; SELECT 1 INTO OUTFILE 'f' CHARACTER SET utf8mb4", ""},
		"a column of the same name": {"SELECT charset FROM t WHERE charset = 'utf8mb4' AND CHARSET(a) = 'utf8mb4'", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, _ := translating(mySQL57, mySQL9).object(object{Kind: kindProcedure, SQL: []byte(test[0])})
			assert.Equal(t, cmp.Or(test[1], test[0]), string(got.SQL))
		})
	}
}

func TestTranslation_UTF8StaysWhereItMeansTheSame(t *testing.T) {
	t.Parallel()
	o := object{Kind: kindProcedure, SQL: []byte("CREATE PROCEDURE p(a TEXT CHARSET UTF8) SELECT a COLLATE utf8_general_ci")}
	for takenFor, want := range map[string]string{
		"utf8mb3": string(o.SQL),
		"utf8mb4": "CREATE PROCEDURE p(a TEXT CHARSET utf8mb3) SELECT a COLLATE utf8mb3_general_ci",
	} {
		to := translating(mariaDB11, mariaDB11)
		to.source.utf8, to.target.utf8 = "utf8mb3", takenFor
		got, changes := to.object(o)
		assert.Equal(t, want, string(got.SQL))
		assert.Empty(t, changes)
	}
}

func TestSchemaDefaults_LeaveOutTheEncryptionThatTheTargetHasNoWordFor(t *testing.T) {
	t.Parallel()
	name, db := testkit.Database(t, testkit.MySQL(t))
	testkit.Exec(t, db, "ALTER DATABASE "+Ident(name)+" ENCRYPTION 'Y'")
	for version, kept := range map[string]bool{"5.7.44": false, "8.0.15": false, "8.0.16": true, "9.7.0": true} {
		translation, err := ReadTranslation(t.Context(), db, db, Server{Flavour: MySQL, Version: "9.7.0"}, Server{Flavour: MySQL, Version: version})
		require.NoError(t, err)
		defaults, err := translation.schemaDefaults(t.Context(), db, name)
		require.NoError(t, err)
		require.Equal(t, kept, defaults.Encrypted, version)
	}
}
