package testkit

import (
	"fmt"
	"io"
	"net"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// Relay stands between a program and a server, as a network that can break.
type Relay struct {
	Port int

	to    string
	mu    sync.Mutex
	cut   bool
	conns []net.Conn
	near  map[net.Conn]bool // of conns, those of the program
}

// NewRelay passes on to a port of this host until the test ends.
func NewRelay(t testing.TB, port int) *Relay {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	r := &Relay{Port: listener.Addr().(*net.TCPAddr).Port, to: fmt.Sprintf("127.0.0.1:%d", port), near: map[net.Conn]bool{}}
	t.Cleanup(func() { _ = listener.Close(); r.Cut() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go r.pass(conn)
		}
	}()
	return r
}

func (r *Relay) pass(near net.Conn) {
	far, err := net.Dial("tcp", r.to)
	if err != nil || !r.keep(near, far) {
		reset(near)
		return
	}
	go func() {
		_, _ = io.Copy(far, near)
		if r.knows(near) {
			reset(far)
		}
	}()
	_, _ = io.Copy(near, far)
	reset(near)
}

func (r *Relay) knows(near net.Conn) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.near[near]
}

func (r *Relay) keep(near, far net.Conn) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.cut {
		reset(near)
		reset(far)
		return false
	}
	r.conns = append(r.conns, near, far)
	r.near[near] = true
	return true
}

// Lose resets the program's side of every connection and tells the server nothing, as a firewall that forgets them. New
// ones get through.
func (r *Relay) Lose() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for near := range r.near {
		reset(near)
	}
	clear(r.near)
}

// Cut resets every connection, and new ones until Mend.
func (r *Relay) Cut() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cut = true
	for _, conn := range r.conns {
		reset(conn)
	}
	r.conns = nil
	clear(r.near)
}

// Mend lets connections through again.
func (r *Relay) Mend() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cut = false
}

// reset closes a connection without a goodbye.
func reset(conn net.Conn) {
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}
