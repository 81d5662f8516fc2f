package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/term"

	"overmind/pkg/engine"
	"overmind/pkg/fault"
)

// copyOutput writes JSON lines to stdout for programs, or words and a progress bar to stderr for people.
type copyOutput struct {
	mu    sync.Mutex
	lines *json.Encoder // nil = for people
	err   io.Writer
	bar   *progressBar
}

func newCopyOutput(asJSON bool) *copyOutput {
	o := &copyOutput{err: os.Stderr, bar: newProgressBar(os.Stderr)}
	if asJSON || !term.IsTerminal(int(os.Stdout.Fd())) {
		o.lines = json.NewEncoder(os.Stdout)
	}
	return o
}

// line writes one JSON line; a reader that has gone away does not stop a copy.
func (o *copyOutput) line(v any) {
	o.mu.Lock()
	defer o.mu.Unlock()
	_ = o.lines.Encode(v)
}

// say writes to people. Names come from a server: what would steer a terminal in them is not shown.
func (o *copyOutput) say(format string, args ...any) {
	o.mu.Lock()
	defer o.mu.Unlock()
	_, _ = fmt.Fprintln(o.err, strings.Map(printable, fmt.Sprintf(format, args...)))
}

func printable(r rune) rune {
	if r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) {
		return utf8.RuneError
	}
	return r
}

func (o *copyOutput) plan(p engine.Plan, findings []engine.Finding) {
	if o.lines != nil {
		o.line(struct {
			Type string `json:"type"`
			engine.Plan
		}{"plan", p})
	} else {
		o.say("%d tables, about %d rows and %.1f MB; %d views, %d triggers, %d routines, %d events; replaces %d, keeps %d",
			len(p.Tables), p.TotalRows, float64(p.TotalBytes)/1e6, len(p.Views), len(p.Triggers), len(p.Routines), len(p.Events), len(p.Replaces), len(p.Kept))
		if e := p.Estimate; e != nil {
			o.say("about %s", span(e.SecondsLow, e.SecondsHigh))
		}
	}
	for _, f := range findings {
		o.finding(f)
	}
}

// span says how long something takes, as no more than is known: "3 to 6 min".
func span(low, high int64) string {
	if high < 120 {
		return fmt.Sprintf("%d to %d s", low, high)
	}
	return fmt.Sprintf("%d to %d min", low/60, (high+59)/60)
}

func (o *copyOutput) finding(f engine.Finding) {
	if o.lines != nil {
		o.line(struct {
			Type string `json:"type"`
			engine.Finding
		}{"finding", f})
		return
	}
	o.say("%-7s %s: %s %s\n        %s", f.Level, f.Code, f.Message.EN, strings.Join(f.Objects, ", "), f.Remedy.EN)
}

func (o *copyOutput) progress(p engine.Progress) {
	if o.lines != nil {
		o.line(struct {
			Type string `json:"type"`
			engine.Progress
		}{"progress", p})
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.bar.show("", p)
}

// ask asks a question where there is a person to answer; anything but yes is no, and so is the end of ctx.
func (o *copyOutput) ask(ctx context.Context, question string) bool {
	if o.lines != nil || !term.IsTerminal(int(os.Stdin.Fd())) {
		return false
	}
	_, _ = fmt.Fprint(o.err, question)
	answer := make(chan string, 1)
	go func() { // ends with the program when nobody answers
		line, _ := bufio.NewReader(os.Stdin).ReadString('\n')
		answer <- strings.ToLower(strings.TrimSpace(line))
	}()
	select {
	case <-ctx.Done():
		return false
	case said := <-answer:
		return said == "y" || said == "yes"
	}
}

type copyError struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// finish writes the result, which is always the last line, and becomes the process's exit code.
func (o *copyOutput) finish(r copyResult) error {
	if r.status == "" {
		r.status = copyStatus[r.code]
	}
	var failure *copyError
	if r.err != nil {
		known := fault.As(r.err)
		failure = &copyError{known.Code, known.Message}
	}
	if o.lines != nil {
		tables := r.report.Tables
		if tables == nil {
			tables = []engine.TableResult{}
		}
		o.line(struct {
			Type     string               `json:"type"`
			Status   string               `json:"status"`
			ExitCode int                  `json:"exit_code"`
			Tables   []engine.TableResult `json:"tables"`
			Error    *copyError           `json:"error,omitempty"`
		}{"result", r.status, r.code, tables, failure})
	} else {
		o.bar.end()
		for _, t := range r.report.Tables {
			if r.code == exitCopied {
				o.say("%10d rows  %8.1f s  %s", t.Rows, t.Seconds, t.Name)
			}
		}
		if failure != nil {
			o.say("%s: %s (%s)", r.status, failure.Message, failure.Code)
		} else {
			o.say("%s", r.status)
		}
	}
	if r.code == exitCopied {
		return nil
	}
	return exitCode(r.code)
}
