package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
)

func newAdminStatisticsCommand() *cobra.Command {
	statistics := &cobra.Command{Use: "statistics", Short: "The counts of tickets"}
	statistics.AddCommand(&cobra.Command{
		Use:   "rebuild",
		Short: "Count every ticket anew, with days in the configured time_zone",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withApp(cmd, func(ctx context.Context, a *app) error {
				total := 0
				err := a.stats.Rebuild(ctx, func(done, all int) {
					total = done
					_, _ = fmt.Fprintf(cmd.ErrOrStderr(), "\r%d of %d tickets", done, all)
				})
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "\rCounted %d tickets.\n", total)
				return err
			})
		},
	})
	return statistics
}
