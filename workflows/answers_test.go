package workflows_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	commandpb "go.temporal.io/api/command/v1"
	commonpb "go.temporal.io/api/common/v1"
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"google.golang.org/grpc"

	"github.com/all-in-market/market/activities"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/workflows"
)

// TestAnswersAreWhatWillNotChange: a success is answered from this process, whatever the server
// says to it, a refusal when the server has acknowledged it, and all else is asked of the server.
func TestAnswersAreWhatWillNotChange(t *testing.T) {
	t.Parallel()
	here, err := converter.GetDefaultDataConverter().ToPayloads(
		workflows.PaymentResult{Payment: &activities.Payment{ID: 1, MerchantUID: "told here"}})
	require.NoError(t, err)
	completes := command(enums.COMMAND_TYPE_COMPLETE_WORKFLOW_EXECUTION, here)
	no, err := converter.GetDefaultDataConverter().ToPayloads(workflows.PaymentResult{
		Payment: &activities.Payment{ID: 1, MerchantUID: "told here"}, Refusal: market.CodePaymentFailed,
	})
	require.NoError(t, err)
	refuses := command(enums.COMMAND_TYPE_COMPLETE_WORKFLOW_EXECUTION, no)
	for name, c := range map[string]struct {
		eager    bool
		request  any
		err      error // of the server
		fromHere bool
	}{
		"a success, acknowledged":     {true, completes, nil, true},
		"a success, not acknowledged": {true, completes, errors.New("the task has timed out"), true},
		"a refusal, acknowledged":     {true, refuses, nil, true},
		"a refusal, not acknowledged": {true, refuses, errors.New("the task has timed out"), false},
		"goes on in a second task":    {true, command(enums.COMMAND_TYPE_START_TIMER, nil), nil, false},
		"failed":                      {true, command(enums.COMMAND_TYPE_FAIL_WORKFLOW_EXECUTION, nil), nil, false},
		"its task fails": {
			true, &workflowservice.RespondWorkflowTaskFailedRequest{TaskToken: []byte("token")}, nil, false,
		},
		"another process has the task": {false, nil, nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// In a bubble the server says no more before all three requests wait.
			synctest.Test(t, func(t *testing.T) {
				answers := workflows.NewAnswers()
				intercept := func(request, reply any, err error) {
					got := answers.Intercept(t.Context(), "", request, reply, nil,
						func(context.Context, string, any, any, *grpc.ClientConn, ...grpc.CallOption) error { return err })
					require.Equal(t, err, got)
				}
				var started sync.Once
				var reported sync.WaitGroup
				server := engine{start: func() {
					started.Do(func() {
						reply := &workflowservice.StartWorkflowExecutionResponse{RunId: "run"}
						if c.eager {
							reply.EagerWorkflowTask = &workflowservice.PollWorkflowTaskQueueResponse{TaskToken: []byte("token")}
						}
						intercept(&workflowservice.StartWorkflowExecutionRequest{}, reply, nil)
						if c.request != nil {
							reported.Go(func() {
								time.Sleep(time.Millisecond) //nolint:forbidigo // of the bubble's time
								intercept(c.request, nil, c.err)
							})
						}
					})
				}}
				want, told := "asked there", (*commonpb.Payloads)(nil)
				if c.fromHere {
					want, told = "told here", here
					if c.request == refuses {
						told = no
					}
				}
				c := workflows.NewClient(server, answers)
				var joined sync.WaitGroup
				for range 3 { // requests with the same key
					joined.Go(func() {
						result, err := c.Pay(t.Context(), workflows.PaymentInput{OrderID: 7})
						refused := market.CodeOf(err) == market.CodePaymentFailed
						if (err != nil && !refused) || refused != (told == no) || result.Payment.MerchantUID != want {
							t.Error(result, err)
						}
					})
				}
				joined.Wait()
				reported.Wait()
			})
		})
	}
}

// engine is a Temporal server to which every run is the same one. It is no mock of testify's:
// that one prints the contexts that it is given while their owners cancel them.
type engine struct {
	client.Client
	start func()
}

func (e engine) ExecuteWorkflow(
	context.Context, client.StartWorkflowOptions, any, ...any,
) (client.WorkflowRun, error) {
	e.start()
	return engineRun{}, nil
}

// engineRun is that run, as the server tells of it.
type engineRun struct{ client.WorkflowRun }

func (engineRun) GetRunID() string { return "run" }

func (engineRun) Get(_ context.Context, result any) error {
	result.(*workflows.PaymentResult).Payment = &activities.Payment{MerchantUID: "asked there"}
	return nil
}

func command(kind enums.CommandType, result *commonpb.Payloads) *workflowservice.RespondWorkflowTaskCompletedRequest {
	c := &commandpb.Command{CommandType: kind}
	if result != nil {
		c.Attributes = &commandpb.Command_CompleteWorkflowExecutionCommandAttributes{
			CompleteWorkflowExecutionCommandAttributes: &commandpb.CompleteWorkflowExecutionCommandAttributes{Result: result},
		}
	}
	return &workflowservice.RespondWorkflowTaskCompletedRequest{
		TaskToken: []byte("token"), Commands: []*commandpb.Command{c},
	}
}
