// Package gateway is the port to payment gateways: the small interface that the
// marketplace needs, without a transport. Package simclient speaks it over HTTP to what
// package simulator serves.
package gateway

import (
	"context"
	"errors"
	"strconv"

	"github.com/all-in-market/market/internal/market"
)

// Payments is a payment gateway. The merchant uid names a payment at both
// sides, and is the idempotency key of its charge: however often Charge is
// called with it, the buyer is charged once.
type Payments interface {
	// Charge takes the money. It fails with ErrDeclined when the gateway
	// refuses. Any other error means that the outcome is unknown: the money may
	// have been taken. Call again with the same request, or inquire.
	Charge(ctx context.Context, r ChargeRequest) (Charge, error)
	// Inquire says what became of a charge. It fails with ErrUnknownPayment
	// when the gateway has never taken the charge on, and with ErrDeclined when
	// it has refused it. Any other error says nothing.
	Inquire(ctx context.Context, merchantUID string) (Charge, error)
	// Cancel gives a charge back, in whole or in part. The key makes it happen
	// once. It fails with ErrNotCancellable when the gateway refuses. Any other
	// error means that the outcome is unknown: inquire.
	Cancel(ctx context.Context, r CancelRequest) error
	// Charges is a page of the gateway's own books: what it has charged under
	// merchant uids above after, ascending; an empty page is the end.
	Charges(ctx context.Context, after string) ([]Charge, error)
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

	Cancellations []Cancellation `json:"cancellations"`
}

// Cancellation is a part of a charge that the gateway has given back, under the
// idempotency key of its request.
type Cancellation struct {
	Key    string       `json:"key"`
	Amount market.Money `json:"amount"`
}

// Cancelled is what was given back under a key; false when nothing was.
func (c Charge) Cancelled(key string) (market.Money, bool) {
	for _, x := range c.Cancellations {
		if x.Key == key {
			return x.Amount, true
		}
	}
	return 0, false
}

// CancelRequest asks to give money back.
type CancelRequest struct {
	ImpUID string
	Key    string // idempotency key: "<impUid>:<refundId>"
	Amount market.Money
	Reason string
}

// ErrDeclined says that the gateway has refused a charge; no money has moved.
var ErrDeclined = errors.New("the payment gateway declined the charge")

// ErrUnknownPayment says that the gateway knows no such charge.
var ErrUnknownPayment = errors.New("the payment gateway knows no such charge")

// ErrNotCancellable says that the gateway refuses to give so much back; nothing has moved.
var ErrNotCancellable = errors.New("the payment gateway refuses to give the amount back")

// CancelKey is the idempotency key of a refund's cancellation.
func CancelKey(impUID string, refundID int64) string {
	return impUID + ":" + strconv.FormatInt(refundID, 10)
}
