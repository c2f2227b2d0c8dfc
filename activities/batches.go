package activities

import (
	"context"
	"time"

	"github.com/all-in-market/market/internal/market"
)

// Runs lists workflow runs and operates on them. Temporal's own batch operations are not used: they report totals, and
// an operator has to see the outcome of each run.
type Runs interface {
	// ListRuns returns a page of the runs that match a query; next is nil after the last page.
	ListRuns(ctx context.Context, query string, page []byte) (runs []market.Run, next []byte, err error)
	// Operate applies the action of a batch to a run. It is idempotent. After an error it must be
	// called again.
	Operate(ctx context.Context, b market.Batch, run market.Run) (market.BatchRun, error)
}

// batchChunk is how many runs of a batch are read at a time.
const batchChunk = 100

// ListBatch stores the runs that a batch applies to. It does so once: runs that begin later are not
// part of the batch.
func (a *Activities) ListBatch(ctx context.Context, id int64) error {
	b, err := a.Store.Batch(ctx, id)
	if err != nil || b.Listed {
		return err
	}
	page := resumed[[]byte](ctx)
	for {
		runs, next, err := a.Runs.ListRuns(ctx, b.Query, page)
		if err != nil {
			return err
		}
		if err := a.Store.AddBatchRuns(ctx, id, runs); err != nil {
			return err
		}
		if page = next; page == nil {
			return a.Store.BatchListed(ctx, id)
		}
		report(ctx, page)
	}
}

// BatchProgress counts the processed runs of a batch, and all its runs.
type BatchProgress struct{ Ended, Of int64 }

// OperateOnBatch applies a batch's action to each of its runs, within the batch's rate limit, and
// stores each outcome. An attempt after a crash resumes with the remaining runs.
func (a *Activities) OperateOnBatch(ctx context.Context, id int64) (done BatchProgress, err error) {
	b, err := a.Store.Batch(ctx, id)
	if err != nil {
		return done, err
	}
	turn := time.NewTicker(time.Second / time.Duration(b.PerSecond))
	defer turn.Stop()
	done = BatchProgress{Ended: b.Done + b.Skipped + b.Failed, Of: b.Runs}
	for {
		runs, err := a.Store.OpenBatchRuns(ctx, id, batchChunk)
		if err != nil || len(runs) == 0 {
			return done, err
		}
		for _, r := range runs {
			report(ctx, done)
			select {
			case <-ctx.Done():
				return done, ctx.Err()
			case <-turn.C:
			}
			ended, err := a.Runs.Operate(ctx, b, r.Run)
			if err != nil {
				return done, err
			}
			if err := a.Store.EndBatchRun(ctx, id, ended); err != nil {
				return done, err
			}
			done.Ended++
		}
	}
}

// EndBatchInput is the final status of a batch.
type EndBatchInput struct {
	BatchID int64
	Status  market.BatchStatus
}

// EndBatch stores the final status of a batch.
func (a *Activities) EndBatch(ctx context.Context, in EndBatchInput) error {
	return a.Store.EndBatch(ctx, in.BatchID, in.Status)
}
