// Package gateway is the port to the providers of payments: the small interfaces that the
// marketplace needs, without a transport. Package portone speaks to PortOne; package
// simclient speaks over HTTP to what package simulator serves.
package gateway

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/all-in-market/market/internal/market"
)

// Provider is what every provider does with a charge that it has taken. The merchant uid
// names a payment at both sides.
type Provider interface {
	// Inquire says what became of a charge. It fails with ErrUnknownPayment
	// when the provider has never taken the charge on, and with ErrDeclined when
	// it has refused it. Any other error says nothing.
	Inquire(ctx context.Context, merchantUID string) (Charge, error)
	// Cancel gives a charge back, in whole or in part. The key makes it happen
	// once. It fails with ErrNotCancellable when the provider refuses, and with ErrNotNow
	// when nothing was done this time. Any other error means that the outcome is unknown:
	// inquire.
	Cancel(ctx context.Context, r CancelRequest) error
	// Charges returns a page of the provider's own books: what it has charged since a moment, the zero
	// time for all, behind a cursor, "" for the first page. The next page's cursor is "" at the end.
	// Older charges that have changed since may be among them.
	Charges(ctx context.Context, since time.Time, cursor string) (page []Charge, next string, err error)
}

// Payments is a provider that charges a buyer within a request. The merchant uid is the
// idempotency key of a charge: however often Charge is called with it, the buyer is charged
// once.
type Payments interface {
	Provider
	// Charge takes the money. It fails with ErrDeclined when the gateway
	// refuses. Any other error means that the outcome is unknown: the money may
	// have been taken. Call again with the same request, or inquire.
	Charge(ctx context.Context, r ChargeRequest) (Charge, error)
}

// Redirect is a provider at which buyers pay in the browser, as often as it takes; one
// attempt can succeed.
type Redirect interface {
	Provider
	// Prepare pins the amount of a payment before the browser has a say. It may be called
	// again. It fails with ErrUnavailable, as may all that ask the provider.
	Prepare(ctx context.Context, merchantUID string, amount market.Money) error
	// Confirm takes the money of a buyer's agreement. It fails with ErrDeclined when that
	// agreement will never do; any other error says nothing.
	Confirm(ctx context.Context, r ConfirmRequest) error
	// Look says how far a payment has come.
	Look(ctx context.Context, merchantUID string) (Sighting, error)
	// GiveBack gives back all that is held of a charge that is not what it had to be, in
	// whatever currency. A nil error says that nothing is held any more.
	GiveBack(ctx context.Context, merchantUID string) error
	// Events is a page of the movements of money that the provider tells of a span of time,
	// behind a cursor, "" for the first page. The next page's cursor is "" at the end.
	Events(ctx context.Context, from, until time.Time, cursor string) (page []market.ProviderEvent, next string, err error)
	// Window is what the buyer's browser is told.
	Window(p market.Payment, orderName string) *market.PaymentWindow
	// Offers says whether a method can be used at all, and Available whether the provider
	// has answered lately.
	Offers(m market.PaymentMethod) bool
	Available() bool
}

// Providers are those that are configured; nil for one that is not.
type Providers struct {
	Mock    Payments
	PortOne Redirect
}

// Of is a provider that is configured; an error says that it is not.
func (p Providers) Of(name market.Provider) (Provider, error) {
	switch {
	case name == market.ProviderMock && p.Mock != nil:
		return p.Mock, nil
	case name == market.ProviderPortOne && p.PortOne != nil:
		return p.PortOne, nil
	}
	return nil, errors.New("the provider " + string(name) + " is not configured here")
}

// Offers says whether buyers may choose a method here at all.
func (p Providers) Offers(m market.Method) bool {
	if m.Provider.Redirects() {
		return p.PortOne != nil && p.PortOne.Offers(m.Code)
	}
	return p.Mock != nil
}

// Available says whether the provider of a method that is offered has answered lately.
func (p Providers) Available(m market.Method) bool {
	return !m.Provider.Redirects() || p.PortOne.Available()
}

// Offered are the methods that buyers may choose from, in the table's order.
func (p Providers) Offered() []market.OfferedMethod {
	offered := []market.OfferedMethod{}
	available := map[market.Provider]bool{} // each provider is asked once
	for _, m := range market.PaymentMethods {
		if !p.Offers(m) {
			continue
		}
		if _, asked := available[m.Provider]; !asked {
			available[m.Provider] = p.Available(m)
		}
		offered = append(offered, market.OfferedMethod{
			Method: m.Code, Redirects: m.Provider.Redirects(), Available: available[m.Provider],
		})
	}
	return offered
}

// SightingState is how far a payment in the browser has come.
type SightingState string

