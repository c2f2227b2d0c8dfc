package worker

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/temporal"

	"github.com/all-in-market/market/internal/market"
)

// errorInterceptor converts the errors of activities, local and regular, to errors with Temporal's
// retry semantics: a refusal is not retried and raises no alert; an outage is retried; a lost race
// has a type of its own.
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
	return result, applicationError(err, retryDelay(activity.GetInfo(ctx)))
}

// retryJitter is the share by which the delay before an attempt is shortened or lengthened at random.
const retryJitter = 0.2

// retryDelay returns the delay before an activity's next attempt: that of its policy, with jitter.
// The server adds none, so that all activities that failed in an outage would be retried at the
// same moments. It is 0, which leaves the delay to the policy, for local activities, of which a
// process has few.
func retryDelay(info activity.Info) time.Duration {
	p := info.RetryPolicy
	if info.IsLocalActivity || p == nil || p.BackoffCoefficient < 1 {
		return 0
	}
	delay := float64(p.InitialInterval) * math.Pow(p.BackoffCoefficient, float64(info.Attempt-1))
	if p.MaximumInterval > 0 {
		delay = min(delay, float64(p.MaximumInterval))
	}
	return time.Duration(delay * (1 - retryJitter + 2*retryJitter*rand.Float64())) //nolint:gosec // no secret
}

// applicationError converts an activity's error for the server. delay is the delay before the next
// attempt; 0 leaves it to the policy.
func applicationError(err error, delay time.Duration) error {
	if err == nil {
		return nil
	}
	var refused *market.Error
	var known *temporal.ApplicationError
	switch {
	case errors.Is(err, market.ErrConflict):
		return temporal.NewApplicationErrorWithOptions(err.Error(), market.ErrorTypeConflict,
			temporal.ApplicationErrorOptions{Cause: err, NextRetryDelay: delay})
	case errors.As(err, &known), temporal.IsCanceledError(err), errors.Is(err, context.Canceled):
		return err
	case !errors.As(err, &refused):
		if delay == 0 {
			return err
		}
		return temporal.NewApplicationErrorWithOptions(err.Error(), "",
			temporal.ApplicationErrorOptions{Cause: err, NextRetryDelay: delay})
	}
	switch refused.Code {
	case market.CodeDatabaseUnavailable, market.CodeRedisUnavailable, market.CodeRequestTimeout:
		return temporal.NewApplicationErrorWithOptions(err.Error(), string(refused.Code),
			temporal.ApplicationErrorOptions{Cause: err, NextRetryDelay: delay})
	}
	return temporal.NewApplicationErrorWithOptions(err.Error(), string(refused.Code), temporal.ApplicationErrorOptions{
		NonRetryable: true, Category: temporal.ApplicationErrorCategoryBenign, Details: refused.Args,
	})
}
