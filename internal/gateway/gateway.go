// Package gateway defines the port to payment providers: the small interfaces that the marketplace
// needs, independent of a transport. Package portone implements it for PortOne; package simclient
// implements it over HTTP for package simulator.
package gateway

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/all-in-market/market/internal/market"
)

// Provider is what all payment providers have in common: operations on a charge that exists. Both
// sides identify a payment by its merchant uid.
type Provider interface {
	// Inquire returns a charge. It fails with ErrUnknownPayment when the provider has no record of
	// it, and with ErrDeclined when the provider declined it. After any other error the outcome is
	// unknown.
	Inquire(ctx context.Context, merchantUID string) (Charge, error)
	// Cancel gives a charge back, in whole or in part. It is idempotent by the request's key. It
	// fails with ErrNotCancellable when the provider refuses, and with ErrNotNow when this attempt
	// had no effect. Any other error means that the outcome is unknown: inquire.
	Cancel(ctx context.Context, r CancelRequest) error
	// Charges returns a page of the provider's own records: charges since a time, the zero time for
	// all, after a cursor, "" for the first page. The next cursor is "" at the end. The page may
	// include older charges that have changed since.
	Charges(ctx context.Context, since time.Time, cursor string) (page []Charge, next string, err error)
}

// Payments is a provider that charges a buyer within a request. The merchant uid is the idempotency
// key of a charge: repeated calls charge the buyer once.
type Payments interface {
	Provider
	// Charge takes the money. It fails with ErrDeclined when the gateway declines. Any other error
	// means that the outcome is unknown: the money may have been taken. Repeat the same request, or
	// inquire.
	Charge(ctx context.Context, r ChargeRequest) (Charge, error)
}

// Redirect is a provider at which buyers pay in the browser. They may make several attempts, of
// which one can succeed.
type Redirect interface {
	Provider
	// Prepare registers the amount of a payment with the provider, so that the browser cannot change
	// it. It is idempotent. Like every call to the provider it may fail with ErrUnavailable.
	Prepare(ctx context.Context, merchantUID string, amount market.Money) error
	// Confirm takes the money of a buyer's agreement. It fails with ErrDeclined when the provider
	// refuses the agreement permanently; after any other error the outcome is unknown.
	Confirm(ctx context.Context, r ConfirmRequest) error
	// Look returns the status of a payment.
	FetchPayment(ctx context.Context, merchantUID string) (PaymentSnapshot, error)
	// GiveBack gives back all that is held of a charge that does not match its order, in any
	// currency. A nil error means that nothing is held any more.
	GiveBack(ctx context.Context, merchantUID string) error
	// Events returns a page of the provider's money movements in a span of time, after a cursor, ""
	// for the first page. The next cursor is "" at the end.
	Events(
		ctx context.Context, from, until time.Time, cursor string,
	) (page []market.ProviderEvent, next string, err error)
	// Window returns the parameters of the payment window in the buyer's browser.
	Window(p market.Payment, orderName string) *market.PaymentWindow
	// Offers reports whether a method is configured, and Available whether the provider has answered
	// recently.
	Offers(m market.PaymentMethod) bool
	Available() bool
}

// Providers are the configured providers; nil for one that is not configured.
type Providers struct {
	Mock    Payments
	PortOne Redirect
}

// Of returns a configured provider, or an error if it is not configured.
func (p Providers) Of(name market.Provider) (Provider, error) {
	switch {
	case name == market.ProviderMock && p.Mock != nil:
		return p.Mock, nil
	case name == market.ProviderPortOne && p.PortOne != nil:
		return p.PortOne, nil
	}
	return nil, fmt.Errorf("payment provider %q is not configured", name)
}

// Offers reports whether buyers may choose a method.
func (p Providers) Offers(m market.Method) bool {
	if m.Provider.Redirects() {
		return p.PortOne != nil && p.PortOne.Offers(m.Code)
	}
	return p.Mock != nil
}

// Available reports whether the provider of an offered method has answered recently.
func (p Providers) Available(m market.Method) bool {
	return !m.Provider.Redirects() || p.PortOne.Available()
}

