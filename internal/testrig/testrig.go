// Package testrig gives tests the real services of a throw-away stack: a
// database of their own on its PostgreSQL, its Redis, its Temporal server.
// `make test` starts the stack and names it in the environment.
package testrig

import (
	"context"
	"crypto/rand"
	"fmt"
	"hash/fnv"
	"io/fs"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/vault"
	"github.com/all-in-market/market/migrations"
)

// services are the variables that the throw-away stack sets.
var services = []string{"DATABASE_URL", "REDIS_URL", "TEMPORAL_ADDRESS"}

// Env is the value of a variable that the throw-away stack sets. Without a stack the
// test is skipped: it would prove nothing against anything else. With a stack that does
// not set the variable it fails, so that `make test` skips nothing.
func Env(tb testing.TB, name string) string {
	tb.Helper()
	if value := os.Getenv(name); value != "" {
		return value
	}
	for _, other := range services {
		require.Empty(tb, os.Getenv(other), "%s is set and %s is not", other, name)
	}
	tb.Skip("it needs PostgreSQL, Redis and Temporal: run it with `make test`, which starts a throw-away stack")
	return ""
}

// DatabaseURL makes a database with the newest schema and returns its address.
// The database goes when the test ends.
func DatabaseURL(tb testing.TB) string {
	tb.Helper()
	return createDatabase(tb, template(tb))
}

// EmptyDatabaseURL makes a database without any schema.
func EmptyDatabaseURL(tb testing.TB) string {
	tb.Helper()
	return createDatabase(tb, "template0")
}

// As returns the address of a database for a user with some of the marketplace's database roles,
// and no others.
func As(tb testing.TB, databaseURL string, roles ...string) string {
	tb.Helper()
	u, err := url.Parse(databaseURL)
	require.NoError(tb, err)
	login := "test_" + strings.Join(roles, "_")
	loginsMu.Lock()
	defer loginsMu.Unlock()
	if !logins[login] {
		admin(tb, fmt.Sprintf(`DO $$ BEGIN
			PERFORM pg_advisory_xact_lock(hashtext('testrig logins'));
			IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '%[1]s') THEN
				CREATE ROLE %[1]s LOGIN PASSWORD '%[1]s' IN ROLE %[2]s;
			END IF; END $$`, login, strings.Join(roles, ", ")))
		logins[login] = true
	}
	u.User = url.UserPassword(login, login)
	return u.String()
}

// logins are those that this process has seen to.
var (
	loginsMu sync.Mutex
	logins   = map[string]bool{}
)

// Store opens a store on a database of its own; now is its clock, nil the real one.
func Store(tb testing.TB, now func() time.Time) *store.Store {
	tb.Helper()
	s, err := store.Open(context.Background(), DatabaseURL(tb), store.Options{Now: now, Vault: vault.Local()})
	require.NoError(tb, err)
	tb.Cleanup(s.Close)
	return s
}

// OneConnection opens a store on another one's database with a single connection, on which it sets parameters of
// PostgreSQL such as "enable_seqscan=off".
func OneConnection(tb testing.TB, other *store.Store, parameters ...string) *store.Store {
	tb.Helper()
	address := other.Pool().Config().ConnString() + "&pool_max_conns=1&" + strings.Join(parameters, "&")
	s, err := store.Open(context.Background(), address, store.Options{Vault: vault.Local()})
	require.NoError(tb, err)
	tb.Cleanup(s.Close)
	return s
}

// redisDatabases is how many numbered databases the stack's Redis has. Number 0 holds the
// reservations of the others.
const redisDatabases = 64

// reservedFor bounds a reservation, so that a test process that was killed does not keep it.
const reservedFor = time.Hour

