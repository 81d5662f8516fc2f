// Package pipe moves the rows of tables with the servers' own client programs: mysqldump, a pump in Go that lets only
// rows through, and mysql. No shell is involved, no secret is in an argument or in the environment.
package pipe

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"

	"overmind/pkg/fault"
)

// Tool is a client program that was found and asked for its version and options.
type Tool struct {
	Path    string
	MariaDB bool
	Version string
	options map[string]bool
}

// Has tells whether the program knows an option, written without dashes.
func (t Tool) Has(option string) bool { return t.options[option] }

// Finder looks for client programs and remembers what it found.
type Finder struct {
	Dirs []string // searched before PATH

	mu    sync.Mutex
	known map[string]Tool
}

var (
	dumpNames = map[bool][]string{true: {"mariadb-dump", "mysqldump"}, false: {"mysqldump"}}
	loadNames = map[bool][]string{true: {"mariadb", "mysql"}, false: {"mysql"}}
)

// Dump finds the dump program of a flavour, else one of the other. Fault code: client_missing.
func (f *Finder) Dump(ctx context.Context, mariaDB bool) (Tool, error) {
	return f.find(ctx, mariaDB, dumpNames, "mysqldump")
}

// Load finds the client program of a flavour, else one of the other. Fault code: client_missing.
func (f *Finder) Load(ctx context.Context, mariaDB bool) (Tool, error) {
	return f.find(ctx, mariaDB, loadNames, "mysql")
}

func (f *Finder) find(ctx context.Context, mariaDB bool, names map[bool][]string, what string) (Tool, error) {
	var other *Tool
	for _, name := range append(names[mariaDB], names[!mariaDB]...) {
		for _, path := range f.candidates(name) {
			tool, err := f.ask(ctx, path)
			switch {
			case ctx.Err() != nil:
				return Tool{}, ctx.Err()
			case err != nil:
				continue
			case tool.MariaDB == mariaDB:
				return tool, nil
			case other == nil:
				other = &tool
			}
		}
	}
	if other != nil {
		return *other, nil
	}
	return Tool{}, fault.New(fault.Unavailable, "client_missing", "The program %s was not found on this host.", what)
}

func (f *Finder) candidates(name string) []string {
	var list []string
	for _, dir := range f.Dirs {
		if path, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
			list = append(list, path)
		}
	}
	if path, err := exec.LookPath(name); err == nil {
		list = append(list, path)
	}
	return list
}

var optionLine = regexp.MustCompile(`(?m)^\s+(?:-\S, )?--([a-z0-9-]+)`)

// ask runs --version and --help once for each state of a program file.
func (f *Finder) ask(ctx context.Context, path string) (Tool, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return Tool{}, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return Tool{}, err
	}
	key := path + info.ModTime().String()
	f.mu.Lock()
	defer f.mu.Unlock()
	if tool, ok := f.known[key]; ok {
		return tool, nil
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	version, err := output(ctx, path, "--no-defaults", "--version")
	if err != nil {
		return Tool{}, err
	}
	help, err := output(ctx, path, "--no-defaults", "--help")
	if err != nil {
		return Tool{}, err
	}
	tool := Tool{Path: path, Version: strings.TrimSpace(strings.TrimPrefix(version, path)), options: map[string]bool{}}
	tool.MariaDB = strings.Contains(version, "MariaDB")
	for _, m := range optionLine.FindAllStringSubmatch(help, -1) {
		tool.options[m[1]] = true
	}
	if len(tool.options) == 0 {
		return Tool{}, errors.New("no options in --help")
	}
	if f.known == nil {
		f.known = map[string]Tool{}
	}
	f.known[key] = tool
	return tool, nil
}

func output(ctx context.Context, path string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env, cmd.Dir = childEnv, "/"
	out, err := cmd.Output()
	return string(out), err
}

// childEnv is the whole environment of a child: nothing of ours reaches it, and it has no home to read options from.
var childEnv = []string{"PATH=/usr/bin:/bin", "LANG=C", "LC_ALL=C", "TZ=UTC", "HOME=/nonexistent"}
