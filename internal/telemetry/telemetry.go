// Package telemetry is how the marketplace can be watched: JSON logs, metrics
// for Prometheus, and the listener that shows them with health.
package telemetry

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/pprof"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	otelprometheus "go.opentelemetry.io/otel/exporters/prometheus"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/opentelemetry"

	"github.com/jackc/pgx/v5/pgxpool"
)

// NewLogger writes JSON lines. Field names are the same everywhere: request_id,
// order_id, payment_id, workflow_id. Personal data is never logged.
func NewLogger(w io.Writer, level slog.Level) *slog.Logger {
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level}))
}

// NewRegistry holds the process's own figures.
func NewRegistry() *prometheus.Registry {
	r := prometheus.NewRegistry()
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return r
}

// temporalSeconds are the boundaries of the SDK's histograms: from a local activity to a workflow
// that waits for days.
var temporalSeconds = []float64{.001, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300, 3600, 86400}

// TemporalMetrics lets the Temporal SDK report to the registry.
func TemporalMetrics(registry prometheus.Registerer) (client.MetricsHandler, error) {
	exporter, err := otelprometheus.New(otelprometheus.WithRegisterer(registry), otelprometheus.WithoutScopeInfo())
	if err != nil {
		return nil, err
	}
	provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(exporter), sdkmetric.WithView(sdkmetric.NewView(
		sdkmetric.Instrument{Kind: sdkmetric.InstrumentKindHistogram},
		// The default boundaries are made for milliseconds; these are seconds.
		sdkmetric.Stream{Aggregation: sdkmetric.AggregationExplicitBucketHistogram{Boundaries: temporalSeconds}})))
	return opentelemetry.NewMetricsHandler(opentelemetry.MetricsHandlerOptions{
		Meter: provider.Meter("temporal"), UseMonotonicCounters: true,
	}), nil
}

// WatchPool reports a connection pool.
func WatchPool(registry prometheus.Registerer, pool *pgxpool.Pool) {
	gauge := func(name, help string, value func(*pgxpool.Stat) float64) {
		registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help},
			func() float64 { return value(pool.Stat()) }))
	}
	gauge("database_connections_max", "Connections that the pool may open.",
		func(s *pgxpool.Stat) float64 { return float64(s.MaxConns()) })
	gauge("database_connections_used", "Connections in use.",
		func(s *pgxpool.Stat) float64 { return float64(s.AcquiredConns()) })
	gauge("database_connections_idle", "Open connections that wait for work.",
		func(s *pgxpool.Stat) float64 { return float64(s.IdleConns()) })
	gauge("database_acquire_wait_seconds_total", "Time spent waiting for a connection.",
		func(s *pgxpool.Stat) float64 { return s.AcquireDuration().Seconds() })
}

// Check is a dependency of readiness.
type Check struct {
	Name string
	Ping func(ctx context.Context) error
}

// Health is the basis of /healthz and /readyz.
type Health struct {
	Live  func(ctx context.Context) error // fails when only a restart helps
	Ready []Check
}

// checkTimeout bounds the checks of one request.
const checkTimeout = 2 * time.Second

// Handler serves /metrics, /healthz (503 and the reason when the process must be restarted), /readyz
// (503 and the reasons when something that requests need is missing) and, if profiles are wanted,
// /debug/pprof. It belongs on a listener that the public cannot reach.
func Handler(registry *prometheus.Registry, profiles bool, health Health) http.Handler {
	m := http.NewServeMux()
	m.Handle("/metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{EnableOpenMetrics: true}))
	m.HandleFunc("/healthz", func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), checkTimeout)
		defer cancel()
		if err := health.Live(ctx); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		_, _ = io.WriteString(w, "ok\n")
	})
	m.HandleFunc("/readyz", func(w http.ResponseWriter, r *http.Request) {
		status, report := readiness(r.Context(), health.Ready)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(report)
	})
	if profiles {
		m.HandleFunc("/debug/pprof/", pprof.Index)
		m.HandleFunc("/debug/pprof/profile", pprof.Profile)
		m.HandleFunc("/debug/pprof/trace", pprof.Trace)
	}
	return m
}

// readiness runs all checks concurrently, so that a hanging one does not delay the others.
func readiness(ctx context.Context, checks []Check) (status int, report map[string]string) {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	problems := make([]error, len(checks))
	var asked sync.WaitGroup
	for i, c := range checks {
		asked.Go(func() { problems[i] = c.Ping(ctx) })
	}
	asked.Wait()
	status, report = http.StatusOK, map[string]string{}
	for i, c := range checks {
		report[c.Name] = "ok"
		if problems[i] != nil {
			status, report[c.Name] = http.StatusServiceUnavailable, problems[i].Error()
		}
	}
	return status, report
}
