package sellerweb

import (
	"cmp"
	"net/http"
	"strconv"

	"github.com/all-in-market/market/internal/integrators"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/pages"
	"github.com/all-in-market/market/internal/web"
)

// listWebhooks shows the seller's endpoints of webhooks, with the form of another one.
func (s *Server) listWebhooks(w http.ResponseWriter, r *http.Request) error {
	page, err := web.Page(r, pages.Rows)
	if err != nil {
		return err
	}
	var l pages.Listed[market.WebhookEndpoint]
	if l.Page, err = s.webhooks.Store.WebhookEndpoints(r.Context(), web.Seller(r), nil, page); err != nil {
		return err
	}
	pages.Show(w, r, http.StatusOK, webhooksPage(s.site.Frame(r, textWebhooks), l))
	return nil
}

// createWebhook creates an endpoint, and shows its secret this once.
func (s *Server) createWebhook(w http.ResponseWriter, r *http.Request) error {
	var in integrators.NewEndpoint
	if err := web.DecodeForm(r.PostForm, &in); err != nil {
		return err
	}
	endpoint, err := s.webhooks.Add(r.Context(), web.Seller(r), in)
	if err != nil {
		return err
	}
	pages.Show(w, r, http.StatusCreated, secretPage(s.site.Frame(r, textWebhookSecret), endpoint))
	return nil
}

// showWebhook shows an endpoint with its messages.
func (s *Server) showWebhook(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "endpointId")
	if err != nil {
		return err
	}
	page, err := web.Page(r, pages.Rows)
	if err != nil {
		return err
	}
	status, err := web.Enum[market.WebhookMessageStatus](r, "status")
	if err != nil {
		return err
	}
	endpoint, err := s.webhooks.Store.WebhookEndpoint(r.Context(), web.Seller(r), id)
	if err != nil {
		return err
	}
	l := pages.Listed[market.WebhookMessage]{Status: r.URL.Query().Get("status")}
	if l.Page, err = s.webhooks.Store.WebhookMessages(r.Context(), id, status, page); err != nil {
		return err
	}
	pages.Show(w, r, http.StatusOK, webhookPage(s.site.Frame(r, textWebhook), endpoint, l))
	return nil
}

// changeWebhook changes the address, the events and the rate of an endpoint.
func (s *Server) changeWebhook(w http.ResponseWriter, r *http.Request) error {
	var in integrators.NewEndpoint
	if err := web.DecodeForm(r.PostForm, &in); err != nil {
		return err
	}
	rate := cmp.Or(in.PerSecond, integrators.UsualPerSecond)
	return s.updateWebhook(w, r, integrators.EndpointUpdate{URL: &in.URL, Events: in.Events, PerSecond: &rate})
}

// switchWebhook pauses an endpoint, or activates it.
func (s *Server) switchWebhook(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		To market.WebhookEndpointStatus `json:"to" validate:"required,enum"`
	}
	if err := web.DecodeForm(r.PostForm, &in); err != nil {
		return err
	}
	return s.updateWebhook(w, r, integrators.EndpointUpdate{Status: &in.To})
}

// updateWebhook changes the endpoint in a request's path, and leads back to it.
func (s *Server) updateWebhook(w http.ResponseWriter, r *http.Request, in integrators.EndpointUpdate) error {
	id, err := web.ID(r, "endpointId")
	if err != nil {
		return err
	}
	if _, err := s.webhooks.Change(r.Context(), web.Seller(r), id, in); err != nil {
		return err
	}
	s.site.Back(w, r, webhookPath(id), noticeWebhook)
	return nil
}

// rotateSecret gives an endpoint another secret, and shows it this once.
func (s *Server) rotateSecret(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "endpointId")
	if err != nil {
		return err
	}
	endpoint, err := s.webhooks.RotateSecret(r.Context(), web.Seller(r), id)
	if err != nil {
		return err
	}
	pages.Show(w, r, http.StatusOK, secretPage(s.site.Frame(r, textWebhookSecret), endpoint))
	return nil
}

func (s *Server) deleteWebhook(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "endpointId")
	if err != nil {
		return err
	}
	if err := s.webhooks.Store.DeleteWebhookEndpoint(r.Context(), web.Seller(r), id); err != nil {
		return err
	}
	s.site.Back(w, r, "/webhooks", noticeWebhookDeleted)
	return nil
}

// replayWebhook queues a message for another delivery.
func (s *Server) replayWebhook(w http.ResponseWriter, r *http.Request) error {
	endpoint, err := web.ID(r, "endpointId")
	if err != nil {
		return err
	}
	id, err := web.ID(r, "messageId")
	if err != nil {
		return err
	}
	if _, err := s.webhooks.Store.ReplayWebhookMessage(r.Context(), web.Seller(r), endpoint, id); err != nil {
		return err
	}
	s.site.Back(w, r, webhookPath(endpoint), noticeReplay)
	return nil
}

// webhookPath returns the path of an endpoint's page, below the site's base.
func webhookPath(id int64) string { return "/webhooks/" + strconv.FormatInt(id, 10) }

// eventNames are the names of the events of webhooks.
var eventNames = map[string]pages.Text{
	"order.paid":           {Ko: "결제 완료", En: "Order paid"},
	"order.shipped":        {Ko: "상품 발송", En: "Items shipped"},
	"order.refunded":       {Ko: "환불 완료", En: "Order refunded"},
	"parcel.shipped":       {Ko: "배송 시작", En: "Parcel shipped"},
	"parcel.delivered":     {Ko: "배송 완료", En: "Parcel delivered"},
	"settlement.completed": {Ko: "정산 완료", En: "Settlement completed"},
	"payout.paid":          {Ko: "정산금 지급", En: "Payout paid"},
	"payout.failed":        {Ko: "정산금 지급 실패", En: "Payout failed"},
}

// messageStates are the states of messages, in the order of their filter.
var messageStates = []struct {
	status market.WebhookMessageStatus
	name   pages.Text
}{
	{"", pages.TextAll},
	{market.WebhookPending, pages.Text{Ko: "전송 대기", En: "Waiting"}},
	{market.WebhookFailed, pages.Text{Ko: "전송 실패", En: "Not delivered"}},
	{market.WebhookDelivered, pages.Text{Ko: "전송 완료", En: "Delivered"}},
}

func messageState(f pages.Frame, status market.WebhookMessageStatus) string {
	for _, s := range messageStates {
		if s.status == status {
			return f.T(s.name)
		}
	}
	return string(status)
}
