package web

import (
	"log/slog"

	"github.com/prometheus/client_golang/prometheus"
)

func quietLog() *slog.Logger { return slog.New(slog.DiscardHandler) }

func testMetrics() *Metrics { return NewMetrics(prometheus.NewRegistry()) }
