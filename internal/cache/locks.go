package cache

import (
	"context"
	"crypto/rand"
	"iter"
	"log/slog"
	mathrand "math/rand/v2"
	"slices"
	"strconv"
	"sync"
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

// ProductLocks queue the buyers of a hot product in front of the database,
// where waiting costs nothing, instead of in its connection pool, where it would
// hold up the buyers of all other products. Within a process they queue in the
// order in which they came; of several processes each sends one at a time to Redis.
type ProductLocks struct {
	redis redis.UniversalClient
	log   *slog.Logger
	turns turnstiles
}

// NewProductLocks makes the locks.
func NewProductLocks(r redis.UniversalClient, log *slog.Logger) *ProductLocks {
	return &ProductLocks{redis: r, log: log, turns: turnstiles{gates: map[int64]*gate{}}}
}

// With runs f while it holds the locks of the products, which must be in
// ascending order. It fails with REDIS_LOCK_CONFLICT when they are not free
// within three seconds. When Redis does not answer, f runs without its locks.
func (l *ProductLocks) With(ctx context.Context, productIDs []int64, f func() error) error {
	wait, cancel := context.WithTimeout(ctx, lockWait)
	defer cancel()
	for i, id := range productIDs {
		if !l.turns.enter(wait, id) {
			l.turns.leave(productIDs[:i])
			return waitError(ctx)
		}
	}
	defer l.turns.leave(productIDs)
	release, err := l.acquire(wait, productIDs)
	if err != nil {
		return waitError(ctx)
	}
	defer release()
	return f()
}

// waitError returns the error of the caller's context, or that of the lock's timeout.
func waitError(ctx context.Context) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return market.Refuse(market.CodeRedisLockConflict)
}

// acquireScript takes locks in the order of KEYS and returns how many it holds then: all, or those
// before the first that another holder has.
var acquireScript = redis.NewScript(`
for i, key in ipairs(KEYS) do
  local holder = redis.call('GET', key)
  if holder and holder ~= ARGV[1] then return i - 1 end
  redis.call('SET', key, ARGV[1], 'PX', ARGV[2])
end
return #KEYS`)

var releaseScript = redis.NewScript(`
for _, key in ipairs(KEYS) do
  if redis.call('GET', key) == ARGV[1] then redis.call('DEL', key) end
end
return 1`)

// acquire takes the locks in Redis, and returns what gives them back. It fails
// only when ctx ends first.
func (l *ProductLocks) acquire(ctx context.Context, productIDs []int64) (release func(), err error) {
	keys := make([]string, len(productIDs))
	for i, id := range productIDs {
		keys[i] = "lock:product:" + strconv.FormatInt(id, 10)
	}
	token := rand.Text()
	release = func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		for some := range l.together(keys) {
			_ = releaseScript.Run(ctx, l.redis, some, token).Err() // an unreleased lock expires
		}
	}
	for pause := 2 * time.Millisecond; ; pause = min(2*pause, 20*time.Millisecond) {
		held, err := l.take(ctx, keys, token)
		switch {
		case ctx.Err() != nil:
			release()
			return nil, ctx.Err()
		case err != nil:
			l.log.WarnContext(ctx, "product locks unavailable; continuing without", "error", err)
			return func() {}, nil
		case held == len(keys):
			return release, nil
		}
		time.Sleep(pause/2 + mathrand.N(pause))
	}
}

// take takes locks in the order of the keys, and returns how many are held then.
func (l *ProductLocks) take(ctx context.Context, keys []string, token string) (held int, err error) {
	for some := range l.together(keys) {
		n, err := acquireScript.Run(ctx, l.redis, some, token, lockLifetime.Milliseconds()).Int()
		if held += n; err != nil || n < len(some) {
			return held, err
		}
	}
	return held, nil
}

// together yields the keys that one script may take: all of them, or one at a time in a cluster,
// where they may be on several nodes.
func (l *ProductLocks) together(keys []string) iter.Seq[[]string] {
	size := max(1, len(keys))
	if _, cluster := l.redis.(*redis.ClusterClient); cluster {
		size = 1
	}
	return slices.Chunk(keys, size)
}

// turnstiles let one caller at a time pass for each product, in the order in
// which they came.
type turnstiles struct {
	mu    sync.Mutex
	gates map[int64]*gate
}

type gate struct {
	turn  chan struct{} // of capacity one; Go wakes its blocked senders in order
	users int
}

// enter waits for the product's turn; false means that ctx ended first.
func (t *turnstiles) enter(ctx context.Context, id int64) bool {
	t.mu.Lock()
	g, ok := t.gates[id]
	if !ok {
		g = &gate{turn: make(chan struct{}, 1)}
		t.gates[id] = g
	}
	g.users++
	t.mu.Unlock()
	select {
	case g.turn <- struct{}{}:
		return true
	case <-ctx.Done():
		t.drop(id, g)
		return false
	}
}

// leave ends the turns of products.
func (t *turnstiles) leave(ids []int64) {
	for _, id := range ids {
		t.mu.Lock()
		g := t.gates[id]
		t.mu.Unlock()
		<-g.turn
		t.drop(id, g)
	}
}

// drop removes an unused gate.
func (t *turnstiles) drop(id int64, g *gate) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if g.users--; g.users == 0 {
		delete(t.gates, id)
	}
}
