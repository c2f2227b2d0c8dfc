package store

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store/db"
)

// adjustedBy identifies who is responsible for an adjustment, or for the account of a seller who
// has left: the member of staff who posts or proposes it and, with a proposal, the approver; and
// the mispaid attempt of a payout that it concerns. 0 stands for none.
type adjustedBy struct{ adminID, approverID, proposalID, attemptID int64 }

// PostAdjustment posts an admin's adjustment to the ledger. If it requires a second person, see
// needsSecond, it is stored as a proposal, which is returned. A repeat with the same key returns
// the existing adjustment or proposal. It fails with INVALID_INPUT, SELLER_NOT_FOUND,
// IDEMPOTENCY_KEY_REUSED, with DATA_CONFLICT for a write-off of more than the seller owes, or with
// RECONCILIATION_BREAK_NOT_FOUND or RECONCILIATION_BREAK_RESOLVED.
func (s LedgerStore) PostAdjustment(
	ctx context.Context, adminID int64, a market.NewAdjustment,
) (posted market.Adjustment, proposal *market.Proposal, err error) {
	if err := a.Check(); err != nil {
		return posted, nil, err
	}
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		if err := s.q.LockFourEyes(ctx, tx); err != nil {
			return err
		}
		if posted, proposal, err = s.repeatedAdjustment(ctx, tx, adminID, a); err != nil ||
			posted.ID != 0 || proposal != nil {
			return err
		}
		if err := s.checkAdjustment(ctx, tx, a); err != nil {
			return err
		}
		second, err := s.needsSecond(ctx, tx, adminID, a.Amount)
		if err != nil {
			return err
		}
		if second {
			proposal, err = s.proposeByStaff(ctx, tx, proposed{
				kind: market.ProposalAdjustment, proposerID: adminID, change: a,
			})
			return err
		}
		id, err := s.postAdjustment(ctx, tx, a, adjustedBy{adminID: adminID})
		if err != nil {
			return err
		}
		posted, err = adjustmentOf(ctx, tx, id)
		return err
	})
	return posted, proposal, err
}

// repeatedAdjustment returns the adjustment or proposal of an earlier request with the same key. It
// fails with IDEMPOTENCY_KEY_REUSED if that was a different adjustment.
func (s LedgerStore) repeatedAdjustment(
	ctx context.Context, tx pgx.Tx, adminID int64, a market.NewAdjustment,
) (posted market.Adjustment, proposal *market.Proposal, err error) {
	if a.Key == "" {
		return posted, nil, nil
	}
	p, err := s.q.AdjustmentProposalByKey(ctx, tx, adminID, a.Key)
	if err == nil {
		var before market.NewAdjustment
		if err := json.Unmarshal(p.Change, &before); err != nil {
			return posted, nil, err
		}
		if before != a {
			return posted, nil, market.Refuse(market.CodeIdempotencyKeyReused)
		}
		made, err := proposalOf(ctx, tx, p.ID)
		return posted, &made, err
	}
	if !errors.Is(err, pgx.ErrNoRows) {
		return posted, nil, err
	}
	row, err := s.q.AdjustmentByKey(ctx, tx, adminID, a.Key)
	if errors.Is(err, pgx.ErrNoRows) {
		return posted, nil, nil
	}
	if err != nil {
		return posted, nil, err
	}
	before := market.NewAdjustment{
		Kind: row.Kind, DebitAccount: row.DebitAccount, CreditAccount: row.CreditAccount, Amount: row.Amount,
		Reason: row.Reason, Key: a.Key,
	}
	if row.SellerID != nil {
		before.SellerID = *row.SellerID
	}
	if row.BreakID != nil {
		before.BreakID = *row.BreakID
	}
	if before != a {
		return posted, nil, market.Refuse(market.CodeIdempotencyKeyReused)
	}
	posted, err = adjustmentOf(ctx, tx, row.ID)
	return posted, nil, err
}

// checkAdjustment fails with SELLER_NOT_FOUND if the seller of an adjustment has never existed, and
// with DATA_CONFLICT for a write-off of more than the seller owes. It fails with
// RECONCILIATION_BREAK_NOT_FOUND, with RECONCILIATION_BREAK_RESOLVED for a break that is not open
// or was accepted, or with INVALID_INPUT if the adjustment does not match the direction of its
// break or, unless the break is in another currency, its amount. It locks the break.
func (s *DB) checkAdjustment(ctx context.Context, tx pgx.Tx, a market.NewAdjustment) error {
	if a.BreakID != 0 {
		b, err := orNotFound(s.q.LockBreak(ctx, tx, a.BreakID))(market.CodeBreakNotFound)
		if err != nil {
			return err
		}
		if b.Status != market.DiscrepancyOpen || b.AdminID != nil {
			return market.Refuse(market.CodeBreakResolved)
		}
		// A surplus at the provider is debited to PSP_CLEARING.
		if (b.Amount > 0) != (a.DebitAccount == market.AccountPSPClearing) {
			return market.RefuseWith(market.CodeInvalidInput, market.DetailAdjustmentBreakSide)
		}
		if amount := max(b.Amount, -b.Amount); b.Currency == market.Won && a.Amount != amount {
			return market.RefuseWith(market.CodeInvalidInput, market.DetailAdjustmentBreakAmount, amount)
		}
	}
	if a.SellerID == 0 {
		return nil
	}
	known, err := s.q.SellerIsKnown(ctx, tx, a.SellerID)
	switch {
	case err != nil:
		return err
	case !known:
		return market.Refuse(market.CodeSellerNotFound)
	case a.Kind != market.AdjustmentWriteOff || a.CreditAccount != market.AccountSellerPayable:
		return nil
	}
	balance, err := s.q.SellerBalance(ctx, tx, a.SellerID)
	if debt := max(-balance.Owed, 0); err == nil && a.Amount > debt {
		return market.RefuseWith(market.CodeDataConflict, market.DetailAdjustmentDebt, debt)
	}
	return err
}

