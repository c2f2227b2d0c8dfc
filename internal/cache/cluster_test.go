package cache_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/cache"
	"github.com/all-in-market/market/internal/testrig"
)

// Cached reads, their changes, and the locks of several products work where the
// keys lie on several nodes, and behind sentinels.
func TestManyRedis(t *testing.T) {
	for name, address := range map[string]func(testing.TB) string{
		"a cluster": testrig.RedisCluster, "sentinels": testrig.RedisSentinel,
	} {
		t.Run(name, func(t *testing.T) {
			ctx := context.Background()
			r, err := cache.Open(address(t))
			require.NoError(t, err)
			defer r.Close()
			testrig.Eventually(t, func() bool { return r.Ping(ctx).Err() == nil }, 20*time.Second, 50*time.Millisecond)

			reads := cache.NewReads(r, testrig.Log(t))
			loads := 0
			read := func(group string) string {
				data, err := reads.Get(ctx, group, "k", time.Minute,
					func(context.Context) (any, error) { loads++; return loads, nil })
				require.NoError(t, err)
				return string(data)
			}
			var groups []string
			for i := range 30 {
				groups = append(groups, cache.ProductGroup(int64(i)))
				require.Equal(t, fmt.Sprint(i+1), read(groups[i]))
				require.Equal(t, fmt.Sprint(i+1), read(groups[i]), "from the cache")
			}
			reads.Changed(ctx, groups...)
			for i := range groups {
				require.Equal(t, fmt.Sprint(30+i+1), read(groups[i]), "changed, on whichever node")
			}

			listening, stop := context.WithCancel(ctx)
			stopped := make(chan struct{})
			elsewhere := cache.NewReads(r, testrig.Log(t))
			go func() { defer close(stopped); elsewhere.Listen(listening) }()
			last := func() string {
				data, err := elsewhere.Get(ctx, groups[0], "k", time.Minute,
					func(context.Context) (any, error) { return loads, nil })
				require.NoError(t, err)
				return string(data)
			}
			for range 20 {
				last()
				loads++
				reads.Changed(ctx, groups...)
				testrig.Eventually(t, func() bool {
					return last() == fmt.Sprint(loads)
				}, 500*time.Millisecond, time.Millisecond,
					"a process that hears of changes, on whichever node")
			}
			stop()
			<-stopped

			locks := cache.NewProductLocks(r, testrig.Log(t))
			ids := []int64{1, 2, 3, 4, 5, 6, 7, 8}
			require.NoError(t, locks.With(ctx, ids, func() error {
				for _, id := range ids {
					require.EqualValues(t, 1, r.Exists(ctx, fmt.Sprintf("lock:product:%d", id)).Val())
				}
				return nil
			}))
			for _, id := range ids {
				require.Zero(t, r.Exists(ctx, fmt.Sprintf("lock:product:%d", id)).Val(), "given back")
			}
			require.NoError(t, r.Set(ctx, "lock:product:5", "a process elsewhere", 300*time.Millisecond).Err())
			started := time.Now()
			require.NoError(t, locks.With(ctx, ids, func() error { return nil }))
			require.Greater(t, time.Since(started), 200*time.Millisecond, "it has waited for the one that was held")
		})
	}
}

// An invalid address of Redis fails with an example of a valid one.
func TestAddresses(t *testing.T) {
	t.Parallel()
	for _, address := range []string{
		"", "localhost:6379", "http://localhost:6379/0", "redis://localhost:6379/x", "redis://%zz",
	} {
		_, err := cache.Open(address)
		require.ErrorContains(t, err, "redis://host:port/0", address)
	}
}
