package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"overmind/pkg/config"
	"overmind/pkg/secret"
)

func newDemoCommand() *cobra.Command {
	var once bool
	var port int
	command := &cobra.Command{
		Use:   "demo",
		Short: "Start a complete installation with sample data and do the main job in it",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
			defer stop()
			return runDemo(ctx, cmd.OutOrStdout(), port, once)
		},
	}
	command.Flags().BoolVar(&once, "once", false, "end after the three tickets instead of staying up")
	command.Flags().IntVar(&port, "port", 8080, "port of the API and the pages; a free one is taken when it is in use")
	return command
}

// demo is one run of the demonstration: its servers, its installation and its people.
type demo struct {
	out     io.Writer
	folder  string
	url     string
	servers *demoServers
	people  demoPeople
	places  demoPlaces
	started time.Time
}

func runDemo(ctx context.Context, out io.Writer, port int, once bool) (err error) {
	d := &demo{out: out, started: time.Now()}
	if d.folder, err = os.MkdirTemp("", "overmind-demo-"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(d.folder)) }()

	d.say("Overmind demo in %s", d.folder)
	d.step("Starting three private database servers and filling the shop")
	if d.servers, err = startDemoServers(ctx, d.folder); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.servers.stop()) }()
	d.done("metadata :%d, production :%d, test :%d; %d rows in %d tables", d.servers.metadata.Port, d.servers.production.Port,
		d.servers.test.Port, d.servers.rows, d.servers.tables)

	d.step("Starting Overmind with its in-process queue")
	r, adminPassword, err := d.serve(ctx, port)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.stop()) }()
	d.done("%s", d.url)

	if err := d.play(ctx, adminPassword); err != nil {
		return errors.Join(err, d.showLog())
	}
	d.say("\nDone in %.0f s.", time.Since(d.started).Seconds())
	if once {
		return nil
	}
	environment, err := d.writeEnvironment()
	if err != nil {
		return err
	}
	d.say("\n  %s          the web application\n  %s/swagger/index.html   the API\n  source %s   URL and tokens for curl, as in the README\n\nCtrl-C ends the demo and removes everything.",
		d.url, d.url, environment)
	return r.wait(ctx)
}

// play does the main job through the HTTP API, as the people who would do it.
func (d *demo) play(ctx context.Context, adminPassword secret.String) error {
	for _, scene := range []func(context.Context) error{
		func(ctx context.Context) error { return d.createPeople(ctx, adminPassword) },
		d.createInventory,
		d.copyWholeDatabase,
		d.copyTwoTables,
		d.rejectBlocked,
	} {
		if err := scene(ctx); err != nil {
			return err
		}
	}
	return nil
}

// serve runs the installation in this process, as `overmind serve` would with nothing but the metadata database.
func (d *demo) serve(ctx context.Context, port int) (*running, secret.String, error) {
	listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		if listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			return nil, secret.String{}, err
		}
	}
	d.url = "http://" + listener.Addr().String()
	logFile, err := os.OpenFile(filepath.Join(d.folder, "overmind.log"), os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, secret.String{}, err
	}
	c := config.Default()
	c.Listen, c.ExternalURL = listener.Addr().String(), d.url
	c.Database = config.Database{Host: "127.0.0.1", Port: d.servers.metadata.Port, User: "root", Name: "overmind",
		Password: secret.New(d.servers.metadata.RootPassword), TLS: "preferred"}
	c.KeysFile = filepath.Join(d.folder, "keys.json")
	c.Inventory.AllowLoopback = true
	a, err := newApp(ctx, c, newLog(logFile, c.Log))
	if err != nil {
		return nil, secret.String{}, err
	}
	_, password, _, err := a.accounts.Bootstrap(ctx)
	if err != nil {
		return nil, secret.String{}, errors.Join(err, a.store.Close())
	}
	r, err := a.start(listener, true)
	return r, password, err
}

// writeEnvironment leaves what the README's transcript needs: the URL and one token a user.
func (d *demo) writeEnvironment() (string, error) {
	path := filepath.Join(d.folder, "demo.env")
	content := fmt.Sprintf("export OVERMIND_URL=%s\nexport USER_TOKEN=%s\nexport DBA_TOKEN=%s\nexport ADMIN_TOKEN=%s\nexport PRODUCTION=%d\nexport TEST=%d\n",
		d.url, d.people.user.token.Reveal(), d.people.dba.token.Reveal(), d.people.admin.token.Reveal(), d.places.production, d.places.test)
	return path, os.WriteFile(path, []byte(content), 0o600)
}

// showLog prints the end of the program's log, because the folder goes away with the demo.
func (d *demo) showLog() error {
	log, err := os.ReadFile(filepath.Join(d.folder, "overmind.log"))
	lines := strings.Split(strings.TrimSpace(string(log)), "\n")
	d.say("\nThe end of the log:\n%s", strings.Join(lines[max(0, len(lines)-20):], "\n"))
	return err
}
