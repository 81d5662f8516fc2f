package compare

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// settings reads what SHOW CREATE leaves out, because it is the default of a server or of the table, or does not say at
// all: collations in full, and the order of triggers. Names that end in "collation" hold a collation.
func (r *reader) settings(ctx context.Context, k key) (map[string]string, error) {
	settings := map[string]string{}
	read := func(query string, args ...any) error {
		rows, err := pairs(ctx, r.conn, query, args...)
		maps.Copy(settings, rows)
		return err
	}
	switch k.kind {
	case "database":
		return settings, read("SELECT 'default collation', DEFAULT_COLLATION_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = ?", r.database)
	case "table":
		if err := read("SELECT 'table collation', TABLE_COLLATION FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?", r.database, k.name); err != nil {
			return nil, err
		}
		// MariaDB's JSON is a text with this collation
		return settings, read(`SELECT CONCAT('column ', COLUMN_NAME, ' collation'), COLLATION_NAME FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? AND COLLATION_NAME IS NOT NULL AND COLLATION_NAME <> 'binary'
			UNION ALL SELECT CONCAT('column ', COLUMN_NAME, ' collation'), 'utf8mb4_bin' FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? AND DATA_TYPE = 'json'`,
			r.database, k.name, r.database, k.name)
	case "view":
		// whether a column may be NULL, and the collation of a result, depend on who looks and on who made the view
		return settings, read("SELECT CONCAT('column ', ORDINAL_POSITION), CONCAT(COLUMN_NAME, IF(?, '', CONCAT(' ', COLUMN_TYPE))) FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?", r.cross, r.database, k.name)
	case "procedure", "function":
		return settings, read("SELECT 'comment', ROUTINE_COMMENT FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = ? AND ROUTINE_TYPE = ? AND ROUTINE_NAME = ?", r.database, strings.ToUpper(k.kind), k.name)
	case "event":
		return settings, read("SELECT 'comment', EVENT_COMMENT FROM information_schema.EVENTS WHERE EVENT_SCHEMA = ? AND EVENT_NAME = ?", r.database, k.name)
	case "trigger":
		return settings, read("SELECT 'place', CONCAT(ACTION_TIMING, ' ', EVENT_MANIPULATION, ' ', ACTION_ORDER, ' of ', EVENT_OBJECT_TABLE) FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = ? AND TRIGGER_NAME = ?", r.database, k.name)
	}
	return settings, nil
}

// modesOfOne are parts of a sql_mode that one flavour writes into every definition and the other does not know, or that
// stand for parts which are listed beside them; none of them changes what a stored program does.
var modesOfOne = []string{"ANSI", "NO_AUTO_CREATE_USER", "NO_FIELD_OPTIONS", "NO_KEY_OPTIONS", "NO_TABLE_OPTIONS"}

// otherSetting says in which setting two objects differ; empty = in none. Between flavours a collation that the target
// does not have may be another of its kind.
func otherSetting(s, t state, cross bool, onTarget map[string]bool) string {
	names := slices.Sorted(keys(s.settings))
	// MySQL names no column of a view that it cannot open, as when an account it runs as does not exist
	hidden := !slices.ContainsFunc(names, isViewColumn)
	for name := range t.settings {
		if _, ok := s.settings[name]; !ok && !(hidden && isViewColumn(name)) {
			names = append(names, name)
		}
	}
	for _, name := range names {
		from, to := s.settings[name], t.settings[name]
		if !cross {
			if from != to {
				return fmt.Sprintf("%s: %q, on the target %q", name, from, to)
			}
			continue
		}
		lower := strings.ToLower(name)
		switch {
		case lower == "sql_mode":
			from, to = sharedModes(from), sharedModes(to)
		case lower == "character_set_client":
			from, to = modern(from), modern(to)
		case strings.HasSuffix(lower, "collation") || lower == "collation_connection":
			if from, to = modern(from), modern(to); !onTarget[from] && from != "" {
				from, to = kindOfCollation(from), kindOfCollation(to)
			}
		}
		if from != to {
			return fmt.Sprintf("%s: %q, on the target %q", name, s.settings[name], t.settings[name])
		}
	}
	return ""
}

// isViewColumn tells the settings that number a view's columns.
func isViewColumn(name string) bool {
	place, ok := strings.CutPrefix(name, "column ")
	return ok && strings.Trim(place, "0123456789") == ""
}

func sharedModes(mode string) string {
	var shared []string
	for part := range strings.SplitSeq(mode, ",") {
		if part != "" && !slices.Contains(modesOfOne, part) {
			shared = append(shared, part)
		}
	}
	slices.Sort(shared)
	return strings.Join(shared, ",")
}

// modern gives the three-byte utf8 its present name.
func modern(name string) string {
	name = strings.ToLower(name)
	if rest, ok := strings.CutPrefix(name, "utf8"); ok && (rest == "" || strings.HasPrefix(rest, "_")) {
		return "utf8mb3" + rest
	}
	return name
}

// kindOfCollation is what a replaced collation must keep: character set, and what it tells apart.
func kindOfCollation(name string) string {
	parts := strings.Split(name, "_")
	kind := []string{parts[0]}
	for _, part := range parts[1:] {
		if part == "as" || part == "cs" || part == "ks" || part == "bin" {
			kind = append(kind, part)
		}
	}
	return strings.Join(kind, "_")
}

// collations lists those of the server, in their present names. MariaDB's newest are listed with and without their
// character set.
func (r *reader) collations(ctx context.Context) (map[string]bool, error) {
	names, err := column(ctx, r.conn, "SELECT COLLATION_NAME FROM information_schema.COLLATIONS")
	if err != nil {
		return nil, err
	}
	if r.mariaDB {
		full, err := column(ctx, r.conn, "SELECT FULL_COLLATION_NAME FROM information_schema.COLLATION_CHARACTER_SET_APPLICABILITY")
		if err != nil && !isUnknownTable(err) {
			return nil, err
		}
		names = append(names, full...)
	}
	all := map[string]bool{}
	for _, name := range names {
		all[modern(name)] = !r.mariaDB || !strings.Contains(name, "_0900_") // names that it takes for others of its own
	}
	return all, nil
}
