package store

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store/db"
)

// ReserveRefund stores a buyer's request for a refund under a key, with the buyer's description,
// and returns the id of the future refund. A repeat with the same key returns the same id. It fails
// with IDEMPOTENCY_KEY_REUSED when the key was used with another fingerprint.
func (s RefundStore) ReserveRefund(
	ctx context.Context, buyerID market.BuyerID, key string, fingerprint []byte, description *string,
) (int64, error) {
	r, err := s.q.ReserveRefund(ctx, s.pool, db.ReserveRefundParams{
		BuyerID: int64(buyerID), RequestKey: key, Description: description, Fingerprint: fingerprint,
	})
	if err == nil && !r.Same {
		err = market.Refuse(market.CodeIdempotencyKeyReused)
	}
	return r.RefundID, translate(err)
}

// RefundRequest is a buyer's request for a refund: of some pieces of an order or, without Items, of
// all that remains of it.
type RefundRequest struct {
	RefundID, BuyerID, OrderID int64
	Reason                     market.RefundReason
	Items                      []market.Pieces
	// Cancel cancels the whole order before anything of it is shipped. No decision is needed: the
	// refund is approved as it is opened.
	Cancel bool
	// SellerID is the seller that cannot deliver; 0 for none. It cancels pieces of its own lines that are not shipped,
	// all of them without Items, and no decision is needed.
	SellerID int64

	disputeID int64 // the dispute in which the money has gone back; 0 for none
}

// OpenRefund opens a refund under a lock on the payment. A repeat returns the same refund, in its current state. When
// a FAILED refund covers the request, OpenRefund makes it PENDING again and returns it. It fails with ORDER_NOT_FOUND,
// ORDER_NOT_REFUNDABLE (the order was not paid, or has been refunded), ORDER_ITEM_CONFIRMED, PAYMENT_NOT_FOUND,
// REFUND_ITEMS_INVALID, REFUND_QUANTITY_TOO_LARGE (fewer pieces remain than requested), REFUND_ALREADY_EXISTS (none
// remains), REFUND_EXCEEDS_REMAINING (a part of the money went back in a dispute), ORDER_DISPUTED or
// ORDER_NOT_CANCELLABLE.
func (s RefundStore) OpenRefund(ctx context.Context, r RefundRequest) (refund market.Refund, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		o, err := orNotFound(s.q.LockOrder(ctx, tx, r.OrderID))(market.CodeOrderNotFound)
		if err != nil {
			return err
		}
		if o.BuyerID != r.BuyerID {
			return market.Refuse(market.CodeOrderNotFound)
		}
		row, err := s.openRefund(ctx, tx, o, r)
		refund = refundOf(row, r.OrderID)
		return err
	})
	return refund, err
}

