package commands

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/all-in-market/market/app"
	"github.com/all-in-market/market/internal/config"
)

func newCheckConfig() *cobra.Command {
	return &cobra.Command{
		Use: "check-config", Short: "Try the configuration with each service that it names", GroupID: groupDeployment,
		Long: "Try the configuration with each service that it names. No money moves.", Args: none,
		RunE: configured(func(cmd *cobra.Command, cfg config.Config, _ []string) error {
			return report(app.CheckConfig(cmd.Context(), cfg), cmd.OutOrStdout())
		}),
	}
}

// report prints a line for each check and each warning, and fails when a check has failed.
func report(checks []app.Checked, out io.Writer) error {
	failed := 0
	for _, c := range checks {
		switch {
		case c.Problem != nil:
			failed++
			fmt.Fprintf(out, "FAILED  %s: %v\n", c.Name, c.Problem)
		case len(c.Warnings) == 0:
			fmt.Fprintf(out, "ok      %s\n", c.Name)
		}
		for _, w := range c.Warnings {
			fmt.Fprintf(out, "warning %s: %s\n", c.Name, w)
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d checks have failed", failed)
	}
	return nil
}
