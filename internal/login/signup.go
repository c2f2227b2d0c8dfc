package login

import (
	"net/http"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/web"
)

// BuyerSignUp is the data of a buyer's signup.
type BuyerSignUp struct {
	Email    market.Email `json:"email" validate:"required,emailaddress"`
	Password string       `json:"password" validate:"required,newpassword"`
	Name     string       `json:"name" validate:"required,personname"`
	Phone    string       `json:"phone" validate:"required,phonenumber,phone"`
	Agreement
}

// SignUpBuyer creates a buyer. asked reports whether the form requested agreement to the documents.
// It fails with CONSENT_REQUIRED, CONSENT_OUTDATED or SIGNUP_RATE_LIMITED, and as store.SignUpBuyer
// does.
func (a *Auth) SignUpBuyer(r *http.Request, in BuyerSignUp, asked bool) error {
	consents, err := a.Documents.consents(in.Agreement, asked)
	if err != nil {
		return err
	}
	return a.SignUp(r, in.Password, func(hash string) error {
		_, err := a.Store.SignUpBuyer(r.Context(), store.BuyerSignup{
			Email: in.Email, PasswordHash: hash, Name: in.Name, Phone: in.Phone, Language: web.Language(r),
			Consents: consents,
		})
		return err
	})
}

// SellerSignUp is the data of a seller's signup.
type SellerSignUp struct {
	Email       market.Email `json:"email" validate:"required,emailaddress"`
	Password    string       `json:"password" validate:"required,newpassword"`
	Name        string       `json:"name" validate:"required,personname"`
	Phone       string       `json:"phone" validate:"required,phonenumber"`
	StoreName   string       `json:"storeName" validate:"required,storename"`
	BizNumber   string       `json:"bizNumber" validate:"required,businessnumber"`
	BankCode    string       `json:"bankCode" validate:"required,bank"`
	BankAccount string       `json:"bankAccount" validate:"required,accountnumber"`
	Agreement
}

// SignUpSeller creates a seller, who waits for approval, and returns the id. asked reports whether
// the form requested agreement to the documents. It fails with CONSENT_REQUIRED, CONSENT_OUTDATED
// or SIGNUP_RATE_LIMITED, and as store.SignUpSeller does.
func (a *Auth) SignUpSeller(r *http.Request, in SellerSignUp, asked bool) (id int64, err error) {
	consents, err := a.Documents.consents(in.Agreement, asked)
	if err != nil {
		return 0, err
	}
	err = a.SignUp(r, in.Password, func(hash string) (err error) {
		id, err = a.Store.SignUpSeller(r.Context(), store.SellerSignup{
			Email: in.Email, PasswordHash: hash, Name: in.Name, Phone: in.Phone, StoreName: in.StoreName,
			BizNumber: in.BizNumber, BankCode: in.BankCode, BankAccount: in.BankAccount, Language: web.Language(r),
			Consents: consents,
		})
		return err
	})
	return id, err
}

// SignUp has create make an account with the hash of a password. A network may make a number of
// accounts: SIGNUP_RATE_LIMITED. Signups that make none are counted apart.
func (a *Auth) SignUp(r *http.Request, password string, create func(hash string) error) error {
	ctx, address := r.Context(), web.ClientAddress(r, a.TrustedProxies)
	if err := a.Limiter.SignUp(ctx, address); err != nil {
		return err
	}
	hash, err := a.Passwords.Hash(ctx, password)
	if err == nil {
		err = create(hash)
	}
	switch market.CodeOf(err) {
	case "":
	case market.CodeEmailAlreadyExists, market.CodeDataConflict, market.CodeInvalidInput:
		_ = a.Limiter.SignUpRefused(ctx, address) // the failure that is reported is the first one
	default:
		_ = a.Limiter.SignUpFailed(ctx, address)
	}
	return err
}
