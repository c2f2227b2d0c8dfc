// Package commands contains the commands of the program market, one in each file.
package commands

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/all-in-market/market/internal/config"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
)

// Run executes the command that args name. Results are written to out, progress to progress. It returns when the
// command has ended, or has stopped because ctx ended.
func Run(ctx context.Context, args []string, out, progress io.Writer) error {
	root := newRoot()
	root.SetArgs(args)
	root.SetOut(out)
	root.SetErr(progress)
	return root.ExecuteContext(ctx)
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "market",
		Short: "The marketplace: its servers, and the commands of its operators",
		Long: `The marketplace: its servers, and the commands of its operators.

Configuration comes from the environment; docs/operations.md lists it. market check-config tries it.`,
		Args: cobra.ArbitraryArgs,
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return errors.New("no command; market help lists them")
			}
			return fmt.Errorf("unknown command %q; market help lists them", args[0])
		},
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.AddGroup(&cobra.Group{ID: groupServers, Title: "Servers:"},
		&cobra.Group{ID: groupDeployment, Title: "Deployment:"},
		&cobra.Group{ID: groupAccounts, Title: "Accounts:"},
		&cobra.Group{ID: groupBooks, Title: "Books and recovery:"})
	root.AddCommand(servers()...)
	root.AddCommand(newMigrate(), newSchedules(), newPromote(), newCheckConfig(), newCodecServer(), newSeed(),
		newStaff(),
		newResetOTP(), newSetEmail(), newRotateKeys(), newVerify(), newResume(), newRedrive(), newTrace(),
		newOrphanedCharges(), newVersion())
	return root
}

// The groups of commands in the help.
const (
	groupServers    = "servers"
	groupDeployment = "deployment"
	groupAccounts   = "accounts"
	groupBooks      = "books"
)

// configured returns a command's function that runs with the configuration of the environment, as an operator.
func configured(
	run func(cmd *cobra.Command, cfg config.Config, args []string) error,
) func(cmd *cobra.Command, args []string) error {
	return func(cmd *cobra.Command, args []string) error {
		cfg, err := config.Load()
		if err != nil {
			return err
		}
		cmd.SetContext(market.WithActor(cmd.Context(), market.Actor{Role: market.RoleOperator}))
		return run(cmd, cfg, args)
	}
}

// exactly refuses any other number of arguments.
func exactly(n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != n {
			return fmt.Errorf("want %d arguments, have %d: %s", n, len(args), cmd.UseLine())
		}
		return nil
	}
}

// none refuses arguments beside flags.
func none(_ *cobra.Command, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("unexpected argument %q", args[0])
	}
	return nil
}

func withStore(ctx context.Context, cfg config.Config, f func(*store.Store) error) error {
	opt := store.Options{MaxConns: 4, PayoutsPerSecond: cfg.PayoutsPerSecond}
	if cfg.Local() || cfg.DataKeys != "" { // most commands, such as migrate, need no keys
		personal, err := cfg.Vault()
		if err != nil {
			return err
		}
		opt.Vault = personal
	}
	s, err := store.Open(ctx, cfg.DatabaseURL, opt)
	if err != nil {
		return err
	}
	defer s.Close()
	return f(s)
}

func newVersion() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the commit that the program was built from", Args: none,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := fmt.Fprintln(cmd.OutOrStdout(), version())
			return err
		},
	}
}

// version returns the commit that the program was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value[:min(12, len(s.Value))]
		}
	}
	return info.Main.Version
}
