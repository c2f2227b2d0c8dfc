package activities

import (
	"context"
	"sync/atomic"

	"go.temporal.io/sdk/activity"
)

// Progress is how far a long activity has come: its heartbeats tell, operators
// see it in the Temporal UI, and an attempt after a crash goes on from there.
type Progress struct{ value atomic.Value }

type progressKey struct{}

// WithProgress makes a Progress that the activity run under the context reports to.
func WithProgress(ctx context.Context) (context.Context, *Progress) {
	p := &Progress{}
	return context.WithValue(ctx, progressKey{}, p), p
}

// Beat sends a heartbeat with what was reported last.
func (p *Progress) Beat(ctx context.Context) {
	if v := p.value.Load(); v != nil {
		activity.RecordHeartbeat(ctx, v)
		return
	}
	activity.RecordHeartbeat(ctx)
}

// report tells how far the activity has come, and keeps telling.
func report[T any](ctx context.Context, done T) {
	if p, ok := ctx.Value(progressKey{}).(*Progress); ok {
		p.value.Store(done)
	}
	activity.RecordHeartbeat(ctx, done)
}

// resumed is how far an attempt that died had come; the zero value for the first.
func resumed[T any](ctx context.Context) (done T) {
	if activity.HasHeartbeatDetails(ctx) && activity.GetHeartbeatDetails(ctx, &done) == nil {
		report(ctx, done)
	}
	return done
}
