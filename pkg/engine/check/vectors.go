package check

import (
	"context"

	"overmind/pkg/engine"
)

// vectors refuses values without any number in them: a server makes them where a VECTOR column without a default joins
// rows that are there, and takes them from nobody.
func vectors(ctx context.Context, in engine.CheckInput) ([]engine.Finding, error) {
	if in.Spec.Content == engine.StructureOnly {
		return nil, nil
	}
	rows, err := table(ctx, in.Source, `SELECT TABLE_NAME, COLUMN_NAME FROM information_schema.COLUMNS
		WHERE TABLE_SCHEMA = ? AND DATA_TYPE = 'vector' ORDER BY TABLE_NAME, ORDINAL_POSITION`, in.Spec.SourceDatabase)
	if err != nil {
		return nil, err
	}
	probes := map[string][]probe{}
	for _, row := range rows {
		probes[row[0]] = append(probes[row[0]], probe{row[0] + "." + row[1], "LENGTH(" + engine.Ident(row[1]) + ") = 0"})
	}
	empty, err := met(ctx, in, probes)
	if len(empty) == 0 {
		return nil, err
	}
	return []engine.Finding{block("vector_empty", empty,
		"These VECTOR columns hold values without any number, which no server accepts: "+join(empty)+".", "以下 VECTOR 列中有不含任何数字的空值，服务器不接受写入："+join(empty)+"。",
		"Give these rows a vector on the source, or let the column be NULL and set it to NULL there.", "请在源端为这些行填入向量，或将列改为可为 NULL 并置为 NULL。")}, err
}
