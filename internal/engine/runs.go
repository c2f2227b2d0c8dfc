package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"

	"github.com/all-in-market/market/internal/auth"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/workflows"
)

// OperableTypes are the workflow types that batches support.
var OperableTypes = []string{
	"PaymentApproval", "RefundApproval", "Payout", "ReconciliationBreak", "Reconciliation", "AccountMail",
	"OrderNotification", "Restock", "DayClose", "Settlement", "Verification",
}

// RunStatuses are the run states that a RunQuery can select.
var RunStatuses = []string{"Running", "Failed", "TimedOut", "Terminated", "Canceled", "Completed"}

// RunQuery selects runs of workflows.
type RunQuery struct {
	Type     string     // one of OperableTypes
	Status   string     // one of RunStatuses, or "" for all
	From, To market.Day // days on which the runs began; zero for all
	OrderID  int64      // the order of the runs; 0 for all
}

// Valid reports whether the query has a supported type and status.
func (q RunQuery) Valid() bool {
	return slices.Contains(OperableTypes, q.Type) && (q.Status == "" || slices.Contains(RunStatuses, q.Status)) &&
		q.OrderID >= 0
}

// Until returns the query in the syntax of Temporal's visibility, for runs that began before an
// instant.
func (q RunQuery) Until(t time.Time) string {
	all := []string{fmt.Sprintf("WorkflowType = '%s'", q.Type)}
	if q.Status != "" {
		all = append(all, fmt.Sprintf("ExecutionStatus = '%s'", q.Status))
	}
	if q.OrderID != 0 {
		all = append(all, fmt.Sprintf("%s = '%d'", workflows.OrderID.GetName(), q.OrderID))
	}
	if !q.From.IsZero() {
		all = append(all, fmt.Sprintf("StartTime >= '%s'", q.From.Start().UTC().Format(time.RFC3339)))
	}
	if !q.To.IsZero() && q.To.Add(1).Start().Before(t) {
		t = q.To.Add(1).Start()
	}
	return strings.Join(append(all, fmt.Sprintf("StartTime < '%s'", t.UTC().Format(time.RFC3339Nano))), " AND ")
}

// Operator lists runs of workflows and applies actions to them, for batches.
type Operator struct {
	temporal  client.Client
	namespace string
	data      converter.DataConverter
	decisions *auth.Decisions
}

// NewOperator returns an Operator for the namespace of the client. data decodes the messages of
// failures; nil means the SDK's default. decisions signs the payout decisions of batches.
func NewOperator(
	c client.Client, namespace string, data converter.DataConverter, decisions *auth.Decisions,
) *Operator {
	if data == nil {
		data = converter.GetDefaultDataConverter()
	}
	return &Operator{c, namespace, data, decisions}
}

// runPage is the page size of lists of runs.
const runPage = 100

// ListRuns returns a page of the runs that match a query; next is nil after the last page.
func (o *Operator) ListRuns(
	ctx context.Context, query string, page []byte,
) (runs []market.Run, next []byte, err error) {
	if activities, kind, ok := activityQuery(query); ok {
		return o.listMessages(ctx, query, activities, kind, page)
	}
	return o.listWorkflows(ctx, query, page)
}

func (o *Operator) listWorkflows(
	ctx context.Context, query string, page []byte,
) (runs []market.Run, next []byte, err error) {
	found, err := o.temporal.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{
		Query: query, PageSize: runPage, NextPageToken: page,
	})
	if err != nil {
		return nil, nil, startError(ctx, err)
	}
	for _, e := range found.GetExecutions() {
		runs = append(runs, market.Run{
			WorkflowID: e.GetExecution().GetWorkflowId(), RunID: e.GetExecution().GetRunId(),
			Type: e.GetType().GetName(),
		})
	}
	if len(found.GetNextPageToken()) > 0 {
		next = found.GetNextPageToken()
	}
	return runs, next, nil
}

// CountRuns returns the number of runs that match a query.
func (o *Operator) CountRuns(ctx context.Context, query string) (int64, error) {
	counted, err := o.temporal.CountWorkflow(ctx, &workflowservice.CountWorkflowExecutionsRequest{Query: query})
	if err != nil {
		return 0, startError(ctx, err)
	}
	n := counted.GetCount()
	if activities, _, ok := activityQuery(query); ok {
		standalone, err := o.countMessages(ctx, activities)
		if err != nil {
			return 0, err
		}
		n += standalone
	}
	return n, nil
}

