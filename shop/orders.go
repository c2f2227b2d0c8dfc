package shop

import (
	"bytes"
	"cmp"
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/all-in-market/market/internal/live"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/pages"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/storefront"
	"github.com/all-in-market/market/internal/web"
)

// ordered is an order in the buyer's list.
type ordered struct {
	market.Order

	title   store.OrderTitle
	picture pages.Picture // of the first product
}

// orderTabs are the states by which the list of orders is filtered; "" is all.
var orderTabs = []market.OrderStatus{
	"", market.OrderCreated, market.OrderPaid, market.OrderShipped, market.OrderDelivered, market.OrderRefunded,
	market.OrderFailed,
}

func (s *Server) listOrders(w http.ResponseWriter, r *http.Request) error {
	page, err := web.Page(r, pages.Rows)
	if err != nil {
		return err
	}
	status, err := web.Enum[market.OrderStatus](r, "status")
	if err != nil {
		return err
	}
	orders, err := s.Replica.Orders(r.Context(), web.Buyer(r), status, page)
	if err != nil {
		return err
	}
	ids := make([]int64, len(orders.Content))
	for i, o := range orders.Content {
		ids[i] = o.ID
	}
	titles, err := s.Replica.OrderTitles(r.Context(), ids)
	if err != nil {
		return err
	}
	products := make([]int64, 0, len(titles))
	for _, title := range titles {
		products = append(products, title.ProductID)
	}
	slices.Sort(products)
	pictures, err := s.pictures(r.Context(), s.Replica, slices.Compact(products))
	if err != nil {
		return err
	}
	l := pages.Listed[ordered]{Page: market.MapPage(orders, func(o market.Order) ordered {
		return ordered{o, titles[o.ID], pictures[titles[o.ID].ProductID]}
	})}
	if status != nil {
		l.Status = string(*status)
	}
	pages.Show(w, r, http.StatusOK, ordersPage(s.site.Frame(r, pages.TextOrders), l))
	return nil
}

// titleOf returns what an order is about.
func titleOf(f pages.Frame, t store.OrderTitle) string {
	if t.Lines > 1 {
		return fmt.Sprintf(f.T(textAndMore), t.Product, t.Lines-1)
	}
	return t.Product
}

func (s *Server) showOrder(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "orderId")
	if err != nil {
		return err
	}
	p, err := s.progress(r.Context(), web.Buyer(r), id)
	if err != nil {
		return err
	}
	p.Key = rand.Text()
	f := s.site.Scripted(w, r, pages.TextOrderPrefix, "", "htmx.min.js", "htmx-sse.min.js")
	f.Title += p.Order.OrderNumber
	pages.Show(w, r, http.StatusOK, orderPage(f, p))
	return nil
}

const (
	// followedFor is the lifetime of a stream of an order's progress; the browser then opens another.
	followedFor = 5 * time.Minute
	// heartbeat is how often a stream sends a comment, so that proxies keep it and a client that has
	// gone is noticed.
	heartbeat = 15 * time.Second
	// sendTimeout bounds the time that a client takes to receive an event.
	sendTimeout = 10 * time.Second
	// replacedDelay is how long a browser waits before it reopens a stream that newer ones of the
	// same buyer have replaced.
	replacedDelay = time.Minute
)

