package cache

import (
	"context"
	"log/slog"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	// outageLifetime is how long a report counts: whoever finds a service away goes on
	// reporting it, and one who dies does not keep it away.
	outageLifetime = 15 * time.Second
	// outagePatience bounds a question: nobody waits for an answer that is only a hint.
	outagePatience = 200 * time.Millisecond
)

// Outage lets all processes know that one of them has found a service away.
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

// Report says that the service is away, or that it is back, in the log and to the other
// processes. Without Redis they are not told.
func (o *Outage) Report(away bool) {
	if away {
		o.log.Error("a service does not answer and is not asked for a while", "service", o.service)
	} else {
		o.log.Info("a service answers again", "service", o.service)
	}
	ctx, cancel := context.WithTimeout(context.Background(), outagePatience)
	defer cancel()
	if away {
		_ = o.redis.Set(ctx, o.key(), 1, outageLifetime).Err()
	} else {
		_ = o.redis.Del(ctx, o.key()).Err()
	}
}

// Reported says whether somebody has found the service away just now; without Redis nobody has.
func (o *Outage) Reported() bool {
	ctx, cancel := context.WithTimeout(context.Background(), outagePatience)
	defer cancel()
	n, err := o.redis.Exists(ctx, o.key()).Result()
	return err == nil && n > 0
}
