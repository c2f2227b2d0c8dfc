// Package reconcile compares a provider's records of money with the books, one payment at a time,
// and classifies the differences.
package reconcile

import (
	"fmt"
	"slices"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
)

// Compare returns the discrepancy between provider and books about a payment; false when they
// agree.
func Compare(c store.Comparison) (store.FoundDiscrepancy, bool) {
	b := store.FoundDiscrepancy{MerchantUID: c.MerchantUID, PaymentID: c.PaymentID}
	var theirs market.Money
	charges, foreign := 0, map[string]market.Money{}
	for _, e := range c.Events {
		if e.Currency != market.Won {
			foreign[e.Currency] += e.Amount
			continue
		}
		theirs += e.Amount
		if e.Amount > 0 {
			charges++
		}
	}
	for currency, amount := range foreign {
		if amount != 0 {
			b.Class, b.Amount, b.Currency = market.DiscrepancyAmount, amount, currency
			b.Detail = fmt.Sprintf("the provider holds %s %s of it", amount, currency)
			b.Heals = c.PaymentID != 0 && !c.Resolved
			return b, true
		}
	}

	b.Amount = theirs - c.Booked
	switch known := c.PaymentID != 0; {
	case b.Amount == 0: // we agree
	case !known:
		b.Class = market.DiscrepancyMissingHere
		b.Detail = fmt.Sprintf("the provider holds %s of a payment that is not ours", theirs)
	case charges > 1:
		b.Class = market.DiscrepancyDuplicate
		b.Detail = fmt.Sprintf("the provider has charged %d times and holds %s; we have booked %s", charges, theirs,
			c.Booked)
	case !c.Resolved:
		b.Class, b.Heals = market.DiscrepancyState, true
		b.Detail = fmt.Sprintf("the provider holds %s, and we do not know yet how the payment has ended", theirs)
	case c.Refunding > 0 && b.Amount == -c.Refunding:
		b.Class, b.Heals = market.DiscrepancyState, true
		b.Detail = fmt.Sprintf("the provider has given back %s, and we have not booked it yet", c.Refunding)
	case c.Ended && b.Amount > 0:
		b.Class, b.Heals = market.DiscrepancyLate, true
		b.Detail = fmt.Sprintf("the provider holds %s of a payment that had ended", theirs)
	case b.Amount < 0 && slices.ContainsFunc(c.Events, func(e store.ComparedEvent) bool { return e.Amount < 0 }):
		b.Class, b.Heals, b.Cancelled = market.DiscrepancyState, true, true
		b.Detail = fmt.Sprintf("the provider has given back %s that we have not asked for", -b.Amount)
	case len(c.Events) == 0:
		b.Class = market.DiscrepancyMissingThere
		b.Detail = fmt.Sprintf("we have booked %s, and the provider tells of nothing", c.Booked)
	default:
		b.Class = market.DiscrepancyAmount
		b.Detail = fmt.Sprintf("the provider holds %s, and we have booked %s", theirs, c.Booked)
	}
	if b.Class == "" && c.Ledger != c.Booked {
		b.Class, b.Amount = market.DiscrepancyAmount, c.Booked-c.Ledger
		b.Detail = fmt.Sprintf("payment and refunds come to %s, and the ledger to %s", c.Booked, c.Ledger)
	}
	if b.Class == "" {
		return settled(b, c)
	}
	return b, true
}

// settled compares the lines of the settlement files with the movements of money: those that the provider has reported
// and those that it has paid again after a dispute. Each line must be one of them, settled once. A reported movement
// need not be settled yet. One after a dispute must be when it is due, of a payment that settlement files contain.
func settled(b store.FoundDiscrepancy, c store.Comparison) (store.FoundDiscrepancy, bool) {
	left, again := slices.Clone(c.Events), slices.Clone(c.Recredits)
	for _, amount := range c.Settled {
		same := func(e store.ComparedEvent) bool { return e.Amount == amount && e.Currency == market.Won }
		if i := slices.IndexFunc(left, same); i >= 0 {
			left = slices.Delete(left, i, i+1)
			continue
		}
		paid := func(r store.Recredit) bool { return r.Amount == amount }
		if i := slices.IndexFunc(again, paid); i >= 0 {
			again = slices.Delete(again, i, i+1)
			continue
		}
		b.Amount = amount
		switch {
		case slices.ContainsFunc(c.Events, same), slices.ContainsFunc(c.Recredits, paid):
			b.Class = market.DiscrepancyDuplicate
			b.Detail = fmt.Sprintf("the provider has settled %s more than once", amount)
		case len(c.Events) == 0:
			b.Class = market.DiscrepancyMissingHere
			b.Detail = fmt.Sprintf("the provider has settled %s of a payment of which it has told nothing", amount)
		default:
			b.Class = market.DiscrepancyAmount
			b.Detail = fmt.Sprintf("the provider has settled %s, which is no movement that it has told of", amount)
		}
		return b, true
	}
	for _, r := range again {
		if r.Due && len(c.Settled) > 0 {
			b.Class, b.Amount = market.DiscrepancyMissingThere, -r.Amount
			b.Detail = fmt.Sprintf("a dispute was won, and no settlement file contains the %s paid again", r.Amount)
			return b, true
		}
	}
	return b, false
}
