package api

import (
	"net/http"

	"github.com/all-in-market/market/internal/web"
)

func (s *Server) listOrderNotifications(w http.ResponseWriter, r *http.Request) error {
	page, err := web.Page(r, 20)
	if err != nil {
		return err
	}
	notifications, err := s.Store.OrderNotifications(r.Context(), web.Caller(r).ID, page)
	if err != nil {
		return err
	}
	return web.Respond(w, r, web.ReadSuccess, notifications)
}

func (s *Server) readOrderNotifications(w http.ResponseWriter, r *http.Request) error {
	if err := s.Store.ReadOrderNotifications(r.Context(), web.Caller(r).ID, 0); err != nil {
		return err
	}
	return web.Respond(w, r, web.UpdateSuccess, nil)
}

func (s *Server) readOrderNotification(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "orderId")
	if err != nil {
		return err
	}
	if err := s.Store.ReadOrderNotifications(r.Context(), web.Caller(r).ID, id); err != nil {
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
	subscription, err := s.Store.Subscribe(r.Context(), web.Caller(r).ID, in.ProductID)
	if err != nil {
		return err
	}
	return web.Respond(w, r, web.CreateSuccess, subscription)
}

func (s *Server) listSubscriptions(w http.ResponseWriter, r *http.Request) error {
	page, err := web.Page(r, 20)
	if err != nil {
		return err
	}
	subscriptions, err := s.Store.Subscriptions(r.Context(), web.Caller(r).ID, page)
	if err != nil {
		return err
	}
	return web.Respond(w, r, web.ReadSuccess, subscriptions)
}

func (s *Server) getSubscription(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "productId")
	if err != nil {
		return err
	}
	subscription, err := s.Store.Subscription(r.Context(), web.Caller(r).ID, id)
	if err != nil {
		return err
	}
	return web.Respond(w, r, web.ReadSuccess, subscription)
}

func (s *Server) unsubscribe(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "productId")
	if err != nil {
		return err
	}
	if err := s.Store.Unsubscribe(r.Context(), web.Caller(r).ID, id); err != nil {
		return err
	}
	return web.Respond(w, r, web.DeleteSuccess, nil)
}

func (s *Server) listRestockNotifications(w http.ResponseWriter, r *http.Request) error {
	page, err := web.Page(r, 20)
	if err != nil {
		return err
	}
	notifications, err := s.Store.RestockNotifications(r.Context(), web.Caller(r).ID, page)
	if err != nil {
		return err
	}
	return web.Respond(w, r, web.ReadSuccess, notifications)
}

func (s *Server) readRestockNotifications(w http.ResponseWriter, r *http.Request) error {
	if err := s.Store.ReadRestockNotifications(r.Context(), web.Caller(r).ID, 0); err != nil {
		return err
	}
	return web.Respond(w, r, web.UpdateSuccess, nil)
}

func (s *Server) readRestockNotification(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "productId")
	if err != nil {
		return err
	}
	if err := s.Store.ReadRestockNotifications(r.Context(), web.Caller(r).ID, id); err != nil {
		return err
	}
	return web.Respond(w, r, web.UpdateSuccess, nil)
}
