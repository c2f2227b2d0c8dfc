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
	Agreement
}

// SignUpBuyer makes a buyer. asked says that the person was asked to agree to the documents. It fails with
// CONSENT_REQUIRED or CONSENT_OUTDATED, and as store.SignUpBuyer does.
func (a *Auth) SignUpBuyer(r *http.Request, in BuyerSignUp, asked bool) error {
	consents, err := a.Documents.consents(in.Agreement, asked)
	if err != nil {
		return err
	}
	hash, err := a.SignUpHash(r, in.Password)
	if err != nil {
		return err
	}
	_, err = a.Store.SignUpBuyer(r.Context(), in.Email, hash, in.Name, in.Phone, consents...)
	return err
}

// Consents returns the consents that a signup over the API records.
func (a *Auth) Consents(in Agreement) ([]market.Consent, error) {
	return a.Documents.consents(in, false)
}

// SignUpHash hashes the password of a signup, of which an address has so many.
func (a *Auth) SignUpHash(r *http.Request, password string) (string, error) {
	if err := a.Limiter.SignUp(r.Context(), web.ClientAddress(r, a.TrustedProxies)); err != nil {
		return "", err
	}
	return a.Passwords.Hash(r.Context(), password)
}