// RedisURL reserves a numbered database of the stack's Redis for the test, empties it, and returns
// its address. It waits while all are taken.
func RedisURL(tb testing.TB) string {
	tb.Helper()
	base, ctx := Env(tb, "REDIS_URL"), context.Background()
	opt, err := redis.ParseURL(base)
	require.NoError(tb, err)
	reservations := redis.NewClient(opt)
	tb.Cleanup(func() { _ = reservations.Close() })
	var number int
	Eventually(tb, func() bool {
		for number = 1; number < redisDatabases; number++ {
			free, err := reservations.SetNX(ctx, reservation(number), tb.Name(), reservedFor).Result()
			require.NoError(tb, err)
			if free {
				return true
			}
		}
		return false
	}, 5*time.Minute, 100*time.Millisecond, "a Redis database becomes free")
	tb.Cleanup(func() { require.NoError(tb, reservations.Del(ctx, reservation(number)).Err()) })
	address := fmt.Sprintf("%s/%d", base[:strings.LastIndexByte(base, '/')], number)
	require.NoError(tb, RedisAt(tb, address).FlushDB(ctx).Err())
	return address
}

// reservation returns the key that reserves a numbered database; its value is the test's name.
func reservation(number int) string { return fmt.Sprint("testrig:database:", number) }

// Redis reserves a database as RedisURL does, and connects to it.
func Redis(tb testing.TB) redis.UniversalClient {
	tb.Helper()
	return RedisAt(tb, RedisURL(tb))
}

// RedisAt connects to the Redis at an address.
func RedisAt(tb testing.TB, address string) *redis.Client {
	tb.Helper()
	opt, err := redis.ParseURL(address)
	require.NoError(tb, err)
	r := redis.NewClient(opt)
	tb.Cleanup(func() { _ = r.Close() })
	return r
}

func createDatabase(tb testing.TB, from string) string {
	tb.Helper()
	name := "test_" + strings.ToLower(rand.Text())
	admin(tb, "CREATE DATABASE "+name+" TEMPLATE "+from)
	tb.Cleanup(func() { admin(tb, "DROP DATABASE "+name+" WITH (FORCE)") })
	return withDatabase(tb, name)
}

// templateOnce makes the migrated template once in a process; an advisory lock
// makes it once among the processes of all test packages.
var templateOnce = sync.OnceValues(func() (string, error) {
	sum := fnv.New64a()
	err := fs.WalkDir(migrations.Files(), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(migrations.Files(), path)
		_, _ = sum.Write(b)
		return err
	})
	if err != nil {
		return "", err
	}
	ctx, name := context.Background(), fmt.Sprintf("template_%x", sum.Sum64())
	conn, err := pgx.Connect(ctx, os.Getenv("DATABASE_URL"))
	if err != nil {
		return "", err
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock(hashtext('testrig'))"); err != nil {
		return "", err
	}
	var exists bool
	if err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)",
		name).Scan(&exists); err != nil || exists {
		return name, err
	}
	if _, err := conn.Exec(ctx, "CREATE DATABASE "+name+"_new TEMPLATE template0"); err != nil {
		return "", err
	}
	u, err := url.Parse(os.Getenv("DATABASE_URL"))
	if err != nil {
		return "", err
	}
	u.Path = "/" + name + "_new"
	if _, err := migrations.Up(ctx, u.String()); err != nil {
		return "", err
	}
	_, err = conn.Exec(ctx, "ALTER DATABASE "+name+"_new RENAME TO "+name)
	return name, err
})

func template(tb testing.TB) string {
	tb.Helper()
	Env(tb, "DATABASE_URL")
	name, err := templateOnce()
	require.NoError(tb, err)
	return name
}

func admin(tb testing.TB, statement string) {
	tb.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, Env(tb, "DATABASE_URL"))
	require.NoError(tb, err)
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, statement)
	require.NoError(tb, err)
}

func withDatabase(tb testing.TB, name string) string {
	tb.Helper()
	u, err := url.Parse(Env(tb, "DATABASE_URL"))
	require.NoError(tb, err)
	u.Path = "/" + name
	return u.String()
}

// MemoryRedis is a Redis server in this process, for tests that need no other service
// and look at what is built on Redis, not at Redis. Close takes it away.
func MemoryRedis(tb testing.TB) (redis.UniversalClient, *miniredis.Miniredis) {
	tb.Helper()
	server := miniredis.RunT(tb)
	client := redis.NewClient(&redis.Options{Addr: server.Addr(), MaxRetries: -1})
	tb.Cleanup(func() { _ = client.Close() })
	return client, server
}
