package activities

import (
	"context"
	"time"

	"github.com/all-in-market/market/internal/market"
)

// Runs are the runs of workflows, as an operator works on them.
type Runs interface {
	// ListRuns is a page of the runs that a query finds; next is nil after the last.
	ListRuns(ctx context.Context, query string, page []byte) (runs []market.Run, next []byte, err error)
	// Operate applies the action of a batch to a run. Called again it changes nothing more. After an
	// error it has to be called again.
	Operate(ctx context.Context, b market.Batch, run market.Run) (market.BatchRun, error)
}

// batchChunk is how many runs of a batch are read at a time.
const batchChunk = 100

// ListBatch writes down which runs a batch is about. It is done once: runs that begin later are
// none of its.
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

// BatchProgress is how many runs of a batch have had their turn, of how many.
type BatchProgress struct{ Ended, Of int64 }

// OperateOnBatch does what a batch is for to each of its runs, no more than so many a second, and
// notes what comes of each: an attempt after a crash goes on with the rest.
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

// EndBatchInput says how a batch has ended.
type EndBatchInput struct {
	BatchID int64
	Status  market.BatchStatus
}

// EndBatch notes that a batch has ended.
func (a *Activities) EndBatch(ctx context.Context, in EndBatchInput) error {
	return a.Store.EndBatch(ctx, in.BatchID, in.Status)
}
