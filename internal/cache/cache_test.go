package cache_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/cache"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/testrig"
)

func TestProductLocks_TwoProcesses_Exclude(t *testing.T) {
	r := testrig.Redis(t)
	processes := []*cache.ProductLocks{cache.NewProductLocks(r, testrig.Log(t)),
		cache.NewProductLocks(r, testrig.Log(t))}
	var inside, passed atomic.Int32
	var wg sync.WaitGroup
	for i := range 60 {
		wg.Go(func() {
			err := processes[i%2].With(context.Background(), []int64{7, 9}, func() error {
				if inside.Add(1) != 1 {
					t.Error("two at once")
				}
				time.Sleep(2 * time.Millisecond) //nolint:forbidigo // stands for work
				inside.Add(-1)
				passed.Add(1)
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	require.EqualValues(t, 60, passed.Load())
	require.Zero(t, r.Exists(context.Background(), "lock:product:7", "lock:product:9").Val(), "locks are given back")
}

func TestProductLocks_HeldForThreeSeconds_IsAConflict(t *testing.T) {
	r := testrig.Redis(t)
	require.NoError(t, r.Set(context.Background(), "lock:product:3", "a process elsewhere", time.Minute).Err())
	locks := cache.NewProductLocks(r, testrig.Log(t))
	err := locks.With(context.Background(), []int64{1, 3}, func() error { t.Error("ran"); return nil })
	require.Equal(t, market.CodeRedisLockConflict, market.CodeOf(err))
	require.Zero(t, r.Exists(context.Background(), "lock:product:1").Val(), "what was taken is given back")
	require.NoError(t, locks.With(context.Background(), []int64{1}, func() error { return nil }))
}

func TestProductLocks_RedisAway_LockNothing(t *testing.T) {
	r := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1", MaxRetries: -1, DialTimeout: 100 * time.Millisecond})
	defer r.Close()
	ran := false
	require.NoError(t,
		cache.NewProductLocks(r, testrig.Log(t)).With(context.Background(), []int64{1},
			func() error { ran = true; return nil }))
	require.True(t, ran)
	data, err := cache.NewReads(r, testrig.Log(t)).Get(context.Background(), "g", "k", time.Minute,
		func(context.Context) (any, error) { return 1, nil })
	require.NoError(t, err)
	require.JSONEq(t, "1", string(data))
}

func TestReads(t *testing.T) {
	ctx := context.Background()
	r := testrig.Redis(t)
	one, two := cache.NewReads(r, testrig.Log(t)), cache.NewReads(r, testrig.Log(t))
	var loads, value atomic.Int32
	load := func(context.Context) (any, error) { loads.Add(1); return value.Load(), nil }
	get := func(c *cache.Reads) string {
		data, err := c.Get(ctx, "group", "key", time.Minute, load)
		require.NoError(t, err)
		return string(data)
	}
	require.Equal(t, "0", get(one))
	require.Equal(t, "0", get(two))
	require.EqualValues(t, 1, loads.Load(), "the second process finds what the first one kept")
	value.Store(1)
	require.Equal(t, "0", get(one))
	two.Changed(ctx, "group")
	require.Equal(t, "1", get(one), "a change in one process is seen in the other")

	t.Run("MissesShareOneLoad", func(t *testing.T) {
		var loads atomic.Int32
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() {
				_, err := one.Get(ctx, "hot", "key", time.Minute, func(context.Context) (any, error) {
					loads.Add(1)
					time.Sleep(50 * time.Millisecond) //nolint:forbidigo // stands for a slow load
					return 1, nil
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		// One that has looked into Redis just before the first answer came may load once more.
		require.Less(t, loads.Load(), int32(5))
	})
	t.Run("AChangeDuringALoadIsNotLost", func(t *testing.T) {
		_, err := one.Get(ctx, "racy", "key", time.Minute, func(context.Context) (any, error) {
			two.Changed(ctx, "racy") // commits after the load has read
			return "old", nil
		})
		require.NoError(t, err)
		data, err := two.Get(ctx, "racy", "key", time.Minute, func(context.Context) (any, error) { return "new", nil })
		require.NoError(t, err)
		require.JSONEq(t, `"new"`, string(data))
	})
	t.Run("ErrorsAreNotKept", func(t *testing.T) {
		_, err := one.Get(ctx, "failing", "key", time.Minute,
			func(context.Context) (any, error) { return nil, errors.New("x") })
		require.Error(t, err)
		_, err = one.Get(ctx, "failing", "key", time.Minute, func(context.Context) (any, error) { return 1, nil })
		require.NoError(t, err)
	})
}

func TestReads_VersionEvicted_ShowsNoOldValue(t *testing.T) {
	r, ctx := testrig.Redis(t), context.Background()
	reads, value := cache.NewReads(r, testrig.Log(t)), "before"
	read := func() string {
		got, err := reads.Get(ctx, "group", "key", time.Minute, func(context.Context) (any, error) {
			return value, nil
		})
		require.NoError(t, err)
		return string(got)
	}
	require.Equal(t, `"before"`, read())
	value = "after"
	require.Equal(t, `"before"`, read(), "cached")
	reads.Changed(ctx, "group")
	require.NoError(t, r.Del(ctx, "version:{group}").Err())
	require.Equal(t, `"after"`, read())
}
