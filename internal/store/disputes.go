package store

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store/db"
)

// OpenDisputes opens a dispute for each cancellation of a payment that is not one of its refunds, and returns the ids
// of the new ones. The disputed amount leaves PSP_CLEARING in the same transaction. Called again it changes nothing. It
// fails with market.ErrConflict while it is not known what became of the payment's charge.
func (s *Store) OpenDisputes(
	ctx context.Context, paymentID int64, cancellations []market.ProviderCancellation,
) (opened []int64, err error) {
	err = s.inBookingTx(ctx, func(tx pgx.Tx) error {
		opened = nil
		p, err := found(s.q.CancelledPayment(ctx, tx, paymentID))(market.CodePaymentNotFound)
		if err != nil {
			return err
		}
		if _, err := s.q.LockOrder(ctx, tx, p.OrderID); err != nil {
			return err
		}
		if p, err = s.q.CancelledPayment(ctx, tx, paymentID); err != nil {
			return err
		}
		switch {
		case !p.Resolved:
			return market.ErrConflict
		case p.Booked == 0:
			return nil // it was not an order's, and has gone back
		}
		refunds, err := s.q.RefundsOfPayment(ctx, tx, paymentID)
		if err != nil {
			return err
		}
		byID := make(map[int64]db.Refund, len(refunds))
		for _, r := range refunds {
			byID[r.ID] = r
		}
		paid := map[int64]bool{} // refunds of which the cancellation is found
		for _, c := range inOrder(cancellations) {
			r, named := byID[c.RefundID]
			if named && !paid[r.ID] && expected(r, c) {
				paid[r.ID] = true
				continue
			}
			id, err := s.openDispute(ctx, tx, p, c, named)
			if err != nil {
				return err
			}
			if id != 0 {
				opened = append(opened, id)
			}
		}
		return nil
	})
	return opened, err
}

// inOrder returns cancellations as they were made.
func inOrder(cancellations []market.ProviderCancellation) []market.ProviderCancellation {
	return slices.SortedFunc(slices.Values(cancellations), func(a, b market.ProviderCancellation) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID))
	})
}

// expected reports whether a cancellation that names a refund is the one that pays it back.
func expected(r db.Refund, c market.ProviderCancellation) bool {
	return !r.ByHand && r.Amount == c.Amount &&
		(r.Status == market.RefundProcessing || r.Status == market.RefundSuccess)
}

// openDispute returns 0 when the dispute is there already.
func (s *Store) openDispute(
	ctx context.Context, tx pgx.Tx, p db.CancelledPaymentRow, c market.ProviderCancellation, named bool,
) (int64, error) {
	in := db.OpenDisputeParams{
		Provider: p.Provider, CancellationID: fitting(c.ID, 255), PaymentID: p.ID, OrderID: p.OrderID, Amount: c.Amount,
		Cause: fitting(c.Cause, 30), Detail: fitting(c.Detail, 255), HappenedAt: c.At,
	}
	if named {
		in.NamedRefundID = &c.RefundID
	}
	id, err := s.q.OpenDispute(ctx, tx, in)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	posting := newPosting("DISPUTE_OPENED", "DISPUTE", id, s.now())
	posting.add(market.AccountDisputed, line{}, c.Amount)
	posting.add(market.AccountPSPClearing, line{}, -c.Amount)
	return id, s.post(ctx, tx, posting)
}

// undisputed fails with ORDER_DISPUTED while a dispute of an order is unresolved. The caller has locked the order.
func (s *Store) undisputed(ctx context.Context, tx pgx.Tx, orderID int64) error {
	disputed, err := s.q.OrderIsDisputed(ctx, tx, orderID)
	if err == nil && disputed {
		err = market.Refuse(market.CodeOrderDisputed)
	}
	return err
}

// payFromDispute has a refund paid from the unresolved dispute in which its money has gone back, if there is one, and
// returns the refund as it is then. The caller has locked the order.
func (s *Store) payFromDispute(
	ctx context.Context, tx pgx.Tx, r db.Refund, orderID int64, now time.Time,
) (db.Refund, error) {
	dispute, err := s.q.DisputeOfRefund(ctx, tx, r.ID, r.ByHand)
	if errors.Is(err, pgx.ErrNoRows) {
		return r, nil
	}
	if err != nil {
		return r, err
	}
	if err := s.q.PayRefundFromDispute(ctx, tx, now, dispute, r.ID); err != nil {
		return r, err
	}
	r.DisputeID, r.ByHand = &dispute, true
	return r, s.q.FollowDisputes(ctx, tx, orderID)
}

// DecidedDispute is a decision of staff about a dispute. Items are of one to accept; see market.DisputeAccept.
type DecidedDispute struct {
	DisputeID, AdminID int64
	Decision           market.DisputeDecision
	Items              []market.Pieces
	Reason             string
}

