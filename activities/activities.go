// Package activities holds the side effects of workflows: locked database
// updates and calls to the payment gateway. Each may run twice, after a crash
// between its effect and the record of it, and then has its effect once.
//
// Activities return *market.Error for refusals; the worker makes them errors
// that are not retried.
package activities

import (
	"context"
	"errors"

	"github.com/all-in-market/market/internal/cache"
	"github.com/all-in-market/market/internal/gateway"
	"github.com/all-in-market/market/internal/images"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/notify"
	"github.com/all-in-market/market/internal/store"
)

// Activities are the side effects, with what they work on.
type Activities struct {
	Store   *store.Store
	Locks   *cache.ProductLocks
	Cache   *cache.Reads
	Gateway gateway.Payments
	Bank    gateway.Bank
	Images  *images.Store

	Receiver *notify.Receiver // of notifications; nil: buyers' inboxes are all there is
}

// PlaceOrderInput names a checkout; see store.Checkout.
type PlaceOrderInput struct {
	BuyerID     int64
	CheckoutKey string
	CartItemIDs []int64 // ascending, without repeats
	AddressID   int64
}

// PlacedOrder is the order that a checkout made.
type PlacedOrder struct {
	OrderID int64
	Lines   int
	Total   market.Money
}

// PlaceOrder makes the order of a checkout, once, while it holds the locks of
// the products. It fails with the refusals of store.PlaceOrder, or with
// REDIS_LOCK_CONFLICT.
func (a *Activities) PlaceOrder(ctx context.Context, in PlaceOrderInput) (placed PlacedOrder, err error) {
	products, err := a.Store.CartProducts(ctx, in.BuyerID, in.CartItemIDs)
	if err != nil {
		return placed, err
	}
	err = a.Locks.With(ctx, products, func() error {
		o, err := a.Store.PlaceOrder(ctx, store.Checkout{BuyerID: in.BuyerID, Key: in.CheckoutKey, CartItemIDs: in.CartItemIDs, AddressID: in.AddressID})
		placed = PlacedOrder(o)
		return err
	})
	return placed, err
}

// OpenPaymentInput names the order to be paid and who pays it.
type OpenPaymentInput struct {
	OrderID, BuyerID int64
	Method           market.PaymentMethod
}

// OpenPayment opens the order's payment, or finds the one that is there.
func (a *Activities) OpenPayment(ctx context.Context, in OpenPaymentInput) (market.Payment, error) {
	return a.Store.OpenPayment(ctx, in.BuyerID, in.OrderID, in.Method)
}

// ChargeInput is what the gateway is asked for.
type ChargeInput struct {
	PaymentID   int64
	MerchantUID string
	Amount      market.Money
	Method      market.PaymentMethod
}

// ChargeOutcome is what is known to have become of a charge: it was taken, or
// it was not and never will be.
type ChargeOutcome struct {
	Charged bool
	ImpUID  string
	Amount  market.Money // what was really taken
}

// Charge takes the money. An error means that the outcome is unknown.
func (a *Activities) Charge(ctx context.Context, in ChargeInput) (ChargeOutcome, error) {
	return chargeOutcome(a.Gateway.Charge(ctx, gateway.ChargeRequest{MerchantUID: in.MerchantUID, Amount: in.Amount, Method: in.Method}))
}

// ResolveCharge finds out what became of a charge with an unknown outcome. One
// that never reached the gateway is made now, under the same key, as long as
// the payment still waits for it.
func (a *Activities) ResolveCharge(ctx context.Context, in ChargeInput) (ChargeOutcome, error) {
	outcome, err := chargeOutcome(a.Gateway.Inquire(ctx, in.MerchantUID))
	if !errors.Is(err, gateway.ErrUnknownPayment) {
		return outcome, err
	}
	open, err := a.Store.PaymentIsOpen(ctx, in.PaymentID)
	if err != nil || !open {
		return ChargeOutcome{}, err
	}
	return a.Charge(ctx, in)
}

func chargeOutcome(c gateway.Charge, err error) (ChargeOutcome, error) {
	if errors.Is(err, gateway.ErrDeclined) {
		return ChargeOutcome{}, nil
	}
	return ChargeOutcome{Charged: err == nil, ImpUID: c.ImpUID, Amount: c.Amount}, err
}

// SettlePaymentInput names a payment and what was charged for it.
type SettlePaymentInput struct {
	OrderID, PaymentID int64
	ImpUID             string
	Amount             market.Money
}

// SettledPayment is how a payment ended. ReversalID, when it is not 0, is the
// refund by which the charge goes back.
type SettledPayment struct {
	Payment    market.Payment
	ReversalID int64
}

// ApprovePayment books a charge; see store.ApprovePayment.
func (a *Activities) ApprovePayment(ctx context.Context, in SettlePaymentInput) (SettledPayment, error) {
	out, err := a.Store.ApprovePayment(ctx, in.OrderID, in.PaymentID, store.Charge{ImpUID: in.ImpUID, Amount: in.Amount})
	return SettledPayment(out), err
}

// AbandonPayment gives up a charge that could not be booked; see store.AbandonPayment.
func (a *Activities) AbandonPayment(ctx context.Context, in SettlePaymentInput) (SettledPayment, error) {
	out, err := a.Store.AbandonPayment(ctx, in.OrderID, in.PaymentID, store.Charge{ImpUID: in.ImpUID, Amount: in.Amount})
	return SettledPayment(out), err
}

// FailPayment ends a payment that was declined.
func (a *Activities) FailPayment(ctx context.Context, in SettlePaymentInput) (SettledPayment, error) {
	p, err := a.Store.FailPayment(ctx, in.OrderID, in.PaymentID, market.PaymentNotCompleted)
	return SettledPayment{Payment: p}, err
}

// ExpireOrders expires up to chunk unpaid orders and returns their number.
func (a *Activities) ExpireOrders(ctx context.Context, chunk int32) (int, error) {
	return a.Store.ExpireOrders(ctx, chunk)
}
