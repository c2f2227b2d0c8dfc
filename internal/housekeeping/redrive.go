package housekeeping

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"github.com/all-in-market/market/internal/engine"
	"github.com/all-in-market/market/internal/store"
)

// Redrive ensures once, at a rate, that the owner workflow of every waiting row is running, as after the loss of
// Temporal's database. Workers leave the sweep of stuck rows to it meanwhile.
type Redrive struct {
	Store     *store.Store
	Workflows *engine.Client
	PerSecond float64 // rows, at most

	Report func(RedriveProgress)         // called every few seconds, and at the end of each state
	Failed func(store.WaitingRow, error) // called for each row whose workflow could not be started
}

// RedrivePosition is a place in the order of a Redrive.
type RedrivePosition struct {
	State string // such as "payments PENDING"; "" before the first state
	ID    int64  // the last row processed; 0 before the first one
}

// String returns the position as ParseRedrivePosition reads it, such as "payments PENDING:17".
func (p RedrivePosition) String() string { return fmt.Sprintf("%s:%d", p.State, p.ID) }

// ParseRedrivePosition parses a position in the format of String. "" is the beginning.
func ParseRedrivePosition(text string) (p RedrivePosition, err error) {
	if text == "" {
		return p, nil
	}
	i := strings.LastIndexByte(text, ':')
	if i < 0 {
		return p, fmt.Errorf("position %q: want STATE:ID, such as %q", text, RedrivePosition{"payments PENDING", 17})
	}
	p.State = text[:i]
	if p.ID, err = strconv.ParseInt(text[i+1:], 10, 64); err != nil || p.ID < 0 {
		return p, fmt.Errorf("position %q: %q is not an id", text, text[i+1:])
	}
	if !slices.ContainsFunc(store.OwnedStates(), func(w store.WaitingState) bool { return w.String() == p.State }) {
		return p, fmt.Errorf("position %q: unknown state %q", text, p.State)
	}
	return p, nil
}

// RedriveCounts counts rows.
type RedriveCounts struct {
	Done    int64 // all processed rows, including those whose workflow was running
	Started int64
	Failed  int64
}

// RedriveProgress is the progress of a Redrive in a state.
type RedriveProgress struct {
	RedriveCounts
	Position RedrivePosition
	Total    int64 // rows that waited when the state began
	Elapsed  time.Duration
}

// redriveReport is about how often progress is reported.
const redriveReport = 5 * time.Second

// Run begins after a position, processes all states and returns the counts. When ctx ends, or
// services are not available, it completes the starts that have begun and returns an error and the
// position to continue from.
func (r Redrive) Run(ctx context.Context, from RedrivePosition) (done RedriveCounts, next RedrivePosition, err error) {
	limiter := rate.NewLimiter(rate.Limit(r.PerSecond), 1)
	for _, w := range store.OwnedStates() {
		if from.State != "" && from.State != w.String() {
			continue
		}
		p := RedriveProgress{Position: RedrivePosition{State: w.String(), ID: from.ID}}
		from = RedrivePosition{}
		err := r.state(ctx, w, limiter, &p)
		done.Done += p.Done
		done.Started += p.Started
		done.Failed += p.Failed
		if err != nil {
			return done, p.Position, fmt.Errorf("%s: %w", w, err)
		}
	}
	return done, RedrivePosition{}, nil
}

// state ensures that the workflows of a state's rows after p.Position are running.
func (r Redrive) state(
	ctx context.Context, w store.WaitingState, limiter *rate.Limiter, p *RedriveProgress,
) (err error) {
	began := time.Now()
	if p.Total, err = r.Store.CountWaiting(ctx, w, p.Position.ID); err != nil {
		return err
	}
	page := min(max(2*maxStarts, int(r.PerSecond*redriveReport.Seconds())), 1000)
	for more := true; more; {
		if err := r.Store.HoldSweeps(ctx); err != nil {
			return err
		}
		rows, err := r.Store.WaitingRows(ctx, w, p.Position.ID, page)
		if err != nil {
			return err
		}
		more = len(rows) == page
		err = r.page(ctx, rows, limiter, p)
		p.Elapsed = time.Since(began)
		if p.Done > 0 {
			r.Report(*p)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// page ensures that the workflows of rows are running, and advances p past the processed rows. It
// returns an error if some are left.
func (r Redrive) page(ctx context.Context, rows []store.WaitingRow, limiter *rate.Limiter, p *RedriveProgress) error {
	started := make([]bool, len(rows))
	errs := startAll(ctx, len(rows), func(ctx context.Context, i int) (err error) {
		if limiter.Wait(ctx) != nil {
			return errNotTried
		}
		ctx = context.WithoutCancel(ctx) // a start that has begun is completed
		started[i], err = ensureOwner(ctx, r.Workflows, r.Store, rows[i].Owner, rows[i].ID)
		return err
	})
	done := len(rows)
	if i := slices.IndexFunc(errs, func(err error) bool { return errors.Is(err, errNotTried) }); i >= 0 {
		for done = i; done > 0 && outage(errs[done-1]); { // rows that failed only because of the outage are left, too
			done--
		}
	}
	for i, row := range rows[:done] {
		p.Done++
		p.Position.ID = row.ID
		switch {
		case errs[i] != nil:
			p.Failed++
			r.Failed(row, errs[i])
		case started[i]:
			p.Started++
		}
	}
	if done == len(rows) {
		return nil
	}
	return cmp.Or(ctx.Err(), errs[done])
}
