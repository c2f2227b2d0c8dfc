package web

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

func quietLog() *slog.Logger { return slog.New(slog.DiscardHandler) }

func testMetrics() *Metrics { return NewMetrics(prometheus.NewRegistry()) }

func wrapped(h http.Handler, log *slog.Logger, metrics *Metrics, timeout time.Duration) http.Handler {
	return Middleware{Server: "test", Log: log, Metrics: metrics, Timeout: timeout}.Wrap(h)
}
