package admin

import (
	"cmp"
	"context"
	"crypto/rand"
	"net/http"

	"github.com/all-in-market/market/internal/backoffice"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/web"
)

// batch is a batch as clients see it.
type batch struct {
	BatchID   int64              `json:"batchId"`
	Action    market.BatchAction `json:"action"`
	Query     string             `json:"query"`
	Reason    string             `json:"reason"`
	PerSecond int16              `json:"perSecond"`
	StaffID   int64              `json:"staffId"`
	Status    market.BatchStatus `json:"status"`
	CreatedAt market.LocalTime   `json:"createdAt"`
	EndedAt   *market.LocalTime  `json:"endedAt"`
}

func batchOf(b market.Batch) batch {
	return batch{
		BatchID: b.ID, Action: b.Action, Query: b.Query, Reason: b.Reason, PerSecond: b.PerSecond, StaffID: b.AdminID,
		Status: b.Status, CreatedAt: b.CreatedAt, EndedAt: b.EndedAt,
	}
}

// batchDetail is a batch with its progress.
type batchDetail struct {
	batch
	Listed  bool  `json:"listed"` // runs is the number of all
	Runs    int64 `json:"runs"`
	Done    int64 `json:"done"`
	Skipped int64 `json:"skipped"`
	Failed  int64 `json:"failed"`
}

// workflowRun is a run of a workflow.
type workflowRun struct {
	WorkflowID string `json:"workflowId"`
	RunID      string `json:"runId"`
	Type       string `json:"type"`
}

// batchRun is a run of a batch.
type batchRun struct {
	workflowRun
	Outcome *string `json:"outcome"` // nil until it is processed
	Problem *string `json:"problem"`
}

// shownRuns is the maximum number of runs in a response.
const shownRuns = 100

// findRuns answers with the runs of workflows that a batch would be about.
func (s *Server) findRuns(w http.ResponseWriter, r *http.Request) error {
	q, err := runQuery(r)
	if err != nil {
		return err
	}
	found, err := s.BackOffice.FindRuns(r.Context(), q)
	if err != nil {
		return err
	}
	first := make([]workflowRun, min(len(found.First), shownRuns))
	for i := range first {
		first[i] = workflowRun(found.First[i])
	}
	return web.Respond(w, r, web.ReadSuccess, struct {
		Total int64         `json:"total"`
		First []workflowRun `json:"first"`
	}{found.Total, first})
}

func runQuery(r *http.Request) (q backoffice.RunQuery, err error) {
	q.Type, q.Status = r.URL.Query().Get("type"), r.URL.Query().Get("status")
	from, to, err := web.Days(r)
	if err != nil {
		return q, err
	}
	if from != nil {
		q.From = *from
	}
	if to != nil {
		q.To = *to
	}
	q.OrderID, err = web.QueryID(r, "orderId")
	return q, err
}

// newBatch describes the runs of a batch as the query of findRuns does.
type newBatch struct {
	reason
	Type      string             `json:"type" validate:"required,max=50"`
	Status    string             `json:"status" validate:"max=50"`
	From      string             `json:"from" validate:"max=10"`
	To        string             `json:"to" validate:"max=10"`
	OrderID   int64              `json:"orderId" validate:"gte=0"`
	Action    market.BatchAction `json:"action" validate:"required,enum"`
	PerSecond int16              `json:"perSecond" validate:"batchrate"`
}

// beginBatch begins a batch about all runs that its query finds. The same request with the same Idempotency-Key finds
// the same batch.
func (s *Server) beginBatch(w http.ResponseWriter, r *http.Request) error {
	in := newBatch{PerSecond: 5}
	if err := web.Decode(w, r, "", &in); err != nil {
		return err
	}
	key, err := web.IdempotencyKey(r)
	if err != nil {
		return err
	}
	q := backoffice.RunQuery{Type: in.Type, Status: in.Status, OrderID: in.OrderID}
	for name, day := range map[string]struct {
		typed string
		into  *market.Day
	}{"from": {in.From, &q.From}, "to": {in.To, &q.To}} {
		if day.typed == "" {
			continue
		}
		if *day.into, err = market.ParseDay(day.typed); err != nil {
			return market.RefuseWith(market.CodeInvalidInput, market.DetailNotDay, name)
		}
	}
	id, err := s.BackOffice.BeginBatch(r.Context(), q, market.NewBatch{
		Action: in.Action, Reason: in.Reason, PerSecond: in.PerSecond, AdminID: web.Caller(r).ID,
		Request: web.HashedKey("api:" + web.Caller(r).String() + ":" + cmp.Or(key, rand.Text())),
	})
	if err != nil {
		return err
	}
	b, err := s.batch(r.Context(), id)
	if err != nil {
		return err
	}
	return web.Respond(w, r, web.CreateSuccess, b)
}

func (s *Server) batch(ctx context.Context, id int64) (batchDetail, error) {
	b, err := s.Store.Batch(ctx, id)
	return batchDetail{batchOf(b), b.Listed, b.Runs, b.Done, b.Skipped, b.Failed}, err
}

// batches lists batches, of all states or of one.
func (s *Server) batches(
	ctx context.Context, status *market.BatchStatus, page market.PageRequest,
) (market.Page[batch], error) {
	p, err := s.Store.Batches(ctx, status, page)
	return market.MapPage(p, batchOf), err
}

// batchRuns returns the first runs of a batch, those with a problem first.
func (s *Server) batchRuns(ctx context.Context, id int64) ([]batchRun, error) {
	if _, err := s.Store.Batch(ctx, id); err != nil {
		return nil, err
	}
	runs, err := s.Store.BatchRuns(ctx, id, shownRuns)
	shown := make([]batchRun, len(runs))
	for i, run := range runs {
		shown[i] = batchRun{workflowRun(run.Run), market.Optional(string(run.Outcome)), market.Optional(run.Problem)}
	}
	return shown, err
}

// cancelBatch has a batch end after its current run.
func (s *Server) cancelBatch(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "batchId")
	if err != nil {
		return err
	}
	if err := s.BackOffice.CancelBatch(r.Context(), id); err != nil {
		return err
	}
	return web.Respond(w, r, web.Accepted, nil)
}
