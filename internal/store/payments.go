package store

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store/db"
)

// OpenedPayment is a payment that a workflow run owns: PENDING, or with the outcome of an earlier run.
type OpenedPayment struct {
	Payment  market.Payment
	Existing bool      // the order had been paid before the run began
	Prepared bool      // the buyer may have begun to pay in the browser
	Resolved bool      // what the gateway did is known
	OpenedAt time.Time // the payment, by whichever run
}

// PaymentToOpen identifies the order to pay, its buyer and the method.
type PaymentToOpen struct {
	OrderID int64
	BuyerID market.BuyerID
	Method  market.PaymentMethod
	RunID   string // of the workflow run
	// PaymentID names a payment that is to be looked after whatever has become of it; 0
	// opens one, or finds the one that is open.
	PaymentID int64
}

// OpenPayment opens the payment of a buyer's order for a workflow run, under a lock on the order, in one round
// trip. It is idempotent for each run; another run takes over a payment whose outcome at the gateway is unknown.
// It fails with ORDER_NOT_FOUND, ORDER_NOT_PAYABLE (the order does not wait for a payment and has none),
// ORDER_SALE_STOPPED (staff has taken a product or its seller off sale) or PAYMENT_AMOUNT_NOT_WHOLE.
func (s PaymentStore) OpenPayment(ctx context.Context, in PaymentToOpen) (opened OpenedPayment, err error) {
	if in.PaymentID == 0 {
		if opened, err = s.openNewPayment(ctx, in); err != nil || opened.Payment.ID != 0 {
			return opened, translate(err)
		}
	}
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		o, err := orNotFound(s.q.LockOrder(ctx, tx, in.OrderID))(market.CodeOrderNotFound)
		if err != nil {
			return err
		}
		if o.BuyerID != int64(in.BuyerID) {
			return market.Refuse(market.CodeOrderNotFound)
		}
		opened, err = s.findPayment(ctx, tx, o, in)
		return err
	})
	return opened, err
}

// openNewPayment opens a payment, and returns none if there is a payment to continue with.
func (s PaymentStore) openNewPayment(ctx context.Context, in PaymentToOpen) (opened OpenedPayment, err error) {
	method, _ := market.MethodOf(in.Method)
	row := db.OpenPaymentParams{
		OrderID: in.OrderID, BuyerID: int64(in.BuyerID), OrderedSince: s.now().Add(-market.OrderLifetime),
		Method:   in.Method,
		Provider: string(method.Provider), RunID: &in.RunID,
		MerchantUID: fmt.Sprintf("payment_%d_%s", in.OrderID, rand.Text()),
	}
	row.FreeMerchantUID = row.MerchantUID
	if method.Provider.Redirects() {
		row.Whole = true
		row.MerchantUID = fmt.Sprintf("P%dX%s", in.OrderID, rand.Text()[:16]) // letters and digits, at most 40
	}
	rows, err := s.q.OpenPayment(ctx, s.pool, row)
	if err != nil || len(rows) == 0 {
		return opened, err
	}
	return OpenedPayment{
		Payment: market.Payment{
			ID: rows[0].ID, OrderID: in.OrderID, MerchantUID: rows[0].MerchantUID, Amount: rows[0].Amount,
			Method:   row.Method,
			Provider: market.Provider(rows[0].Provider), Status: market.PaymentPending,
		},
		OpenedAt: s.now(),
	}, nil
}

