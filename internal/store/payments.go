package store

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store/db"
)

// OpenedPayment is a payment that a workflow run is to drive to its end: PENDING,
// or, when the run is not the first to get here, what has become of it since.
// Existing says that the order had been paid before the run began.
type OpenedPayment struct {
	Payment  market.Payment
	Existing bool
}

// OpenPayment opens the payment of a buyer's own order for a workflow run, under a
// lock on the order. Called again by the same run it gives the same payment,
// whatever has become of it since; another run takes over a payment whose end at
// the gateway is not known. It fails with ORDER_NOT_FOUND, or with
// ORDER_NOT_PAYABLE when the order waits for no payment and has none.
func (s *Store) OpenPayment(
	ctx context.Context, runID string, buyerID market.BuyerID, orderID int64, method market.PaymentMethod,
) (opened OpenedPayment, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		o, err := found(s.q.LockOrder(ctx, tx, orderID))(market.CodeOrderNotFound)
		if err != nil {
			return err
		}
		if o.BuyerID != int64(buyerID) {
			return market.Refuse(market.CodeOrderNotFound)
		}
		last, err := s.q.PaymentOfRun(ctx, tx, orderID, runID)
		if err != nil && !errors.Is(err, pgx.ErrNoRows) {
			return err
		}
		own := last.RunID != nil && *last.RunID == runID
		switch {
		case err == nil && (own || last.Status == market.PaymentSuccess):
			opened = OpenedPayment{Payment: payment(last), Existing: !own}
			return nil
		case err == nil && last.ResolvedAt == nil:
			opened.Payment = payment(last)
			return s.q.AdoptPayment(ctx, tx, last.ID, &runID)
		case o.Status != market.OrderCreated:
			return market.Refuse(market.CodeOrderNotPayable)
		case s.now().Sub(o.CreatedAt) > market.OrderLifetime:
			return market.Refuse(market.CodeOrderNotPayable) // it expires with the next sweep
		}
		p := market.Payment{
			OrderID: orderID, MerchantUID: fmt.Sprintf("payment_%d_%s", orderID, rand.Text()), Amount: o.TotalAmount,
			Method: method, Status: market.PaymentPending,
		}
		p.ID, err = s.q.OpenPayment(ctx, tx,
			db.OpenPaymentParams{OrderID: orderID, Amount: p.Amount, Method: method, MerchantUID: p.MerchantUID, RunID: &runID})
		opened.Payment = p
		return err
	})
	return opened, err
}

// Charge is what the gateway says it has charged.
type Charge struct {
	ImpUID string
	Amount market.Money
}

// PaymentOutcome is how a payment ended. ReversalID is the refund that gives a
// charge back which no order stands behind; 0 when there is nothing to give back.
type PaymentOutcome struct {
	Payment    market.Payment
	ReversalID int64
}

// OrderPayment names a payment with its order, which is locked first.
type OrderPayment struct{ OrderID, PaymentID int64 }

// ApprovePayment books a charge, in one transaction. The usual end: the payment
// is SUCCESS, the order PAID, the lines' commissions are frozen, and the ledger
// has it. When the amount is wrong, or the order expired meanwhile, payment and
// order are FAILED, the pieces are back in stock, and a refund of what was
// charged is recorded. Called again it gives the same outcome. It fails with
// market.ErrConflict when the payment changed between read and write.
func (s *Store) ApprovePayment(ctx context.Context, of OrderPayment, charge Charge) (out PaymentOutcome, err error) {
	// Read before the lock: the version that this attempt is based on.
	read, err := found(s.q.ReadPayment(ctx, s.pool, of.PaymentID))(market.CodePaymentNotFound)
	if err != nil {
		return out, err
	}
	err = s.inBookingTx(ctx, func(tx pgx.Tx) error {
		o, p, err := s.lockPayment(ctx, tx, of)
		if err != nil {
			return err
		}
		switch {
		case p.ImpUID != nil: // booked before; it may even have been refunded since
		case p.Status != market.PaymentPending || o.Status != market.OrderCreated:
			out.ReversalID, err = s.reverse(ctx, tx, o, &p, charge, market.ReasonOrderExpired)
		case charge.Amount != p.Amount:
			out.ReversalID, err = s.reverse(ctx, tx, o, &p, charge, market.ReasonAmountMismatch)
		default:
			err = s.succeed(ctx, tx, &p, read.Version, charge)
		}
		out.Payment = payment(p)
		return err
	})
	return out, err
}

