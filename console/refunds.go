package console

import (
	"context"
	"net/http"
	"strconv"
	"time"

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
	policy, err := s.store.RefundPolicy(r.Context())
	if err != nil {
		return err
	}
	f := s.site.Scripted(w, r, pages.TextRefunds, "", pages.SelectScript)
	buyers, err := buyersOf(r.Context(), s, f, market.DataRefunds, refunds.Content,
		func(r market.AdminRefund) int64 { return r.BuyerID })
	if err != nil {
		return err
	}
	pages.Show(w, r, http.StatusOK, refundsPage(f, refunds, buyers, policy, time.Now()))
	return nil
}

// waited returns for how long a refund has waited, against the times of the policy.
func waited(r market.AdminRefund, p market.RefundPolicy, now time.Time) pages.Waited {
	return pages.Waited{
		Since: r.CreatedAt, Now: now, Aging: time.Duration(p.RemindAfterHours) * time.Hour,
		Late: time.Duration(p.EscalateAfterHours) * time.Hour,
	}
}

// refundView is the data of a refund's page.
type refundView struct {
	market.AdminRefundDetail
	parties
	order    market.OrderDetail
	staff    map[int64]string // names of those who have approved it
	story    []market.OrderEvent
	whole    bool // no event is missing
	workflow string
	waits    pages.Waited
}

// refundedLine is a line of an order with the pieces that a refund asks for.
type refundedLine struct {
	market.OrderItem
	pieces int32
	amount market.Money
}

// refunded returns the lines of a refund.
func (v refundView) refunded() (lines []refundedLine) {
	for _, r := range v.Items {
		for _, i := range v.order.Items {
			if i.ID == r.OrderItemID {
				lines = append(lines, refundedLine{i, r.Quantity, r.Amount})
			}
		}
	}
	return lines
}

func (s *Server) showRefund(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "refundId")
	if err != nil {
		return err
	}
	f := s.site.Frame(r, textRefundPrefix)
	v, err := s.refund(r.Context(), f, id)
	if err != nil {
		return err
	}
	if err := s.store.NoteRead(r.Context(), market.Access{
		Data: market.DataRefund, DataID: id, Subject: market.RoleBuyer, SubjectID: v.BuyerID, Rows: 1,
	}); err != nil {
		return err
	}
	f.Title += strconv.FormatInt(id, 10)
	pages.Show(w, r, http.StatusOK, refundPage(f, v))
	return nil
}

func (s *Server) refund(ctx context.Context, f pages.Frame, id int64) (v refundView, err error) {
	if v.AdminRefundDetail, err = s.store.AdminRefundDetail(ctx, id); err != nil {
		return v, err
	}
	if v.order, err = s.store.AnyOrderDetail(ctx, v.OrderID); err != nil {
		return v, err
	}
	if v.story, v.whole, err = s.backOffice.OrderTimeline(ctx, v.OrderID); err != nil {
		return v, err
	}
	if v.parties, err = s.partiesOf(ctx, f, v.order); err != nil {
		return v, err
	}
	var approvers []int64
	for _, id := range []*int64{v.FirstApproverID, v.SecondApproverID} {
		if id != nil {
			approvers = append(approvers, *id)
		}
	}
	if v.staff, err = s.names(ctx, approvers, s.store.StaffNames); err != nil {
		return v, err
	}
	policy, err := s.store.RefundPolicy(ctx)
	v.workflow, v.waits = s.workflow(backoffice.RefundRun(id)), waited(v.AdminRefund, policy, time.Now())
	return v, err
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
	return s.decideAs(w, r, in.Refunds, d)
}

// manualRefundForm is a submitted form of a refund that was paid by hand.
type manualRefundForm struct {
	Reason  string `json:"reason" validate:"required,reason" text:"lines"`
	Restock bool   `json:"restock"`
	Key     string `json:"key"`
}

// settleRefund ends a refund that the gateway refuses: the money has gone back from our bank account.
func (s *Server) settleRefund(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "refundId")
	if err != nil {
		return err
	}
	var in manualRefundForm
	if err := web.DecodeForm(r.PostForm, &in); err != nil {
		return err
	}
	return s.decideAs(w, r, []int64{id}, backoffice.RefundDecision{
		AdminID: web.Caller(r).ID, Large: true, Approve: true, PaidManually: true, Restock: in.Restock,
		Reason: in.Reason, Key: web.HashedKey("settle:" + in.Key),
	})
}

// decideAs makes the same decision on refunds, and leads to those in its state with a notice of the outcomes.
func (s *Server) decideAs(w http.ResponseWriter, r *http.Request, ids []int64, d backoffice.RefundDecision) error {
	decided, err := s.backOffice.DecideRefunds(r.Context(), ids, d)
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
