package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"overmind/pkg/event"
	"overmind/pkg/inventory"
)

func newAdminCommand() *cobra.Command {
	admin := &cobra.Command{Use: "admin", Short: "What an operator does on the machine itself"}
	admin.AddCommand(newAdminGrantsCommand(), newAdminStagingCommand(), newAdminPasswordCommand(), newAdminAuditCommand(), newAdminStatisticsCommand())
	return admin
}

// withApp runs an operator's command on a built installation.
func withApp(cmd *cobra.Command, run func(ctx context.Context, a *app) error) error {
	c, err := loadConfig(cmd)
	if err != nil {
		return err
	}
	ctx := cmd.Context()
	a, err := newApp(ctx, c, newLog(cmd.ErrOrStderr(), c.Log))
	if err != nil {
		return err
	}
	return errors.Join(run(ctx, a), a.queue.Close(ctx), a.store.Close())
}

func newAdminGrantsCommand() *cobra.Command {
	var instance int64
	var database string
	command := &cobra.Command{
		Use:   "grants",
		Short: "Print the exact GRANT statements that an instance's two accounts need",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withApp(cmd, func(ctx context.Context, a *app) error {
				read, load, err := a.inventory.Grants(ctx, event.System, instance, database)
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "-- read account\n%s\n-- load account\n%s\n",
					strings.Join(read, "\n"), strings.Join(load, "\n"))
				return err
			})
		},
	}
	command.Flags().Int64Var(&instance, "instance", 0, "id of the instance")
	command.Flags().StringVar(&database, "database", "", "the database to be read or replaced")
	for _, name := range []string{"instance", "database"} {
		if err := command.MarkFlagRequired(name); err != nil {
			panic(err)
		}
	}
	return command
}

func newAdminStagingCommand() *cobra.Command {
	var instance int64
	staging := &cobra.Command{Use: "staging", Short: "Schemas that a killed `overmind copy` left on a server"}
	staging.PersistentFlags().Int64Var(&instance, "instance", 0, "id of the instance")
	if err := staging.MarkPersistentFlagRequired("instance"); err != nil {
		panic(err)
	}
	staging.AddCommand(&cobra.Command{
		Use:   "list",
		Short: "List them",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withApp(cmd, func(ctx context.Context, a *app) error {
				at, _, _, err := a.inventory.Endpoint(ctx, instance, inventory.Load)
				if err != nil {
					return err
				}
				schemas, err := a.engine.ListStaging(ctx, at)
				if err != nil {
					return err
				}
				for _, s := range schemas {
					kind := "staging"
					if s.Old {
						kind = "replaced"
					}
					if _, err := fmt.Fprintf(cmd.OutOrStdout(), "%-40s %-9s %5d tables %12d bytes\n", s.Name, kind, s.Tables, s.Bytes); err != nil {
						return err
					}
				}
				return nil
			})
		},
	}, &cobra.Command{
		Use:   "drop SCHEMA",
		Short: "Drop one, table by table",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withApp(cmd, func(ctx context.Context, a *app) error {
				at, _, _, err := a.inventory.Endpoint(ctx, instance, inventory.Load)
				if err != nil {
					return err
				}
				return a.engine.DropStaging(ctx, at, args[0])
			})
		},
	})
	return staging
}

func newAdminPasswordCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "password USERNAME",
		Short: "Give a user a one-use password, printed once",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withApp(cmd, func(ctx context.Context, a *app) error {
				users, err := a.accounts.List(ctx, event.System)
				if err != nil {
					return err
				}
				for _, user := range users {
					if user.Username != strings.ToLower(args[0]) {
						continue
					}
					password, err := a.accounts.ResetPassword(ctx, event.System, user.ID)
					if err != nil {
						return err
					}
					_, err = fmt.Fprintln(cmd.OutOrStdout(), password.Reveal())
					return err
				}
				return fmt.Errorf("there is no user %s", args[0])
			})
		},
	}
}
