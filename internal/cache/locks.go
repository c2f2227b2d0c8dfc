package cache

import (
	"context"
	"crypto/rand"
	"log/slog"
	mathrand "math/rand/v2"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/all-in-market/market/internal/market"
)

const (
	// lockWait is how long a checkout waits for the locks of its products.
	lockWait = 3 * time.Second
	// lockLifetime frees the locks of a process that died. It is far longer than
	// the transaction that they surround.
	lockLifetime = 10 * time.Second
)

// ProductLocks queue the buyers of a hot product in Redis, where waiting costs
// nothing, instead of in the database's connection pool, where it would hold up
// the buyers of all other products.
type ProductLocks struct {
	redis redis.UniversalClient
	log   *slog.Logger
}

// NewProductLocks makes the locks.
func NewProductLocks(r redis.UniversalClient, log *slog.Logger) *ProductLocks {
	return &ProductLocks{redis: r, log: log}
}

// acquire takes locks in the order of KEYS and returns how many it holds after
// that: all, or those before the first that somebody else holds.
var acquire = redis.NewScript(`
for i, key in ipairs(KEYS) do
  local holder = redis.call('GET', key)
  if holder and holder ~= ARGV[1] then return i - 1 end
  redis.call('SET', key, ARGV[1], 'PX', ARGV[2])
end
return #KEYS`)

var release = redis.NewScript(`
for _, key in ipairs(KEYS) do
  if redis.call('GET', key) == ARGV[1] then redis.call('DEL', key) end
end
return 1`)

// With runs f while it holds the locks of the products, which must be in
// ascending order. It fails with REDIS_LOCK_CONFLICT when they are not free
// within three seconds. When Redis does not answer, f runs without them.
func (l *ProductLocks) With(ctx context.Context, productIDs []int64, f func() error) error {
	if len(productIDs) == 0 {
		return f()
	}
	keys := make([]string, len(productIDs))
	for i, id := range productIDs {
		keys[i] = "lock:product:" + strconv.FormatInt(id, 10)
	}
	token := rand.Text()
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_ = release.Run(ctx, l.redis, keys, token).Err() // a lock that stays runs out by itself
	}()
	deadline := time.Now().Add(lockWait)
	for pause := 2 * time.Millisecond; ; pause = min(2*pause, 50*time.Millisecond) {
		held, err := acquire.Run(ctx, l.redis, keys, token, lockLifetime.Milliseconds()).Int()
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			l.log.WarnContext(ctx, "product locks unavailable, going on without", "error", err)
			return f()
		case held == len(keys):
			return f()
		case time.Now().After(deadline):
			return market.Refuse(market.RedisLockConflict)
		}
		time.Sleep(pause/2 + mathrand.N(pause))
	}
}
