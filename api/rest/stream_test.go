package rest_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"overmind/api/rest"
	"overmind/pkg/account"
	"overmind/pkg/event"
)

const wait = 60 * time.Second // for a state to come; nothing here takes that long

// message is one message of a stream.
type message struct{ id, name, data string }

// stream is an open stream; its channel closes when the server ends it.
type stream struct {
	messages chan message
	response *http.Response
}

func (c client) stream(t *testing.T, headers ...string) *stream {
	t.Helper()
	var response *http.Response
	require.Eventually(t, func() bool { // 503 until the hub has read where it stands
		r, err := c.http.Do(c.request(t, "GET", "/api/v1/stream", "", headers...))
		require.NoError(t, err)
		response = r
		if r.StatusCode == http.StatusServiceUnavailable {
			_ = r.Body.Close()
		}
		return r.StatusCode != http.StatusServiceUnavailable
	}, wait, 20*time.Millisecond)
	require.Equal(t, http.StatusOK, response.StatusCode)
	require.Equal(t, "text/event-stream", response.Header.Get("Content-Type"))
	require.Equal(t, "no", response.Header.Get("X-Accel-Buffering"))
	s := &stream{messages: make(chan message, 100), response: response}
	t.Cleanup(func() { _ = response.Body.Close() })
	go s.read()
	require.Equal(t, "hello", s.next(t).name)
	return s
}

func (s *stream) read() {
	defer close(s.messages)
	var m message
	for lines := bufio.NewScanner(s.response.Body); lines.Scan(); {
		name, value, _ := strings.Cut(lines.Text(), ": ")
		switch name {
		case "id":
			m.id = value
		case "event":
			m.name = value
		case "data":
			m.data = value
		case "":
			if m.name != "" {
				s.messages <- m
			}
			m = message{}
		}
	}
}

// next is the next message.
func (s *stream) next(t *testing.T) message {
	t.Helper()
	select {
	case m, open := <-s.messages:
		require.True(t, open, "the stream has ended")
		return m
	case <-time.After(wait):
		require.Fail(t, "no message")
		return message{}
	}
}

// event is the next one of a ticket.
func (s *stream) event(t *testing.T) (rest.Event, message) {
	t.Helper()
	for {
		m := s.next(t)
		if m.name == "progress" {
			continue
		}
		var e rest.Event
		require.NoError(t, json.Unmarshal([]byte(m.data), &e), m.data)
		require.Equal(t, m.name, e.Type)
		require.Equal(t, m.id, strconv.FormatInt(e.Seq, 10))
		if e.Aggregate == "ticket" {
			return e, m
		}
	}
}

// ended waits for the server to end the stream, whatever it still sends.
func (s *stream) ended(t *testing.T) {
	t.Helper()
	deadline := time.After(wait)
	for {
		select {
		case _, open := <-s.messages:
			if !open {
				return
			}
		case <-deadline:
			require.Fail(t, "the stream is still open")
		}
	}
}

func TestStream_EveryoneSeesWhatTheyMay(t *testing.T) {
	t.Parallel()
	b := setup(t)
	staff, owner, other := b.dba.stream(t), b.user.stream(t), b.other.stream(t)
	made := b.user.submit(t, "Watch me")
	for _, s := range []*stream{staff, owner} {
		e, _ := s.event(t)
		require.Equal(t, "ticket.submitted", e.Type)
		require.Equal(t, made.ID, e.SubjectID)
		require.Equal(t, "uma", e.Actor.Name)
	}
	theirs := b.other.submit(t, "My own")
	e, _ := other.event(t)
	require.Equal(t, theirs.ID, e.SubjectID, "somebody else's ticket came through")
}

func TestStream_GoesOnWithoutAGap(t *testing.T) {
	t.Parallel()
	b := setup(t)
	first := b.user.stream(t)
	var ids []int64
	ids = append(ids, b.user.submit(t, "one").ID)
	_, seen := first.event(t)
	require.NoError(t, first.response.Body.Close())
	for i := range 5 {
		b.other.submit(t, "not hers")
		ids = append(ids, b.user.submit(t, fmt.Sprint("while away ", i)).ID)
	}
	again := b.user.stream(t, "Last-Event-ID", seen.id)
	for _, id := range ids[1:] {
		e, _ := again.event(t)
		require.Equal(t, id, e.SubjectID)
	}
	b.user.do(t, "GET", "/api/v1/stream", "", "Last-Event-ID", "x").refused(t, http.StatusBadRequest, "invalid_request")
}

func TestStream_IDOfAnotherHistoryStartsAtNow(t *testing.T) {
	t.Parallel()
	b := setup(t)
	s := b.user.stream(t, "Last-Event-ID", "999999999")
	made := b.user.submit(t, "new")
	e, _ := s.event(t)
	require.Equal(t, made.ID, e.SubjectID)
}

