package check

import (
	"context"
	"slices"
	"strings"

	"overmind/pkg/engine"
)

// flavours refuses definitions that the other flavour does not have. Some it would refuse itself, but it takes MySQL's
// newer properties for comments and leaves them out without a word.
func flavours(ctx context.Context, in engine.CheckInput) ([]engine.Finding, error) {
	if in.SourceServer.Flavour == in.TargetServer.Flavour {
		return nil, nil
	}
	queries := fromMariaDB
	if in.SourceServer.Flavour == engine.MySQL {
		queries = fromMySQL
	}
	inPlan := planned(in.Plan)
	var foreign []string
	for _, query := range queries {
		rows, err := table(ctx, in.Source, query, in.Spec.SourceDatabase)
		if engine.ServerSaid(err, 1054, 1109) { // an older server without this property
			continue
		}
		if err != nil {
			return nil, err
		}
		foreign = append(foreign, second(rows, inPlan)...)
	}
	var findings []engine.Finding
	if len(foreign) > 0 {
		slices.Sort(foreign)
		findings = append(findings, block("definition_not_on_target", foreign,
			"The target's kind of server has nothing equal to: "+join(foreign)+".", "目标类型的服务器没有与以下定义等价的功能："+join(foreign)+"。",
			"Leave these tables out, or change their definitions.", "请排除这些表，或更改其定义。"))
	}
	if in.SourceServer.Flavour != engine.MySQL {
		return findings, nil
	}
	rows, err := table(ctx, in.Source, `SELECT TABLE_NAME, CONCAT(TABLE_NAME, '.', COLUMN_NAME) FROM information_schema.COLUMNS
		WHERE TABLE_SCHEMA = ? AND DATA_TYPE = 'json' ORDER BY TABLE_NAME, ORDINAL_POSITION`, in.Spec.SourceDatabase)
	if err != nil {
		return findings, err
	}
	if texts := second(rows, inPlan); len(texts) > 0 {
		findings = append(findings, confirm("json_becomes_text", texts,
			"MariaDB keeps JSON as text that it checks: it sorts and compares these columns as text: "+join(texts)+".",
			"MariaDB 以经过校验的文本保存 JSON，以下列将按文本排序和比较："+join(texts)+"。",
			"Make sure that nothing on the target relies on MySQL's order or equality of JSON.", "请确认目标端不依赖 MySQL 的 JSON 排序或相等规则。"))
	}
	return findings, nil
}

// Each query gives a table and what is foreign about it.
var (
	fromMySQL = []string{
		"SELECT TABLE_NAME, CONCAT(TABLE_NAME, '.', COLUMN_NAME, ' (INVISIBLE)') FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? AND EXTRA LIKE '%INVISIBLE%'",
		"SELECT TABLE_NAME, CONCAT(TABLE_NAME, '.', COLUMN_NAME, ' (SRID ', SRS_ID, ')') FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? AND SRS_ID IS NOT NULL",
		"SELECT DISTINCT TABLE_NAME, CONCAT(TABLE_NAME, '.', INDEX_NAME, ' (expression)') FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = ? AND EXPRESSION IS NOT NULL",
		"SELECT DISTINCT TABLE_NAME, CONCAT(TABLE_NAME, '.', INDEX_NAME, ' (INVISIBLE)') FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = ? AND IS_VISIBLE = 'NO'",
		"SELECT TABLE_NAME, CONCAT(TABLE_NAME, '.', CONSTRAINT_NAME, ' (NOT ENFORCED)') FROM information_schema.TABLE_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = ? AND ENFORCED = 'NO'",
	}
	fromMariaDB = []string{
		"SELECT TABLE_NAME, CONCAT(TABLE_NAME, '.', COLUMN_NAME, ' (', UPPER(DATA_TYPE), ' with DEFAULT)') FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? " +
			"AND COLUMN_DEFAULT <> 'NULL' AND DATA_TYPE IN (" + quoted("tinytext text mediumtext longtext tinyblob blob mediumblob longblob json geometry point linestring polygon multipoint multilinestring multipolygon geometrycollection") + ")",
		"SELECT TABLE_NAME, CONCAT(TABLE_NAME, '.', COLUMN_NAME, ' (DEFAULT ', COLUMN_DEFAULT, ')') FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? " +
			"AND COLUMN_DEFAULT LIKE '%(%' AND COLUMN_DEFAULT NOT LIKE '\\'%' AND COLUMN_DEFAULT NOT LIKE '(%' AND COLUMN_DEFAULT NOT LIKE 'current_timestamp(%'",
		"SELECT DISTINCT TABLE_NAME, CONCAT(TABLE_NAME, '.', INDEX_NAME, ' (IGNORED)') FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = ? AND IGNORED = 'YES'",
		"SELECT TABLE_NAME, CONCAT(TABLE_NAME, '.', COLUMN_NAME, ' (COMPRESSED)') FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? AND COLUMN_TYPE LIKE '%COMPRESSED%'",
		"SELECT TABLE_NAME, CONCAT(TABLE_NAME, ' (', CREATE_OPTIONS, ')') FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? " +
			"AND REGEXP_REPLACE(CREATE_OPTIONS, '(?i)(partitioned|((row_format|stats_persistent|stats_auto_recalc|stats_sample_pages|key_block_size|avg_row_length|max_rows|min_rows|checksum|pack_keys|delay_key_write)=\\\\S+)|\\\\s)', '') <> ''",
	}
)

// quoted makes a list for IN () from words.
func quoted(words string) string { return "'" + strings.Join(strings.Fields(words), "', '") + "'" }
