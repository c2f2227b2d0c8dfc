package admin

import (
	"context"
	"net/http"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/web"
)

// list returns a function that records the reading of a list.
func (s *Server) list(data market.AccessData) func(ctx context.Context, rows int) error {
	return func(ctx context.Context, rows int) error {
		return s.Store.NoteRead(ctx, market.Access{Data: data, Rows: rows})
	}
}

func (s *Server) noteBuyer(ctx context.Context, id int64) error {
	return s.Store.NoteRead(ctx, market.Access{
		Data: market.DataBuyer, DataID: id, Subject: market.RoleBuyer, SubjectID: id, Rows: 1,
	})
}

func (s *Server) noteSeller(ctx context.Context, id int64) error {
	return s.Store.NoteRead(ctx, market.Access{
		Data: market.DataSeller, DataID: id, Subject: market.RoleSeller, SubjectID: id, Rows: 1,
	})
}

func (s *Server) noteOrder(ctx context.Context, o market.Order) error {
	return s.Store.NoteRead(ctx, market.Access{
		Data: market.DataOrder, DataID: o.ID, Subject: market.RoleBuyer, SubjectID: o.BuyerID, Rows: 1,
	})
}

func (s *Server) noteRefund(ctx context.Context, r market.AdminRefund) error {
	return s.Store.NoteRead(ctx, market.Access{
		Data: market.DataRefund, DataID: r.ID, Subject: market.RoleBuyer, SubjectID: r.BuyerID, Rows: 1,
	})
}

// replays records the reading of a replayed response.
type replays struct {
	web.Requests
	note func(ctx context.Context) error
}

// BeginRequest implements web.Requests.
func (r replays) BeginRequest(ctx context.Context, request store.Request) (*store.Answer, error) {
	answer, err := r.Requests.BeginRequest(ctx, request)
	if err == nil && answer != nil && answer.Status < http.StatusBadRequest {
		err = r.note(ctx)
	}
	return answer, err
}

// listAccess answers with the access log, the newest entries first.
func (s *Server) listAccess(w http.ResponseWriter, r *http.Request) error {
	f, err := web.AccessFilter(r)
	if err != nil {
		return err
	}
	p, err := web.Page(r, 20)
	if err != nil {
		return err
	}
	entries, err := s.Replica.AccessLog(r.Context(), f, p)
	if err == nil {
		err = s.list(market.DataAccessLog)(r.Context(), len(entries.Content))
	}
	if err != nil {
		return err
	}
	return web.Respond(w, r, web.ReadSuccess, entries)
}

// summarizeAccess answers with the counts of a month's entries by actor and action.
func (s *Server) summarizeAccess(w http.ResponseWriter, r *http.Request) error {
	first, next, err := web.Month(r, s.Store.Today())
	if err != nil {
		return err
	}
	summary, err := s.Replica.SummarizeAccess(r.Context(), first, next)
	if err != nil {
		return err
	}
	return web.Respond(w, r, web.ReadSuccess, summary)
}
