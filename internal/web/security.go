package web

import (
	"net/http"

	"github.com/gorilla/mux"

	"github.com/all-in-market/market/internal/market"
)

// NoteSecurity tells of something that whoever watches for attacks wants to know of: a
// log line, and a counter. id is the account's, 0 when it is not known.
func NoteSecurity(r *http.Request, event string, role market.Role, id int64) {
	e := exchangeOf(r.Context())
	e.security = append(e.security, securityEvent{event, role, id})
}

type securityEvent struct {
	name string
	role market.Role
	id   int64
}

// crossOrigin refuses what a browser sends on behalf of another site.
var crossOrigin = http.NewCrossOriginProtection()

// SameOrigin is router middleware for routes that set or read cookies: what another
// site's page makes a browser send is refused.
func SameOrigin() mux.MiddlewareFunc {
	return func(next http.Handler) http.Handler {
		return Handle(func(w http.ResponseWriter, r *http.Request) error {
			if err := crossOrigin.Check(r); err != nil {
				NoteSecurity(r, "CROSS_ORIGIN_REFUSED", "", 0)
				return market.Failed(market.CodeForbidden, err)
			}
			next.ServeHTTP(w, r)
			return nil
		})
	}
}
