package engine

import (
	"context"
	"database/sql"
	"math"
	"slices"
	"strings"

	"overmind/pkg/engine/native"
	"overmind/pkg/fault"
)

// assignExecutor writes into the plan which executor moves each table, and why. All tables have to come from one
// snapshot, and the client programs open their own: so one executor moves them all, the native one where it can.
func assignExecutor(ctx context.Context, spec Spec, source, target *sql.DB, plan *Plan) ([]Finding, error) {
	tables, err := readNativeTables(ctx, source, spec.SourceDatabase, false)
	if err != nil {
		return nil, err
	}
	var cannot []string
	for _, t := range plan.Tables {
		if tables[t.Name] == nil {
			cannot = append(cannot, t.Name)
		}
	}
	executor := ExecutorNative
	reason := Text{EN: "Rows are moved directly and compared on both sides.", ZH: "直接搬运数据行，并逐段比对两端。"}
	switch {
	case spec.Executor == ExecutorPipe:
		executor = ExecutorPipe
		reason = Text{EN: "The client programs were asked for.", ZH: "已指定使用客户端程序。"}
	case spec.Content == StructureOnly:
		reason = Text{EN: "Only the structure is copied.", ZH: "仅复制结构。"}
	case len(cannot) > 0:
		executor = ExecutorPipe
		reason = Text{
			EN: "The client programs copy all tables in one snapshot, because only they can copy " + strings.Join(cannot, ", ") + ".",
			ZH: "表 " + strings.Join(cannot, "、") + " 只能由客户端程序复制，为保证同一快照，所有表均由其复制。",
		}
	}
	for i, t := range plan.Tables {
		plan.Tables[i].Executor, plan.Tables[i].Reason = executor, reason
		if executor == ExecutorNative && spec.Content == StructureAndData && t.Bytes >= 2*chunkBytes && tables[t.Name].Key == nil {
			plan.Tables[i].Reason = Text{
				EN: "Rows are moved directly and compared on both sides, by one session, because the table has no key that splits it.",
				ZH: "直接搬运数据行并比对两端；该表没有可用于切分的键，只能由一个会话读取。",
			}
		}
	}
	if spec.Executor == ExecutorNative && executor != ExecutorNative {
		return []Finding{block("native_not_possible", cannot,
			"These tables cannot be copied by the native engine: "+strings.Join(cannot, ", ")+".", "原生引擎无法复制以下表："+strings.Join(cannot, "、")+"。",
			"Use the engine auto or pipe, or leave these tables out.", "请使用 auto 或 pipe 引擎，或排除这些表。")}, nil
	}
	if executor == ExecutorPipe || spec.Content == StructureOnly {
		return nil, nil
	}
	allowed, err := localInfile(ctx, target)
	if err != nil || allowed {
		return nil, err
	}
	return []Finding{{Level: Note, Code: "local_infile_off",
		Message: Text{EN: "The target does not allow LOAD DATA LOCAL; rows are inserted, which takes longer.", ZH: "目标端未启用 LOAD DATA LOCAL，将改用 INSERT，耗时更长。"},
		Remedy:  Text{EN: "For more speed, run on the target: SET GLOBAL local_infile = ON;", ZH: "如需更快，请在目标端执行：SET GLOBAL local_infile = ON;"}}}, nil
}

// executor is the one that moves all tables of the plan.
func (p Plan) executor(spec Spec) Executor {
	byPipe := func(t PlannedTable) bool { return t.Executor != ExecutorNative }
	if spec.Executor == ExecutorPipe || slices.ContainsFunc(p.Tables, byPipe) {
		return ExecutorPipe
	}
	return ExecutorNative
}

func localInfile(ctx context.Context, target queryer) (bool, error) {
	var allowed bool
	err := target.QueryRowContext(ctx, "SELECT @@global.local_infile").Scan(&allowed)
	return allowed, err
}

