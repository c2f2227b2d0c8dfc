package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store/db"
)

// PayoutDecision is the decision in a signal about a payout. AdminID is set only when its signature
// was verified; the admin's reason is the one stored by KeepPayoutDecisionReason.
type PayoutDecision struct {
	ID      string
	Signal  string // retry, abandon or inquire
	AdminID int64
	SentBy  string
}

// KeepPayoutDecisionReason stores the reason of a decision before it is sent, since signals carry
// no text.
func (s PayoutStore) KeepPayoutDecisionReason(ctx context.Context, payoutID int64, decisionID, reason string) error {
	return translate(s.q.KeepPayoutDecisionReason(ctx, s.pool, payoutID, decisionID, reason))
}

// RecordPayoutInquiry records the decision to query the bank about an attempt now. It is
// idempotent. It fails with PAYOUT_NOT_FOUND.
func (s PayoutStore) RecordPayoutInquiry(ctx context.Context, payoutID int64, attempt int32, d *PayoutDecision) error {
	return s.inTx(ctx, func(tx pgx.Tx) error {
		if _, err := orNotFound(s.q.LockPayout(ctx, tx, payoutID))(market.CodePayoutNotFound); err != nil {
			return err
		}
		_, _, err := s.recordPayoutDecision(ctx, tx, payoutID, attempt, d, true)
		return err
	})
}

// recordPayoutDecision records a decision on a payout that tx has locked, and returns the person
// responsible, with the reason. attempt is the attempt that it concerns; 0 for none. applied
// reports whether it takes effect. A decision that was recorded before stays unchanged.
func (s PayoutStore) recordPayoutDecision(
	ctx context.Context, tx pgx.Tx, payoutID int64, attempt int32, d *PayoutDecision, applied bool,
) (by string, recorded bool, err error) {
	if d == nil {
		return "", false, nil
	}
	sentBy, reason := truncate(d.SentBy, 255), ""
	by = sentBy
	if d.AdminID != 0 {
		reason, err = s.q.GetPayoutDecisionReason(ctx, tx, payoutID, d.ID)
		if err != nil && !errors.Is(err, pgx.ErrNoRows) {
			return "", false, err
		}
		if by = fmt.Sprintf("admin %d", d.AdminID); reason != "" {
			by = truncate(by+": "+reason, 255)
		}
	}
	in := db.RecordPayoutDecisionParams{
		PayoutID: payoutID, DecisionID: d.ID, Signal: d.Signal, AdminID: optionalID(d.AdminID), SentBy: sentBy,
		Reason: market.Optional(reason), Applied: applied,
	}
	if attempt != 0 {
		in.Attempt = &attempt
	}
	n, err := s.q.RecordPayoutDecision(ctx, tx, in)
	return by, n == 0, err
}
