// Package verify checks that the marketplace's books agree: among themselves, and with those of the
// payment gateway and the bank.
package verify

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/all-in-market/market/internal/bank"
	"github.com/all-in-market/market/internal/gateway"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/verify/rules"
)

// Books are the sources to compare. Store is required; the others may be nil, which skips the
// comparison with them.
type Books struct {
	Store    *store.Store
	Gateways gateway.Providers
	Bank     bank.Bank
	// ChargedSince limits the charges that are compared with those of providers; the zero time means all.
	ChargedSince time.Time
}

// Progress is the progress of a verification: Done of Total rules.
type Progress struct {
	Done, Total int
	Rule        string // the last rule that was checked
}

// Run checks everything and returns its findings. It calls report after each rule. A discrepancy is
// checked again before it becomes a finding, since data changes during the run.
func Run(ctx context.Context, b Books, report func(Progress)) ([]store.Finding, error) {
	p := Progress{Total: store.VerifyRules() + 1} // the account numbers of sellers
	for _, outside := range []bool{b.Gateways.Mock != nil, b.Gateways.PortOne != nil, b.Bank != nil} {
		if outside {
			p.Total++
		}
	}
	done := func(rule string) {
		p.Done, p.Rule = p.Done+1, rule
		report(p)
	}
	findings, err := b.Store.Verify(ctx, done)
	if err != nil {
		return nil, err
	}
	outside, err := Outside(ctx, b, done)
	if err != nil {
		return nil, err
	}
	return append(findings, outside...), nil
}

// Attempt is the progress of an incremental verification. A later attempt resumes it.
type Attempt struct {
	Progress
	Plan     store.VerificationPlan
	Findings []store.Finding // the first hundred
	Found    int
	// Again reports that a finding may concern data that only this verification covers: the next one
	// must check it again.
	Again bool
}

// kept is the maximum number of findings that an attempt keeps.
const kept = 100

func (a *Attempt) add(findings []store.Finding) {
	a.Found += len(findings)
	a.Findings = append(a.Findings, findings[:min(len(findings), kept-len(a.Findings))]...)
}

// Changes verifies the changes since the last verification without findings in changes, a piece of
// the old data, and all slowly growing tables; see store.PlanVerification. It calls report after
// each step, and resumes at the reported progress of an earlier attempt.
func Changes(ctx context.Context, b Books, a Attempt, report func(Attempt)) (Attempt, error) {
	if a.Plan.Until.StartedAt.IsZero() {
		a = Attempt{} // reported by another version in another form
	}
	var err error
	if a.Plan, err = b.Store.PlanVerification(ctx, a.Plan); err != nil {
		return a, err
	}
	steps := b.Store.Steps(a.Plan)
	a.Total = len(steps) + 1
	for _, step := range steps[min(a.Done, len(steps)):] {
		findings, err := step.Run(ctx)
		if err != nil {
			return a, fmt.Errorf("%s: %w", step.Name, err)
		}
		a.add(findings)
		a.Again = a.Again || len(findings) > 0 && !step.Always
		a.Done, a.Rule = a.Done+1, step.Name
		report(a)
	}
	b.ChargedSince = a.Plan.Since.StartedAt
	findings, err := Outside(ctx, b, func(rule string) {
		a.Rule = rule
		report(a)
	})
	a.add(findings)
	a.Again = a.Again || len(findings) > 0
	return a, err
}

// Outside compares the marketplace's books with those of the payment providers and the bank alone. It
// calls done after each rule.
func Outside(ctx context.Context, b Books, done func(rule string)) (findings []store.Finding, err error) {
	type outside interface {
		run(ctx context.Context) ([]store.Finding, error)
	}
	look := func(rule string, c outside) error {
		problems, err := c.run(ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", rule, err)
		}
		findings = append(findings, problems...)
		done(rule)
		return nil
	}
	for _, name := range []market.Provider{market.ProviderMock, market.ProviderPortOne} {
		if provider, missing := b.Gateways.Of(name); missing == nil && err == nil {
			c := b.charges(name, provider)
			err = look(c.rule, c)
		}
	}
	if err == nil {
		var broken []store.Finding
		if broken, err = b.Store.BrokenBankAccounts(ctx); err == nil {
			findings = append(findings, broken...)
			done(rules.BankAccountsOpen.Name)
		}
	}
	if b.Bank != nil && err == nil {
		c := b.transfers()
		err = look(c.rule, c)
	}
	return findings, err
}

// chargeTakes bounds the time between a payment's beginning and its charge.
const chargeTakes = 48 * time.Hour

// page is how many of our rows are compared at a time.
const page = 1000

