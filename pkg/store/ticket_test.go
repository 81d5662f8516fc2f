package store_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"overmind/pkg/event"
	"overmind/pkg/fault"
	"overmind/pkg/localdb"
	"overmind/pkg/testkit"
	"overmind/pkg/ticket"
)

func TestTicket_ALifeOnBothServers(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, server *localdb.Server) {
		b := setup(t, server)
		v, id := b.queued(t, "Refresh orders 订单 🚀")
		require.Equal(t, ticket.Queued, v.State)
		require.Equal(t, "dora", v.ReviewerName)
		require.Equal(t, "production", v.Source.EnvironmentName)
		require.True(t, v.Source.Protected)

		j := b.mustClaim(t, id, "w1")
		require.Equal(t, v.Spec, j.Spec)
		require.Equal(t, ticket.Running, b.get(t, v.ID).State)
		require.NoError(t, b.Commit(t.Context(), id, j.Fence, []byte(`{"do":"swap"}`)))
		require.NoError(t, b.Finish(t.Context(), id, j.Fence, succeeded))

		done := b.get(t, v.ID)
		require.Equal(t, ticket.Succeeded, done.State)
		require.JSONEq(t, `{"rows":7}`, string(done.Report))
		require.Len(t, done.Attempts, 1)
		require.Equal(t, "succeeded", done.Attempts[0].State)
		require.Equal(t, []string{"submitted", "approved", "started", "succeeded"}, b.happened(t, v.ID))
		bad, err := b.VerifyAudit(t.Context())
		require.NoError(t, err)
		require.Empty(t, bad)
	})
}

func TestApprove_OfEightAtOnceOneSucceeds(t *testing.T) {
	t.Parallel()
	t.Run("MariaDB", func(t *testing.T) { t.Parallel(); approveAtOnce(t, onMariaDB(t), 200) })
	t.Run("MySQL", func(t *testing.T) { t.Parallel(); approveAtOnce(t, setup(t, testkit.MySQL(t)), 20) })
}

func approveAtOnce(t *testing.T, b *bench, tickets int) {
	const approvers = 8
	var views []ticket.View
	for i := range tickets {
		views = append(views, b.submit(t, ann, fmt.Sprintf("ticket %d", i)))
	}
	var wg sync.WaitGroup
	var approved, refused atomic.Int64
	other := make(chan error, tickets*approvers)
	for range approvers {
		wg.Go(func() {
			for _, v := range views {
				_, err := b.tickets.Approve(t.Context(), dora, v.ID, approvalOf(v))
				switch {
				case err == nil:
					approved.Add(1)
				case fault.As(err).Kind == fault.Conflict:
					refused.Add(1)
				default:
					other <- err
				}
			}
		})
	}
	wg.Wait()
	close(other)
	for err := range other {
		require.NoError(t, err)
	}
	require.EqualValues(t, tickets, approved.Load())
	require.EqualValues(t, tickets*(approvers-1), refused.Load())
	require.EqualValues(t, tickets, b.number(t, "SELECT COUNT(*) FROM audit WHERE action = 'ticket.approve'"))
	require.EqualValues(t, tickets*(approvers-1), b.number(t, "SELECT COUNT(*) FROM audit WHERE action = 'ticket.approve.refused'"))
	require.EqualValues(t, tickets, b.number(t, "SELECT COUNT(*) FROM jobs"))
	require.EqualValues(t, tickets, b.number(t, "SELECT COUNT(*) FROM events WHERE type = 'ticket.approved'"))
	bad, err := b.VerifyAudit(t.Context())
	require.NoError(t, err)
	require.Empty(t, bad)
}

