// Package storefront contains the buyers' operations that are more than a change of a row:
// ordering, paying, cancelling and requesting refunds. It is independent of HTTP, so that all
// interfaces for buyers behave alike.
package storefront

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/all-in-market/market/internal/gateway"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/workflows"
)

// Service executes buyers' requests.
type Service struct {
	Store     Store
	Workflows Workflows
	Gateways  gateway.Providers
	Limiter   Limiter

	// PaymentWait is how long a buyer waits for a payment before the response reports it as pending;
	// it is shorter than the deadline of requests.
	PaymentWait time.Duration

	soldOut atomic.Int64 // when a checkout was last refused for lack of stock, Unix ms
}

// Store is the storefront's view of the database; *store.Store implements it.
type Store interface {
	CanOrder(ctx context.Context, in store.Checkout) error
	AnyOrder(ctx context.Context, id int64) (market.Order, error)
	Order(ctx context.Context, buyerID market.BuyerID, id int64) (market.Order, error)
	SellerOrder(ctx context.Context, sellerID market.SellerID, orderID int64) (market.SellerOrder, error)
	SetOrderStatus(ctx context.Context, id int64, to market.OrderStatus, trackingNumber *string) error

	Payment(ctx context.Context, buyerID market.BuyerID, id int64) (market.Payment, error)
	OrderPayment(ctx context.Context, orderID int64) (market.Payment, error)
	CheckSale(ctx context.Context, orderID int64) error
	OpenRedirect(ctx context.Context, orderID int64) (p market.Payment, orderName string, open bool, err error)
	ProviderPayment(ctx context.Context, id int64) (store.ProviderPayment, error)
	FollowUpsStarted(ctx context.Context, ids ...int64) error
	SetPaymentMethod(ctx context.Context, paymentID int64, method market.PaymentMethod) error

	Refund(ctx context.Context, buyerID market.BuyerID, id int64) (market.RefundDetail, error)
	ReserveRefund(
		ctx context.Context, buyerID market.BuyerID, key string, fingerprint []byte, description *string,
	) (int64, error)
}

// Workflows starts the buyers' workflows; *engine.Client implements it.
type Workflows interface {
	Checkout(ctx context.Context, in workflows.CheckoutInput) (workflows.CheckoutResult, error)
	Pay(ctx context.Context, in workflows.PaymentInput) (workflows.PaymentResult, error)
	OpenPayment(ctx context.Context, in workflows.PaymentInput) (workflows.PaymentOpened, error)
	ConfirmPayment(ctx context.Context, in workflows.PaymentInput, hint workflows.PaymentChanged) error
	ClosePayment(ctx context.Context, in workflows.PaymentInput) error
	RequestRefund(ctx context.Context, in workflows.RefundRequest) (workflows.RefundOpened, error)
	SignalPayment(ctx context.Context, in workflows.PaymentInput) error
}

// Limiter limits how often a payment's provider is queried; *auth.Limiter implements it.
type Limiter interface {
	MayConfirm(ctx context.Context, paymentID int64) bool
}

// OrderRequest is a buyer's request to order. If ExpectedTotal is set and differs from the total,
// the order is refused with PRICE_CHANGED.
type OrderRequest struct {
	CartItemIDs   []int64
	AddressID     int64
	ExpectedTotal *market.Money
}

// Order orders cart items, and returns when the order is durable. It is idempotent, with or without
// a key. The key is visible in the workflow's id: hash a key that a client has chosen.
func (f *Service) Order(
	ctx context.Context, buyerID market.BuyerID, key string, in OrderRequest,
) (market.Order, error) {
	items := slices.Sorted(slices.Values(in.CartItemIDs))
	if len(slices.Compact(slices.Clone(items))) != len(items) {
		return market.Order{}, market.Refuse(market.CodeInvalidOrderCartItems)
	}
	result, err := f.checkOut(ctx, workflows.CheckoutInput{
		BuyerID: int64(buyerID), CheckoutKey: checkoutKey(key, items, in.AddressID), CartItemIDs: items,
		AddressID: in.AddressID, Expected: in.ExpectedTotal,
	})
	if err != nil {
		return market.Order{}, err
	}
	return f.Store.Order(ctx, buyerID, result.OrderID)
}

// checkoutKey identifies a checkout permanently: by the request's key, else by the ordered items,
// since a cart item belongs to one order.
func checkoutKey(key string, items []int64, addressID int64) string {
	if key != "" {
		return "key:" + key
	}
	sum := sha256.Sum256(fmt.Append(nil, items, addressID))
	return "items:" + hex.EncodeToString(sum[:16])
}

