package engine_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"overmind/pkg/engine"
	"overmind/pkg/fault"
	"overmind/pkg/localdb"
	"overmind/pkg/secret"
	"overmind/pkg/testkit"
)

// swapped is a finished copy of the shop that may be undone.
type swapped struct {
	*copying
	to    *sql.DB
	done  engine.Swapped
	names engine.Names // of the undo
}

// newSwapped copies the shop over what the statements make on the target; without any, the copy makes the database.
func newSwapped(t *testing.T, from, to *localdb.Server, there ...string) *swapped {
	t.Helper()
	s := &swapped{copying: newShop(t, from, to), names: engine.NewNames(2)}
	s.to = to.DB(s.spec.TargetDatabase)
	if len(there) > 0 {
		testkit.Exec(t, s.target.db, "CREATE DATABASE "+s.spec.TargetDatabase)
		testkit.Exec(t, s.to, there...)
	}
	t.Cleanup(func() {
		_, err := s.target.db.Exec("DROP DATABASE IF EXISTS " + s.names.Staging)
		require.NoError(t, err)
		require.NoError(t, s.to.Close())
	})
	return s
}

func (s *swapped) copy(t *testing.T) {
	t.Helper()
	s.spec.IfExists = engine.Replace
	report, err := s.run(t, engine.Hooks{Undoable: true, Commit: func(_ context.Context, in engine.Intent) error { s.done.Intent = in; return nil }})
	require.NoError(t, err)
	require.NotEmpty(t, report.TargetDigest)
	s.done.Target, s.done.Digest = s.spec.Target, report.TargetDigest
}

// picture is everything in the target database: definitions and rows.
func (s *swapped) picture(t *testing.T) (all []string) {
	t.Helper()
	name := s.spec.TargetDatabase
	for _, table := range query(t, s.target.db, "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? ORDER BY 1", name) {
		table = engine.QName(name, strings.TrimPrefix(table, "true:"))
		all = append(all, query(t, s.target.db, "SHOW CREATE TABLE "+table)...)
		all = append(all, query(t, s.target.db, "SELECT * FROM "+table+" ORDER BY 1")...)
	}
	for _, q := range []string{
		"SELECT TRIGGER_NAME, EVENT_OBJECT_TABLE, ACTION_TIMING, EVENT_MANIPULATION, ACTION_ORDER, ACTION_STATEMENT, DEFINER FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = ? ORDER BY 1",
		"SELECT ROUTINE_NAME, ROUTINE_DEFINITION, DEFINER FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = ? ORDER BY 1",
		"SELECT EVENT_NAME, EVENT_DEFINITION, STATUS FROM information_schema.EVENTS WHERE EVENT_SCHEMA = ? ORDER BY 1",
	} {
		all = append(all, query(t, s.target.db, q, name)...)
	}
	return all
}

func (s *swapped) schemas(t *testing.T, names ...string) (there []string) {
	t.Helper()
	for _, name := range names {
		there = append(there, query(t, s.target.db, "SELECT SCHEMA_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = ?", name)...)
	}
	return there
}

// oldShop is what a test finds on the target before the copy.
var oldShop = []string{
	"CREATE TABLE item (old INT PRIMARY KEY)", "INSERT INTO item VALUES (7)",
	"CREATE TABLE note (id INT PRIMARY KEY, item INT, FOREIGN KEY (item) REFERENCES item (old))", "INSERT INTO note VALUES (1, 7)",
	"CREATE TABLE mine (a INT PRIMARY KEY)", "INSERT INTO mine VALUES (1)",
	"CREATE TRIGGER b_second BEFORE INSERT ON item FOR EACH ROW SET NEW.old = NEW.old + 8",
	"CREATE TRIGGER a_third BEFORE INSERT ON item FOR EACH ROW SET NEW.old = NEW.old * 2",
	"CREATE VIEW z_view AS SELECT old FROM item", "CREATE FUNCTION twice (x INT) RETURNS INT DETERMINISTIC RETURN 3 * x",
	"CREATE EVENT nightly ON SCHEDULE EVERY 1 DAY ENABLE DO DELETE FROM mine WHERE a > 100",
}