// askNow maps workflow types to the signal that has a run query the other party at once.
var askNow = map[string]string{
	"PaymentApproval": workflows.PaymentChangedSignal, "Payout": workflows.InquireSignal, "Reconciliation": workflows.ReconcileSignal,
	"ReconciliationBreak": workflows.BreakSignal,
}

// payload returns the payload of a batch's signal to a run.
func (o *Operator) payload(b market.Batch, run market.Run) any {
	switch run.Type {
	case "PaymentApproval":
		return workflows.PaymentChanged{}
	case "Payout":
		settlementID, err := workflows.PayoutSettlement(run.WorkflowID)
		if err != nil {
			return nil // foreign workflow id: its workflow records an unverified operator
		}
		return SignPayoutDecision(o.decisions, settlementID, workflows.InquireSignal, workflows.PayoutDecision{
			DecisionID: fmt.Sprintf("%d/batch/%d/%s", b.AdminID, b.ID, run.RunID), AdminID: b.AdminID,
		})
	}
	return nil
}

// SignPayoutDecision returns a decision with its signature, for a signal to the payout of a
// settlement.
func SignPayoutDecision(
	by *auth.Decisions, settlementID int64, signal string, d workflows.PayoutDecision,
) workflows.PayoutDecision {
	d.Signature = by.SignPayout(auth.PayoutDecision{
		SettlementID: settlementID, AdminID: d.AdminID, Signal: signal, DecisionID: d.DecisionID,
	})
	return d
}

// Takes reports whether an action of a batch applies to a type of workflow. A payout is not
// restarted: the new run would take earlier signals for new ones. Housekeeping restarts an ended
// payout workflow with its latest attempt instead.
func Takes(workflowType string, action market.BatchAction) bool {
	switch action {
	case market.BatchSignal:
		_, ok := askNow[workflowType]
		return ok
	case market.BatchRedrive:
		return workflowType != "Payout"
	}
	return true
}

// Operate applies the action of a batch to a run. It is idempotent. After an error it must be
// called again.
func (o *Operator) Operate(ctx context.Context, b market.Batch, run market.Run) (market.BatchRun, error) {
	if !Takes(run.Type, b.Action) {
		return skipped(run, "not supported by workflows of this type"), nil
	}
	message, err := o.describeMessage(ctx, run)
	switch {
	case err != nil:
		return outcome(run, err)
	case message != nil:
		return o.operateOnMessage(ctx, b, run, message)
	}
	switch b.Action {
	case market.BatchSignal:
		err = o.temporal.SignalWorkflow(ctx, run.WorkflowID, run.RunID, askNow[run.Type], o.payload(b, run))
	case market.BatchRetry:
		return o.retryActivities(ctx, run)
	case market.BatchCancel:
		err = o.temporal.CancelWorkflow(ctx, run.WorkflowID, run.RunID)
	case market.BatchRedrive:
		return o.redrive(ctx, run, b.Request)
	default:
		err = errors.New("unknown batch action")
	}
	return outcome(run, err)
}

func skipped(run market.Run, why string) market.BatchRun {
	return market.BatchRun{Run: run, Outcome: market.RunSkipped, Problem: why}
}

// outcome classifies the result of a request to Temporal: a permanent refusal skips the run, any
// other error is returned and retried.
func outcome(run market.Run, err error) (market.BatchRun, error) {
	var (
		missing   *serviceerror.NotFound
		invalid   *serviceerror.InvalidArgument
		unfit     *serviceerror.FailedPrecondition
		unknown   *serviceerror.Unimplemented
		forbidden *serviceerror.PermissionDenied
	)
	switch {
	case err == nil:
		return market.BatchRun{Run: run, Outcome: market.RunDone}, nil
	case errors.As(err, &missing):
		return skipped(run, "it has ended: "+missing.Error()), nil
	case errors.As(err, &invalid), errors.As(err, &unfit), errors.As(err, &unknown), errors.As(err, &forbidden):
		return market.BatchRun{Run: run, Outcome: market.RunFailed, Problem: err.Error()}, nil
	}
	return market.BatchRun{}, err
}

