package store

import (
	"context"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store/db"
)

// withStatus restricts a list to a status; nil leaves it unchanged.
func withStatus[S ~string, R, T any](l list[R, T], status *S) list[R, T] {
	if status == nil {
		return l
	}
	l.args = append(l.args, *status)
	l.where += " AND t.status = " + placeholder(len(l.args))
	l.bespoke = true // how many rows have the status decides which index is the right one
	return l
}

// OwnProduct returns one of a seller's own products, also a hidden one. It fails with PRODUCT_NOT_FOUND.
func (s *Store) OwnProduct(ctx context.Context, sellerID market.SellerID, id int64) (market.Product, error) {
	own, err := s.OwnProducts(ctx, sellerID, []int64{id})
	if err != nil {
		return market.Product{}, err
	}
	p, ok := own[id]
	if !ok {
		return p, market.Refuse(market.CodeProductNotFound)
	}
	return p, nil
}

// SellerOrderItem returns one of a seller's own lines. It fails with ORDER_ITEM_NOT_FOUND.
func (s *Store) SellerOrderItem(
	ctx context.Context, sellerID market.SellerID, id int64,
) (item market.SellerOrderItem, err error) {
	rows, err := s.q.GetOwnOrderItems(ctx, s.pool, int64(sellerID), []int64{id})
	if err != nil {
		return item, translate(err)
	}
	if len(rows) == 0 {
		return item, market.Refuse(market.CodeOrderItemNotFound)
	}
	return sellerOrderItem(rows[0]), nil
}