// Whoever wins, the ticket, its job and its history tell the same story.
func TestRace_EditApproveCancelClaim(t *testing.T) {
	t.Parallel()
	b := onMariaDB(t)
	for i := range 30 {
		v := b.submit(t, ann, fmt.Sprintf("race %d", i))
		var wg sync.WaitGroup
		for _, act := range []func() error{
			func() error { _, err := b.tickets.Approve(t.Context(), dora, v.ID, approvalOf(v)); return err },
			func() error { _, err := b.tickets.Edit(t.Context(), ann, v.ID, 1, draft("edited")); return err },
			func() error {
				_, err := b.tickets.Edit(t.Context(), dirk, v.ID, 1, draft("edited by dirk"))
				return err
			},
			func() error { _, err := b.tickets.Cancel(t.Context(), ann, v.ID); return err },
			func() error { _, err := b.tickets.Withdraw(t.Context(), ann, v.ID, 1); return err },
		} {
			wg.Go(func() {
				if err := act(); err != nil {
					require.Equal(t, fault.Conflict, fault.As(err).Kind, err)
				}
			})
		}
		wg.Wait()
		got := b.get(t, v.ID)
		jobs := b.number(t, "SELECT COUNT(*) FROM jobs WHERE ticket_id = ? AND state = 'queued'", v.ID)
		require.Equal(t, got.State == ticket.Queued, jobs == 1, "state %s with %d queued jobs", got.State, jobs)
		if got.State == ticket.Queued {
			require.Equal(t, 1, got.Version, "approved what nobody looked at")
		}
		require.Equal(t, got.Version == 2, slices.Contains(b.happened(t, v.ID), "edited"))
	}
}

func TestEdit_VoidsTheApprovalAndBarsTheEditor(t *testing.T) {
	t.Parallel()
	b := onMariaDB(t)
	v, _ := b.queued(t, "before")
	v, err := b.tickets.Edit(t.Context(), dirk, v.ID, v.Version, draft("after"))
	require.NoError(t, err)
	require.Equal(t, ticket.PendingReview, v.State)
	require.Zero(t, v.ReviewerID)
	require.Equal(t, []int64{dirk.UserID}, v.EditorIDs)
	require.Zero(t, b.number(t, "SELECT COUNT(*) FROM jobs"))

	_, err = b.tickets.Approve(t.Context(), dirk, v.ID, approvalOf(v))
	requireCode(t, "self_approval", err)
	_, err = b.tickets.Approve(t.Context(), dora, v.ID, ticket.Approval{Version: 1, SpecHash: v.SpecHash, FindingsHash: v.Preflight.Hash})
	requireCode(t, "stale_version", err)
	_, err = b.tickets.Approve(t.Context(), dora, v.ID, approvalOf(v))
	require.NoError(t, err)
}

func TestEdit_OfARunningTicketIsRefused(t *testing.T) {
	t.Parallel()
	b := onMariaDB(t)
	v, id := b.queued(t, "runs")
	b.mustClaim(t, id, "w1")
	_, err := b.tickets.Edit(t.Context(), ann, v.ID, v.Version, draft("late"))
	requireCode(t, "already_running", err)
}

func TestFinalStates_StayFinalInTheStatementItself(t *testing.T) {
	t.Parallel()
	b := onMariaDB(t)
	v := b.submit(t, ann, "over")
	_, err := b.tickets.Withdraw(t.Context(), ann, v.ID, 1)
	require.NoError(t, err)
	_, err = b.Update(t.Context(), v.ID, func(tk *ticket.Ticket) (ticket.Change, error) {
		tk.State = ticket.Queued // past the state machine on purpose
		return ticket.Change{Event: event.Event{Type: "x", Aggregate: ticket.Aggregate}}, nil
	})
	requireCode(t, "wrong_state", err)
	require.Equal(t, ticket.Withdrawn, b.get(t, v.ID).State)
	require.Zero(t, b.number(t, "SELECT COUNT(*) FROM events WHERE type = 'x'"))
}

