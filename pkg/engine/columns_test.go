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
