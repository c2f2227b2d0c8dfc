package console

import (
	"net/http"
	"strconv"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/pages"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/web"
)

func (s *Server) listDisputes(w http.ResponseWriter, r *http.Request) error {
	disputes, err := pages.Read(r, s.store.Disputes, market.DisputeOpen)
	if err != nil {
		return err
	}
	pages.Show(w, r, http.StatusOK, disputesPage(s.site.Frame(r, "분쟁", "Disputes"), disputes))
	return nil
}

func (s *Server) showDispute(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "disputeId")
	if err != nil {
		return err
	}
	d, err := s.store.Dispute(r.Context(), id)
	if err != nil {
		return err
	}
	order, err := s.store.AnyOrderDetail(r.Context(), d.OrderID)
	if err != nil {
		return err
	}
	if err := s.store.NoteRead(r.Context(), market.Access{
		Data: market.DataOrder, DataID: d.OrderID, Subject: market.RoleBuyer, SubjectID: order.BuyerID, Rows: 1,
	}); err != nil {
		return err
	}
	f := s.site.Frame(r, "분쟁 ", "Dispute ")
	f.Title += strconv.FormatInt(id, 10)
	pages.Show(w, r, http.StatusOK, disputePage(f, d, order))
	return nil
}

func (s *Server) decideDispute(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "disputeId")
	if err != nil {
		return err
	}
	if err := pages.Form(w, r); err != nil {
		return err
	}
	decision := store.DecidedDispute{
		DisputeID: id, AdminID: web.Caller(r).ID, Decision: market.DisputeDecision(r.PostForm.Get("decision")),
	}
	if !decision.Decision.Valid() {
		return market.RefuseWith(market.CodeInvalidInput, market.DetailFieldInvalid, "decision")
	}
	if decision.Reason, err = pages.Reason(r); err != nil {
		return err
	}
	if decision.Reason == "" {
		return market.RefuseWith(market.CodeInvalidInput, market.DetailFieldRequired, "reason")
	}
	if decision.Decision == market.DisputeAccept {
		if decision.Items, err = disputedPieces(r); err != nil {
			return err
		}
	}
	if _, err := s.store.DecideDispute(r.Context(), decision); err != nil {
		return err
	}
	s.site.Back(w, r, "/disputes", noticeDispute)
	return nil
}

// disputedPieces reads the pieces of each line that are refunded at the expense of its seller.
func disputedPieces(r *http.Request) (pieces []market.Pieces, err error) {
	for _, item := range r.PostForm["item"] {
		id, err := strconv.ParseInt(item, 10, 64)
		if err != nil {
			return nil, market.RefuseWith(market.CodeInvalidInput, market.DetailFieldInvalid, "item")
		}
		quantity := r.PostForm.Get("pieces-" + item)
		n, err := strconv.ParseInt(quantity, 10, 32)
		if err != nil || n < 0 {
			return nil, market.RefuseWith(market.CodeInvalidInput, market.DetailFieldInvalid, "pieces-"+item)
		}
		if n > 0 {
			pieces = append(pieces, market.Pieces{OrderItemID: id, Quantity: int32(n)})
		}
	}
	return pieces, nil
}