// followOrder streams an order's progress as server-sent events, whenever it differs from the page.
// The event "over" means that no more will follow. A buyer with too many streams keeps the newest.
func (s *Server) followOrder(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "orderId")
	if err != nil {
		return err
	}
	ctx, cancel := web.Streaming(r, followedFor)
	defer cancel()
	r = r.WithContext(ctx)
	stream, err := s.Live.Follow(web.Buyer(r), id) // before the progress is read, so that no change is missed
	if err != nil {
		return err
	}
	defer stream.Close()
	p, err := s.progress(ctx, web.Buyer(r), id)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no") // proxies hold nothing back
	q := r.URL.Query()
	out, f, shown := http.NewResponseController(w), s.site.Frame(r, pages.Text{}), q.Get("shown")
	send := func(event string) error {
		_ = out.SetWriteDeadline(time.Now().Add(sendTimeout))
		_, _ = io.WriteString(w, event)
		return out.Flush()
	}
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for changed := true; ; {
		if changed {
			var events strings.Builder
			if now := p.fingerprint(); now != shown {
				shown, p.Key = now, q.Get("key")
				var part bytes.Buffer
				if err := progressPart(f, p).Render(ctx, &part); err != nil {
					return nil // the reader has gone
				}
				fmt.Fprintf(&events, "data: %s\n\n", eventLines.Replace(part.String()))
			}
			if p.over() {
				events.WriteString("event: over\ndata:\n\n")
			}
			if err := send(cmp.Or(events.String(), ":\n\n")); err != nil || p.over() {
				return nil // the reader has gone
			}
		}
		changed = false
		select {
		case <-ctx.Done():
			return nil
		case <-stream.Ended():
			if stream.Reason() == live.Replaced {
				_ = send(fmt.Sprintf("retry: %d\n\n", replacedDelay.Milliseconds()))
			}
			return nil
		case <-beat.C:
			if err := send(":\n\n"); err != nil {
				return nil
			}
		case <-stream.Changed():
			if err := s.site.Check(r); err != nil {
				return nil // the browser is sent to the login when it opens the next one
			}
			if p, err = s.progress(ctx, web.Buyer(r), id); err != nil {
				return nil // the browser opens another, and receives the error
			}
			changed = true
		}
	}
}

// eventLines puts each line of an event's data into a data field of its own: CR, LF and CRLF end lines.
var eventLines = strings.NewReplacer("\r\n", "\ndata: ", "\r", "\ndata: ", "\n", "\ndata: ")

// pay pays an order: at once, or with the page that opens the provider's window.
func (s *Server) pay(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "orderId")
	if err != nil {
		return err
	}
	if err := pages.Form(w, r); err != nil {
		return err
	}
	var in struct {
		Method market.PaymentMethod `json:"method" validate:"required,enum"`
	}
	if err := web.DecodeForm(r.PostForm, &in); err != nil {
		return err
	}
	return s.payOrder(w, r, id, in.Method)
}

// payOrder pays an order, and leads to its page with the outcome.
func (s *Server) payOrder(w http.ResponseWriter, r *http.Request, id int64, method market.PaymentMethod) error {
	payment, _, err := s.Storefront.Pay(r.Context(), web.Buyer(r), id, method)
	switch {
	case market.CodeOf(err) == market.CodePaymentFailed:
		s.site.Back(w, r, orderPath(id), noticeDeclined)
		return nil
	case err != nil:
		return err
	case payment.RequestPayment != nil:
		f := s.site.Scripted(w, r, pages.TextPayment, windowPolicy, s.SDK, "pay.js")
		pages.Show(w, r, http.StatusOK, windowPage(f, id, *payment.RequestPayment))
		return nil
	}
	s.backTo(w, r, payment, noticeUnderWay)
	return nil
}

// windowPolicy lets the provider's script open its window, which shows pages of banks and card
// companies at unknown addresses.
const windowPolicy = " https:; frame-src https:"

// backTo leads to the order with the outcome of its payment, or with the notice of one that is open.
func (s *Server) backTo(w http.ResponseWriter, r *http.Request, p market.Payment, open string) {
	notice := open
	switch {
	case p.Status == market.PaymentSuccess:
		notice = noticePaid
	case p.Status == market.PaymentFailed || p.Declined != nil:
		notice = noticeDeclined
	}
	s.site.Back(w, r, orderPath(p.OrderID), notice)
}