// findPayment returns the payment that a run continues with, or the reason why none can be opened.
func (s PaymentStore) findPayment(
	ctx context.Context, tx pgx.Tx, o db.LockOrderRow, in PaymentToOpen,
) (opened OpenedPayment, err error) {
	var last db.Payment
	if in.PaymentID != 0 {
		if _, last, err = s.lockPayment(ctx, tx, OrderPayment{OrderID: o.ID, PaymentID: in.PaymentID}); err != nil {
			return opened, err
		}
		return openedPayment(last), s.adopt(ctx, tx, last, in.RunID)
	}
	last, err = s.q.PaymentOfRun(ctx, tx, o.ID, in.RunID)
	own := last.RunID != nil && *last.RunID == in.RunID
	method, _ := market.MethodOf(in.Method)
	switch {
	case err == nil && (own || last.Status == market.PaymentSuccess):
		opened = openedPayment(last)
		opened.Existing = !own
		return opened, nil
	case err == nil && last.ResolvedAt == nil:
		return openedPayment(last), s.adopt(ctx, tx, last, in.RunID)
	case err != nil && !errors.Is(err, pgx.ErrNoRows):
		return opened, err
	case o.Status != market.OrderCreated:
		return opened, market.Refuse(market.CodeOrderNotPayable)
	case s.now().Sub(o.CreatedAt) > market.OrderLifetime:
		return opened, market.Refuse(market.CodeOrderNotPayable) // it expires with the next sweep
	}
	if method.Provider.Redirects() {
		switch fractions, err := s.q.OrderHasFractions(ctx, tx, o.ID); {
		case err != nil:
			return opened, err
		case fractions:
			return opened, market.Refuse(market.CodePaymentAmountNotWhole)
		}
	}
	switch stopped, err := s.q.OrderSaleStopped(ctx, tx, o.ID); {
	case err != nil:
		return opened, err
	case stopped:
		return opened, market.Refuse(market.CodeOrderSaleStopped)
	}
	return opened, market.ErrConflict // what was in the way of a new payment has gone meanwhile
}

// CheckSale fails with ORDER_SALE_STOPPED when staff has taken a product of an order, or its seller, off sale.
func (s PaymentStore) CheckSale(ctx context.Context, orderID int64) error {
	stopped, err := s.q.OrderSaleStopped(ctx, s.pool, orderID)
	if err == nil && stopped {
		err = market.Refuse(market.CodeOrderSaleStopped)
	}
	return translate(err)
}

// adopt makes a run the owner of a payment, unless the payment has ended.
func (s PaymentStore) adopt(ctx context.Context, tx pgx.Tx, p db.Payment, runID string) error {
	if p.ResolvedAt != nil {
		return nil
	}
	return s.q.AdoptPayment(ctx, tx, p.ID, &runID)
}

func openedPayment(p db.Payment) OpenedPayment {
	return OpenedPayment{
		Payment: payment(p), Prepared: p.PreparedAt != nil, Resolved: p.ResolvedAt != nil, OpenedAt: p.CreatedAt,
	}
}

// PreparePayment records that the provider has registered a payment, so that the buyer can pay. It has no effect
// on a payment that has ended.
func (s PaymentStore) PreparePayment(ctx context.Context, id int64) error {
	return translate(s.q.PreparePayment(ctx, s.pool, id))
}

// WithdrawPayment fails a payment that could not be registered with the provider. Its order can be paid another
// way. A payment that was registered after all is unchanged, and ready is true: the buyer may be paying it.
func (s PaymentStore) WithdrawPayment(ctx context.Context, of OrderPayment) (p market.Payment, ready bool, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		_, row, err := s.lockPayment(ctx, tx, of)
		if err != nil {
			return err
		}
		if row.ResolvedAt == nil && row.PreparedAt == nil {
			err = s.reject(ctx, tx, &row, market.EndNotPrepared, market.CodePaymentMethodUnavailable, nil)
		}
		p, ready = payment(row), row.PreparedAt != nil
		return err
	})
	return p, ready, err
}

// ClosePayment fails an open payment that its buyer has not paid, so that the order can be paid another way. It
// has no effect on a payment that has ended. A charge that arrives later is refunded.
func (s PaymentStore) ClosePayment(ctx context.Context, of OrderPayment) (p market.Payment, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		_, row, err := s.lockPayment(ctx, tx, of)
		if err != nil {
			return err
		}
		if row.ResolvedAt == nil {
			err = s.reject(ctx, tx, &row, market.EndNotCharged, market.CodePaymentNotCompleted, nil)
		}
		p = payment(row)
		return err
	})
	return p, err
}

