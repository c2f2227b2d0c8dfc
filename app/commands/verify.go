package commands

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/all-in-market/market/app"
	"github.com/all-in-market/market/internal/config"
	"github.com/all-in-market/market/internal/gateway"
	"github.com/all-in-market/market/internal/simclient"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/verify"
	"github.com/all-in-market/market/internal/verify/rules"
)

func newVerify() *cobra.Command {
	asJSON := false
	cmd := &cobra.Command{
		Use: "verify", Short: "Check that money, stock and states agree", GroupID: groupBooks, Args: none,
		Long: `Check on a live database, and with payment providers and bank, that money, stock and states agree. It
prints a line for each finding, then each broken rule with its reason and what to do, and fails when there is one.`,
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the findings as one JSON array")
	cmd.RunE = configured(func(cmd *cobra.Command, cfg config.Config, _ []string) error {
		return runVerify(cmd.Context(), cfg, asJSON, cmd.OutOrStdout(), cmd.ErrOrStderr())
	})
	return cmd
}

// runVerify prints findings, and fails when there is one.
func runVerify(ctx context.Context, cfg config.Config, asJSON bool, out, progress io.Writer) error {
	return withStore(ctx, cfg, func(s *store.Store) error {
		books := verify.Books{Store: s, Gateways: app.Gateways(cfg, nil, app.Plain)}
		if address := cfg.Bank(); address != "" {
			books.Bank = simclient.NewBank(address, time.Minute)
		}
		report := func(verify.Progress) {}
		if f, ok := progress.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
			report = func(p verify.Progress) { fmt.Fprintf(progress, "\r\033[K%d of %d: %s", p.Done, p.Total, p.Rule) }
			defer fmt.Fprint(progress, "\r\033[K")
		}
		findings, err := verify.Run(ctx, books, report)
		if err != nil {
			return err
		}
		if asJSON {
			if err := json.NewEncoder(out).Encode(append([]store.Finding{}, findings...)); err != nil {
				return err
			}
		} else {
			printFindings(out, findings)
		}
		if err := printAuditHead(ctx, s, out, asJSON); err != nil {
			return err
		}
		switch {
		case len(findings) > 0:
			return fmt.Errorf("%d findings", len(findings))
		case asJSON:
		case books.Gateways == (gateway.Providers{}) || books.Bank == nil:
			fmt.Fprintln(out, "money, stock and states agree; providers of payments, or the bank, were not "+
				"compared, since PORTONE_API_SECRET and GATEWAY_URL, or BANK_URL, are not set")
		default:
			fmt.Fprintln(out, "money, stock and states agree, and so do gateway and bank")
		}
		return nil
	})
}

// printFindings prints the findings, and then the reason and the action of each broken rule once.
func printFindings(out io.Writer, findings []store.Finding) {
	var broken []string
	for _, f := range findings {
		fmt.Fprintln(out, f)
		if !slices.Contains(broken, f.Rule) {
			broken = append(broken, f.Rule)
		}
	}
	for _, name := range broken {
		if r, ok := rules.Find(name); ok {
			fmt.Fprintf(out, "\nrule:   %s\nreason: %s\naction: %s\n", r.Name, r.Reason, r.Action)
		}
	}
}

// printAuditHead prints the last place of the audit log's chain, to be kept elsewhere.
func printAuditHead(ctx context.Context, s *store.Store, out io.Writer, asJSON bool) error {
	position, hash, err := s.AuditHead(ctx)
	if err != nil || asJSON || position == 0 {
		return err
	}
	_, err = fmt.Fprintf(out, "the audit log's chain ends at place %d with %s\n", position, hash)
	return err
}
