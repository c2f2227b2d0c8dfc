// Package cache uses Redis for what may be forgotten: cached reads and locks
// that keep a crowd off the database. Without Redis reads come from PostgreSQL
// and locks are not taken; PostgreSQL's own constraints are the proof either way.
package cache

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
	"golang.org/x/sync/singleflight"
)

// Open makes a Redis client that gives up soon: a Redis that hangs must not
// hang its callers. One that is merely busy, or a crowd that waits for a
// connection, is waited for. It does not wait for Redis to be there.
func Open(redisURL string) (redis.UniversalClient, error) {
	opt, err := redis.ParseURL(redisURL)
	if err != nil {
		return nil, fmt.Errorf("REDIS_URL is not a Redis address of the form redis://host:port/0: %w", err)
	}
	opt.DialTimeout, opt.ReadTimeout, opt.WriteTimeout = 2*time.Second, 2*time.Second, 2*time.Second
	opt.MaxRetries, opt.DialerRetries = 1, 1
	opt.PoolSize, opt.MinIdleConns, opt.PoolTimeout = 64, 8, 5*time.Second
	return redis.NewClient(opt), nil
}

// Reads caches encoded answers. A value's key carries the version of its group;
// a change bumps the version after its COMMIT, and every process misses from
// then on. A loader that read before the change stores under the old version.
type Reads struct {
	redis  redis.UniversalClient
	flight singleflight.Group
	log    *slog.Logger
}

// NewReads makes the cache.
func NewReads(r redis.UniversalClient, log *slog.Logger) *Reads {
	return &Reads{redis: r, log: log}
}

// versionLifetime outlives every cached value, so that a version that is
// forgotten and starts again finds no value of its first life.
const versionLifetime = 24 * time.Hour

// lookup reads a group's version and the value under it in one round trip.
var lookup = redis.NewScript(`
local version = redis.call('GET', 'version:' .. KEYS[1]) or '0'
return {version, redis.call('GET', 'read:' .. KEYS[1] .. ':v' .. version .. ':' .. ARGV[1]) or ''}`)

// loadTimeout bounds a load, which goes on for others when its first caller leaves.
const loadTimeout = 5 * time.Second

// Get returns the cached JSON of key in group, or loads, encodes and keeps it
// for about ttl. Callers that miss at the same time share one load.
func (c *Reads) Get(
	ctx context.Context, group, key string, ttl time.Duration, load func(context.Context) (any, error),
) (json.RawMessage, error) {
	version, value, err := c.lookup(ctx, group, key)
	if err != nil {
		c.log.WarnContext(ctx, "cache unavailable, reading from the database", "group", group, "error", err)
	} else if value != "" {
		return json.RawMessage(value), nil
	}
	stored := "read:" + group + ":v" + version + ":" + key
	loaded := c.flight.DoChan(stored, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), loadTimeout)
		defer cancel()
		v, err := load(ctx)
		if err != nil {
			return nil, err
		}
		encoded, err := json.Marshal(v)
		if err == nil && version != "" {
			jittered := ttl - time.Duration(rand.Int64N(int64(ttl)/5+1))
			if err := c.redis.Set(ctx, stored, encoded, jittered).Err(); err != nil {
				c.log.WarnContext(ctx, "cache not filled", "group", group, "error", err)
			}
		}
		return json.RawMessage(encoded), err
	})
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case r := <-loaded:
		if r.Err != nil {
			return nil, r.Err
		}
		return r.Val.(json.RawMessage), nil
	}
}

func (c *Reads) lookup(ctx context.Context, group, key string) (version, value string, err error) {
	r, err := lookup.Run(ctx, c.redis, []string{group}, key).StringSlice()
	if err != nil {
		return "", "", err
	}
	return r[0], r[1], nil
}

// Changed makes every cached value of the groups stale, in all processes. Call
// it after COMMIT. When Redis does not answer, old values live out their ttl.
func (c *Reads) Changed(ctx context.Context, groups ...string) {
	_, err := c.redis.Pipelined(ctx, func(p redis.Pipeliner) error {
		for _, g := range groups {
			p.Incr(ctx, "version:"+g)
			p.Expire(ctx, "version:"+g, versionLifetime)
		}
		return nil
	})
	if err != nil {
		c.log.WarnContext(ctx, "cache not invalidated", "groups", groups, "error", err)
	}
}

// changedChunk is how many groups are made stale in one round trip.
const changedChunk = 1_000

// ChangedOf is Changed for the group of each of many owners.
func (c *Reads) ChangedOf(ctx context.Context, owners []int64, group func(owner int64) string) {
	for chunk := range slices.Chunk(owners, changedChunk) {
		groups := make([]string, len(chunk))
		for i, id := range chunk {
			groups[i] = group(id)
		}
		c.Changed(ctx, groups...)
	}
}

// DashboardsChanged makes the dashboards of sellers stale; store.RollUp calls it for those
// that it has changed.
func (c *Reads) DashboardsChanged(ctx context.Context) func(sellers []int64) {
	return func(sellers []int64) { c.ChangedOf(ctx, sellers, DashboardGroup) }
}

// The groups of cached reads. How long a value may live bounds how long a
// change that no version announces stays unseen: stock moves with every order.
const (
	CategoriesTTL = time.Minute
	ProductsTTL   = 5 * time.Second
	DashboardTTL  = 5 * time.Minute

	SettlementsTTL = 10 * time.Minute
)

// CategoriesGroup and ProductsGroup are the public lists.
const (
	CategoriesGroup = "categories"
	ProductsGroup   = "products"
)

// DashboardGroup is a seller's dashboard; each day has a key of its own.
func DashboardGroup(sellerID int64) string {
	return "dashboard:" + strconv.FormatInt(sellerID, 10)
}

// SettlementsGroup is a seller's list of settlements.
func SettlementsGroup(sellerID int64) string {
	return "settlements:" + strconv.FormatInt(sellerID, 10)
}

// ProductGroup is one product's page.
func ProductGroup(id int64) string { return "product:" + strconv.FormatInt(id, 10) }

// SellerProductsGroup is a seller's own list.
func SellerProductsGroup(sellerID int64) string {
	return "seller-products:" + strconv.FormatInt(sellerID, 10)
}
