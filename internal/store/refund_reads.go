package store

import (
	"context"
	"time"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store/db"
)

// Refund returns a buyer's own refund with its lines. It fails with REFUND_NOT_FOUND.
func (s RefundStore) Refund(ctx context.Context, buyerID market.BuyerID, id int64) (market.RefundDetail, error) {
	row, err := orNotFound(s.q.GetRefund(ctx, s.pool, id))(market.CodeRefundNotFound)
	if err == nil && row.Refund.BuyerID != int64(buyerID) {
		err = market.Refuse(market.CodeRefundNotFound)
	}
	if err != nil {
		return market.RefundDetail{}, err
	}
	items, err := s.refundItems(ctx, id)
	return market.RefundDetail{Refund: refundOf(row.Refund, row.OrderID), Items: items}, err
}

// AdminRefund returns a refund of any buyer. It fails with REFUND_NOT_FOUND.
func (s RefundStore) AdminRefund(ctx context.Context, id int64) (market.AdminRefund, error) {
	row, err := orNotFound(s.q.GetRefund(ctx, s.pool, id))(market.CodeRefundNotFound)
	return adminRefund(refundRow{row.Refund, row.OrderID, row.OrderedAt}), err
}

// Refunds lists a buyer's refunds, of all states or of one, newest first; sorts: createdAt, id.
func (s RefundStore) Refunds(
	ctx context.Context, buyerID market.BuyerID, status *market.RefundStatus, page market.PageRequest,
) (market.Page[market.Refund], error) {
	return withStatus(refundList(buyersRefund, "buyer_id = $1", buyerID), status).page(ctx, s.DB, page)
}

// OrderRefunds lists the refunds of a buyer's own order, of all states or of one, newest first; sorts: createdAt, id.
// It fails with ORDER_NOT_FOUND.
func (s RefundStore) OrderRefunds(
	ctx context.Context, buyerID market.BuyerID, orderID int64, status *market.RefundStatus, page market.PageRequest,
) (market.Page[market.Refund], error) {
	if _, err := OrderStore(s).Order(ctx, buyerID, orderID); err != nil {
		return market.Page[market.Refund]{}, err
	}
	return withStatus(refundList(buyersRefund, "t.payment_id IN (SELECT p.id FROM payments p WHERE p.order_id = $1)",
		orderID), status).page(ctx, s.DB, page)
}

// sellerRefund is a row of refund_items with fields of its refund and line.
type sellerRefund struct {
	RefundID    int64               `db:"refund_id"`
	OrderItemID int64               `db:"order_item_id"`
	Quantity    int32               `db:"quantity"`
	Amount      market.Money        `db:"amount"`
	Commission  *market.Money       `db:"commission"`
	OrderID     int64               `db:"i.order_id"`
	OrderedAt   time.Time           `db:"o.created_at"`
	ProductName string              `db:"i.product_name"`
	Reason      market.RefundReason `db:"r.reason"`
	Description *string             `db:"r.description"`
	Status      market.RefundStatus `db:"r.status"`
	CreatedAt   time.Time           `db:"r.created_at"`
	ProcessedAt *time.Time          `db:"r.processed_at"`
}

// SellerRefunds lists the refunded lines of a seller, of refunds in all states or in one, newest
// first; sorts: createdAt, id.
func (s RefundStore) SellerRefunds(
	ctx context.Context, sellerID market.SellerID, status *market.RefundStatus, page market.PageRequest,
) (market.Page[market.SellerRefund], error) {
	l := list[sellerRefund, market.SellerRefund]{
		table: "refund_items", where: "seller_id = $1", args: []any{sellerID}, sorts: inOrderOfCreation,
		join: "JOIN refunds r ON r.id = t.refund_id JOIN order_items i ON i.id = t.order_item_id " +
			"JOIN orders o ON o.id = i.order_id",
		show: func(r sellerRefund) market.SellerRefund {
			return market.SellerRefund{
				RefundID: r.RefundID, OrderID: r.OrderID,
				OrderNumber: market.OrderNumber(r.OrderID, market.DayOf(r.OrderedAt)),
				OrderItemID: r.OrderItemID, ProductName: r.ProductName, Quantity: r.Quantity, Amount: r.Amount,
				Commission: r.Commission, Reason: r.Reason, Description: r.Description, Status: r.Status,
				CreatedAt: market.LocalTime(r.CreatedAt), ProcessedAt: market.LocalTimeOf(r.ProcessedAt),
			}
		},
	}
	if status != nil {
		l.where += " AND t.refund_id IN (SELECT f.id FROM refunds f WHERE f.status = $2)"
		l.args, l.bespoke = append(l.args, *status), true
	}
	return l.page(ctx, s.DB, page)
}