// returnFromPayment handles the buyer's return from the provider's window. It is idempotent.
func (s *Server) returnFromPayment(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "orderId")
	if err != nil {
		return err
	}
	if _, err := s.Store.Order(r.Context(), web.Buyer(r), id); err != nil {
		return err
	}
	payment, err := s.Store.OrderPayment(r.Context(), id)
	if err != nil {
		return err
	}
	q := r.URL.Query()
	payment, err = s.Storefront.Confirm(r.Context(), web.Buyer(r), payment.ID, q.Get("paymentToken"), q.Get("txId"))
	if market.CodeOf(err) == market.CodePaymentFailed {
		s.site.Back(w, r, orderPath(id), noticeDeclined)
		return nil
	}
	if err != nil {
		return err
	}
	open := noticeUnderWay
	if q.Get("code") != "" { // the window was closed, or failed, before a payment was made
		open = noticeNotPaid
	}
	s.backTo(w, r, payment, open)
	return nil
}

func (s *Server) cancelOrder(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "orderId")
	if err != nil {
		return err
	}
	if err := pages.Form(w, r); err != nil {
		return err
	}
	var in keyForm
	if err := web.DecodeForm(r.PostForm, &in); err != nil {
		return err
	}
	done, err := s.Storefront.Cancel(r.Context(), web.Buyer(r), id, in.hashed())
	if err != nil {
		return err
	}
	notice := noticeCancelling
	if done {
		notice = noticeCancelled
	}
	s.site.Back(w, r, orderPath(id), notice)
	return nil
}

// confirmItem confirms all pieces of a line that are left.
func (s *Server) confirmItem(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "orderId")
	if err != nil {
		return err
	}
	itemID, err := web.ID(r, "orderItemId")
	if err != nil {
		return err
	}
	if err := pages.Form(w, r); err != nil {
		return err
	}
	if _, err := s.Store.ConfirmItem(r.Context(), web.Buyer(r), id, itemID, nil); err != nil {
		return err
	}
	s.site.Back(w, r, orderPath(id), noticeConfirmed)
	return nil
}

// keyForm has the key of a form, which makes one request of a form that is sent twice.
type keyForm struct {
	Key string `json:"key"`
}

// hashed returns the key of the request; "" for none.
func (k keyForm) hashed() string {
	if k.Key == "" {
		return ""
	}
	return "shop:" + web.HashedKey(k.Key)
}

func (s *Server) showRefundForm(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "orderId")
	if err != nil {
		return err
	}
	order, err := s.Store.OrderDetail(r.Context(), web.Buyer(r), id)
	if err != nil {
		return err
	}
	pages.Show(w, r, http.StatusOK, refundPage(s.site.Frame(r, textRequestARefund), order, rand.Text()))
	return nil
}

// refundForm is a submitted form that requests a refund.
type refundForm struct {
	Why    market.RefundReason `json:"why" validate:"required,buyersreason"`
	Reason string              `json:"reason" validate:"reason" text:"lines"`
	Pieces pages.PiecesForm    `json:"pieces"`
	keyForm
}

// requestRefund requests a refund of the pieces in the form; the rest of the order stays.
func (s *Server) requestRefund(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "orderId")
	if err != nil {
		return err
	}
	var in refundForm
	if err := web.DecodeForm(r.PostForm, &in); err != nil {
		return err
	}
	order, err := s.Store.OrderDetail(r.Context(), web.Buyer(r), id)
	if err != nil {
		return err
	}
	request := storefront.RefundRequest{OrderID: id, Key: in.hashed(), Reason: in.Why, Description: in.Reason}
	if request.Items, err = in.Pieces.Of(order.Items); err != nil {
		return err
	}
	if len(request.Items) == 0 {
		return market.RefuseWith(market.CodeInvalidInput, market.DetailFieldRequired, "pieces")
	}
	if _, err := s.Storefront.RequestRefund(r.Context(), web.Buyer(r), request); err != nil {
		return err
	}
	s.site.Back(w, r, orderPath(id), noticeRefund)
	return nil
}
