package console

import (
	"context"
	"net/http"
	"strconv"

	"github.com/all-in-market/market/internal/backoffice"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/pages"
	"github.com/all-in-market/market/internal/reports"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/web"
)

func (s *Server) listOrders(w http.ResponseWriter, r *http.Request) error {
	filter, err := reports.OrderFilter(r)
	if err != nil {
		return err
	}
	page, err := web.Page(r, pages.Rows)
	if err != nil {
		return err
	}
	page.Sort, page.Desc = market.SortCreatedAt, true
	l := pages.Listed[market.Order]{Query: r.URL.Query()}
	if l.Page, err = s.replica.AllOrders(r.Context(), filter, page); err != nil {
		return err
	}
	f := s.site.Frame(r, pages.TextOrders)
	buyers, err := buyersOf(r.Context(), s, f, market.DataOrders, l.Content,
		func(o market.Order) int64 { return o.BuyerID })
	if err != nil {
		return err
	}
	if filter.Search != "" && buyers == nil { // the answer relates a person to orders
		read := market.Access{Data: market.DataOrders, Rows: len(l.Content)}
		if err := s.store.NoteRead(r.Context(), read); err != nil {
			return err
		}
	}
	pages.Show(w, r, http.StatusOK, ordersPage(f, l, buyers, filter != market.OrderFilter{}))
	return nil
}

// orderView is an order as its page shows it.
type orderView struct {
	market.OrderDetail
	parties
	payments []market.AdminPayment
	money    market.OrderTrace // empty without PermissionSeeStatistics
	notes    []market.OrderNote
	staff    map[int64]string // the names of those who wrote the notes
	story    []market.OrderEvent
	whole    bool   // whether story has the events of workflows
	workflow string // its address; "" for none
}

// mostPayments is the maximum number of payments that the page of an order shows.
const mostPayments = 20

// viewOrder reads an order, and records that its buyer's data was read.
func (s *Server) viewOrder(ctx context.Context, f pages.Frame, id int64) (v orderView, err error) {
	if v.OrderDetail, err = s.store.AnyOrderDetail(ctx, id); err != nil {
		return v, err
	}
	payments, err := s.store.AllPayments(ctx, store.PaymentFilter{OrderID: id}, market.PageRequest{
		Size: mostPayments, Sort: market.SortID, Desc: true,
	})
	if err != nil {
		return v, err
	}
	v.payments = payments.Content
	if f.May(market.PermissionSeeStatistics) {
		if v.money, err = s.store.TraceOrder(ctx, id); err != nil {
			return v, err
		}
	}
	if v.notes, err = s.store.OrderNotes(ctx, id); err != nil {
		return v, err
	}
	authors := make([]int64, len(v.notes))
	for i, n := range v.notes {
		authors[i] = n.AdminID
	}
	if v.staff, err = s.names(ctx, authors, s.store.StaffNames); err != nil {
		return v, err
	}
	if v.story, v.whole, err = s.backOffice.OrderTimeline(ctx, id); err != nil {
		return v, err
	}
	if v.parties, err = s.partiesOf(ctx, f, v.OrderDetail); err != nil {
		return v, err
	}
	v.workflow = s.workflow(backoffice.PaymentRun(id))
	return v, s.store.NoteRead(ctx, market.Access{
		Data: market.DataOrder, DataID: id, Subject: market.RoleBuyer, SubjectID: v.BuyerID, Rows: 1,
	})
}

func (s *Server) showOrder(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "orderId")
	if err != nil {
		return err
	}
	f := s.site.Frame(r, pages.TextOrderPrefix)
	v, err := s.viewOrder(r.Context(), f, id)
	if err != nil {
		return err
	}
	f.Title += orderName(v.Order)
	pages.Show(w, r, http.StatusOK, orderPage(f, v))
	return nil
}

// orderStatusForm is a submitted form of an order's status.
type orderStatusForm struct {
	Status         market.OrderStatus `json:"status" validate:"required,enum"`
	TrackingNumber string             `json:"trackingNumber" validate:"omitempty,trackingnumber"`
}

// setOrderStatus moves an order as the state machine allows. REFUNDED needs the permission for large refunds.
func (s *Server) setOrderStatus(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "orderId")
	if err != nil {
		return err
	}
	var in orderStatusForm
	if err := web.DecodeForm(r.PostForm, &in); err != nil {
		return err
	}
	if in.Status == market.OrderRefunded {
		if err := s.site.Accounts.Permit(r, market.PermissionDecideLargeRefunds); err != nil {
			return err
		}
	}
	_, done, err := s.backOffice.SetOrderStatus(r.Context(), backoffice.OrderChange{
		AdminID: web.Caller(r).ID, OrderID: id, Status: in.Status, TrackingNumber: market.Optional(in.TrackingNumber),
	})
	if err != nil {
		return err
	}
	notice := noticeOrder
	if !done {
		notice = noticeOrderLater
	}
	s.site.Back(w, r, "/orders/"+strconv.FormatInt(id, 10), notice)
	return nil
}

// noteForm is a submitted form of a note on an order.
type noteForm struct {
	Note string `json:"note" validate:"required,reason" text:"lines"`
}

func (s *Server) addOrderNote(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "orderId")
	if err != nil {
		return err
	}
	var in noteForm
	if err := web.DecodeForm(r.PostForm, &in); err != nil {
		return err
	}
	if _, err := s.backOffice.AddOrderNote(r.Context(), id, in.Note); err != nil {
		return err
	}
	s.site.Back(w, r, "/orders/"+strconv.FormatInt(id, 10), noticeNoted)
	return nil
}
