package worker

import (
	"context"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/interceptor"

	"github.com/all-in-market/market/activities"
)

// heartbeatInterceptor reports that an activity is alive for as long as it
// runs, when its policy asks for it. An attempt may take a gateway's full
// patience of 70 seconds; one whose process has died is noticed much earlier.
type heartbeatInterceptor struct {
	interceptor.WorkerInterceptorBase
}

// InterceptActivity implements interceptor.WorkerInterceptor.
func (*heartbeatInterceptor) InterceptActivity(
	_ context.Context, next interceptor.ActivityInboundInterceptor,
) interceptor.ActivityInboundInterceptor {
	return &heartbeats{interceptor.ActivityInboundInterceptorBase{Next: next}}
}

type heartbeats struct {
	interceptor.ActivityInboundInterceptorBase
}

// ExecuteActivity implements interceptor.ActivityInboundInterceptor.
func (h *heartbeats) ExecuteActivity(ctx context.Context, in *interceptor.ExecuteActivityInput) (any, error) {
	timeout := activity.GetInfo(ctx).HeartbeatTimeout
	if timeout <= 0 {
		return h.Next.ExecuteActivity(ctx, in)
	}
	ctx, progress := activities.WithProgress(ctx)
	stop := make(chan struct{})
	defer close(stop)
	go func() {
		ticker := time.NewTicker(timeout / 3)
		defer ticker.Stop()
		for {
			select {
			case <-stop:
				return
			case <-ticker.C:
				progress.Beat(ctx)
			}
		}
	}()
	return h.Next.ExecuteActivity(ctx, in)
}
