package verify

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/bank"
	"github.com/all-in-market/market/internal/gateway"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/testrig"
)

// Every way in which a charge and its booking agree or differ.
func TestCompare_Charges_EachDifferenceIsFound(t *testing.T) {
	t.Parallel()
	const amount = market.Money(100_00)
	booked := func(refunds ...store.BookedRefund) store.Books {
		return store.Books{
			PaymentID: 1, MerchantUID: "uid", Resolved: true, Charged: true, ImpUID: "imp", Amount: amount,
			Refunds: refunds,
		}
	}
	charged := func(amount market.Money, cancellations ...gateway.Cancellation) *gateway.Charge {
		return &gateway.Charge{ImpUID: "imp", MerchantUID: "uid", Amount: amount, Cancellations: cancellations}
	}
	refund := func(status market.RefundStatus, amount market.Money) store.BookedRefund {
		return store.BookedRefund{ID: 7, Amount: amount, Status: status}
	}
	byHand := refund(market.RefundSuccess, 40_00)
	byHand.ByHand = true
	given := func(amount market.Money) gateway.Cancellation {
		return gateway.Cancellation{Key: "imp:7", Amount: amount}
	}
	for name, c := range map[string]struct {
		theirs *gateway.Charge
		ours   store.Books
		wrong  string // the finding; "" when they agree
	}{
		"agreed":                    {charged(amount), booked(), ""},
		"nothing on either side":    {nil, store.Books{Resolved: true}, ""},
		"not known yet":             {charged(amount), store.Books{Charged: true}, ""},
		"they have none":            {nil, booked(), "the gateway has none"},
		"we have none":              {charged(amount), store.Books{Resolved: true}, "we have booked none"},
		"another amount":            {charged(amount + 1), booked(), "we have booked 100.00"},
		"another charge":            {&gateway.Charge{ImpUID: "other", Amount: amount}, booked(), "as other"},
		"given back":                {charged(amount, given(40_00)), booked(refund(market.RefundSuccess, 40_00)), ""},
		"on its way back":           {charged(amount, given(40_00)), booked(refund(market.RefundProcessing, 40_00)), ""},
		"not given back yet":        {charged(amount), booked(refund(market.RefundProcessing, 40_00)), ""},
		"booked and not given back": {charged(amount), booked(refund(market.RefundSuccess, 40_00)), "has not given it back"},
		"given back and denied": {
			charged(amount, given(40_00)), booked(refund(market.RefundDenied, 40_00)), "refund 7 is DENIED",
		},
		"less given back": {
			charged(amount, given(39_99)), booked(refund(market.RefundSuccess, 40_00)), "has given back 39.99",
		},
		"by hand":                    {charged(amount), booked(byHand), ""},
		"by hand and by the gateway": {charged(amount, given(40_00)), booked(byHand), "has given back 40.00"},
		"a refund of nothing":        {charged(amount), booked(refund(market.RefundSuccess, 0)), ""},
		"a stranger's refund": {
			charged(amount, gateway.Cancellation{Key: "k", Amount: 1}), booked(), "no refund of ours",
		},
	} {
		problem := chargeProblem(c.theirs, c.ours)
		if c.wrong == "" {
			require.Empty(t, problem, name)
		} else {
			require.Contains(t, problem, c.wrong, name)
		}
	}
}

func TestCompare_Transfers_EachDifferenceIsFound(t *testing.T) {
	t.Parallel()
	booked := func(outcome market.PayoutOutcome) store.BookedTransfer {
		return store.BookedTransfer{PayoutID: 1, Key: "k", BankCode: "B", BankAccount: "1", Amount: 50_00,
			Outcome: outcome}
	}
	sent := func(status bank.TransferStatus) *bank.Transfer {
		return &bank.Transfer{Key: "k", BankCode: "B", BankAccount: "1", Amount: 50_00, Status: status}
	}
	elsewhere, more := sent(bank.TransferPaid), sent(bank.TransferPaid)
	elsewhere.BankAccount, more.Amount = "2", 50_01
	other, back := booked(market.OutcomeMispaid), booked(market.OutcomeReturned)
	other.BankAmount, back.BankAmount = &more.Amount, &more.Amount
	moreBack := *more
	moreBack.Status = bank.TransferReturned
	for name, c := range map[string]struct {
		theirs *bank.Transfer
		ours   store.BookedTransfer
		wrong  string
	}{
		"paid":              {sent(bank.TransferPaid), booked(market.OutcomeSuccess), ""},
		"refused":           {sent(bank.TransferRefused), booked(market.OutcomeRefused), ""},
		"returned":          {sent(bank.TransferReturned), booked(market.OutcomeReturned), ""},
		"not sent yet":      {nil, booked(""), ""},
		"not heard of yet":  {sent(bank.TransferPaid), booked(""), ""},
		"never sent":        {nil, booked(market.OutcomeSuccess), "knows no such transfer"},
		"come back":         {sent(bank.TransferReturned), booked(market.OutcomeSuccess), "the bank says RETURNED"},
		"paid all the same": {sent(bank.TransferPaid), booked(market.OutcomeRefused), "the bank says PAID"},
		"to somebody else":  {elsewhere, booked(market.OutcomeSuccess), "another account"},
		"another amount":    {more, booked(market.OutcomeSuccess), "50.01"},
		"booked as another": {more, other, ""},
		"and come back":     {&moreBack, back, ""},
		"not heard of that": {&moreBack, other, "the bank says RETURNED"},
		"the right amount":  {sent(bank.TransferPaid), other, "50.01 is booked"},
	} {
		problem := transferProblem(c.theirs, c.ours)
		if c.wrong == "" {
			require.Empty(t, problem, name)
		} else {
			require.Contains(t, problem, c.wrong, name)
		}
	}
}

