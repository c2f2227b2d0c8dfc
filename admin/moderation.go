package admin

import (
	"context"
	"net/http"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/reports"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/web"
)

// reason is the required reason of an action.
type reason struct {
	Reason string `json:"reason" validate:"required,reason" text:"lines"`
}

// explained returns a handler of an action, with a reason, on the resource whose id is in the path.
// note records that the response contains personal data; nil for none.
func explained[T any](
	idName string, do func(ctx context.Context, id int64, reason string) (T, error),
	note func(ctx context.Context, id int64) error,
) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		var in reason
		if err := web.Decode(w, r, "", &in); err != nil {
			return err
		}
		return measure(idName, func(ctx context.Context, id int64) (T, error) {
			return do(ctx, id, in.Reason)
		}, note)(w, r)
	}
}

// measure returns a handler of an action on the resource whose id is in the path. note records that
// the response contains personal data; nil for none.
func measure[T any](
	idName string, do func(ctx context.Context, id int64) (T, error), note func(ctx context.Context, id int64) error,
) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		id, err := web.ID(r, idName)
		if err != nil {
			return err
		}
		changed, err := do(r.Context(), id)
		if err == nil && note != nil {
			err = note(r.Context(), id)
		}
		if err != nil {
			return err
		}
		return web.Respond(w, r, web.UpdateSuccess, changed)
	}
}

// listBuyers answers with buyers, the newest first.
func (s *Server) listBuyers(w http.ResponseWriter, r *http.Request) error {
	p, err := web.Page(r, 10)
	if err != nil {
		return err
	}
	status, err := web.Enum[market.BuyerStatus](r, "status")
	if err != nil {
		return err
	}
	filter := store.BuyerFilter{Status: status}
	if filter.Email, err = web.QueryEmail(r, "email"); err != nil {
		return err
	}
	buyers, err := s.Replica.BuyerAccounts(r.Context(), filter, p)
	if err == nil {
		err = s.list(market.DataBuyers)(r.Context(), len(buyers.Content))
	}
	if err != nil {
		return err
	}
	return web.Respond(w, r, web.ReadSuccess, buyers)
}

// listAudit answers with the audit log, or a file of it.
func (s *Server) listAudit(w http.ResponseWriter, r *http.Request) error {
	f, err := reports.AuditFilter(r)
	if err != nil {
		return err
	}
	return reports.Audit(w, r, s.Replica, s.Store, f)
}