// readNativeTables describes the tables of a database that can be moved natively: those all of whose columns have types
// that are moved exactly. Of the generated columns it describes those whose values are to be compared: the stored ones,
// which the settings of the session decide that wrote a row, and with virtual those too that are computed by each server.
func readNativeTables(ctx context.Context, db queryer, database string, virtual bool) (map[string]*native.Table, error) {
	tables, cannot, first := map[string]*native.Table{}, map[string]bool{}, map[string]string{}
	columns := map[[2]string]native.KeyColumn{}
	computed := map[string][]native.Column{}
	err := eachRow(ctx, db, `SELECT TABLE_NAME, COLUMN_NAME, LOWER(DATA_TYPE), COALESCE(CHARACTER_SET_NAME, ''), COALESCE(COLLATION_NAME, ''),
		COALESCE(GENERATION_EXPRESSION, '') <> '', EXTRA LIKE '%STORED%', IS_NULLABLE = 'NO', EXTRA LIKE '%auto_increment%', COALESCE(NUMERIC_PRECISION, 0), COALESCE(NUMERIC_SCALE, -1) FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ?
		ORDER BY TABLE_NAME, ORDINAL_POSITION`, database, func(scan func(...any) error) error {
		var table, name string
		var generated, stored, needed, counted bool
		var precision, scale int
		var c native.KeyColumn
		if err := scan(&table, &name, &c.Type, &c.CharacterSet, &c.Collation, &generated, &stored, &needed, &counted, &precision, &scale); err != nil {
			return err
		}
		c.Ident = Ident(name)
		if tables[table] == nil {
			tables[table] = &native.Table{Name: table, Source: QName(database, table)}
			first[table] = c.Ident
		}
		if generated {
			if tables[table].Computes = true; needed {
				tables[table].Defaulted = append(tables[table].Defaulted, c.Ident)
			}
			if (stored || virtual) && native.Moves(c.Type) {
				computed[table] = append(computed[table], native.Column{Ident: c.Ident, Type: c.Type, Generated: true})
			}
			return nil
		}
		columns[[2]string{table, name}] = c
		column := native.Column{Ident: c.Ident, Type: c.Type}
		if c.Type == "float" && scale >= 0 {
			column.Most = Greatest(precision, scale)
		}
		tables[table].Columns = append(tables[table].Columns, column)
		tables[table].Serial = tables[table].Serial || counted // see move
		cannot[table] = cannot[table] || !native.Moves(c.Type)
		return nil
	})
	if err != nil {
		return nil, err
	}
	for name, t := range tables {
		if len(t.Columns) == 0 {
			t.Columns = []native.Column{{Ident: first[name], Type: native.OnlyGenerated}}
		}
		if t.Columns = append(t.Columns, computed[name]...); cannot[name] {
			delete(tables, name)
		}
	}
	return tables, readKeys(ctx, db, database, tables, columns)
}

// Greatest is the greatest value of a FLOAT or DOUBLE column with so many digits, of which scale stand behind the point.
func Greatest(precision, scale int) float64 {
	return math.Pow10(precision-scale) - 1/math.Pow10(scale) // as the servers reckon
}

// readKeys finds for each table the key whose ranges split it: the primary key, else any unique one without NULLs.
// columns are those that are not computed: a key may hold what an expression came to when the row was written.
func readKeys(ctx context.Context, db queryer, database string, tables map[string]*native.Table, columns map[[2]string]native.KeyColumn) error {
	keys := map[[2]string]*native.Key{}
	unfit := map[[2]string]bool{}
	var order [][2]string
	err := eachRow(ctx, db, `SELECT TABLE_NAME, INDEX_NAME, COALESCE(COLUMN_NAME, ''), SUB_PART IS NULL AND COALESCE(NULLABLE, '') <> 'YES' AND INDEX_TYPE = 'BTREE'
		FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = ? AND NON_UNIQUE = 0
		ORDER BY TABLE_NAME, INDEX_NAME <> 'PRIMARY', INDEX_NAME, SEQ_IN_INDEX`, database, func(scan func(...any) error) error {
		var table, index, column string
		var whole bool
		if err := scan(&table, &index, &column, &whole); err != nil {
			return err
		}
		id := [2]string{table, index}
		if keys[id] == nil {
			keys[id] = &native.Key{Primary: index == "PRIMARY"}
			order = append(order, id)
		}
		c := columns[[2]string{table, column}]
		keys[id].Columns = append(keys[id].Columns, c)
		unfit[id] = unfit[id] || !whole || !c.Splits()
		return nil
	})
	for _, id := range order {
		if t := tables[id[0]]; t != nil && t.Key == nil && !unfit[id] {
			t.Key = keys[id]
		}
	}
	return err
}

// readColumns prepares the tables of the run for being moved natively.
func (r *run) readColumns(ctx context.Context) error {
	tables, err := readNativeTables(ctx, r.source, r.spec.SourceDatabase, !r.translation.same())
	if err != nil {
		return err
	}
	for _, t := range r.tables {
		if t.native = tables[t.name]; t.native == nil {
			if r.spec.Content == StructureOnly {
				continue
			}
			return fault.New(fault.Conflict, "source_changed", "Table %s has changed on the source since the plan was made.", t.name)
		}
		t.native.Target = QName(r.names.Staging, t.name)
		t.native.Counter = counterOf(t.ddl.create)
		t.native.Partitioned = partitioned(t.definition)
		t.native.Reordered = r.translation.reorders(t.native.Key)
		t.native.EstimatedRows, t.native.EstimatedBytes = t.planned.Rows, t.planned.Bytes
	}
	return nil
}
