package job

import (
	"context"
	"encoding/json"
	"log/slog"
	"maps"
	"sync"
	"time"

	"overmind/pkg/fault"
)

// Line is one line of what a run says while it works, for the people who watch its ticket.
type Line struct {
	At      time.Time // on this process's clock
	Level   string    // info, warn or error
	Message string
	Data    json.RawMessage // the values that the message speaks of
}

// book keeps a run's lines until they are stored.
type book struct {
	mu    sync.Mutex
	lines []Line
	store sync.Mutex // held while lines are stored, so that they keep their order
}

const bookLimit = 500 // lines that wait while the database is away; the newest beyond it are lost

func (b *book) add(l Line) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.lines) < bookLimit {
		b.lines = append(b.lines, l)
	}
}

func (b *book) waiting() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.lines) > 0
}

// flush hands the waiting lines to write; those that it could not write wait on.
func (b *book) flush(write func([]Line) error) error {
	b.store.Lock()
	defer b.store.Unlock()
	b.mu.Lock()
	lines := b.lines
	b.mu.Unlock()
	if len(lines) == 0 {
		return nil
	}
	if err := write(lines); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lines = b.lines[len(lines):]
	return nil
}

// scribe is a slog.Handler that writes into a book what it passes on.
type scribe struct {
	slog.Handler
	book  *book
	group string
	data  map[string]any
}

func (s *scribe) Handle(ctx context.Context, r slog.Record) error {
	if r.Level >= slog.LevelInfo {
		data := maps.Clone(s.data)
		r.Attrs(func(a slog.Attr) bool { data[s.group+a.Key] = plain(a.Value); return true })
		if text, err := json.Marshal(data); err == nil {
			s.book.add(Line{At: r.Time, Level: levelName(r.Level), Message: r.Message, Data: text})
		}
	}
	if !s.Handler.Enabled(ctx, r.Level) {
		return nil
	}
	return s.Handler.Handle(ctx, r)
}

func (s *scribe) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelInfo || s.Handler.Enabled(ctx, level)
}

func (s *scribe) WithAttrs(attrs []slog.Attr) slog.Handler {
	data := maps.Clone(s.data)
	for _, a := range attrs {
		data[s.group+a.Key] = plain(a.Value)
	}
	return &scribe{Handler: s.Handler.WithAttrs(attrs), book: s.book, group: s.group, data: data}
}

func (s *scribe) WithGroup(name string) slog.Handler {
	return &scribe{Handler: s.Handler.WithGroup(name), book: s.book, group: s.group + name + ".", data: s.data}
}

func levelName(l slog.Level) string {
	switch {
	case l >= slog.LevelError:
		return "error"
	case l >= slog.LevelWarn:
		return "warn"
	}
	return "info"
}

// plain gives a value as people may see it: of an error only what was written for them.
func plain(v slog.Value) any {
	switch v = v.Resolve(); v.Kind() {
	case slog.KindDuration:
		return v.Duration().Seconds()
	case slog.KindString, slog.KindBool, slog.KindInt64, slog.KindUint64, slog.KindFloat64, slog.KindTime:
		return v.Any()
	}
	switch x := v.Any().(type) {
	case error:
		return fault.As(x).Message
	case []error:
		texts := make([]string, len(x))
		for i, err := range x {
			texts[i] = err.Error()
		}
		return texts
	case []string:
		return x
	}
	return v.String()
}

// Log implements Control.
func (r *run) Log() *slog.Logger {
	return slog.New(&scribe{Handler: r.log.Handler(), book: &r.book, data: map[string]any{}})
}

// storeLog stores what waits. A log is told, not promised: no run ends otherwise because its lines could not be kept.
func (r *run) storeLog(ctx context.Context) {
	err := r.book.flush(func(lines []Line) error { return r.e.store.Log(ctx, r.job.ID, r.job.Fence, lines) })
	if err != nil {
		r.log.Warn("lines of the log not stored", "error", err)
	}
}
