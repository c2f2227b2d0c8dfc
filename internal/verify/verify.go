// Package verify looks whether everything that the marketplace knows agrees: its own
// books among themselves, and with those of the payment gateway and the bank.
package verify

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/all-in-market/market/internal/gateway"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
)

// Books are what is held against each other. Store is needed; the others may be nil,
// and then nothing outside is looked at.
type Books struct {
	Store   *store.Store
	Gateway gateway.Payments
	Bank    gateway.Bank
}

// Progress says how far a verification has come: Done of Total rules.
type Progress struct {
	Done, Total int
	Rule        string // the one that was looked at last
}

const (
	ruleGateway = "the gateway's books are ours"
	ruleBank    = "the bank's books are ours"
)

// Run looks at everything and returns what it has found. It calls report after each
// rule. What moves meanwhile is looked at again before it is called a finding.
func Run(ctx context.Context, b Books, report func(Progress)) ([]store.Finding, error) {
	p := Progress{Total: store.VerifyRules()}
	for _, outside := range []bool{b.Gateway != nil, b.Bank != nil} {
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
	if b.Gateway != nil {
		problems, err := b.charges(ctx)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", ruleGateway, err)
		}
		findings = append(findings, problems...)
		done(ruleGateway)
	}
	if b.Bank != nil {
		problems, err := b.transfers(ctx)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", ruleBank, err)
		}
		findings = append(findings, problems...)
		done(ruleBank)
	}
	return findings, nil
}

// page is how many of our own rows are looked at together.
const page = 1000

// charges holds the gateway's charges against our payments, and the other way round.
// Rows and charges are read at different moments: what does not fit is asked for once
// more, by itself.
func (b Books) charges(ctx context.Context) (findings []store.Finding, err error) {
	agreed := map[int64]struct{}{} // payments
	suspects := map[string]struct{}{}
	for after := ""; ; {
		charges, err := b.Gateway.Charges(ctx, after)
		if err != nil {
			return nil, err
		}
		if len(charges) == 0 {
			break
		}
		uids := make([]string, len(charges))
		for i, c := range charges {
			uids[i] = c.MerchantUID
		}
		after = uids[len(uids)-1]
		books, err := b.Store.BooksOf(ctx, uids)
		if err != nil {
			return nil, err
		}
		for _, c := range charges {
			ours, known := books[c.MerchantUID]
			if !known || chargeProblem(&c, ours) != "" {
				suspects[c.MerchantUID] = struct{}{}
			} else {
				agreed[ours.PaymentID] = struct{}{}
			}
		}
	}
	for after := int64(0); ; {
		books, err := b.Store.BooksAfter(ctx, after, page)
		if err != nil {
			return nil, err
		}
		if len(books) == 0 {
			break
		}
		for _, ours := range books {
			if _, ok := agreed[ours.PaymentID]; !ok && chargeProblem(nil, ours) != "" {
				suspects[ours.MerchantUID] = struct{}{}
			}
			after = ours.PaymentID
		}
	}
	for _, uid := range slices.Sorted(maps.Keys(suspects)) {
		problem, err := b.chargeAgain(ctx, uid)
		if err != nil {
			return nil, err
		}
		if problem != "" {
			findings = append(findings, store.Finding{Rule: ruleGateway, Problem: problem})
		}
	}
	return findings, nil
}

// chargeAgain compares one charge: the gateway first, so that our row is never older.
func (b Books) chargeAgain(ctx context.Context, merchantUID string) (string, error) {
	c, err := b.Gateway.Inquire(ctx, merchantUID)
	charge := &c
	if errors.Is(err, gateway.ErrUnknownPayment) || errors.Is(err, gateway.ErrDeclined) {
		charge, err = nil, nil
	}
	if err != nil {
		return "", err
	}
	books, err := b.Store.BooksOf(ctx, []string{merchantUID})
	if err != nil {
		return "", err
	}
	ours, known := books[merchantUID]
	if !known {
		return fmt.Sprintf("the gateway has charged %s under %s, which is no payment of ours", c.Amount, merchantUID), nil
	}
	return chargeProblem(charge, ours), nil
}

