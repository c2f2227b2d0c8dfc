package admin

import (
	"context"
	"net/http"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/web"
)

// page reads paging parameters; admin lists start with the oldest.
func page(r *http.Request) (market.PageRequest, error) {
	p, err := web.Page(r, 10)
	if err == nil && p.Sort == "" {
		p.Sort = "createdAt"
	}
	return p, err
}

// listByStatus makes a handler that answers with a page of everybody's, of all
// states or of the one that the query names. note notes the reading of personal data; nil for none.
func listByStatus[S interface {
	~string
	Valid() bool
}, T any](
	list func(ctx context.Context, status *S, page market.PageRequest) (market.Page[T], error),
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
		return s.Lists.AllPayments(ctx, store.PaymentFilter{Status: status, OrderID: order}, page)
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
		return s.Lists.AllSettlements(ctx, store.SettlementFilter{Status: status, SellerID: seller}, page)
	}, nil)(w, r)
}
