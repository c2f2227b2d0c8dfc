package app

import (
	"context"
	"errors"
	"net"
	"net/http"
	"path/filepath"
	"reflect"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/schedule/v1"
	"go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/all-in-market/market/internal/config"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/testrig"
	"github.com/all-in-market/market/worker"
	"github.com/all-in-market/market/workflows"
)

// settings are those of a process whose services are all away.
func settings(t *testing.T) config.Config {
	t.Helper()
	return config.Config{
		Profile: "local", DatabaseURL: "postgres://nobody@127.0.0.1:1/nothing", DatabaseMaxConns: 4,
		RedisURL: "redis://127.0.0.1:1", TemporalAddress: "127.0.0.1:1", TemporalNamespace: "default",
		APIAddr: "127.0.0.1:0", AdminAddr: "127.0.0.1:0", MetricsAddr: "127.0.0.1:0", SimulatorAddr: "127.0.0.1:0",
		GatewayURL: "http://127.0.0.1:1", BankURL: "http://127.0.0.1:1", ImagesURL: "file://" + t.TempDir(),
		JWTSecret: "a secret of tests that is long enough to be one", BcryptCost: 4, AccessLifetime: time.Minute,
		RequestTimeout: 5 * time.Second, ShutdownTimeout: time.Second, PayoutsPerSecond: 1,
	}
}

// A process without its services is alive, reports what it waits for, and stops on request.
func TestNew_ServicesAway_WaitsForThem(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	a, err := New(ctx, settings(t), testrig.Log(t), Roles{API: true, Admin: true})
	require.NoError(t, err)
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	status := func(path string) int {
		resp, err := http.Get("http://" + a.Addr("metrics") + path)
		if err != nil {
			return 0
		}
		defer resp.Body.Close()
		return resp.StatusCode
	}
	testrig.Eventually(t, func() bool { return status("/healthz") == 200 }, 10*time.Second, 10*time.Millisecond)
	require.Equal(t, 503, status("/readyz"))
	resp, err := http.Get("http://" + a.Addr("api") + "/products")
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Equal(t, 503, resp.StatusCode)
	cancel()
	select {
	case err := <-ended:
		require.NoError(t, err)
	case <-time.After(20 * time.Second):
		t.Fatal("it does not stop")
	}
	_, err = net.Dial("tcp", a.Addr("api"))
	require.Error(t, err, "nobody listens any more")
}

func TestHealth_ListenerThatAcceptsNothing_IsSeen(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cfg := settings(t)
	cfg.MaxConnectionsPerAddress = 10
	a, err := New(ctx, cfg, testrig.Log(t), Roles{API: true, Admin: true})
	require.NoError(t, err)
	unserved, stop := context.WithTimeout(ctx, 50*time.Millisecond)
	defer stop()
	require.ErrorContains(t, probe(unserved, a.servers, false), "api server: no answer",
		"it listens, and serves nothing")
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	require.NoError(t, probe(ctx, a.servers, true))
	for range 50 {
		c, err := net.Dial("tcp", a.Addr("api"))
		require.NoError(t, err)
		defer c.Close()
	}
	require.NoError(t, probe(ctx, a.servers, true), "a flood from the address of the probe")
	cancel()
	require.NoError(t, <-ended)
}

func TestConnectionLimits_BehindProxies_AreNotPerAddress(t *testing.T) {
	t.Parallel()
	a := &App{cfg: config.Config{MaxConnections: 1 << 40, MaxConnectionsPerAddress: 512}, log: testrig.Log(t)}
	require.Equal(t, 512, a.connectionLimits("api").PerNetwork)
	require.Less(t, a.connectionLimits("api").Total, 1<<40, "bounded by the descriptors of the process")
	require.Zero(t, a.connectionLimits("simulator").PerNetwork)
	a.cfg.TrustedProxies = 1
	require.Zero(t, a.connectionLimits("api").PerNetwork)
}