func TestUndo_PutsEverythingBack(t *testing.T) {
	t.Parallel()
	for name, pair := range pairs(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSwapped(t, pair[0], pair[1], oldShop...)
			before := s.picture(t)
			s.copy(t)
			require.NotEqual(t, before, s.picture(t))
			testkit.Exec(t, s.to, "ALTER EVENT nightly ENABLE", "DELETE FROM note") // what people do with a fresh copy
			require.NoError(t, s.CheckUndo(t.Context(), s.done))

			require.NoError(t, s.Undo(t.Context(), s.done, s.names, engine.Hooks{}))
			assert.Equal(t, before, s.picture(t))
			assert.Equal(t, []string{"true:" + s.names.Staging}, s.schemas(t, s.copying.names.Staging, s.copying.names.Old, s.names.Staging, s.names.Old),
				"only the copy's tables are left, for the caller to drop")
			require.NoError(t, s.DropStaging(t.Context(), s.spec.Target, s.names.Staging))
			s.gone(t)
		})
	}
}

func TestUndo_RemovesWhatTheCopyCreated(t *testing.T) {
	t.Parallel()
	for name, pair := range pairs(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSwapped(t, pair[0], pair[1])
			s.copy(t)
			require.NoError(t, s.Undo(t.Context(), s.done, s.names, engine.Hooks{}))
			assert.Empty(t, s.schemas(t, s.spec.TargetDatabase), "the database that the copy made")
		})
		t.Run(name+" leaves what others have put there", func(t *testing.T) {
			t.Parallel()
			s := newSwapped(t, pair[0], pair[1])
			s.copy(t)
			testkit.Exec(t, s.to, "CREATE TABLE mine (a INT)")
			require.NoError(t, s.Undo(t.Context(), s.done, s.names, engine.Hooks{}))
			assert.Equal(t, []string{"true:mine"}, query(t, s.target.db, "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = ?", s.spec.TargetDatabase))
			assert.Len(t, s.picture(t), 1, "and no object of the copy")
		})
	}
}

func TestUndo_LeavesADatabaseWhoseRoutinesItDoesNotSee(t *testing.T) {
	t.Parallel()
	for name, pair := range pairs(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCopying(t, pair[0], pair[1], "CREATE TABLE a (v INT)")
			const rights = "GRANT SELECT, INSERT, CREATE, DROP, ALTER, INDEX, REFERENCES ON "
			user, password := testkit.User(t, c.target.Server, rights+"`\\_om\\_%`.* TO %s", rights+engine.Ident(c.spec.TargetDatabase)+".* TO %s")
			c.spec.Target.User, c.spec.Target.Password = user, secret.New(password)
			s := &swapped{copying: c, names: engine.NewNames(2)}
			s.copy(t)
			procedure := engine.QName(c.spec.TargetDatabase, "theirs")
			testkit.Exec(t, c.target.db, "CREATE PROCEDURE "+procedure+"() SELECT 7")
			require.NoError(t, s.Undo(t.Context(), s.done, s.names, engine.Hooks{}))
			assert.Equal(t, []string{"true:7"}, query(t, c.target.db, "CALL "+procedure+"()"))
			require.NoError(t, c.DropStaging(t.Context(), c.spec.Target, s.names.Staging))
		})
	}
}

func TestUndo_RefusesWhatHasChangedSince(t *testing.T) {
	t.Parallel()
	for code, change := range map[string]func(s *swapped) string{
		"target_changed":           func(*swapped) string { return "ALTER TABLE item ADD COLUMN c INT" },
		"target_changed trigger":   func(*swapped) string { return "CREATE TRIGGER added AFTER DELETE ON item FOR EACH ROW SET @x = 1" },
		"target_changed dropped":   func(*swapped) string { return "DROP EVENT daily" },
		"kept_missing":             func(s *swapped) string { return "DROP TABLE " + engine.QName(s.copying.names.Old, "note") },
		"foreign_key_from_outside": func(*swapped) string { return "CREATE TABLE late (id INT, FOREIGN KEY (id) REFERENCES item (id))" },
	} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			code, _, _ := strings.Cut(code, " ")
			s := newSwapped(t, testkit.MariaDB(t), testkit.SecondMariaDB(t), oldShop...)
			s.copy(t)
			testkit.Exec(t, s.to, "SET foreign_key_checks = 0", change(s))
			after := s.picture(t)
			require.True(t, fault.Is(s.CheckUndo(t.Context(), s.done), code))
			err := s.Undo(t.Context(), s.done, s.names, engine.Hooks{Commit: func(context.Context, engine.Intent) error {
				return fmt.Errorf("a refused undo must not come so far")
			}})
			require.Truef(t, fault.Is(err, code), "%v", err)
			assert.Equal(t, after, s.picture(t))
			assert.Empty(t, s.schemas(t, s.names.Staging))
		})
	}
}

