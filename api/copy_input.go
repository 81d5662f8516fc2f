package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/term"

	"overmind/pkg/engine"
	"overmind/pkg/fault"
	"overmind/pkg/secret"
)

func usageError(format string, args ...any) error {
	return fault.New(fault.Malformed, "usage", format, args...)
}

// spec turns the command line into what the engine takes; every error is one of usage.
func (f copyFlags) spec(ctx context.Context, args []string) (engine.Spec, error) {
	var none engine.Spec
	if len(args) > 0 {
		return none, usageError("unexpected argument %q", args[0])
	}
	for _, choice := range []struct {
		flag, value string
		allowed     []string
	}{
		{"if-exists", f.ifExists, []string{"refuse", "replace"}},
		{"content", f.content, []string{"structure+data", "structure"}},
		{"engine", f.engine, []string{"auto", "native", "pipe"}},
		{"tls", f.tls, []string{"off", "preferred", "required", "verify-ca", "verify-full"}},
	} {
		if !slices.Contains(choice.allowed, choice.value) {
			return none, usageError("--%s must be one of %s", choice.flag, strings.Join(choice.allowed, ", "))
		}
	}
	limits, err := f.limits()
	if err != nil {
		return none, err
	}
	source, sourceDatabase, err := parseURL("from", f.from)
	if err != nil {
		return none, err
	}
	target, targetDatabase, err := parseURL("to", f.to)
	if err != nil {
		return none, err
	}
	if sourceDatabase == "" {
		return none, usageError("--from must name a database: mysql://USER@HOST:PORT/DB")
	}
	if targetDatabase == "" {
		targetDatabase = sourceDatabase
	}
	tables, err := splitTables(f.tables)
	if err != nil {
		return none, err
	}
	source.TLS, target.TLS = engine.TLSMode(f.tls), engine.TLSMode(f.tls)
	if source.TLSCA, err = optionalFile("from-tls-ca", f.fromCA); err != nil {
		return none, err
	}
	if target.TLSCA, err = optionalFile("to-tls-ca", f.toCA); err != nil {
		return none, err
	}
	if source.Password, err = password(ctx, "from", f.fromPassword, source); err != nil {
		return none, err
	}
	if target.Password, err = password(ctx, "to", f.toPassword, target); err != nil {
		return none, err
	}
	return engine.Spec{
		Source: source, Target: target, SourceDatabase: sourceDatabase, TargetDatabase: targetDatabase, Tables: tables,
		Content: engine.Content(f.content), IfExists: engine.IfExists(f.ifExists), Executor: engine.Executor(f.engine), Parallel: f.parallel,
		Limits: limits,
	}, nil
}

func (f copyFlags) limits() (engine.Limits, error) {
	for flag, n := range map[string]float64{"parallel": float64(f.parallel), "max-mb-per-second": f.megabytes, "pause-threads": float64(f.pauseThreads), "pause-lag": float64(f.pauseLag)} {
		if n < 0 {
			return engine.Limits{}, usageError("--%s must not be negative", flag)
		}
	}
	if f.connections != 0 && f.connections < engine.LeastConnections {
		return engine.Limits{}, usageError("--max-connections must be at least %d", engine.LeastConnections)
	}
	each := engine.ServerLimits{Connections: f.connections, Threads: f.pauseThreads, LagSeconds: f.pauseLag}
	return engine.Limits{BytesPerSecond: int64(f.megabytes * 1e6), Source: each, Target: each}, nil
}

