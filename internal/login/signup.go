package login

import (
	"net/http"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/web"
)

// BuyerSignUp is what a buyer signs up with.
type BuyerSignUp struct {
	Email    market.Email `json:"email" validate:"required,email,max=100"`
	Password string       `json:"password" validate:"required,min=8,maxbytes=72,uncommon"`
	Name     string       `json:"name" validate:"required,notblank,max=50"`
	Phone    string       `json:"phone" validate:"required,max=20,phone"`
}

// SignUpBuyer makes a buyer of whom has signed up.
func (a *Auth) SignUpBuyer(r *http.Request, in BuyerSignUp) error {
	hash, err := a.SignUpHash(r, in.Password)
	if err != nil {
		return err
	}
	_, err = a.Store.SignUpBuyer(r.Context(), in.Email, hash, in.Name, in.Phone)
	return err
}

// SignUpHash hashes the password of a signup, of which an address has so many.
func (a *Auth) SignUpHash(r *http.Request, password string) (string, error) {
	if err := a.Limiter.SignUp(r.Context(), web.ClientAddress(r, a.TrustedProxies)); err != nil {
		return "", err
	}
	return a.Passwords.Hash(r.Context(), password)
}
