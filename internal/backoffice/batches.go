package backoffice

import (
	"context"
	"slices"
	"time"

	"github.com/all-in-market/market/internal/engine"
	"github.com/all-in-market/market/internal/market"
)

// Runs finds runs of workflows, reads their histories, and sends decisions to those of payouts;
// *engine.Operator implements it.
type Runs interface {
	ListRuns(ctx context.Context, query string, page []byte) (runs []market.Run, next []byte, err error)
	CountRuns(ctx context.Context, query string) (int64, error)
	OrderTimeline(ctx context.Context, orderID int64) ([]market.OrderEvent, error)
}

// RunQuery selects runs of workflows.
type RunQuery = engine.RunQuery

// maxBatch is the maximum number of runs in a batch.
const maxBatch = 10_000

// FoundRuns are the runs that match a query: their number, and the first of them.
type FoundRuns struct {
	Total int64
	First []market.Run
}

// FindRuns finds the runs that a batch would be about. It fails with INVALID_INPUT for a query of an unknown type or
// state.
func (o *Service) FindRuns(ctx context.Context, q engine.RunQuery) (found FoundRuns, err error) {
	if err := checkRuns(q); err != nil {
		return found, err
	}
	query := q.Until(time.Now())
	if found.Total, err = o.Runs.CountRuns(ctx, query); err != nil {
		return found, err
	}
	found.First, _, err = o.Runs.ListRuns(ctx, query, nil)
	return found, err
}

// checkRuns fails with INVALID_INPUT for a query of an unknown type or state, or of days in the wrong order.
func checkRuns(q RunQuery) error {
	switch {
	case !slices.Contains(engine.OperableTypes, q.Type):
		return invalid("type")
	case !q.Valid():
		return invalid("status")
	case !q.From.IsZero() && !q.To.IsZero() && q.To.Before(q.From):
		return market.RefuseWith(market.CodeInvalidInput, market.DetailDaysReversed)
	}
	return nil
}

func invalid(field string) error {
	return market.RefuseWith(market.CodeInvalidInput, market.DetailFieldInvalid, field)
}

// maxPerSecond is the maximum rate of a batch.
const maxPerSecond = 50

// BeginBatch begins a batch about all runs that a query finds now; b's Query is made of it. The
// same request again finds the same batch. It fails with INVALID_INPUT when there are too many, for an unknown type or
// state, an action that does not fit the type, or a pace out of range.
func (o *Service) BeginBatch(ctx context.Context, q engine.RunQuery, b market.NewBatch) (id int64, err error) {
	if err := checkRuns(q); err != nil {
		return 0, err
	}
	switch {
	case !b.Action.Valid() || !engine.Takes(q.Type, b.Action):
		return 0, invalid("action")
	case b.PerSecond < 1 || b.PerSecond > maxPerSecond:
		return 0, invalid("perSecond")
	}
	b.Query = q.Until(time.Now())
	n, err := o.Runs.CountRuns(ctx, b.Query)
	if err != nil {
		return 0, err
	}
	if n > maxBatch {
		return 0, market.RefuseWith(market.CodeInvalidInput, market.DetailTooManyRuns, maxBatch)
	}
	return o.Store.CreateBatch(ctx, b)
}

// CancelBatch has a batch end after its current run. It fails with NOT_FOUND when the batch is not
// running.
func (o *Service) CancelBatch(ctx context.Context, id int64) error {
	b, err := o.Store.Batch(ctx, id)
	if err != nil {
		return err
	}
	if b.Status != market.BatchRunning {
		return market.Refuse(market.CodeNotFound)
	}
	if err := o.Store.NoteAction(ctx, market.Action{
		Name: "BATCH_TO_BE_CANCELLED", Subject: "BATCH", SubjectID: id,
	}); err != nil {
		return err
	}
	return o.Workflows.CancelBatch(ctx, id)
}
