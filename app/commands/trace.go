package commands

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/all-in-market/market/internal/config"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
)

func newTrace() *cobra.Command {
	asJSON := false
	cmd := &cobra.Command{
		Use: "trace ORDER", Short: "Show who has the money of an order", GroupID: groupBooks, Args: exactly(1),
		Long: `Show who has each won that the buyer of an order has paid: buyer, sellers or marketplace, with the settlement and
the payout of what a seller has earned; then the entries of the ledger, the oldest first. ORDER is the order's number
or id.`,
		Example: "  market trace 20261129-0039Q",
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the trace as JSON")
	cmd.RunE = configured(func(cmd *cobra.Command, cfg config.Config, args []string) error {
		id, ok := market.ParseOrderNumber(args[0])
		if !ok {
			var err error
			if id, err = strconv.ParseInt(args[0], 10, 64); err != nil || id <= 0 {
				return fmt.Errorf("%q is neither the number nor the id of an order", args[0])
			}
		}
		return withStore(cmd.Context(), cfg, func(s *store.Store) error {
			trace, err := s.TraceOrder(cmd.Context(), id)
			if err != nil {
				return fmt.Errorf("order %s: %w", args[0], err)
			}
			if asJSON {
				return json.NewEncoder(cmd.OutOrStdout()).Encode(trace)
			}
			return printTrace(cmd.OutOrStdout(), trace)
		})
	})
	return cmd
}

func printTrace(out io.Writer, t market.OrderTrace) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "order %s (id %d) of buyer %d\npaid\t\t%s\n", t.OrderNumber, t.OrderID, t.BuyerID,
		t.Paid.Grouped())
	for _, s := range t.Shares {
		fmt.Fprintf(w, "%s\t%s\t%s\n", holderName(s), shareState(s), s.Amount.Grouped())
	}
	fmt.Fprintln(w)
	last := int64(0)
	for _, e := range t.Entries {
		if e.TransactionID != last {
			last = e.TransactionID
			fmt.Fprintf(w, "%s\t%s of %s %d\n", e.BusinessDay, e.Kind, e.SourceType, e.SourceID)
		}
		side, amount := "debit", e.Debit
		if e.Credit != 0 {
			side, amount = "credit", e.Credit
		}
		fmt.Fprintf(w, "\t  %s %s\t%s\n", side, e.Account, amount.Grouped())
	}
	return w.Flush()
}

func holderName(s market.MoneyShare) string {
	name := strings.ToLower(string(s.Holder))
	if s.SellerID != nil {
		name += fmt.Sprintf(" %d", *s.SellerID)
	}
	return name
}

// shareState returns the account of a share, and the settlement and payout that include it.
func shareState(s market.MoneyShare) string {
	state := string(s.Account)
	if s.SettlementID != nil {
		state += fmt.Sprintf(", settlement %d", *s.SettlementID)
	}
	if s.PayoutID != nil {
		state += fmt.Sprintf(", payout %d %s", *s.PayoutID, *s.PayoutStatus)
	}
	return state
}
