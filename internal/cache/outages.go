package cache

import (
	"context"
	"log/slog"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	// outageLifetime is how long a report is valid: a process that detects an outage repeats its
	// report, and that of a dead process expires.
	outageLifetime = 15 * time.Second
	// outageTimeout bounds a query, whose answer is only a hint.
	outageTimeout = 200 * time.Millisecond
)

// Outage shares among all processes that one of them has found a service down.
type Outage struct {
	redis   redis.UniversalClient
	service string
	log     *slog.Logger
}

// NewOutage makes the Outage of a service.
func NewOutage(r redis.UniversalClient, service string, log *slog.Logger) *Outage {
	return &Outage{redis: r, service: service, log: log}
}

func (o *Outage) key() string { return "outage:" + o.service }

// Report reports that the service is down, or up again, in the log and to the other processes;
// without Redis only in the log.
func (o *Outage) Report(away bool) {
	if away {
		o.log.Error("service unavailable; pausing requests", "service", o.service)
	} else {
		o.log.Info("a service answers again", "service", o.service)
	}
	ctx, cancel := context.WithTimeout(context.Background(), outageTimeout)
	defer cancel()
	if away {
		_ = o.redis.Set(ctx, o.key(), 1, outageLifetime).Err()
	} else {
		_ = o.redis.Del(ctx, o.key()).Err()
	}
}

// Reported reports whether a process has recently found the service down; it is false without
// Redis.
func (o *Outage) Reported() bool {
	ctx, cancel := context.WithTimeout(context.Background(), outageTimeout)
	defer cancel()
	n, err := o.redis.Exists(ctx, o.key()).Result()
	return err == nil && n > 0
}