// AllRefunds lists all refunds, of all states or of one, the oldest first; sorts: createdAt, id.
func (s RefundStore) AllRefunds(
	ctx context.Context, status *market.RefundStatus, page market.PageRequest,
) (market.Page[market.AdminRefund], error) {
	l := withStatus(refundList(adminRefund, "true"), status)
	l.ascending = true
	return l.page(ctx, s.DB, page)
}

// refundRow is a refund with its order.
type refundRow struct {
	db.Refund
	OrderID   int64     `db:"p.order_id"`
	OrderedAt time.Time `db:"o.created_at"`
}

func refundList[T any](show func(r refundRow) T, where string, args ...any) list[refundRow, T] {
	return list[refundRow, T]{
		table: "refunds", show: show,
		join: "JOIN payments p ON p.id = t.payment_id JOIN orders o ON o.id = p.order_id", where: where, args: args,
		sorts: byCreation,
	}
}

func buyersRefund(r refundRow) market.Refund { return refundOf(r.Refund, r.OrderID) }

func refundOf(r db.Refund, orderID int64) market.Refund {
	return market.Refund{
		ID: r.ID, BuyerID: r.BuyerID, PaymentID: r.PaymentID, Reason: r.Reason, Status: r.Status, OrderID: orderID,
		Amount: r.Amount, Description: r.Description, DeniedReason: r.DeniedReason, ShippingBorneBy: r.ShippingBorneBy,
		ProcessedAt: market.LocalTimeOf(r.ProcessedAt), CreatedAt: market.LocalTime(r.CreatedAt),
	}
}

func adminRefund(r refundRow) market.AdminRefund {
	return market.AdminRefund{
		ID: r.ID, BuyerID: r.BuyerID, PaymentID: r.PaymentID, Reason: r.Reason, Description: r.Description,
		DeniedReason: r.DeniedReason, Status: r.Status, ProcessedAt: market.LocalTimeOf(r.ProcessedAt),
		OrderID: r.OrderID, OrderNumber: market.OrderNumber(r.OrderID, market.DayOf(r.OrderedAt)),
		ShippingBorneBy: r.ShippingBorneBy, NeedsSecond: r.NeedsSecond, FirstApproverID: r.FirstApprover,
		SecondApproverID: r.SecondApprover, Amount: r.Amount, Failure: r.Failure,
		RemindedAt:  market.LocalTimeOf(r.RemindedAt),
		EscalatedAt: market.LocalTimeOf(r.EscalatedAt), CreatedAt: market.LocalTime(r.CreatedAt),
	}
}

// SellerRefund returns a refund with the lines that are a seller's. It fails with REFUND_NOT_FOUND for a refund
// without such lines.
func (s RefundStore) SellerRefund(
	ctx context.Context, sellerID market.SellerID, id int64,
) (d market.SellerRefundDetail, err error) {
	rows, err := s.q.SellerRefundLines(ctx, s.pool, id, int64(sellerID))
	if err != nil {
		return d, translate(err)
	}
	if len(rows) == 0 {
		return d, market.Refuse(market.CodeRefundNotFound)
	}
	r := rows[0].Refund
	d = market.SellerRefundDetail{
		RefundID: id, OrderID: rows[0].OrderID, Reason: r.Reason, Status: r.Status,
		CreatedAt: market.LocalTime(r.CreatedAt), ProcessedAt: market.LocalTimeOf(r.ProcessedAt),
	}
	var commission market.Money
	known := true
	for _, l := range rows {
		d.Amount += l.Amount
		if known = known && l.Commission != nil; known {
			commission += *l.Commission
		}
		d.Items = append(d.Items, market.SellerRefundItem{
			OrderItemID: l.OrderItemID, ProductName: l.ProductName, Quantity: l.Quantity, Amount: l.Amount,
			Commission: l.Commission,
		})
	}
	if known {
		d.Commission = &commission
	}
	return d, nil
}

// AdminRefundDetail returns a refund with its lines, as staff sees it. It fails with REFUND_NOT_FOUND.
func (s RefundStore) AdminRefundDetail(ctx context.Context, id int64) (market.AdminRefundDetail, error) {
	r, err := s.AdminRefund(ctx, id)
	if err != nil {
		return market.AdminRefundDetail{}, err
	}
	items, err := s.refundItems(ctx, id)
	return market.AdminRefundDetail{AdminRefund: r, Items: items}, err
}

func (s RefundStore) refundItems(ctx context.Context, refundID int64) ([]market.RefundItem, error) {
	lines, err := s.q.RefundLines(ctx, s.pool, refundID)
	items := make([]market.RefundItem, len(lines))
	for i, l := range lines {
		items[i] = market.RefundItem{OrderItemID: l.OrderItemID, Quantity: l.Quantity, Amount: l.Amount}
	}
	return items, translate(err)
}