// Charge is a charge as the gateway reports it.
type Charge struct {
	ImpUID string
	Amount market.Money
	// Cancelled reports that a part of it has gone back already. Once the charge is booked, its cancellations are
	// checked.
	Cancelled bool
}

// PaymentOutcome is the outcome of a payment. ReversalID is the refund that gives back a charge without an order;
// 0 for none.
type PaymentOutcome struct {
	Payment    market.Payment
	ReversalID int64
}

// OrderPayment identifies a payment and its order, which is locked first.
type OrderPayment struct{ OrderID, PaymentID int64 }

// ApprovePayment books a charge in one transaction of two round trips: the payment is SUCCESS, the order PAID, and
// the ledger has the amounts that were frozen with the order. When the amount differs, the order has expired, or
// staff has taken a product or its seller off sale, payment and order are FAILED, the stock is released, and a
// refund of the charge is recorded. It is idempotent. It fails with market.ErrConflict when the payment changed
// between read and write.
func (s PaymentStore) ApprovePayment(
	ctx context.Context, of OrderPayment, charge Charge,
) (out PaymentOutcome, err error) {
	p, err := s.bookPayment(ctx, of, charge)
	if err != nil || p.ID != 0 {
		return PaymentOutcome{Payment: payment(p)}, err
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
			var stopped bool
			if stopped, err = s.q.OrderSaleStopped(ctx, tx, o.ID); err == nil && !stopped {
				err = market.ErrConflict
			}
			if err == nil {
				out.ReversalID, err = s.reverse(ctx, tx, o, &p, charge, market.ReasonSaleStopped)
			}
		}
		out.Payment = payment(p)
		return err
	})
	return out, err
}

// bookPayment books the charge of an open payment and returns the payment; it returns none, and changes nothing,
// when the payment is not open.
func (s PaymentStore) bookPayment(ctx context.Context, of OrderPayment, charge Charge) (p db.Payment, err error) {
	lines, err := s.q.PaymentToBook(ctx, s.pool, of.PaymentID, of.OrderID)
	if err != nil || len(lines) == 0 {
		return p, translate(err)
	}
	read := lines[0].Payment
	waits := read.Status == market.PaymentPending && lines[0].OrderStatus == string(market.OrderCreated)
	stopped := slices.ContainsFunc(lines, func(l db.PaymentToBookRow) bool { return l.SaleStopped })
	if !waits || stopped || read.Amount != charge.Amount {
		return p, nil
	}
	paidAt := s.now()
	posting := newPosting("PAYMENT_APPROVED", "PAYMENT", read.ID, paidAt)
	posting.add(market.AccountPSPClearing, line{}, read.Amount)
	book := db.BookPaymentParams{
		ID: read.ID, OrderID: read.OrderID, Version: read.Version, ImpUID: &charge.ImpUID, PaidAt: &paidAt,
		Cancelled: charge.Cancelled,
	}
	if err := s.freezeLines(ctx, lines); err != nil {
		return p, err
	}
	book.Held = !posting.BusinessDay.Before(lines[0].HeldFrom)
	seller, commission := market.EarningAccounts(book.Held)
	for _, l := range lines {
		posting.add(seller, line{l.SellerID, l.LineID}, *l.Commission-*l.Net)
		posting.add(commission, line{l.SellerID, l.LineID}, -*l.Commission)
	}
	book.Kind, book.SourceType, book.BusinessDay = posting.Kind, posting.SourceType, posting.BusinessDay
	book.Accounts, book.SellerIds, book.OrderItemIds, book.Amounts = posting.Accounts, posting.SellerIds,
		posting.OrderItemIds, posting.Amounts
	n, err := s.q.BookPayment(ctx, s.pool, book)
	if err != nil || n == 0 {
		return p, asRetryable(err)
	}
	read.Status, read.ImpUID, read.PaidAt, read.Version = market.PaymentSuccess, &charge.ImpUID, &paidAt, read.Version+1
	return read, nil
}

