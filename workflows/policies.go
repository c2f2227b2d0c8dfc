package workflows

import (
	"strconv"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/all-in-market/market/internal/market"
)

// Every retry of the marketplace is declared here. A policy bounds one attempt
// and all attempts together; errors that are refusals are never retried.

// processLost is how long an activity's process may be silent before another
// takes the activity over.
const processLost = 10 * time.Second

// inRequest is for database work that a caller waits for: when the database is
// away, until the caller's patience ends.
var inRequest = workflow.LocalActivityOptions{
	StartToCloseTimeout:    8 * time.Second,
	ScheduleToCloseTimeout: 20 * time.Second,
	RetryPolicy: &temporal.RetryPolicy{
		InitialInterval: 50 * time.Millisecond, BackoffCoefficient: 2, MaximumInterval: time.Second,
	},
}

// optimistic is for a compare-and-set that somebody else may win: three
// attempts, 100 ms and 200 ms apart. A database that is away is left to
// untilDone, which does not hold up the workflow's other work.
var optimistic = workflow.LocalActivityOptions{
	StartToCloseTimeout: 8 * time.Second,
	RetryPolicy: &temporal.RetryPolicy{
		InitialInterval: 100 * time.Millisecond, BackoffCoefficient: 2, MaximumAttempts: 3,
		NonRetryableErrorTypes: []string{string(market.CodeDatabaseUnavailable), string(market.CodeRequestTimeout)},
	},
}

// gatewayOnce is the fast path to a payment gateway: one short attempt. What it
// leaves unknown is resolved by gatewayUntilKnown.
var gatewayOnce = workflow.LocalActivityOptions{
	StartToCloseTimeout: 3 * time.Second,
	RetryPolicy:         &temporal.RetryPolicy{MaximumAttempts: 1},
}

// gatewayDelays are when, after it has been said that a gateway knows nothing of a
// charge, it is asked again: beyond the 60 seconds that gateways take at most for a
// request, and once more.
var gatewayDelays = []time.Duration{70 * time.Second, 10 * time.Minute}

// prepareAtProvider has a provider expect a payment while the buyer waits for that.
var prepareAtProvider = workflow.ActivityOptions{
	StartToCloseTimeout:    5 * time.Second,
	ScheduleToCloseTimeout: 8 * time.Second,
	RetryPolicy: &temporal.RetryPolicy{
		InitialInterval: 200 * time.Millisecond, BackoffCoefficient: 2, MaximumInterval: time.Second,
	},
}

// lookAtHint is for asking a provider how far a payment is, when there are more occasions to
// ask: the next hint, or the next inquiry.
var lookAtHint = workflow.ActivityOptions{
	StartToCloseTimeout:    70 * time.Second,
	HeartbeatTimeout:       processLost,
	ScheduleToCloseTimeout: 2 * time.Minute,
	RetryPolicy: &temporal.RetryPolicy{
		InitialInterval: 200 * time.Millisecond, BackoffCoefficient: 2, MaximumInterval: 10 * time.Second,
	},
}

// confirmAgreement is the policy for confirming a buyer's agreement while the browser waits. After a failure the
// workflow fetches the status, and confirms again at the next hint or inquiry.
var confirmAgreement = workflow.ActivityOptions{
	StartToCloseTimeout:    20 * time.Second,
	ScheduleToCloseTimeout: 25 * time.Second,
	RetryPolicy: &temporal.RetryPolicy{
		InitialInterval: 200 * time.Millisecond, BackoffCoefficient: 2, MaximumInterval: 2 * time.Second,
	},
}

// priorities are the Temporal task priorities of calls to PortOne; 1 is the highest.
var priorities = map[string]int{
	ProviderQueue: 1, ConfirmationQueue: 1, CancellationQueue: 3, ProviderEventsQueue: 5,
}

// atProvider schedules activities on a task queue of calls to PortOne, with the queue's priority. The buyer is the
// fairness key; 0 sets none.
func atProvider(ctx workflow.Context, queue string, buyerID int64, policy workflow.ActivityOptions) workflow.Context {
	policy.TaskQueue = queue
	policy.Priority = temporal.Priority{PriorityKey: priorities[queue]}
	if buyerID != 0 {
		policy.Priority.FairnessKey = "buyer/" + strconv.FormatInt(buyerID, 10)
	}
	return workflow.WithActivityOptions(ctx, policy)
}