// postAdjustment stores an adjustment and its ledger transaction, accepts the break that it
// settles, and returns its id. It fails as checkAdjustment does.
func (s *DB) postAdjustment(
	ctx context.Context, tx pgx.Tx, a market.NewAdjustment, by adjustedBy,
) (id int64, err error) {
	if err := s.checkAdjustment(ctx, tx, a); err != nil {
		return 0, err
	}
	if a.BreakID != 0 {
		switch n, err := s.q.DecideBreak(ctx, tx, optionalID(by.adminID), a.Reason, a.BreakID); {
		case err != nil:
			return 0, err
		case n == 0:
			return 0, market.Refuse(market.CodeBreakResolved)
		}
	}
	now := s.now()
	id, err = s.q.AddAdjustment(ctx, tx, db.AddAdjustmentParams{
		Kind: a.Kind, DebitAccount: a.DebitAccount, CreditAccount: a.CreditAccount, Amount: a.Amount,
		SellerID: optionalID(a.SellerID), Reason: a.Reason, AdminID: optionalID(by.adminID),
		ApprovedBy: optionalID(by.approverID), ProposalID: optionalID(by.proposalID),
		RequestKey:      market.Optional(a.Key),
		PayoutAttemptID: optionalID(by.attemptID), BreakID: optionalID(a.BreakID), BusinessDay: market.DayOf(now),
	})
	if err != nil {
		return 0, err
	}
	posting := newPosting("ADJUSTMENT", "ADJUSTMENT", id, now)
	posting.add(a.DebitAccount, line{sellerID: a.SellerID}, a.Amount)
	posting.add(a.CreditAccount, line{sellerID: a.SellerID}, -a.Amount)
	return id, s.post(ctx, tx, posting)
}

// chargeMispaid charges the seller with the amount that the bank paid instead of a payout, as part
// of abandoning the payout.
func (s *DB) chargeMispaid(ctx context.Context, tx pgx.Tx, p db.Payout, d *PayoutDecision, words string) error {
	attempt, err := s.q.MispaidAttempt(ctx, tx, p.ID)
	if err != nil || attempt.BankAmount == 0 {
		return err
	}
	by := adjustedBy{attemptID: attempt.ID}
	if d != nil {
		by.adminID = d.AdminID
	}
	_, err = s.postAdjustment(ctx, tx, market.NewAdjustment{
		Kind: market.AdjustmentMispaidPayout, DebitAccount: market.AccountSellerPayable,
		CreditAccount: market.AccountSuspense, Amount: attempt.BankAmount, SellerID: p.SellerID,
		Reason: cmp.Or(words, "-"),
	}, by)
	return err
}

// adjustmentRow is an adjustment with the names of the persons responsible.
type adjustmentRow struct {
	db.Adjustment
	ProposerName *string `db:"proposer.name"`
	ApproverName *string `db:"approver.name"`
}

const adjustmentJoin = `LEFT JOIN admins proposer ON proposer.id = t.admin_id
	LEFT JOIN admins approver ON approver.id = t.approved_by`

func adjustment(r adjustmentRow) market.Adjustment {
	return market.Adjustment{
		ID: r.ID, Kind: r.Kind, DebitAccount: r.DebitAccount, CreditAccount: r.CreditAccount, Amount: r.Amount,
		SellerID: r.SellerID, Reason: r.Reason, ProposedBy: r.AdminID, ApprovedBy: r.ApprovedBy,
		ProposalID: r.ProposalID, BreakID: r.BreakID, SettlementID: r.SettlementID, BusinessDay: r.BusinessDay,
		CreatedAt: market.LocalTime(r.CreatedAt), ProposerName: r.ProposerName, ApproverName: r.ApproverName,
	}
}

// adjustmentOf returns an existing adjustment.
func adjustmentOf(ctx context.Context, tx db.DBTX, id int64) (market.Adjustment, error) {
	var row adjustmentRow
	query := "SELECT " + columns[adjustmentRow]() + " FROM adjustments t " + adjustmentJoin + " WHERE t.id = $1"
	err := tx.QueryRow(ctx, query, id).Scan(targets(&row)...)
	return adjustment(row), err
}

// Adjustments lists the adjustments of a seller, or all for 0; sorts: createdAt, id.
func (s LedgerStore) Adjustments(
	ctx context.Context, sellerID market.SellerID, page market.PageRequest,
) (market.Page[market.Adjustment], error) {
	l := list[adjustmentRow, market.Adjustment]{
		table: "adjustments", show: adjustment, join: adjustmentJoin, where: "true",
		sorts: byCreation,
	}
	if sellerID != 0 {
		l.where, l.args = "t.seller_id = $1", []any{int64(sellerID)}
	}
	return l.page(ctx, s.DB, page)
}
