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

const (
	looksOfOne = 4
	looksOfAll = 16
	lookWait   = 10 * time.Second // and preflight's 30 s still end within requestTime
)

// gate bounds how many requests look at database servers at once, in all and for one person. Every look opens
// connections to servers that others depend on, and any account may ask for one.
type gate struct {
	all chan struct{}

	mu    sync.Mutex
	users map[int64]*share
}

// share is one person's part; it is forgotten when nobody holds or waits for it.
type share struct {
	slots chan struct{}
	count int
}

func newGate() *gate {
	return &gate{all: make(chan struct{}, looksOfAll), users: map[int64]*share{}}
}

// looking lets a request wait for its turn before it is served. The body is read first: who sends it slowly holds
// nobody up.
func (g *gate) looking(serve func(*gin.Context) error) func(*gin.Context) error {
	return func(c *gin.Context) error {
		if err := buffer(c.Request); err != nil {
			return err
		}
		user, _ := caller(c)
		own := g.join(user.ID)
		defer g.leave(user.ID)
		ctx, cancel := context.WithTimeout(c.Request.Context(), lookWait)
		defer cancel()
		for _, slots := range []chan struct{}{own.slots, g.all} {
			select {
			case slots <- struct{}{}:
				defer func() { <-slots }()
			case <-ctx.Done():
				return fault.Wrap(ctx.Err(), fault.Unavailable, "busy", "Too many checks of database servers are going on. Try again.")
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
		own = &share{slots: make(chan struct{}, looksOfOne)}
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
