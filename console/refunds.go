package console

import (
	"net/http"
	"strconv"

	"github.com/all-in-market/market/internal/backoffice"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/pages"
	"github.com/all-in-market/market/internal/web"
)

func (s *Server) listRefunds(w http.ResponseWriter, r *http.Request) error {
	refunds, err := pages.Read(r, s.store.AllRefunds, market.RefundPending)
	if err != nil {
		return err
	}
	f := s.site.Frame(r, pages.TextRefunds)
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
	story, whole, err := s.backOffice.OrderTimeline(r.Context(), refund.OrderID)
	if err != nil {
		return err
	}
	if err := s.store.NoteRead(r.Context(), market.Access{
		Data: market.DataRefund, DataID: id, Subject: market.RoleBuyer, SubjectID: refund.BuyerID, Rows: 1,
	}); err != nil {
		return err
	}
	f := s.site.Frame(r, textRefundPrefix)
	f.Title += strconv.FormatInt(id, 10)
	pages.Show(w, r, http.StatusOK, refundPage(f, refund, order, story, whole,
		s.workflow(backoffice.RefundRun(id))))
	return nil
}

// decideRefunds decides the selected refunds. A refund that was decided concurrently is counted,
// and does not affect the others.
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
	decided, err := s.backOffice.DecideRefunds(r.Context(), ids, d)
	if err != nil {
		return err
	}
	counts := map[backoffice.DecisionOutcome]int64{}
	for _, d := range decided {
		counts[d.Outcome]++
	}
	s.site.Back(w, r, "/refunds", noticeDecided, counts[backoffice.DecisionDone], counts[backoffice.DecisionUnderWay],
		counts[backoffice.DecisionRefused])
	return nil
}
