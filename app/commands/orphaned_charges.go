package commands

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/all-in-market/market/app"
	"github.com/all-in-market/market/internal/config"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/verify"
)

// Defaults of `market orphaned-charges`.
const (
	orphanedPlan     = "orphaned-charges.json"
	orphanedShare    = 10 // percent
	orphanedWait     = 10 * time.Minute
	orphanedInterval = 2 * time.Second
)

func newOrphanedCharges() *cobra.Command {
	cmd := &cobra.Command{
		Use: "orphaned-charges", Aliases: []string{"forgotten"}, GroupID: groupBooks,
		Short: "Give back the charges that a restored database does not know",
		Long: `Give back the charges that a restored database does not know: plan lists them and writes a plan,
apply gives the charges of a plan back.`,
		Args: cobra.ArbitraryArgs,
		RunE: needsCommand,
	}
	cmd.AddCommand(newPlanOrphaned(), newApplyOrphaned())
	return cmd
}

func giveBacks(cfg config.Config, s *store.Store) verify.GiveBacks {
	return verify.GiveBacks{Store: s, Gateways: app.Gateways(cfg, nil, app.Plain), Poll: orphanedInterval}
}

type orphanedSearch struct {
	from, file string
	share      float64
	count      int
}

func newPlanOrphaned() *cobra.Command {
	var o orphanedSearch
	cmd := &cobra.Command{
		Use: "plan", Short: "List the charges that the database has not booked, and write a plan", Args: none,
		Example: "  market orphaned-charges plan --since 2026-03-01T04:00:00+09:00",
	}
	flags := cmd.Flags()
	flags.StringVar(&o.from, "since", "", "the moment of the restored backup, as in RFC 3339")
	flags.StringVar(&o.file, "out", orphanedPlan, "the file to write the plan to; it must not exist")
	flags.Float64Var(&o.share, "max-share", orphanedShare, "the percentage of a provider's charges that may be unknown")
	flags.IntVar(&o.count, "max-count", 0, "the number of unknown charges of a provider that is always accepted")
	cmd.RunE = configured(func(cmd *cobra.Command, cfg config.Config, _ []string) error {
		return o.plan(cmd.Context(), cfg, cmd.OutOrStdout(), cmd.ErrOrStderr())
	})
	return cmd
}

// plan writes the plan, unless too large a share of the charges is unknown.
func (o orphanedSearch) plan(ctx context.Context, cfg config.Config, out, progress io.Writer) error {
	since, err := time.Parse(time.RFC3339, o.from)
	switch {
	case err != nil:
		return fmt.Errorf("--since %q: want the moment of the restored backup, such as 2026-03-01T04:00:00+09:00",
			o.from)
	case since.After(time.Now()):
		return fmt.Errorf("--since %s is in the future", o.from)
	case !(o.share >= 0 && o.share <= 100):
		return fmt.Errorf("--max-share %g: want a percentage from 0 to 100", o.share)
	case o.count < 0:
		return fmt.Errorf("--max-count %d: want 0 or more", o.count)
	}
	return withStore(ctx, cfg, func(s *store.Store) error {
		plan, err := giveBacks(cfg, s).Plan(ctx, since, func(read int) {
			fmt.Fprintf(progress, "%d charges read\n", read)
		})
		if err != nil {
			return err
		}
		if len(plan.Providers) == 0 {
			return errors.New("no provider is configured: set PORTONE_API_SECRET or GATEWAY_URL")
		}
		table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(table, "PROVIDER\tCHARGE\tCHARGED AT\tAMOUNT\tHELD\tSTORE")
		for _, c := range plan.Charges {
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n",
				c.Provider, c.MerchantUID, c.ChargedAt.Format(time.RFC3339), c.Amount, c.Held, c.Store)
		}
		if err := table.Flush(); err != nil {
			return err
		}
		for _, p := range plan.Providers {
			fmt.Fprintf(out, "%s: %d of %d charges are unknown\n", p.Provider, p.Unknown, p.Charges)
		}
		fmt.Fprintf(out, "%d charges to give back, %s in all\n", plan.Count, plan.Held)
		if err := plan.CheckShare(o.share/100, o.count); err != nil {
			return fmt.Errorf("no plan is written: %w", err)
		}
		if plan.Count == 0 {
			return nil
		}
		digest, err := writePlan(o.file, plan)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(out, "digest: %s\nRead %s, then: market orphaned-charges apply --plan %s --digest %s\n",
			digest, o.file, o.file, digest)
		return err
	})
}

