package api

import (
	"net/http"

	"github.com/all-in-market/market/internal/login"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/web"
)

func (s *Server) signUpBuyer(w http.ResponseWriter, r *http.Request) error {
	var in login.BuyerSignUp
	if err := web.Decode(w, r, "", &in); err != nil {
		return err
	}
	if err := s.Auth.SignUpBuyer(r, in, false); err != nil {
		return err
	}
	return web.Respond(w, r, web.RegisterSuccess, struct {
		Email market.Email `json:"email"`
		Name  string       `json:"name"`
		Phone string       `json:"phone"`
	}{in.Email, in.Name, in.Phone})
}

// getDocuments answers which documents people agree to when they sign up.
func (s *Server) getDocuments(w http.ResponseWriter, r *http.Request) error {
	return web.Respond(w, r, web.ReadSuccess, s.Auth.Documents)
}

func (s *Server) getBuyer(w http.ResponseWriter, r *http.Request) error {
	buyer, err := s.Store.Buyer(r.Context(), web.Caller(r).ID)
	if err != nil {
		return err
	}
	return web.Respond(w, r, web.ReadSuccess, buyer)
}

func (s *Server) updateBuyer(w http.ResponseWriter, r *http.Request) error {
	var in login.BuyerUpdate
	if err := web.Decode(w, r, "", &in); err != nil {
		return err
	}
	buyer, err := s.Auth.UpdateBuyer(r, in)
	if err != nil {
		return err
	}
	return web.Respond(w, r, web.UpdateSuccess, buyer)
}

// withdraw returns a handler that closes the caller's account permanently.
func (s *Server) withdraw(withdraw func(r *http.Request, in login.Withdrawal) error) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		var in login.Withdrawal
		if err := web.Decode(w, r, "", &in); err != nil {
			return err
		}
		if err := withdraw(r, in); err != nil {
			return err
		}
		return web.Respond(w, r, web.DeleteSuccess, nil)
	}
}

func (s *Server) signUpSeller(w http.ResponseWriter, r *http.Request) error {
	var in login.SellerSignUp
	if err := web.Decode(w, r, "seller", &in); err != nil {
		return err
	}
	id, err := s.Auth.SignUpSeller(r, in, false)
	if err != nil {
		return err
	}
	return web.Respond(w, r, web.CreateSuccess, market.Seller{
		ID: id, Email: in.Email, Name: in.Name, Phone: in.Phone, StoreName: in.StoreName, BizNumber: in.BizNumber,
		Status: market.SellerPending, Role: market.RoleSeller, Language: web.Language(r),
	})
}

func (s *Server) getSeller(w http.ResponseWriter, r *http.Request) error {
	seller, err := s.Store.Seller(r.Context(), web.Caller(r).ID)
	if err != nil {
		return err
	}
	return web.Respond(w, r, web.ReadSuccess, seller)
}

func (s *Server) getSellerAccount(w http.ResponseWriter, r *http.Request) error {
	account, err := s.Store.SellerAccount(r.Context(), web.Caller(r).ID)
	if err != nil {
		return err
	}
	return web.Respond(w, r, web.ReadSuccess, account)
}

func (s *Server) updateSeller(w http.ResponseWriter, r *http.Request) error {
	var in login.SellerUpdate
	if err := web.Decode(w, r, "seller", &in); err != nil {
		return err
	}
	seller, err := s.Auth.UpdateSeller(r, in, s.PayoutPause)
	if err != nil {
		return err
	}
	return web.Respond(w, r, web.UpdateSuccess, seller)
}