// comparison compares an external party's records with ours, in both directions. Both sides
// identify a record by the same name.
type comparison[Theirs, Ours any] struct {
	rule    string
	theirs  func(ctx context.Context, cursor string) (page []Theirs, next string, err error)
	inquire func(ctx context.Context, name string) (Theirs, error)
	unknown func(err error) bool // the error of an inquiry means that there is no such record
	name    func(Theirs) string

	oursNamed func(ctx context.Context, names []string) (map[string]Ours, error)
	ours      func(ctx context.Context, after int64, page int) ([]Ours, error)
	identify  func(Ours) (id int64, name string)

	problem  func(theirs *Theirs, ours Ours) string // "" when they agree; theirs is nil for none
	stranger func(Theirs) string                    // what is wrong with a record that only they have
}

// run reads both sides. Since they are read at different times, each discrepancy is checked once
// more on its own.
func (c comparison[Theirs, Ours]) run(ctx context.Context) (findings []store.Finding, err error) {
	agreed, suspects := map[string]struct{}{}, map[string]struct{}{}
	for cursor, more := "", true; more; more = cursor != "" {
		theirs, next, err := c.theirs(ctx, cursor)
		if err != nil {
			return nil, err
		}
		cursor = next
		names := make([]string, len(theirs))
		for i, t := range theirs {
			names[i] = c.name(t)
		}
		named, err := c.oursNamed(ctx, names)
		if err != nil {
			return nil, err
		}
		for i, t := range theirs {
			if ours, known := named[names[i]]; known && c.problem(&t, ours) == "" {
				agreed[names[i]] = struct{}{}
			} else {
				suspects[names[i]] = struct{}{}
			}
		}
	}
	for after := int64(0); ; {
		all, err := c.ours(ctx, after, page)
		if err != nil {
			return nil, err
		}
		if len(all) == 0 {
			break
		}
		for _, ours := range all {
			id, name := c.identify(ours)
			if _, ok := agreed[name]; !ok && c.problem(nil, ours) != "" {
				suspects[name] = struct{}{}
			}
			after = id
		}
	}
	for _, name := range slices.Sorted(maps.Keys(suspects)) {
		problem, err := c.again(ctx, name)
		if err != nil {
			return nil, err
		}
		if problem != "" {
			findings = append(findings, store.Finding{Rule: c.rule, Problem: problem})
		}
	}
	return findings, nil
}

// again compares one record: theirs first, so that ours is never older.
func (c comparison[Theirs, Ours]) again(ctx context.Context, name string) (string, error) {
	t, err := c.inquire(ctx, name)
	theirs := &t
	if c.unknown(err) {
		theirs, err = nil, nil
	}
	if err != nil {
		return "", err
	}
	named, err := c.oursNamed(ctx, []string{name})
	if err != nil {
		return "", err
	}
	ours, known := named[name]
	switch {
	case known:
		return c.problem(theirs, ours), nil
	case theirs != nil:
		return c.stranger(*theirs), nil
	}
	return "", nil
}

func (b Books) charges(name market.Provider, p gateway.Provider) comparison[gateway.Charge, store.Books] {
	var since time.Time
	if !b.ChargedSince.IsZero() {
		since = b.ChargedSince.Add(-chargeTakes)
	}
	return comparison[gateway.Charge, store.Books]{
		rule: rules.ProviderBooks(string(name)).Name, inquire: p.Inquire,
		theirs: func(ctx context.Context, cursor string) ([]gateway.Charge, string, error) {
			return p.Charges(ctx, since, cursor)
		},
		unknown: func(err error) bool {
			return errors.Is(err, gateway.ErrUnknownPayment) || errors.Is(err, gateway.ErrDeclined)
		},
		name:      func(c gateway.Charge) string { return c.MerchantUID },
		oursNamed: b.Store.BooksOf,
		ours: func(ctx context.Context, after int64, page int) ([]store.Books, error) {
			if after == 0 && !b.ChargedSince.IsZero() {
				var err error
				if after, err = b.Store.PaymentBefore(ctx, b.ChargedSince); err != nil {
					return nil, err
				}
			}
			return b.Store.BooksAfter(ctx, name, after, page)
		},
		identify: func(ours store.Books) (int64, string) { return ours.PaymentID, ours.MerchantUID },
		problem:  chargeProblem,
		stranger: func(c gateway.Charge) string {
			if c.Cancellable() == 0 {
				return "" // it has gone back
			}
			return fmt.Sprintf("the gateway has charged %s under %s, which is no payment of ours", c.Amount,
				c.MerchantUID)
		},
	}
}

func (b Books) transfers() comparison[bank.Transfer, store.BookedTransfer] {
	return comparison[bank.Transfer, store.BookedTransfer]{
		rule: rules.BankBooks.Name, theirs: b.bankTransfers, inquire: b.Bank.Inquire,
		unknown:   func(err error) bool { return errors.Is(err, bank.ErrUnknownTransfer) },
		name:      func(t bank.Transfer) string { return t.Key },
		oursNamed: b.Store.TransfersOf, ours: b.Store.TransfersAfter,
		identify: func(ours store.BookedTransfer) (int64, string) { return ours.PayoutID, ours.Key },
		problem:  transferProblem,
		stranger: func(t bank.Transfer) string {
			return fmt.Sprintf("the bank has a transfer of %s under %s, which is no payout of ours", t.Amount, t.Key)
		},
	}
}

