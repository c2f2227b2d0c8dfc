package worker

import (
	"cmp"
	"context"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/interceptor"

	"github.com/all-in-market/market/internal/market"
)

// actorInterceptor attributes the changes of an activity to its workflow in the audit log.
type actorInterceptor struct {
	interceptor.WorkerInterceptorBase
}

// InterceptActivity implements interceptor.WorkerInterceptor.
func (*actorInterceptor) InterceptActivity(
	_ context.Context, next interceptor.ActivityInboundInterceptor,
) interceptor.ActivityInboundInterceptor {
	return &actors{interceptor.ActivityInboundInterceptorBase{Next: next}}
}

type actors struct {
	interceptor.ActivityInboundInterceptorBase
}

// ExecuteActivity implements interceptor.ActivityInboundInterceptor.
func (a *actors) ExecuteActivity(ctx context.Context, in *interceptor.ExecuteActivityInput) (any, error) {
	info := activity.GetInfo(ctx)
	id := cmp.Or(info.WorkflowExecution.ID, info.ActivityID) // the latter of a standalone activity
	return a.Next.ExecuteActivity(market.WithActor(ctx, market.Actor{WorkflowID: id}), in)
}
