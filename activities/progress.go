package activities

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"go.temporal.io/sdk/activity"
)

// progressTimeout is how long an attempt may run without reporting progress. It exceeds the longest
// single step of paged work.
const progressTimeout = 10 * time.Minute

var errNoProgress = fmt.Errorf("no progress for %s", progressTimeout)

// progress is the progress of a long activity. Its heartbeats carry it: operators see it in the
// Temporal UI, and an attempt after a crash resumes from it.
type progress struct {
	value atomic.Value
	at    atomic.Int64 // Unix nanoseconds
}

type progressKey struct{}

// KeepAlive runs an activity and sends a heartbeat with its progress at each interval, until the
// activity has ended or has reported no progress for ten minutes. Then it cancels the activity's
// context. Without heartbeats another attempt begins, even if this one ignores its context.
func KeepAlive(ctx context.Context, interval time.Duration, run func(context.Context) (any, error)) (any, error) {
	p := &progress{}
	p.at.Store(time.Now().UnixNano())
	ctx, abort := context.WithCancelCause(context.WithValue(ctx, progressKey{}, p))
	defer abort(nil)
	go func() {
		ticker := time.NewTicker(interval)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
				if time.Since(time.Unix(0, p.at.Load())) > progressTimeout {
					abort(errNoProgress)
					return
				}
				p.beat(ctx)
			}
		}
	}()
	result, err := run(ctx)
	if err != nil && errors.Is(context.Cause(ctx), errNoProgress) {
		return nil, errNoProgress // the error is that of the context
	}
	return result, err
}

// beat sends a heartbeat with the last reported progress.
func (p *progress) beat(ctx context.Context) {
	if v := p.value.Load(); v != nil {
		activity.RecordHeartbeat(ctx, v)
		return
	}
	activity.RecordHeartbeat(ctx)
}

// report stores the activity's progress and sends it in a heartbeat; KeepAlive repeats it.
func report[T any](ctx context.Context, done T) {
	if p, ok := ctx.Value(progressKey{}).(*progress); ok {
		p.value.Store(done)
		p.at.Store(time.Now().UnixNano())
	}
	activity.RecordHeartbeat(ctx, done)
}

// resumed returns the progress of an attempt that died; the zero value for the first attempt.
func resumed[T any](ctx context.Context) (done T) {
	if activity.HasHeartbeatDetails(ctx) && activity.GetHeartbeatDetails(ctx, &done) == nil {
		report(ctx, done)
	}
	return done
}
