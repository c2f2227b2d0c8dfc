package api

import (
	"context"
	"net/http"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/notices"
	"github.com/all-in-market/market/internal/web"
)

// listUnread makes a handler that answers with a page of what still concerns the buyer, unread notifications or active
// subscriptions, or of all of them with the parameter all.
func listUnread[T any](
	list func(ctx context.Context, buyerID market.BuyerID, all bool, page market.PageRequest) (market.Page[T], error),
) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		page, err := web.Page(r, 20)
		if err != nil {
			return err
		}
		all, err := web.Bool(r, "all")
		if err != nil {
			return err
		}
		content, err := list(r.Context(), web.Buyer(r), all, page)
		if err != nil {
			return err
		}
		return web.Respond(w, r, web.ReadSuccess, content)
	}
}

func (s *Server) readOrderNotifications(w http.ResponseWriter, r *http.Request) error {
	if err := s.Store.ReadOrderNotifications(r.Context(), web.Buyer(r), 0); err != nil {
		return err
	}
	return web.Respond(w, r, web.UpdateSuccess, nil)
}

type newSubscription struct {
	ProductID int64 `json:"productId" validate:"required,gt=0"`
}

func (s *Server) subscribe(w http.ResponseWriter, r *http.Request) error {
	var in newSubscription
	if err := web.Decode(w, r, "", &in); err != nil {
		return err
	}
	subscription, err := s.Store.Subscribe(r.Context(), web.Buyer(r), in.ProductID)
	if err != nil {
		return err
	}
	return web.Respond(w, r, web.CreateSuccess, subscription)
}

func (s *Server) readRestockNotifications(w http.ResponseWriter, r *http.Request) error {
	if err := s.Store.ReadRestockNotifications(r.Context(), web.Buyer(r), 0); err != nil {
		return err
	}
	return web.Respond(w, r, web.UpdateSuccess, nil)
}

// shownNotification is a notification with its text in the reader's language. Path is the page about it, within the
// reader's site.
type shownNotification struct {
	market.Notification
	Title   string `json:"title"`
	Message string `json:"message"`
	Path    string `json:"path"`
}

// listNotifications answers with a page of the caller's notifications, or of the unread ones with the parameter
// unread.
func (s *Server) listNotifications(w http.ResponseWriter, r *http.Request) error {
	page, err := web.Page(r, 20)
	if err != nil {
		return err
	}
	unread, err := web.Bool(r, "unread")
	if err != nil {
		return err
	}
	caller := web.Caller(r)
	found, err := s.Store.Notifications(r.Context(), caller.Role, caller.ID, unread, page)
	if err != nil {
		return err
	}
	return web.Respond(w, r, web.ReadSuccess, market.MapPage(found, func(n market.Notification) shownNotification {
		text := notices.Of(n, caller.Role, web.Language(r))
		return shownNotification{n, text.Title, text.Message, text.Path}
	}))
}

// countUnread answers with the number of the caller's unread notifications, up to store.MaxUnread.
func (s *Server) countUnread(w http.ResponseWriter, r *http.Request) error {
	caller := web.Caller(r)
	n, err := s.Store.UnreadNotifications(r.Context(), caller.Role, caller.ID)
	if err != nil {
		return err
	}
	return web.Respond(w, r, web.ReadSuccess, struct {
		Unread int64 `json:"unread"`
	}{n})
}

func (s *Server) readNotification(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "notificationId")
	if err != nil {
		return err
	}
	caller := web.Caller(r)
	if err := s.Store.ReadNotification(r.Context(), caller.Role, caller.ID, id); err != nil {
		return err
	}
	return web.Respond(w, r, web.UpdateSuccess, nil)
}

func (s *Server) readAllNotifications(w http.ResponseWriter, r *http.Request) error {
	caller := web.Caller(r)
	if err := s.Store.ReadAllNotifications(r.Context(), caller.Role, caller.ID); err != nil {
		return err
	}
	return web.Respond(w, r, web.UpdateSuccess, nil)
}

// preferences are the mails that an account gets: by the topics that it can turn off. A change leaves what it does
// not name.
type preferences struct {
	Language   market.Language `json:"language" validate:"omitempty,enum"`
	Orders     *bool           `json:"orderMails,omitempty"`
	Refunds    *bool           `json:"refundMails,omitempty"`
	Restock    *bool           `json:"restockMails,omitempty"`    // buyers
	Stock      *bool           `json:"stockMails,omitempty"`      // sellers
	Settlement *bool           `json:"settlementMails,omitempty"` // sellers
}

func (p *preferences) topics() map[market.Topic]**bool {
	return map[market.Topic]**bool{
		market.TopicOrders: &p.Orders, market.TopicRefunds: &p.Refunds, market.TopicRestock: &p.Restock,
		market.TopicStock: &p.Stock, market.TopicSettlement: &p.Settlement,
	}
}

func (s *Server) getPreferences(w http.ResponseWriter, r *http.Request) error {
	caller := web.Caller(r)
	p, err := s.Store.NotificationPreferences(r.Context(), caller.Role, caller.ID)
	if err != nil {
		return err
	}
	return respondPreferences(w, r, web.ReadSuccess, p)
}

func (s *Server) setPreferences(w http.ResponseWriter, r *http.Request) error {
	var in preferences
	if err := web.Decode(w, r, "", &in); err != nil {
		return err
	}
	change := market.NotificationPreferences{Language: in.Language, Mails: map[market.Topic]bool{}}
	for topic, wanted := range in.topics() {
		if *wanted != nil {
			change.Mails[topic] = **wanted
		}
	}
	caller := web.Caller(r)
	p, err := s.Store.SetNotificationPreferences(r.Context(), caller.Role, caller.ID, change)
	if err != nil {
		return err
	}
	return respondPreferences(w, r, web.UpdateSuccess, p)
}

func respondPreferences(
	w http.ResponseWriter, r *http.Request, success web.Success, p market.NotificationPreferences,
) error {
	out := preferences{Language: p.Language}
	for topic, wanted := range out.topics() {
		if mails, ok := p.Mails[topic]; ok {
			*wanted = &mails
		}
	}
	return web.Respond(w, r, success, out)
}
