package cache

import (
	"context"
	"crypto/rand"
	"time"

	"github.com/redis/go-redis/v9"
)

// Lease elects one of several processes until it stops renewing the lease.
type Lease struct {
	redis       redis.UniversalClient
	key, holder string
}

// NewLease returns this process's candidacy for the named lease.
func NewLease(r redis.UniversalClient, name string) *Lease {
	return &Lease{redis: r, key: "lease:" + name, holder: rand.Text()}
}

// Hold takes or renews the lease for a lifetime and reports whether this process holds it.
func (l *Lease) Hold(ctx context.Context, lifetime time.Duration) (bool, error) {
	n, err := acquireScript.Run(ctx, l.redis, []string{l.key}, l.holder, lifetime.Milliseconds()).Int()
	return n == 1, err
}
