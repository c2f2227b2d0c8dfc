package activities

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/sdk/activity"

	"github.com/all-in-market/market/internal/auth"
	"github.com/all-in-market/market/internal/bank"
	"github.com/all-in-market/market/internal/cache"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
)

// DuePayout identifies a payout, with the fields that operators see.
type DuePayout struct {
	PayoutID, SettlementID, SellerID int64
	Amount                           market.Money
}

// DuePayoutsInput requests up to Chunk payouts with ids above After.
type DuePayoutsInput struct {
	After int64
	Chunk int32
}

// DuePayouts returns payouts that have not begun.
func (a *Activities) DuePayouts(ctx context.Context, in DuePayoutsInput) ([]DuePayout, error) {
	rows, err := a.Store.DuePayouts(ctx, in.After, in.Chunk)
	due := make([]DuePayout, len(rows))
	for i, r := range rows {
		due[i] = DuePayout(r)
	}
	return due, err
}

// The signals that decide about a payout.
const (
	RetryPayoutSignal   = "retry"   // repeat a failed payout under a new key
	AbandonPayoutSignal = "abandon" // give a failed payout up: its amount moves to the next settlement
	InquirePayoutSignal = "inquire" // query the bank now about a sent payout
)

// PayoutDecision is the payload of the signals that decide about a payout. Signals from the
// Temporal UI or CLI have none. The admin API signs its decisions; an admin's reason is stored in
// the database under the id of the decision.
type PayoutDecision struct {
	DecisionID string `json:"decisionId,omitempty"`
	AdminID    int64  `json:"adminId,omitempty"`
	Signature  string `json:"signature,omitempty"` // see auth.PayoutDecision
}

// AttemptInput identifies an attempt to pay. Signal is the number, from 0, of the signal that
// requested it among those called Name; -1 for the first attempt, which needs no signal. Decision
// is the payload of that signal.
type AttemptInput struct {
	PayoutID int64
	Attempt  int32
	Name     string
	Signal   int
	Decision PayoutDecision `json:",omitzero"`
}

// decision returns the decision of the signal behind an attempt, or nil when there was none. A
// decision without a valid signature is attributed to an operator: the identity in the signal,
// marked as unverified.
func (a *Activities) decision(ctx context.Context, in AttemptInput) (*store.PayoutDecision, error) {
	if in.Signal < 0 {
		return nil, nil
	}
	p, err := a.Store.StandingPayout(ctx, in.PayoutID)
	if err != nil {
		return nil, err
	}
	s := in.Decision
	signed := auth.PayoutDecision{
		SettlementID: p.SettlementID, AdminID: s.AdminID, Signal: in.Name, DecisionID: s.DecisionID,
	}
	if s.AdminID != 0 && a.Decisions.VerifiedPayout(signed, s.Signature) {
		return &store.PayoutDecision{
			ID: s.DecisionID, Signal: in.Name, AdminID: s.AdminID, SentBy: sentByAdminAPI,
		}, nil
	}
	identity, err := signalSender(ctx, in.Name, in.Signal)
	if err != nil {
		return nil, err
	}
	return &store.PayoutDecision{
		// The id does not come from the payload, which must not replace an admin's decision.
		ID:     fmt.Sprintf("signal/%s/%s/%d", activity.GetInfo(ctx).WorkflowExecution.RunID, in.Name, in.Signal),
		Signal: in.Name, SentBy: unverified + identity,
	}, nil
}

// StartedPayout reports whether an attempt has begun, now or before, or is held because the seller
// must not be paid at present; see store.PayoutAttempt.
type StartedPayout struct {
	Held    bool
	Begun   bool                 `json:",omitempty"`
	Outcome market.PayoutOutcome `json:",omitempty"`
	PaidAt  time.Time            `json:",omitzero"`

	Abandoned bool `json:",omitempty"` // the payout is abandoned; it waits for no decision
}

// StartPayout begins an attempt to pay; see store.StartPayout.
func (a *Activities) StartPayout(ctx context.Context, in AttemptInput) (StartedPayout, error) {
	decision, err := a.decision(ctx, in)
	if err != nil {
		return StartedPayout{}, err
	}
	started, err := a.Store.StartPayout(ctx, in.PayoutID, in.Attempt, decision)
	if err == nil {
		a.Cache.ChangedOf(ctx, []int64{started.SellerID}, cache.SettlementsGroup)
	}
	return StartedPayout{
		Held: started.Held, Begun: started.Begun, Outcome: started.Outcome, PaidAt: started.PaidAt,
		Abandoned: started.Abandoned,
	}, err
}

