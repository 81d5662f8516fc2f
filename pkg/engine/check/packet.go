package check

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"overmind/pkg/engine"
)

// statementOverhead is room for INSERT INTO, the table's and the columns' names.
const statementOverhead = 64 << 10

// wideColumn is a column that can hold much; the factors are how much longer its values go over than they are stored.
type wideColumn struct {
	name           string
	most           int64
	least, longest int64 // in a statement binary is written in hex, and text may be escaped
}

// packet compares the longest row with what the target accepts in one statement. Only tables whose types could exceed
// it are read.
func packet(ctx context.Context, in engine.CheckInput) ([]engine.Finding, error) {
	if in.Spec.Content == engine.StructureOnly {
		return nil, nil
	}
	var accepted int64
	if err := in.Target.QueryRowContext(ctx, "SELECT @@global.max_allowed_packet").Scan(&accepted); err != nil {
		return nil, err
	}
	loaded, err := byLoadData(ctx, in)
	if err != nil {
		return nil, err
	}
	wide, err := wideTables(ctx, in, accepted, loaded)
	if err != nil {
		return nil, err
	}
	var findings []engine.Finding
	for _, t := range in.Plan.Tables {
		columns := wide[t.Name]
		if len(columns) == 0 {
			continue
		}
		least, longest, err := longestRow(ctx, in, t.Name, columns)
		if err != nil {
			findings = append(findings, unfinished("packet "+t.Name, err))
			continue
		}
		findings = append(findings, judgeRow(t.Name, least+statementOverhead, longest+statementOverhead, accepted)...)
	}
	return findings, nil
}

// byLoadData tells whether rows go over as they are, and not as a part of statements.
func byLoadData(ctx context.Context, in engine.CheckInput) (bool, error) {
	for _, t := range in.Plan.Tables {
		if t.Executor != engine.ExecutorNative {
			return false, nil
		}
	}
	var allowed bool
	err := in.Target.QueryRowContext(ctx, "SELECT @@global.local_infile").Scan(&allowed)
	return allowed, err
}

// wideTables lists, for the tables whose types could exceed the packet, the columns that make them so.
func wideTables(ctx context.Context, in engine.CheckInput, accepted int64, loaded bool) (map[string][]wideColumn, error) {
	rows, err := table(ctx, in.Source, `SELECT TABLE_NAME, COLUMN_NAME, LOWER(DATA_TYPE), CHARACTER_OCTET_LENGTH
		FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? AND (CHARACTER_OCTET_LENGTH IS NOT NULL
			OR DATA_TYPE IN ('json', 'geometry', 'geomcollection', 'geometrycollection', 'linestring', 'polygon', 'multipoint', 'multilinestring', 'multipolygon', 'vector'))`,
		in.Spec.SourceDatabase)
	if err != nil {
		return nil, err
	}
	inPlan, most, wide := planned(in.Plan), map[string]int64{}, map[string][]wideColumn{}
	for _, row := range rows {
		name, kind := row[0], row[2]
		if !inPlan[name] {
			continue
		}
		c := wideColumn{name: row[1], most: 4 << 30, least: 2, longest: 2}
		if row[3] != "" {
			if c.most, err = strconv.ParseInt(row[3], 10, 64); err != nil {
				return nil, err
			}
		}
		if loaded {
			c.least, c.longest = 1, 1
		} else if strings.HasSuffix(kind, "text") || strings.HasSuffix(kind, "char") || kind == "json" {
			c.least = 1
		}
		most[name] += c.most * c.longest
		wide[name] = append(wide[name], c)
	}
	for name, m := range most {
		if m+statementOverhead <= accepted {
			delete(wide, name)
		}
	}
	return wide, nil
}

// longestRow measures the longest row of a table as a statement holds it: at least, and at most.
func longestRow(ctx context.Context, in engine.CheckInput, name string, columns []wideColumn) (least, longest int64, err error) {
	// information_schema promises no order; the same statement is easier to find in the server's logs.
	slices.SortFunc(columns, func(a, b wideColumn) int { return strings.Compare(a.name, b.name) })
	var atLeast, atMost []string
	for _, c := range columns {
		length := "COALESCE(LENGTH(" + engine.Ident(c.name) + "), 0)"
		atLeast = append(atLeast, fmt.Sprintf("%d * %s", c.least, length))
		atMost = append(atMost, fmt.Sprintf("%d * %s", c.longest, length))
	}
	query := limited(in.SourceServer.Flavour, fmt.Sprintf("COALESCE(MAX(%s), 0), COALESCE(MAX(%s), 0) FROM %s",
		strings.Join(atLeast, " + "), strings.Join(atMost, " + "), engine.QName(in.Spec.SourceDatabase, name)))
	err = in.Source.QueryRowContext(ctx, query).Scan(&least, &longest)
	return least, longest, err
}

func judgeRow(name string, least, longest, accepted int64) []engine.Finding {
	if longest <= accepted {
		return nil
	}
	code, level := "row_too_large", engine.Block
	if least <= accepted {
		code, level = "row_may_be_too_large", engine.Confirm
	}
	needed := (longest + 1023) / 1024 * 1024
	return []engine.Finding{engine.NewFinding(level, code, []string{name},
		fmt.Sprintf("The longest row of %s takes up to %d bytes in a statement; the target accepts %d (max_allowed_packet).", name, longest, accepted),
		fmt.Sprintf("表 %s 最长的一行在语句中最多占 %d 字节，目标端只接受 %d 字节（max_allowed_packet）。", name, longest, accepted),
		fmt.Sprintf("Run on the target: SET GLOBAL max_allowed_packet = %d;", needed),
		fmt.Sprintf("请在目标端执行：SET GLOBAL max_allowed_packet = %d;", needed))}
}
