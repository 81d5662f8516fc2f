package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"overmind/pkg/store"
)

func newMigrateCommand() *cobra.Command {
	migrate := &cobra.Command{Use: "migrate", Short: "The schema of the metadata database"}
	add := func(use, short string, run func(ctx context.Context, cmd *cobra.Command, s *store.Store) error) {
		migrate.AddCommand(&cobra.Command{Use: use, Short: short, Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) (err error) {
			c, err := loadConfig(cmd)
			if err != nil {
				return err
			}
			s, err := openStore(cmd.Context(), c)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, s.Close()) }()
			return run(cmd.Context(), cmd, s)
		}})
	}
	add("up", "Apply what is missing", func(ctx context.Context, _ *cobra.Command, s *store.Store) error { return s.Migrate(ctx) })
	add("down", "Take the newest migration back", func(ctx context.Context, _ *cobra.Command, s *store.Store) error { return s.MigrateDown(ctx) })
	add("status", "List the migrations", func(ctx context.Context, cmd *cobra.Command, s *store.Store) error {
		states, err := s.MigrateStatus(ctx)
		if err != nil {
			return err
		}
		for _, state := range states {
			applied := "pending"
			if !state.AppliedAt.IsZero() {
				applied = "applied"
			}
			if _, err := fmt.Fprintf(cmd.OutOrStdout(), "%5d  %-8s %s\n", state.Version, applied, state.Name); err != nil {
				return err
			}
		}
		return nil
	})
	return migrate
}
