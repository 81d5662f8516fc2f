package check

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"overmind/pkg/engine"
)

const (
	probedRows  = 50_000  // of a table whose keys the target compares before the copy
	probedBytes = 4 << 20 // of their values
)

// equalKeys looks for values of unique keys that become equal under the collation that stands for theirs. A source that
// has that collation answers itself; else the target is given the values of short tables to compare. What is left is
// found when the keys are built, before the target is touched.
func equalKeys(ctx context.Context, in engine.CheckInput) ([]engine.Finding, error) {
	if in.Spec.Content == engine.StructureOnly || in.Translation == nil {
		return nil, nil
	}
	keys, err := mappedKeys(ctx, in)
	if err != nil {
		return nil, err
	}
	var equal, open []string
	for _, k := range keys {
		found, answered, err := k.collides(ctx, in)
		switch {
		case ctx.Err() != nil:
			open = append(open, k.label())
		case err != nil:
			return nil, err
		case !answered:
			open = append(open, k.label())
		case found:
			equal = append(equal, k.label())
		}
	}
	var findings []engine.Finding
	if len(equal) > 0 {
		findings = append(findings, block("collation_duplicates", equal,
			"Values of these unique keys are different on the source and equal under the collation that the target has: "+join(equal)+".",
			"以下唯一键的部分值在源端不同，但在目标端的排序规则下相等："+join(equal)+"。",
			"Change these values, or the columns' collation, on the source.", "请在源端修改这些值，或更改列的排序规则。"))
	}
	if len(open) > 0 {
		findings = append(findings, note("collation_duplicates_unchecked", open,
			"Whether values of these unique keys become equal under the target's collation shows when the keys are built: "+join(open)+".",
			"以下唯一键的值在目标端排序规则下是否会相等，要到建立键时才能确定："+join(open)+"。",
			"If some do, the copy stops and the target stays as it is.", "如有相等的值，复制将停止，目标保持原样。"))
	}
	return findings, nil
}

// mappedKey is a unique key with a column whose collation is replaced.
type mappedKey struct {
	table, name string
	rows        int64 // an estimate
	columns     []keyColumn
}

type keyColumn struct {
	value       string // as text, an expression on the source
	ident       string
	collation   string // on the target; empty = not a text
	replaced    bool
	onSourceToo bool // the source has the target's collation
}

func (k mappedKey) label() string { return k.table + "." + k.name }

func mappedKeys(ctx context.Context, in engine.CheckInput) ([]mappedKey, error) {
	types, err := typesOfColumns(ctx, in)
	if err != nil {
		return nil, err
	}
	rows, err := table(ctx, in.Source, `SELECT TABLE_NAME, INDEX_NAME, COALESCE(COLUMN_NAME, ''), COALESCE(SUB_PART, '') FROM information_schema.STATISTICS
		WHERE TABLE_SCHEMA = ? AND NON_UNIQUE = 0 ORDER BY TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX`, in.Spec.SourceDatabase)
	if err != nil {
		return nil, err
	}
	estimates := map[string]int64{}
	for _, t := range in.Plan.Tables {
		estimates[t.Name] = t.Rows
	}
	var keys []mappedKey
	for _, row := range rows {
		of, known := types[[2]string{row[0], row[2]}]
		estimate, copied := estimates[row[0]]
		if !copied || !known {
			continue
		}
		if n := len(keys); n == 0 || keys[n-1].table != row[0] || keys[n-1].name != row[1] {
			keys = append(keys, mappedKey{table: row[0], name: row[1], rows: estimate})
		}
		k := &keys[len(keys)-1]
		k.columns = append(k.columns, newKeyColumn(in.Translation, row[2], row[3], of[0], of[1]))
	}
	return slices.DeleteFunc(keys, func(k mappedKey) bool {
		return !slices.ContainsFunc(k.columns, func(c keyColumn) bool { return c.replaced })
	}), nil
}

