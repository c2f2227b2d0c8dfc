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

// OpenDisputes opens a dispute for each cancellation of a payment that is not one of its refunds,
// and returns the ids of the new disputes. The disputed amount leaves PSP_CLEARING in the same
// transaction. It is idempotent. It fails with market.ErrConflict while the outcome of the
// payment's charge is unknown.
func (s DisputeStore) OpenDisputes(
	ctx context.Context, paymentID int64, cancellations []market.ProviderCancellation,
) (opened []int64, err error) {
	err = s.inBookingTx(ctx, func(tx pgx.Tx) error {
		opened = nil
		p, err := orNotFound(s.q.CancelledPayment(ctx, tx, paymentID))(market.CodePaymentNotFound)
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
			return nil // the charge did not belong to an order, and has gone back
		}
		refunds, err := s.q.RefundsOfPayment(ctx, tx, paymentID)
		if err != nil {
			return err
		}
		byID := make(map[int64]db.Refund, len(refunds))
		for _, r := range refunds {
			byID[r.ID] = r
		}
		paid := map[int64]bool{} // refunds whose cancellation was found
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

// inOrder returns cancellations in chronological order.
func inOrder(cancellations []market.ProviderCancellation) []market.ProviderCancellation {
	return slices.SortedFunc(slices.Values(cancellations), func(a, b market.ProviderCancellation) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID))
	})
}

// expected reports whether a cancellation that names a refund pays that refund back.
func expected(r db.Refund, c market.ProviderCancellation) bool {
	return !r.ByHand && r.Amount == c.Amount &&
		(r.Status == market.RefundProcessing || r.Status == market.RefundSuccess)
}

