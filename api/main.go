// Command overmind copies MySQL databases by ticket. This package is the only one that knows all others: it reads the
// configuration, builds the parts and ties them together, one file per subcommand.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	_ "time/tzdata" // a container has none

	"github.com/spf13/cobra"

	"overmind/pkg/fault"
)

// version is set by the linker: -X main.version=…
var version = "dev"

// exitCode is an error that only carries the process's exit code; what there was to say has been said.
type exitCode int

func (e exitCode) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

func main() {
	os.Exit(run(context.Background(), os.Args[1:]))
}

func run(ctx context.Context, args []string) int {
	root := newRootCommand()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	var code exitCode
	switch {
	case err == nil:
		return 0
	case errors.As(err, &code):
		return int(code)
	default:
		report(err)
		return 2
	}
}

// report says on stderr what went wrong, a fault with each of its fields.
func report(err error) {
	var f *fault.Error
	if !errors.As(err, &f) {
		fmt.Fprintln(os.Stderr, "overmind:", err)
		return
	}
	fmt.Fprintln(os.Stderr, "overmind:", f.Message)
	for _, field := range f.Fields {
		fmt.Fprintf(os.Stderr, "  %s: %s\n", field.Name, field.Message)
	}
	if f.Cause != nil {
		fmt.Fprintln(os.Stderr, "  because:", f.Cause)
	}
}

func newRootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:           "overmind",
		Short:         "Copies MySQL databases between servers, by ticket, safely",
		SilenceUsage:  true,
		SilenceErrors: true,
		Version:       version,
	}
	root.SetVersionTemplate("{{.Version}}\n")
	root.AddCommand(
		newServeCommand(),
		newWorkerCommand(),
		newMigrateCommand(),
		newDemoCommand(),
		newAdminCommand(),
		newConfigCommand(),
		newCopyCommand(),
		newVersionCommand(),
	)
	root.PersistentFlags().String("config", "", "YAML file with settings; the environment wins over it")
	return root
}
