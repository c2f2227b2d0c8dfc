package engine_test

import (
	"context"
	"errors"
	"reflect"
	"runtime"
	"strings"
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
	"github.com/all-in-market/market/internal/engine"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/payloads"
	"github.com/all-in-market/market/internal/vault"
	"github.com/all-in-market/market/workflows"
)

// TestAnswers_OnlyWhatWillNotChange_IsAnsweredHere with each data converter: a result that the database has committed
// whether the server takes it or not, any other when the server has acknowledged it.
func TestAnswers_OnlyWhatWillNotChange_IsAnsweredHere(t *testing.T) {
	t.Parallel()
	for name, data := range map[string]converter.DataConverter{"Default": nil, "Encrypted": encrypted(t)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			testAnswers(t, data)
		})
	}
}

func testAnswers(t *testing.T, data converter.DataConverter) {
	t.Helper()
	encoding := data
	if data == nil {
		encoding = converter.GetDefaultDataConverter()
	}
	completes := func(result any) *workflowservice.RespondWorkflowTaskCompletedRequest {
		payloads, err := encoding.ToPayloads(result)
		require.NoError(t, err)
		return command(enums.COMMAND_TYPE_COMPLETE_WORKFLOW_EXECUTION, payloads)
	}
	paid := completes(workflows.PaymentResult{Payment: &activities.Payment{ID: 1, MerchantUID: "known here"}})
	refuses := completes(workflows.PaymentResult{Refusal: market.CodePaymentFailed})
	nothing := completes(nil)
	payment, checkout := typeOf(workflows.PaymentApproval), typeOf(workflows.Checkout)
	away := errors.New("the task has timed out")
	here, there := answered{merchantUID: "known here"}, answered{merchantUID: "known by the server"}
	for name, c := range map[string]struct {
		workflowType string // of the first task, if this process has it
		request      any    // with which that ends; nil for none
		err          error  // of the server
		want         answered
	}{
		"Success_Acknowledged":                 {payment, paid, nil, here},
		"Success_NotAcknowledged":              {payment, paid, away, here},
		"Refusal_Acknowledged":                 {payment, refuses, nil, answered{code: market.CodePaymentFailed}},
		"Refusal_NotAcknowledged":              {payment, refuses, away, there},
		"ResultOfAnotherType_Acknowledged":     {"Another", paid, nil, here},
		"ResultOfAnotherType_NotAcknowledged":  {"Another", paid, away, there},
		"CheckoutWithoutOrder_NotAcknowledged": {checkout, paid, away, there},
		"NoResult_NotAcknowledged":             {payment, nothing, away, there},
		"GoesOnInASecondTask":                  {payment, command(enums.COMMAND_TYPE_START_TIMER, nil), nil, there},
		"Failed":                               {payment, command(enums.COMMAND_TYPE_FAIL_WORKFLOW_EXECUTION, nil), nil, there},
		"TaskFailed": {
			payment, &workflowservice.RespondWorkflowTaskFailedRequest{TaskToken: []byte("token")}, nil, there,
		},
		"TaskEndsWithoutARequest":  {payment, nil, nil, there},
		"AnotherProcessHasTheTask": {"", nil, nil, there},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// In a bubble the task ends after all three requests wait.
			synctest.Test(t, func(t *testing.T) {
				answers := engine.NewAnswers(data)
				intercept := func(request, reply any, err error) {
					got := answers.Intercept(t.Context(), "", request, reply, nil,
						func(context.Context, string, any, any, *grpc.ClientConn,
							...grpc.CallOption) error {
							return err
						})
					require.Equal(t, err, got)
				}
				var started sync.Once
				var reported sync.WaitGroup
				server := server{start: func() {
					started.Do(func() {
						reply := &workflowservice.StartWorkflowExecutionResponse{RunId: "run"}
						if c.workflowType != "" {
							reply.EagerWorkflowTask = &workflowservice.PollWorkflowTaskQueueResponse{TaskToken: []byte(
								"token")}
						}
						intercept(&workflowservice.StartWorkflowExecutionRequest{
							WorkflowType: &commonpb.WorkflowType{Name: c.workflowType},
						}, reply, nil)
						if c.request != nil {
							reported.Go(func() {
								time.Sleep(time.Millisecond) //nolint:forbidigo // of the bubble's time
								intercept(c.request, nil, c.err)
							})
						}
					})
				}}
				began, client := time.Now(), engine.NewClient(server, answers)
				var joined sync.WaitGroup
				for range 3 { // requests with the same key
					joined.Go(func() {
						result, err := client.Pay(t.Context(), workflows.PaymentInput{OrderID: 7})
						got := answered{code: market.CodeOf(err)}
						if result.Payment != nil {
							got.merchantUID = result.Payment.MerchantUID
						}
						if got != c.want || (err != nil && got.code == "") {
							t.Error(got, err)
						}
					})
				}
				joined.Wait()
				reported.Wait()
				require.LessOrEqual(t, time.Since(began), 5*time.Second, "a first task takes no longer")
			})
		})
	}
}

// answered is the answer to a payment: where its result was read, or its refusal.
type answered struct {
	merchantUID string
	code        market.Code
}

// typeOf returns the name under which the SDK registers a workflow.
func typeOf(workflow any) string {
	name := runtime.FuncForPC(reflect.ValueOf(workflow).Pointer()).Name()
	return name[strings.LastIndex(name, ".")+1:]
}

// encrypted returns a data converter that encrypts.
func encrypted(t *testing.T) converter.DataConverter {
	t.Helper()
	codec, err := payloads.Parse(vault.LocalKeys)
	require.NoError(t, err)
	return codec.DataConverter()
}

// server is a Temporal server to which every run is the same one. It is no mock of testify's:
// that one prints the contexts that it is given while their owners cancel them.
type server struct {
	client.Client
	start func()
}

func (e server) ExecuteWorkflow(
	context.Context, client.StartWorkflowOptions, any, ...any,
) (client.WorkflowRun, error) {
	e.start()
	return engineRun{}, nil
}

// engineRun is that run at the server.
type engineRun struct{ client.WorkflowRun }

func (engineRun) GetRunID() string { return "run" }

func (engineRun) Get(_ context.Context, result any) error {
	result.(*workflows.PaymentResult).Payment = &activities.Payment{MerchantUID: "known by the server"}
	return nil
}

func command(kind enums.CommandType, result *commonpb.Payloads) *workflowservice.RespondWorkflowTaskCompletedRequest {
	c := &commandpb.Command{CommandType: kind}
	if result != nil {
		c.Attributes = &commandpb.Command_CompleteWorkflowExecutionCommandAttributes{
			CompleteWorkflowExecutionCommandAttributes: &commandpb.CompleteWorkflowExecutionCommandAttributes{
				Result: result,
			},
		}
	}
	return &workflowservice.RespondWorkflowTaskCompletedRequest{
		TaskToken: []byte("token"), Commands: []*commandpb.Command{c},
	}
}