// thing is a record that both sides identify by its name, with a value.
type thing struct {
	id    int64
	name  string
	value int
}

// sides are the records of two sides. A repeated inquiry returns the later state.
func sides(theirs, later, ours []thing) comparison[thing, thing] {
	byName := func(all []thing, names ...string) map[string]thing {
		found := map[string]thing{}
		for _, a := range all {
			for _, n := range names {
				if a.name == n {
					found[n] = a
				}
			}
		}
		return found
	}
	errUnknown := errors.New("unknown")
	return comparison[thing, thing]{
		rule: "r",
		theirs: func(_ context.Context, after string) (page []thing, next string, _ error) { // one at a time
			for _, a := range theirs {
				if a.name > after {
					return []thing{a}, a.name, nil
				}
			}
			return nil, "", nil
		},
		inquire: func(_ context.Context, name string) (thing, error) {
			if a, ok := byName(later, name)[name]; ok {
				return a, nil
			}
			return thing{}, errUnknown
		},
		unknown: func(err error) bool { return errors.Is(err, errUnknown) },
		name:    func(a thing) string { return a.name },
		oursNamed: func(_ context.Context, names []string) (map[string]thing, error) {
			return byName(ours, names...), nil
		},
		ours: func(_ context.Context, after int64, _ int) ([]thing, error) {
			for _, a := range ours {
				if a.id > after {
					return []thing{a}, nil
				}
			}
			return nil, nil
		},
		identify: func(a thing) (int64, string) { return a.id, a.name },
		problem: func(a *thing, b thing) string {
			if a == nil || a.value != b.value {
				return b.name + " differs"
			}
			return ""
		},
		stranger: func(a thing) string { return a.name + " is strange" },
	}
}

// A record that only one side has is found from either side, and a difference that is gone in the
// second inquiry is not a finding.
func TestCompare_BothSides_AreRead(t *testing.T) {
	t.Parallel()
	theirs := []thing{{1, "a", 1}, {2, "b", 2}, {4, "d", 4}}
	ours := []thing{{1, "a", 1}, {2, "b", 3}, {3, "c", 3}}
	findings, err := sides(theirs, theirs, ours).run(t.Context())
	require.NoError(t, err)
	require.Equal(t, []store.Finding{{Rule: "r", Problem: "b differs"}, {Rule: "r", Problem: "c differs"},
		{Rule: "r", Problem: "d is strange"}}, findings)

	caughtUp := []thing{{1, "a", 1}, {2, "b", 3}, {3, "c", 3}}
	findings, err = sides(theirs[:2], caughtUp, ours).run(t.Context())
	require.NoError(t, err)
	require.Empty(t, findings)
}

// away is a gateway that does not answer.
type away struct{ gateway.Payments }

func (away) Charges(context.Context, time.Time, string) ([]gateway.Charge, string, error) {
	return nil, "", errors.New("away")
}

// The run checks each rule once, and fails when a party does not answer.
func TestRun(t *testing.T) {
	s := testrig.NewShop(t, 1, nil)
	s.Sell(t, "one", s.ProductIDs[0])
	s.RollUpAll(t)
	var seen []Progress
	findings, err := Run(t.Context(), Books{Store: s.Store}, func(p Progress) { seen = append(seen, p) })
	require.NoError(t, err)
	require.Empty(t, findings)
	require.Len(t, seen, store.VerifyRules()+1, "and the account numbers of sellers")
	require.Equal(t, seen[len(seen)-1].Total, seen[len(seen)-1].Done)

	_, err = Run(t.Context(), Books{Store: s.Store, Gateways: gateway.Providers{Mock: away{}}}, func(Progress) {})
	require.ErrorContains(t, err, "the books of the provider MOCK are ours: away")
}
