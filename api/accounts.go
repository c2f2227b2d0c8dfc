package api

import (
	"context"
	"net/http"

	"github.com/all-in-market/market/internal/cache"
	"github.com/all-in-market/market/internal/login"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
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
	var in login.ProfileUpdate
	if err := web.Decode(w, r, "", &in); err != nil {
		return err
	}
	buyer, err := s.Auth.UpdateBuyer(r, in)
	if err != nil {
		return err
	}
	return web.Respond(w, r, web.UpdateSuccess, buyer)
}

type withdrawal struct {
	CurrentPassword string `json:"currentPassword" validate:"required,max=72"`
}

// withdraw makes a handler that closes the caller's account for good, and ends all its
// sessions.
func (s *Server) withdraw(
	secret func(ctx context.Context, id int64) (string, error), withdraw func(ctx context.Context, id int64) error,
) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		var in withdrawal
		if err := web.Decode(w, r, "", &in); err != nil {
			return err
		}
		if err := s.Auth.Confirm(r, in.CurrentPassword, secret); err != nil {
			return err
		}
		caller := web.Caller(r)
		if err := withdraw(r.Context(), caller.ID); err != nil {
			return err
		}
		web.NoteSecurity(r, "ACCOUNT_WITHDRAWN", caller.Role, caller.ID)
		if caller.Role == market.RoleSeller {
			s.Cache.Changed(r.Context(), cache.ProductsGroup, cache.SellerProductsGroup(caller.ID))
		}
		if err := s.Auth.Sessions.EndAccount(r.Context(), caller.Role, caller.ID); err != nil {
			return err
		}
		return web.Respond(w, r, web.DeleteSuccess, nil)
	}
}

type sellerSignup struct {
	Email       market.Email `json:"email" validate:"required,email,max=100"`
	Password    string       `json:"password" validate:"required,min=8,maxbytes=72,uncommon"`
	Name        string       `json:"name" validate:"required,notblank,max=50"`
	Phone       string       `json:"phone" validate:"required,notblank,max=20"`
	StoreName   string       `json:"storeName" validate:"required,notblank,max=100"`
	BizNumber   string       `json:"bizNumber" validate:"required,notblank,max=20"`
	BankCode    string       `json:"bankCode" validate:"required,notblank,max=30"`
	BankAccount string       `json:"bankAccount" validate:"required,notblank,max=50"`
	login.Agreement
}

func (s *Server) signUpSeller(w http.ResponseWriter, r *http.Request) error {
	var in sellerSignup
	if err := web.Decode(w, r, "seller", &in); err != nil {
		return err
	}
	consents, err := s.Auth.Consents(in.Agreement)
	if err != nil {
		return err
	}
	var id int64
	err = s.Auth.SignUp(r, in.Password, func(hash string) (err error) {
		id, err = s.Store.SignUpSeller(r.Context(), store.SellerSignup{
			Email: in.Email, PasswordHash: hash, Name: in.Name, Phone: in.Phone, StoreName: in.StoreName,
			BizNumber: in.BizNumber, BankCode: in.BankCode, BankAccount: in.BankAccount, Consents: consents,
		})
		return err
	})
	if err != nil {
		return err
	}
	return web.Respond(w, r, web.CreateSuccess, market.Seller{
		ID: id, Email: in.Email, Name: in.Name, Phone: in.Phone, StoreName: in.StoreName, BizNumber: in.BizNumber,
		Status: market.SellerPending, Role: market.RoleSeller,
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
