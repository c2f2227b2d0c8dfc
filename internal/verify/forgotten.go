package verify

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/all-in-market/market/internal/gateway"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
)

// Standing is the store's booking of a charge.
type Standing string

// The standings of a charge that no order has.
const (
	StandingUnknown   Standing = "UNKNOWN"    // there is no payment of its merchant uid
	StandingNotBooked Standing = "NOT_BOOKED" // the payment has ended without a charge
)

// UnknownCharge is a charge of which a provider holds money and that the store has not booked, for
// example after an older backup of the store was restored.
type UnknownCharge struct {
	Provider    market.Provider `json:"provider"`
	MerchantUID string          `json:"merchantUid"`
	ImpUID      string          `json:"impUid"`
	Amount      market.Money    `json:"amount"`
	Held        market.Money    `json:"held"` // of the amount, when the plan was made
	ChargedAt   time.Time       `json:"chargedAt"`
	Store       Standing        `json:"store"`
}

// String identifies the charge and the held amount.
func (c UnknownCharge) String() string {
	return fmt.Sprintf("%s holds %s of the charge %s", c.Provider, c.Held, c.MerchantUID)
}

// ProviderShare counts a provider's charges of the span, and those that the store has not booked,
// whether or not they have gone back.
type ProviderShare struct {
	Provider market.Provider `json:"provider"`
	Charges  int             `json:"charges"`
	Unknown  int             `json:"unknown"`
}

// GiveBackPlan lists the charges to give back.
type GiveBackPlan struct {
	Since     time.Time       `json:"since"`
	Until     time.Time       `json:"until"`
	Providers []ProviderShare `json:"providers"`
	Count     int             `json:"count"`
	Held      market.Money    `json:"held"` // the sum
	Charges   []UnknownCharge `json:"charges"`
}

// CheckShare returns an error when more than maxShare, a part of 1, of a provider's charges are
// unknown, which suggests that the store is the wrong one. Up to maxCount unknown charges are always
// accepted.
func (p GiveBackPlan) CheckShare(maxShare float64, maxCount int) error {
	if p.Count == 0 {
		return nil
	}
	for _, s := range p.Providers {
		if s.Unknown > maxCount && float64(s.Unknown) > maxShare*float64(s.Charges) {
			return fmt.Errorf("%d of %d charges of %s since %s are unknown to the store, more than %g %%. "+
				"Check that DATABASE_URL names the restored store and that no other system uses the same store at the "+
				"provider, and that --since is the moment of the restored backup and not an earlier one. If so many charges "+
				"are lost, allow them with --max-share or --max-count",
				s.Unknown, s.Charges, s.Provider, p.Since.Format(time.RFC3339), 100*maxShare)
		}
	}
	return nil
}

// ChargeBooks is the view of the store that a give-back needs.
type ChargeBooks interface {
	BooksOf(ctx context.Context, merchantUIDs []string) (map[string]store.Books, error)
	NoteAction(ctx context.Context, a market.Action) error
}

// GiveBacks finds the charges that the store has not booked, and gives them back.
type GiveBacks struct {
	Store    ChargeBooks
	Gateways gateway.Providers
	Wait     time.Duration // how long to follow cancellations that a provider decides later
	Poll     time.Duration // between two polls of the provider
}

// standing returns what the store has booked of a charge, "" when the charge is an order's or may
// still become one.
func standing(known map[string]store.Books, merchantUID string) Standing {
	ours, there := known[merchantUID]
	switch {
	case !there:
		return StandingUnknown
	case ours.Resolved && !ours.Charged:
		return StandingNotBooked
	}
	return ""
}