// freezeLines freezes the amounts of lines that were placed by the previous release, which did so at payment.
func (s PaymentStore) freezeLines(ctx context.Context, lines []db.PaymentToBookRow) error {
	var freeze db.FreezeLinesParams
	for i, l := range lines {
		if l.Net != nil {
			continue
		}
		priced, err := market.PriceOrder([]market.PricedLine{{UnitPrice: l.UnitPrice, Quantity: l.Quantity}},
			market.CurrentTerms())
		if err != nil {
			return err
		}
		a := priced.Lines[0]
		lines[i].Net, lines[i].Commission = &a.Net, &a.Commission
		freeze.Ids = append(freeze.Ids, l.LineID)
		freeze.Gross = append(freeze.Gross, a.Gross)
		freeze.Discounts = append(freeze.Discounts, a.Discount)
		freeze.Nets = append(freeze.Nets, a.Net)
		freeze.Taxes = append(freeze.Taxes, a.Tax)
		freeze.Commissions = append(freeze.Commissions, a.Commission)
	}
	if len(freeze.Ids) == 0 {
		return nil
	}
	return asRetryable(s.q.FreezeLines(ctx, s.pool, freeze))
}

// reversals are the failure code, end and reason to record for each cause of a reversal.
var reversals = map[market.RefundReason]struct {
	outcome     market.PaymentEnd
	failure     market.Code
	description string
}{
	market.ReasonOrderExpired:   {"TOO_LATE", market.CodeOrderExpired, "주문 만료 후 결제가 승인됨"},
	market.ReasonAmountMismatch: {"AMOUNT_MISMATCH", market.CodePaymentAmountMismatch, "주문 금액과 실결제 금액이 상이"},
	market.ReasonSaleStopped:    {"SALE_STOPPED", market.CodePaymentSaleStopped, "결제 중 판매가 중지됨"},
	market.ReasonPaymentFailed:  {"NOT_CONFIRMED", market.CodePaymentFailed, "결제 승인 처리에 실패함"},
}

