package pipe

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRanges_CutWhatIsMuchLargerThanOneShare(t *testing.T) {
	t.Parallel()
	require.Equal(t, []int{2, 2, 1, 1}, Ranges([]int64{600, 500, 300, 50}, 4))
	require.Equal(t, []int{4, 1}, Ranges([]int64{1000, 1}, 4))
	require.Equal(t, []int{1, 1, 1, 1}, Ranges([]int64{27, 25, 25, 23}, 4))
	require.Equal(t, []int{1, 1}, Ranges([]int64{0, 0}, 4))
	require.Equal(t, []int{1}, Ranges([]int64{1000}, 1))
}

func TestShares_PackWholeTablesBesideRanges(t *testing.T) {
	t.Parallel()
	require.Equal(t, []Share{
		{Tables: []int{0}, Where: "low"}, {Tables: []int{0}, Where: "high"}, {Tables: []int{2}}, {Tables: []int{1, 3, 4}},
	}, Shares([]int64{900, 100, 300, 100, 0}, [][]string{{"low", "high"}, nil, nil, nil, nil}, 4))
	require.Equal(t, []Share{{Tables: []int{1, 0, 2}}}, Shares([]int64{1, 2, 0}, make([][]string, 3), 1))
	require.Equal(t, []Share{{Tables: []int{0}}, {Tables: []int{1}}}, Shares([]int64{0, 0}, make([][]string, 2), 4))
}

func TestBesides_IsForManyTablesWhoseNamesCannotBeMistaken(t *testing.T) {
	t.Parallel()
	job := &Job{Database: "d", Listed: []string{"other", "view"}}
	var all Share
	for i := range fewTables {
		job.Tables = append(job.Tables, &Table{Name: fmt.Sprint("t", i)})
		job.Listed = append(job.Listed, job.Tables[i].Name)
		all.Tables = append(all.Tables, i)
	}
	ignored, ok := job.besides(all)
	require.True(t, ok)
	require.Equal(t, []string{"other", "view"}, ignored)
	for name, does := range map[string]func(){
		"few tables":    func() { all.Tables = all.Tables[1:] },
		"case":          func() { job.Listed = append(job.Listed, "T1") },
		"other letters": func() { job.Listed = append(job.Listed, "té") },
		"long list":     func() { job.Listed = append(job.Listed, strings.Repeat("x", maxArguments)) },
	} {
		tables, listed := all.Tables, job.Listed
		does()
		_, ok := job.besides(all)
		require.False(t, ok, name)
		all.Tables, job.Listed = tables, listed
	}
}
