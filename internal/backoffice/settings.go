package backoffice

import (
	"context"

	"github.com/all-in-market/market/internal/market"
)

// PolicyRequest is a whole refund policy: missing fields are refused, except for FourEyes.
type PolicyRequest struct {
	AutoApproveBelow   *market.Money `json:"autoApproveBelow" validate:"required,gte=0,policyamount"`
	SecondApprovalFrom *market.Money `json:"secondApprovalFrom" validate:"omitempty,gt=0,policyamount,gtefield=AutoApproveBelow"`
	RemindAfterHours   int32         `json:"remindAfterHours" validate:"required,reminderhours"`
	EscalateAfterHours int32         `json:"escalateAfterHours" validate:"required,gtfield=RemindAfterHours,escalationhours"`

	ShippingBorneBy struct {
		ChangeOfMind market.Party `json:"CHANGE_OF_MIND" validate:"required,enum"`
		WrongItem    market.Party `json:"WRONG_ITEM" validate:"required,enum"`
		Damaged      market.Party `json:"DAMAGED" validate:"required,enum"`
	} `json:"shippingBorneBy"`

	FourEyes *bool `json:"fourEyes"` // null leaves it as it is
}

// SetRefundPolicy applies a policy that has been validated, or returns the proposal that waits for a second
// person. It fails as store.SetRefundPolicy does.
func (o *Service) SetRefundPolicy(
	ctx context.Context, adminID int64, in PolicyRequest,
) (market.RefundPolicy, *market.Proposal, error) {
	policy := market.RefundPolicy{
		AutoApproveBelow: *in.AutoApproveBelow, SecondApprovalFrom: in.SecondApprovalFrom,
		RemindAfterHours: in.RemindAfterHours, EscalateAfterHours: in.EscalateAfterHours,
		ShippingBorneBy: market.ShippingPolicy(in.ShippingBorneBy),
	}
	if in.FourEyes != nil {
		policy.FourEyes = *in.FourEyes
	} else {
		current, err := o.Store.RefundPolicy(ctx)
		if err != nil {
			return policy, nil, err
		}
		policy.FourEyes = current.FourEyes
	}
	return o.Store.SetRefundPolicy(ctx, adminID, policy)
}

// UnpaidLimitsRequest holds all limits of unpaid orders: one that is left out is refused, not kept.
type UnpaidLimitsRequest struct {
	Verified   UnpaidLimitRequest `json:"verified"`
	Unverified UnpaidLimitRequest `json:"unverified"`
}

// UnpaidLimitRequest holds the limits of buyers whose addresses are verified, or of the others.
type UnpaidLimitRequest struct {
	Orders          int32 `json:"orders" validate:"unpaidorders"`
	Pieces          int32 `json:"pieces" validate:"unpaidpieces"`
	PiecesOfProduct int32 `json:"piecesOfProduct" validate:"unpaidpieces"`
}

// higherUnverified returns the name of a limit that is higher for unverified buyers; "" for none.
func (l UnpaidLimitsRequest) higherUnverified() string {
	switch v, u := l.Verified, l.Unverified; {
	case u.Orders > v.Orders:
		return "unverified.orders"
	case u.Pieces > v.Pieces:
		return "unverified.pieces"
	case u.PiecesOfProduct > v.PiecesOfProduct:
		return "unverified.piecesOfProduct"
	}
	return ""
}

// SetUnpaidLimits applies limits that have been validated, or returns the proposal that waits for a second
// person. It fails with INVALID_INPUT if a limit is higher for unverified buyers, and as
// store.SetUnpaidLimits does.
func (o *Service) SetUnpaidLimits(
	ctx context.Context, adminID int64, in UnpaidLimitsRequest,
) (limits market.UnpaidLimits, proposal *market.Proposal, err error) {
	if field := in.higherUnverified(); field != "" {
		return limits, nil, market.RefuseWith(market.CodeInvalidInput, market.DetailFieldInvalid, field)
	}
	return o.Store.SetUnpaidLimits(ctx, adminID, market.UnpaidLimits{
		Verified: market.UnpaidLimit(in.Verified), Unverified: market.UnpaidLimit(in.Unverified),
	})
}
