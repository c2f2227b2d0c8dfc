package worker

import (
	"context"
	"errors"

	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/temporal"

	"github.com/all-in-market/market/internal/market"
)

// errorInterceptor turns the errors of activities, local and regular, into what
// Temporal's retries understand: a refusal is not retried and no alarm; an
// outage is retried; a lost race has a type of its own.
type errorInterceptor struct {
	interceptor.WorkerInterceptorBase
}

// InterceptActivity implements interceptor.WorkerInterceptor.
func (*errorInterceptor) InterceptActivity(
	_ context.Context, next interceptor.ActivityInboundInterceptor,
) interceptor.ActivityInboundInterceptor {
	return &activityErrors{interceptor.ActivityInboundInterceptorBase{Next: next}}
}

type activityErrors struct {
	interceptor.ActivityInboundInterceptorBase
}

// ExecuteActivity implements interceptor.ActivityInboundInterceptor.
func (a *activityErrors) ExecuteActivity(ctx context.Context, in *interceptor.ExecuteActivityInput) (any, error) {
	result, err := a.Next.ExecuteActivity(ctx, in)
	return result, applicationError(err)
}

func applicationError(err error) error {
	var refused *market.Error
	switch {
	case err == nil:
		return nil
	case errors.Is(err, market.ErrConflict):
		return temporal.NewApplicationErrorWithOptions(err.Error(), market.ErrorTypeConflict,
			temporal.ApplicationErrorOptions{Cause: err})
	case !errors.As(err, &refused):
		return err
	}
	switch refused.Code {
	case market.CodeDatabaseUnavailable, market.CodeRedisUnavailable, market.CodeRequestTimeout:
		return temporal.NewApplicationErrorWithOptions(err.Error(), string(refused.Code),
			temporal.ApplicationErrorOptions{Cause: err})
	}
	return temporal.NewApplicationErrorWithOptions(err.Error(), string(refused.Code), temporal.ApplicationErrorOptions{
		NonRetryable: true, Category: temporal.ApplicationErrorCategoryBenign, Details: refused.Args,
	})
}
