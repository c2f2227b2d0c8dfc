package commands

import (
	"github.com/spf13/cobra"
	sdkworker "go.temporal.io/sdk/worker"

	"github.com/all-in-market/market/app"
	"github.com/all-in-market/market/internal/config"
	"github.com/all-in-market/market/internal/telemetry"
)

// servers returns the commands that serve until they are stopped.
func servers() (all []*cobra.Command) {
	for _, s := range []struct {
		name, short string
		roles       app.Roles
	}{
		{"all", "Run every server in one process", app.Roles{API: true, Admin: true, Worker: true, Simulator: true}},
		{"api", "Serve buyers and sellers, with a worker for their own requests", app.Roles{API: true}},
		{"admin", "Serve staff", app.Roles{Admin: true}},
		{"worker", "Run workflows, activities and periodic work", app.Roles{Worker: true}},
		{"simulator", "Simulate the payment gateway and the bank, for development", app.Roles{Simulator: true}},
	} {
		all = append(all, &cobra.Command{
			Use: s.name, Short: s.short, GroupID: groupServers, Args: none,
			RunE: func(cmd *cobra.Command, _ []string) error { return serve(cmd, s.name, s.roles) },
		})
	}
	return all
}

func serve(cmd *cobra.Command, name string, roles app.Roles) error {
	cfg, err := config.Load()
	if err != nil {
		return err
	}
	sdkworker.SetBinaryChecksum(version()) // the name in histories; without it, the SDK hashes the executable
	log := telemetry.NewLogger(cmd.OutOrStdout(), cfg.LogLevel)
	log.Info("starting", "role", name, "version", version(), "config", cfg)
	a, err := app.New(cmd.Context(), cfg, log, roles)
	if err != nil {
		return err
	}
	return a.Run(cmd.Context())
}
