package store

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store/db"
)

// CreateBatch creates a batch, whose follow-up starts the workflow. A repeated request returns the
// existing batch.
func (s BatchStore) CreateBatch(ctx context.Context, b market.NewBatch) (id int64, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		id, err = s.q.CreateBatch(ctx, tx, db.CreateBatchParams{
			Action: b.Action, Query: b.Query, Reason: b.Reason, PerSecond: b.PerSecond, AdminID: b.AdminID,
			Request: b.Request,
		})
		if errors.Is(err, pgx.ErrNoRows) {
			id, err = s.q.BatchOfRequest(ctx, tx, b.Request)
			return err
		}
		if err != nil {
			return err
		}
		return s.q.AddFollowUp(ctx, tx, market.FollowUpBatch, id)
	})
	return id, translate(err)
}

// Batch returns a batch. It fails with NOT_FOUND.
func (s BatchStore) Batch(ctx context.Context, id int64) (market.Batch, error) {
	row, err := orNotFound(s.q.GetBatch(ctx, s.pool, id))(market.CodeNotFound)
	if err != nil {
		return market.Batch{}, err
	}
	n, err := s.q.CountBatchRuns(ctx, s.pool, id)
	b := batch(row)
	b.Runs, b.Done, b.Skipped, b.Failed = n.Runs, n.Done, n.Skipped, n.Failed
	return b, translate(err)
}

// Batches lists the batches, in all states or in one, newest first, without the numbers of their runs; sorts:
// createdAt, id.
func (s BatchStore) Batches(
	ctx context.Context, status *market.BatchStatus, page market.PageRequest,
) (market.Page[market.Batch], error) {
	return withStatus(list[db.Batch, market.Batch]{
		table: "batches", show: batch, where: "true", sorts: byCreation,
	}, status).page(ctx, s.DB, page)
}

func batch(r db.Batch) market.Batch {
	b := market.Batch{
		ID: r.ID, NewBatch: market.NewBatch{
			Action: r.Action, Query: r.Query, Reason: r.Reason, PerSecond: r.PerSecond, AdminID: r.AdminID,
			Request: r.Request,
		},
		Status: r.Status, Listed: r.Listed, CreatedAt: market.LocalTime(r.CreatedAt),
	}
	if r.Status != market.BatchRunning {
		b.EndedAt = market.LocalTimeOf(&r.UpdatedAt)
	}
	return b
}

// AddBatchRuns adds runs to a batch; existing ones stay unchanged.
func (s BatchStore) AddBatchRuns(ctx context.Context, batchID int64, runs []market.Run) error {
	in := db.AddBatchRunsParams{BatchID: batchID}
	for _, r := range runs {
		in.WorkflowIds, in.RunIds = append(in.WorkflowIds, r.WorkflowID), append(in.RunIds, r.RunID)
		in.Types = append(in.Types, r.Type)
	}
	return translate(s.q.AddBatchRuns(ctx, s.pool, in))
}

// BatchListed records that the list of a batch's runs is complete.
func (s BatchStore) BatchListed(ctx context.Context, id int64) error {
	return translate(s.q.BatchListed(ctx, s.pool, id))
}

// OpenBatchRuns returns up to limit runs of a batch that have not been processed.
func (s BatchStore) OpenBatchRuns(ctx context.Context, id int64, limit int32) ([]market.BatchRun, error) {
	return batchRuns(s.q.OpenBatchRuns(ctx, s.pool, id, limit))
}

// BatchRuns returns up to limit runs of a batch, those with a problem first.
func (s BatchStore) BatchRuns(ctx context.Context, id int64, limit int32) ([]market.BatchRun, error) {
	return batchRuns(s.q.ListBatchRuns(ctx, s.pool, id, limit))
}

func batchRuns(rows []db.BatchRun, err error) ([]market.BatchRun, error) {
	runs := make([]market.BatchRun, len(rows))
	for i, r := range rows {
		runs[i].Run = market.Run{WorkflowID: r.WorkflowID, RunID: r.RunID, Type: r.Type}
		if r.Outcome != nil {
			runs[i].Outcome = *r.Outcome
		}
		if r.Problem != nil {
			runs[i].Problem = *r.Problem
		}
	}
	return runs, translate(err)
}

// EndBatchRun stores the outcome of a run in a batch; an outcome stored before is kept.
func (s BatchStore) EndBatchRun(ctx context.Context, batchID int64, r market.BatchRun) error {
	in := db.EndBatchRunParams{BatchID: batchID, WorkflowID: r.WorkflowID, RunID: r.RunID, Outcome: &r.Outcome}
	if r.Problem != "" {
		in.Problem = &r.Problem
	}
	return translate(s.q.EndBatchRun(ctx, s.pool, in))
}

// EndBatch sets the final status of a running batch.
func (s BatchStore) EndBatch(ctx context.Context, id int64, status market.BatchStatus) error {
	return translate(s.q.EndBatch(ctx, s.pool, id, status))
}
