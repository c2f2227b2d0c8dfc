package worker

import (
	"context"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/interceptor"

	"github.com/all-in-market/market/activities"
)

// heartbeatInterceptor sends heartbeats while an activity makes progress, if its policy has a
// heartbeat timeout. An attempt may take a gateway's full timeout of 70 seconds, or an hour of
// pages; an attempt whose process has died, or that hangs, ends much earlier.
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
	return activities.KeepAlive(ctx, timeout/3, func(ctx context.Context) (any, error) {
		return h.Next.ExecuteActivity(ctx, in)
	})
}
