package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store/db"
)

// SellerPayouts lists a seller's payouts, of all states or of one, newest first; sorts: createdAt, id.
func (s PayoutStore) SellerPayouts(
	ctx context.Context, sellerID market.SellerID, status *market.PayoutStatus, page market.PageRequest,
) (market.Page[market.SellerPayout], error) {
	return withStatus(list[db.Payout, market.SellerPayout]{
		table: "payouts", show: sellerPayout, where: "seller_id = $1", args: []any{sellerID}, sorts: byCreation,
	}, status).page(ctx, s.DB, page)
}

// SellerPayout returns one of a seller's own payouts. It fails with PAYOUT_NOT_FOUND.
func (s PayoutStore) SellerPayout(
	ctx context.Context, sellerID market.SellerID, id int64,
) (market.SellerPayout, error) {
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
		PayoutID: p.ID, SettlementID: p.SettlementID, Amount: p.Amount, Fee: p.Fee, Status: p.Status,
		Failure:     p.Failure,
		AbandonedAt: market.LocalTimeOf(p.AbandonedAt), ProcessedAt: market.LocalTimeOf(p.ProcessedAt),
		CreatedAt: market.LocalTime(p.CreatedAt),
	}
}

// Payout returns a payout with its attempts. It fails with PAYOUT_NOT_FOUND.
func (s PayoutStore) Payout(ctx context.Context, id int64) (market.PayoutDetail, error) {
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
			Attempt: a.Attempt, BankCode: a.BankCode,
			BankAccountEnd: bankAccount{a.BankAccount, a.BankAccountSealed}.end(),
			Outcome:        a.Outcome, Reason: a.Reason, RequestedBy: a.AskedBy, BankAmount: a.BankAmount,
			CreatedAt: market.LocalTime(a.CreatedAt),
		}
	}
	return detail, translate(err)
}

// CreatedPayouts identifies the payouts created for a page of settlements.
type CreatedPayouts struct {
	Sellers        []int64
	LastSettlement int64
}

// CreatePayouts creates the payouts of up to chunk settlements with ids above after, for sellers who may be paid
// and whose bank account has not just changed. The others accrue, and are paid by the first run after that
// changes. A settlement whose payout the database refuses is set aside.
func (s PayoutStore) CreatePayouts(ctx context.Context, after int64, chunk int32) (created CreatedPayouts, err error) {
	settlements, err := s.orSetAside(ctx, setAsidePayout, chunk, func(tx pgx.Tx, chunk int32) ([]int64, error) {
		created = CreatedPayouts{}
		ids, err := s.q.SettlementsToPay(ctx, tx, after, s.clock(), chunk)
		if err != nil || len(ids) == 0 {
			return nil, err
		}
		rows, err := s.q.CreatePayouts(ctx, tx, ids)
		for _, r := range rows {
			created.Sellers = append(created.Sellers, r.SellerID)
		}
		return ids, err
	})
	if len(settlements) > 0 {
		created.LastSettlement = settlements[len(settlements)-1]
	}
	return created, err
}

// DuePayout is a payout that has not begun.
type DuePayout struct {
	PayoutID, SettlementID, SellerID int64
	Amount                           market.Money
}

// DuePayouts returns up to chunk payouts that have not begun, with ids above after.
func (s PayoutStore) DuePayouts(ctx context.Context, after int64, chunk int32) ([]DuePayout, error) {
	rows, err := s.q.DuePayouts(ctx, s.pool, after, chunk)
	due := make([]DuePayout, len(rows))
	for i, r := range rows {
		due[i] = DuePayout{PayoutID: r.ID, SettlementID: r.SettlementID, SellerID: r.SellerID, Amount: r.Amount}
	}
	return due, translate(err)
}

// payoutMove is a transition of a payout: the new statuses of payout and settlement, and the
// accounts between which the amount moves.
type payoutMove struct {
	kind       string // of the ledger's transaction
	payout     market.PayoutStatus
	settlement market.SettlementStatus
	from, to   market.LedgerAccount
}

