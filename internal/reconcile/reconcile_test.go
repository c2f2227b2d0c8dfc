package reconcile

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
)

func krw(amounts ...market.Money) (events []store.ComparedEvent) {
	for _, a := range amounts {
		events = append(events, store.ComparedEvent{Amount: a, Currency: market.Won})
	}
	return events
}

// Every way in which a provider's records and the books agree or differ has its class.
func TestCompare_EachDifference_HasItsClass(t *testing.T) {
	t.Parallel()
	booked := store.Comparison{PaymentID: 7, Resolved: true, Booked: 1000, Ledger: 1000}
	refunded := store.Comparison{PaymentID: 7, Resolved: true, Booked: 600, Ledger: 600}
	with := func(c store.Comparison, events []store.ComparedEvent, settled ...market.Money) store.Comparison {
		c.Events, c.Settled = events, settled
		return c
	}
	won := func(due bool, settled ...market.Money) store.Comparison { // a dispute of all of it
		c := with(store.Comparison{PaymentID: 7, Resolved: true}, krw(1000, -1000), settled...)
		c.Recredits = []store.Recredit{{Amount: 1000, Due: due}}
		return c
	}
	for name, tt := range map[string]struct {
		store.Comparison
		class  market.DiscrepancyClass // "" for none
		amount market.Money
		heals  bool
	}{
		"a charge that is booked":                   {Comparison: with(booked, krw(1000))},
		"a refund that is booked":                   {Comparison: with(refunded, krw(1000, -400))},
		"a charge that was not ours and is back":    {Comparison: with(store.Comparison{}, krw(1000, -1000))},
		"settled as it was charged":                 {Comparison: with(refunded, krw(1000, -400), 1000, -400)},
		"paid again after a dispute":                {Comparison: won(true, 1000, -1000, 1000)},
		"to be paid again":                          {Comparison: won(false, 1000, -1000)},
		"to be paid again, and no settlement files": {Comparison: won(true)},
		"settled in part so far":                    {Comparison: with(refunded, krw(1000, -400), 1000)},

		"a payment that we do not know":     {with(store.Comparison{}, krw(1000)), market.DiscrepancyMissingHere, 1000, false},
		"a charge that no provider reports": {with(booked, nil), market.DiscrepancyMissingThere, -1000, false},
		"another amount":                    {with(booked, krw(900)), market.DiscrepancyAmount, -100, false},
		"given back, and not by us":         {with(booked, krw(1000, -300)), market.DiscrepancyState, -300, true},
		"a refund that was not made":        {with(refunded, krw(1000)), market.DiscrepancyAmount, 400, false},
		"charged twice":                     {with(booked, krw(1000, 1000)), market.DiscrepancyDuplicate, 1000, false},
		"charged, and we do not know yet":   {with(store.Comparison{PaymentID: 7}, krw(1000)), market.DiscrepancyState, 1000, true},
		"given back, and not booked yet": {
			with(store.Comparison{PaymentID: 7, Resolved: true, Booked: 1000, Refunding: 400, Ledger: 1000},
				krw(1000, -400)),
			market.DiscrepancyState, -400, true,
		},
		"charged after its end": {
			with(store.Comparison{PaymentID: 7, Resolved: true, Ended: true}, krw(1000)), market.DiscrepancyLate, 1000,
			true,
		},
		"in another currency": {
			with(booked, append(krw(1000), store.ComparedEvent{Amount: 5, Currency: "USD"})), market.DiscrepancyAmount,
			5, false,
		},
		"in another currency, to be looked at": {
			with(store.Comparison{PaymentID: 7}, []store.ComparedEvent{{Amount: 5, Currency: "USD"}}),
			market.DiscrepancyAmount, 5, true,
		},
		"the ledger has something else": {
			with(store.Comparison{PaymentID: 7, Resolved: true, Booked: 1000, Ledger: 900}, krw(1000)),
			market.DiscrepancyAmount, 100, false,
		},
		"paid again twice after a dispute": {won(true, 1000, -1000, 1000, 1000), market.DiscrepancyDuplicate, 1000, false},
		"not paid again after a dispute":   {won(true, 1000, -1000), market.DiscrepancyMissingThere, -1000, false},
		"paid again with another sum":      {won(true, 1000, -1000, 900), market.DiscrepancyAmount, 900, false},
		"settled twice":                    {with(booked, krw(1000), 1000, 1000), market.DiscrepancyDuplicate, 1000, false},
		"settled with another sum":         {with(booked, krw(1000), 999), market.DiscrepancyAmount, 999, false},
		"settled and never charged":        {with(store.Comparison{}, nil, 1000), market.DiscrepancyMissingHere, 1000, false},
	} {
		b, differs := Compare(tt.Comparison)
		require.Equal(t, tt.class != "", differs, name)
		if differs {
			require.Equal(t, tt.class, b.Class, name)
			require.Equal(t, tt.amount, b.Amount, name)
			require.Equal(t, tt.heals, b.Heals, name)
			require.NotEmpty(t, b.Detail, name)
			require.True(t, b.Class.Valid(), name)
		}
	}
}
