package workflows

import (
	"strconv"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/all-in-market/market/internal/market"
)

// RequestTaskTimeout is how long a buyer waits when a process dies in the middle of a task, until
// the server dispatches the task again.
const RequestTaskTimeout = 5 * time.Second

// This file declares every retry policy of the marketplace. A policy bounds one attempt and all
// attempts together; refusals are never retried.

// processLost is the heartbeat timeout: how long an activity's process may be silent before the
// activity is retried elsewhere.
const processLost = 10 * time.Second

// inRequest is the policy for database work that a caller waits for. It retries during an outage of
// the database until the caller's timeout.
var inRequest = workflow.LocalActivityOptions{
	StartToCloseTimeout:    8 * time.Second,
	ScheduleToCloseTimeout: 20 * time.Second,
	RetryPolicy: &temporal.RetryPolicy{
		InitialInterval: 50 * time.Millisecond, BackoffCoefficient: 2, MaximumInterval: time.Second,
	},
}

// optimistic is the policy for a compare-and-set that may lose a race: three attempts, 100 ms and
// 200 ms apart. Outages of the database are left to untilDone, which does not block the workflow's
// other work.
var optimistic = workflow.LocalActivityOptions{
	StartToCloseTimeout: 8 * time.Second,
	RetryPolicy: &temporal.RetryPolicy{
		InitialInterval: 100 * time.Millisecond, BackoffCoefficient: 2, MaximumAttempts: 3,
		NonRetryableErrorTypes: []string{string(market.CodeDatabaseUnavailable), string(market.CodeRequestTimeout)},
	},
}

// gatewayOnce is the policy for the fast path to a payment gateway: one short attempt. An unknown
// outcome is resolved with untilDone.
var gatewayOnce = workflow.LocalActivityOptions{
	StartToCloseTimeout: 3 * time.Second,
	RetryPolicy:         &temporal.RetryPolicy{MaximumAttempts: 1},
}

// gatewayDelays are the waits before a gateway that has no record of a charge is queried again: the
// first exceeds the 60 seconds that gateways take at most for a request.
var gatewayDelays = []time.Duration{70 * time.Second, 10 * time.Minute}

// prepareAtProvider is the policy for registering a payment with its provider while the buyer
// waits.
var prepareAtProvider = workflow.ActivityOptions{
	StartToCloseTimeout:    5 * time.Second,
	ScheduleToCloseTimeout: 8 * time.Second,
	RetryPolicy: &temporal.RetryPolicy{
		InitialInterval: 200 * time.Millisecond, BackoffCoefficient: 2, MaximumInterval: time.Second,
	},
}

// fetchPayment is the policy for fetching a payment's status when a later hint or inquiry repeats it
// after a failure.
var fetchPayment = workflow.ActivityOptions{
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

// gatewayUntilKnown is the policy for refunds that an admin approved: an attempt waits as long as
// gateways require, and attempts continue for a day. After that the refund waits for the next
// decision.
var gatewayUntilKnown = workflow.ActivityOptions{
	StartToCloseTimeout:    70 * time.Second,
	HeartbeatTimeout:       processLost,
	ScheduleToCloseTimeout: 24 * time.Hour,
	RetryPolicy: &temporal.RetryPolicy{
		InitialInterval: 200 * time.Millisecond, BackoffCoefficient: 2, MaximumInterval: 10 * time.Second,
	},
}

// untilDone is the policy for work that must not be given up, such as resolving whether money has
// moved, booking it, and paying back what is owed: it retries without limit. An alert fires when
// rows wait too long for it.
var untilDone = workflow.ActivityOptions{
	StartToCloseTimeout: 70 * time.Second,
	HeartbeatTimeout:    processLost,
	RetryPolicy: &temporal.RetryPolicy{
		InitialInterval: 200 * time.Millisecond, BackoffCoefficient: 2, MaximumInterval: time.Minute,
	},
}

// inTurn is untilDone for the start of a payout, with a lower priority than payouts that have
// started, so that these are not delayed by a whole batch.
var inTurn = func() workflow.ActivityOptions {
	options := untilDone
	options.Priority = temporal.Priority{PriorityKey: 4} // the default is 3
	return options
}()

// webhookDelivery is the policy for delivering webhooks. A non-2xx answer is a result, not an
// error.
var webhookDelivery = workflow.ActivityOptions{
	TaskQueue:           WebhookQueue,
	StartToCloseTimeout: time.Minute,
	HeartbeatTimeout:    processLost,
	RetryPolicy: &temporal.RetryPolicy{
		InitialInterval: time.Second, BackoffCoefficient: 2, MaximumInterval: time.Minute,
	},
}

// batch is the policy for a step of the day's close: paged work with heartbeats, which resumes at
// the last reported page after a crash and retries until done.
var batch = workflow.ActivityOptions{
	StartToCloseTimeout: time.Hour,
	HeartbeatTimeout:    processLost,
	RetryPolicy: &temporal.RetryPolicy{
		InitialInterval: time.Second, BackoffCoefficient: 2, MaximumInterval: time.Minute,
	},
}

// bankOnce is the policy for sending a transfer to the bank: one attempt. An unknown outcome is
// resolved with bankUntilKnown, which retries without limit: a transfer that may have happened is
// never given up and never sent again under another key.
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

// NotificationPolicy is the policy for notifying another service: four attempts. After that the workflow
// fails, for an operator to handle.
var NotificationPolicy = workflow.ActivityOptions{
	TaskQueue:           NotificationQueue,
	StartToCloseTimeout: time.Minute,
	HeartbeatTimeout:    processLost,
	RetryPolicy:         &temporal.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 2, MaximumAttempts: 4},
}

// MailPolicy is the policy for a mail: it retries for a day, after which the mail is of no use. Then
// the workflow fails, for an operator to handle.
var MailPolicy = workflow.ActivityOptions{
	TaskQueue:              NotificationQueue,
	StartToCloseTimeout:    time.Minute,
	ScheduleToCloseTimeout: 24 * time.Hour,
	HeartbeatTimeout:       processLost,
	RetryPolicy: &temporal.RetryPolicy{
		InitialInterval: time.Second, BackoffCoefficient: 2, MaximumInterval: 5 * time.Minute,
	},
}

// sweep is the policy for periodic work: after a failure, the next scheduled run does the work.
var sweep = workflow.ActivityOptions{
	StartToCloseTimeout:    10 * time.Minute,
	ScheduleToCloseTimeout: 30 * time.Minute,
	HeartbeatTimeout:       processLost,
	RetryPolicy: &temporal.RetryPolicy{
		InitialInterval: time.Second, BackoffCoefficient: 2, MaximumInterval: 10 * time.Second,
	},
}
