package store

import (
	"context"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store/db"
)

// PaymentIsOpen reports whether a payment waits for its gateway's answer.
func (s PaymentStore) PaymentIsOpen(ctx context.Context, id int64) (bool, error) {
	p, err := orNotFound(s.q.ReadPayment(ctx, s.pool, id))(market.CodePaymentNotFound)
	return p.Status == market.PaymentPending, err
}

// Payment returns a payment of a buyer's own order. It fails with PAYMENT_NOT_FOUND.
func (s PaymentStore) Payment(ctx context.Context, buyerID market.BuyerID, id int64) (market.Payment, error) {
	row, err := orNotFound(s.q.GetPayment(ctx, s.pool, id, int64(buyerID)))(market.CodePaymentNotFound)
	if err != nil {
		return market.Payment{}, err
	}
	return s.awaited(ctx, row)
}

// awaited returns a payment with its deadline and the reason of the last decline while it waits in the browser.
func (s PaymentStore) awaited(ctx context.Context, row db.Payment) (market.Payment, error) {
	p := payment(row)
	if row.Status != market.PaymentPending || !row.Provider.Redirects() {
		return p, nil
	}
	w, err := s.q.AwaitedPayment(ctx, s.pool, row.ID)
	if err != nil {
		return p, translate(err)
	}
	expires := w.CreatedAt.Add(market.OrderLifetime)
	p.ExpiresAt, p.Declined = market.LocalTimeOf(&expires), w.Declined
	return p, nil
}

// OrderPayment returns the successful or open payment of an order, else its last failed one. It fails with
// PAYMENT_NOT_FOUND. The caller has checked the owner of the order.
func (s PaymentStore) OrderPayment(ctx context.Context, orderID int64) (market.Payment, error) {
	row, err := orNotFound(s.q.LatestPayment(ctx, s.pool, orderID))(market.CodePaymentNotFound)
	if err != nil {
		return market.Payment{}, err
	}
	return s.awaited(ctx, row)
}

// Payments lists the payments of a buyer's orders, of all states or of one, newest first; sorts: createdAt, id,
// amount.
func (s PaymentStore) Payments(
	ctx context.Context, buyerID market.BuyerID, status *market.PaymentStatus, page market.PageRequest,
) (market.Page[market.Payment], error) {
	return withStatus(list[db.Payment, market.Payment]{
		table: "payments", show: payment, sorts: sortsBy(market.BuyerPaymentSorts),
		where: "order_id IN (SELECT o.id FROM orders o WHERE o.buyer_id = $1)", args: []any{buyerID},
	}, status).page(ctx, s.DB, page)
}

func payment(p db.Payment) market.Payment {
	return market.Payment{
		ID: p.ID, OrderID: p.OrderID, MerchantUID: p.MerchantUID, ImpUID: p.ImpUID, Amount: p.Amount, Method: p.Method,
		Status: p.Status, PaidAt: market.LocalTimeOf(p.PaidAt), FailureCode: p.FailureCode, Provider: p.Provider,
	}
}

// OrderPayments lists the payments of a buyer's own order, of all states or of one, newest first; sorts: createdAt,
// id, amount. It fails with ORDER_NOT_FOUND.
func (s PaymentStore) OrderPayments(
	ctx context.Context, buyerID market.BuyerID, orderID int64, status *market.PaymentStatus, page market.PageRequest,
) (market.Page[market.Payment], error) {
	if _, err := OrderStore(s).Order(ctx, buyerID, orderID); err != nil {
		return market.Page[market.Payment]{}, err
	}
	return withStatus(list[db.Payment, market.Payment]{
		table: "payments", show: payment, where: "order_id = $1", args: []any{orderID},
		sorts: sortsBy(market.BuyerPaymentSorts),
	}, status).page(ctx, s.DB, page)
}

// PaymentFilter selects among payments; its zero value means all.
type PaymentFilter struct {
	Status  *market.PaymentStatus
	OrderID int64
}

// adminPaymentRow is a payment with the buyer of its order.
type adminPaymentRow struct {
	db.Payment
	BuyerID int64 `db:"o.buyer_id"`
}

// AllPayments lists the payments of all buyers, the oldest first; sorts: createdAt, id.
func (s PaymentStore) AllPayments(
	ctx context.Context, f PaymentFilter, page market.PageRequest,
) (market.Page[market.AdminPayment], error) {
	l := list[adminPaymentRow, market.AdminPayment]{
		table: "payments", join: "JOIN orders o ON o.id = t.order_id", where: "true", ascending: true,
		sorts: inOrderOfCreation,
		show:  func(r adminPaymentRow) market.AdminPayment { return adminPayment(r.Payment, r.BuyerID) },
	}
	if f.OrderID != 0 {
		l.where, l.args, l.bespoke = "order_id = $1", []any{f.OrderID}, true
	}
	return withStatus(l, f.Status).page(ctx, s.DB, page)
}

// AnyPayment returns a payment. It fails with PAYMENT_NOT_FOUND.
func (s PaymentStore) AnyPayment(ctx context.Context, id int64) (market.AdminPayment, error) {
	r, err := orNotFound(s.q.GetAnyPayment(ctx, s.pool, id))(market.CodePaymentNotFound)
	return adminPayment(r.Payment, r.BuyerID), err
}

func adminPayment(p db.Payment, buyerID int64) market.AdminPayment {
	return market.AdminPayment{
		PaymentID: p.ID, OrderID: p.OrderID, BuyerID: buyerID, MerchantUID: p.MerchantUID, ImpUID: p.ImpUID,
		Amount: p.Amount, Method: p.Method, Provider: p.Provider, Status: p.Status, FailureCode: p.FailureCode,
		PaidAt: market.LocalTimeOf(p.PaidAt), ResolvedAt: market.LocalTimeOf(p.ResolvedAt),
		CreatedAt: market.LocalTime(p.CreatedAt),
	}
}