// succeed books a charge for a pending payment, which it brings up to date: what the
// order's lines come to is frozen.
func (s *Store) succeed(ctx context.Context, tx pgx.Tx, p *db.Payment, version int64, charge Charge) error {
	lines, err := s.q.ListOrderItems(ctx, tx, p.OrderID)
	if err != nil {
		return err
	}
	paidAt := s.now()
	paid := db.SucceedPaymentParams{ID: p.ID, Version: version, ImpUID: &charge.ImpUID, PaidAt: &paidAt}
	posting := newPosting("PAYMENT_APPROVED", "PAYMENT", p.ID, paidAt)
	posting.add(market.AccountPSPClearing, line{}, p.Amount)
	for _, l := range lines {
		a, err := market.PriceLine(l.UnitPrice, l.Quantity)
		if err != nil {
			return err
		}
		paid.LineIds = append(paid.LineIds, l.ID)
		paid.Gross, paid.Discounts, paid.Nets = append(paid.Gross, a.Gross.String()), append(paid.Discounts,
			a.Discount.String()), append(paid.Nets, a.Net.String())
		paid.Taxes, paid.Commissions = append(paid.Taxes, a.Tax.String()), append(paid.Commissions, a.Commission.String())
		posting.add(market.AccountSellerPayable, line{l.SellerID, l.ID}, -a.SellerShare())
		posting.add(market.AccountCommission, line{l.SellerID, l.ID}, -a.Commission)
	}
	n, err := s.q.SucceedPayment(ctx, tx, paid)
	if err == nil && n == 0 {
		err = market.ErrConflict
	}
	if err != nil {
		return err
	}
	p.Status, p.ImpUID, p.PaidAt, p.Version = market.PaymentSuccess, &charge.ImpUID, &paidAt, version+1
	return s.post(ctx, tx, posting)
}

// reversals say, for each reason to give a charge back unasked, what is
// recorded of the attempt, the payment and the refund.
var reversals = map[market.RefundReason]struct {
	outcome     string
	failure     market.Code
	description string
}{
	market.ReasonOrderExpired:   {"TOO_LATE", market.CodeOrderExpired, "주문 만료 후 결제가 승인됨"},
	market.ReasonAmountMismatch: {"AMOUNT_MISMATCH", market.CodePaymentAmountMismatch, "주문 금액과 실결제 금액이 상이"},
	market.ReasonPaymentFailed:  {"NOT_CONFIRMED", market.CodePaymentFailed, "결제 승인 처리에 실패함"},
}

// reverse records that a charge has to be given back, with the follow-up that
// starts it, and fails what of payment and order is still open.
func (s *Store) reverse(
	ctx context.Context, tx pgx.Tx, o db.LockOrderRow, p *db.Payment, charge Charge, reason market.RefundReason,
) (int64, error) {
	if existing, err := s.q.GetReversal(ctx, tx, p.ID); err == nil {
		return existing, nil
	} else if !errors.Is(err, pgx.ErrNoRows) || p.ResolvedAt != nil {
		return 0, ignoreMissing(err)
	}
	why := reversals[reason]
	if err := s.reject(ctx, tx, o, p, why.outcome, why.failure, &charge); err != nil {
		return 0, err
	}
	if charge.Amount <= 0 {
		return 0, nil // nothing was charged, so nothing is owed
	}
	id, err := s.q.OpenReversal(ctx, tx,
		db.OpenReversalParams{
			BuyerID: o.BuyerID, PaymentID: p.ID, Amount: charge.Amount, Reason: reason, Description: &why.description,
		})
	if err != nil {
		return 0, err
	}
	posting := newPosting("CHARGE_TO_REVERSE", "REFUND", id, s.now())
	posting.add(market.AccountPSPClearing, line{}, charge.Amount)
	posting.add(market.AccountRefundInFlight, line{}, -charge.Amount)
	return id, s.post(ctx, tx, posting)
}

// ignoreMissing is err, but nil for a row that there is not.
func ignoreMissing(err error) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	return err
}

// AbandonPayment gives a charge up that ApprovePayment could not book: payment
// and order are FAILED, the pieces are back in stock, and a refund of the charge
// is recorded. Called again, or after a success, it changes nothing.
func (s *Store) AbandonPayment(ctx context.Context, of OrderPayment, charge Charge) (out PaymentOutcome, err error) {
	err = s.inBookingTx(ctx, func(tx pgx.Tx) error {
		o, p, err := s.lockPayment(ctx, tx, of)
		if err != nil {
			return err
		}
		if p.ImpUID == nil {
			out.ReversalID, err = s.reverse(ctx, tx, o, &p, charge, market.ReasonPaymentFailed)
		}
		out.Payment = payment(p)
		return err
	})
	return out, err
}