// SellerRefund returns a refund with the lines that are a seller's. It fails with REFUND_NOT_FOUND for a refund
// without such lines.
func (s *Store) SellerRefund(
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

// SellerPayouts lists a seller's payouts, of all states or of one, newest first; sorts: createdAt, id.
func (s *Store) SellerPayouts(
	ctx context.Context, sellerID market.SellerID, status *market.PayoutStatus, page market.PageRequest,
) (market.Page[market.SellerPayout], error) {
	return withStatus(list[db.Payout, market.SellerPayout]{
		table: "payouts", show: sellerPayout, where: "seller_id = $1", args: []any{sellerID}, sorts: byCreation,
	}, status).page(ctx, s, page)
}

// SellerPayout returns one of a seller's own payouts. It fails with PAYOUT_NOT_FOUND.
func (s *Store) SellerPayout(ctx context.Context, sellerID market.SellerID, id int64) (market.SellerPayout, error) {
	r, err := orNotFound(s.q.GetPayout(ctx, s.pool, id))(market.CodePayoutNotFound)
	if err == nil && r.Payout.SellerID != int64(sellerID) {
		err = market.Refuse(market.CodePayoutNotFound)
	}
	if err != nil {
		return market.SellerPayout{}, err
	}
	return sellerPayout(r.Payout), nil
}

func sellerPayout(p db.Payout) market.SellerPayout {
	return market.SellerPayout{
		PayoutID: p.ID, SettlementID: p.SettlementID, Amount: p.Amount, Fee: p.Fee, Status: p.Status, Failure: p.Failure,
		AbandonedAt: market.LocalTimeOf(p.AbandonedAt), ProcessedAt: market.LocalTimeOf(p.ProcessedAt),
		CreatedAt: market.LocalTime(p.CreatedAt),
	}
}

// inOrderOfCreation are the sorts of lists whose ids ascend in the order of creation, so that
// createdAt needs no index of its own.
var inOrderOfCreation = sorts{"createdAt": idColumn}

// byCreation are the sorts of lists that can be sorted only by createdAt and id.
var byCreation = sorts{"createdAt": {"created_at", "timestamptz"}}

// OrderPayments lists the payments of a buyer's own order, of all states or of one, newest first; sorts: createdAt,
// id, amount. It fails with ORDER_NOT_FOUND.
func (s *Store) OrderPayments(
	ctx context.Context, buyerID market.BuyerID, orderID int64, status *market.PaymentStatus, page market.PageRequest,
) (market.Page[market.Payment], error) {
	if _, err := s.Order(ctx, buyerID, orderID); err != nil {
		return market.Page[market.Payment]{}, err
	}
	return withStatus(list[db.Payment, market.Payment]{
		table: "payments", show: payment, where: "order_id = $1", args: []any{orderID}, sorts: paymentSorts,
	}, status).page(ctx, s, page)
}

var paymentSorts = sorts{"createdAt": {"created_at", "timestamptz"}, "amount": {"amount", "numeric"}}

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
func (s *Store) AllPayments(
	ctx context.Context, f PaymentFilter, page market.PageRequest,
) (market.Page[market.AdminPayment], error) {
	l := list[adminPaymentRow, market.AdminPayment]{
		table: "payments", join: "JOIN orders o ON o.id = t.order_id", where: "true", sorts: byCreation, ascending: true,
		show: func(r adminPaymentRow) market.AdminPayment { return adminPayment(r.Payment, r.BuyerID) },
	}
	if f.OrderID != 0 {
		l.where, l.args, l.bespoke = "order_id = $1", []any{f.OrderID}, true
	}
	return withStatus(l, f.Status).page(ctx, s, page)
}

// AnyPayment returns a payment. It fails with PAYMENT_NOT_FOUND.
func (s *Store) AnyPayment(ctx context.Context, id int64) (market.AdminPayment, error) {
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

// SettlementFilter selects among settlements; its zero value means all.
type SettlementFilter struct {
	Status   *market.SettlementStatus
	SellerID int64
}

// AllSettlements lists the settlements of all sellers, the oldest first; sorts: createdAt, id.
func (s *Store) AllSettlements(
	ctx context.Context, f SettlementFilter, page market.PageRequest,
) (market.Page[market.Settlement], error) {
	l := list[db.Settlement, market.Settlement]{
		table: "settlements", show: settlement, where: "true", sorts: byCreation, ascending: true,
	}
	if f.SellerID != 0 {
		l.where, l.args, l.bespoke = "seller_id = $1", []any{f.SellerID}, true
	}
	return withStatus(l, f.Status).page(ctx, s, page)
}

// AnySettlement returns a settlement with a line for each day. It fails with SETTLEMENT_NOT_FOUND.
func (s *Store) AnySettlement(ctx context.Context, id int64) (market.SettlementDetail, error) {
	row, err := orNotFound(s.q.GetAnySettlement(ctx, s.pool, id))(market.CodeSettlementNotFound)
	if err != nil {
		return market.SettlementDetail{}, err
	}
	return s.withDays(ctx, row)
}

func (s *Store) withDays(ctx context.Context, row db.Settlement) (market.SettlementDetail, error) {
	lines, err := s.q.ListSettlementLines(ctx, s.pool, row.ID)
	detail := market.SettlementDetail{Settlement: settlement(row), Lines: make([]market.SettlementLine, len(lines))}
	for i, l := range lines {
		detail.Lines[i] = market.SettlementLine{StatDate: l.StatDate, Fee: l.Fee, Payable: l.Payable}
	}
	return detail, translate(err)
}

// Payout returns a payout with its attempts. It fails with PAYOUT_NOT_FOUND.
func (s *Store) Payout(ctx context.Context, id int64) (market.PayoutDetail, error) {
	r, err := orNotFound(s.q.GetPayout(ctx, s.pool, id))(market.CodePayoutNotFound)
	if err != nil {
		return market.PayoutDetail{}, err
	}
	attempts, err := s.q.ListPayoutAttempts(ctx, s.pool, id)
	detail := market.PayoutDetail{
		Payout: payout(payoutRow{r.Payout, r.BankAmount}), Attempts: make([]market.PayoutAttempt, len(attempts)),
	}
	for i, a := range attempts {
		detail.Attempts[i] = market.PayoutAttempt{
			Attempt: a.Attempt, BankCode: a.BankCode, BankAccountEnd: bankAccount{a.BankAccount, a.BankAccountSealed}.end(),
			Outcome: a.Outcome, Reason: a.Reason, RequestedBy: a.AskedBy, BankAmount: a.BankAmount,
			CreatedAt: market.LocalTime(a.CreatedAt),
		}
	}
	return detail, translate(err)
}

// BuyerAccount returns a buyer as staff sees it. It fails with BUYER_NOT_FOUND, also for one who has left.
func (s *Store) BuyerAccount(ctx context.Context, id int64) (market.BuyerAccount, error) {
	b, err := orNotFound(s.q.GetBuyer(ctx, s.pool, id))(market.CodeBuyerNotFound)
	if err == nil && b.DeletedAt != nil {
		err = market.Refuse(market.CodeBuyerNotFound)
	}
	if err != nil {
		return market.BuyerAccount{}, err
	}
	return buyerAccount(b), nil
}

// AdminRefundDetail returns a refund with its lines, as staff sees it. It fails with REFUND_NOT_FOUND.
func (s *Store) AdminRefundDetail(ctx context.Context, id int64) (market.AdminRefundDetail, error) {
	r, err := s.AdminRefund(ctx, id)
	if err != nil {
		return market.AdminRefundDetail{}, err
	}
	items, err := s.refundItems(ctx, id)
	return market.AdminRefundDetail{AdminRefund: r, Items: items}, err
}

func (s *Store) refundItems(ctx context.Context, refundID int64) ([]market.RefundItem, error) {
	lines, err := s.q.RefundLines(ctx, s.pool, refundID)
	items := make([]market.RefundItem, len(lines))
	for i, l := range lines {
		items[i] = market.RefundItem{OrderItemID: l.OrderItemID, Quantity: l.Quantity, Amount: l.Amount}
	}
	return items, translate(err)
}