// Plan lists the charges made since a moment that the store has not booked. It calls progress with the
// number of charges read so far.
func (g GiveBacks) Plan(ctx context.Context, since time.Time, progress func(read int)) (p GiveBackPlan, err error) {
	p.Since, p.Until, p.Charges = since, time.Now(), []UnknownCharge{}
	read := 0
	for _, name := range []market.Provider{market.ProviderMock, market.ProviderPortOne} {
		provider, notConfigured := g.Gateways.Of(name)
		if notConfigured != nil {
			continue
		}
		share := ProviderShare{Provider: name}
		seen := map[string]bool{} // a charge that changes during the listing may be listed twice
		for cursor, more := "", true; more; more = cursor != "" {
			charges, next, err := provider.Charges(ctx, since, cursor)
			if err != nil {
				return p, err
			}
			cursor = next
			uids := make([]string, len(charges))
			for i, c := range charges {
				uids[i] = c.MerchantUID
			}
			// A payment is in the store before its provider has it, and the provider was read first.
			known, err := g.Store.BooksOf(ctx, uids)
			if err != nil {
				return p, err
			}
			for _, c := range charges {
				older := !c.At.IsZero() && c.At.Before(since)
				if seen[c.MerchantUID] || older {
					continue
				}
				seen[c.MerchantUID] = true
				share.Charges++
				booked := standing(known, c.MerchantUID)
				if booked == "" {
					continue
				}
				share.Unknown++
				if c.Held() == 0 {
					continue
				}
				p.Charges = append(p.Charges, UnknownCharge{
					Provider: name, MerchantUID: c.MerchantUID, ImpUID: c.ImpUID, Amount: c.Amount, Held: c.Held(),
					ChargedAt: c.At, Store: booked,
				})
				p.Count++
				p.Held += c.Held()
			}
			read += len(charges)
			progress(read)
		}
		p.Providers = append(p.Providers, share)
	}
	return p, nil
}

// GiveBackState is the progress of giving a charge back.
type GiveBackState string

// The states of giving a charge back.
const (
	GivenBack        GiveBackState = "GIVEN_BACK"
	GivenBackBefore  GiveBackState = "GIVEN_BACK_BEFORE" // by an earlier run, or at the provider
	GiveBackPending  GiveBackState = "PENDING"           // the provider has not decided
	GiveBackRefused  GiveBackState = "REFUSED"           // by the provider
	GiveBackFailed   GiveBackState = "FAILED"            // the outcome is unknown, or the charge differs
	GiveBackKnown    GiveBackState = "KNOWN"             // the store has booked the charge since: it is left alone
	GiveBackNotTried GiveBackState = "NOT_TRIED"         // the run was interrupted before
)

// GiveBackResult is the outcome for one charge of a plan.
type GiveBackResult struct {
	Charge UnknownCharge
	State  GiveBackState
	Err    error // the reason why it was not given back, or a later failure
}

// Done reports whether nothing is left to do for the charge: it has gone back, or the store has booked it since.
func (r GiveBackResult) Done() bool {
	return r.Err == nil && (r.State == GivenBack || r.State == GivenBackBefore || r.State == GiveBackKnown)
}

// inHand bounds the requests for one charge; an interrupt does not cut them short.
const inHand = 5 * time.Minute

// tries is how often a request with an unknown outcome is sent within a run.
const tries = 3

// giving is a charge that a run gives back.
type giving struct {
	*GiveBackResult
	provider gateway.Provider
	attempt  int32
	seen     bool // the charge has been fetched
	failed   int  // refused cancellations of the charge when it was first fetched
	sent     bool // this run has requested the cancellation
}

func (one *giving) end(state GiveBackState, err error) { one.State, one.Err = state, err }

// Apply gives the charges of a plan back, and returns the outcome of each, in the plan's order. It
// calls report for each charge in progress, and again when a pending cancellation has ended. One
// failure does not affect the other charges. When ctx ends, Apply completes the current charge and
// leaves the others. It is idempotent: no charge goes back twice.
func (g GiveBacks) Apply(ctx context.Context, p GiveBackPlan, report func(GiveBackResult)) []GiveBackResult {
	results := make([]GiveBackResult, len(p.Charges))
	// A provider repeats its answer to a key, including refusals, so a run has keys of its own. A
	// charge cannot go back twice, because the whole rest is requested, and the provider compares
	// it.
	run := rand.Int32()
	var pending []*giving
	for i, c := range p.Charges {
		results[i] = GiveBackResult{Charge: c, State: GiveBackNotTried}
		if ctx.Err() != nil {
			continue
		}
		one := &giving{GiveBackResult: &results[i], attempt: run}
		within, cancel := context.WithTimeout(context.WithoutCancel(ctx), inHand)
		g.giveBack(within, one)
		cancel()
		report(results[i])
		if one.State == GiveBackPending {
			pending = append(pending, one)
		}
	}
	g.follow(ctx, pending, report)
	return results
}

