//go:build bench

package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"overmind/pkg/localdb"
)

// benchPart is the newest run of one shape on one flavour, kept in docs/benchmarks.
type benchPart struct {
	Shape       string          `json:"shape"`
	About       string          `json:"about"`
	Flavour     localdb.Flavour `json:"flavour"`
	Version     string          `json:"version"`
	Rows        int64           `json:"rows"`
	Date        string          `json:"date"`
	Machine     string          `json:"machine"`
	Load        string          `json:"load"` // of the machine when the run began: runnable tasks, average of a minute
	Contestants []*benchResult  `json:"contestants"`
}

// benchResult is what one contestant did. Failed says why it did not.
type benchResult struct {
	Name   string     `json:"name"`
	Failed string     `json:"failed,omitempty"`
	Runs   []benchRun `json:"runs"`
}

func newBenchPart(shape benchShape, source *benchServer, has benchInventory) *benchPart {
	part := &benchPart{Shape: shape.Name, About: shape.About, Flavour: source.server.Flavour, Rows: has.rows(),
		Date: time.Now().UTC().Format(time.DateOnly), Machine: machine(), Load: load()}
	if err := source.db.QueryRow("SELECT VERSION()").Scan(&part.Version); err != nil {
		part.Version = err.Error()
	}
	return part
}

func (p *benchPart) save(t *testing.T) {
	t.Helper()
	text, err := json.MarshalIndent(p, "", "  ")
	require.NoError(t, err)
	require.NoError(t, os.MkdirAll(benchFile("docs", "benchmarks"), 0o755))
	require.NoError(t, os.WriteFile(benchFile("docs", "benchmarks", fmt.Sprintf("%s-%s.json", p.Shape, p.Flavour)), append(text, '\n'), 0o644))
}

// median is that of one figure of all runs.
func (r *benchResult) median(of func(benchRun) float64) float64 {
	if len(r.Runs) == 0 {
		return 0
	}
	runs := slices.Clone(r.Runs)
	slices.SortFunc(runs, func(a, b benchRun) int { return cmp.Compare(of(a), of(b)) })
	middle := len(runs) / 2
	if len(runs)%2 == 0 {
		return (of(runs[middle-1]) + of(runs[middle])) / 2
	}
	return of(runs[middle])
}

func (r *benchResult) wall() float64 { return r.median(func(run benchRun) float64 { return run.Wall }) }

func (p *benchPart) find(name string) *benchResult {
	for _, r := range p.Contestants {
		if r.Name == name {
			return r
		}
	}
	return &benchResult{Name: name}
}

// ratio compares the medians of two contestants' wall times.
func (p *benchPart) ratio(of, to string) string {
	a, b := p.find(of).wall(), p.find(to).wall()
	if a == 0 || b == 0 {
		return "–"
	}
	return fmt.Sprintf("%.2f", a/b)
}

// table is the part as Markdown.
func (p *benchPart) table() string {
	var text strings.Builder
	text.WriteString("| | wall (s) | ratio | CPU (s): client | source | target | peak memory (MB) | all rounds, wall (s) |\n|---|---|---|---|---|---|---|---|\n")
	for _, r := range p.Contestants {
		if r.Failed != "" {
			fmt.Fprintf(&text, "| %s | cannot copy this: %s | | | | | | |\n", cell(r.Name), strings.ReplaceAll(r.Failed, "|", "/"))
			continue
		}
		peak := "–"
		if strings.HasPrefix(r.Name, copyAuto) {
			peak = fmt.Sprintf("%.0f", r.median(func(run benchRun) float64 { return float64(run.PeakKB) / 1024 }))
		}
		var walls []string
		for _, run := range r.Runs {
			walls = append(walls, fmt.Sprintf("%.1f", run.Wall))
		}
		fmt.Fprintf(&text, "| %s | %.1f | %s | %.1f | %.1f | %.1f | %s | %s |\n", cell(r.Name), r.wall(), p.ratio(r.Name, plainPipe),
			r.median(func(run benchRun) float64 { return run.Client }), r.median(func(run benchRun) float64 { return run.Source }),
			r.median(func(run benchRun) float64 { return run.Target }), peak, strings.Join(walls, " · "))
	}
	return text.String()
}

// cell is a contestant's name in a table.
func cell(name string) string { return "`" + strings.ReplaceAll(name, "|", "\\|") + "`" }