// An invalid configuration is reported before the process serves.
func TestNew_ConfigurationInvalid_Fails(t *testing.T) {
	t.Parallel()
	for says, change := range map[string]func(c *config.Config){
		"DATABASE_URL":                 func(c *config.Config) { c.DatabaseURL = "mysql://x" },
		"TEMPORAL_TLS_CLIENT_KEY_PATH": func(c *config.Config) { c.TemporalTLSCert = filepath.Join(t.TempDir(), "none") },
		"BCRYPT_COST":                  func(c *config.Config) { c.BcryptCost = 99 },
		"cannot listen":                func(c *config.Config) { c.APIAddr = "256.0.0.1:1" },
		"redis":                        func(c *config.Config) { c.RedisURL = "http://x" },
	} {
		c := settings(t)
		change(&c)
		_, err := New(t.Context(), c, testrig.Log(t), Roles{API: true})
		require.ErrorContains(t, err, says)
	}
}

func TestNew_StoreOfRequests_BoundsStatements(t *testing.T) {
	t.Parallel()
	c := config.Config{RequestTimeout: 7 * time.Second}
	require.Equal(t, 7*time.Second, statementTimeout(c, Roles{API: true, Admin: true}))
	require.Zero(t, statementTimeout(c, Roles{API: true, Worker: true}))
}

func TestUntil_Fails_IsRetriedUntilTheProcessStops(t *testing.T) {
	t.Parallel()
	a, tries := &App{log: testrig.Log(t)}, 0
	require.True(t, a.until(t.Context(), "p", func(context.Context) error {
		if tries++; tries < 2 {
			return errors.New("not yet")
		}
		return nil
	}))
	require.Equal(t, 2, tries)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.False(t, a.until(ctx, "p", func(context.Context) error { return errors.New("never") }))
}

func TestAlertMetrics_EachCount_HasAGauge(t *testing.T) {
	t.Parallel()
	for field := range reflect.TypeFor[store.AlertCounts]().Fields() {
		var one store.AlertCounts
		reflect.ValueOf(&one).Elem().FieldByIndex(field.Index).SetInt(7)
		var shown []int64
		for _, alert := range alertMetrics {
			if n := alert.of(one); n != 0 {
				shown = append(shown, n)
			}
		}
		require.Equal(t, []int64{7}, shown, field.Name)
	}
}

// queues answers every question about a task queue with a backlog of 3, unless it is away.
type queues struct {
	workflowservice.UnimplementedWorkflowServiceServer
	away atomic.Bool
}

func (q *queues) DescribeTaskQueue(
	context.Context, *workflowservice.DescribeTaskQueueRequest,
) (*workflowservice.DescribeTaskQueueResponse, error) {
	if q.away.Load() {
		return nil, status.Error(codes.NotFound, "away")
	}
	return &workflowservice.DescribeTaskQueueResponse{Stats: &taskqueue.TaskQueueStats{ApproximateBacklogCount: 3}}, nil
}

func (*queues) DescribeWorkerDeployment(
	context.Context, *workflowservice.DescribeWorkerDeploymentRequest,
) (*workflowservice.DescribeWorkerDeploymentResponse, error) {
	return nil, status.Error(codes.NotFound, "no versions")
}

func (*queues) DescribeSchedule(
	_ context.Context, in *workflowservice.DescribeScheduleRequest,
) (*workflowservice.DescribeScheduleResponse, error) {
	switch in.GetScheduleId() {
	case workflows.PaymentPollScheduleID:
		return nil, status.Error(codes.NotFound, "deleted, or never created")
	case workflows.VerificationScheduleID:
		return nil, status.Error(codes.PermissionDenied, "not for this caller")
	}
	return &workflowservice.DescribeScheduleResponse{
		Schedule: &schedule.Schedule{
			Action: &schedule.ScheduleAction{Action: &schedule.ScheduleAction_StartWorkflow{}},
		},
		Info: &schedule.ScheduleInfo{CreateTime: timestamppb.Now()},
	}, nil
}

func (*queues) GetSystemInfo(
	context.Context, *workflowservice.GetSystemInfoRequest,
) (*workflowservice.GetSystemInfoResponse, error) {
	return &workflowservice.GetSystemInfoResponse{}, nil
}