func TestGet_ForeignLooksLikeMissing(t *testing.T) {
	t.Parallel()
	b := onMariaDB(t)
	v := b.submit(t, ann, "mine")
	_, foreign := b.tickets.Get(t.Context(), bob, v.ID)
	_, missing := b.tickets.Get(t.Context(), bob, 999)
	requireCode(t, "ticket_not_found", foreign)
	require.Equal(t, missing, foreign)
	_, err := b.tickets.Cancel(t.Context(), bob, v.ID)
	requireCode(t, "ticket_not_found", err)
	_, err = b.tickets.History(t.Context(), bob, v.ID)
	requireCode(t, "ticket_not_found", err)
}

func TestSubmit_SameKeySameTicket(t *testing.T) {
	t.Parallel()
	b := onMariaDB(t)
	d := draft("once")
	d.IdempotencyKey = "k1"
	var wg sync.WaitGroup
	ids := make([]int64, 8)
	for i := range ids {
		wg.Go(func() {
			v, err := b.tickets.Submit(t.Context(), ann, d)
			require.NoError(t, err)
			ids[i] = v.ID
		})
	}
	wg.Wait()
	require.Len(t, slices.Compact(ids), 1)
	require.EqualValues(t, 1, b.number(t, "SELECT COUNT(*) FROM tickets"))
	require.EqualValues(t, 1, b.number(t, "SELECT COUNT(*) FROM events"))

	other := d
	other.Title = "twice"
	_, err := b.tickets.Submit(t.Context(), ann, other)
	requireCode(t, "idempotency_mismatch", err)
	v, err := b.tickets.Submit(t.Context(), bob, other)
	require.NoError(t, err, "keys are per user")
	require.NotEqual(t, ids[0], v.ID)
}

func TestSubmit_LimitHoldsUnderParallelSubmits(t *testing.T) {
	t.Parallel()
	b := onMariaDB(t)
	limited := ticket.New(b.Store, []ticket.Kind{b.kind}, ticket.Limits{OpenTickets: 3})
	var wg sync.WaitGroup
	var refused atomic.Int64
	for range 10 {
		wg.Go(func() {
			if _, err := limited.Submit(t.Context(), ann, draft("many")); fault.Is(err, "too_many_open") {
				refused.Add(1)
			}
		})
	}
	wg.Wait()
	require.EqualValues(t, 7, refused.Load())
	require.EqualValues(t, 3, b.number(t, "SELECT COUNT(*) FROM tickets"))
	v := b.submit(t, ann, "one more, without that limit")
	_, err := b.tickets.Withdraw(t.Context(), ann, v.ID, 1)
	require.NoError(t, err)
}

func TestRecheck_LiftsABlock(t *testing.T) {
	t.Parallel()
	b := onMariaDB(t)
	b.kind.findings = []ticket.Finding{{Level: "block", Code: "missing_grant"}}
	v := b.submit(t, ann, "blocked")
	_, err := b.tickets.Approve(t.Context(), dora, v.ID, approvalOf(v))
	requireCode(t, "preflight_blocked", err)

	b.kind.findings = nil
	seen := v
	v, err = b.tickets.Recheck(t.Context(), ann, v.ID)
	require.NoError(t, err)
	_, err = b.tickets.Approve(t.Context(), dora, v.ID, approvalOf(seen))
	requireCode(t, "stale_findings", err)
	_, err = b.tickets.Approve(t.Context(), dora, v.ID, approvalOf(v))
	require.NoError(t, err)
}

