package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"

	activitypb "go.temporal.io/api/activity/v1"
	commonpb "go.temporal.io/api/common/v1"
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/workflows"
)

// A message is a single activity that notifies someone: a mail, an order's notification, or a restock. It runs as a
// standalone activity, which costs half as much as a workflow. On a server without standalone activities, before 1.32,
// a workflow of the same id runs it.
type message struct {
	activity string // its type
	policy   *workflow.ActivityOptions
	workflow any
}

// messages are the messages by the types of their workflows. Operators find a message by that name either way.
var messages = map[string]message{
	"AccountMail":       {"SendMail", &workflows.MailPolicy, workflows.AccountMail},
	"OrderNotification": {"SendOrderNotification", &workflows.NotificationPolicy, workflows.OrderNotification},
	"Restock":           {"NotifyRestock", &workflows.NotificationPolicy, workflows.Restock},
}

// StartRestock starts the notification of a product's subscribers; a second call changes nothing.
func (c *Client) StartRestock(ctx context.Context, in workflows.RestockInput) error {
	return c.startMessage(ctx, "Restock", workflows.RestockWorkflowID(in.ProductID, in.RestockID),
		fmt.Sprintf("Product %d is back in stock", in.ProductID), temporal.Priority{}, in)
}

// StartOrderNotification starts the notification of an order's new state to the configured
// receiver; a second call changes nothing.
func (c *Client) StartOrderNotification(ctx context.Context, notificationID int64) error {
	return c.startMessage(ctx, "OrderNotification", workflows.OrderNotificationWorkflowID(notificationID), "",
		temporal.Priority{}, notificationID)
}

// bulkPriority has workers take all other messages first, whose priority is the default of 3.
var bulkPriority = temporal.Priority{PriorityKey: 5}

// StartAccountMail starts sending a mail, after all others if it is a bulk one; a second call changes nothing.
func (c *Client) StartAccountMail(ctx context.Context, mailID int64, bulk bool) error {
	var priority temporal.Priority
	if bulk {
		priority = bulkPriority
	}
	return c.startMessage(ctx, "AccountMail", workflows.AccountMailWorkflowID(mailID), "", priority, mailID)
}

// startMessage starts a message unless it is under way or has been sent.
func (c *Client) startMessage(
	ctx context.Context, kind, id, summary string, priority temporal.Priority, in any,
) error {
	m := messages[kind]
	_, err := c.temporal.ExecuteActivity(ctx, client.StartActivityOptions{
		ID: id, TaskQueue: m.policy.TaskQueue, Summary: summary, Priority: priority,
		ScheduleToCloseTimeout: m.policy.ScheduleToCloseTimeout, StartToCloseTimeout: m.policy.StartToCloseTimeout,
		HeartbeatTimeout: m.policy.HeartbeatTimeout, RetryPolicy: m.policy.RetryPolicy,
		ActivityIDReusePolicy:    enums.ACTIVITY_ID_REUSE_POLICY_ALLOW_DUPLICATE_FAILED_ONLY,
		ActivityIDConflictPolicy: enums.ACTIVITY_ID_CONFLICT_POLICY_USE_EXISTING,
	}, m.activity, in)
	var before *serviceerror.ActivityExecutionAlreadyStarted
	switch {
	case errors.As(err, &before):
		return nil
	case unimplemented(err):
		return c.startOnce(ctx, client.StartWorkflowOptions{
			ID: id, StaticSummary: summary, Priority: priority,
		}, m.workflow, in)
	}
	return err
}

// unimplemented reports whether the server has no standalone activities.
func unimplemented(err error) bool {
	var unknown *serviceerror.Unimplemented
	return errors.As(err, &unknown)
}

// activityQuery translates a query for runs of a type of message, as RunQuery.Until makes it, into one for standalone
// activities. ok is false for queries of other types.
func activityQuery(query string) (_, kind string, ok bool) {
	for kind, m := range messages {
		if rest, found := strings.CutPrefix(query, fmt.Sprintf("WorkflowType = '%s'", kind)); found {
			return fmt.Sprintf("ActivityType = '%s'%s", m.activity, rest), kind, true
		}
	}
	return "", "", false
}

// The first byte of a page token of ListRuns, for messages: of standalone activities or of workflows.
const (
	pageOfActivities = 'a'
	pageOfWorkflows  = 'w'
)

// listMessages returns a page of messages: of those that are standalone activities, and after the last of them of those
// that are workflows.
func (o *Operator) listMessages(
	ctx context.Context, query, activities, kind string, page []byte,
) (runs []market.Run, next []byte, err error) {
	if len(page) == 0 || page[0] == pageOfActivities {
		found, err := o.temporal.WorkflowService().ListActivityExecutions(ctx,
			&workflowservice.ListActivityExecutionsRequest{
				Namespace: o.namespace, Query: activities, PageSize: runPage, NextPageToken: page[min(1, len(page)):],
			})
		if err != nil && !unimplemented(err) {
			return nil, nil, startError(ctx, err)
		}
		for _, e := range found.GetExecutions() {
			runs = append(runs, market.Run{WorkflowID: e.GetActivityId(), RunID: e.GetRunId(), Type: kind})
		}
		if token := found.GetNextPageToken(); len(token) > 0 {
			return runs, append([]byte{pageOfActivities}, token...), nil
		}
		page = []byte{pageOfWorkflows}
	}
	older, next, err := o.listWorkflows(ctx, query, page[1:])
	if next != nil {
		next = append([]byte{pageOfWorkflows}, next...)
	}
	return append(runs, older...), next, err
}