// lockPayment locks an order and reads one of its payments, which only a holder
// of that lock changes.
func (s *Store) lockPayment(
	ctx context.Context, tx pgx.Tx, of OrderPayment,
) (o db.LockOrderRow, p db.Payment, err error) {
	if o, err = found(s.q.LockOrder(ctx, tx, of.OrderID))(market.CodeOrderNotFound); err != nil {
		return o, p, err
	}
	if p, err = found(s.q.ReadPayment(ctx, tx, of.PaymentID))(market.CodePaymentNotFound); err != nil {
		return o, p, err
	}
	if p.OrderID != of.OrderID {
		err = market.Refuse(market.CodePaymentMismatch)
	}
	return o, p, err
}

// FailPayment ends a payment for which the gateway has charged nothing: payment
// and order are FAILED, the pieces are back in stock. declined says that the
// gateway has refused, else it has never taken the charge on. Called again it
// changes nothing. It fails with market.ErrConflict like ApprovePayment.
func (s *Store) FailPayment(ctx context.Context, of OrderPayment, declined bool) (p market.Payment, err error) {
	outcome := "DECLINED"
	if !declined {
		outcome = "NOT_CHARGED"
	}
	err = s.inBookingTx(ctx, func(tx pgx.Tx) error {
		o, row, err := s.lockPayment(ctx, tx, of)
		if err != nil {
			return err
		}
		if row.ResolvedAt == nil {
			err = s.reject(ctx, tx, o, &row, outcome, market.CodePaymentNotCompleted, nil)
		}
		p = payment(row)
		return err
	})
	return p, err
}

// reject fails a payment, which it brings up to date, and its order, each if it
// is still open, and records the gateway's answer.
func (s *Store) reject(
	ctx context.Context, tx pgx.Tx, o db.LockOrderRow, p *db.Payment, outcome string, code market.Code, charge *Charge,
) error {
	if p.Status == market.PaymentPending {
		n, err := s.q.RejectPayment(ctx, tx, string(code), p.ID, p.Version)
		if err == nil && n == 0 {
			err = market.ErrConflict
		}
		if err != nil {
			return err
		}
		failure := string(code)
		p.Status, p.FailureCode, p.Version = market.PaymentFailed, &failure, p.Version+1
	}
	attempt := db.RecordAttemptParams{PaymentID: p.ID, Outcome: outcome}
	if charge != nil {
		attempt.ImpUID, attempt.Amount = &charge.ImpUID, &charge.Amount
	}
	if err := s.q.RecordAttempt(ctx, tx, attempt); err != nil {
		return err
	}
	if o.Status != market.OrderCreated {
		return nil
	}
	return s.failOrders(ctx, tx, o.ID)
}

// PaymentIsOpen says whether a payment still waits for its gateway's answer.
func (s *Store) PaymentIsOpen(ctx context.Context, id int64) (bool, error) {
	p, err := found(s.q.ReadPayment(ctx, s.pool, id))(market.CodePaymentNotFound)
	return p.Status == market.PaymentPending, err
}

// Payment is a payment of a buyer's own order, else PAYMENT_NOT_FOUND.
func (s *Store) Payment(ctx context.Context, buyerID market.BuyerID, id int64) (market.Payment, error) {
	p, err := found(s.q.GetPayment(ctx, s.pool, id, int64(buyerID)))(market.CodePaymentNotFound)
	return payment(p), err
}

// OrderPayment is the payment of an order that counts: the successful or open
// one before failed ones, else PAYMENT_NOT_FOUND. Whose order it is the caller
// has checked.
func (s *Store) OrderPayment(ctx context.Context, orderID int64) (market.Payment, error) {
	p, err := found(s.q.LatestPayment(ctx, s.pool, orderID))(market.CodePaymentNotFound)
	return payment(p), err
}

// Payments lists the payments of a buyer's orders, newest first; sorts: createdAt, id, amount.
func (s *Store) Payments(
	ctx context.Context, buyerID market.BuyerID, page market.PageRequest,
) (market.Page[market.Payment], error) {
	return list[db.Payment, market.Payment]{
		table: "payments", show: payment,
		where: "order_id IN (SELECT o.id FROM orders o WHERE o.buyer_id = $1)", args: []any{buyerID},
		sorts: sorts{"createdAt": {"created_at", "timestamptz"}, "amount": {"amount", "numeric"}},
	}.page(ctx, s, page)
}

func payment(p db.Payment) market.Payment {
	return market.Payment{
		ID: p.ID, OrderID: p.OrderID, MerchantUID: p.MerchantUID, ImpUID: p.ImpUID, Amount: p.Amount, Method: p.Method,
		Status: p.Status, PaidAt: market.LocalTimeOf(p.PaidAt), FailureCode: p.FailureCode,
	}
}
