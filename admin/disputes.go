package admin

import (
	"net/http"
	"strings"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/web"
)

// disputeDecision is a decision about a dispute. Items belong to an acceptance: the pieces that are
// refunded at the expense of their sellers. Reference belongs to a win: the provider's reference of
// the repeated payment.
type disputeDecision struct {
	Decision  market.DisputeDecision `json:"decision" validate:"required,enum"`
	Items     []disputedPieces       `json:"items" validate:"orderlines,dive"`
	Reference string                 `json:"reference" validate:"reference,excludesrune=\x00"`
	reason
}

type disputedPieces struct {
	OrderItemID int64 `json:"orderItemId" validate:"required,gt=0"`
	Quantity    int32 `json:"quantity" validate:"required,gt=0"`
}

// decideDispute makes or proposes a decision; see store.DecideDispute.
func (s *Server) decideDispute(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "disputeId")
	if err != nil {
		return err
	}
	var in disputeDecision
	if err := web.Decode(w, r, "", &in); err != nil {
		return err
	}
	decision := store.DecidedDispute{
		DisputeID: id, AdminID: web.Caller(r).ID, Decision: in.Decision, Reference: strings.TrimSpace(in.Reference),
		Reason: in.Reason,
	}
	for _, p := range in.Items {
		decision.Items = append(decision.Items, market.Pieces(p))
	}
	d, p, err := s.Store.DecideDispute(r.Context(), decision)
	if err != nil {
		return err
	}
	return respondOrPropose(w, r, web.UpdateSuccess, d, p)
}
