package activities

import (
	"context"
	"time"

	"go.temporal.io/sdk/activity"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/reconcile"
	"github.com/all-in-market/market/internal/store"
)

// ReadFeed is how far the reading of a provider's feed has come.
type ReadFeed struct {
	From, Until time.Time
	Cursor      string `json:",omitempty"`
	Events      int    // that have been read
}

// ReadProviderEvents keeps what the provider tells of the movements of money: since it was
// read last, and of a day in any case. It reads a page at a time; an attempt after a crash
// goes on behind the last one. Reading again adds nothing.
func (a *Activities) ReadProviderEvents(ctx context.Context, day market.Day) (read ReadFeed, err error) {
	if a.Gateways.PortOne == nil {
		return read, nil // there is nothing to reconcile with
	}
	read = resumed[ReadFeed](ctx)
	if read.From.IsZero() {
		read.Until = time.Now()
		notAfter := read.Until
		if !day.IsZero() {
			notAfter = day.Start()
		}
		if read.From, err = a.Store.ReadProviderFrom(ctx, market.ProviderPortOne, notAfter); err != nil {
			return read, err
		}
	}
	for {
		page, next, err := a.Gateways.PortOne.Events(ctx, read.From, read.Until, read.Cursor)
		if err != nil {
			return read, err
		}
		if err := a.Store.KeepProviderEvents(ctx, market.ProviderPortOne, page); err != nil {
			return read, err
		}
		if next == "" {
			return read, a.Store.ProviderRead(ctx, market.ProviderPortOne, read.Until)
		}
		read.Cursor, read.Events = next, read.Events+len(page)
		report(ctx, read)
	}
}

// DaysToReconcile are the days that have not been reconciled up to the one before today,
// which is among them in any case.
func (a *Activities) DaysToReconcile(ctx context.Context) ([]market.Day, error) {
	if a.Gateways.PortOne == nil {
		return nil, nil
	}
	return a.Store.DaysToReconcile(ctx, market.ProviderPortOne, a.Store.Today().Add(-1))
}

// ReconcileInput names what is compared, a day or a settlement file, and until when the
// provider's feed has been read.
type ReconcileInput struct {
	Day       market.Day `json:",omitzero"`
	FileID    int64      `json:",omitempty"`
	ReadUntil time.Time
}

// Reconciled is how far a comparison has come.
type Reconciled struct {
	After         string `json:",omitempty"` // the last payment that was compared
	Payments      int
	Open, Healing int // breaks, and those of them that heal by themselves
}

// reconcilePage is how many payments are compared together.
const reconcilePage = 500

// Reconcile compares, payment by payment, what the provider has told with what is booked,
// and keeps each difference as a break; see reconcile.Compare and store.RecordBreaks. Run
// again it finds what there is then.
func (a *Activities) Reconcile(ctx context.Context, in ReconcileInput) (done Reconciled, err error) {
	if a.Gateways.PortOne == nil {
		return done, nil // without what the provider tells, all would be missing there
	}
	what := store.Compared{Provider: market.ProviderPortOne, Day: in.Day, FileID: in.FileID, ReadUntil: in.ReadUntil}
	day := in.Day
	if day.IsZero() {
		day = a.Store.Today()
	}
	done = resumed[Reconciled](ctx)
	for {
		page, next, err := a.Store.Comparisons(ctx, what, done.After, reconcilePage)
		if err != nil {
			return done, err
		}
		var breaks []store.FoundBreak
		var agreed []string
		for _, c := range page {
			b, differs := reconcile.Compare(c)
			switch {
			case !differs:
				agreed = append(agreed, c.MerchantUID)
				continue
			case in.FileID == 0 && c.Recent && !b.Heals:
				continue // the next comparison has it
			}
			breaks = append(breaks, b)
			activity.GetLogger(ctx).Error("provider and books do not agree", "payment", b.MerchantUID, "class", b.Class,
				"amount", b.Amount, "detail", b.Detail)
		}
		open, healing, err := a.Store.RecordBreaks(ctx, market.ProviderPortOne, day, breaks, agreed)
		if err != nil {
			return done, err
		}
		done = Reconciled{
			After: next, Payments: done.Payments + len(page), Open: done.Open + open, Healing: done.Healing + healing,
		}
		if next == "" {
			break
		}
		report(ctx, done)
	}
	if in.Day.IsZero() {
		return done, nil
	}
	return done, a.Store.RecordReconciliation(ctx, market.ProviderPortOne, day, done.Open)
}

// LookAtBreak carries out what an admin has decided about a break, if anybody has, and
// returns the state in which it is.
func (a *Activities) LookAtBreak(ctx context.Context, breakID int64) (market.BreakStatus, error) {
	return a.Store.ResolveBreak(ctx, breakID)
}