// chargeProblem is what is wrong between a charge, nil for none, and our books.
func chargeProblem(c *gateway.Charge, ours store.Books) string {
	switch {
	case !ours.Resolved:
		return "" // its workflow finds out
	case c == nil && !ours.Charged:
		return ""
	case c == nil:
		return fmt.Sprintf("payment %d: we have booked a charge of %s under %s, and the gateway has none", ours.PaymentID, ours.Amount, ours.MerchantUID)
	case !ours.Charged:
		return fmt.Sprintf("payment %d: the gateway has charged %s under %s, and we have booked none", ours.PaymentID, c.Amount, ours.MerchantUID)
	case c.ImpUID != ours.ImpUID || c.Amount != ours.Amount:
		return fmt.Sprintf("payment %d: the gateway has charged %s as %s, and we have booked %s as %s", ours.PaymentID, c.Amount, c.ImpUID, ours.Amount, ours.ImpUID)
	}
	cancellations := map[string]market.Money{}
	for _, x := range c.Cancellations {
		cancellations[x.Key] = x.Amount
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
		return fmt.Sprintf("payment %d: the gateway has given back %s under %s, which is no refund of ours", ours.PaymentID, amount, key)
	}
	return ""
}

// transfers holds the bank's transfers against our payouts, and the other way round.
func (b Books) transfers(ctx context.Context) (findings []store.Finding, err error) {
	agreed, suspects := map[string]struct{}{}, map[string]struct{}{}
	for after := ""; ; {
		transfers, err := b.Bank.Transfers(ctx, after)
		if err != nil {
			return nil, err
		}
		if len(transfers) == 0 {
			break
		}
		keys := make([]string, len(transfers))
		for i, t := range transfers {
			keys[i] = t.Key
		}
		after = keys[len(keys)-1]
		booked, err := b.Store.TransfersOf(ctx, keys)
		if err != nil {
			return nil, err
		}
		for _, t := range transfers {
			ours, known := booked[t.Key]
			if !known || transferProblem(&t, ours) != "" {
				suspects[t.Key] = struct{}{}
			} else {
				agreed[t.Key] = struct{}{}
			}
		}
	}
	for after := int64(0); ; {
		booked, err := b.Store.TransfersAfter(ctx, after, page)
		if err != nil {
			return nil, err
		}
		if len(booked) == 0 {
			break
		}
		for _, ours := range booked {
			if _, ok := agreed[ours.Key]; !ok && transferProblem(nil, ours) != "" {
				suspects[ours.Key] = struct{}{}
			}
			after = ours.PayoutID
		}
	}
	for _, key := range slices.Sorted(maps.Keys(suspects)) {
		problem, err := b.transferAgain(ctx, key)
		if err != nil {
			return nil, err
		}
		if problem != "" {
			findings = append(findings, store.Finding{Rule: ruleBank, Problem: problem})
		}
	}
	return findings, nil
}

func (b Books) transferAgain(ctx context.Context, key string) (string, error) {
	t, err := b.Bank.Inquire(ctx, key)
	transfer := &t
	if errors.Is(err, gateway.ErrUnknownTransfer) {
		transfer, err = nil, nil
	}
	if err != nil {
		return "", err
	}
	booked, err := b.Store.TransfersOf(ctx, []string{key})
	if err != nil {
		return "", err
	}
	ours, known := booked[key]
	if !known {
		return fmt.Sprintf("the bank has a transfer of %s under %s, which is no payout of ours", t.Amount, key), nil
	}
	return transferProblem(transfer, ours), nil
}

// transferProblem is what is wrong between a transfer, nil for none, and our books.
func transferProblem(t *gateway.Transfer, ours store.BookedTransfer) string {
	status := map[market.PayoutOutcome]gateway.TransferStatus{market.PayoutPaid: gateway.TransferPaid, market.PayoutRefused: gateway.TransferRefused, market.PayoutReturned: gateway.TransferReturned}[ours.Outcome]
	switch {
	case t == nil && ours.Outcome == "":
		return "" // not sent yet
	case t == nil:
		return fmt.Sprintf("payout %d: %s under %s is booked as %s, and the bank knows no such transfer", ours.PayoutID, ours.Amount, ours.Key, ours.Outcome)
	case t.Amount != ours.Amount || t.BankCode != ours.BankCode || t.BankAccount != ours.BankAccount:
		return fmt.Sprintf("payout %d: the bank was asked for %s under %s, and %s is booked, or for another account", ours.PayoutID, t.Amount, ours.Key, ours.Amount)
	case ours.Outcome != "" && t.Status != status:
		return fmt.Sprintf("payout %d: the bank says %s under %s, and %s is booked", ours.PayoutID, t.Status, ours.Key, ours.Outcome)
	}
	return ""
}
