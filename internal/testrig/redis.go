package testrig

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
)

// slots is how many a Redis cluster divides its keys among.
const slots = 16_384

// RedisCluster starts a cluster of three nodes, which ends with the test, and returns its
// address as REDIS_URL names it.
func RedisCluster(tb testing.TB) string {
	tb.Helper()
	ctx := context.Background()
	var nodes []*redis.Client
	var addresses []string
	for n := range 3 {
		address := redisServer(tb, "--cluster-enabled", "yes", "--cluster-node-timeout", "2000")
		node := redis.NewClient(&redis.Options{Addr: address})
		tb.Cleanup(func() { _ = node.Close() })
		require.NoError(tb, node.ClusterAddSlotsRange(ctx, n*slots/3, (n+1)*slots/3-1).Err())
		nodes, addresses = append(nodes, node), append(addresses, address)
	}
	host, port, err := net.SplitHostPort(addresses[0])
	require.NoError(tb, err)
	for _, node := range nodes[1:] {
		require.NoError(tb, node.ClusterMeet(ctx, host, port).Err())
	}
	Eventually(tb, func() bool {
		for _, node := range nodes {
			known, err := node.ClusterShards(ctx).Result()
			if err != nil || len(known) != len(nodes) {
				return false
			}
			info, err := node.ClusterInfo(ctx).Result()
			if err != nil || info[:len("cluster_state:ok")] != "cluster_state:ok" {
				return false
			}
		}
		return true
	}, 30*time.Second, 50*time.Millisecond)
	return fmt.Sprintf("redis://%s?addr=%s&addr=%s", addresses[0], addresses[1], addresses[2])
}

// RedisSentinel starts a Redis and a sentinel that watches it, and returns their address as
// REDIS_URL names it.
func RedisSentinel(tb testing.TB) string {
	tb.Helper()
	host, port, err := net.SplitHostPort(redisServer(tb))
	require.NoError(tb, err)
	file := filepath.Join(tb.TempDir(), "sentinel.conf")
	require.NoError(tb, os.WriteFile(file, fmt.Appendf(nil, "sentinel monitor main %s %s 1\n", host, port), 0o600))
	sentinel := redisServer(tb, file, "--sentinel")
	return fmt.Sprintf("redis://%s/0?master_name=main&addr=%s", sentinel, sentinel)
}

// redisServer starts a server on a free port, from the binary that the stack has installed.
func redisServer(tb testing.TB, args ...string) (address string) {
	tb.Helper()
	Env(tb, "REDIS_URL")
	binary, err := exec.LookPath("redis-server")
	require.NoError(tb, err, "install Redis")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(tb, err)
	address = l.Addr().String()
	require.NoError(tb, l.Close())
	_, port, err := net.SplitHostPort(address)
	require.NoError(tb, err)
	cmd := exec.Command(binary, append(args, "--bind", "127.0.0.1", "--port", port, "--save", "", "--appendonly",
		"no")...)
	cmd.Dir = tb.TempDir()
	require.NoError(tb, cmd.Start())
	tb.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	Eventually(tb, func() bool {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			_ = conn.Close()
		}
		return err == nil
	}, 10*time.Second, 20*time.Millisecond)
	return address
}
