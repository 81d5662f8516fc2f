package rest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"overmind/api/rest"
)

func path(id int64, action ...string) string {
	p := fmt.Sprintf("/api/v1/tickets/%d", id)
	for _, a := range action {
		p += "/" + a
	}
	return p
}

func approval(t rest.TicketDetail) string {
	body, _ := json.Marshal(rest.Approval{Version: t.Version, SpecHash: t.SpecHash, FindingsHash: t.Preflight.FindingsHash, Note: "fine"})
	return string(body)
}

func TestTicket_FromSubmissionToQueueWithItsStory(t *testing.T) {
	t.Parallel()
	b := setup(t)
	made := b.user.submit(t, "Refresh the shop")
	require.Equal(t, "pending_review", made.State)
	require.Equal(t, "uma", made.Requester.Name)
	require.Len(t, made.Preflight.Findings, 1)
	require.Equal(t, "无害。", made.Preflight.Findings[0].Message.ZH)

	commented := b.dba.do(t, "POST", path(made.ID, "comments"), `{"text":"Looks good"}`)
	require.Equal(t, http.StatusCreated, commented.Status, commented.Body)
	approved := b.dba.do(t, "POST", path(made.ID, "approve"), approval(made))
	require.Equal(t, http.StatusOK, approved.Status, approved.Body)
	var now rest.TicketDetail
	b.user.get(t, path(made.ID)).into(t, &now)
	require.Equal(t, "queued", now.State)
	require.Equal(t, "dana", now.Reviewer.Name)

	var story rest.EventList
	b.user.get(t, path(made.ID, "history")).into(t, &story)
	var types []string
	for _, e := range story.Items {
		types = append(types, e.Type)
	}
	require.Equal(t, []string{"ticket.submitted", "ticket.commented", "ticket.approved"}, types)

	var trail rest.AuditPage
	b.dba.get(t, fmt.Sprintf("/api/v1/audit?aggregate=ticket&subject_id=%d", made.ID)).into(t, &trail)
	require.Len(t, trail.Items, 3)
	require.Equal(t, "ticket.approve", trail.Items[0].Action)
	require.Equal(t, "127.0.0.1", trail.Items[0].Address)

	cancelled := b.user.do(t, "POST", path(made.ID, "cancel"), "")
	require.Equal(t, http.StatusOK, cancelled.Status, cancelled.Body)
}

func TestTicket_EditVoidsWhatWasLookedAt(t *testing.T) {
	t.Parallel()
	b := setup(t)
	made := b.user.submit(t, "First")
	edited := b.user.do(t, "PUT", path(made.ID), `{"version":1,"title":"Second","spec":{"text":"other"}}`)
	require.Equal(t, http.StatusOK, edited.Status, edited.Body)
	b.dba.do(t, "POST", path(made.ID, "approve"), approval(made)).refused(t, http.StatusConflict, "stale_version")
	b.user.do(t, "PUT", path(made.ID), `{"version":1,"title":"Third","spec":{"text":"other"}}`).refused(t, http.StatusConflict, "stale_version")
	b.user.do(t, "POST", path(made.ID, "withdraw"), `{"version":2}`)
	var now rest.TicketDetail
	b.user.get(t, path(made.ID)).into(t, &now)
	require.Equal(t, "withdrawn", now.State)
	b.dba.do(t, "POST", path(made.ID, "reject"), `{"version":2,"reason":"late"}`).problem(t)
}

func TestTicket_NobodyApprovesTheirOwn(t *testing.T) {
	t.Parallel()
	b := setup(t)
	made := b.dba.submit(t, "Mine")
	b.dba.do(t, "POST", path(made.ID, "approve"), approval(made)).refused(t, http.StatusForbidden, "self_approval")
	approve := slices.IndexFunc(made.Actions, func(a rest.Action) bool { return a.Name == "approve" })
	require.False(t, made.Actions[approve].Allowed)
	require.Equal(t, "self_approval", made.Actions[approve].Code)
}

