package commands

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/client"

	"github.com/all-in-market/market/app"
	"github.com/all-in-market/market/internal/config"
	"github.com/all-in-market/market/worker"
)

func newSchedules() *cobra.Command {
	return &cobra.Command{
		Use: "schedules", Short: "Create the Temporal schedules, or bring them up to date", GroupID: groupDeployment,
		Args: none,
		RunE: configured(func(cmd *cobra.Command, cfg config.Config, _ []string) error {
			return app.WithTemporal(cfg, func(c client.Client) error {
				return worker.EnsureSchedules(cmd.Context(), c)
			})
		}),
	}
}

type promotion struct {
	build              string
	ramp               float64
	ramps, unversioned bool
	wait               time.Duration
}

func newPromote() *cobra.Command {
	var p promotion
	cmd := &cobra.Command{
		Use: "promote", Short: "Begin new workflows with the workers of a build", GroupID: groupDeployment,
		Long: `Begin new workflows with the workers of a build, and set the schedules if it is this program's build.
Prints a line for each build that workers have had.`,
		Example: `  market promote --build 2026-03-01
  market promote --build 2026-03-01 --ramp 10`,
		Args: none,
	}
	flags := cmd.Flags()
	flags.StringVar(&p.build, "build", "", "the build; WORKER_BUILD_ID by default")
	flags.Float64Var(&p.ramp, "ramp", 0, "have it begin this percentage of new workflows instead; 0 ends any ramp")
	flags.BoolVar(&p.unversioned, "unversioned", false,
		"begin new workflows with workers without WORKER_BUILD_ID again")
	flags.DurationVar(&p.wait, "wait", 2*time.Minute, "how long to wait for the build's workers to poll")
	cmd.RunE = configured(func(cmd *cobra.Command, cfg config.Config, _ []string) error {
		if p.ramps = flags.Changed("ramp"); !flags.Changed("build") {
			p.build = cfg.WorkerBuildID
		}
		return p.run(cmd.Context(), cfg, cmd.OutOrStdout(), cmd.ErrOrStderr())
	})
	return cmd
}

func (p promotion) run(ctx context.Context, cfg config.Config, out, progress io.Writer) error {
	if !(p.ramp >= 0 && p.ramp <= 100) {
		return fmt.Errorf("--ramp %g: want a percentage from 0 to 100", p.ramp)
	}
	switch {
	case p.unversioned && (p.build != "" || p.ramps):
		return errors.New("--unversioned goes with neither a build nor --ramp")
	case p.build == "" && !p.unversioned:
		return errors.New("no build is named: set WORKER_BUILD_ID, or use --build")
	}
	return app.WithTemporal(cfg, func(c client.Client) error {
		waiting, cancel := context.WithTimeout(ctx, p.wait)
		defer cancel()
		if p.ramps {
			if err := worker.Ramp(waiting, c, p.build, float32(p.ramp)); err != nil {
				return err
			}
			return listBuilds(ctx, c, out)
		}
		if err := worker.Promote(waiting, c, p.build); err != nil {
			return err
		}
		if p.build == cfg.WorkerBuildID || cfg.WorkerBuildID == "" {
			if err := worker.EnsureSchedules(ctx, c); err != nil {
				return err
			}
		} else {
			fmt.Fprintf(progress, "The schedules stay as they are: set them with `market schedules` of build %s.\n",
				p.build)
		}
		return listBuilds(ctx, c, out)
	})
}

// listBuilds prints a line for each build that workers have had: its state, a ramp's percentage, and its id.
func listBuilds(ctx context.Context, c client.Client, out io.Writer) error {
	versions, err := worker.Versions(ctx, c)
	for _, v := range versions {
		state := v.State
		if v.State == "RAMPING" {
			state = fmt.Sprintf("RAMPING %g%%", v.Percentage)
		}
		fmt.Fprintf(out, "%-9s %s\n", state, v.BuildID)
	}
	return err
}
