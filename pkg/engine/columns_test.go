package engine

import (
	"testing"

	"github.com/stretchr/testify/require"

	"overmind/pkg/fault"
	"overmind/pkg/testkit"
)

func TestVerifyColumns_NamesWhatTheTargetMadeOfAColumn(t *testing.T) {
	t.Parallel()
	from, source := testkit.Database(t, testkit.MySQL(t))
	to, target := testkit.Database(t, testkit.MariaDB(t))
	testkit.Exec(t, source, "CREATE TABLE t (id INT PRIMARY KEY, hidden INT INVISIBLE, w VARCHAR(9))")
	testkit.Exec(t, target, "CREATE TABLE t (id INT(11) PRIMARY KEY, hidden INT INVISIBLE, w VARCHAR(9) COLLATE utf8mb4_uca1400_nopad_ai_ci)")
	translation, err := ReadTranslation(t.Context(), source, target, Server{Flavour: MySQL}, Server{Flavour: MariaDB})
	require.NoError(t, err)
	r := &run{spec: Spec{SourceDatabase: from}, names: Names{Staging: to}, source: source, target: target, translation: translation, tables: []*stagedTable{{name: "t"}}}
	require.NoError(t, r.verifyColumns(t.Context()))

	testkit.Exec(t, target, "ALTER TABLE t MODIFY hidden INT")
	err = r.verifyColumns(t.Context())
	require.True(t, fault.Is(err, DefinitionRefused), "%v", err)
	require.ErrorContains(t, err, "t: `hidden` int INVISIBLE became `hidden` int")
}

func TestVerifyColumns_NamesADefaultThatTheTargetGaveToATimestamp(t *testing.T) {
	t.Parallel()
	from, source := testkit.Database(t, testkit.MySQL(t))
	to, target := testkit.Database(t, testkit.MariaDB(t))
	target.SetMaxOpenConns(1)
	const table = "CREATE TABLE t (a TIMESTAMP NOT NULL DEFAULT '2020-01-01', b TIMESTAMP NOT NULL, c DATETIME NOT NULL, d TIMESTAMP GENERATED ALWAYS AS (c) VIRTUAL)"
	testkit.Exec(t, source, table)
	testkit.Exec(t, target, "SET SESSION explicit_defaults_for_timestamp=1", table)
	translation, err := ReadTranslation(t.Context(), source, target, Server{Flavour: MySQL}, Server{Flavour: MariaDB})
	require.NoError(t, err)
	r := &run{spec: Spec{SourceDatabase: from}, names: Names{Staging: to}, source: source, target: target, translation: translation, tables: []*stagedTable{{name: "t"}}}
	require.NoError(t, r.verifyColumns(t.Context()))

	testkit.Exec(t, target, "DROP TABLE t", "SET SESSION explicit_defaults_for_timestamp=0", table)
	err = r.verifyColumns(t.Context())
	require.True(t, fault.Is(err, DefinitionRefused), "%v", err)
	require.ErrorContains(t, err, "t: `b` timestamp NOT NULL without a default became `b` timestamp NOT NULL")
}
