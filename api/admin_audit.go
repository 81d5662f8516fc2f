package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
)

func newAdminAuditCommand() *cobra.Command {
	audit := &cobra.Command{Use: "audit", Short: "The audit trail"}
	audit.AddCommand(&cobra.Command{
		Use:   "verify",
		Short: "Check the hash chain of every aggregate; exit code 1 names the first broken row of each",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withApp(cmd, func(ctx context.Context, a *app) error {
				broken, err := a.store.VerifyAudit(ctx)
				if err != nil {
					return err
				}
				for _, b := range broken {
					if _, err := fmt.Fprintf(cmd.OutOrStdout(), "%s %d, row %d: %s\n", b.Aggregate, b.SubjectID, b.Seq, b.Reason); err != nil {
						return err
					}
				}
				if len(broken) > 0 {
					return exitCode(1)
				}
				_, err = fmt.Fprintln(cmd.OutOrStdout(), "The audit trail is as it was written.")
				return err
			})
		},
	})
	return audit
}