// gatewayUntilKnown is for giving back what somebody has decided to: an attempt
// waits as long as gateways ask their callers to, and attempts go on for a day.
// After that the refund waits for the next decision.
var gatewayUntilKnown = workflow.ActivityOptions{
	StartToCloseTimeout:    70 * time.Second,
	HeartbeatTimeout:       processLost,
	ScheduleToCloseTimeout: 24 * time.Hour,
	RetryPolicy: &temporal.RetryPolicy{
		InitialInterval: 200 * time.Millisecond, BackoffCoefficient: 2, MaximumInterval: 10 * time.Second,
	},
}

// untilDone is for what must happen in the end, such as finding out whether money
// has moved, booking that it has, and giving back what is owed: for ever. Rows that
// wait for it too long raise an alarm.
var untilDone = workflow.ActivityOptions{
	StartToCloseTimeout: 70 * time.Second,
	HeartbeatTimeout:    processLost,
	RetryPolicy: &temporal.RetryPolicy{
		InitialInterval: 200 * time.Millisecond, BackoffCoefficient: 2, MaximumInterval: time.Minute,
	},
}

// inTurn is untilDone for the start of a payout. Those that have started come first, so that none is under way for as
// long as all others take.
var inTurn = func() workflow.ActivityOptions {
	options := untilDone
	options.Priority = temporal.Priority{PriorityKey: 4} // the default is 3
	return options
}()

// telling is for telling somebody else's server for a while; what it answers is no error.
var telling = workflow.ActivityOptions{
	TaskQueue:           WebhookQueue,
	StartToCloseTimeout: time.Minute,
	HeartbeatTimeout:    processLost,
	RetryPolicy: &temporal.RetryPolicy{
		InitialInterval: time.Second, BackoffCoefficient: 2, MaximumInterval: time.Minute,
	},
}

// batch is for a step of the day's close: paged work with heartbeats that goes on
// where a process that died left it, tried until it is done.
var batch = workflow.ActivityOptions{
	StartToCloseTimeout: time.Hour,
	HeartbeatTimeout:    processLost,
	RetryPolicy: &temporal.RetryPolicy{
		InitialInterval: time.Second, BackoffCoefficient: 2, MaximumInterval: time.Minute,
	},
}

// bankOnce asks the bank to pay: one attempt. What it leaves unknown is resolved
// by bankUntilKnown, which asks for ever: money that may have moved is never
// given up and never sent again under another key.
var (
	bankOnce = workflow.ActivityOptions{
		StartToCloseTimeout: 70 * time.Second,
		HeartbeatTimeout:    processLost,
		RetryPolicy:         &temporal.RetryPolicy{MaximumAttempts: 1},
	}
	bankUntilKnown = workflow.ActivityOptions{
		StartToCloseTimeout: 70 * time.Second,
		HeartbeatTimeout:    processLost,
		RetryPolicy: &temporal.RetryPolicy{
			InitialInterval: time.Second, BackoffCoefficient: 2, MaximumInterval: 5 * time.Minute,
		},
	}
)

// notification is for telling another service: four attempts, as its clients
// have always made. After that the workflow fails, for an operator to look at.
var notification = workflow.ActivityOptions{
	TaskQueue:           NotificationQueue,
	StartToCloseTimeout: time.Minute,
	HeartbeatTimeout:    processLost,
	RetryPolicy:         &temporal.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 2, MaximumAttempts: 4},
}

// mailing is for a mail: for a day, after which nobody waits for it any more. Then the
// workflow fails, for an operator to look at.
var mailing = workflow.ActivityOptions{
	TaskQueue:              NotificationQueue,
	StartToCloseTimeout:    time.Minute,
	ScheduleToCloseTimeout: 24 * time.Hour,
	HeartbeatTimeout:       processLost,
	RetryPolicy: &temporal.RetryPolicy{
		InitialInterval: time.Second, BackoffCoefficient: 2, MaximumInterval: 5 * time.Minute,
	},
}

// sweep is for periodic work: when it does not succeed before the next run is
// due, the next run does it.
var sweep = workflow.ActivityOptions{
	StartToCloseTimeout:    10 * time.Minute,
	ScheduleToCloseTimeout: 30 * time.Minute,
	HeartbeatTimeout:       processLost,
	RetryPolicy: &temporal.RetryPolicy{
		InitialInterval: time.Second, BackoffCoefficient: 2, MaximumInterval: 10 * time.Second,
	},
}
