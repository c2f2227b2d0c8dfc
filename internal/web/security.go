package web

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/gorilla/mux"
	"golang.org/x/time/rate"

	"github.com/all-in-market/market/internal/market"
)

// NoteSecurity tells of something that whoever watches for attacks wants to know of: a log line,
// a counter, and an entry of the audit log. id is the account's, 0 when it is not known.
func NoteSecurity(r *http.Request, event string, role market.Role, id int64) {
	e := exchangeOf(r.Context())
	e.security = append(e.security, securityEvent{event, role, id})
}

type securityEvent struct {
	name string
	role market.Role
	id   int64
}

// auditPatience is how long the end of a request waits for the audit log.
const auditPatience = 2 * time.Second

// audited bounds the entries of this process that anybody can cause: whoever attacks must not be
// able to fill the audit log. What is above it is in the log and counted.
var audited = rate.NewLimiter(20, 500)

func (o Outer) audit(ctx context.Context, e *exchange, s securityEvent) {
	if o.Audit == nil || (e.actor.Role == market.RoleAnonymous && !audited.Allow()) {
		return
	}
	ctx, cancel := context.WithTimeout(market.WithActor(context.WithoutCancel(ctx), e.actor), auditPatience)
	defer cancel()
	if err := o.Audit(ctx, market.Action{Name: s.name, Subject: string(s.role), SubjectID: s.id}); err != nil {
		o.Log.LogAttrs(ctx, slog.LevelError, "a security event is missing in the audit log", slog.String("event", s.name),
			slog.String("request_id", e.requestID), slog.String("error", err.Error()))
	}
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