var (
	payoutStarts = payoutMove{
		"PAYOUT_STARTED", market.PayoutProcessing, market.SettlementPayoutReady, market.AccountSellerPayable, market.AccountPayoutInTransit,
	}
	payoutIsPaid = payoutMove{
		"PAYOUT_PAID", market.PayoutSuccess, market.SettlementPayoutDone, market.AccountPayoutInTransit, market.AccountBank,
	}
	payoutRefused = payoutMove{
		"PAYOUT_REFUSED", market.PayoutFailed, market.SettlementFailed, market.AccountPayoutInTransit, market.AccountSellerPayable,
	}
	// Returned before, or after, it was reported as paid.
	payoutBounced = payoutMove{
		"PAYOUT_RETURNED", market.PayoutFailed, market.SettlementFailed, market.AccountPayoutInTransit, market.AccountSellerPayable,
	}
	payoutReturned = payoutMove{
		"PAYOUT_RETURNED", market.PayoutFailed, market.SettlementFailed, market.AccountBank, market.AccountSellerPayable,
	}
	// The bank has paid another amount, which is in suspense: found out at first, or after it was taken for the right
	// one.
	payoutMispaid = payoutMove{
		"PAYOUT_MISPAID", market.PayoutFailed, market.SettlementFailed, market.AccountPayoutInTransit, market.AccountSellerPayable,
	}
	payoutMispaidLate = payoutMove{
		"PAYOUT_MISPAID", market.PayoutFailed, market.SettlementFailed, market.AccountBank, market.AccountSellerPayable,
	}
	// That amount has come back.
	payoutMispaidReturned = payoutMove{
		"PAYOUT_RETURNED", market.PayoutFailed, market.SettlementFailed, market.AccountBank, market.AccountSuspense,
	}
)

// PayoutAttempt is the order to the bank. Held reports that the seller must not be paid at present,
// and that nothing has begun.
type PayoutAttempt struct {
	Key, BankCode, BankAccount string
	SellerID                   int64
	Amount                     market.Money
	Held                       bool

	Abandoned bool // the payout is given up

	Begun   bool                 // by an earlier call
	Outcome market.PayoutOutcome // "" while unknown
	PaidAt  time.Time            // when the bank's payment became known
}

// StartPayout begins an attempt to pay, the first or, after a known failure, the next one: the
// amount is then in transit. decision is the decision to retry; nil for the first attempt. A repeat
// returns the same attempt. A decision that was recorded before begins no second attempt, and while
// the bank has paid another amount the payout is held. It fails with PAYOUT_NOT_FOUND, or with
// DATA_CONFLICT when the previous attempt may have paid.
func (s PayoutStore) StartPayout(
	ctx context.Context, payoutID int64, attempt int32, decision *PayoutDecision,
) (a PayoutAttempt, err error) {
	err = s.inBookingTx(ctx, func(tx pgx.Tx) error {
		p, err := orNotFound(s.q.LockPayout(ctx, tx, payoutID))(market.CodePayoutNotFound)
		if err != nil {
			return err
		}
		a = PayoutAttempt{
			SellerID: p.Payout.SellerID, Amount: p.Payout.Amount, Abandoned: p.Payout.AbandonedAt != nil,
		}
		row, err := orNotFound(s.q.GetPayoutAttempt(ctx, tx, payoutID, attempt))(market.CodeNotFound)
		if err == nil {
			a.Key, a.BankCode, a.Begun = row.PayoutKey, row.BankCode, true
			stored := bankAccount{row.BankAccount, row.BankAccountSealed}
			a.BankAccount, err = s.openAccount(stored, ofPayoutAttempt(payoutID, attempt))
			if err != nil {
				return err
			}
			if row.Outcome != nil {
				a.Outcome = *row.Outcome
			}
			if a.Outcome == market.OutcomeSuccess && p.Payout.ProcessedAt != nil {
				a.PaidAt = *p.Payout.ProcessedAt
			}
			return nil
		}
		switch {
		case market.CodeOf(err) != market.CodeNotFound:
			return err
		case p.Payout.AbandonedAt != nil, p.Payout.Status != market.PayoutPending &&
			p.Payout.Status != market.PayoutFailed:
			return market.Refuse(market.CodeDataConflict)
		}
		a.Held = p.Mispaid || !p.MayBePaid || (p.PayoutsPausedUntil != nil && p.PayoutsPausedUntil.After(s.now()))
		by, recorded, err := s.recordPayoutDecision(ctx, tx, payoutID, attempt, decision, !a.Held)
		if err != nil {
			return err
		}
		a.Held = a.Held || recorded
		if a.Held {
			return nil
		}
		a.Key, a.BankCode = fmt.Sprintf("%s-%d", p.Payout.PayoutKey, attempt), p.BankCode
		a.BankAccount, err = s.openAccount(bankAccount{p.BankAccount, p.BankAccountSealed}, ofSeller(a.SellerID))
		if err != nil {
			return err
		}
		account, err := s.sealAccount(a.BankAccount, ofPayoutAttempt(payoutID, attempt))
		if err != nil {
			return err
		}
		row, err = s.q.OpenPayoutAttempt(ctx, tx,
			db.OpenPayoutAttemptParams{
				PayoutID: payoutID, Attempt: attempt, PayoutKey: a.Key, BankCode: a.BankCode,
				BankAccount:       account.shown,
				BankAccountSealed: account.sealed, AskedBy: market.Optional(by),
			})
		if err != nil {
			return err
		}
		return s.movePayout(ctx, tx, p.Payout, row.ID, payoutStarts, p.Payout.Amount, "", nil)
	})
	return a, err
}