// typesOfColumns are type and collation of the source's columns, by table and column. The server is not asked to join
// them with the keys: MariaDB would compare each key with each column.
func typesOfColumns(ctx context.Context, in engine.CheckInput) (map[[2]string][2]string, error) {
	rows, err := table(ctx, in.Source, `SELECT TABLE_NAME, COLUMN_NAME, LOWER(DATA_TYPE), COALESCE(COLLATION_NAME, '')
		FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ?`, in.Spec.SourceDatabase)
	types := make(map[[2]string][2]string, len(rows))
	for _, row := range rows {
		types[[2]string{row[0], row[1]}] = [2]string{row[2], row[3]}
	}
	return types, err
}

func newKeyColumn(t *engine.Translation, name, prefix, dataType, collation string) keyColumn {
	c := keyColumn{ident: engine.Ident(name)}
	whole := c.ident
	if prefix != "" {
		whole = fmt.Sprintf("LEFT(%s, %s)", c.ident, prefix)
	}
	switch {
	case collation != "":
		c.collation, c.replaced = t.Collation(collation)
		c.value, c.onSourceToo = whole, t.OnSource(c.collation)
	case strings.HasSuffix(dataType, "binary"), strings.HasSuffix(dataType, "blob"), dataType == "bit":
		c.value = "HEX(" + whole + ")"
	case dataType == "float":
		c.value = c.ident + " * 1e0"
	default:
		c.value = c.ident
	}
	return c
}

// collides tells whether values of the key are equal on the target; answered is false where that would take too long.
func (k mappedKey) collides(ctx context.Context, in engine.CheckInput) (found, answered bool, err error) {
	from := " FROM " + engine.QName(in.Spec.SourceDatabase, k.table) + " WHERE " + k.each(" AND ", func(_ int, c keyColumn) string { return c.ident + " IS NOT NULL" })
	if !slices.ContainsFunc(k.columns, func(c keyColumn) bool { return c.collation != "" && !c.onSourceToo }) {
		rows, err := column(ctx, in.Source, limited(in.SourceServer.Flavour, "1"+from+" GROUP BY "+k.each(", ", func(_ int, c keyColumn) string {
			if c.collation == "" {
				return c.value
			}
			return c.value + " COLLATE " + c.collation
		})+" HAVING COUNT(*) > 1 LIMIT 1"))
		if timedOut(err) {
			return false, false, nil
		}
		return len(rows) > 0, err == nil, err
	}
	if k.rows > probedRows {
		return false, false, nil
	}
	values, err := table(ctx, in.Source, limited(in.SourceServer.Flavour, k.each(", ", func(_ int, c keyColumn) string {
		return "CONVERT(CONCAT(" + c.value + ") USING utf8mb4)"
	})+from+fmt.Sprintf(" LIMIT %d", probedRows+1)))
	if timedOut(err) {
		return false, false, nil
	}
	if err != nil {
		return false, false, err
	}
	return k.compare(ctx, in, values)
}

// compare gives the values to the target, which compares them under its collations.
func (k mappedKey) compare(ctx context.Context, in engine.CheckInput, values [][]string) (found, answered bool, err error) {
	list, err := json.Marshal(values)
	if err != nil || len(values) > probedRows || len(list) > probedBytes {
		return false, false, err
	}
	query := "1 FROM JSON_TABLE(?, '$[*]' COLUMNS (" +
		k.each(", ", func(i int, _ keyColumn) string { return fmt.Sprintf("c%d VARCHAR(3072) PATH '$[%d]'", i, i) }) + ")) AS v GROUP BY " +
		k.each(", ", func(i int, c keyColumn) string {
			if c.collation == "" {
				return fmt.Sprintf("CONVERT(c%d USING utf8mb4) COLLATE utf8mb4_bin", i)
			}
			charset, _, _ := strings.Cut(c.collation, "_")
			return fmt.Sprintf("CONVERT(c%d USING %s) COLLATE %s", i, charset, c.collation)
		}) + " HAVING COUNT(*) > 1 LIMIT 1"
	rows, err := column(ctx, in.Target, limited(in.TargetServer.Flavour, query), string(list))
	if timedOut(err) || engine.ServerSaid(err, 1064, 1153) { // a server without JSON_TABLE, or with a small packet
		return false, false, nil
	}
	return len(rows) > 0, err == nil, err
}

func (k mappedKey) each(separator string, write func(i int, c keyColumn) string) string {
	var parts []string
	for i, c := range k.columns {
		parts = append(parts, write(i, c))
	}
	return strings.Join(parts, separator)
}
