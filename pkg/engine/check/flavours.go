package check

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"overmind/pkg/engine"
)

// flavours refuses definitions that the target understands in another way, or leaves out without a word. What it does
// not understand at all is for grammar.
func flavours(ctx context.Context, in engine.CheckInput) ([]engine.Finding, error) {
	var queries []string
	further := func(context.Context, engine.CheckInput) ([]string, error) { return nil, nil }
	switch {
	case in.SourceServer.Flavour == in.TargetServer.Flavour:
	case in.SourceServer.Flavour == engine.MySQL:
		queries, further = fromMySQL(in.TargetServer.Version), onlyMySQL
	default:
		queries, further = fromMariaDB(in.TargetServer.Version), onlyMariaDB
	}
	if in.TargetServer.Flavour == engine.MySQL {
		queries = append(queries, forgotten(in.TargetServer.Version)...)
	}
	foreign, err := foreignParts(ctx, in, queries)
	if err != nil {
		return nil, err
	}
	more, err := further(ctx, in)
	if err != nil {
		return nil, err
	}
	foreign = append(foreign, more...)
	if in.SourceServer.Flavour == engine.MySQL && (in.TargetServer.Flavour == engine.MariaDB || !engine.AtLeast(in.TargetServer.Version, 8)) {
		foreign = append(foreign, zeroComments(in)...)
	}
	inPlan := planned(in.Plan)
	if in.SourceServer.Flavour != in.TargetServer.Flavour {
		options, err := tableOptions(ctx, in)
		if err != nil {
			return nil, err
		}
		foreign = append(foreign, second(options, inPlan)...)
	}
	findings, err := descendingKeys(ctx, in)
	if err != nil {
		return nil, err
	}
	if len(foreign) > 0 {
		slices.Sort(foreign)
		findings = append(findings, block("definition_not_on_target", foreign,
			"The target's kind or version of server has nothing equal to: "+join(foreign)+".", "目标服务器的类型或版本没有与以下定义等价的功能："+join(foreign)+"。",
			"Leave these tables out, or change their definitions.", "请排除这些表，或更改其定义。"))
	}
	return findings, nil
}

// foreignParts lists what the queries find in the tables of the plan.
func foreignParts(ctx context.Context, in engine.CheckInput, queries []string) ([]string, error) {
	var foreign []string
	for _, query := range queries {
		rows, err := table(ctx, in.Source, query, in.Spec.SourceDatabase)
		if engine.ServerSaid(err, 1054, 1109) { // an older server without this property
			continue
		}
		if err != nil {
			return nil, err
		}
		foreign = append(foreign, second(rows, planned(in.Plan))...)
	}
	return foreign, nil
}

// descendingKeys names the keys that an older target builds ascending, whatever their definition says.
func descendingKeys(ctx context.Context, in engine.CheckInput) ([]engine.Finding, error) {
	has := engine.AtLeast(in.TargetServer.Version, 8)
	if in.TargetServer.Flavour == engine.MariaDB {
		has = engine.AtLeast(in.TargetServer.Version, 10, 8)
	}
	if has {
		return nil, nil
	}
	keys, err := foreignParts(ctx, in, []string{descending})
	if err != nil || len(keys) == 0 {
		return nil, err
	}
	return []engine.Finding{confirm("descending_keys_ignored", keys,
		"The target's version builds every key in ascending order, also these: "+join(keys)+".", "目标版本的索引一律按升序建立，包括："+join(keys)+"。",
		"Rows stay the same; only queries that sort in mixed order may take longer.", "数据不变，仅混合排序的查询可能变慢。")}, nil
}

