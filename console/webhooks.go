package console

import (
	"net/http"
	"strconv"

	"github.com/all-in-market/market/internal/backoffice"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/pages"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/web"
)

// listWebhooks shows every endpoint of webhooks, of sellers and of the marketplace.
func (s *Server) listWebhooks(w http.ResponseWriter, r *http.Request) error {
	page, err := web.Page(r, pages.Rows)
	if err != nil {
		return err
	}
	var l pages.Listed[market.WebhookEndpoint]
	if l.Page, err = s.replica.AllWebhookEndpoints(r.Context(), nil, page); err != nil {
		return err
	}
	names, err := s.ownersOf(r, l.Content...)
	if err != nil {
		return err
	}
	pages.Show(w, r, http.StatusOK, webhooksPage(s.site.Frame(r, textWebhooks), l, names))
	return nil
}

// showWebhook shows an endpoint with its messages.
func (s *Server) showWebhook(w http.ResponseWriter, r *http.Request) error {
	endpoint, err := s.webhook(r)
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
	l := pages.Listed[market.WebhookMessage]{Status: r.URL.Query().Get("status")}
	if l.Page, err = s.store.WebhookMessages(r.Context(), endpoint.ID, status, page); err != nil {
		return err
	}
	f := s.site.Frame(r, textWebhookPrefix)
	f.Title += strconv.FormatInt(endpoint.ID, 10)
	names, err := s.ownersOf(r, endpoint)
	if err != nil {
		return err
	}
	pages.Show(w, r, http.StatusOK, webhookPage(f, endpoint, names, l, s.workflow(backoffice.WebhookRun(endpoint.ID))))
	return nil
}

// webhook returns the endpoint in the path.
func (s *Server) webhook(r *http.Request) (market.WebhookEndpoint, error) {
	id, err := web.ID(r, "endpointId")
	if err != nil {
		return market.WebhookEndpoint{}, err
	}
	return s.store.AnyWebhookEndpoint(r.Context(), id)
}

// ownersOf returns the names of the sellers who own endpoints.
func (s *Server) ownersOf(r *http.Request, endpoints ...market.WebhookEndpoint) (map[int64]string, error) {
	var ids []int64
	for _, e := range endpoints {
		if e.SellerID != nil {
			ids = append(ids, *e.SellerID)
		}
	}
	return s.names(r.Context(), ids, s.store.StoreNames)
}

func ownerOf(e market.WebhookEndpoint) (owner store.WebhookOwner) {
	if e.SellerID != nil {
		owner = store.WebhookOwner(*e.SellerID)
	}
	return owner
}

// switchWebhook pauses an endpoint, or activates it, which delivers its waiting messages.
func (s *Server) switchWebhook(w http.ResponseWriter, r *http.Request) error {
	if err := pages.Form(w, r); err != nil {
		return err
	}
	endpoint, err := s.webhook(r)
	if err != nil {
		return err
	}
	var in struct {
		Status market.WebhookEndpointStatus `json:"status" validate:"required,enum"`
	}
	if err := web.DecodeForm(r.PostForm, &in); err != nil {
		return err
	}
	change := store.WebhookChange{Status: &in.Status}
	if _, err := s.store.UpdateWebhookEndpoint(r.Context(), ownerOf(endpoint), endpoint.ID, change); err != nil {
		return err
	}
	s.site.Back(w, r, "/webhooks/"+strconv.FormatInt(endpoint.ID, 10), noticeWebhook)
	return nil
}

// replayWebhook queues a message for another delivery.
func (s *Server) replayWebhook(w http.ResponseWriter, r *http.Request) error {
	if err := pages.Form(w, r); err != nil {
		return err
	}
	endpoint, err := s.webhook(r)
	if err != nil {
		return err
	}
	id, err := web.ID(r, "messageId")
	if err != nil {
		return err
	}
	if _, err := s.store.ReplayWebhookMessage(r.Context(), ownerOf(endpoint), endpoint.ID, id); err != nil {
		return err
	}
	s.site.Back(w, r, "/webhooks/"+strconv.FormatInt(endpoint.ID, 10), noticeReplay)
	return nil
}
