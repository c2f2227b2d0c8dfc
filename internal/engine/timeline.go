package engine

import (
	"context"
	"fmt"
	"time"

	enums "go.temporal.io/api/enums/v1"
	failurepb "go.temporal.io/api/failure/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/converter"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/workflows"
)

const (
	// storyRuns is the maximum number of runs in a timeline, storyEvents the maximum number of
	// events read per run.
	timelineRuns   = 20
	timelineEvents = 1000
)

// OrderTimeline returns the timeline of an order's workflows: when runs began and ended, who signalled
// them, and which attempts failed and why. Runs beyond the namespace's retention are missing.
func (o *Operator) OrderTimeline(ctx context.Context, orderID int64) (story []market.OrderEvent, err error) {
	found, err := o.temporal.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{
		Query: fmt.Sprintf("%s = '%d'", workflows.OrderID.GetName(), orderID), PageSize: timelineRuns,
	})
	if err != nil {
		return nil, startError(ctx, err)
	}
	for _, e := range found.GetExecutions() {
		run := market.Run{
			WorkflowID: e.GetExecution().GetWorkflowId(), RunID: e.GetExecution().GetRunId(),
			Type: e.GetType().GetName(),
		}
		events := o.temporal.GetWorkflowHistory(ctx, run.WorkflowID, run.RunID, false,
			enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
		teller := historyReader{operator: o, run: run, activities: map[int64]string{}}
		for n := 0; n < timelineEvents && events.HasNext(); n++ {
			event, err := events.Next()
			if err != nil {
				return nil, startError(ctx, err)
			}
			teller.read(event)
		}
		story = append(story, teller.timeline...)
		waiting, err := o.waitingAttempts(ctx, run, e.GetStatus())
		if err != nil {
			return nil, err
		}
		story = append(story, waiting...)
	}
	return story, nil
}

// waitingAttempts returns the activities of a run that wait for their next attempt, since histories
// contain attempts only after they end.
func (o *Operator) waitingAttempts(
	ctx context.Context, run market.Run, status enums.WorkflowExecutionStatus,
) (story []market.OrderEvent, err error) {
	if status != enums.WORKFLOW_EXECUTION_STATUS_RUNNING {
		return nil, nil
	}
	d, err := o.temporal.DescribeWorkflow(ctx, run.WorkflowID, run.RunID)
	if err != nil {
		return nil, startError(ctx, err)
	}
	for _, a := range d.RawResponse.GetPendingActivities() {
		if a.GetLastFailure() == nil {
			continue
		}
		story = append(story, market.OrderEvent{
			At: market.LocalTime(a.GetLastStartedTime().AsTime()), Kind: "STEP_TRIED_AGAIN",
			Detail: fmt.Sprintf("%s %s %d: %s", run.WorkflowID, a.GetActivityType().GetName(), a.GetAttempt(),
				o.message(a.GetLastFailure())),
		})
	}
	return story, nil
}

// message returns the message of a failure, which may be encrypted.
func (o *Operator) message(f *failurepb.Failure) string {
	converter.DecodeCommonFailureAttributes(o.data, f)
	return f.GetMessage()
}

// historyReader collects the timeline events of a run from its history.
type historyReader struct {
	operator   *Operator
	run        market.Run
	activities map[int64]string // types of scheduled activities, by event id
	timeline   []market.OrderEvent
}

func (r *historyReader) add(at time.Time, kind, detail string) {
	if detail != "" {
		detail = " " + detail
	}
	r.timeline = append(r.timeline, market.OrderEvent{
		At: market.LocalTime(at), Kind: kind, Detail: r.run.WorkflowID + detail,
	})
}

func (r *historyReader) read(e *historypb.HistoryEvent) {
	at := e.GetEventTime().AsTime()
	switch e.GetEventType() {
	case enums.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED:
		r.add(at, "RUN_STARTED", "")
	case enums.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED:
		s := e.GetWorkflowExecutionSignaledEventAttributes()
		r.add(at, "RUN_SIGNALLED", s.GetSignalName()+", "+claimed(s.GetIdentity()))
	case enums.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
		r.activities[e.GetEventId()] = e.GetActivityTaskScheduledEventAttributes().GetActivityType().GetName()
	case enums.EVENT_TYPE_ACTIVITY_TASK_STARTED:
		s := e.GetActivityTaskStartedEventAttributes()
		if s.GetAttempt() > 1 {
			r.add(at, "STEP_TRIED_AGAIN", fmt.Sprintf("%s %d: %s", r.activities[s.GetScheduledEventId()],
				s.GetAttempt(),
				r.operator.message(s.GetLastFailure())))
		}
	case enums.EVENT_TYPE_ACTIVITY_TASK_FAILED:
		f := e.GetActivityTaskFailedEventAttributes()
		r.add(at, "STEP_FAILED", r.activities[f.GetScheduledEventId()]+": "+r.operator.message(f.GetFailure()))
	case enums.EVENT_TYPE_ACTIVITY_TASK_TIMED_OUT:
		f := e.GetActivityTaskTimedOutEventAttributes()
		r.add(at, "STEP_FAILED", r.activities[f.GetScheduledEventId()]+": "+r.operator.message(f.GetFailure()))
	case enums.EVENT_TYPE_WORKFLOW_TASK_FAILED:
		r.add(at, "RUN_STUCK", r.operator.message(e.GetWorkflowTaskFailedEventAttributes().GetFailure()))
	case enums.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED:
		r.add(at, "RUN_COMPLETED", "")
	case enums.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED:
		r.add(at, "RUN_FAILED", r.operator.message(e.GetWorkflowExecutionFailedEventAttributes().GetFailure()))
	case enums.EVENT_TYPE_WORKFLOW_EXECUTION_TIMED_OUT:
		r.add(at, "RUN_FAILED", "timed out")
	case enums.EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED:
		r.add(at, "RUN_CANCELLED", "")
	case enums.EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED:
		t := e.GetWorkflowExecutionTerminatedEventAttributes()
		r.add(at, "RUN_TERMINATED", t.GetReason()+", "+claimed(t.GetIdentity()))
	}
}

// claimed marks an identity in a history as unverified, since Temporal's clients choose their own.
func claimed(identity string) string { return "unverified: " + identity }
