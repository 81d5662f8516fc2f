package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"overmind/pkg/engine"
)

// progressBar shows a copy's progress: one line that is redrawn on a terminal, one line a phase elsewhere.
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
		if label != b.last {
			b.last = label
			_, _ = fmt.Fprintf(b.out, "    %-10s %d rows\n", label, p.RowsDone)
		}
		return
	}
	part := 0.0
	if p.RowsTotal > 0 {
		part = min(1, float64(p.RowsDone)/float64(p.RowsTotal))
	}
	full := int(part * barWidth)
	b.last = fmt.Sprintf("    %-10s %s%s %3.0f %%  %d rows  %.1f MB", label, strings.Repeat("█", full), strings.Repeat("░", barWidth-full),
		part*100, p.RowsDone, float64(p.BytesDone)/1e6)
	_, _ = fmt.Fprintf(b.out, "\r\x1b[K%s", b.last)
}

// end leaves the last state on its line.
func (b *progressBar) end() {
	if b.terminal && b.last != "" {
		_, _ = fmt.Fprintln(b.out)
	}
}