// Offered returns the methods that buyers may choose from, in the table's order.
func (p Providers) Offered() []market.OfferedMethod {
	offered := []market.OfferedMethod{}
	available := map[market.Provider]bool{} // each provider is queried once
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

// SnapshotState is the state of a payment in the browser.
type SnapshotState string

// The states of a payment in the browser.
const (
	SnapshotWaiting   SnapshotState = "WAITING"   // nothing has been taken yet
	SnapshotDeclined  SnapshotState = "DECLINED"  // the last attempt failed; the buyer may try again
	SnapshotCharged   SnapshotState = "CHARGED"   // the money has been taken
	SnapshotCancelled SnapshotState = "CANCELLED" // all of the money has gone back
)

// PaymentSnapshot is the status of a payment in the browser at its provider.
type PaymentSnapshot struct {
	State         SnapshotState
	TransactionID string // of the latest attempt
	Reason        string // of a decline, in the provider's words
	Charge        Charge // of a charge
	// Mismatch is the reason why a charge does not belong to the order: its currency, store or
	// channel; "" if it does. A different amount is not a mismatch: Charge has the amount.
	Mismatch string
}

// ConfirmRequest is a buyer's agreement.
type ConfirmRequest struct {
	MerchantUID, Token, TransactionID string
	Amount                            market.Money
}

// ChargeRequest requests a charge.
type ChargeRequest struct {
	MerchantUID string
	Amount      market.Money
	Method      market.PaymentMethod
}

// Charge is money that the gateway has taken. Amount is the amount actually taken.
type Charge struct {
	ImpUID      string       `json:"impUid"`
	MerchantUID string       `json:"merchantUid"`
	Amount      market.Money `json:"amount"`
	At          time.Time    `json:"at,omitzero"` // when it was taken

	Cancellations []Cancellation `json:"cancellations"`
}

// Cancellation is a part of a charge that the gateway has given back, under the idempotency key of
// its request.
type Cancellation struct {
	Key    string       `json:"key"` // "" for a cancellation that we did not request
	Amount market.Money `json:"amount"`

	// For a provider that decides later: Pending until it has decided, Failed when it has refused.
	Pending, Failed bool  `json:"-"`
	Attempt         int32 `json:"-"` // of the request

	// Set only by a provider that also cancels without our request.
	ID       string    `json:"-"` // the provider's; "" for a provider that never does
	Cause    string    `json:"-"` // its origin: API, CONSOLE, CHARGEBACK
	Detail   string    `json:"-"` // the reason
	RefundID int64     `json:"-"` // the refund of the request; 0 for none
	At       time.Time `json:"-"` // when it was made
}

// Cancelled returns the amount given back under a key; false when there was none.
func (c Charge) Cancelled(key string) (market.Money, bool) {
	for _, x := range c.Cancellations {
		if x.Key == key && !x.Pending && !x.Failed {
			return x.Amount, true
		}
	}
	return 0, false
}

// Cancelling reports whether a cancellation under a key is pending at the provider, and whether the
// given attempt has been refused.
func (c Charge) Cancelling(key string, attempt int32) (pending, failed bool) {
	for _, x := range c.Cancellations {
		if x.Key == key {
			pending = pending || x.Pending
			failed = failed || (x.Failed && x.Attempt == attempt)
		}
	}
	return pending, failed
}

// Cancellable returns the amount that has not been given back and has no pending cancellation.
func (c Charge) Cancellable() market.Money {
	left := c.Amount
	for _, x := range c.Cancellations {
		if !x.Failed {
			left -= x.Amount
		}
	}
	return left
}

// Held returns the amount that the provider still holds, including pending cancellations.
func (c Charge) Held() market.Money {
	left := c.Amount
	for _, x := range c.Cancellations {
		if !x.Failed && !x.Pending {
			left -= x.Amount
		}
	}
	return left
}

// CancelRequest requests a cancellation.
type CancelRequest struct {
	MerchantUID, ImpUID string
	Key                 string // idempotency key: "<impUid>:<refundId>"
	Amount              market.Money
	Reason              string

	RefundID    int64
	Attempt     int32        // number of earlier refusals; each attempt is a new request to the provider
	Cancellable market.Money // the cancellable amount that the caller has read
}

// ErrDeclined means that the gateway declined a charge; no money has moved.
var ErrDeclined = errors.New("the payment gateway declined the charge")

// ErrUnknownPayment means that the gateway has no record of the charge.
var ErrUnknownPayment = errors.New("unknown charge at the payment gateway")

// ErrNotCancellable means that the gateway refuses to give the amount back; no money has moved.
var ErrNotCancellable = errors.New("the payment gateway refuses to give the amount back")

// ErrNotNow means that nothing was given back, and that a new attempt may succeed.
var ErrNotNow = errors.New("the payment provider did not execute the cancellation")

// ErrUnavailable means that the provider has not answered recently, and that the request was not
// sent.
var ErrUnavailable = errors.New("the payment provider is unavailable")

// CancelKey returns the idempotency key of a refund's cancellation.
func CancelKey(impUID string, refundID int64) string {
	return impUID + ":" + strconv.FormatInt(refundID, 10)
}