func (s *DB) openRefund(ctx context.Context, tx pgx.Tx, o db.LockOrderRow, r RefundRequest) (db.Refund, error) {
	if existing, err := s.q.ReadRequestedRefund(ctx, tx, r.RefundID); !errors.Is(err, pgx.ErrNoRows) {
		return existing, err
	}
	switch {
	case r.decided() && (!o.Status.Refundable() || !o.Status.Cancellable(false)):
		return db.Refund{}, market.Refuse(market.CodeOrderNotCancellable)
	case !o.Status.Refundable():
		return db.Refund{}, market.Refuse(market.CodeOrderNotRefundable)
	}
	if r.disputeID == 0 {
		if err := s.undisputed(ctx, tx, o.ID); err != nil {
			return db.Refund{}, err
		}
	}
	payment, err := orNotFound(s.q.LockSuccessfulPayment(ctx, tx, o.ID))(market.CodePaymentNotFound)
	if err != nil {
		return db.Refund{}, err
	}
	lines, err := s.q.ListOrderItems(ctx, tx, o.ID)
	if err != nil {
		return db.Refund{}, err
	}
	if r.SellerID != 0 {
		lines = r.unshippedOfSeller(lines)
	}
	shipped := slices.ContainsFunc(lines, func(l db.OrderItem) bool { return l.Shipped > 0 })
	if r.Cancel && !o.Status.Cancellable(shipped) || r.decided() && len(lines) == 0 {
		return db.Refund{}, market.Refuse(market.CodeOrderNotCancellable)
	}
	claims, err := s.q.ClaimedAmounts(ctx, tx, payment.ID)
	if err != nil {
		return db.Refund{}, err
	}
	open, err := refundPieces(lines, claims, r)
	refusal := market.CodeOf(err)
	if !r.decided() && (refusal == market.CodeRefundAlreadyExists || refusal == market.CodeRefundQuantityTooLarge) {
		asked := make([]int64, len(r.Items))
		for i, item := range r.Items {
			asked[i] = item.OrderItemID
		}
		return orNotFound(s.q.ReviveRefund(ctx, tx, payment.ID, asked, r.RefundID))(refusal)
	}
	if err != nil {
		return db.Refund{}, err
	}
	before, err := s.q.RefundedOfPayment(ctx, tx, payment.ID) // the payment is locked
	if err != nil {
		return db.Refund{}, err
	}
	if r.disputeID == 0 && open.Amount > before.Held { // the rest went back in a dispute
		return db.Refund{},
			market.RefuseWith(market.CodeRefundExceedsRemaining, market.DetailRefundRemaining, max(before.Held, 0))
	}
	current, err := s.q.CurrentRefundPolicy(ctx, tx)
	if err != nil {
		return db.Refund{}, err
	}
	policy := refundPolicy(current)
	open.ID, open.BuyerID, open.PaymentID, open.Reason = r.RefundID, o.BuyerID, payment.ID, r.Reason
	total := before.Total + open.Amount
	open.NeedsSecond = !r.decided() && r.disputeID == 0 && policy.NeedsSecond(total)
	if !r.decided() {
		party := policy.ShippingBorneBy.Of(r.Reason)
		open.ShippingBorneBy = &party
	}
	if err := s.q.OpenRefund(ctx, tx, open); err != nil {
		return db.Refund{}, err
	}
	if rule := rule(r, policy, total, lines, open); rule != "" {
		if err := s.approveByRule(ctx, tx, r.RefundID, rule); err != nil {
			return db.Refund{}, err
		}
	}
	return s.q.ReadRefund(ctx, tx, r.RefundID)
}

// decided reports whether the refund is approved when it is opened, since no goods are sent back.
func (r RefundRequest) decided() bool { return r.Cancel || r.SellerID != 0 }

// unshippedOfSeller returns the request's lines of its seller, without those that are shipped whole and not named by
// Items.
func (r RefundRequest) unshippedOfSeller(lines []db.OrderItem) (own []db.OrderItem) {
	for _, l := range lines {
		named := slices.ContainsFunc(r.Items, func(p market.Pieces) bool { return p.OrderItemID == l.ID })
		if l.SellerID == r.SellerID && (l.Shipped < l.Quantity || named) {
			own = append(own, l)
		}
	}
	return own
}

// refundPieces returns the pieces of a refund and their paid amounts. claims are the claims of
// earlier refunds.
func refundPieces(
	lines []db.OrderItem, claims []db.ClaimedAmountsRow, r RefundRequest,
) (o db.OpenRefundParams, err error) {
	claimed := map[int64]market.Money{}
	for _, c := range claims {
		claimed[c.OrderItemID] = c.Amount
	}
	quantities := map[int64]int32{}
	for _, a := range r.Items {
		if _, repeated := quantities[a.OrderItemID]; repeated {
			return o, market.Refuse(market.CodeRefundItemsInvalid)
		}
		quantities[a.OrderItemID] = a.Quantity
	}
	for _, l := range lines {
		remaining := progressOf(l).Unclaimed()
		quantity, named := quantities[l.ID]
		delete(quantities, l.ID)
		if len(r.Items) == 0 {
			quantity = remaining
			if r.SellerID != 0 {
				quantity = progressOf(l).Cancellable()
			}
			named = quantity > 0
		}
		if !named {
			continue
		}
		if r.SellerID != 0 && quantity <= remaining && quantity > progressOf(l).Cancellable() {
			return o, market.Refuse(market.CodeOrderNotCancellable)
		}
		if quantity > remaining {
			code := market.CodeRefundQuantityTooLarge
			switch {
			case quantity <= remaining+l.Confirmed:
				code = market.CodeOrderItemConfirmed
			case remaining == 0:
				code = market.CodeRefundAlreadyExists
			}
			return o, market.Refuse(code)
		}
		if l.Net == nil {
			return o, market.Refuse(market.CodeOrderNotRefundable) // it was never paid
		}
		amount := market.RefundShare(*l.Net-l.ConfirmedNet, claimed[l.ID], l.RefundClaimed, quantity,
			l.Quantity-l.Confirmed)
		o.OrderItemIds = append(o.OrderItemIds, l.ID)
		o.Quantities = append(o.Quantities, quantity)
		o.Amounts = append(o.Amounts, amount)
		o.Amount += amount
	}
	switch {
	case len(quantities) > 0:
		return o, market.Refuse(market.CodeRefundItemsInvalid)
	case len(o.OrderItemIds) == 0 && len(claims) == 0:
		return o, market.Refuse(market.CodeOrderItemConfirmed)
	case len(o.OrderItemIds) == 0:
		return o, market.Refuse(market.CodeRefundAlreadyExists)
	}
	return o, nil
}