// countMessages returns how many standalone activities a query finds.
func (o *Operator) countMessages(ctx context.Context, activities string) (int64, error) {
	counted, err := o.temporal.WorkflowService().CountActivityExecutions(ctx,
		&workflowservice.CountActivityExecutionsRequest{Namespace: o.namespace, Query: activities})
	switch {
	case unimplemented(err):
		return 0, nil
	case err != nil:
		return 0, startError(ctx, err)
	}
	return counted.GetCount(), nil
}

// describeMessage returns the latest run of a standalone activity, with its input; nil for a run of a workflow.
func (o *Operator) describeMessage(
	ctx context.Context, run market.Run,
) (*workflowservice.DescribeActivityExecutionResponse, error) {
	if _, ok := messages[run.Type]; !ok {
		return nil, nil //nolint:nilnil // see above
	}
	d, err := o.temporal.WorkflowService().DescribeActivityExecution(ctx,
		&workflowservice.DescribeActivityExecutionRequest{
			Namespace: o.namespace, ActivityId: run.WorkflowID, IncludeInput: true, IncludeOutcome: true,
		})
	var missing *serviceerror.NotFound
	if errors.As(err, &missing) || unimplemented(err) {
		return nil, nil //nolint:nilnil // see above
	}
	return d, err
}

// operateOnMessage applies the action of a batch to a standalone activity.
func (o *Operator) operateOnMessage(
	ctx context.Context, b market.Batch, run market.Run, latest *workflowservice.DescribeActivityExecutionResponse,
) (market.BatchRun, error) {
	info := latest.GetInfo()
	ended := info.GetStatus() != enums.ACTIVITY_EXECUTION_STATUS_RUNNING
	service, request := o.temporal.WorkflowService(), b.Request+"/"+run.RunID
	switch {
	case b.Action == market.BatchCancel:
		_, err := service.RequestCancelActivityExecution(ctx, &workflowservice.RequestCancelActivityExecutionRequest{
			Namespace: o.namespace, ActivityId: run.WorkflowID, RunId: run.RunID, RequestId: request,
			Reason: reasonOf(b),
		})
		return outcome(run, err)
	case info.GetRunId() != run.RunID:
		// After a crash, this batch itself may have started that run.
		return skipped(run, "a later run has taken its place"), nil
	case b.Action == market.BatchRedrive && !ended:
		return skipped(run, "it has not ended"), nil
	case b.Action == market.BatchRetry && !ended:
		if info.GetRunState() != enums.PENDING_ACTIVITY_STATE_SCHEDULED || info.GetAttempt() < 2 {
			return skipped(run, "it does not wait for its next attempt"), nil
		}
		// A reset of a standalone activity is experimental. A new run of the same id makes the attempt now, too.
		_, err := service.TerminateActivityExecution(ctx, &workflowservice.TerminateActivityExecutionRequest{
			Namespace: o.namespace, ActivityId: run.WorkflowID, RunId: run.RunID, RequestId: request,
			Reason: reasonOf(b),
		})
		if err != nil {
			return outcome(run, err)
		}
	case b.Action == market.BatchRetry && latest.GetOutcome().GetFailure().GetMessage() != reasonOf(b):
		return skipped(run, "it does not wait for its next attempt"), nil
	}
	_, err := service.StartActivityExecution(ctx, o.sameMessage(info, latest.GetInput(), request))
	var before *serviceerror.ActivityExecutionAlreadyStarted
	if errors.As(err, &before) {
		return skipped(run, "a later run has taken its place"), nil
	}
	return outcome(run, err)
}

func reasonOf(b market.Batch) string { return "batch " + b.Request }

// sameMessage returns a request to run an ended standalone activity again.
func (o *Operator) sameMessage(
	info *activitypb.ActivityExecutionInfo, input *commonpb.Payloads, request string,
) *workflowservice.StartActivityExecutionRequest {
	return &workflowservice.StartActivityExecutionRequest{
		Namespace: o.namespace, RequestId: request, ActivityId: info.GetActivityId(),
		ActivityType:           info.GetActivityType(),
		TaskQueue:              &taskqueuepb.TaskQueue{Name: info.GetTaskQueue()},
		ScheduleToCloseTimeout: info.GetScheduleToCloseTimeout(), StartToCloseTimeout: info.GetStartToCloseTimeout(),
		HeartbeatTimeout: info.GetHeartbeatTimeout(), RetryPolicy: info.GetRetryPolicy(), Input: input,
		UserMetadata: info.GetUserMetadata(), IdReusePolicy: enums.ACTIVITY_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		IdConflictPolicy: enums.ACTIVITY_ID_CONFLICT_POLICY_FAIL,
	}
}
