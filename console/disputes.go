package console

import (
	"context"
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
	pages.Show(w, r, http.StatusOK, disputesPage(s.site.Frame(r, textDisputes), disputes))
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
	f := s.site.Frame(r, textDisputePrefix)
	f.Title += strconv.FormatInt(id, 10)
	pages.Show(w, r, http.StatusOK, disputePage(f, d, order))
	return nil
}

// disputeForm is a submitted form of a decision of a dispute.
type disputeForm struct {
	Decision  market.DisputeDecision `json:"decision" validate:"required,enum"`
	Pieces    pages.PiecesForm       `json:"pieces"`
	Reference string                 `json:"reference" validate:"reference"`
	Reason    string                 `json:"reason" validate:"required,reason" text:"lines"`
}

func (s *Server) decideDispute(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "disputeId")
	if err != nil {
		return err
	}
	var in disputeForm
	if err := web.DecodeForm(r.PostForm, &in); err != nil {
		return err
	}
	decision := store.DecidedDispute{
		DisputeID: id, AdminID: web.Caller(r).ID, Decision: in.Decision, Reason: in.Reason, Reference: in.Reference,
	}
	if decision.Decision == market.DisputeAccept {
		order, err := s.disputedOrder(r.Context(), id)
		if err != nil {
			return err
		}
		if decision.Items, err = in.Pieces.Of(order.Items); err != nil {
			return err
		}
	}
	_, waits, err := s.store.DecideDispute(r.Context(), decision)
	if err != nil {
		return err
	}
	done := noticeDispute
	if waits != nil {
		done = noticeWaits
	}
	s.site.Back(w, r, "/disputes", done)
	return nil
}

// disputedOrder returns the order of a dispute.
func (s *Server) disputedOrder(ctx context.Context, disputeID int64) (market.OrderDetail, error) {
	d, err := s.store.Dispute(ctx, disputeID)
	if err != nil {
		return market.OrderDetail{}, err
	}
	return s.store.AnyOrderDetail(ctx, d.OrderID)
}
