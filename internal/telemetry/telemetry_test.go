package telemetry

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
)

func get(t *testing.T, h http.Handler, path string) (int, string) {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	return w.Code, w.Body.String()
}

// A process that is alive but cannot work names what is missing.
func TestReadiness_ServiceAway_IsNamed(t *testing.T) {
	t.Parallel()
	var problem error
	h := Handler(prometheus.NewRegistry(), false, Health{Live: alive, Ready: []Check{
		{"postgresql", func(context.Context) error { return nil }},
		{"redis", func(context.Context) error { return problem }},
	}})
	status, body := get(t, h, "/readyz")
	require.Equal(t, 200, status)
	require.JSONEq(t, `{"postgresql": "ok", "redis": "ok"}`, body)

	problem = errors.New("connection refused")
	status, body = get(t, h, "/readyz")
	require.Equal(t, 503, status)
	require.JSONEq(t, `{"postgresql": "ok", "redis": "connection refused"}`, body)
	status, _ = get(t, h, "/healthz")
	require.Equal(t, 200, status, "it need not be restarted for that")
}

// A dependency that never answers is not waited for, and is the only one named.
func TestReadiness_ServiceHangs_Answers(t *testing.T) {
	t.Parallel()
	h := Handler(prometheus.NewRegistry(), false, Health{Live: alive, Ready: []Check{
		{"temporal", func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }},
		{"redis", func(ctx context.Context) error { return ctx.Err() }},
	}})
	status, body := get(t, h, "/readyz")
	require.Equal(t, 503, status)
	require.JSONEq(t, `{"temporal": "context deadline exceeded", "redis": "ok"}`, body)
}

func alive(context.Context) error { return nil }

func TestHandler_ServerDoesNotServe_IsNotHealthy(t *testing.T) {
	t.Parallel()
	h := Handler(prometheus.NewRegistry(), false, Health{
		Live: func(context.Context) error { return errors.New("api server: no answer") },
	})
	status, body := get(t, h, "/healthz")
	require.Equal(t, 503, status)
	require.Equal(t, "api server: no answer\n", body)
}

func TestProfiles_NotConfigured_AreNotFound(t *testing.T) {
	t.Parallel()
	status, _ := get(t, Handler(prometheus.NewRegistry(), false, Health{}), "/debug/pprof/")
	require.Equal(t, 404, status)
	status, body := get(t, Handler(prometheus.NewRegistry(), true, Health{}), "/debug/pprof/")
	require.Equal(t, 200, status)
	require.Contains(t, body, "goroutine")
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	registry := NewRegistry()
	config, err := pgxpool.ParseConfig("postgres://nobody@127.0.0.1:1/nothing?pool_max_conns=7")
	require.NoError(t, err)
	pool, err := pgxpool.NewWithConfig(t.Context(), config) // connects when it is used
	require.NoError(t, err)
	defer pool.Close()
	WatchPool(registry, pool)
	temporal, err := TemporalMetrics(registry)
	require.NoError(t, err)
	temporal.WithTags(map[string]string{"workflow_type": "Checkout"}).Counter("started").Inc(2)

	status, body := get(t, Handler(registry, false, Health{}), "/metrics")
	require.Equal(t, 200, status)
	for _, line := range []string{
		"database_connections_max 7", "database_connections_used 0", "go_goroutines ",
		`started_total{workflow_type="Checkout"} 2`,
	} {
		require.Contains(t, body, line)
	}
}

func TestLogs_Lines_AreJSON(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	log := NewLogger(&out, slog.LevelWarn)
	log.Info("not this")
	log.Warn("this", "order_id", 7)
	var line map[string]any
	require.NoError(t, json.Unmarshal([]byte(out.String()), &line))
	require.Equal(t, "this", line["msg"])
	require.EqualValues(t, 7, line["order_id"])
}

// A collector that takes none fails no request.
func TestTraces_Lost_AreLogged(t *testing.T) {
	collector := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusForbidden)
	}))
	defer collector.Close()
	var said bytes.Buffer
	traces, err := NewTraces(t.Context(), NewLogger(&said, slog.LevelWarn), collector.URL, "api")
	require.NoError(t, err)
	status, _ := get(t, traces.Server("api", http.NotFoundHandler()), "/")
	require.Equal(t, 404, status)
	require.NoError(t, traces.Close(t.Context()))
	require.Contains(t, said.String(), "traces are lost")
	require.Contains(t, said.String(), "403")
}