// The states of a payment in the browser.
const (
	SightingWaiting   SightingState = "WAITING"   // nothing has been taken, and may still be
	SightingDeclined  SightingState = "DECLINED"  // likewise, after an attempt that failed
	SightingCharged   SightingState = "CHARGED"   // the money has been taken
	SightingCancelled SightingState = "CANCELLED" // and all of it has gone back
)

// Sighting is what a provider knows of a payment in the browser.
type Sighting struct {
	State         SightingState
	TransactionID string // of the attempt that counts
	Reason        string // of a decline, in the provider's words
	Charge        Charge // of a charge
	// Mismatch says why a charge cannot be the order's: its currency, store or channel; ""
	// when it can. Another amount is not meant: Charge has it.
	Mismatch string
}

// ConfirmRequest is a buyer's agreement.
type ConfirmRequest struct {
	MerchantUID, Token, TransactionID string
	Amount                            market.Money
}

// ChargeRequest asks for money.
type ChargeRequest struct {
	MerchantUID string
	Amount      market.Money
	Method      market.PaymentMethod
}

// Charge is money that the gateway has taken. Amount is what it really took.
type Charge struct {
	ImpUID      string       `json:"impUid"`
	MerchantUID string       `json:"merchantUid"`
	Amount      market.Money `json:"amount"`
	At          time.Time    `json:"at,omitzero"` // when it was taken

	Cancellations []Cancellation `json:"cancellations"`
}

// Cancellation is a part of a charge that the gateway has given back, under the
// idempotency key of its request.
type Cancellation struct {
	Key    string       `json:"key"` // "" for one that is not ours
	Amount market.Money `json:"amount"`

	// Of a provider that decides later: Pending until it has, Failed when it has refused.
	Pending, Failed bool  `json:"-"`
	Attempt         int32 `json:"-"` // of the request's

	// Reported only by a provider that cancels on its own.
	ID       string    `json:"-"` // the provider's; "" for a provider that never does
	Cause    string    `json:"-"` // what made it: API, CONSOLE, CHARGEBACK
	Detail   string    `json:"-"` // the reason
	RefundID int64     `json:"-"` // the refund that it was asked for with; 0 for none
	At       time.Time `json:"-"` // when it was made
}

// Cancelled is what was given back under a key; false when nothing was.
func (c Charge) Cancelled(key string) (market.Money, bool) {
	for _, x := range c.Cancellations {
		if x.Key == key && !x.Pending && !x.Failed {
			return x.Amount, true
		}
	}
	return 0, false
}

// Cancelling says whether an attempt to give back under a key waits for the provider's
// decision, and whether it has been refused.
func (c Charge) Cancelling(key string, attempt int32) (pending, failed bool) {
	for _, x := range c.Cancellations {
		if x.Key == key {
			pending = pending || x.Pending
			failed = failed || (x.Failed && x.Attempt == attempt)
		}
	}
	return pending, failed
}

// Cancellable is what has not been given back, nor is about to be.
func (c Charge) Cancellable() market.Money {
	left := c.Amount
	for _, x := range c.Cancellations {
		if !x.Failed {
			left -= x.Amount
		}
	}
	return left
}

// Held returns what the provider still has: all that has not gone back, even if it is about to.
func (c Charge) Held() market.Money {
	left := c.Amount
	for _, x := range c.Cancellations {
		if !x.Failed && !x.Pending {
			left -= x.Amount
		}
	}
	return left
}

// CancelRequest asks to give money back.
type CancelRequest struct {
	MerchantUID, ImpUID string
	Key                 string // idempotency key: "<impUid>:<refundId>"
	Amount              market.Money
	Reason              string

	RefundID    int64
	Attempt     int32        // how often the provider has said no before: then the request is a new one
	Cancellable market.Money // what was left when the caller looked
}

// ErrDeclined says that the gateway has refused a charge; no money has moved.
var ErrDeclined = errors.New("the payment gateway declined the charge")

// ErrUnknownPayment says that the gateway knows no such charge.
var ErrUnknownPayment = errors.New("the payment gateway knows no such charge")

// ErrNotCancellable says that the gateway refuses to give so much back; nothing has moved.
var ErrNotCancellable = errors.New("the payment gateway refuses to give the amount back")

// ErrNotNow says that nothing was given back, and that it may be asked for again, as another
// attempt.
var ErrNotNow = errors.New("the payment provider has given nothing back this time")

// ErrUnavailable says that a provider has not answered for a while, and was not even asked.
var ErrUnavailable = errors.New("the payment provider does not answer just now")

// CancelKey is the idempotency key of a refund's cancellation.
func CancelKey(impUID string, refundID int64) string {
	return impUID + ":" + strconv.FormatInt(refundID, 10)
}
