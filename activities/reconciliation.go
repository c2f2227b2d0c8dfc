package activities

import (
	"context"
	"time"

	"go.temporal.io/sdk/activity"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/reconcile"
	"github.com/all-in-market/market/internal/store"
)

// ReadFeed is the progress in reading a provider's feed.
type ReadFeed struct {
	From, Until time.Time
	Cursor      string `json:",omitempty"`
	Events      int    // read so far
}

// ReadProviderEvents stores the provider's events about money: new ones since the last read, and
// all of the given day. It reads page by page; an attempt after a crash resumes after the last
// page. Reading an event again has no effect.
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

// DaysToReconcile returns the days up to yesterday that have not been reconciled, and always
// yesterday.
func (a *Activities) DaysToReconcile(ctx context.Context) ([]market.Day, error) {
	if a.Gateways.PortOne == nil {
		return nil, nil
	}
	return a.Store.DaysToReconcile(ctx, market.ProviderPortOne, a.Store.Today().Add(-1))
}

// ReconcileInput selects a day or a settlement file to compare. ReadUntil is the time up to which
// the provider's feed has been read.
type ReconcileInput struct {
	Day       market.Day `json:",omitzero"`
	FileID    int64      `json:",omitempty"`
	ReadUntil time.Time
}

// Reconciled is the progress of a comparison.
type Reconciled struct {
	After         string `json:",omitempty"` // the last payment that was compared
	Payments      int
	Open, Healing int // breaks, and those of them that a payment's workflow can resolve
}

// reconcilePage is how many payments are compared together.
const reconcilePage = 500

// Reconcile compares, payment by payment, the provider's records with the books, and stores each
// difference as a break; see reconcile.Compare and store.RecordBreaks. A second run compares the
// state at that time.
func (a *Activities) Reconcile(ctx context.Context, in ReconcileInput) (done Reconciled, err error) {
	if a.Gateways.PortOne == nil {
		return done, nil // without the provider's records, all payments would seem missing
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
		var breaks []store.FoundDiscrepancy
		var agreed []string
		for _, c := range page {
			b, differs := reconcile.Compare(c)
			switch {
			case !differs:
				agreed = append(agreed, c.MerchantUID)
				continue
			case in.FileID == 0 && c.Recent && !b.Heals:
				continue // left to the next comparison
			}
			breaks = append(breaks, b)
			activity.GetLogger(ctx).Error("discrepancy between provider and books", "payment", b.MerchantUID, "class",
				b.Class,
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

// LookAtBreak applies an admin's decision about a break, if there is one, and returns the break's
// status.
func (a *Activities) LookAtBreak(ctx context.Context, breakID int64) (market.DiscrepancyStatus, error) {
	return a.Store.ResolveBreak(ctx, breakID)
}
