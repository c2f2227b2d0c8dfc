package admin

import (
	"context"
	"net/http"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/web"
)

// listByStatus returns a handler that responds with a page of all resources, of all states or of
// the one in the query, the oldest first. note records the reading of personal data; nil for none.
func listByStatus[S status, T any](list lister[S, T], note func(ctx context.Context, rows int) error) web.Handler {
	return pagesByStatus(func(r *http.Request) (market.PageRequest, error) {
		return web.OldestFirst(r, 10)
	}, list, note)
}

// newestByStatus is listByStatus for a list that starts with the newest.
func newestByStatus[S status, T any](list lister[S, T], note func(ctx context.Context, rows int) error) web.Handler {
	return pagesByStatus(func(r *http.Request) (market.PageRequest, error) { return web.Page(r, 10) }, list, note)
}

type status interface {
	~string
	Valid() bool
}

// lister reads a page of a list, of all states or of one.
type lister[S status, T any] func(
	ctx context.Context, status *S, page market.PageRequest,
) (market.Page[T], error)

func pagesByStatus[S status, T any](
	page func(r *http.Request) (market.PageRequest, error), list lister[S, T],
	note func(ctx context.Context, rows int) error,
) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		p, err := page(r)
		if err != nil {
			return err
		}
		status, err := web.Enum[S](r, "status")
		if err != nil {
			return err
		}
		content, err := list(r.Context(), status, p)
		if err != nil {
			return err
		}
		if note != nil {
			if err := note(r.Context(), len(content.Content)); err != nil {
				return err
			}
		}
		return web.Respond(w, r, web.ReadSuccess, content)
	}
}

// detail makes a handler that answers with what an id in the path names. note records a read of personal data; nil for
// none.
func detail[T any](
	idName string, read func(ctx context.Context, id int64) (T, error), note func(ctx context.Context, data T) error,
) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		id, err := web.ID(r, idName)
		if err != nil {
			return err
		}
		data, err := read(r.Context(), id)
		if err == nil && note != nil {
			err = note(r.Context(), data)
		}
		if err != nil {
			return err
		}
		return web.Respond(w, r, web.ReadSuccess, data)
	}
}

// listPayments answers with the payments of all orders or of one.
func (s *Server) listPayments(w http.ResponseWriter, r *http.Request) error {
	order, err := web.QueryID(r, "orderId")
	if err != nil {
		return err
	}
	return listByStatus(func(
		ctx context.Context, status *market.PaymentStatus, page market.PageRequest,
	) (market.Page[market.AdminPayment], error) {
		return s.Replica.AllPayments(ctx, store.PaymentFilter{Status: status, OrderID: order}, page)
	}, nil)(w, r)
}

// listSettlements answers with the settlements of all sellers or of one.
func (s *Server) listSettlements(w http.ResponseWriter, r *http.Request) error {
	seller, err := web.QueryID(r, "sellerId")
	if err != nil {
		return err
	}
	return listByStatus(func(
		ctx context.Context, status *market.SettlementStatus, page market.PageRequest,
	) (market.Page[market.Settlement], error) {
		return s.Replica.AllSettlements(ctx, store.SettlementFilter{Status: status, SellerID: seller}, page)
	}, nil)(w, r)
}
