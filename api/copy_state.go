package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"syscall"

	"overmind/pkg/engine"
	"overmind/pkg/fault"
)

// copyState is what another process needs to finish or to undo a copy whose own one was killed. It is kept in a file as
// long as the copy runs, and while something of it is left on a server; it holds no password.
type copyState struct {
	From     string          `json:"from"`
	To       string          `json:"to"`
	TLS      string          `json:"tls"`
	FromCA   string          `json:"from_ca,omitempty"`
	ToCA     string          `json:"to_ca,omitempty"`
	Names    engine.Names    `json:"names"`
	Sessions engine.Sessions `json:"sessions"`
	Intent   engine.Intent   `json:"intent,omitempty"` // absent before the commit point

	mu   sync.Mutex
	file *os.File // locked as long as the process lives
}

// stateFolders are where the files may be: the first that can be written to is used.
func stateFolders() []string {
	folders := []string{filepath.Join(os.TempDir(), fmt.Sprintf("overmind-%d", os.Getuid()))}
	state := os.Getenv("XDG_STATE_HOME")
	if home, err := os.UserHomeDir(); state == "" && err == nil {
		state = filepath.Join(home, ".local", "state")
	}
	if state != "" {
		folders = append([]string{filepath.Join(state, "overmind", "copies")}, folders...)
	}
	return folders
}

// onlyOurs makes sure that nobody else can put a file into a folder: what is in one is done with the user's rights.
func onlyOurs(folder string) error {
	info, err := os.Lstat(folder)
	if err != nil {
		return err
	}
	owner, known := info.Sys().(*syscall.Stat_t)
	if !info.IsDir() || info.Mode().Perm()&0o022 != 0 || !known || int(owner.Uid) != os.Getuid() {
		return fmt.Errorf("%s is not a folder that only its user can write to", folder)
	}
	return nil
}

// keepState begins the file of a copy.
func keepState(f copyFlags, names engine.Names) (*copyState, error) {
	s := &copyState{From: f.from, To: f.to, TLS: f.tls, Names: names}
	for _, ca := range []struct {
		to   *string
		path string
	}{{&s.FromCA, f.fromCA}, {&s.ToCA, f.toCA}} {
		if ca.path == "" {
			continue
		}
		path, err := filepath.Abs(ca.path)
		if err != nil {
			return nil, err
		}
		*ca.to = path
	}
	var err error
	for _, folder := range stateFolders() {
		if err = os.MkdirAll(folder, 0o700); err == nil {
			err = onlyOurs(folder)
		}
		if err == nil {
			s.file, err = os.OpenFile(filepath.Join(folder, names.Staging), os.O_CREATE|os.O_EXCL|os.O_RDWR|os.O_APPEND, 0o600)
		}
		if err == nil {
			break
		}
	}
	if err != nil {
		return nil, err
	}
	// another process may be looking whether this one is gone
	if err := errors.Join(syscall.Flock(int(s.file.Fd()), syscall.LOCK_EX), s.write()); err != nil {
		s.remove()
		return nil, err
	}
	return s, nil
}

// write adds the state as it is now: a process that is killed here leaves the one before.
func (s *copyState) write() error {
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	if _, err = s.file.Write(append(text, '\n')); err != nil {
		return err
	}
	return s.file.Sync()
}

func (s *copyState) sessions(_ context.Context, ids engine.Sessions) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Sessions = ids
	return s.write()
}

func (s *copyState) commit(intent engine.Intent) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Intent = intent
	return s.write()
}

func (s *copyState) remove() {
	_ = os.Remove(s.file.Name())
	_ = s.file.Close()
}

// openState reads the file of a copy whose process is gone.
func openState(path string) (*copyState, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_APPEND, 0)
	if err != nil {
		return nil, usageError("--recover: %v", err)
	}
	s := &copyState{file: file}
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err != nil {
		_ = file.Close()
		return nil, fault.Wrap(err, fault.Conflict, "copy_running", "The copy of %s is still running.", path)
	}
	text, err := io.ReadAll(file)
	lines := bytes.Split(text, []byte("\n"))
	if err == nil && len(lines) < 2 {
		err = io.ErrUnexpectedEOF
	}
	if err == nil {
		err = json.Unmarshal(lines[len(lines)-2], s) // what follows the last newline is not whole
	}
	if err != nil {
		_ = file.Close()
		return nil, usageError("--recover: %s is not the state of a copy: %v", path, err)
	}
	return s, nil
}

// brokenCopy is the file of a copy into the same database that broke off after its commit point; empty = there is none.
func brokenCopy(f copyFlags) string {
	for _, folder := range stateFolders() {
		if onlyOurs(folder) != nil {
			continue
		}
		entries, _ := os.ReadDir(folder)
		for _, entry := range entries {
			path := filepath.Join(folder, entry.Name())
			s, err := openState(path)
			if err != nil {
				continue
			}
			_ = s.file.Close()
			if len(s.Intent) > 0 && s.To == f.to && (s.From == f.from || hasDatabase(f.to)) {
				return path
			}
		}
	}
	return ""
}

func hasDatabase(to string) bool {
	_, database, err := parseURL("to", to)
	return err == nil && database != ""
}
