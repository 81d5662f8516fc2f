package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"overmind/pkg/config"
)

func newServeCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "serve",
		Short: "Serve the API and the web application, and copy unless worker.enabled is false",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runService(cmd, true)
		},
	}
}

func newWorkerCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "worker",
		Short: "Copy for the API nodes: needs their database, their Redis and their keys file",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runService(cmd, false)
		},
	}
}

func loadConfig(cmd *cobra.Command) (config.Config, error) {
	path, err := cmd.Flags().GetString("config")
	if err != nil {
		return config.Config{}, err
	}
	return config.Load(path, os.Environ())
}

func runService(cmd *cobra.Command, api bool) (err error) {
	c, err := loadConfig(cmd)
	if err != nil {
		return err
	}
	log := newLog(cmd.ErrOrStderr(), c.Log)
	ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	var listener net.Listener
	if api {
		if listener, err = net.Listen("tcp", c.Listen); err != nil {
			return fmt.Errorf("listen: %w", err)
		}
	}
	a, err := newApp(ctx, c, log)
	if err != nil {
		return err
	}
	if api {
		if err := a.bootstrap(ctx, cmd.ErrOrStderr()); err != nil {
			return errors.Join(err, a.store.Close())
		}
	}
	r, err := a.start(listener, c.Worker.Enabled || !api)
	if err != nil {
		return err
	}
	log.Info("started", "version", version, "listen", c.Listen, "owner", a.owner, "worker", r.executor != nil)
	err = r.wait(ctx)
	stop() // a second signal ends the program at once
	log.Info("stopping")
	err = errors.Join(err, r.stop())
	log.Info("stopped")
	return err
}

// bootstrap makes the first administrator and prints the one-use password, once in the life of an installation.
func (a *app) bootstrap(ctx context.Context, out io.Writer) error {
	name, password, created, err := a.accounts.Bootstrap(ctx)
	if err != nil || !created {
		return err
	}
	_, err = fmt.Fprintf(out, "\n  First start. Sign in at %s as %s with the one-use password\n\n      %s\n\n  It is shown only now and must be changed at the first sign-in.\n\n",
		a.config.ExternalURL, name, password.Reveal())
	return err
}
