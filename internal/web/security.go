package web

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/mux"
	"golang.org/x/time/rate"

	"github.com/all-in-market/market/internal/auth"
	"github.com/all-in-market/market/internal/market"
)

// NoteSecurity records a security event: in a log line, a counter, and the audit log. id is the
// account's; 0 if unknown.
func NoteSecurity(r *http.Request, event string, role market.Role, id int64) {
	e := exchangeOf(r.Context())
	e.security = append(e.security, securityEvent{event, role, id})
}

// NoteDecision records the security event of a proposal that changes a seller's bank account, if p does.
func NoteDecision(r *http.Request, p market.Proposal) {
	if p.Kind.OfSeller() && p.Status == market.ProposalApproved && p.SubjectID != nil {
		NoteSecurity(r, "BANK_ACCOUNT_CHANGED", market.RoleSeller, *p.SubjectID)
	}
}

// NoteAccount records the security event of a request that changes a seller's bank account, or proposes that.
func NoteAccount(r *http.Request, sellerID int64, proposed bool) {
	event := "BANK_ACCOUNT_CHANGED"
	if proposed {
		event = "BANK_ACCOUNT_PROPOSED"
	}
	NoteSecurity(r, event, market.RoleSeller, sellerID)
}

type securityEvent struct {
	name string
	role market.Role
	id   int64
}

// auditTimeout bounds the write to the audit log at the end of a request.
const auditTimeout = 2 * time.Second

// anonymousEvents bounds the audit entries that callers without an account cause in this process. What
// is above is logged and counted only.
var anonymousEvents budgets

// budgets bounds events by kind, and within a kind by network, so that neither one kind nor one network
// uses up what the others need. Its zero value is ready to use.
type budgets struct {
	mu       sync.Mutex
	events   map[string]*rate.Limiter
	networks map[networkEvent]*rate.Limiter
}

type networkEvent struct{ event, network string }

const (
	eventsPerSecond, eventBurst  = 20, 500
	networkPerSecond, ofOneBurst = 1, 20
	maxNetworks                  = 10_000 // that are remembered
)

// allow reports whether an event from an address is within the budgets.
func (b *budgets) allow(event, address string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.events == nil {
		b.events = map[string]*rate.Limiter{}
	}
	if len(b.networks) >= maxNetworks || b.networks == nil {
		b.networks = map[networkEvent]*rate.Limiter{}
	}
	of := networkEvent{event, auth.Network(address)}
	if b.networks[of] == nil {
		b.networks[of] = rate.NewLimiter(networkPerSecond, ofOneBurst)
	}
	if b.events[event] == nil {
		b.events[event] = rate.NewLimiter(eventsPerSecond, eventBurst)
	}
	return b.networks[of].Allow() && b.events[event].Allow()
}

func (o Middleware) audit(ctx context.Context, e *requestInfo, s securityEvent) {
	if o.Audit == nil || (e.actor.Role == market.RoleAnonymous && !anonymousEvents.allow(s.name, e.actor.Address)) {
		return
	}
	ctx, cancel := context.WithTimeout(market.WithActor(context.WithoutCancel(ctx), e.actor), auditTimeout)
	defer cancel()
	if err := o.Audit(ctx, market.Action{Name: s.name, Subject: string(s.role), SubjectID: s.id}); err != nil {
		o.Log.LogAttrs(ctx, slog.LevelError, "a security event is missing in the audit log",
			slog.String("event", s.name),
			slog.String("request_id", e.requestID), slog.String("error", err.Error()))
	}
}

// crossOrigin refuses what a browser sends on behalf of another site.
var crossOrigin = http.NewCrossOriginProtection()

// SameOrigin is router middleware for routes that set or read cookies: it refuses cross-site
// requests.
func SameOrigin() mux.MiddlewareFunc {
	return func(next http.Handler) http.Handler {
		return Handle(func(w http.ResponseWriter, r *http.Request) error {
			if err := crossOrigin.Check(r); err != nil {
				NoteSecurity(r, "CROSS_ORIGIN_REFUSED", "", 0)
				return market.RefuseWith(market.CodeForbidden, market.DetailOtherOrigin, r.Header.Get("Origin"), r.Host)
			}
			next.ServeHTTP(w, r)
			return nil
		})
	}
}
