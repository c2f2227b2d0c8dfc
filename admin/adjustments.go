package admin

import (
	"net/http"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/web"
)

// listAdjustments answers with the adjustments of the ledger, of all sellers or of one, the newest first.
func (s *Server) listAdjustments(w http.ResponseWriter, r *http.Request) error {
	p, err := web.Page(r, 10)
	if err != nil {
		return err
	}
	seller, err := web.QueryID(r, "sellerId")
	if err != nil {
		return err
	}
	adjustments, err := s.Store.Adjustments(r.Context(), market.SellerID(seller), p)
	if err != nil {
		return err
	}
	return web.Respond(w, r, web.ReadSuccess, adjustments)
}

type newAdjustment struct {
	reason
	Kind          market.AdjustmentKind `json:"kind" validate:"required"`
	DebitAccount  market.LedgerAccount  `json:"debitAccount" validate:"required"`
	CreditAccount market.LedgerAccount  `json:"creditAccount" validate:"required"`
	Amount        *market.Money         `json:"amount" validate:"required"`
	SellerID      *int64                `json:"sellerId" validate:"omitempty,gt=0"`
	BreakID       *int64                `json:"breakId" validate:"omitempty,gt=0"`
}

// postAdjustment posts or proposes an adjustment; see store.PostAdjustment.
func (s *Server) postAdjustment(w http.ResponseWriter, r *http.Request) error {
	var in newAdjustment
	if err := web.Decode(w, r, "", &in); err != nil {
		return err
	}
	key, err := web.IdempotencyKey(r)
	if err != nil {
		return err
	}
	a := market.NewAdjustment{
		Kind: in.Kind, DebitAccount: in.DebitAccount, CreditAccount: in.CreditAccount, Amount: *in.Amount,
		Reason: in.Reason,
	}
	if in.SellerID != nil {
		a.SellerID = *in.SellerID
	}
	if in.BreakID != nil {
		a.BreakID = *in.BreakID
	}
	if key != "" {
		a.Key = web.HashedKey(key)
	}
	posted, p, err := s.Store.PostAdjustment(r.Context(), web.Caller(r).ID, a)
	if err != nil {
		return err
	}
	return respondOrPropose(w, r, web.CreateSuccess, posted, p)
}
