package rest

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"overmind/pkg/fault"
)

const gateWait = 10 * time.Second // and preflight's 30 s still end within requestTime

// gate bounds how many requests of a costly sort are served at once, in all and for one person, because any account may
// ask for them.
type gate struct {
	one  int // for one person
	all  chan struct{}
	busy string // what somebody is told who has waited in vain

	mu    sync.Mutex
	users map[int64]*share
}

// newLookGate is for requests that look at database servers: every look opens connections to servers that others
// depend on.
func newLookGate() *gate {
	return newGate(4, 16, "Too many checks of database servers are going on. Try again.")
}

// newDownloadGate is for files made of many rows: each keeps our own database at work for as long as a request may last.
func newDownloadGate() *gate {
	return newGate(2, 8, "Too many files are being downloaded. Try again.")
}

// share is one person's part; it is forgotten when nobody holds or waits for it.
type share struct {
	slots chan struct{}
	count int
}

func newGate(one, all int, busy string) *gate {
	return &gate{one: one, all: make(chan struct{}, all), busy: busy, users: map[int64]*share{}}
}

// inTurn lets a request wait for its turn before it is served. The body is read first: who sends it slowly holds nobody
// up.
func (g *gate) inTurn(serve func(*gin.Context) error) func(*gin.Context) error {
	return func(c *gin.Context) error {
		if err := buffer(c.Request); err != nil {
			return err
		}
		user, _ := caller(c)
		own := g.join(user.ID)
		defer g.leave(user.ID)
		ctx, cancel := context.WithTimeout(c.Request.Context(), gateWait)
		defer cancel()
		for _, slots := range []chan struct{}{own.slots, g.all} {
			select {
			case slots <- struct{}{}:
				defer func() { <-slots }()
			case <-ctx.Done():
				return fault.Wrap(ctx.Err(), fault.Unavailable, "busy", "%s", g.busy)
			}
		}
		return serve(c)
	}
}

// buffer reads the body into memory, and one byte more than decode takes, so that decode sees what is too large.
func buffer(r *http.Request) error {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil {
		return fault.Wrap(err, fault.Malformed, "body_unreadable", "The request body could not be read.")
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	return nil
}

func (g *gate) join(userID int64) *share {
	g.mu.Lock()
	defer g.mu.Unlock()
	own := g.users[userID]
	if own == nil {
		own = &share{slots: make(chan struct{}, g.one)}
		g.users[userID] = own
	}
	own.count++
	return own
}

func (g *gate) leave(userID int64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.users[userID].count--; g.users[userID].count == 0 {
		delete(g.users, userID)
	}
}
