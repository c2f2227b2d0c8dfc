package console

import (
	"net/http"
	"strconv"

	"github.com/gorilla/mux"

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

// refundsForm is a submitted form that decides refunds.
type refundsForm struct {
	Refunds  []int64 `json:"refund" validate:"required,decisions,dive,gt=0"`
	Decision string  `json:"decision" validate:"required,oneof=approve deny"`
	Reason   string  `json:"reason" validate:"reason" text:"lines"`
	Restock  bool    `json:"restock"`
	Key      string  `json:"key"`
}

// showRefundsToDecide shows the page of a form that decides refunds: the list, or the page of the only refund.
func (s *Server) showRefundsToDecide(w http.ResponseWriter, r *http.Request) error {
	if id := r.PostForm.Get("single"); id != "" {
		return s.showRefund(w, mux.SetURLVars(r, map[string]string{"refundId": id}))
	}
	return pages.Listing(s.listRefunds)(w, r)
}

// decideRefunds decides the selected refunds. A refund that was decided concurrently is counted,
// and does not affect the others.
func (s *Server) decideRefunds(w http.ResponseWriter, r *http.Request) error {
	var in refundsForm
	if err := web.DecodeForm(r.PostForm, &in); err != nil {
		return err
	}
	d := backoffice.RefundDecision{
		AdminID: web.Caller(r).ID, Large: web.Caller(r).May(market.PermissionDecideLargeRefunds),
		Approve: in.Decision == "approve", Restock: in.Restock,
		Key: web.HashedKey("console:" + in.Key), // a second click on the same form is the same decision
	}
	if !d.Approve {
		var given reasonForm
		if err := web.DecodeForm(r.PostForm, &given); err != nil {
			return err
		}
		d.Reason = given.Reason
	}
	decided, err := s.backOffice.DecideRefunds(r.Context(), in.Refunds, d)
	if err != nil {
		return err
	}
	counts := map[backoffice.DecisionOutcome]int64{}
	for _, d := range decided {
		counts[d.Outcome]++
	}
	if counts[backoffice.DecisionFailed] > 0 {
		r.PostForm.Set("status", string(market.RefundFailed)) // they wait for another decision there
	}
	s.site.Back(w, r, "/refunds", noticeDecided, counts[backoffice.DecisionDone], counts[backoffice.DecisionUnderWay],
		counts[backoffice.DecisionRefused], counts[backoffice.DecisionFailed])
	return nil
}