// DecideDispute decides an unresolved dispute. It fails with DISPUTE_NOT_FOUND, with DISPUTE_RESOLVED, with
// DISPUTE_PARTLY_REFUNDED for one to win of which refunds have taken a part, and for the items of one to accept as
// OpenRefund does, or with DISPUTE_ITEMS_EXCEED when they come to more than is disputed.
func (s *Store) DecideDispute(ctx context.Context, in DecidedDispute) (decided market.Dispute, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		d, err := found(s.q.GetDispute(ctx, tx, in.DisputeID))(market.CodeDisputeNotFound)
		if err != nil {
			return err
		}
		o, err := s.q.LockOrder(ctx, tx, d.OrderID)
		if err != nil {
			return err
		}
		if d, err = s.q.GetDispute(ctx, tx, d.ID); err != nil { // changed by holders of the order's lock only
			return err
		}
		switch {
		case !market.DisputeStates.Allows(d.Status, in.Decision.To()):
			return market.Refuse(market.CodeDisputeResolved)
		case in.Decision == market.DisputeWin && d.Refunded > 0:
			return market.Refuse(market.CodeDisputePartlyRefunded)
		}
		now := s.now()
		var to market.LedgerAccount // that takes the amount; "" for none
		amount := d.Amount - d.Refunded
		switch in.Decision {
		case market.DisputeWin:
			to = market.AccountPSPClearing
		case market.DisputeAccept:
			to = market.AccountWriteOff
			if len(in.Items) > 0 {
				refunded, err := s.refundDispute(ctx, tx, o, d, in, now)
				if err != nil {
					return err
				}
				amount -= refunded
			}
		case market.DisputeRepresent:
		}
		if to != "" && amount > 0 {
			posting := newPosting("DISPUTE_"+string(in.Decision.To()), "DISPUTE", d.ID, now)
			posting.add(to, line{}, amount)
			posting.add(market.AccountDisputed, line{}, -amount)
			if err := s.post(ctx, tx, posting); err != nil {
				return err
			}
		}
		if err := s.q.DecideDispute(ctx, tx, db.DecideDisputeParams{
			ID: d.ID, Status: string(in.Decision.To()), AdminID: in.AdminID, Reason: in.Reason, Now: now,
		}); err != nil {
			return err
		}
		if err := s.q.FollowDisputes(ctx, tx, d.OrderID); err != nil {
			return err
		}
		d, err = s.q.GetDispute(ctx, tx, d.ID)
		decided = dispute(d)
		return err
	})
	return decided, err
}

// refundDispute refunds pieces whose money has gone back in a dispute, and returns what they come to.
func (s *Store) refundDispute(
	ctx context.Context, tx pgx.Tx, o db.LockOrderRow, d db.Dispute, in DecidedDispute, now time.Time,
) (market.Money, error) {
	id, err := s.q.ReserveRefundID(ctx, tx)
	if err != nil {
		return 0, err
	}
	r, err := s.openRefund(ctx, tx, o, RefundRequest{
		RefundID: id, BuyerID: o.BuyerID, OrderID: o.ID, Reason: market.ReasonAdminDecision, Items: in.Items, disputeID: d.ID,
	})
	if err != nil {
		return 0, err
	}
	if r.Amount > d.Amount-d.Refunded || r.ID != id {
		return 0, market.Refuse(market.CodeDisputeItemsExceed)
	}
	if err := s.q.RecordDecision(ctx, tx, db.RecordDecisionParams{
		RefundID: id, DecisionID: "dispute", AdminID: in.AdminID, SentBy: "dispute", Approve: true,
		Reason: optional(in.Reason), Applied: true,
	}); err != nil {
		return 0, err
	}
	if err := s.q.StartRefund(ctx, tx, db.StartRefundParams{
		ID: id, PaymentStatus: string(market.PaymentSuccess), ByHand: true,
	}); err != nil {
		return 0, err
	}
	if err := s.q.PayRefundFromDispute(ctx, tx, now, d.ID, id); err != nil {
		return 0, err
	}
	if r, err = s.q.ReadRefund(ctx, tx, id); err != nil {
		return 0, err
	}
	return r.Amount, s.completeRefund(ctx, tx, o, r, r.Version, now)
}

// Dispute returns a dispute, or fails with DISPUTE_NOT_FOUND.
func (s *Store) Dispute(ctx context.Context, id int64) (market.Dispute, error) {
	d, err := found(s.q.GetDispute(ctx, s.pool, id))(market.CodeDisputeNotFound)
	return dispute(d), err
}

// Disputes lists disputes, the oldest first; sorts: createdAt.
func (s *Store) Disputes(
	ctx context.Context, status *market.DisputeStatus, page market.PageRequest,
) (market.Page[market.Dispute], error) {
	l := list[db.Dispute, market.Dispute]{
		table: "disputes", show: dispute, where: "true", sorts: sorts{"createdAt": {"created_at", "timestamptz"}},
		ascending: true,
	}
	if status != nil {
		l.where, l.args = "status = $1", []any{*status}
	}
	return l.page(ctx, s, page)
}

func dispute(d db.Dispute) market.Dispute {
	return market.Dispute{
		ID: d.ID, Provider: d.Provider, CancellationID: d.CancellationID, PaymentID: d.PaymentID, OrderID: d.OrderID,
		Amount: d.Amount, Refunded: d.Refunded, Cause: d.Cause, Detail: d.Detail, Status: d.Status, AdminID: d.AdminID,
		Reason: d.Reason, HappenedAt: market.LocalTime(d.HappenedAt), CreatedAt: market.LocalTime(d.CreatedAt),
		ResolvedAt: market.LocalTimeOf(d.ResolvedAt),
	}
}