// openDispute returns the id of the new dispute, or 0 when it exists already.
func (s DisputeStore) openDispute(
	ctx context.Context, tx pgx.Tx, p db.CancelledPaymentRow, c market.ProviderCancellation, named bool,
) (int64, error) {
	in := db.OpenDisputeParams{
		Provider: p.Provider, CancellationID: truncate(c.ID, 255), PaymentID: p.ID, OrderID: p.OrderID,
		Amount: c.Amount,
		Cause:  truncate(c.Cause, 30), Detail: truncate(c.Detail, 255), HappenedAt: c.At,
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
func (s *DB) undisputed(ctx context.Context, tx pgx.Tx, orderID int64) error {
	disputed, err := s.q.OrderIsDisputed(ctx, tx, orderID)
	if err == nil && disputed {
		err = market.Refuse(market.CodeOrderDisputed)
	}
	return err
}

// payFromDispute links a refund to the unresolved dispute in which its money has gone back, if
// there is one, and returns the updated refund. The caller has locked the order.
func (s *DB) payFromDispute(
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

// DecidedDispute is a decision of staff about a dispute. Items belong to DisputeAccept, and
// Reference to DisputeWin: the provider's reference of the repeated payment.
type DecidedDispute struct {
	DisputeID, AdminID int64
	Decision           market.DisputeDecision
	Items              []market.Pieces
	Reference          string
	Reason             string

	approverID, proposalID int64 // the approver and the approved proposal; 0 for none
}

// check fails with INVALID_INPUT for items or a reference that the decision does not take, or for a
// missing reference.
func (in DecidedDispute) check() error {
	switch win := in.Decision == market.DisputeWin; {
	case win && in.Reference == "":
		return market.RefuseWith(market.CodeInvalidInput, market.DetailFieldRequired, "reference")
	case !win && in.Reference != "":
		return market.RefuseWith(market.CodeInvalidInput, market.DetailFieldInvalid, "reference")
	case in.Decision != market.DisputeAccept && len(in.Items) > 0:
		return market.RefuseWith(market.CodeInvalidInput, market.DetailFieldInvalid, "items")
	}
	return nil
}

// DecideDispute decides an unresolved dispute. If the decision ends it and requires a second
// person, see needsSecond, it is stored as a proposal, which is returned. It fails with
// INVALID_INPUT, DISPUTE_NOT_FOUND, with DISPUTE_RESOLVED, with DISPUTE_PARTLY_REFUNDED for a win
// after refunds took a part of the dispute, with DISPUTE_REFERENCE_USED, for the items of an
// acceptance as OpenRefund does, or with DISPUTE_ITEMS_EXCEED when they cost more than is disputed.
// It fails with DATA_CONFLICT while another admin's proposal about the dispute is pending.
func (s DisputeStore) DecideDispute(
	ctx context.Context, in DecidedDispute,
) (decided market.Dispute, proposal *market.Proposal, err error) {
	if err := in.check(); err != nil {
		return decided, nil, err
	}
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		proposal = nil
		if in.Decision.Final() {
			if proposal, err = s.proposeDispute(ctx, tx, in); err != nil || proposal != nil {
				return err
			}
		}
		decided, err = s.decideDispute(ctx, tx, in)
		return err
	})
	return decided, proposal, err
}

// proposeDispute returns the proposal of a decision that requires a second person, or nil. It fails
// as the decision would.
func (s DisputeStore) proposeDispute(ctx context.Context, tx pgx.Tx, in DecidedDispute) (*market.Proposal, error) {
	if err := s.q.LockFourEyes(ctx, tx); err != nil { // before the order, as the approval does
		return nil, err
	}
	d, _, err := s.lockDispute(ctx, tx, in)
	if err != nil {
		return nil, err
	}
	amount := d.Amount - d.Refunded
	if second, err := s.needsSecond(ctx, tx, in.AdminID, amount); err != nil || !second {
		return nil, err
	}
	if err := s.tryDispute(ctx, tx, in); err != nil {
		return nil, err
	}
	return s.proposeByStaff(ctx, tx, proposed{
		kind: market.ProposalDispute, subjectID: d.ID, proposerID: in.AdminID, change: market.DisputeChange{
			OrderID: d.OrderID, Decision: in.Decision, Amount: amount, Items: in.Items, Reference: in.Reference,
			Reason: in.Reason,
		},
	})
}

// tryDispute applies a decision and rolls it back. It returns the decision's error.
func (s DisputeStore) tryDispute(ctx context.Context, tx pgx.Tx, in DecidedDispute) error {
	switch used, err := s.q.RecreditIsKnown(ctx, tx, in.DisputeID, market.Optional(in.Reference)); {
	case err != nil:
		return err
	case used:
		return market.Refuse(market.CodeDisputeReferenceUsed)
	case len(in.Items) == 0:
		return nil
	}
	undo := errors.New("undone")
	err := pgx.BeginFunc(ctx, tx, func(tx pgx.Tx) error { // to a savepoint
		d, o, err := s.lockDispute(ctx, tx, in)
		if err == nil {
			_, err = s.refundDispute(ctx, tx, o, d, in, s.now())
		}
		return cmp.Or(err, undo)
	})
	if errors.Is(err, undo) {
		return nil
	}
	return err
}

// lockDispute locks the order of a dispute and returns both. It fails if the decision does not
// apply to the dispute.
func (s *DB) lockDispute(
	ctx context.Context, tx pgx.Tx, in DecidedDispute,
) (d db.Dispute, o db.LockOrderRow, err error) {
	if d, err = orNotFound(s.q.GetDispute(ctx, tx, in.DisputeID))(market.CodeDisputeNotFound); err != nil {
		return d, o, err
	}
	if o, err = s.q.LockOrder(ctx, tx, d.OrderID); err != nil {
		return d, o, err
	}
	d, err = s.q.GetDispute(ctx, tx, d.ID) // only holders of the order's lock change it
	switch {
	case err != nil:
	case !market.DisputeStates.Allows(d.Status, in.Decision.To()):
		err = market.Refuse(market.CodeDisputeResolved)
	case in.Decision == market.DisputeWin && d.Refunded > 0:
		err = market.Refuse(market.CodeDisputePartlyRefunded)
	}
	return d, o, err
}

func (s *DB) decideDispute(ctx context.Context, tx pgx.Tx, in DecidedDispute) (market.Dispute, error) {
	d, o, err := s.lockDispute(ctx, tx, in)
	if err != nil {
		return market.Dispute{}, err
	}
	now := s.now()
	var to market.LedgerAccount // the account for the amount; "" for none
	amount := d.Amount - d.Refunded
	switch in.Decision {
	case market.DisputeWin:
		to = market.AccountPSPClearing
	case market.DisputeAccept:
		to = market.AccountWriteOff
		if len(in.Items) > 0 {
			refunded, err := s.refundDispute(ctx, tx, o, d, in, now)
			if err != nil {
				return market.Dispute{}, err
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
			return market.Dispute{}, err
		}
	}
	if err := s.q.DecideDispute(ctx, tx, db.DecideDisputeParams{
		ID: d.ID, Status: string(in.Decision.To()), AdminID: in.AdminID, Reason: in.Reason, Now: now,
		ApprovedBy: optionalID(in.approverID), ProposalID: optionalID(in.proposalID),
		RecreditReference: market.Optional(in.Reference), DecidedOn: market.DayOf(now),
	}); err != nil {
		return market.Dispute{}, err
	}
	if err := s.q.FollowDisputes(ctx, tx, d.OrderID); err != nil {
		return market.Dispute{}, err
	}
	d, err = s.q.GetDispute(ctx, tx, d.ID)
	return dispute(d), err
}

// refundDispute refunds pieces whose money has gone back in a dispute, and returns their amount.
func (s *DB) refundDispute(
	ctx context.Context, tx pgx.Tx, o db.LockOrderRow, d db.Dispute, in DecidedDispute, now time.Time,
) (market.Money, error) {
	id, err := s.q.ReserveRefundID(ctx, tx)
	if err != nil {
		return 0, err
	}
	if err := s.takeBackConfirmed(ctx, tx, o.ID, in.Items); err != nil {
		return 0, err
	}
	r, err := s.openRefund(ctx, tx, o, RefundRequest{
		RefundID: id, BuyerID: o.BuyerID, OrderID: o.ID, Reason: market.ReasonAdminDecision, Items: in.Items,
		disputeID: d.ID,
	})
	if err != nil {
		return 0, err
	}
	if r.Amount > d.Amount-d.Refunded || r.ID != id {
		return 0, market.Refuse(market.CodeDisputeItemsExceed)
	}
	if err := s.q.RecordDecision(ctx, tx, db.RecordDecisionParams{
		RefundID: id, DecisionID: "dispute", AdminID: in.AdminID, SentBy: "dispute", Approve: true,
		Reason: market.Optional(in.Reason), Applied: true,
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
func (s DisputeStore) Dispute(ctx context.Context, id int64) (market.Dispute, error) {
	d, err := orNotFound(s.q.GetDispute(ctx, s.pool, id))(market.CodeDisputeNotFound)
	return dispute(d), err
}

// Disputes lists disputes, the oldest first; sorts: createdAt.
func (s DisputeStore) Disputes(
	ctx context.Context, status *market.DisputeStatus, page market.PageRequest,
) (market.Page[market.Dispute], error) {
	l := list[db.Dispute, market.Dispute]{
		table: "disputes", show: dispute, where: "true", sorts: byCreation,
		ascending: true,
	}
	if status != nil {
		l.where, l.args = "status = $1", []any{*status}
	}
	return l.page(ctx, s.DB, page)
}

func dispute(d db.Dispute) market.Dispute {
	return market.Dispute{
		ID: d.ID, Provider: d.Provider, CancellationID: d.CancellationID, PaymentID: d.PaymentID, OrderID: d.OrderID,
		Amount: d.Amount, Refunded: d.Refunded, Cause: d.Cause, Detail: d.Detail, Status: d.Status, AdminID: d.AdminID,
		ApprovedBy: d.ApprovedBy, ProposalID: d.ProposalID, Reason: d.Reason, Reference: d.RecreditReference,
		HappenedAt: market.LocalTime(d.HappenedAt), CreatedAt: market.LocalTime(d.CreatedAt),
		ResolvedAt: market.LocalTimeOf(d.ResolvedAt),
	}
}