func TestList_PagesByKeyAndFilters(t *testing.T) {
	t.Parallel()
	b := onMariaDB(t)
	var mine []int64
	for i := range 7 {
		mine = append(mine, b.submit(t, ann, fmt.Sprintf("ann %d", i)).ID)
		b.submit(t, bob, fmt.Sprintf("bob %d", i))
	}
	var got []int64
	for after := int64(0); ; {
		page, err := b.tickets.List(t.Context(), ann, ticket.Filter{Ascending: true}, ticket.Page{After: after, Limit: 3})
		require.NoError(t, err)
		if len(page) == 0 {
			break
		}
		for _, v := range page {
			got = append(got, v.ID)
		}
		after = got[len(got)-1]
	}
	require.Equal(t, mine, got, "own tickets only, each once")

	for name, tc := range map[string]struct {
		filter ticket.Filter
		want   int
	}{
		"requester":       {ticket.Filter{RequesterID: bob.UserID}, 7},
		"state":           {ticket.Filter{States: []ticket.State{ticket.Queued}}, 0},
		"environment":     {ticket.Filter{EnvironmentID: 1}, 14},
		"no environment":  {ticket.Filter{EnvironmentID: 9}, 0},
		"instance":        {ticket.Filter{InstanceID: 2}, 14},
		"database":        {ticket.Filter{Database: "orders_test"}, 14},
		"reviewable":      {ticket.Filter{ReviewableBy: dora.UserID}, 14},
		"not by the bob":  {ticket.Filter{ReviewableBy: bob.UserID}, 7},
		"since":           {ticket.Filter{Since: b.get(t, mine[6]).SubmittedAt}, 2},
		"until":           {ticket.Filter{Until: b.get(t, mine[1]).SubmittedAt}, 2},
		"a foreign owner": {ticket.Filter{OwnerID: bob.UserID}, 14}, // the service decides, not the caller
	} {
		t.Run(name, func(t *testing.T) {
			list, err := b.tickets.List(t.Context(), dora, tc.filter, ticket.Page{Limit: 200})
			require.NoError(t, err)
			require.Len(t, list, tc.want)
		})
	}
	counts, err := b.tickets.Counts(t.Context(), dora)
	require.NoError(t, err)
	require.Equal(t, ticket.Counts{ToReview: 14, All: 14}, counts)
	counts, err = b.tickets.Counts(t.Context(), ann)
	require.NoError(t, err)
	require.Equal(t, ticket.Counts{Mine: 7, All: 7}, counts)
}

func TestList_SearchesByPrefixOfEveryWord(t *testing.T) {
	t.Parallel()
	b := onMariaDB(t)
	v := b.submit(t, ann, "Refresh 订单数据库 for QA_team")
	other := b.submit(t, bob, "something else")
	edited, err := b.tickets.Edit(t.Context(), bob, other.ID, 1, draft("nightly refresh"))
	require.NoError(t, err)
	for query, want := range map[string][]int64{
		"":                      {edited.ID, v.ID},
		"REFR":                  {edited.ID, v.ID},
		"refresh qa":            {v.ID},
		"qa_te":                 {v.ID},
		"订单":                    {v.ID},
		"数据库":                   {v.ID},
		"单":                     {v.ID},
		"库":                     {v.ID},
		"据单":                    nil,
		"订":                     {v.ID},
		"库单":                    nil,
		"something":             nil, // edited away
		fmt.Sprint("#", v.ID):   {v.ID},
		"prod-orders":           {edited.ID, v.ID},
		"orders_test ann":       {v.ID},
		"bob nightly":           {edited.ID},
		"refresh absent":        nil,
		"%":                     {edited.ID, v.ID},
		"' OR 'x'='x":           nil,
		"refresh\x00 nightly":   {edited.ID},
		"fresh":                 nil, // prefixes, not parts
		"Refresh REFRESH nIGHT": {edited.ID},
	} {
		list, err := b.tickets.List(t.Context(), dora, ticket.Filter{Query: query}, ticket.Page{Limit: 10})
		require.NoError(t, err, query)
		var got []int64
		for _, view := range list {
			got = append(got, view.ID)
		}
		require.Equal(t, want, got, query)
	}
}