// bankTransfers returns a page of the bank's records, in the order of their keys.
func (b Books) bankTransfers(ctx context.Context, after string) (page []bank.Transfer, next string, err error) {
	page, err = b.Bank.Transfers(ctx, after)
	if len(page) > 0 {
		next = page[len(page)-1].Key
	}
	return page, next, err
}

// chargeProblem returns the discrepancy between a charge, nil for none, and our books.
func chargeProblem(c *gateway.Charge, ours store.Books) string {
	switch {
	case !ours.Resolved:
		return "" // its workflow resolves it
	case c == nil && !ours.Charged:
		return ""
	case c == nil:
		return fmt.Sprintf("payment %d: we have booked a charge of %s under %s, and the gateway has none",
			ours.PaymentID,
			ours.Amount, ours.MerchantUID)
	case !ours.Charged && c.Cancellable() == 0:
		return "" // it was not an order's, and has gone back
	case !ours.Charged:
		return fmt.Sprintf("payment %d: the gateway has charged %s under %s, and we have booked none", ours.PaymentID,
			c.Amount, ours.MerchantUID)
	case c.ImpUID != ours.ImpUID || c.Amount != ours.Amount:
		return fmt.Sprintf("payment %d: the gateway has charged %s as %s, and we have booked %s as %s", ours.PaymentID,
			c.Amount, c.ImpUID, ours.Amount, ours.ImpUID)
	}
	cancellations, disputed := map[string]market.Money{}, maps.Clone(ours.Disputed)
	for _, x := range c.Cancellations {
		if x.Pending || x.Failed {
			continue
		}
		amount, known := disputed[x.ID]
		delete(disputed, x.ID)
		if !known {
			cancellations[x.Key] += x.Amount
		} else if amount != x.Amount {
			return fmt.Sprintf("payment %d: the provider has cancelled %s as %s, and %s is disputed", ours.PaymentID,
				x.Amount,
				x.ID, amount)
		}
	}
	for id, amount := range disputed {
		return fmt.Sprintf("payment %d: %s of cancellation %s is disputed, and the provider has no such cancellation",
			ours.PaymentID, amount, id)
	}
	for _, r := range ours.Refunds {
		key := gateway.CancelKey(ours.ImpUID, r.ID)
		amount, given := cancellations[key]
		delete(cancellations, key)
		through := r.Amount > 0 && !r.ByHand
		switch {
		case r.Status == market.RefundSuccess && through && !given:
			return fmt.Sprintf("refund %d of %s is booked, and the gateway has not given it back", r.ID, r.Amount)
		case given && (!through || amount != r.Amount):
			return fmt.Sprintf("refund %d of %s: the gateway has given back %s", r.ID, r.Amount, amount)
		case given && r.Status != market.RefundSuccess && r.Status != market.RefundProcessing:
			return fmt.Sprintf("refund %d is %s, and the gateway has given back %s", r.ID, r.Status, amount)
		}
	}
	for key, amount := range cancellations {
		return fmt.Sprintf("payment %d: the gateway has given back %s under %s, which is no refund of ours",
			ours.PaymentID,
			amount, key)
	}
	return ""
}

// transferProblem returns the discrepancy between a transfer, nil for none, and our books.
func transferProblem(t *bank.Transfer, ours store.BookedTransfer) string {
	status := map[market.PayoutOutcome]bank.TransferStatus{
		market.OutcomeSuccess: bank.TransferPaid, market.OutcomeRefused: bank.TransferRefused,
		market.OutcomeReturned: bank.TransferReturned, market.OutcomeMispaid: bank.TransferPaid,
	}[ours.Outcome]
	booked := ours.Amount
	if ours.BankAmount != nil {
		booked = *ours.BankAmount
	}
	switch {
	case t == nil && ours.Outcome == "":
		return "" // not sent yet
	case t == nil:
		return fmt.Sprintf("payout %d: %s under %s is booked as %s, and the bank knows no such transfer", ours.PayoutID,
			ours.Amount, ours.Key, ours.Outcome)
	case t.Amount != booked || t.BankCode != ours.BankCode ||
		ours.BankAccount != "" && t.BankAccount != ours.BankAccount:
		return fmt.Sprintf("payout %d: the bank was asked for %s under %s, and %s is booked, or for another account",
			ours.PayoutID, t.Amount, ours.Key, booked)
	case ours.Outcome != "" && t.Status != status:
		return fmt.Sprintf("payout %d: the bank says %s under %s, and %s is booked", ours.PayoutID, t.Status, ours.Key,
			ours.Outcome)
	}
	return ""
}
