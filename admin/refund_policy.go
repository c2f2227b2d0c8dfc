package admin

import (
	"net/http"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/web"
)

// newRefundPolicy is the whole policy: what is left out is refused, not kept, but for FourEyes.
type newRefundPolicy struct {
	AutoApproveBelow   *market.Money `json:"autoApproveBelow" validate:"required,gte=0,lte=999999999999"`
	SecondApprovalFrom *market.Money `json:"secondApprovalFrom" validate:"omitempty,gt=0,lte=999999999999,gtefield=AutoApproveBelow"`
	RemindAfterHours   int32         `json:"remindAfterHours" validate:"required,gt=0,lte=720"`
	EscalateAfterHours int32         `json:"escalateAfterHours" validate:"required,gtfield=RemindAfterHours,lte=2160"`

	ShippingBorneBy struct {
		ChangeOfMind market.Party `json:"CHANGE_OF_MIND" validate:"required,oneof=BUYER SELLER MARKETPLACE"`
		WrongItem    market.Party `json:"WRONG_ITEM" validate:"required,oneof=BUYER SELLER MARKETPLACE"`
		Damaged      market.Party `json:"DAMAGED" validate:"required,oneof=BUYER SELLER MARKETPLACE"`
	} `json:"shippingBorneBy"`

	FourEyes *bool `json:"fourEyes"` // null leaves it as it is
}

func (s *Server) getRefundPolicy(w http.ResponseWriter, r *http.Request) error {
	p, err := s.Store.RefundPolicy(r.Context())
	if err != nil {
		return err
	}
	return web.Respond(w, r, web.ReadSuccess, p)
}

func (s *Server) setRefundPolicy(w http.ResponseWriter, r *http.Request) error {
	var in newRefundPolicy
	if err := web.Decode(w, r, "", &in); err != nil {
		return err
	}
	policy := market.RefundPolicy{
		AutoApproveBelow: *in.AutoApproveBelow, SecondApprovalFrom: in.SecondApprovalFrom,
		RemindAfterHours: in.RemindAfterHours, EscalateAfterHours: in.EscalateAfterHours,
		ShippingBorneBy: market.ShippingPolicy(in.ShippingBorneBy),
	}
	if in.FourEyes != nil {
		policy.FourEyes = *in.FourEyes
	} else {
		current, err := s.Store.RefundPolicy(r.Context())
		if err != nil {
			return err
		}
		policy.FourEyes = current.FourEyes
	}
	set, p, err := s.Store.SetRefundPolicy(r.Context(), web.Caller(r).ID, policy)
	if err != nil {
		return err
	}
	return respondOrPropose(w, r, web.UpdateSuccess, set, p)
}

func (s *Server) getSellerBalance(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "sellerId")
	if err != nil {
		return err
	}
	balance, err := s.Store.SellerBalance(r.Context(), market.SellerID(id))
	if err == nil {
		err = s.noteSeller(r.Context(), id)
	}
	if err != nil {
		return err
	}
	return web.Respond(w, r, web.ReadSuccess, balance)
}