func TestAudit_NamesTheRowThatWasChanged(t *testing.T) {
	t.Parallel()
	b := onMariaDB(t)
	v, _ := b.queued(t, "audited")
	for what, statement := range map[string]string{
		"the row was changed":  "UPDATE audit SET actor_name = 'dorA' WHERE subject_id = ? AND seq = 2",
		"the row is missing":   "DELETE FROM audit WHERE subject_id = ? AND seq = 2",
		"the head was changed": "UPDATE audit_heads SET hash = REPEAT('0', 64) WHERE subject_id = ?",
	} {
		t.Run(what, func(t *testing.T) {
			copyOf := onMariaDB(t)
			v, _ := copyOf.queued(t, "audited")
			copyOf.exec(t, statement, v.ID)
			bad, err := copyOf.VerifyAudit(t.Context())
			require.NoError(t, err)
			require.Len(t, bad, 1)
			require.EqualValues(t, 2, bad[0].Seq)
			require.Equal(t, what, bad[0].Reason)
		})
	}
	bad, err := b.VerifyAudit(t.Context())
	require.NoError(t, err)
	require.Empty(t, bad)
	require.EqualValues(t, 2, b.number(t, "SELECT COUNT(*) FROM audit WHERE subject_id = ?", v.ID))
}

func TestComment_NobodyFloodsTheOthers(t *testing.T) {
	t.Parallel()
	b := onMariaDB(t)
	v := b.submit(t, ann, "talk")
	comment := func(actor event.Actor) error {
		_, err := b.tickets.Comment(t.Context(), actor, v.ID, "and?")
		return err
	}
	past := func(from, until int, age string) {
		for i := from; i < until; i++ {
			b.exec(t, fmt.Sprintf(`INSERT INTO audit (aggregate, subject_id, seq, action, actor_id, actor_name, actor_role, address, before_json, after_json, at, prev_hash, hash)
				VALUES ('past', 1, %d, 'ticket.comment', 1, 'ann', 'user', '', '', '', NOW(6) - INTERVAL %s, '', '')`, i, age))
		}
	}
	past(0, 50, "61 MINUTE")
	past(50, 349, "59 MINUTE")
	require.NoError(t, comment(ann), "the 300th in this hour")
	require.True(t, fault.Is(comment(ann), "too_often"))
	require.EqualValues(t, 1, b.number(t, "SELECT COUNT(*) FROM events WHERE type = 'ticket.commented'"))
	require.NoError(t, comment(dora))
	b.exec(t, "UPDATE audit SET at = at - INTERVAL 2 MINUTE")
	require.NoError(t, comment(ann))
}

func TestAudit_KeepsASpecInTheRowsThatSetIt(t *testing.T) {
	t.Parallel()
	b := onMariaDB(t)
	v := b.submit(t, ann, "noted")
	_, err := b.tickets.Comment(t.Context(), ann, v.ID, "please")
	require.NoError(t, err)
	_, err = b.tickets.Edit(t.Context(), ann, v.ID, v.Version, draft("noted again"))
	require.NoError(t, err)
	_, err = b.tickets.Withdraw(t.Context(), ann, v.ID, v.Version+1)
	require.NoError(t, err)
	rows, err := b.ListAudit(t.Context(), event.AuditFilter{Aggregate: ticket.Aggregate, SubjectID: v.ID, Limit: 9})
	require.NoError(t, err)
	var withSpec []string
	for _, r := range rows {
		require.Contains(t, string(r.After), `"spec_hash"`)
		require.Equal(t, r.Action == "ticket.edit", strings.Contains(string(r.Before), `"spec":`))
		if strings.Contains(string(r.After), `"spec":`) {
			withSpec = append(withSpec, r.Action)
		}
	}
	require.Equal(t, []string{"ticket.edit", "ticket.submit"}, withSpec)
}

func TestUpdate_ChangesNothingWithoutItsAuditRow(t *testing.T) {
	t.Parallel()
	b := onMariaDB(t)
	v := b.submit(t, ann, "kept")
	b.exec(t, "RENAME TABLE audit TO audit_away")
	_, err := b.tickets.Approve(t.Context(), dora, v.ID, approvalOf(v))
	require.Error(t, err)
	require.Equal(t, ticket.PendingReview, b.get(t, v.ID).State)
	require.Zero(t, b.number(t, "SELECT COUNT(*) FROM jobs"))
	require.EqualValues(t, 1, b.number(t, "SELECT COUNT(*) FROM events"))
}
