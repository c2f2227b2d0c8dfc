package workflows_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	commandpb "go.temporal.io/api/command/v1"
	commonpb "go.temporal.io/api/common/v1"
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/mocks"
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
			answers := workflows.NewAnswers()
			var started atomic.Bool
			intercept := func(request, reply any, err error) {
				got := answers.Intercept(t.Context(), "", request, reply, nil,
					func(context.Context, string, any, any, *grpc.ClientConn, ...grpc.CallOption) error { return err })
				require.Equal(t, err, got)
			}
			server, run := mocks.NewClient(t), mocks.NewWorkflowRun(t)
			server.On("ExecuteWorkflow", mock.Anything, mock.Anything, mock.Anything, mock.Anything).Return(
				func(context.Context, client.StartWorkflowOptions, any, ...any) (client.WorkflowRun, error) {
					reply := &workflowservice.StartWorkflowExecutionResponse{RunId: "run"}
					if c.eager && started.CompareAndSwap(false, true) {
						reply.EagerWorkflowTask = &workflowservice.PollWorkflowTaskQueueResponse{TaskToken: []byte("token")}
					}
					intercept(&workflowservice.StartWorkflowExecutionRequest{}, reply, nil)
					if c.request != nil {
						time.AfterFunc(10*time.Millisecond, func() { intercept(c.request, nil, c.err) })
					}
					return run, nil
				})
			run.On("GetRunID").Return("run")
			if !c.fromHere {
				run.On("Get", mock.Anything, mock.Anything).Return(nil).Run(func(args mock.Arguments) {
					args.Get(1).(*workflows.PaymentResult).Payment = &activities.Payment{MerchantUID: "asked there"}
				})
			}
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
		})
	}
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