// giveBack cancels one charge at the provider and sets its state. It fetches the charge before each
// request and after the last one.
func (g GiveBacks) giveBack(ctx context.Context, one *giving) {
	provider, err := g.Gateways.Of(one.Charge.Provider)
	if err != nil {
		one.end(GiveBackFailed, err)
		return
	}
	one.provider = provider
	for try := 0; ; try++ {
		now, err := g.fetch(ctx, one)
		if err != nil || one.State != GiveBackNotTried {
			return
		}
		refused := errors.Is(one.Err, gateway.ErrNotCancellable) || errors.Is(one.Err, gateway.ErrNotNow)
		switch {
		case refused:
			one.State = GiveBackRefused
			return
		case try == tries:
			one.State = GiveBackFailed
			return
		}
		if !g.mayGiveBack(ctx, one) {
			return
		}
		one.sent = true
		one.Err = provider.Cancel(ctx, gateway.CancelRequest{
			MerchantUID: now.MerchantUID, ImpUID: now.ImpUID, Key: now.ImpUID + ":forgotten", Amount: now.Cancellable(),
			Cancellable: now.Cancellable(), Reason: "the order is not known any more", Attempt: one.attempt,
		})
		if one.Err != nil && !errors.Is(one.Err, gateway.ErrNotCancellable) && !errors.Is(one.Err, gateway.ErrNotNow) {
			pause(ctx, g.Poll) // the outcome is unknown
		}
	}
}

// look fetches the charge, and sets the state when nothing is to be cancelled.
func (g GiveBacks) fetch(ctx context.Context, one *giving) (now gateway.Charge, err error) {
	now, err = one.provider.Inquire(ctx, one.Charge.MerchantUID)
	if err == nil && (now.ImpUID != one.Charge.ImpUID || now.Amount != one.Charge.Amount) {
		err = fmt.Errorf("the provider has charged %s as %s, and the plan names %s as %s", now.Amount, now.ImpUID,
			one.Charge.Amount, one.Charge.ImpUID)
	}
	if err != nil {
		one.end(GiveBackFailed, err)
		return now, err
	}
	failed := 0
	for _, c := range now.Cancellations {
		if c.Failed {
			failed++
		}
	}
	if !one.seen {
		one.seen, one.failed = true, failed
	}
	switch {
	case now.Held() == 0 && (one.sent || one.State == GiveBackPending):
		one.end(GivenBack, g.note(ctx, "CHARGE_GIVEN_BACK", one.Charge))
	case now.Held() == 0:
		one.end(GivenBackBefore, nil)
	case failed > one.failed:
		one.end(GiveBackRefused, errors.New("the provider has taken the cancellation on and refused it later"))
	case now.Cancellable() == 0:
		one.end(GiveBackPending, nil)
	}
	return now, nil
}

// mayGiveBack reports whether the store still has no booking of the charge. It writes the audit
// entry before the request to the provider.
func (g GiveBacks) mayGiveBack(ctx context.Context, one *giving) bool {
	known, err := g.Store.BooksOf(ctx, []string{one.Charge.MerchantUID})
	switch {
	case err != nil:
		one.end(GiveBackFailed, err)
	case standing(known, one.Charge.MerchantUID) == "":
		one.end(GiveBackKnown, errors.New("the store has booked the charge meanwhile"))
	case !one.sent:
		if err = g.note(ctx, "CHARGE_GIVING_BACK", one.Charge); err != nil {
			one.end(GiveBackFailed, err)
		}
	}
	return one.State == GiveBackNotTried
}

func (g GiveBacks) note(ctx context.Context, action string, c UnknownCharge) error {
	if err := g.Store.NoteAction(ctx, market.Action{Name: action, Reason: c.String()}); err != nil {
		return fmt.Errorf("the audit log cannot be written: %w", err)
	}
	return nil
}

// follow polls pending cancellations until each has ended, or for g.Wait, or until ctx ends.
func (g GiveBacks) follow(ctx context.Context, pending []*giving, report func(GiveBackResult)) {
	deadline := time.Now().Add(g.Wait)
	for len(pending) > 0 && time.Now().Before(deadline) && pause(ctx, g.Poll) {
		var open []*giving
		for _, one := range pending {
			within, cancel := context.WithTimeout(context.WithoutCancel(ctx), inHand)
			_, err := g.fetch(within, one)
			cancel()
			if err != nil && ctx.Err() == nil && time.Now().Before(deadline) {
				one.end(GiveBackPending, nil) // the next poll may succeed
			}
			if one.State == GiveBackPending {
				open = append(open, one)
				continue
			}
			report(*one.GiveBackResult)
		}
		pending = open
	}
	for _, one := range pending {
		one.Err = errors.New("the provider has not decided about the cancellation yet; apply the plan again later")
	}
}

// pause waits for d. It returns false if ctx ends first.
func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}