// parseURL reads mysql://USER@HOST[:PORT][/DB]; the parts are percent-decoded.
func parseURL(flag, text string) (at engine.Endpoint, database string, err error) {
	if text == "" {
		return at, "", usageError("--%s is needed: mysql://USER@HOST:PORT/DB", flag)
	}
	u, err := url.Parse(text)
	switch {
	case err != nil: // its text could hold a password
		return at, "", usageError("--%s is not a URL", flag)
	case u.Scheme != "mysql" || u.Opaque != "":
		return at, "", usageError("--%s must start with mysql://", flag)
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || strings.Contains(text, "#"):
		return at, "", usageError("--%s takes no options after the database", flag)
	case u.Hostname() == "":
		return at, "", usageError("--%s has no host", flag)
	case u.User == nil || u.User.Username() == "":
		return at, "", usageError("--%s has no user", flag)
	}
	if _, set := u.User.Password(); set {
		return at, "", usageError("--%s must not hold a password: use --%s-password-file, OVERMIND_%s_PASSWORD or the terminal", flag, flag, strings.ToUpper(flag))
	}
	at = engine.Endpoint{Host: u.Hostname(), Port: 3306, User: u.User.Username()}
	if port := u.Port(); port != "" {
		if at.Port, err = strconv.Atoi(port); err != nil || at.Port < 1 || at.Port > 65535 {
			return at, "", usageError("--%s has a port that is not between 1 and 65535", flag)
		}
	}
	path := strings.TrimPrefix(u.EscapedPath(), "/")
	if strings.Contains(path, "/") {
		return at, "", usageError("--%s has more than a database after the host", flag)
	}
	database, err = url.PathUnescape(path)
	if err != nil {
		return at, "", usageError("--%s is not a URL", flag)
	}
	return at, database, nil
}

// splitTables splits each value at its commas; `\,` and `\\` stand for a comma and a backslash in a name.
func splitTables(values []string) ([]string, error) {
	var names []string
	for _, value := range values {
		var name strings.Builder
		for i := 0; i < len(value); i++ {
			switch {
			case value[i] == '\\' && i+1 < len(value) && (value[i+1] == ',' || value[i+1] == '\\'):
				i++
				name.WriteByte(value[i])
			case value[i] == '\\':
				return nil, usageError(`--tables: a backslash must be followed by a comma or another backslash`)
			case value[i] == ',':
				names = append(names, name.String())
				name.Reset()
			default:
				name.WriteByte(value[i])
			}
		}
		names = append(names, name.String())
	}
	if slices.Contains(names, "") {
		return nil, usageError("--tables holds an empty name")
	}
	return names, nil
}

func optionalFile(flag, path string) (string, error) {
	if path == "" {
		return "", nil
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return "", usageError("--%s: %v", flag, err)
	}
	return string(content), nil
}

// password takes the first of file, environment and terminal that is there; an empty password is one as well.
func password(ctx context.Context, side, file string, at engine.Endpoint) (secret.String, error) {
	if file != "" {
		content, err := os.ReadFile(file)
		if err != nil {
			return secret.String{}, usageError("--%s-password-file: %v", side, err)
		}
		return secret.New(strings.TrimSuffix(string(content), "\n")), nil
	}
	if value, set := os.LookupEnv("OVERMIND_" + strings.ToUpper(side) + "_PASSWORD"); set {
		return secret.New(value), nil
	}
	stdin := int(os.Stdin.Fd())
	if !term.IsTerminal(stdin) {
		return secret.String{}, usageError("no password for --%s: use --%s-password-file or OVERMIND_%s_PASSWORD", side, side, strings.ToUpper(side))
	}
	fmt.Fprintf(os.Stderr, "Password of %s on %s (--%s): ", at.User, at.Host, side)
	typed, err := readPassword(ctx, stdin)
	fmt.Fprintln(os.Stderr)
	if err != nil {
		return secret.String{}, errors.Join(usageError("the password for --%s could not be read", side), err)
	}
	return secret.New(string(typed)), nil
}

// readPassword reads a line without showing it. When ctx ends first, the terminal shows again what is typed.
func readPassword(ctx context.Context, terminal int) ([]byte, error) {
	before, err := term.GetState(terminal)
	if err != nil {
		return nil, err
	}
	type line struct {
		typed []byte
		err   error
	}
	read := make(chan line, 1)
	go func() { // ends with the program when nobody types
		typed, err := term.ReadPassword(terminal)
		read <- line{typed, err}
	}()
	select {
	case <-ctx.Done():
		return nil, errors.Join(ctx.Err(), term.Restore(terminal, before))
	case l := <-read:
		return l.typed, l.err
	}
}