// RefundDecision is a decision of an admin or operator. DecisionID identifies repeats; SentBy
// identifies the sender. The Reason of a decision from the admin API is the one stored by
// KeepDecisionReason.
type RefundDecision struct {
	RefundID     int64
	DecisionID   string
	AdminID      int64 // 0 unless it came from the admin API
	SentBy       string
	Approve      bool
	Reason       string // of a denial; or how a manual refund was paid
	Restock      bool
	PaidManually bool // an approval: the money is paid from our bank account, not through the gateway
}

// DecideRefund records a decision and, when the refund waits for one, applies it: PENDING or FAILED
// becomes PROCESSING or DENIED. The first of two required approvals takes effect as well, and the
// refund waits for the second. A reversal, which gives back a charge without an order, cannot be
// denied; only a refund that the gateway has refused can be paid manually. It returns the refund's
// status and whether this decision took effect. A repeat returns the same. A text that is too long
// fails with INVALID_INPUT.
func (s RefundStore) DecideRefund(
	ctx context.Context, d RefundDecision,
) (status market.RefundStatus, applied bool, err error) {
	if truncate(d.Reason, market.MaxReason) != d.Reason || truncate(d.DecisionID, 300) != d.DecisionID {
		return "", false, market.Refuse(market.CodeInvalidInput)
	}
	d.SentBy = truncate(d.SentBy, 255)
	err = s.inRefundTx(ctx, d.RefundID, func(tx pgx.Tx, _ db.LockOrderRow, r db.Refund) error {
		status = r.Status
		if applied, err = s.q.GetDecision(ctx, tx, d.RefundID, d.DecisionID); !errors.Is(err, pgx.ErrNoRows) {
			return err
		}
		if d.Reason == "" {
			if d.Reason, err = s.q.GetDecisionReason(ctx, tx, d.RefundID, d.DecisionID); err != nil &&
				!errors.Is(err, pgx.ErrNoRows) {
				return err
			}
		}
		applied = d.fits(r.Status, r.Reason)
		starts := true
		if applied && d.Approve {
			if applied, starts, err = s.approvedBy(ctx, tx, r, d.AdminID); err != nil {
				return err
			}
		}
		if err := s.q.RecordDecision(ctx, tx, db.RecordDecisionParams{
			RefundID: d.RefundID, DecisionID: d.DecisionID, AdminID: d.AdminID, SentBy: d.SentBy, Approve: d.Approve,
			Reason: market.Optional(d.Reason), Applied: applied,
		}); err != nil || !applied || !starts {
			return err
		}
		if !d.Approve {
			now := s.now()
			status = market.RefundDenied
			return s.q.DenyRefund(ctx, tx, &d.Reason, &now, d.RefundID)
		}
		status = market.RefundProcessing
		return s.q.StartRefund(ctx, tx,
			db.StartRefundParams{
				ID: d.RefundID, PaymentStatus: paymentStatusOf(r), Restock: d.Restock, ByHand: d.PaidManually,
				SecondApprover: secondApprover(r, d.AdminID),
			})
	})
	return status, applied, err
}

// KeepDecisionReason stores the reason of a decision before it is sent.
func (s RefundStore) KeepDecisionReason(ctx context.Context, refundID int64, decisionID, reason string) error {
	return translate(s.q.KeepDecisionReason(ctx, s.pool, refundID, decisionID, reason))
}

// fits reports whether a decision takes effect on a refund in a state. A denial has a reason.
func (d RefundDecision) fits(status market.RefundStatus, reason market.RefundReason) bool {
	decision := market.RefundDecision{Approve: d.Approve, PaidManually: d.PaidManually}
	return (d.Approve || d.Reason != "") && decision.Applies(status, reason)
}

