package rest_test

import (
	"net/http"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"overmind/api/rest"
)

// atOnce sends the requests at the same moment and returns how often each status came back.
func atOnce(t *testing.T, send ...func() answer) map[int]int {
	t.Helper()
	var (
		all   sync.WaitGroup
		mu    sync.Mutex
		found = map[int]int{}
		start = make(chan struct{})
	)
	for _, one := range send {
		all.Go(func() {
			<-start
			status := one().Status
			mu.Lock()
			defer mu.Unlock()
			found[status]++
		})
	}
	close(start)
	all.Wait()
	return found
}

func (b *bundle) count(t *testing.T, query string) (n int) {
	t.Helper()
	require.NoError(t, b.db.QueryRowContext(t.Context(), query).Scan(&n))
	return n
}

func TestTicket_OfManyApprovalsAtOnceOneIsTaken(t *testing.T) {
	t.Parallel()
	const tickets, tries = 200, 8
	b := setup(t)
	for range tickets {
		made := b.user.submit(t, "Contended")
		var approvals []func() answer
		for i := range tries {
			who := []client{b.dba, b.admin}[i%2]
			approvals = append(approvals, func() answer { return who.do(t, "POST", path(made.ID, "approve"), approval(made)) })
		}
		require.Equal(t, map[int]int{http.StatusOK: 1, http.StatusConflict: tries - 1}, atOnce(t, approvals...))
	}
	require.Equal(t, tickets, b.count(t, "SELECT COUNT(*) FROM jobs"))
	require.Equal(t, tickets, b.count(t, "SELECT COUNT(*) FROM events WHERE type = 'ticket.approved'"))
	require.Equal(t, tickets, b.count(t, "SELECT COUNT(*) FROM audit WHERE action = 'ticket.approve'"))
	require.Equal(t, tickets*(tries-1), b.count(t, "SELECT COUNT(*) FROM audit WHERE action = 'ticket.approve.refused'"))
}

func TestTicket_WhatIsEditedWhileItIsApprovedDoesNotRun(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for range 50 {
		made := b.user.submit(t, "Shown")
		found := atOnce(t,
			func() answer { return b.dba.do(t, "POST", path(made.ID, "approve"), approval(made)) },
			func() answer {
				return b.user.do(t, "PUT", path(made.ID), `{"version":1,"title":"Swapped","spec":{"text":"other"}}`)
			})
		require.Equal(t, 2, found[http.StatusOK]+found[http.StatusConflict], "%v", found)
		var now rest.TicketDetail
		b.user.get(t, path(made.ID)).into(t, &now)
		require.Equal(t, "pending_review", now.State, "%v", found)
		require.Equal(t, 2, now.Version)
	}
	require.Zero(t, b.count(t, "SELECT COUNT(*) FROM jobs"))
}