func (p *benchPart) print() { fmt.Printf("\n%s on %s\n%s", p.Shape, p.Version, p.table()) }

// writeBenchmarks composes docs/benchmarks.md of the newest run of each part.
func writeBenchmarks(t *testing.T) {
	t.Helper()
	files, err := filepath.Glob(benchFile("docs", "benchmarks", "*.json"))
	require.NoError(t, err)
	slices.Sort(files)
	var summary, details strings.Builder
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		var p benchPart
		require.NoError(t, json.Unmarshal(text, &p))
		fmt.Fprintf(&summary, "| %s | %s | %s | %s | %s | %s |\n", p.Shape, p.Version, p.ratio(copyAuto, plainPipe), p.ratio(copyPipe, plainPipe),
			p.ratio(mydumperPair, plainPipe), p.ratio(copyAuto, mydumperPair))
		fmt.Fprintf(&details, "\n## %s on %s\n\n%s; %d rows. %s, %s; load average %s before the first run.\n\n%s", p.Shape, p.Version, p.About, p.Rows, p.Date,
			p.Machine, p.Load, p.table())
	}
	page := fmt.Sprintf(benchPage, benchSettings["innodb_buffer_pool_size"], mydumperVersion(), summary.String(), details.String())
	require.NoError(t, os.WriteFile(benchFile("docs", "benchmarks.md"), []byte(page), 0o644))
}

const benchPage = `# Benchmarks

Written by ` + "`make bench`" + `; do not edit. One part at a time: ` + "`make bench ARGS=\"-shape=A -flavour=mariadb\"`" + `. The figures of
every run are in ` + "`docs/benchmarks/`" + `.

Two private servers of one flavour on the machine that also runs the client programs. All have a buffer pool of %s, 1 GB of
redo log, the binary log on in row format, and flush both logs at every commit. Contestants copy in turn, in rounds, with the
target emptied before each run. *wall* is the time of the whole process, from its start to its end, as the median of all
rounds; *ratio* compares it with the plain pipe. *CPU* has the client programs with their children, and both servers.
*peak memory* is that of the ` + "`overmind`" + ` process. After each run the rows and keys of every table are counted.
A load average above the number of cores says that the machine had other work too: then ratios and CPU seconds say more
than seconds.

- ` + "`mysqldump | mysql`" + `: ` + "`mysqldump --single-transaction --databases bench | mysql`" + `, with the programs of the flavour;
  on MySQL with ` + "`--set-gtid-purged=OFF`" + `, without which it works once only.
- ` + "`mydumper + myloader`" + `: %s, its defaults (4 threads), with ` + "`-e`" + ` because all others write the binary log too.
- ` + "`overmind copy`" + `: preflight, copy, every range compared by content, swap. With ` + "`--engine pipe`" + ` through the client programs,
  where rows are counted on both sides.
- ` + "`mydumper v…`" + `: another one than Debian's, built from source and given by ` + "`ARGS=\"-mydumper=FOLDER\"`" + `, with the same options.

| shape | server | ` + "`overmind copy`" + ` | ` + "`--engine pipe`" + ` | mydumper + myloader | ` + "`overmind copy`" + ` to mydumper + myloader |
|---|---|---|---|---|---|
%s%s`

// machine describes what the bench runs on.
func machine() string {
	read := func(file, key string) string {
		text, _ := os.ReadFile(file)
		for line := range strings.Lines(string(text)) {
			if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == key {
				return strings.TrimSpace(value)
			}
		}
		return "unknown"
	}
	var kb float64
	_, _ = fmt.Sscan(read("/proc/meminfo", "MemTotal"), &kb)
	kernel, _ := os.ReadFile("/proc/sys/kernel/osrelease")
	return fmt.Sprintf("%d cores (%s), %.0f GB of memory, Linux %s, %s", runtime.NumCPU(), read("/proc/cpuinfo", "model name"), kb/1024/1024,
		strings.TrimSpace(string(kernel)), runtime.Version())
}

// load is how busy the machine is with whatever else it does.
func load() string {
	text, _ := os.ReadFile("/proc/loadavg")
	average, _, _ := strings.Cut(string(text), " ")
	return average
}

func mydumperVersion() string {
	out, err := exec.Command("dpkg-query", "-W", "-f", "${Version}", "mydumper").Output()
	if err != nil {
		return "not installed"
	}
	return "Debian's " + string(out)
}