// RefundRequest requests a refund: of Items, or of all that remains of the order. A repeat with the
// same Key for the same order returns the same refund, and fails with IDEMPOTENCY_KEY_REUSED if the
// request differs; "" never repeats.
type RefundRequest struct {
	OrderID     int64
	Key         string
	Reason      market.RefundReason
	Description string // "" for none
	Items       []market.Pieces
}

// RequestRefund opens a refund, whose workflow waits for an admin's decision.
func (f *Service) RequestRefund(
	ctx context.Context, buyerID market.BuyerID, in RefundRequest,
) (market.RefundDetail, error) {
	if _, err := f.Store.Order(ctx, buyerID, in.OrderID); err != nil {
		return market.RefundDetail{}, err
	}
	id, err := f.reserveRefund(ctx, buyerID, "refund", in)
	if err != nil {
		return market.RefundDetail{}, err
	}
	request := workflows.RefundRequest{RefundID: id, BuyerID: int64(buyerID), OrderID: in.OrderID, Reason: in.Reason}
	for _, pieces := range in.Items {
		request.Add(pieces)
	}
	opened, err := f.Workflows.RequestRefund(ctx, request)
	if err != nil {
		return market.RefundDetail{}, err
	}
	return f.Store.Refund(ctx, buyerID, opened.RefundID)
}

// reserveRefund names a request: by the operation, the order and the client's key, or as one of its own.
func (f *Service) reserveRefund(
	ctx context.Context, buyerID market.BuyerID, operation string, in RefundRequest,
) (refundID int64, err error) {
	key := "request:" + rand.Text()
	if in.Key != "" {
		key = fmt.Sprintf("%s/%d/key:%s", operation, in.OrderID, in.Key)
	}
	fingerprint := sha256.Sum256(fmt.Appendf(nil, "%s %v %q", in.Reason, in.Items, in.Description))
	var said *string
	if in.Description != "" {
		said = &in.Description
	}
	return f.Store.ReserveRefund(ctx, buyerID, key, fingerprint[:], said)
}

// SellerCancellation is a seller's request to cancel pieces that it cannot deliver; without Items all that are not
// shipped.
type SellerCancellation struct {
	OrderID int64
	Key     string
	Reason  string // for the buyer
	Items   []market.Pieces
}

// CancelForSeller cancels pieces of a seller's part of an order: their money goes back without a decision. It fails
// with ORDER_NOT_FOUND, ORDER_NOT_CANCELLABLE, and as RequestRefund does.
func (f *Service) CancelForSeller(ctx context.Context, sellerID market.SellerID, in SellerCancellation) error {
	if _, err := f.Store.SellerOrder(ctx, sellerID, in.OrderID); err != nil {
		return err
	}
	order, err := f.Store.AnyOrder(ctx, in.OrderID)
	if err != nil {
		return err
	}
	id, err := f.reserveRefund(ctx, market.BuyerID(order.BuyerID), fmt.Sprintf("seller/%d", sellerID), RefundRequest{
		OrderID: in.OrderID, Key: in.Key, Reason: market.ReasonSellerCannot, Description: in.Reason, Items: in.Items,
	})
	if err != nil {
		return err
	}
	request := workflows.RefundRequest{
		RefundID: id, BuyerID: order.BuyerID, OrderID: in.OrderID, Reason: market.ReasonSellerCannot,
		SellerID: int64(sellerID),
	}
	for _, pieces := range in.Items {
		request.Add(pieces)
	}
	_, err = f.Workflows.RequestRefund(ctx, request)
	return err
}

// Cancel cancels a whole order before anything of it is shipped, and reports whether that is
// complete: an unpaid order fails at once, a paid order is refunded without a decision.
func (f *Service) Cancel(ctx context.Context, buyerID market.BuyerID, orderID int64, key string) (
	done bool, err error,
) {
	order, err := f.Store.Order(ctx, buyerID, orderID)
	if err != nil {
		return false, err
	}
	switch order.Status {
	case market.OrderRefunded, market.OrderFailed:
		return true, nil
	case market.OrderCreated:
		err := f.Store.SetOrderStatus(ctx, orderID, market.OrderFailed, nil)
		if market.CodeOf(err) != market.CodeOrderStatusCannotBeChanged {
			return true, err
		} // it was paid in the meantime
	}
	id, err := f.reserveRefund(ctx, buyerID, "cancel", RefundRequest{OrderID: orderID, Key: key})
	if err != nil {
		return false, err
	}
	_, err = f.Workflows.RequestRefund(ctx, workflows.RefundRequest{
		RefundID: id, BuyerID: int64(buyerID), OrderID: orderID, Reason: market.ReasonChangeOfMind, Cancel: true,
	})
	return false, err
}
