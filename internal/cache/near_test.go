package cache_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/cache"
	"github.com/all-in-market/market/internal/testrig"
)

// A process that receives announcements answers from its memory, never with a value from before an
// announced change, and reads from Redis when announcements stop.
func TestNear(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	url := testrig.RedisURL(t)
	direct := testrig.RedisAt(t, url)
	proxy := testrig.NewProxy(t, direct.Options().Addr)
	opt, err := redis.ParseURL(url)
	require.NoError(t, err)
	opt.Addr, opt.MaxRetries = proxy.Addr(), -1
	through := redis.NewClient(opt)
	defer through.Close()
	asked := &counter{}
	through.AddHook(asked)
	here, elsewhere := cache.NewReads(through, testrig.Log(t)), cache.NewReads(direct, testrig.Log(t))
	stopped := make(chan struct{})
	go func() { defer close(stopped); here.Listen(ctx) }()
	defer func() { cancel(); <-stopped }()

	var value atomic.Int32
	get := func(group, key string, load func() any) string {
		data, err := here.Get(ctx, group, key, time.Minute, func(context.Context) (any, error) { return load(), nil })
		require.NoError(t, err)
		return string(data)
	}
	read := func() string { return get("group", "key", func() any { return value.Load() }) }
	fromMemory := func() bool {
		read()
		before := asked.n.Load()
		read()
		return asked.n.Load() == before
	}
	testrig.Eventually(t, fromMemory, 5*time.Second, 10*time.Millisecond, "it listens")

	t.Run("a change here is seen at once", func(t *testing.T) {
		for i := range int32(200) {
			value.Store(i)
			here.Changed(ctx, "other", "group")
			require.Equal(t, fmt.Sprint(i), read())
		}
	})
	t.Run("a change elsewhere is seen when Redis has told of it", func(t *testing.T) {
		require.True(t, fromMemory())
		value.Store(1_000)
		elsewhere.Changed(ctx, "other", "group")
		testrig.Eventually(t, func() bool { return read() == "1000" }, 500*time.Millisecond, time.Millisecond,
			"long before a value is too old")
	})
	t.Run("a change during a load is not lost", func(t *testing.T) {
		get("racy", "key", func() any { elsewhere.Changed(ctx, "racy"); return "old" })
		testrig.Eventually(t, func() bool { return get("racy", "key", func() any { return "new" }) == `"new"` },
			500*time.Millisecond, time.Millisecond)
	})
	t.Run("what nobody tells of is seen after a second", func(t *testing.T) {
		require.True(t, fromMemory())
		value.Store(2_000)
		require.NoError(t, direct.Set(ctx, "version:{group}", "1", 0).Err())
		testrig.Eventually(t, func() bool { return read() == "2000" }, 3*time.Second, 10*time.Millisecond)
	})
	t.Run("many values are not kept for ever", func(t *testing.T) {
		for i := range 5_000 {
			get("many", fmt.Sprint(i), func() any { return i })
		}
		require.True(t, fromMemory())
	})
	t.Run("who hears nothing asks, and who hears again remembers again", func(t *testing.T) {
		proxy.Cut()
		value.Store(3_000)
		elsewhere.Changed(ctx, "group")
		testrig.Eventually(t, func() bool { return read() == "3000" }, 3*time.Second, 10*time.Millisecond,
			"from the database")
		require.False(t, fromMemory())
		proxy.Mend()
		testrig.Eventually(t, fromMemory, 5*time.Second, 10*time.Millisecond)
		require.Equal(t, "3000", read())
	})
	t.Run("who hears nothing and does not know it hears again", func(t *testing.T) {
		proxy.Forget()
		told := func() bool {
			testrig.Eventually(t, func() bool { // it is new in memory, where it is good for a second
				before := asked.n.Load()
				read()
				return asked.n.Load() > before && fromMemory()
			}, 20*time.Second, time.Millisecond)
			now := value.Add(1)
			elsewhere.Changed(ctx, "group")
			return testrig.Within(func() bool {
				return read() == fmt.Sprint(now)
			}, 500*time.Millisecond, time.Millisecond) &&
				fromMemory()
		}
		testrig.Eventually(t, told, 30*time.Second, 100*time.Millisecond)
	})
}

// counter counts the commands that a client sends.
type counter struct{ n atomic.Int64 }

func (c *counter) DialHook(next redis.DialHook) redis.DialHook { return next }

func (c *counter) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		c.n.Add(1)
		return next(ctx, cmd)
	}
}

func (c *counter) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

// Marketplaces that share a Redis leave each other alone.
func TestAnnounce_AnotherDatabaseOfTheServer_IsNotHeard(t *testing.T) {
	t.Parallel()
	ours, theirs := testrig.RedisAt(t, testrig.RedisURL(t)), testrig.RedisAt(t, testrig.RedisURL(t))
	require.NotEqual(t, ours.Options().DB, theirs.Options().DB)
	listening := cache.NewReads(ours, testrig.Log(t))
	var heard atomic.Int32
	listening.OnAnnounced("topic", func() { heard.Add(1) })
	ctx, cancel := context.WithCancel(t.Context())
	stopped := make(chan struct{})
	go func() { defer close(stopped); listening.Listen(ctx) }()
	defer func() { cancel(); <-stopped }()
	testrig.Eventually(t, func() bool { return heard.Load() == 1 }, 5*time.Second, time.Millisecond, "it listens")
	for range 10 {
		require.NoError(t, cache.NewReads(theirs, testrig.Log(t)).Announce(ctx, "topic"))
	}
	require.NoError(t, cache.NewReads(ours, testrig.Log(t)).Announce(ctx, "topic"))
	testrig.Eventually(t, func() bool { return heard.Load() >= 2 }, 5*time.Second, time.Millisecond)
	require.EqualValues(t, 2, heard.Load())
}
