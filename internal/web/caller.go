package web

import (
	"context"
	"net/http"

	"github.com/gorilla/mux"

	"github.com/all-in-market/market/internal/auth"
	"github.com/all-in-market/market/internal/market"
)

type callerKey struct{}

// WithCaller returns the request with its authenticated caller.
func WithCaller(r *http.Request, p auth.Principal) *http.Request {
	e := exchangeOf(r.Context())
	e.principal = p.String()
	e.actor.Role, e.actor.ID = p.Role, p.ID
	return r.WithContext(market.WithActor(context.WithValue(r.Context(), callerKey{}, p), e.actor))
}

// Caller returns the authenticated caller of a route that Require guards.
func Caller(r *http.Request) auth.Principal {
	p, _ := r.Context().Value(callerKey{}).(auth.Principal)
	return p
}

// Require is router middleware that admits callers of one role.
func Require(role market.Role) mux.MiddlewareFunc {
	return func(next http.Handler) http.Handler {
		return Handle(func(w http.ResponseWriter, r *http.Request) error {
			switch Caller(r).Role {
			case role:
				next.ServeHTTP(w, r)
				return nil
			case "":
				return market.Refuse(market.CodeUnauthorized)
			}
			return market.Refuse(market.CodeForbidden)
		})
	}
}

// Buyer returns the caller of a route for buyers.
func Buyer(r *http.Request) market.BuyerID { return market.BuyerID(Caller(r).ID) }

// Seller returns the caller of a route for sellers.
func Seller(r *http.Request) market.SellerID { return market.SellerID(Caller(r).ID) }