// writePlan writes a plan to a new file and returns the SHA-256 of what it has written.
func writePlan(name string, plan verify.GiveBackPlan) (digest string, err error) {
	text, err := json.MarshalIndent(plan, "", "  ")
	if err != nil {
		return "", err
	}
	text = append(text, '\n')
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return "", err
	}
	_, err = f.Write(text)
	return digestOf(text), errors.Join(err, f.Close())
}

func digestOf(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// readPlan reads a plan that has a digest.
func readPlan(name, digest string) (plan verify.GiveBackPlan, err error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return plan, err
	}
	if actual := digestOf(text); !strings.EqualFold(actual, strings.TrimSpace(digest)) {
		return plan, fmt.Errorf("%s has the digest %s and not %s: it is another plan, and nothing is given back",
			name, actual, digest)
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&plan); err != nil {
		return plan, fmt.Errorf("%s is no plan of market orphaned-charges: %w", name, err)
	}
	return plan, nil
}

func newApplyOrphaned() *cobra.Command {
	file, digest, wait := "", "", orphanedWait
	cmd := &cobra.Command{
		Use: "apply", Short: "Give the charges of a plan back", Args: none,
		Long: "Give the charges of a plan back. It may run again: what has gone back does not go back twice.",
	}
	cmd.Flags().StringVar(&file, "plan", "", "the plan")
	cmd.Flags().StringVar(&digest, "digest", "", "the digest that was printed with the plan")
	cmd.Flags().DurationVar(&wait, "wait", orphanedWait,
		"how long to follow cancellations that a provider decides later")
	cmd.RunE = configured(func(cmd *cobra.Command, cfg config.Config, _ []string) error {
		if file == "" || digest == "" || wait < 0 {
			return errors.New("want --plan FILE and --digest DIGEST, and a --wait of 0 or more")
		}
		return applyPlan(cmd.Context(), cfg, file, digest, wait, cmd.OutOrStdout(), cmd.ErrOrStderr())
	})
	return cmd
}

// applyPlan gives the charges of a plan back, and fails when something is left to do for one of them.
func applyPlan(
	ctx context.Context, cfg config.Config, file, digest string, wait time.Duration, out, progress io.Writer,
) error {
	plan, err := readPlan(file, digest)
	if err != nil {
		return err
	}
	return withStore(ctx, cfg, func(s *store.Store) error {
		g := giveBacks(cfg, s)
		g.Wait = wait
		looked := 0
		results := g.Apply(ctx, plan, func(r verify.GiveBackResult) {
			looked++
			fmt.Fprintf(progress, "%s %s (%d, of %d charges)\n", r.Charge.MerchantUID, r.State, looked,
				len(plan.Charges))
		})
		return reportGivenBack(out, results)
	})
}

// reportGivenBack prints a line for each charge, and fails when something is left to do for one.
func reportGivenBack(out io.Writer, results []verify.GiveBackResult) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "PROVIDER\tCHARGE\tHELD\tSTATE\tREASON")
	open := 0
	for _, r := range results {
		reason := ""
		if r.Err != nil {
			reason = strings.Join(strings.Fields(r.Err.Error()), " ")
		}
		if !r.Done() {
			open++
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", r.Charge.Provider, r.Charge.MerchantUID, r.Charge.Held, r.State,
			reason)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(out, "%d of %d charges are given back or known\n", len(results)-open, len(results))
	if open > 0 {
		return fmt.Errorf("%d of %d charges are not given back; apply the plan again once their reasons are dealt with",
			open, len(results))
	}
	return nil
}