// movePayout takes a step of a payout's attempt: the new states, and the posting of an amount. mispaid is what the bank
// has paid instead, and goes into suspense; nil for nothing.
func (s PayoutStore) movePayout(
	ctx context.Context, tx pgx.Tx, p db.Payout, attemptID int64, m payoutMove, amount market.Money, failure string,
	mispaid *market.Money,
) error {
	set := db.SetPayoutStatusParams{
		ID: p.ID, Status: m.payout, Failure: market.Optional(failure), ProcessedAt: p.ProcessedAt,
	}
	now := s.now()
	if m.payout != market.PayoutProcessing {
		set.ProcessedAt = &now
	}
	if err := s.q.SetPayoutStatus(ctx, tx, set); err != nil {
		return err
	}
	if err := s.q.SetSettlementStatus(ctx, tx, p.SettlementID, m.settlement); err != nil {
		return err
	}
	posting := newPosting(m.kind, "PAYOUT", attemptID, now)
	posting.add(m.from, line{sellerID: p.SellerID}, amount)
	posting.add(m.to, line{sellerID: p.SellerID}, -amount)
	if mispaid != nil {
		posting.add(market.AccountSuspense, line{sellerID: p.SellerID}, *mispaid)
		posting.add(market.AccountBank, line{sellerID: p.SellerID}, -*mispaid)
	}
	return s.post(ctx, tx, posting)
}

// PayoutEnd is the outcome of an attempt. BankAmount is the amount that the bank reports, if it
// differs from the payout's.
type PayoutEnd struct {
	Outcome    market.PayoutOutcome
	Reason     string
	BankAmount *market.Money
}

// EndPayout books the outcome of an attempt. It is idempotent. It fails with PAYOUT_NOT_FOUND.
func (s PayoutStore) EndPayout(
	ctx context.Context, payoutID int64, attempt int32, end PayoutEnd,
) (sellerID int64, err error) {
	err = s.inBookingTx(ctx, func(tx pgx.Tx) error {
		p, err := orNotFound(s.q.LockPayout(ctx, tx, payoutID))(market.CodePayoutNotFound)
		if err != nil {
			return err
		}
		sellerID, end.Reason = p.Payout.SellerID, truncate(end.Reason, 255)
		row, err := orNotFound(s.q.GetPayoutAttempt(ctx, tx, payoutID, attempt))(market.CodePayoutNotFound)
		if err != nil || (row.Outcome != nil && *row.Outcome == end.Outcome) {
			return err
		}
		m, amount, mispaid := payoutEnd(p.Payout, row, end)
		if row.BankAmount != nil {
			end.BankAmount = row.BankAmount // that was booked
		}
		if err := s.q.EndPayoutAttempt(ctx, tx, db.EndPayoutAttemptParams{
			ID: row.ID, Outcome: &end.Outcome, Reason: market.Optional(end.Reason), BankAmount: end.BankAmount,
		}); err != nil {
			return err
		}
		failure := end.Reason
		if end.Outcome == market.OutcomeSuccess {
			failure = ""
		}
		return s.movePayout(ctx, tx, p.Payout, row.ID, m, amount, failure, mispaid)
	})
	return sellerID, err
}

// payoutEnd returns the step that ends an attempt, with the amount that it moves, and what goes into suspense; nil for
// nothing.
func payoutEnd(
	p db.Payout, row db.PayoutAttempt, end PayoutEnd,
) (m payoutMove, amount market.Money, mispaid *market.Money) {
	known := row.Outcome != nil
	switch end.Outcome {
	case market.OutcomeSuccess:
		return payoutIsPaid, p.Amount, nil
	case market.OutcomeMispaid:
		if known {
			return payoutMispaidLate, p.Amount, end.BankAmount
		}
		return payoutMispaid, p.Amount, end.BankAmount
	case market.OutcomeReturned:
		switch {
		case known && *row.Outcome == market.OutcomeMispaid:
			return payoutMispaidReturned, *row.BankAmount, nil
		case known:
			return payoutReturned, p.Amount, nil
		}
		return payoutBounced, p.Amount, nil
	case market.OutcomeRefused:
	}
	return payoutRefused, p.Amount, nil
}