// reverse records that a charge has to go back, with the follow-up that starts the refund, and fails the payment
// and the order if they are open.
func (s PaymentStore) reverse(
	ctx context.Context, tx pgx.Tx, o db.LockOrderRow, p *db.Payment, charge Charge, reason market.RefundReason,
) (int64, error) {
	if existing, err := s.q.GetReversal(ctx, tx, p.ID); !errors.Is(err, pgx.ErrNoRows) {
		return existing, err
	}
	if charge.Cancelled {
		if err := s.q.AddFollowUp(ctx, tx, market.FollowUpCancellationNews, p.ID); err != nil {
			return 0, err
		}
	}
	why, late := reversals[reason], p.ResolvedAt != nil
	if err := s.reject(ctx, tx, p, why.outcome, why.failure, &charge); err != nil {
		return 0, err
	}
	if !late { // else the order has gone its own way since, and may even be paid otherwise
		if err := s.failUnpaid(ctx, tx, o, why.failure); err != nil {
			return 0, err
		}
	}
	if charge.Amount <= 0 {
		return 0, nil // nothing was charged, so nothing is owed
	}
	if reason == market.ReasonOrderExpired && o.Status.Paid() {
		why.description = "다른 결제 수단으로 이미 결제된 주문"
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

// AbandonPayment gives up a charge that ApprovePayment could not book: payment and order are FAILED, the stock is
// released, and a refund of the charge is recorded. It is idempotent, and has no effect after a success.
func (s PaymentStore) AbandonPayment(
	ctx context.Context, of OrderPayment, charge Charge,
) (out PaymentOutcome, err error) {
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

// lockPayment locks an order and reads one of its payments. Only a holder of the lock changes payments.
func (s PaymentStore) lockPayment(
	ctx context.Context, tx pgx.Tx, of OrderPayment,
) (o db.LockOrderRow, p db.Payment, err error) {
	if o, err = orNotFound(s.q.LockOrder(ctx, tx, of.OrderID))(market.CodeOrderNotFound); err != nil {
		return o, p, err
	}
	if p, err = orNotFound(s.q.ReadPayment(ctx, tx, of.PaymentID))(market.CodePaymentNotFound); err != nil {
		return o, p, err
	}
	if p.OrderID != of.OrderID {
		err = market.Refuse(market.CodePaymentMismatch)
	}
	return o, p, err
}

// FailPayment ends a payment for which the gateway holds nothing: payment and order are FAILED, and the stock is
// released. reason is the provider's text. It is idempotent. It fails with market.ErrConflict like ApprovePayment.
func (s PaymentStore) FailPayment(
	ctx context.Context, of OrderPayment, end market.PaymentEnd, reason string,
) (p market.Payment, err error) {
	err = s.inBookingTx(ctx, func(tx pgx.Tx) error {
		o, row, err := s.lockPayment(ctx, tx, of)
		if err != nil {
			return err
		}
		code := market.CodePaymentNotCompleted
		switch {
		case end == market.EndNotOurs:
			code = market.CodePaymentMismatch
		case end == market.EndNotCharged && row.Provider.Redirects():
			code = market.CodeOrderExpired
		}
		if row.ResolvedAt == nil {
			if err = s.reject(ctx, tx, &row, end, code, nil); err == nil {
				err = s.failUnpaid(ctx, tx, o, code)
			}
		}
		if err == nil && reason != "" {
			err = s.q.ExplainAttempt(ctx, tx, row.ID, market.Optional(truncate(reason, 255)))
		}
		p = payment(row)
		return err
	})
	return p, err
}

// reject fails a payment if it is open, updates it, and records the gateway's answer.
func (s PaymentStore) reject(
	ctx context.Context, tx pgx.Tx, p *db.Payment, outcome market.PaymentEnd, code market.Code, charge *Charge,
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
	return s.q.RecordAttempt(ctx, tx, attempt)
}

// failUnpaid fails an order that waits for its payment, and releases its stock. code is the payment's failure.
func (s PaymentStore) failUnpaid(ctx context.Context, tx pgx.Tx, o db.LockOrderRow, code market.Code) error {
	if o.Status != market.OrderCreated {
		return nil
	}
	why := market.OrderDeclined
	if code == market.CodeOrderExpired {
		why = market.OrderExpired
	}
	return s.failOrders(ctx, tx, why, o.ID)
}

// OpenRedirect returns the open browser payment of an order and the order's name in the payment window; open is
// false if there is none. The caller has checked the owner of the order.
func (s PaymentStore) OpenRedirect(
	ctx context.Context, orderID int64,
) (p market.Payment, orderName string, open bool, err error) {
	row, err := s.q.OpenRedirect(ctx, s.pool, orderID)
	if errors.Is(err, pgx.ErrNoRows) {
		return p, "", false, nil
	}
	if err != nil {
		return p, "", false, translate(err)
	}
	first, err := s.q.FirstLine(ctx, s.pool, orderID)
	if err != nil {
		return p, "", false, translate(err)
	}
	orderName = first.Name
	if first.More > 0 {
		orderName = fmt.Sprintf("%s 외 %d건", first.Name, first.More)
	}
	p, err = s.awaited(ctx, row)
	return p, orderName, true, err
}

// SetPaymentMethod records that the buyer continues with another method of the same provider.
func (s PaymentStore) SetPaymentMethod(ctx context.Context, id int64, method market.PaymentMethod) error {
	return translate(s.q.SetPaymentMethod(ctx, s.pool, method, id))
}
