package engine

import (
	"context"
	"sync"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/converter"
	"google.golang.org/grpc"

	"github.com/all-in-market/market/workflows"
)

// Answers returns the results of workflows whose first task runs in this process, and which mostly
// end with it. The request that started such a workflow needs neither a long poll nor a read of its
// history.
//
// A result that the database has committed is returned before the server has it: if the server does
// not accept the task's completion, the task runs again and finds the committed result. Any other
// result, such as a refusal, is returned once the server has acknowledged it, since another run may
// end differently. In all other cases, and when the first task has not ended within its timeout,
// the caller polls the server.
type Answers struct {
	data converter.DataConverter

	mu    sync.Mutex
	runs  map[string]*answer // by run id, until a caller has waited
	tasks map[string]*answer // by task token
}

// answer is the result of a run, shared by all requests with the same key.
type answer struct {
	workflowType string
	task         []byte
	known        bool
	result       *commonpb.Payloads
	ended        chan struct{} // closed when known and result are set
}

// NewAnswers returns Answers that decode results with a data converter; nil means the SDK's
// default. It must be the converter of the client that starts the workflows and runs their workers,
// and Intercept must be installed in that client's connection.
func NewAnswers(data converter.DataConverter) *Answers {
	if data == nil {
		data = converter.GetDefaultDataConverter()
	}
	return &Answers{data: data, runs: map[string]*answer{}, tasks: map[string]*answer{}}
}

// Intercept is a grpc.UnaryClientInterceptor that reads the starts of workflows and the ends of their tasks.
func (a *Answers) Intercept(
	ctx context.Context, method string, request, reply any, c *grpc.ClientConn, invoke grpc.UnaryInvoker,
	options ...grpc.CallOption,
) error {
	if q, ok := request.(*workflowservice.RespondWorkflowTaskCompletedRequest); ok {
		result, completed := completion(q)
		if completed && a.committed(q.GetTaskToken(), result) {
			a.ended(q.GetTaskToken(), result, true)
		}
		err := invoke(ctx, method, request, reply, c, options...)
		a.ended(q.GetTaskToken(), result, completed && err == nil)
		return err
	}
	err := invoke(ctx, method, request, reply, c, options...)
	switch q := request.(type) {
	case *workflowservice.StartWorkflowExecutionRequest:
		if started, ok := reply.(*workflowservice.StartWorkflowExecutionResponse); ok && err == nil {
			a.started(q.GetWorkflowType().GetName(), started)
		}
	case *workflowservice.RespondWorkflowTaskFailedRequest:
		a.ended(q.GetTaskToken(), nil, false)
	}
	return err
}

// completion returns the result of the workflow that a task has completed.
func completion(q *workflowservice.RespondWorkflowTaskCompletedRequest) (result *commonpb.Payloads, completed bool) {
	for _, command := range q.GetCommands() {
		if command.GetCommandType() == enums.COMMAND_TYPE_COMPLETE_WORKFLOW_EXECUTION {
			return command.GetCompleteWorkflowExecutionCommandAttributes().GetResult(), true
		}
	}
	return nil, false
}

// committed reports whether the database has committed the result of the workflow of a task. It is
// false for workflow types that it does not handle.
func (a *Answers) committed(task []byte, result *commonpb.Payloads) bool {
	a.mu.Lock()
	x := a.tasks[string(task)]
	a.mu.Unlock()
	if x == nil {
		return false
	}
	switch x.workflowType {
	case checkoutType:
		var r workflows.CheckoutResult
		return a.data.FromPayloads(result, &r) == nil && r.OrderID != 0
	case paymentApprovalType:
		var r workflows.PaymentResult
		return a.data.FromPayloads(result, &r) == nil && r.Payment != nil
	}
	return false
}

// The types of the workflows that requests wait for.
const (
	checkoutType        = "Checkout"
	paymentApprovalType = "PaymentApproval"
)

// started records a workflow whose first task the server has dispatched to this process.
func (a *Answers) started(workflowType string, r *workflowservice.StartWorkflowExecutionResponse) {
	task := r.GetEagerWorkflowTask()
	if task == nil {
		return
	}
	x := &answer{workflowType: workflowType, task: task.GetTaskToken(), ended: make(chan struct{})}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.runs[r.GetRunId()], a.tasks[string(x.task)] = x, x
}

// ended records the end of a task.
func (a *Answers) ended(task []byte, result *commonpb.Payloads, completed bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	x := a.tasks[string(task)]
	if x == nil {
		return
	}
	delete(a.tasks, string(task))
	x.known, x.result = completed, result
	close(x.ended)
}

// wait waits for the result of a run, at most until its first task has timed out, and decodes it.
// It reports whether the result is known in this process.
func (a *Answers) wait(ctx context.Context, run string, into any) (known bool, err error) {
	a.mu.Lock()
	x := a.runs[run]
	a.mu.Unlock()
	if x == nil {
		return false, nil
	}
	defer a.forget(run)
	timeout := time.NewTimer(workflows.RequestTaskTimeout)
	defer timeout.Stop()
	select {
	case <-x.ended:
		if !x.known {
			return false, nil
		}
		return true, a.data.FromPayloads(x.result, into)
	case <-timeout.C: // the SDK has dropped the task without a reply, and the server dispatches it again
		a.ended(x.task, nil, false)
	case <-ctx.Done():
	}
	return false, nil
}

// forget has later requests that join a run poll the server. Current waiters still receive the
// result.
func (a *Answers) forget(run string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.runs, run)
}
