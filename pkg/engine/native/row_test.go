package native

import (
	"database/sql/driver"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestGeneratedColumnsAreComputedByTheTarget(t *testing.T) {
	t.Parallel()
	table := &Table{Target: "`s`.`t`", Columns: []Column{{Ident: "`id`", Type: "int"}, {Ident: "`g`", Type: "json", Generated: true}}}
	assert.True(t, strings.HasSuffix(table.loadStatement("rows", false), " (`id`, @om1)"))
	tuple, err := appendTuple(nil, []driver.Value{int64(7), []byte("{}")}, []string{table.Columns[0].write(false), table.Columns[1].write(false)})
	require.NoError(t, err)
	assert.Equal(t, "(7,DEFAULT)", string(tuple))
}
