package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"overmind/pkg/engine"
)

// progressBar shows a copy's progress: one line that is redrawn on a terminal, elsewhere one line a phase and one for
// each reason to stand still.
type progressBar struct {
	out      io.Writer
	terminal bool
	last     string
}

func newProgressBar(out io.Writer) *progressBar {
	file, ok := out.(*os.File)
	return &progressBar{out: out, terminal: ok && term.IsTerminal(int(file.Fd()))}
}

const barWidth = 32

func (b *progressBar) show(label string, p engine.Progress) {
	if p.Phase != "" {
		label = string(p.Phase)
	}
	if !b.terminal {
		line := label
		if p.Stall != nil {
			line += ": " + p.Stall.Message.EN
		}
		if line != b.last {
			b.last = line
			_, _ = fmt.Fprintf(b.out, "    %-10s %d rows\n", line, p.RowsDone)
		}
		return
	}
	full := int(p.Percent / 100 * barWidth)
	b.last = fmt.Sprintf("    %-10s %s%s %3.0f %%  %d rows  %.1f MB%s", label, strings.Repeat("█", full), strings.Repeat("░", barWidth-full),
		p.Percent, p.RowsDone, float64(p.BytesDone)/1e6, outlook(p))
	_, _ = fmt.Fprintf(b.out, "\r\x1b[K%s", b.last)
}

// outlook is how the rest of the copy looks: its pace and time, or why it stands still.
func outlook(p engine.Progress) string {
	switch {
	case p.Stall != nil:
		return "  " + p.Stall.Message.EN
	case p.Phase != engine.PhaseLoad && p.Phase != engine.PhaseIndex || p.ETASeconds == nil:
		return ""
	}
	return fmt.Sprintf("  %.1f MB/s  about %s left", float64(p.Rate)/1e6, time.Duration(*p.ETASeconds)*time.Second)
}

// end leaves the last state on its line.
func (b *progressBar) end() {
	if b.terminal && b.last != "" {
		_, _ = fmt.Fprintln(b.out)
	}
}