func TestStream_WhoMissedTooMuchStartsAtNow(t *testing.T) {
	t.Parallel()
	b := setup(t)
	before := b.user.stream(t)
	b.exec(t, "UPDATE leases SET value = value + 20000 WHERE name = 'relay'")
	b.exec(t, `INSERT INTO events (seq, type, aggregate, subject_id, owner_id, actor_id, actor_name, data, at)
		VALUES (15000, 'ticket.commented', 'ticket', 1, ?, 0, '', '{}', NOW(6))`, b.user.user.ID)
	b.user.submit(t, "read by all")
	for e, _ := before.event(t); e.Type != "ticket.submitted"; {
		e, _ = before.event(t)
	}
	late := b.user.stream(t, "Last-Event-ID", "1")
	made := b.user.submit(t, "new")
	e, _ := late.event(t)
	require.Equal(t, made.ID, e.SubjectID)
	require.Equal(t, "ticket.submitted", e.Type)
}

func TestStream_EndsWithTheSession(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.login(t, "uma")
	kept := b.login(t, "uma").stream(t)
	s := c.stream(t)
	require.Equal(t, http.StatusNoContent, c.do(t, "POST", "/api/v1/auth/logout", "").Status)
	s.ended(t)
	b.user.submit(t, "the other session lives")
	_, _ = kept.event(t)
}

func TestStream_EndsWhenTheRoleChanges(t *testing.T) {
	t.Parallel()
	b := setup(t)
	byToken, bySession := b.dba.stream(t), b.login(t, "dana").stream(t)
	role := event.RoleUser
	_, err := b.accounts.Update(t.Context(), b.admin.user.Actor(""), b.dba.user.ID, account.Patch{Role: &role})
	require.NoError(t, err)
	byToken.ended(t)
	bySession.ended(t)
}

func TestStream_EndsWhenTheServerDrainsAndTakesNoMore(t *testing.T) {
	t.Parallel()
	b := setup(t)
	s := b.user.stream(t)
	require.NoError(t, b.http.Config.Shutdown(t.Context()), "an open stream held up the shutdown")
	s.ended(t)
}

func TestStream_TellsProgressOfRunningTicketsToThoseWhoMaySeeThem(t *testing.T) {
	t.Parallel()
	b := setup(t)
	made := b.running(t)
	owner, other := b.user.stream(t), b.other.stream(t)
	for {
		m := owner.next(t)
		if m.name != "progress" {
			continue
		}
		require.Empty(t, m.id, "progress is not something to resume from")
		var p rest.StreamProgress
		require.NoError(t, json.Unmarshal([]byte(m.data), &p))
		require.Equal(t, made.ID, p.Items[0].TicketID)
		require.Equal(t, "load", p.Items[0].Phase)
		require.JSONEq(t, `{"rows_done":7}`, string(p.Items[0].Progress))
		break
	}
	theirs := b.other.submit(t, "quiet")
	for m := other.next(t); ; m = other.next(t) {
		require.NotEqual(t, "progress", m.name, "somebody else's progress came through")
		if m.name == "ticket.submitted" {
			require.Contains(t, m.data, fmt.Sprintf(`"subject_id":%d`, theirs.ID))
			return
		}
	}
}

// A second between two progress messages is longer than both of the connection's time limits here.
func TestStream_OutlivesTheTimeLimitsOfOtherRequests(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.running(t)
	hasty := httptest.NewUnstartedServer(nil)
	hasty.Config = b.server.HTTPServer()
	hasty.Config.ReadTimeout, hasty.Config.WriteTimeout = 200*time.Millisecond, 200*time.Millisecond
	hasty.Start()
	t.Cleanup(hasty.Close)
	b.http = hasty
	s := b.user.stream(t)
	for seen := 0; seen < 3; {
		if s.next(t).name == "progress" {
			seen++
		}
	}
}

// running makes a ticket that looks as if a worker had it.
func (b *bundle) running(t *testing.T) rest.TicketDetail {
	t.Helper()
	made := b.user.submit(t, "Run")
	require.Equal(t, http.StatusOK, b.dba.do(t, "POST", path(made.ID, "approve"), approval(made)).Status)
	b.exec(t, "UPDATE tickets SET state = 'running' WHERE id = ?", made.ID)
	b.exec(t, `UPDATE jobs SET state = 'running', phase = 'load', progress = '{"rows_done":7}' WHERE ticket_id = ?`, made.ID)
	return made
}

func (b *bundle) exec(t *testing.T, query string, args ...any) {
	t.Helper()
	_, err := b.db.ExecContext(t.Context(), query, args...)
	require.NoError(t, err)
}

func TestStream_EverybodyHearsOfTheInventoryButOnlyStaffWhatChanged(t *testing.T) {
	t.Parallel()
	b := setup(t)
	staff, user := b.dba.stream(t), b.user.stream(t)
	made := b.dba.do(t, "POST", "/api/v1/environments", `{"name":"staging","color":"#112233","rank":3}`)
	require.Equal(t, http.StatusCreated, made.Status, made.Body)
	heard := func(s *stream) message {
		for m := s.next(t); ; m = s.next(t) {
			if m.name == "environment.created" {
				return m
			}
		}
	}
	told, bare := heard(staff), heard(user)
	require.Contains(t, told.data, "dana")
	require.NotContains(t, bare.data, "dana")
	require.NotContains(t, bare.data, `"data"`)
}
