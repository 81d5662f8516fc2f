package store_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"overmind/pkg/ticket"
)

// A page is put together from a query for each end of the copy, or for a part of the tickets with a rare word.
func TestList_PagesOfEitherEndAndOfAWordHaveEachTicketOnce(t *testing.T) {
	t.Parallel()
	b := onMariaDB(t)
	var all, wanted, worded []int64
	names := []string{"a", "b", "c"}
	for i := range 27 {
		source, target := names[i%3], names[i/3%3]+"_copy"
		if i%4 == 0 {
			target = "a"
		}
		d := ticket.Draft{Kind: "copy", Title: fmt.Sprintf("nightly%d refresh", i%2), Spec: fmt.Appendf(nil, `{"Source":%q,"Target":%q}`, source, target)}
		v, err := b.tickets.Submit(t.Context(), ann, d)
		require.NoError(t, err)
		all = append(all, v.ID)
		if source == "a" || target == "a" {
			wanted = append(wanted, v.ID)
			if i%2 == 1 {
				worded = append(worded, v.ID)
			}
		}
	}
	long := b.get(t, all[0]).SubmittedAt.Add(-time.Hour)
	for name, c := range map[string]struct {
		ticket.Filter
		want []int64
	}{
		"either end":       {ticket.Filter{Database: "a"}, wanted},
		"and a word":       {ticket.Filter{Database: "a", Query: "nightly1"}, worded},
		"and two ends":     {ticket.Filter{Database: "a", InstanceID: 1, EnvironmentID: 2}, wanted},
		"and a time":       {ticket.Filter{Database: "a", Since: long, Until: long.Add(24 * time.Hour)}, wanted},
		"before all":       {ticket.Filter{Until: long}, nil},
		"after all":        {ticket.Filter{Since: long.Add(24 * time.Hour)}, nil},
		"a word of nobody": {ticket.Filter{Query: "xyzzy"}, nil},
	} {
		for _, ascending := range []bool{true, false} {
			c.Ascending = ascending
			want := slices.Clone(c.want)
			if !ascending {
				slices.Reverse(want)
			}
			var got []int64
			for page := (ticket.Page{Limit: 4}); ; {
				list, err := b.tickets.List(t.Context(), dora, c.Filter, page)
				require.NoError(t, err)
				for _, v := range list {
					got = append(got, v.ID)
				}
				if len(list) < page.Limit {
					break
				}
				page.After = got[len(got)-1]
			}
			require.Equal(t, want, got, "%s, ascending %v", name, ascending)
		}
	}
}