func TestTicket_OthersAndMissingLookAlike(t *testing.T) {
	t.Parallel()
	b := setup(t)
	made := b.user.submit(t, "Private")
	routes := []struct{ method, action, body string }{
		{"GET", "", ""}, {"GET", "history", ""}, {"PUT", "", `{"version":1,"title":"x","spec":{"text":"x"}}`},
		{"POST", "withdraw", `{"version":1}`}, {"POST", "cancel", ""}, {"POST", "recheck", ""}, {"POST", "comments", `{"text":"hi"}`},
	}
	for _, r := range routes {
		at := func(id int64) string {
			if r.action == "" {
				return path(id)
			}
			return path(id, r.action)
		}
		theirs, missing := b.other.do(t, r.method, at(made.ID), r.body), b.other.do(t, r.method, at(999999), r.body)
		theirs.refused(t, http.StatusNotFound, "ticket_not_found")
		missing.refused(t, http.StatusNotFound, "ticket_not_found")
		p, q := theirs.problem(t), missing.problem(t)
		p.RequestID, q.RequestID = "", ""
		require.Equal(t, q, p, r.action)
	}
	var mine rest.TicketPage
	b.other.get(t, "/api/v1/tickets").into(t, &mine)
	require.Empty(t, mine.Items)
}

func TestTicket_ProtectedFieldsCannotBeSent(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, field := range []string{`"state":"approved"`, `"reviewer_id":1`, `"requester_id":2`, `"id":9`, `"version":7`, `"spec_hash":"x"`} {
		a := b.user.do(t, "POST", "/api/v1/tickets", `{"kind":"note","title":"x","spec":{"text":"x"},`+field+`}`)
		a.refused(t, http.StatusBadRequest, "invalid_request")
		require.Equal(t, "unknown_field", a.problem(t).Errors[0].Code)
	}
	made := b.user.submit(t, "x")
	b.user.do(t, "POST", path(made.ID, "withdraw"), `{"version":1,"id":2}`).refused(t, http.StatusBadRequest, "invalid_request")
	b.dba.do(t, "POST", path(made.ID, "approve"), `{"spec_hash":"x","findings_hash":"y"}`).refused(t, http.StatusBadRequest, "invalid_request")
}

func TestTicket_IdempotencyKeyGivesTheSameTicket(t *testing.T) {
	t.Parallel()
	b := setup(t)
	send := func(key, title string) answer {
		return b.user.do(t, "POST", "/api/v1/tickets", `{"kind":"note","title":"`+title+`","spec":{"text":"x"}}`, "Idempotency-Key", key)
	}
	var first, second rest.TicketDetail
	send("k-1", "one").into(t, &first)
	send("k-1", "one").into(t, &second)
	require.Equal(t, first.ID, second.ID)
	send("k-1", "two").refused(t, http.StatusConflict, "idempotency_mismatch")
	send("has space", "one").refused(t, http.StatusBadRequest, "invalid_request")
}

func TestTicket_PagesCoverTheListOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for i := range 5 {
		b.user.submit(t, fmt.Sprintf("Page %d", i))
	}
	for _, sort := range []string{"-id", "id"} {
		var seen []int64
		cursor := ""
		for {
			var page rest.TicketPage
			b.user.get(t, "/api/v1/tickets?limit=2&q=page&sort="+sort+"&cursor="+url.QueryEscape(cursor)).into(t, &page)
			for _, item := range page.Items {
				seen = append(seen, item.ID)
			}
			if cursor = page.NextCursor; cursor == "" {
				break
			}
			b.dba.get(t, "/api/v1/tickets?limit=2&q=page&sort="+sort+"&cursor="+url.QueryEscape(cursor)).refused(t, http.StatusBadRequest, "invalid_query")
		}
		require.Len(t, seen, 5)
		require.Len(t, slices.Compact(slices.Clone(seen)), 5)
		require.True(t, slices.IsSorted(seen) == (sort == "id"))
	}
	var page rest.TicketPage
	b.dba.get(t, "/api/v1/tickets?to_review=true&state=pending_review&state=queued&database=notes").into(t, &page)
	require.Len(t, page.Items, 5)
	var counts rest.TicketCounts
	b.dba.get(t, "/api/v1/tickets/counts").into(t, &counts)
	require.EqualValues(t, 5, counts.ToReview)
}

func TestTicket_PreviewStoresNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	a := b.user.do(t, "POST", "/api/v1/tickets/preview", `{"kind":"note","spec":{"text":"x"}}`)
	require.Equal(t, http.StatusOK, a.Status, a.Body)
	bad := b.user.do(t, "POST", "/api/v1/tickets/preview", `{"kind":"note","spec":{}}`)
	bad.refused(t, http.StatusUnprocessableEntity, "required")
	require.Equal(t, "spec.text", bad.problem(t).Errors[0].Field)
	var counts rest.TicketCounts
	b.dba.get(t, "/api/v1/tickets/counts").into(t, &counts)
	require.Zero(t, counts.All)
}
