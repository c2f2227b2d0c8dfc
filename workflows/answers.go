package workflows

import (
	"context"
	"sync"

	commonpb "go.temporal.io/api/common/v1"
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/converter"
	"google.golang.org/grpc"

	"github.com/all-in-market/market/internal/market"
)

// Answers are the results of workflows that have run in this process, from their first task
// to their last. Whoever started one of them need not ask the server for what this process
// tells it: a long poll, and a read of the history, for each request.
//
// A success is an answer as soon as it is on its way to the server: it says what the database
// has committed, and when the server does not take it in, the workflow runs again and finds
// just that. A refusal has left nothing behind, and another run may come to another end: it is
// an answer when the server has acknowledged it. Whatever else happens, a workflow that goes on
// in a second task, that fails, or whose task the server refuses, the caller asks the server.
type Answers struct {
	mu    sync.Mutex
	runs  map[string]*answer // by run id, until somebody has waited
	tasks map[string]*answer // by task token
}

// answer is that of a run, for all who wait for it: requests with the same key have one run.
type answer struct {
	known  bool
	result *commonpb.Payloads
	ended  chan struct{} // closed when the two are set
}

// NewAnswers makes Answers. Intercept has to be installed in the client that starts the
// workflows and whose workers run them.
func NewAnswers() *Answers {
	return &Answers{runs: map[string]*answer{}, tasks: map[string]*answer{}}
}

// Intercept is a grpc.UnaryClientInterceptor that listens to what client and server agree on.
func (a *Answers) Intercept(
	ctx context.Context, method string, request, reply any, c *grpc.ClientConn, invoke grpc.UnaryInvoker,
	options ...grpc.CallOption,
) error {
	if q, ok := request.(*workflowservice.RespondWorkflowTaskCompletedRequest); ok {
		result, completed := completion(q)
		if completed && committed(result) {
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
			a.started(started)
		}
	case *workflowservice.RespondWorkflowTaskFailedRequest:
		a.ended(q.GetTaskToken(), nil, false)
	}
	return err
}

// completion is the result of a workflow that a task has ended, if it has.
func completion(q *workflowservice.RespondWorkflowTaskCompletedRequest) (result *commonpb.Payloads, completed bool) {
	for _, command := range q.GetCommands() {
		if command.GetCommandType() == enums.COMMAND_TYPE_COMPLETE_WORKFLOW_EXECUTION {
			return command.GetCompleteWorkflowExecutionCommandAttributes().GetResult(), true
		}
	}
	return nil, false
}

// committed says whether a result is of a success, and so of what the database has committed.
func committed(result *commonpb.Payloads) bool {
	var r struct{ Refusal market.Code }
	return converter.GetDefaultDataConverter().FromPayloads(result, &r) == nil && r.Refusal == ""
}

// started notes a workflow whose first task the server has handed to this process.
func (a *Answers) started(r *workflowservice.StartWorkflowExecutionResponse) {
	task := r.GetEagerWorkflowTask()
	if task == nil {
		return
	}
	x := &answer{ended: make(chan struct{})}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.runs[r.GetRunId()], a.tasks[string(task.GetTaskToken())] = x, x
}

// ended notes what has become of a task.
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

// wait waits for the result of a run, and says whether it is known here. Otherwise only the
// server knows.
func (a *Answers) wait(ctx context.Context, run string) (result *commonpb.Payloads, known bool) {
	a.mu.Lock()
	x := a.runs[run]
	a.mu.Unlock()
	if x == nil {
		return nil, false
	}
	defer a.forget(run)
	select {
	case <-x.ended:
		return x.result, x.known
	case <-ctx.Done():
		return nil, false
	}
}

// forget lets those who join a run from now on ask the server. Those who wait already are
// answered.
func (a *Answers) forget(run string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.runs, run)
}