// FinishPayout records that the checks of a payout are over. It has no effect on a payout that the bank has
// returned. It erases the account numbers of a withdrawn seller whose balance is zero.
func (s PayoutStore) FinishPayout(ctx context.Context, payoutID int64) error {
	return s.inTx(ctx, func(tx pgx.Tx) error {
		if err := s.q.FinishPayout(ctx, tx, s.clock(), payoutID); err != nil {
			return err
		}
		return s.q.ErasePaidAccounts(ctx, tx, payoutID)
	})
}

// StandingPayout is a payout with the number of its latest attempt; 0 for none.
type StandingPayout struct {
	DuePayout
	Attempt int32
	Waits   bool // it has failed, and waits for an operator
	Mispaid bool // the bank has paid another amount: it cannot be tried again
}

// StandingPayout fails with PAYOUT_NOT_FOUND.
func (s PayoutStore) StandingPayout(ctx context.Context, payoutID int64) (StandingPayout, error) {
	r, err := orNotFound(s.q.LatestPayoutAttempt(ctx, s.pool, payoutID))(market.CodePayoutNotFound)
	return StandingPayout{
		DuePayout{PayoutID: r.ID, SettlementID: r.SettlementID, SellerID: r.SellerID, Amount: r.Amount}, r.Attempt,
		r.Status == market.PayoutFailed && !r.Abandoned, r.Mispaid,
	}, err
}

// AbandonPayout gives up a failed payout: its amount goes into the seller's next settlement. If the bank has paid
// another amount, an adjustment charges it to the seller, so that the next settlement pays the difference. It is
// idempotent. It fails with PAYOUT_NOT_FOUND, or with DATA_CONFLICT when the payout has not failed.
func (s PayoutStore) AbandonPayout(
	ctx context.Context, payoutID int64, decision *PayoutDecision,
) (sellerID int64, err error) {
	err = s.inBookingTx(ctx, func(tx pgx.Tx) error {
		p, err := orNotFound(s.q.LockPayout(ctx, tx, payoutID))(market.CodePayoutNotFound)
		if err != nil {
			return err
		}
		sellerID = p.Payout.SellerID
		switch {
		case p.Payout.AbandonedAt != nil:
			return nil
		case p.Payout.Status != market.PayoutFailed:
			return market.Refuse(market.CodeDataConflict)
		}
		by, _, err := s.recordPayoutDecision(ctx, tx, payoutID, 0, decision, true)
		if err != nil {
			return err
		}
		now := s.now()
		if err := s.q.AbandonPayout(ctx, tx, &now, &by, payoutID); err != nil || !p.Mispaid {
			return err
		}
		return s.chargeMispaid(ctx, tx, p.Payout, decision, by)
	})
	return sellerID, err
}

// payoutRow is a payout with the amount that the bank has paid instead; nil for none.
type payoutRow struct {
	db.Payout
	BankAmount *market.Money `db:"mispaid.bank_amount"`
}

const payoutJoin = "LEFT JOIN payout_attempts mispaid ON mispaid.payout_id = t.id AND mispaid.outcome = 'MISPAID'"

func payout(r payoutRow) market.Payout {
	return market.Payout{
		ID: r.ID, SellerID: r.SellerID, SettlementID: r.SettlementID, Amount: r.Amount, Fee: r.Fee, Status: r.Status,
		ProcessedAt: market.LocalTimeOf(r.ProcessedAt), Failure: r.Failure,
		AbandonedAt: market.LocalTimeOf(r.AbandonedAt),
		AbandonedBy: r.AbandonedBy, BankAmount: r.BankAmount,
	}
}

// Payouts lists all payouts, of all states or of one, the oldest first; sorts: createdAt, id.
func (s PayoutStore) Payouts(
	ctx context.Context, status *market.PayoutStatus, page market.PageRequest,
) (market.Page[market.Payout], error) {
	l := list[payoutRow, market.Payout]{
		table: "payouts", show: payout, join: payoutJoin,
		where: "true", sorts: byCreation, ascending: true,
	}
	return withStatus(l, status).page(ctx, s.DB, page)
}