// serve returns a client of a server that has only the queues.
func (q *queues) serve(t *testing.T) client.Client {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := grpc.NewServer()
	workflowservice.RegisterWorkflowServiceServer(server, q)
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	c, err := client.Dial(client.Options{HostPort: listener.Addr().String()})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c
}

// TestShowEngine_ScheduleMissing_IsLate, so that its alert sounds. One that cannot be described has no series.
func TestShowEngine_ScheduleMissing_IsLate(t *testing.T) {
	t.Parallel()
	a := &App{log: testrig.Log(t), registry: prometheus.NewRegistry(), temporal: (&queues{}).serve(t)}
	a.redis, _ = testrig.MemoryRedis(t)
	m := a.newAlertGauges()
	a.showEngine(t.Context(), m)
	require.Equal(t, 4, testutil.CollectAndCount(m.schedules))
	require.Greater(t, testutil.ToFloat64(m.schedules.WithLabelValues(workflows.PaymentPollScheduleID)), 900.0)
	require.Zero(t, testutil.ToFloat64(m.schedules.WithLabelValues(workflows.DayCloseScheduleID)))
}

func TestShowEngine_TwoWorkers_OneReportsWhileTemporalAnswers(t *testing.T) {
	t.Parallel()
	temporal := &queues{}
	c := temporal.serve(t)
	r, clock := testrig.MemoryRedis(t)
	var workers []*App
	var metrics []*alertGauges
	for range 2 {
		a := &App{log: testrig.Log(t), registry: prometheus.NewRegistry(), redis: r, temporal: c}
		workers, metrics = append(workers, a), append(metrics, a.newAlertGauges())
	}
	series := func() (n []int) {
		for i, a := range workers {
			a.showEngine(t.Context(), metrics[i])
			n = append(n, testutil.CollectAndCount(metrics[i].backlog))
		}
		return n
	}
	all := len(worker.Queues())
	require.Equal(t, []int{all, 0}, series())
	require.Equal(t, []int{all, 0}, series())
	require.EqualValues(t, 6, testutil.ToFloat64(metrics[0].backlog.WithLabelValues(workflows.PayoutQueue, "")),
		"of workflows and of activities")
	temporal.away.Store(true)
	require.Equal(t, []int{0, 0}, series())
	temporal.away.Store(false)
	require.Equal(t, []int{all, 0}, series())
	clock.FastForward(backlogLease + time.Second)
	workers[0], workers[1] = workers[1], workers[0]
	metrics[0], metrics[1] = metrics[1], metrics[0]
	require.Equal(t, []int{all, 0}, series(), "the other one takes over")
	clock.Close()
	require.Equal(t, []int{0, 0}, series())
}

func TestAlertMetrics_NothingFires_Exist(t *testing.T) {
	a := &App{log: testrig.Log(t), registry: prometheus.NewRegistry(), store: testrig.Store(t, nil)}
	a.redis, _ = testrig.MemoryRedis(t)
	var err error
	a.temporal, err = client.NewLazyClient(client.Options{HostPort: testrig.Env(t, "TEMPORAL_ADDRESS")})
	require.NoError(t, err)
	defer a.temporal.Close()
	_ = a.restartedRows()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { a.watchAlerts(ctx); close(done) }()
	names := func() (names []string) {
		families, err := a.registry.Gather()
		if err != nil {
			return nil
		}
		for _, f := range families {
			names = append(names, f.GetName())
		}
		return names
	}
	testrig.Eventually(t, func() bool { return len(names()) >= 7 }, 10*time.Second, 20*time.Millisecond)
	require.Subset(t, names(), []string{
		"market_days_not_closed", "market_refunds_escalated", "market_payouts_failed", "market_refunds_failed", "market_dashboards_late",
		"market_verify_findings", "market_rows_set_aside", "market_reconciliation_breaks", "market_provider_feeds_unread",
		"market_unreconciled_won", "market_unreconciled_age_seconds", "market_webhook_endpoints_paused",
		"market_verification_stale", "market_partitions_filling", "market_disputes_open",
		"market_suspense_won", "market_rows_redriven_total",
	})
	cancel()
	<-done
}
