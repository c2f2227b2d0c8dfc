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
	"github.com/all-in-market/market/internal/engine"
	"github.com/all-in-market/market/internal/housekeeping"
	"github.com/all-in-market/market/internal/store"
)

const (
	defaultRedriveRate = 200 // rows a second
	shownFailedRows    = 20  // failed rows that are listed
)

func newRedrive() *cobra.Command {
	perSecond, from := 0.0, ""
	cmd := &cobra.Command{
		Use: "redrive", Short: "Start the missing workflows of waiting rows", GroupID: groupBooks, Args: none,
		Long: `Start the workflows of all waiting rows that have none running, after Temporal's database was lost. It can be
interrupted, and prints the command that continues.`,
	}
	cmd.Flags().Float64Var(&perSecond, "per-second", defaultRedriveRate, "rows to check in a second, at most")
	cmd.Flags().StringVar(&from, "from", "", "continue after this position, such as 'payments PENDING:17'")
	cmd.RunE = configured(func(cmd *cobra.Command, cfg config.Config, _ []string) error {
		return redrive(cmd.Context(), cfg, perSecond, from, cmd.OutOrStdout(), cmd.ErrOrStderr())
	})
	return cmd
}

// redrive starts the workflows of all waiting rows that are not running. It fails when a row failed, or when it was
// interrupted, with the command that continues.
func redrive(
	ctx context.Context, cfg config.Config, perSecond float64, position string, out, progress io.Writer,
) error {
	if !(perSecond >= 1) {
		return fmt.Errorf("--per-second %g: want 1 or more", perSecond)
	}
	from, err := housekeeping.ParseRedrivePosition(position)
	if err != nil {
		return fmt.Errorf("--from: %w", err)
	}
	return withStore(ctx, cfg, func(s *store.Store) error {
		return app.WithTemporal(cfg, func(c client.Client) error {
			failed := 0
			r := housekeeping.Redrive{
				Store: s, Workflows: engine.NewClient(c, engine.NewAnswers(nil)), PerSecond: perSecond,
				Report: func(p housekeeping.RedriveProgress) {
					fmt.Fprintf(progress, "%s: %d of %d, %d started, %d failed, %.0f/s, at %s\n", p.Position.State,
						p.Done, p.Total,
						p.Started, p.Failed, float64(p.Done)/p.Elapsed.Seconds(), p.Position)
				},
				Failed: func(row store.WaitingRow, err error) {
					if failed++; failed <= shownFailedRows {
						fmt.Fprintf(progress, "%s %d failed: %v\n", row.WaitingState, row.ID, err)
					}
				},
			}
			began := time.Now()
			done, next, err := r.Run(ctx, from)
			fmt.Fprintf(out, "%d rows in %s: %d workflows started, %d were running, %d failed\n", done.Done,
				time.Since(began).Round(time.Second/10), done.Started, done.Done-done.Started-done.Failed, done.Failed)
			if err != nil {
				err = fmt.Errorf("stopped: %w; continue with: market redrive --per-second %g --from '%s'", err,
					perSecond, next)
			}
			if done.Failed > 0 {
				err = errors.Join(err, fmt.Errorf("%d rows failed; remove the causes and run market redrive again",
					done.Failed))
			}
			return err
		})
	})
}