// DecisionApplied reports whether a decision has been recorded, and whether it took effect.
func (s RefundStore) DecisionApplied(
	ctx context.Context, refundID int64, decisionID string,
) (applied, recorded bool, err error) {
	applied, err = s.q.GetDecision(ctx, s.pool, refundID, decisionID)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, false, nil
	}
	return applied, err == nil, translate(err)
}

// paymentStatusOf returns the status of a refund's payment for its history entry: a reversal
// belongs to a failed payment.
func paymentStatusOf(r db.Refund) string {
	if r.Reason.Reversal() {
		return string(market.PaymentFailed)
	}
	return string(market.PaymentSuccess)
}

// inRefundTx runs f in a transaction that holds the locks of a refund's order
// and of the refund. It fails with REFUND_NOT_FOUND.
func (s RefundStore) inRefundTx(
	ctx context.Context, refundID int64, f func(tx pgx.Tx, o db.LockOrderRow, r db.Refund) error,
) error {
	return s.inBookingTx(ctx, func(tx pgx.Tx) error {
		orderID, err := orNotFound(s.q.GetRefundOrder(ctx, tx, refundID))(market.CodeRefundNotFound)
		if err != nil {
			return err
		}
		o, err := s.q.LockOrder(ctx, tx, orderID)
		if err != nil {
			return err
		}
		r, err := s.q.ReadRefund(ctx, tx, refundID) // only holders of the order's lock change it
		if err != nil {
			return err
		}
		return f(tx, o, r)
	})
}

// RefundCharge is the charge that a refund gives back, with the refund's part of it.
type RefundCharge struct {
	OrderID, PaymentID, BuyerID int64
	MerchantUID, ImpUID         string
	Captured, Amount            market.Money
	Reason                      market.RefundReason
	Status                      market.RefundStatus
	ByHand                      bool
	Provider                    market.Provider
	CancelAttempts              int32 // refusals by the provider so far
}

// RefundCharge returns a refund's charge. It fails with REFUND_NOT_FOUND.
func (s RefundStore) RefundCharge(ctx context.Context, refundID int64) (RefundCharge, error) {
	r, err := orNotFound(s.q.RefundCharge(ctx, s.pool, refundID))(market.CodeRefundNotFound)
	return RefundCharge{
		OrderID: r.OrderID, PaymentID: r.PaymentID, BuyerID: r.BuyerID, ByHand: r.ByHand, MerchantUID: r.MerchantUID,
		ImpUID: r.ImpUID, Captured: r.Captured, Amount: r.Amount, Reason: r.Reason, Status: r.Status,
		Provider:       r.Provider,
		CancelAttempts: r.CancelAttempts,
	}, err
}

// CountCancelAttempt records that the provider has refused an attempt to pay a refund back, after
// the given number of earlier refusals. It is idempotent.
func (s RefundStore) CountCancelAttempt(ctx context.Context, refundID int64, before int32) error {
	return translate(s.q.CountCancelAttempt(ctx, s.pool, refundID, before))
}

// FailRefund records that an attempt to pay back failed; the refund waits for the next decision. It
// is idempotent, and has no effect in another state.
func (s RefundStore) FailRefund(ctx context.Context, refundID int64, why market.Code) error {
	return s.inRefundTx(ctx, refundID, func(tx pgx.Tx, _ db.LockOrderRow, _ db.Refund) error {
		_, err := s.q.FailRefund(ctx, tx, market.Optional(string(why)), refundID)
		return err
	})
}

// CompleteRefund books a refund that the gateway has paid, in one transaction: the refund becomes
// SUCCESS, the ledger is reversed at the lines' frozen commissions, pieces that were not shipped,
// or all if the decision says restock, are on sale again, and order and payment become REFUNDED
// when nothing remains. It is idempotent. It fails with REFUND_NOT_FOUND for a refund that is not
// in progress, and with market.ErrConflict when the refund changed between read and write.
func (s RefundStore) CompleteRefund(ctx context.Context, refundID int64) (refund market.Refund, err error) {
	// Read before the lock: the version for the optimistic check.
	read, err := orNotFound(s.q.ReadRefund(ctx, s.pool, refundID))(market.CodeRefundNotFound)
	if err != nil {
		return refund, err
	}
	err = s.inRefundTx(ctx, refundID, func(tx pgx.Tx, o db.LockOrderRow, r db.Refund) error {
		refund = refundOf(r, o.ID)
		switch r.Status {
		case market.RefundSuccess:
			return nil
		case market.RefundProcessing:
		default:
			return market.Refuse(market.CodeRefundNotFound)
		}
		now := s.now()
		refund.Status, refund.ProcessedAt = market.RefundSuccess, market.LocalTimeOf(&now)
		if r, err = s.payFromDispute(ctx, tx, r, o.ID, now); err != nil {
			return err
		}
		if r.Reason.Reversal() {
			return s.completeReversal(ctx, tx, r, read.Version, now)
		}
		return s.completeRefund(ctx, tx, o, r, read.Version, now)
	})
	return refund, err
}

