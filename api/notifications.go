package api

import (
	"net/http"

	"github.com/all-in-market/market/internal/web"
)

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
