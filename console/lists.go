package console

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/web"
	"github.com/all-in-market/market/workflows"
)

// pageRows is how many rows a list shows.
const pageRows = 20

// listed is a page of a list with what leads to others.
type listed[T any] struct {
	market.Page[T]
	Status string // that the list is of; "" for all
}

// read reads the page of a list that a request asks for.
func read[S interface {
	~string
	Valid() bool
}, T any](
	r *http.Request, list func(ctx context.Context, status *S, page market.PageRequest) (market.Page[T], error),
	first S,
) (l listed[T], err error) {
	page, err := web.Page(r, pageRows)
	if err != nil {
		return l, err
	}
	page.Sort = "createdAt"
	q := r.URL.Query()
	l.Status = q.Get("status")
	if !q.Has("status") {
		l.Status = string(first)
	}
	var status *S
	if l.Status != "" {
		named := S(l.Status)
		if !named.Valid() {
			return l, market.RefuseWith(market.CodeInvalidInput, market.DetailFieldInvalid, "status")
		}
		status = &named
	}
	l.Page, err = list(r.Context(), status, page)
	return l, err
}

// at is the address of another page of the list.
func (l listed[T]) at(path string, page int) string {
	return path + "?" + url.Values{"status": {l.Status}, "page": {strconv.Itoa(page)}}.Encode()
}

func (s *Server) showOverview(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	overview, err := s.Store.Overview(ctx)
	if err != nil {
		return err
	}
	alarms, err := s.Store.Alarms(ctx)
	if err != nil {
		return err
	}
	late, err := s.Store.LateRows(ctx)
	if err != nil {
		return err
	}
	f := newFrame(r, "현황", "Overview")
	show(w, r, http.StatusOK, overviewPage(f, overview, f.alarms(alarms, late)))
	return nil
}

func (s *Server) listOrders(w http.ResponseWriter, r *http.Request) error {
	f := newFrame(r, "주문", "Orders")
	page, err := web.Page(r, pageRows)
	if err != nil {
		return err
	}
	page.Sort, page.Desc = "createdAt", true
	orders, err := s.Lists.AllOrders(r.Context(), page)
	if err != nil {
		return err
	}
	show(w, r, http.StatusOK, ordersPage(f, listed[market.Order]{Page: orders}))
	return nil
}

func (s *Server) showOrder(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "orderId")
	if err != nil {
		return err
	}
	order, err := s.Store.AnyOrderDetail(r.Context(), id)
	if err != nil {
		return err
	}
	story, err := s.Store.OrderStory(r.Context(), id)
	if err != nil {
		return err
	}
	f := newFrame(r, "주문 ", "Order ")
	f.title += strconv.FormatInt(id, 10)
	show(w, r, http.StatusOK, orderPage(f, order, story, s.workflow(workflows.PaymentWorkflowID(id))))
	return nil
}

func (s *Server) listSellers(w http.ResponseWriter, r *http.Request) error {
	sellers, err := read(r, s.Lists.Sellers, market.SellerPending)
	if err != nil {
		return err
	}
	f := newFrame(r, "판매자", "Sellers")
	show(w, r, http.StatusOK, sellersPage(f, sellers))
	return nil
}

func (s *Server) setSellerStatus(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "sellerId")
	if err != nil {
		return err
	}
	if err := s.form(w, r); err != nil {
		return err
	}
	status := market.SellerStatus(r.PostForm.Get("to"))
	if !status.Valid() {
		return market.RefuseWith(market.CodeInvalidInput, market.DetailFieldInvalid, "to")
	}
	if _, err := s.Office.SetSellerStatus(r.Context(), id, status, r.PostForm.Has("holdPayouts")); err != nil {
		return err
	}
	back(w, r, "/sellers", noticeSeller)
	return nil
}

func (s *Server) listPayouts(w http.ResponseWriter, r *http.Request) error {
	payouts, err := read(r, s.Lists.Payouts, market.PayoutFailed)
	if err != nil {
		return err
	}
	f := newFrame(r, "지급", "Payouts")
	show(w, r, http.StatusOK, payoutsPage(f, payouts, func(settlementID int64) string {
		return s.workflow(workflows.PayoutWorkflowID(settlementID))
	}))
	return nil
}

func (s *Server) inquirePayout(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "payoutId")
	if err != nil {
		return err
	}
	if err := s.form(w, r); err != nil {
		return err
	}
	if err := s.Office.InquirePayout(r.Context(), id); err != nil {
		return err
	}
	back(w, r, "/payouts", noticePayout)
	return nil
}

func (s *Server) listBreaks(w http.ResponseWriter, r *http.Request) error {
	breaks, err := read(r, s.Store.Breaks, market.BreakOpen)
	if err != nil {
		return err
	}
	show(w, r, http.StatusOK, breaksPage(newFrame(r, "대사", "Reconciliation"), breaks))
	return nil
}

func (s *Server) acceptBreak(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "breakId")
	if err != nil {
		return err
	}
	if err := s.form(w, r); err != nil {
		return err
	}
	reason, err := reasonOf(r)
	if err != nil {
		return err
	}
	if reason == "" {
		return market.RefuseWith(market.CodeInvalidInput, market.DetailFieldRequired, "reason")
	}
	if _, _, err := s.Office.AcceptBreak(r.Context(), id, web.Caller(r).ID, reason); err != nil {
		return err
	}
	back(w, r, "/breaks", noticeBreak)
	return nil
}

// form reads a form that was sent.
func (s *Server) form(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, formBytes)
	if err := r.ParseForm(); err != nil {
		return web.BodyError(err)
	}
	return nil
}

// back leads from a form that was sent to the list that it was on, with a notice of what has
// come of it: to load that anew sends nothing again.
func back(w http.ResponseWriter, r *http.Request, path string, n notice, counts ...int64) {
	q := url.Values{"status": {r.PostForm.Get("status")}, "notice": {string(n)}}
	for _, count := range counts {
		q.Add("n", strconv.FormatInt(count, 10))
	}
	http.Redirect(w, r, path+"?"+q.Encode(), http.StatusSeeOther)
}

// workflow is where a workflow's runs can be looked at, or "".
func (s *Server) workflow(id string) string {
	if s.TemporalUI == "" {
		return ""
	}
	return s.TemporalUI + "/workflows?" + url.Values{"query": {`WorkflowId="` + id + `"`}}.Encode()
}
