package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func newConfigCommand() *cobra.Command {
	command := &cobra.Command{Use: "config", Short: "The configuration"}
	command.AddCommand(&cobra.Command{
		Use:   "check",
		Short: "Read and check it, and print every setting with its value; secrets as ***",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := loadConfig(cmd)
			if err != nil {
				return err
			}
			_, err = fmt.Fprint(cmd.OutOrStdout(), c.Redacted())
			return err
		},
	})
	return command
}