// SendPayout sends the transfer to the bank. An error means that the outcome is unknown.
func (a *Activities) SendPayout(ctx context.Context, in AttemptInput) (PayoutOutcome, error) {
	p, err := a.Store.StartPayout(ctx, in.PayoutID, in.Attempt, nil)
	if err != nil {
		return PayoutOutcome{}, err
	}
	t, err := a.Bank.Transfer(ctx,
		bank.TransferRequest{Key: p.Key, BankCode: p.BankCode, BankAccount: p.BankAccount, Amount: p.Amount})
	return payoutOutcome(p, t, err)
}

// PayoutOutcome is the outcome of an attempt at the bank. BankAmount is the amount that the bank
// reports, if it differs from the payout's.
type PayoutOutcome struct {
	Outcome    market.PayoutOutcome
	Reason     string        `json:",omitempty"`
	BankAmount *market.Money `json:",omitempty"`
}

func payoutOutcome(p store.PayoutAttempt, t bank.Transfer, err error) (PayoutOutcome, error) {
	if err != nil {
		return PayoutOutcome{}, err
	}
	if t.Key != p.Key || t.Amount < 0 || t.Amount > market.MaxMoney {
		return PayoutOutcome{}, fmt.Errorf("bank answered an inquiry for %s under %s with %s under %s", p.Amount,
			p.Key, t.Amount, t.Key)
	}
	out := PayoutOutcome{Reason: t.Reason}
	if t.Amount != p.Amount {
		out.BankAmount = &t.Amount
	}
	switch t.Status {
	case bank.TransferPaid:
		out.Outcome, out.Reason = market.OutcomeSuccess, ""
		if out.BankAmount != nil {
			out.Outcome = market.OutcomeMispaid
			out.Reason = fmt.Sprintf("the bank has paid %s instead of %s", t.Amount, p.Amount)
		}
	case bank.TransferRefused:
		out.Outcome = market.OutcomeRefused
	case bank.TransferReturned:
		out.Outcome = market.OutcomeReturned
	default:
		return PayoutOutcome{}, fmt.Errorf("unknown transfer status %q", t.Status)
	}
	return out, nil
}

// ResolvePayout determines the outcome of an attempt. A transfer that never reached the bank is
// sent again, under the same key.
func (a *Activities) ResolvePayout(ctx context.Context, in AttemptInput) (PayoutOutcome, error) {
	outcome, err := a.inquirePayout(ctx, in)
	if errors.Is(err, bank.ErrUnknownTransfer) {
		return a.SendPayout(ctx, in)
	}
	return outcome, err
}

// InquirePayout queries the bank for the outcome of an attempt, and records the decision of the
// signal that requested the inquiry.
func (a *Activities) InquirePayout(ctx context.Context, in AttemptInput) (PayoutOutcome, error) {
	if in.Name == InquirePayoutSignal {
		decision, err := a.decision(ctx, in)
		if err != nil {
			return PayoutOutcome{}, err
		}
		if err := a.Store.RecordPayoutInquiry(ctx, in.PayoutID, in.Attempt, decision); err != nil {
			return PayoutOutcome{}, err
		}
	}
	return a.inquirePayout(ctx, in)
}

func (a *Activities) inquirePayout(ctx context.Context, in AttemptInput) (PayoutOutcome, error) {
	p, err := a.Store.StartPayout(ctx, in.PayoutID, in.Attempt, nil)
	if err != nil {
		return PayoutOutcome{}, err
	}
	t, err := a.Bank.Inquire(ctx, p.Key)
	return payoutOutcome(p, t, err)
}

// EndPayoutInput is the outcome of an attempt.
type EndPayoutInput struct {
	AttemptInput
	PayoutOutcome
}

// EndPayout books the outcome of an attempt; see store.EndPayout.
func (a *Activities) EndPayout(ctx context.Context, in EndPayoutInput) error {
	if in.Outcome != market.OutcomeSuccess {
		activity.GetLogger(ctx).Warn("payout failed; waiting for an operator", "payout_id", in.PayoutID, "outcome",
			in.Outcome, "reason", in.Reason)
	}
	seller, err := a.Store.EndPayout(ctx, in.PayoutID, in.Attempt, store.PayoutEnd(in.PayoutOutcome))
	if err == nil {
		a.Cache.ChangedOf(ctx, []int64{seller}, cache.SettlementsGroup)
	}
	return err
}

// FinishPayout records that the checks for a return of the payout are over.
func (a *Activities) FinishPayout(ctx context.Context, payoutID int64) error {
	return a.Store.FinishPayout(ctx, payoutID)
}

// AbandonPayout gives a failed payout up; see store.AbandonPayout.
func (a *Activities) AbandonPayout(ctx context.Context, in AttemptInput) error {
	decision, err := a.decision(ctx, in)
	if err != nil {
		return err
	}
	seller, err := a.Store.AbandonPayout(ctx, in.PayoutID, decision)
	if err == nil {
		a.Cache.ChangedOf(ctx, []int64{seller}, cache.SettlementsGroup)
	}
	return err
}