func (s *DB) succeedRefund(
	ctx context.Context, tx pgx.Tx, r db.Refund, version int64, now time.Time, paymentStatus market.PaymentStatus,
) error {
	n, err := s.q.SucceedRefund(ctx, tx,
		db.SucceedRefundParams{ID: r.ID, Version: version, Now: &now, PaymentStatus: string(paymentStatus)})
	if err == nil && n == 0 {
		err = market.ErrConflict
	}
	return err
}

// paidBackFrom returns the ledger account that a refund is paid from.
func paidBackFrom(r db.Refund) market.LedgerAccount {
	switch {
	case r.DisputeID != nil:
		return market.AccountDisputed
	case r.ByHand:
		return market.AccountBank
	}
	return market.AccountPSPClearing
}

func (s RefundStore) completeReversal(ctx context.Context, tx pgx.Tx, r db.Refund, version int64, now time.Time) error {
	if err := s.succeedRefund(ctx, tx, r, version, now, market.PaymentRefunded); err != nil {
		return err
	}
	if err := s.q.RefundPayment(ctx, tx, r.PaymentID); err != nil {
		return err
	}
	posting := newPosting("CHARGE_REVERSED", "REFUND", r.ID, now)
	posting.add(market.AccountRefundInFlight, line{}, r.Amount)
	posting.add(paidBackFrom(r), line{}, -r.Amount)
	return s.post(ctx, tx, posting)
}

func (s *DB) completeRefund(
	ctx context.Context, tx pgx.Tx, o db.LockOrderRow, r db.Refund, version int64, now time.Time,
) error {
	lines, err := s.q.RefundLines(ctx, tx, r.ID) // before the refund succeeds: with the amounts refunded so far
	if err != nil {
		return err
	}
	if err := s.succeedRefund(ctx, tx, r, version, now, market.PaymentSuccess); err != nil {
		return err
	}
	posting := newPosting("REFUND_COMPLETED", "REFUND", r.ID, now)
	posting.add(paidBackFrom(r), line{}, -r.Amount)
	var lineIDs []int64
	var commissions []market.Money
	back := returned{db.ReturnStockParams{RefundID: r.ID}}
	for _, l := range lines {
		commission := market.RefundShare(l.LineCommission, l.RefundedCommission, l.Refunded, l.Quantity,
			l.LineQuantity-l.Confirmed)
		ofSeller, ofMarket := market.EarningAccounts(l.Held)
		posting.add(ofSeller, line{l.SellerID, l.OrderItemID}, l.Amount-commission)
		posting.add(ofMarket, line{l.SellerID, l.OrderItemID}, commission)
		lineIDs, commissions = append(lineIDs, l.OrderItemID), append(commissions, commission)
		back.add(l.ProductID, l.Unshipped, false)
		if r.Restock {
			back.add(l.ProductID, l.Quantity-l.Unshipped, true)
		}
	}
	if err := s.q.SetRefundCommissions(ctx, tx, r.ID, lineIDs, commissions); err != nil {
		return err
	}
	if err := s.followLines(ctx, tx, o); err != nil {
		return err
	}
	if err := s.q.ReturnStock(ctx, tx, back.ReturnStockParams); err != nil {
		return err
	}
	return s.post(ctx, tx, posting)
}

// returned collects the pieces that a refund returns to stock.
type returned struct{ db.ReturnStockParams }

func (r *returned) add(productID int64, pieces int32, shipped bool) {
	if pieces > 0 {
		r.ProductIds = append(r.ProductIds, productID)
		r.Quantities = append(r.Quantities, pieces)
		r.Shipped = append(r.Shipped, shipped)
	}
}

// RemindOfRefund marks the decision on a refund as overdue, or with escalate as escalated. It has
// no effect on a decided refund.
func (s RefundStore) RemindOfRefund(ctx context.Context, refundID int64, escalate bool) error {
	now := s.now()
	return translate(s.q.RemindOfRefund(ctx, s.pool, &now, escalate, refundID))
}