// retryActivities has the activities of a run that wait for their next attempt attempted now.
func (o *Operator) retryActivities(ctx context.Context, run market.Run) (market.BatchRun, error) {
	d, err := o.temporal.DescribeWorkflow(ctx, run.WorkflowID, run.RunID)
	if err != nil {
		return outcome(run, err)
	}
	waits := false
	for _, a := range d.RawResponse.GetPendingActivities() {
		if a.GetState() != enums.PENDING_ACTIVITY_STATE_SCHEDULED || a.GetAttempt() < 2 {
			continue // running, or not attempted yet
		}
		waits = true
		_, err := o.temporal.WorkflowService().ResetActivity(ctx, &workflowservice.ResetActivityRequest{
			Namespace: o.namespace, Execution: execution(run),
			Activity: &workflowservice.ResetActivityRequest_Id{Id: a.GetActivityId()},
		})
		if err != nil {
			return outcome(run, err)
		}
	}
	if !waits {
		return skipped(run, "no activity waits for its next attempt"), nil
	}
	return outcome(run, nil)
}

// redrive resets a workflow to its beginning, with its original input: each step is idempotent. It
// applies only to the latest run of a workflow, which supersedes all earlier ones.
func (o *Operator) redrive(ctx context.Context, run market.Run, request string) (market.BatchRun, error) {
	d, err := o.temporal.DescribeWorkflow(ctx, run.WorkflowID, "")
	if err != nil {
		return outcome(run, err)
	}
	latest := d.RawResponse.GetWorkflowExecutionInfo()
	if latest.GetExecution().GetRunId() != run.RunID {
		return skipped(run, "a later run has taken its place"), nil
	}
	first, err := o.firstTask(ctx, run)
	if err != nil {
		return outcome(run, err)
	}
	if first == 0 {
		return skipped(run, "it has not begun"), nil
	}
	_, err = o.temporal.ResetWorkflowExecution(ctx, &workflowservice.ResetWorkflowExecutionRequest{
		Namespace: o.namespace, WorkflowExecution: execution(run), WorkflowTaskFinishEventId: first,
		Reason: "batch " + request, RequestId: request + "/" + run.RunID,
	})
	return outcome(run, err)
}

// firstTask returns the id of the event that ended a run's first workflow task; 0 when there is
// none yet.
func (o *Operator) firstTask(ctx context.Context, run market.Run) (int64, error) {
	events := o.temporal.GetWorkflowHistory(ctx, run.WorkflowID, run.RunID, false,
		enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		e, err := events.Next()
		if err != nil {
			return 0, err
		}
		switch e.GetEventType() {
		case enums.EVENT_TYPE_WORKFLOW_TASK_COMPLETED, enums.EVENT_TYPE_WORKFLOW_TASK_FAILED,
			enums.EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT:
			return e.GetEventId(), nil
		}
	}
	return 0, nil
}

func execution(run market.Run) *commonpb.WorkflowExecution {
	return &commonpb.WorkflowExecution{WorkflowId: run.WorkflowID, RunId: run.RunID}
}

// EnsureBatch starts a batch unless it runs, and reports whether it did.
func (c *Client) EnsureBatch(ctx context.Context, batchID int64) (started bool, err error) {
	return c.ensureRunning(ctx, client.StartWorkflowOptions{
		ID: workflows.BatchWorkflowID(batchID), TaskQueue: workflows.BackOfficeQueue,
		StaticSummary: "Batch " + strconv.FormatInt(batchID, 10) + " of an operator",
	}, workflows.Batch, batchID)
}

// CancelBatch has a running batch end after its current run. It first starts the batch's workflow
// unless it is open: the server accepts the cancellation of an ended run, and nothing would end the
// batch.
func (c *Client) CancelBatch(ctx context.Context, batchID int64) error {
	_, err := c.EnsureBatch(ctx, batchID)
	if err == nil {
		err = c.temporal.CancelWorkflow(ctx, workflows.BatchWorkflowID(batchID), "")
	}
	if err != nil {
		return startError(ctx, err)
	}
	return nil
}
