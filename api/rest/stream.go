package rest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"overmind/pkg/account"
	"overmind/pkg/event"
)

const (
	streamHeartbeat = 15 * time.Second
	streamRecheck   = 900 * time.Millisecond // a sign-out must close the stream within a second
	streamWriteTime = 10 * time.Second       // who does not read for so long is dropped
	streamReplay    = 10_000                 // events that are sent again; a page that missed more reads what it shows
)

// StreamHello is the first message: a page that was loaded from another version reloads itself.
type StreamHello struct {
	Version string `json:"version"`
}

// StreamProgress is sent at most once a second while tickets run.
type StreamProgress struct {
	Items []TicketProgress `json:"items"`
}

// StreamMessage has the data of a message under its name; `event` stands for every other name.
type StreamMessage struct {
	Hello    *StreamHello    `json:"hello,omitempty"`
	Progress *StreamProgress `json:"progress,omitempty"`
	Event    *Event          `json:"event,omitempty"`
}

type streamHandlers struct {
	hub     *hub
	guard   *guard
	version string
}

// open
//
//	@Summary		What happens, as it happens (server-sent events)
//	@Description	Messages: `hello` first; then one per event, named by its type (`ticket.approved`), with an id to resume from by
//	@Description	Last-Event-ID; and `progress`, at most one a second while tickets run. StreamMessage has the schema of each one's data.
//	@Description	The stream ends when the session does.
//	@ID				openStream
//	@Tags			stream
//	@Produce		text/event-stream
//	@Param			Last-Event-ID	header		string	false	"the last id that was seen; absent, or more than 10000 events ago: only what is new"
//	@Success		200				{object}	StreamMessage
//	@Failure		400,401,403,503	{object}	Problem
//	@Security		cookie
//	@Security		bearer
//	@Router			/api/v1/stream [get]
func (h streamHandlers) open(c *gin.Context) error {
	last, err := lastEventID(c)
	if err != nil {
		return err
	}
	user, _ := caller(c)
	if err := h.hub.join(user.ID); err != nil {
		return err
	}
	defer h.hub.leave(user.ID)
	s := &stream{c: c, control: http.NewResponseController(c.Writer), user: user, seq: last}
	if head := h.hub.last(); last < 0 || last > head || head-last > streamReplay {
		s.seq = head
	}
	header := c.Writer.Header()
	header.Set("Content-Type", "text/event-stream")
	header.Set("X-Accel-Buffering", "no")
	c.Status(http.StatusOK)
	s.message("hello", s.seq, StreamHello{Version: h.version})
	h.follow(s)
	return nil
}

// follow sends until the client leaves, the session ends or the server stops.
func (h streamHandlers) follow(s *stream) {
	ctx, bearer := s.c.Request.Context(), credential(s.c).Reveal()
	recheck := time.NewTicker(streamRecheck)
	defer recheck.Stop()
	heartbeat := time.NewTicker(streamHeartbeat)
	defer heartbeat.Stop()
	for {
		now, err := h.hub.after(ctx, s.seq)
		if err != nil {
			return
		}
		s.send(now)
		if !s.flush() {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-h.hub.closing:
			return
		case <-now.changed:
		case <-heartbeat.C:
			s.comment("still here")
		case <-recheck.C:
			user, err := h.guard.accounts.Authenticate(ctx, bearer)
			if err != nil || user.Role != s.user.Role || user.MustChangePassword {
				return // the client comes back with what it is now
			}
		}
	}
}

func lastEventID(c *gin.Context) (int64, error) {
	if err := noQuery(c); err != nil {
		return 0, err
	}
	s := c.GetHeader("Last-Event-ID")
	if s == "" {
		return -1, nil
	}
	seq, err := strconv.ParseInt(s, 10, 64)
	if err != nil || seq < 0 {
		return 0, badField("Last-Event-ID", "malformed", "This is not an id of this stream.")
	}
	return seq, nil
}

// stream is one open connection. After a failed write nothing more is written.
type stream struct {
	c        *gin.Context
	control  *http.ResponseController
	user     account.User
	seq      int64
	progress time.Time
	err      error
}

func (s *stream) send(now snapshot) {
	for _, e := range now.events {
		switch {
		case s.maySee(e.OwnerID):
			s.message(e.Type, e.Seq, eventOf(e))
		case inventoryChanged(e):
			s.message(e.Type, e.Seq, Event{Seq: e.Seq, Type: e.Type, Aggregate: e.Aggregate, SubjectID: e.SubjectID, At: e.At})
		}
		s.seq = e.Seq
	}
	if time.Since(s.progress) < hubProgress {
		return
	}
	var mine []TicketProgress
	for _, r := range now.progress {
		if s.maySee(r.ownerID) {
			mine = append(mine, r.TicketProgress)
		}
	}
	if len(mine) > 0 {
		s.progress = time.Now()
		s.message("progress", 0, StreamProgress{Items: mine})
	}
}

// maySee holds each message to the same rule as the list: staff see all, others their own.
func (s *stream) maySee(ownerID int64) bool {
	return event.Actor{Role: s.user.Role}.IsStaff() || (ownerID != 0 && ownerID == s.user.ID)
}

// inventoryChanged tells whether everybody hears of an event, because everybody reads the inventory. What changed and
// who changed it stays with staff.
func inventoryChanged(e event.Event) bool {
	return e.Aggregate == "instance" || e.Aggregate == "environment"
}

func (s *stream) message(name string, id int64, data any) {
	body, err := json.Marshal(data)
	if err != nil {
		s.err = err
		return
	}
	if id > 0 || name == "hello" {
		s.write(fmt.Sprintf("id: %d\n", id))
	}
	s.write(fmt.Sprintf("event: %s\ndata: %s\n\n", name, body))
}

func (s *stream) comment(text string) { s.write(": " + text + "\n\n") }

func (s *stream) write(text string) {
	if s.err != nil {
		return
	}
	if s.err = s.control.SetWriteDeadline(time.Now().Add(streamWriteTime)); s.err == nil {
		_, s.err = io.WriteString(s.c.Writer, text)
	}
}

func (s *stream) flush() bool {
	if s.err == nil {
		s.err = s.control.Flush()
	}
	return s.err == nil
}
