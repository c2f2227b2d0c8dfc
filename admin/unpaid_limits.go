package admin

import (
	"net/http"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/web"
)

// newUnpaidLimits is all of the limits: one that is left out is refused, not kept.
type newUnpaidLimits struct {
	Verified   newUnpaidLimit `json:"verified"`
	Unverified newUnpaidLimit `json:"unverified"`
}

type newUnpaidLimit struct {
	Orders          int32 `json:"orders" validate:"gt=0,lte=1000"`
	Pieces          int32 `json:"pieces" validate:"gt=0,lte=1000000"`
	PiecesOfProduct int32 `json:"piecesOfProduct" validate:"gt=0,lte=1000000"`
}

// higherUnverified returns the name of a limit that is higher for unverified buyers; "" for none.
func (l newUnpaidLimits) higherUnverified() string {
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

func (s *Server) getUnpaidLimits(w http.ResponseWriter, r *http.Request) error {
	l, err := s.Store.UnpaidLimits(r.Context())
	if err != nil {
		return err
	}
	return web.Respond(w, r, web.ReadSuccess, l)
}

func (s *Server) setUnpaidLimits(w http.ResponseWriter, r *http.Request) error {
	var in newUnpaidLimits
	if err := web.Decode(w, r, "", &in); err != nil {
		return err
	}
	if field := in.higherUnverified(); field != "" {
		return market.RefuseWith(market.CodeInvalidInput, market.DetailFieldInvalid, field)
	}
	l, err := s.Store.SetUnpaidLimits(r.Context(), web.Caller(r).ID, market.UnpaidLimits{
		Verified: market.UnpaidLimit(in.Verified), Unverified: market.UnpaidLimit(in.Unverified),
	})
	if err != nil {
		return err
	}
	return web.Respond(w, r, web.UpdateSuccess, l)
}
