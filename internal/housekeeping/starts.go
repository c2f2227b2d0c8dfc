package housekeeping

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"go.temporal.io/api/serviceerror"
	"golang.org/x/sync/errgroup"

	"github.com/all-in-market/market/internal/market"
)

const (
	maxStarts    = 16               // concurrent starts of a process
	startTimeout = 10 * time.Second // of one start, with the reads that it needs
)

// errNotTried is the error of a start that startAll has not tried.
var errNotTried = errors.New("not tried after an outage")

// startAll calls start for the numbers from 0 to n-1, in order and maxStarts at a time, and returns
// the error of each. A failure does not affect the others. Once ctx ends, or maxStarts consecutive
// starts have met an outage, the remaining ones are not tried.
func startAll(ctx context.Context, n int, start func(ctx context.Context, i int) error) []error {
	errs := make([]error, n)
	var outages atomic.Int32 // consecutive
	var group errgroup.Group
	group.SetLimit(maxStarts)
	for i := range n {
		group.Go(func() error {
			errs[i] = errNotTried
			if ctx.Err() == nil && outages.Load() < maxStarts {
				if errs[i] = start(ctx, i); outage(errs[i]) {
					outages.Add(1)
				} else {
					outages.Store(0)
				}
			}
			return nil
		})
	}
	_ = group.Wait()
	return errs
}

// outage reports whether an error means that the database or Temporal is not available, so that the
// next call would probably fail as well.
func outage(err error) bool {
	switch market.CodeOf(err) {
	case market.CodeDatabaseUnavailable, market.CodeRequestTimeout:
		return true
	}
	var unavailable *serviceerror.Unavailable
	var late *serviceerror.DeadlineExceeded
	var busy *serviceerror.ResourceExhausted
	return errors.As(err, &unavailable) || errors.As(err, &late) || errors.As(err, &busy) ||
		errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)
}

// shownFailures is how many failures a log line lists.
const shownFailures = 5

// failures collects errors for one log line.
type failures struct {
	shown []error
	more  int
}

func (f *failures) add(err error) {
	switch {
	case err == nil:
	case len(f.shown) < shownFailures:
		f.shown = append(f.shown, err)
	default:
		f.more++
	}
}

// err returns the first failures and the number of the others, or nil if there are none.
func (f *failures) err() error {
	if f.more > 0 {
		return errors.Join(append(f.shown, fmt.Errorf("and %d more", f.more))...)
	}
	return errors.Join(f.shown...)
}
