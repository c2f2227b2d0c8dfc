package api

import (
	"context"
	"net/http"

	"github.com/all-in-market/market/internal/market"
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
