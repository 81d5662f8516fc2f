package check

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"overmind/pkg/engine"
)

// ranges looks for values that the target's columns do not take: MariaDB's TIME goes on for a fraction of a second after
// MySQL's, and its TIMESTAMP begins a second earlier and, from 11.5 on, ends in 2106 and not in 2038; a geometry without a
// byte is what ALTER TABLE leaves in a new column, and no server takes it; and a FLOAT or DOUBLE with a set number of digits
// may have come to more of them from another column.
func ranges(ctx context.Context, in engine.CheckInput) ([]engine.Finding, error) {
	if in.Spec.Content == engine.StructureOnly {
		return nil, nil
	}
	rows, err := table(ctx, in.Source, `SELECT TABLE_NAME, COLUMN_NAME, DATA_TYPE, COALESCE(DATETIME_PRECISION, 0) > 0, NUMERIC_PRECISION, NUMERIC_SCALE FROM information_schema.COLUMNS
		WHERE TABLE_SCHEMA = ? AND (DATA_TYPE IN ('time', 'timestamp') AND COALESCE(GENERATION_EXPRESSION, '') NOT IN ('ROW START', 'ROW END')
		OR DATA_TYPE IN ('float', 'double') AND NUMERIC_SCALE IS NOT NULL
		OR IS_NULLABLE = 'NO' AND DATA_TYPE IN ('geometry', 'point', 'linestring', 'polygon', 'multipoint', 'multilinestring', 'multipolygon', 'geomcollection', 'geometrycollection'))
		ORDER BY TABLE_NAME, ORDINAL_POSITION`, in.Spec.SourceDatabase)
	if err != nil {
		return nil, err
	}
	probes := map[string][]probe{}
	for _, row := range rows {
		test := "LENGTH(%s) = 0"
		switch row[2] {
		case "time":
			test = timeBeyond(in.SourceServer, in.TargetServer, row[3] == "1")
		case "timestamp":
			test = timestampBeyond(in.SourceServer, in.TargetServer, row[3] == "1")
		case "float", "double":
			test = "ABS(%[1]s) > " + beyondDigits(row[2], row[4], row[5])
		}
		if test != "" {
			probes[row[0]] = append(probes[row[0]], probe{row[0] + "." + row[1], fmt.Sprintf(test, engine.Ident(row[1]))})
		}
	}
	beyond, err := met(ctx, in, probes)
	if len(beyond) == 0 {
		return nil, err
	}
	return []engine.Finding{block("value_not_on_target", beyond,
		"These columns hold values that the target does not take: "+join(beyond)+".", "以下列含有目标端无法接受的值："+join(beyond)+"。",
		"Change them on the source (TIME to 838:59:59 at most, TIMESTAMP from 1970-01-01 00:00:01 to 2038-01-19 03:14:07 UTC, an empty geometry to a real one, FLOAT and DOUBLE to the digits of their column), or leave these tables out.",
		"请在源端修改（TIME 最大为 838:59:59，TIMESTAMP 为 UTC 1970-01-01 00:00:01 至 2038-01-19 03:14:07，空的几何值改为有效值，FLOAT 和 DOUBLE 不超过列的位数），或排除这些表。")}, err
}

// timeBeyond is true of the values of a TIME column that the target does not take; empty = it takes all.
func timeBeyond(from, to engine.Server, fractions bool) string {
	if from.Flavour == engine.MariaDB && to.Flavour == engine.MySQL && fractions {
		return "%[1]s > '838:59:59' OR %[1]s < '-838:59:59'"
	}
	return ""
}

// timestampBeyond is timeBeyond of a TIMESTAMP column.
func timestampBeyond(from, to engine.Server, fractions bool) string {
	var tests []string
	if from.Flavour == engine.MariaDB && to.Flavour == engine.MySQL && fractions {
		tests = append(tests, "UNIX_TIMESTAMP(%[1]s) > 0 AND UNIX_TIMESTAMP(%[1]s) < 1")
	}
	if until2106(from) && !until2106(to) {
		tests = append(tests, "UNIX_TIMESTAMP(%[1]s) >= 2147483648")
	}
	return strings.Join(tests, " OR ")
}

// until2106 tells whether the TIMESTAMPs of a server go on after 2038: https://jira.mariadb.org/browse/MDEV-32188.
func until2106(s engine.Server) bool {
	return s.Flavour == engine.MariaDB && engine.AtLeast(s.Version, 11, 5)
}

// beyondDigits is a little more than the greatest value of so many digits: what is stored of that may be rounded up.
func beyondDigits(dataType, precision, scale string) string {
	digits, _ := strconv.Atoi(precision)
	behind, _ := strconv.Atoi(scale)
	rounding := 1e-15
	if dataType == "float" {
		rounding = 1e-6
	}
	return strconv.FormatFloat(engine.Greatest(digits, behind)*(1+rounding), 'e', -1, 64)
}
