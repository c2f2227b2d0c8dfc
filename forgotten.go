package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/all-in-market/market/internal/app"
	"github.com/all-in-market/market/internal/config"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/verify"
)

var errForgottenUsage = errors.New(`usage: market forgotten COMMAND

  plan --since TIME [--out FILE] [--max-share PERCENT] [--max-count N]
        list the charges since TIME that the store has not booked, and write them to a plan
  apply --plan FILE --digest DIGEST [--wait DURATION]
        give the charges of a plan back

where TIME is the moment of the restored backup, such as 2026-03-01T04:00:00+09:00`)

// Defaults of `market forgotten`.
const (
	forgottenPlan     = "forgotten-charges.json"
	forgottenShare    = 10 // percent
	forgottenWait     = 10 * time.Minute
	forgottenInterval = 2 * time.Second
)

// runForgotten gives back the charges that are unknown to a restored store: it first makes a plan,
// and then applies it by the plan's digest.
func runForgotten(ctx context.Context, cfg config.Config, args []string, out, progress io.Writer) error {
	if len(args) == 0 {
		return errForgottenUsage
	}
	switch args[0] {
	case "plan":
		return planForgotten(ctx, cfg, args[1:], out, progress)
	case "apply":
		return applyForgotten(ctx, cfg, args[1:], out, progress)
	}
	return errForgottenUsage
}

func giveBacks(cfg config.Config, s *store.Store) verify.GiveBacks {
	return verify.GiveBacks{Store: s, Gateways: app.Gateways(cfg, nil, app.Plain), Poll: forgottenInterval}
}

// planForgotten writes the plan, unless too large a share of the charges is unknown.
func planForgotten(ctx context.Context, cfg config.Config, args []string, out, progress io.Writer) error {
	flags := flag.NewFlagSet("forgotten plan", flag.ContinueOnError)
	flags.SetOutput(progress)
	from := flags.String("since", "", "the moment of the restored backup, as in RFC 3339; charges before are left alone")
	file := flags.String("out", forgottenPlan, "the file to write the plan to; it must not exist")
	share := flags.Float64("max-share", forgottenShare, "the percentage of a provider's charges that may be unknown")
	count := flags.Int("max-count", 0, "the number of unknown charges of a provider that is always accepted")
	if err := flags.Parse(args); err != nil {
		return err
	}
	since, err := time.Parse(time.RFC3339, *from)
	switch {
	case flags.NArg() > 0:
		return errForgottenUsage
	case err != nil:
		return fmt.Errorf("--since %q: want the moment of the restored backup, such as 2026-03-01T04:00:00+09:00", *from)
	case since.After(time.Now()):
		return fmt.Errorf("--since %s is in the future", *from)
	case !(*share >= 0 && *share <= 100):
		return fmt.Errorf("--max-share %g: want a percentage from 0 to 100", *share)
	case *count < 0:
		return fmt.Errorf("--max-count %d: want 0 or more", *count)
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
		if err := plan.CheckShare(*share/100, *count); err != nil {
			return fmt.Errorf("no plan is written: %w", err)
		}
		if plan.Count == 0 {
			return nil
		}
		digest, err := writePlan(*file, plan)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(out, "digest: %s\nRead %s, then: market forgotten apply --plan %s --digest %s\n",
			digest, *file, *file, digest)
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
		return plan, fmt.Errorf("%s is no plan of market forgotten: %w", name, err)
	}
	return plan, nil
}

// applyForgotten gives the charges of a plan back, and fails when something is left to do for one of them.
func applyForgotten(ctx context.Context, cfg config.Config, args []string, out, progress io.Writer) error {
	flags := flag.NewFlagSet("forgotten apply", flag.ContinueOnError)
	flags.SetOutput(progress)
	file := flags.String("plan", "", "the plan")
	digest := flags.String("digest", "", "the digest that was printed with the plan")
	wait := flags.Duration("wait", forgottenWait, "how long to follow cancellations that a provider decides later")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 || *file == "" || *digest == "" || *wait < 0 {
		return errForgottenUsage
	}
	plan, err := readPlan(*file, *digest)
	if err != nil {
		return err
	}
	return withStore(ctx, cfg, func(s *store.Store) error {
		g := giveBacks(cfg, s)
		g.Wait = *wait
		looked := 0
		results := g.Apply(ctx, plan, func(r verify.GiveBackResult) {
			looked++
			fmt.Fprintf(progress, "%s %s (%d, of %d charges)\n", r.Charge.MerchantUID, r.State, looked, len(plan.Charges))
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
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", r.Charge.Provider, r.Charge.MerchantUID, r.Charge.Held, r.State, reason)
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
