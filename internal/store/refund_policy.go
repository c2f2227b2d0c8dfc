package store

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store/db"
)

// RefundPolicy returns the current policy.
func (s RefundStore) RefundPolicy(ctx context.Context) (market.RefundPolicy, error) {
	p, err := s.q.CurrentRefundPolicy(ctx, s.pool)
	return refundPolicy(p), translate(err)
}

// SetRefundPolicy makes a policy the current one; earlier ones are kept. If the current policy
// requires two-person approval, the new one is stored as a proposal, which is returned. It fails with
// DATA_CONFLICT if the new policy introduces two-person approval and there are not two owners.
func (s RefundStore) SetRefundPolicy(
	ctx context.Context, adminID int64, p market.RefundPolicy,
) (set market.RefundPolicy, proposal *market.Proposal, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		fourEyes, err := s.fourEyes(ctx, tx)
		if err != nil {
			return err
		}
		if !fourEyes && p.FourEyes {
			if owners, err := s.q.CountOwners(ctx, tx); err != nil {
				return err
			} else if owners < 2 {
				return market.RefuseWith(market.CodeDataConflict, market.DetailTwoOwners)
			}
		}
		if fourEyes {
			current, err := s.q.CurrentRefundPolicy(ctx, tx)
			if err != nil {
				return err
			}
			proposal, err = s.proposeByStaff(ctx, tx, proposed{
				kind: market.ProposalRefundPolicy, proposerID: adminID,
				before: policyChange(refundPolicy(current)), change: policyChange(p),
			})
			return err
		}
		set, err = s.addRefundPolicy(ctx, tx, adminID, p, nil)
		return err
	})
	return set, proposal, err
}

func policyChange(p market.RefundPolicy) market.PolicyChange {
	return market.PolicyChange{
		AutoApproveBelow: p.AutoApproveBelow, SecondApprovalFrom: p.SecondApprovalFrom,
		RemindAfterHours: p.RemindAfterHours, EscalateAfterHours: p.EscalateAfterHours,
		ShippingBorneBy: p.ShippingBorneBy, FourEyes: p.FourEyes,
	}
}

func (s *DB) addRefundPolicy(
	ctx context.Context, tx pgx.Tx, adminID int64, p market.RefundPolicy, proposalID *int64,
) (market.RefundPolicy, error) {
	row, err := s.q.AddRefundPolicy(ctx, tx, db.AddRefundPolicyParams{
		AutoApproveBelow: p.AutoApproveBelow, SecondApprovalFrom: p.SecondApprovalFrom,
		RemindAfterHours: p.RemindAfterHours, EscalateAfterHours: p.EscalateAfterHours,
		ChangeOfMindBy: p.ShippingBorneBy.ChangeOfMind, WrongItemBy: p.ShippingBorneBy.WrongItem,
		DamagedBy: p.ShippingBorneBy.Damaged, AdminID: &adminID, FourEyes: p.FourEyes, ProposalID: proposalID,
	})
	return refundPolicy(row), err
}

func refundPolicy(p db.RefundPolicy) market.RefundPolicy {
	return market.RefundPolicy{
		AutoApproveBelow: p.AutoApproveBelow, SecondApprovalFrom: p.SecondApprovalFrom,
		RemindAfterHours: p.RemindAfterHours, EscalateAfterHours: p.EscalateAfterHours,
		ShippingBorneBy: market.ShippingPolicy{
			ChangeOfMind: p.ChangeOfMindBy, WrongItem: p.WrongItemBy, Damaged: p.DamagedBy,
		},
		FourEyes: p.FourEyes, AdminID: p.AdminID, CreatedAt: market.LocalTime(p.CreatedAt),
	}
}

// rule returns the rule that approves a refund without an admin; "" for none. total is the amount
// of this and all other refunds of the payment.
func rule(
	r RefundRequest, p market.RefundPolicy, total market.Money, lines []db.OrderItem, open db.OpenRefundParams,
) string {
	switch {
	case r.Cancel:
		return "cancelled before shipping"
	case r.SellerID != 0:
		return "cancelled by the seller"
	}
	if r.Reason == market.ReasonAdminDecision || total >= p.AutoApproveBelow || p.NeedsSecond(total) {
		return ""
	}
	for i, id := range open.OrderItemIds {
		line := slices.IndexFunc(lines, func(l db.OrderItem) bool { return l.ID == id })
		if open.Quantities[i] > progressOf(lines[line]).Cancellable() {
			return "" // pieces have to come back
		}
	}
	return "below " + p.AutoApproveBelow.String() + " before shipping"
}

// approveByRule records the decision of a rule, and starts the refund.
func (s *DB) approveByRule(ctx context.Context, tx pgx.Tx, refundID int64, rule string) error {
	err := s.q.RecordDecision(ctx, tx, db.RecordDecisionParams{
		RefundID: refundID, DecisionID: "rule", SentBy: "rule: " + rule, Approve: true, Applied: true,
	})
	if err != nil {
		return err
	}
	return s.q.StartRefund(ctx, tx, db.StartRefundParams{ID: refundID, PaymentStatus: string(market.PaymentSuccess)})
}

// approvedBy counts an admin's approval of a refund that requires two. It reports whether the
// approval counts, and whether it starts the refund. An approval sent without the admin API has no
// admin and does not count.
func (s RefundStore) approvedBy(
	ctx context.Context, tx pgx.Tx, r db.Refund, adminID int64,
) (counts, starts bool, err error) {
	switch {
	case !r.NeedsSecond || r.SecondApprover != nil:
		return true, true, nil
	case adminID == 0:
		return false, false, nil
	case r.FirstApprover == nil:
		return true, false, s.q.ApproveRefundFirst(ctx, tx, adminID, r.ID)
	case *r.FirstApprover == adminID:
		return false, false, nil
	}
	return true, true, nil
}

// secondApprover returns the admin whose approval is the second one; 0 for none.
func secondApprover(r db.Refund, adminID int64) int64 {
	if r.NeedsSecond && r.SecondApprover == nil {
		return adminID
	}
	return 0
}
