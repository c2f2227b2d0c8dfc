package app

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	sdkworker "go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/all-in-market/market/internal/telemetry"
	"github.com/all-in-market/market/internal/testrig"
	"github.com/all-in-market/market/worker"
)

// refuses answers a method with RESOURCE_EXHAUSTED.
func refuses(method string) grpc.UnaryClientInterceptor {
	return func(
		ctx context.Context, called string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker,
		opts ...grpc.CallOption,
	) error {
		if strings.HasSuffix(called, "/"+method) {
			return status.Error(codes.ResourceExhausted, "refused")
		}
		return invoke(ctx, called, req, reply, cc, opts...)
	}
}

// TestTemporalMetrics_EngineFails_HasTheSeriesOfTheAlerts has the Temporal SDK report what a marketplace
// without defects never does. The names and labels are those of deploy/observe/rules.yml.
func TestTemporalMetrics_EngineFails_HasTheSeriesOfTheAlerts(t *testing.T) {
	registry := prometheus.NewRegistry()
	metrics, err := telemetry.TemporalMetrics(registry)
	require.NoError(t, err)
	const namespace, queue = "engine-fails", "engine-fails"
	c, err := client.NewLazyClient(client.Options{
		HostPort: testrig.Env(t, "TEMPORAL_ADDRESS"), Namespace: namespace, MetricsHandler: metrics,
		ConnectionOptions: client.ConnectionOptions{
			DialOptions: []grpc.DialOption{grpc.WithChainUnaryInterceptor(refuses("DescribeTaskQueue"))},
		},
	})
	require.NoError(t, err)
	defer c.Close()
	require.NoError(t, worker.EnsureNamespace(t.Context(), c, namespace))

	work := func(changes func(workflow.Context) error) sdkworker.Worker {
		w := sdkworker.New(c, queue, sdkworker.Options{})
		for name, f := range map[string]func(workflow.Context) error{
			"Fails":   func(workflow.Context) error { return errors.New("failed") },
			"Panics":  func(workflow.Context) error { panic("a defect") },
			"Changes": changes,
		} {
			w.RegisterWorkflowWithOptions(f, workflow.RegisterOptions{Name: name})
		}
		require.NoError(t, w.Start())
		return w
	}
	before := work(func(ctx workflow.Context) error { return workflow.Sleep(ctx, time.Hour) })

	start := func(name string) client.WorkflowRun {
		run, err := c.ExecuteWorkflow(t.Context(),
			client.StartWorkflowOptions{TaskQueue: queue, WorkflowExecutionTimeout: time.Minute}, name)
		require.NoError(t, err)
		return run
	}
	handler := telemetry.Handler(registry, false, telemetry.Health{})
	shows := func(series ...string) {
		t.Helper()
		testrig.Eventually(t, func() bool {
			answer := httptest.NewRecorder()
			handler.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/metrics", nil))
			for _, s := range series {
				if !regexp.MustCompile(`(?m)^` + s).MatchString(answer.Body.String()) {
					return false
				}
			}
			return true
		}, 20*time.Second, 50*time.Millisecond)
	}
	require.Error(t, start("Fails").Get(t.Context(), nil))
	start("Panics")
	run := start("Changes")
	shows(`temporal_workflow_failed_total{.*workflow_type="Fails"`,
		`temporal_workflow_task_execution_failed_total{.*failure_reason="WorkflowError".*workflow_type="Panics"`,
		`temporal_sticky_cache_size{.*workflow_type="Changes"`)
	before.Stop()
	after := work(func(ctx workflow.Context) error {
		ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute})
		return workflow.ExecuteActivity(ctx, "Sleep").Get(ctx, nil)
	})
	defer after.Stop()
	require.NoError(t, c.SignalWorkflow(t.Context(), run.GetID(), run.GetRunID(), "wake-up", nil))
	within, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	_, err = c.DescribeTaskQueue(within, queue, 0)
	require.Error(t, err)
	shows(`temporal_workflow_task_execution_failed_total{.*failure_reason="NonDeterminismError".*workflow_type="Changes"`,
		`temporal_request_failure_attempt_total{.*operation="DescribeTaskQueue",status_code="RESOURCE_EXHAUSTED"`,
		`temporal_request_resource_exhausted_total{.*cause=`)
}