// A later copy replaces what an earlier one kept references to; both are undone, the later first.
func TestUndo_OneAfterTheOther(t *testing.T) {
	t.Parallel()
	s := newSwapped(t, testkit.MariaDB(t), testkit.SecondMariaDB(t),
		"CREATE TABLE item (id INT PRIMARY KEY, old INT)", "INSERT INTO item VALUES (1, 7)",
		"CREATE TABLE note (id INT PRIMARY KEY, item INT, FOREIGN KEY (item) REFERENCES item (id))", "INSERT INTO note VALUES (3, 1)")
	before := s.picture(t)
	s.spec.Tables = []string{"note"}
	s.copy(t)
	first, between := s.done, s.picture(t)
	s.spec.Tables, s.copying.names = nil, engine.NewNames(3)
	s.copy(t)
	second := s.done
	require.NoError(t, s.Undo(t.Context(), second, s.names, engine.Hooks{}))
	assert.Equal(t, between, s.picture(t))
	require.NoError(t, s.DropStaging(t.Context(), s.spec.Target, s.names.Staging))
	require.NoError(t, s.Undo(t.Context(), first, s.names, engine.Hooks{}))
	assert.Equal(t, before, s.picture(t))
}

// dies lets the undo end at its commit point as if its worker had died, and returns the intent that it stored.
func (s *swapped) dies(t *testing.T) (stored engine.Intent) {
	t.Helper()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		err := s.Undo(context.Background(), s.done, s.names, engine.Hooks{Commit: func(_ context.Context, in engine.Intent) error {
			stored = in
			runtime.Goexit()
			return nil
		}})
		t.Errorf("the undo came back: %v", err)
	}()
	<-ended
	require.NotEmpty(t, stored)
	return stored
}

func TestRecoverUndo_DecidesFromTheNames(t *testing.T) {
	t.Parallel()
	for name, pair := range pairs(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSwapped(t, pair[0], pair[1], oldShop...)
			before := s.picture(t)
			s.copy(t)
			after, stored := s.picture(t), s.dies(t)
			testkit.Exec(t, s.target.db, "CREATE DATABASE "+s.names.Staging, "DROP TRIGGER "+s.spec.TargetDatabase+".second")
			for range 2 {
				outcome, err := s.RecoverUndo(t.Context(), s.spec.Target, engine.Sessions{}, stored)
				require.NoError(t, err)
				require.Equal(t, engine.Clean, outcome)
				assert.Equal(t, after, s.picture(t), "the copy is still in place")
				assert.NotEmpty(t, s.schemas(t, s.copying.names.Old), "and what it replaced is still kept")
			}

			stored = s.dies(t)
			testkit.Exec(t, s.target.db, "CREATE DATABASE "+s.names.Staging)
			for _, trigger := range []string{"first", "second"} {
				testkit.Exec(t, s.to, "DROP TRIGGER "+trigger)
			}
			s.exchangeByHand(t, stored)
			for range 2 {
				outcome, err := s.RecoverUndo(t.Context(), s.spec.Target, engine.Sessions{}, stored)
				require.NoError(t, err)
				require.Equal(t, engine.Completed, outcome)
				assert.Equal(t, before, s.picture(t))
			}
		})
	}
}

// exchangeByHand does what the dead worker was about to do.
func (s *swapped) exchangeByHand(t *testing.T, stored engine.Intent) {
	t.Helper()
	var in struct {
		Names            engine.Names `json:"names"`
		Tables, Replaced []string
	}
	require.NoError(t, json.Unmarshal(stored, &in))
	var moves []string
	for _, table := range in.Replaced {
		moves = append(moves, engine.QName(s.spec.TargetDatabase, table)+" TO "+engine.QName(in.Names.Old, table))
	}
	for _, table := range in.Tables {
		moves = append(moves, engine.QName(in.Names.Staging, table)+" TO "+engine.QName(s.spec.TargetDatabase, table))
	}
	testkit.Exec(t, s.target.db, "RENAME TABLE "+strings.Join(moves, ", "))
}
