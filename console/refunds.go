package console

import (
	"net/http"
	"strconv"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/all-in-market/market/internal/backoffice"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/pages"
	"github.com/all-in-market/market/internal/web"
	"github.com/all-in-market/market/workflows"
)

func (s *Server) listRefunds(w http.ResponseWriter, r *http.Request) error {
	refunds, err := pages.Read(r, s.store.AllRefunds, market.RefundPending)
	if err != nil {
		return err
	}
	f := s.site.Frame(r, "환불", "Refunds")
	pages.Show(w, r, http.StatusOK, refundsPage(f, refunds))
	return nil
}

func (s *Server) showRefund(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "refundId")
	if err != nil {
		return err
	}
	refund, err := s.store.AdminRefund(r.Context(), id)
	if err != nil {
		return err
	}
	order, err := s.store.AnyOrderDetail(r.Context(), refund.OrderID)
	if err != nil {
		return err
	}
	story, whole, err := s.office.OrderStory(r.Context(), refund.OrderID)
	if err != nil {
		return err
	}
	if err := s.store.NoteRead(r.Context(), market.Access{
		Data: market.DataRefund, DataID: id, Subject: market.RoleBuyer, SubjectID: refund.BuyerID, Rows: 1,
	}); err != nil {
		return err
	}
	f := s.site.Frame(r, "환불 ", "Refund ")
	f.Title += strconv.FormatInt(id, 10)
	pages.Show(w, r, http.StatusOK, refundPage(f, refund, order, story, whole,
		s.workflow(workflows.RefundWorkflowID(id))))
	return nil
}

// decidedAtOnce is how many refunds of a form are waited for at a time: what takes long for
// all of them is still answered in time.
const decidedAtOnce = 10

// decideRefunds decides those refunds that are chosen. One that somebody else has decided
// meanwhile is counted, and keeps no other from being decided.
func (s *Server) decideRefunds(w http.ResponseWriter, r *http.Request) error {
	if err := pages.Form(w, r); err != nil {
		return err
	}
	d := backoffice.RefundDecision{
		AdminID: web.Caller(r).ID, Large: web.Caller(r).May(market.PermissionDecideLargeRefunds),
		Restock: r.PostForm.Has("restock"),
	}
	reason, err := pages.Reason(r)
	if err != nil {
		return err
	}
	switch r.PostForm.Get("decision") {
	case "approve":
		d.Approve = true
	case "deny":
		d.Reason = reason
		if reason == "" {
			return market.RefuseWith(market.CodeInvalidInput, market.DetailFieldRequired, "reason")
		}
	default:
		return market.RefuseWith(market.CodeInvalidInput, market.DetailFieldInvalid, "decision")
	}
	ids, err := pages.Chosen(r, "refund")
	if err != nil {
		return err
	}
	// The form's own key: a second click on the same form is the same decision.
	d.Key = web.HashedKey("console:" + r.PostForm.Get("key"))
	var decided, underWay, refused atomic.Int64
	group, ctx := errgroup.WithContext(r.Context())
	group.SetLimit(decidedAtOnce)
	for _, id := range ids {
		group.Go(func() error {
			_, done, err := s.office.DecideRefund(ctx, id, d)
			switch code := market.CodeOf(err); {
			case err == nil && done:
				decided.Add(1)
			case err == nil:
				underWay.Add(1)
			case code == market.CodeRefundNotFound || code == market.CodeRefundNeedsAnotherAdmin ||
				code == market.CodeForbidden: // it needs two, and this admin may not be one of them
				refused.Add(1)
			default:
				return err
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	s.site.Back(w, r, "/refunds", noticeDecided, decided.Load(), underWay.Load(), refused.Load())
	return nil
}