// Each query gives a table and what is foreign about it.
const (
	indexExpression  = "SELECT DISTINCT TABLE_NAME, CONCAT(TABLE_NAME, '.', INDEX_NAME, ' (expression)') FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = ? AND EXPRESSION IS NOT NULL"
	checkNotEnforced = "SELECT TABLE_NAME, CONCAT(TABLE_NAME, '.', CONSTRAINT_NAME, ' (NOT ENFORCED)') FROM information_schema.TABLE_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = ? AND ENFORCED = 'NO'"
	hiddenNeeded     = "SELECT TABLE_NAME, CONCAT(TABLE_NAME, '.', COLUMN_NAME, ' (INVISIBLE NOT NULL without DEFAULT)') FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? " +
		"AND EXTRA LIKE '%INVISIBLE%' AND EXTRA NOT LIKE '%auto_increment%' AND IS_NULLABLE = 'NO' AND COLUMN_DEFAULT IS NULL AND GENERATION_EXPRESSION = ''"
	setDefault       = "SELECT TABLE_NAME, CONCAT(TABLE_NAME, '.', CONSTRAINT_NAME, ' (SET DEFAULT)') FROM information_schema.REFERENTIAL_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = ? AND 'SET DEFAULT' IN (DELETE_RULE, UPDATE_RULE)"
	indexCommentNul  = "SELECT DISTINCT TABLE_NAME, CONCAT(TABLE_NAME, '.', INDEX_NAME, ' (a zero byte in its comment)') FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = ? AND LOCATE(CHAR(0), INDEX_COMMENT) > 0"
	indexInvisible   = "SELECT DISTINCT TABLE_NAME, CONCAT(TABLE_NAME, '.', INDEX_NAME, ' (INVISIBLE)') FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = ? AND IS_VISIBLE = 'NO'"
	indexIgnored     = "SELECT DISTINCT TABLE_NAME, CONCAT(TABLE_NAME, '.', INDEX_NAME, ' (IGNORED)') FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = ? AND IGNORED = 'YES'"
	columnCompressed = "SELECT TABLE_NAME, CONCAT(TABLE_NAME, '.', COLUMN_NAME, ' (COMPRESSED)') FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? AND COLUMN_TYPE LIKE '%COMPRESSED%'"
	columnHidden     = "SELECT TABLE_NAME, CONCAT(TABLE_NAME, '.', COLUMN_NAME, ' (INVISIBLE)') FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? AND EXTRA LIKE '%INVISIBLE%'"
	checks           = "SELECT TABLE_NAME, CONCAT(TABLE_NAME, '.', CONSTRAINT_NAME, ' (CHECK)') FROM information_schema.TABLE_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = ? AND CONSTRAINT_TYPE = 'CHECK'"
	descending       = "SELECT DISTINCT TABLE_NAME, CONCAT(TABLE_NAME, '.', INDEX_NAME) FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = ? AND COLLATION = 'D'"
	countedFloat     = "SELECT TABLE_NAME, CONCAT(TABLE_NAME, '.', COLUMN_NAME, ' (', UPPER(DATA_TYPE), ' AUTO_INCREMENT)') FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? AND EXTRA LIKE '%auto_increment%' AND DATA_TYPE IN ('float', 'double')"
	textDefault      = "SELECT TABLE_NAME, CONCAT(TABLE_NAME, '.', COLUMN_NAME, ' (', UPPER(DATA_TYPE), ' with DEFAULT)') FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? " +
		"AND COLUMN_DEFAULT <> 'NULL' AND (DATA_TYPE LIKE '%text' OR DATA_TYPE LIKE '%blob')"
)

func fromMySQL(mariaDB string) []string {
	queries := []string{indexExpression, checkNotEnforced, hiddenNeeded, indexCommentNul, setDefault}
	if !engine.AtLeast(mariaDB, 10, 6) {
		queries = append(queries, indexInvisible)
	}
	return queries
}

func fromMariaDB(mySQL string) []string {
	queries := []string{columnCompressed, twoDigitYear, checkValue}
	if !engine.AtLeast(mySQL, 8) {
		queries = append(queries, indexIgnored)
	}
	if !engine.AtLeast(mySQL, 8, 0, 13) {
		queries = append(queries, textDefault)
	}
	if engine.AtLeast(mySQL, 8) {
		queries = append(queries, parted)
	}
	if engine.AtLeast(mySQL, 8, 4) {
		queries = append(queries, countedFloat)
	}
	if !engine.AtLeast(mySQL, 8, 0, 23) {
		queries = append(queries, columnHidden)
	}
	return queries
}

// forgotten is what an older MySQL reads and keeps nothing of, or keeps as something else.
func forgotten(mySQL string) []string {
	var queries []string
	if !engine.AtLeast(mySQL, 8) {
		queries = append(queries, setDefault, indexCommentNul)
	}
	if !engine.AtLeast(mySQL, 8, 0, 16) {
		queries = append(queries, checks)
	}
	return queries
}

// sharedOptions are table options that both flavours have, with what they are set to.
var sharedOptions = regexp.MustCompile(`(?i)(?:^|\s)(partitioned|(row_format|stats_persistent|stats_auto_recalc|stats_sample_pages|key_block_size|avg_row_length|max_rows|min_rows|checksum|pack_keys|delay_key_write)=\S+|encryption=["']n["'])`)

// tableOptions lists the tables with options of one flavour.
func tableOptions(ctx context.Context, in engine.CheckInput) ([][]string, error) {
	rows, err := table(ctx, in.Source, "SELECT TABLE_NAME, CREATE_OPTIONS FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_TYPE <> 'VIEW'", in.Spec.SourceDatabase)
	if err != nil {
		return nil, err
	}
	var foreign [][]string
	for _, row := range rows {
		if rest := strings.TrimSpace(sharedOptions.ReplaceAllString(row[1], "")); rest != "" {
			foreign = append(foreign, []string{row[0], row[0] + " (" + rest + ")"})
		}
	}
	return foreign, nil
}
