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
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"golang.org/x/sync/singleflight"

	"github.com/all-in-market/market/internal/market"
)

// Open returns a Redis client with short timeouts, so that a hanging Redis does not block its
// callers. It waits for a busy server and for a free connection. It does not wait for Redis to be
// available.
//
// The address is that of one Redis, redis://host:port/0; of a cluster, which has a further node,
// redis://host:port?addr=host2:port; or of sentinels and the name of their master,
// redis://host:port/0?master_name=name&addr=host2:port.
func Open(redisURL string) (redis.UniversalClient, error) {
	u, err := url.Parse(redisURL)
	if err != nil {
		return nil, badAddress(err)
	}
	query := u.Query()
	more, master := query["addr"], query.Get("master_name")
	query.Del("addr")
	query.Del("master_name")
	u.RawQuery = query.Encode()
	opt, err := redis.ParseURL(u.String())
	if err != nil {
		return nil, badAddress(err)
	}
	return redis.NewUniversalClient(&redis.UniversalOptions{
		Addrs: append([]string{opt.Addr}, more...), MasterName: master, DB: opt.DB,
		Username: opt.Username, Password: opt.Password, TLSConfig: opt.TLSConfig,
		DialTimeout: 2 * time.Second, ReadTimeout: 2 * time.Second, WriteTimeout: 2 * time.Second,
		MaxRetries: 1, DialerRetries: 1, PoolSize: 64, MinIdleConns: 8, PoolTimeout: 5 * time.Second,
	}), nil
}

func badAddress(err error) error {
	return fmt.Errorf("REDIS_URL is not a Redis address of the form redis://host:port/0, with ?addr=host2:port for "+
		"a cluster, and &master_name=name for sentinels: %w", err)
}

// Reads caches encoded responses. A value has the version that its group had when it was loaded; a
// change bumps the version after its COMMIT, and every process misses from then on. A loader that
// read before the change stores the old version with its value.
//
// While Listen runs, recently read values are returned from this process's memory, without a
// request to Redis.
type Reads struct {
	redis   redis.UniversalClient
	channel string // of announcements
	near    near
	flight  singleflight.Group
	topics  map[string]func() // by the payload of their announcements; see OnAnnounced
	log     *slog.Logger
}

// NewReads makes the cache.
func NewReads(r redis.UniversalClient, log *slog.Logger) *Reads {
	return &Reads{redis: r, channel: channelOf(r), log: log}
}

// versionLifetime is how long an unchanged version is kept. Versions are random and never repeat: a
// group whose version has expired or was evicted gets a new one, under which nothing is cached.
const versionLifetime = 24 * time.Hour

// versionKey and valueKey name a group's version and a value of it. The braces keep both on
// one node of a cluster.
func versionKey(group string) string    { return "version:{" + group + "}" }
func valueKey(group, key string) string { return "read:{" + group + "}:" + key }

// loadTimeout bounds a load, which continues for other callers when its first caller leaves.
const loadTimeout = 5 * time.Second

// Get returns the cached JSON of key in group, or loads, encodes and keeps it
// for about ttl. Callers that miss at the same time share one load.
func (c *Reads) Get(
	ctx context.Context, group, key string, ttl time.Duration, load func(context.Context) (any, error),
) (json.RawMessage, error) {
	value, seen := c.near.get(group, key)
	if value != nil {
		return value, nil
	}
	version, value, err := c.lookup(ctx, group, key)
	if err != nil {
		c.log.WarnContext(ctx, "cache unavailable, reading from the database", "group", group, "error", err)
	} else if value != nil {
		c.near.put(group, key, value, seen)
		return value, nil
	}
	stored := valueKey(group, key)
	loaded := c.flight.DoChan(stored+versionEnd+version, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), loadTimeout)
		defer cancel()
		v, err := load(ctx)
		if err != nil {
			return nil, err
		}
		encoded, err := json.Marshal(v)
		if err == nil && version != "" {
			jittered := ttl - time.Duration(rand.Int64N(int64(ttl)/5+1))
			if err := c.redis.Set(ctx, stored, version+versionEnd+string(encoded), jittered).Err(); err != nil {
				c.log.WarnContext(ctx, "cache not filled", "group", group, "error", err)
			}
			c.near.put(group, key, encoded, seen)
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

// versionEnd ends the version with which a value begins.
const versionEnd = "\n"

// lookup reads a group's version and the value that was loaded under it, if there is one.
func (c *Reads) lookup(ctx context.Context, group, key string) (version string, value json.RawMessage, err error) {
	found, err := c.redis.MGet(ctx, versionKey(group), valueKey(group, key)).Result()
	if err != nil {
		return "", nil, err
	}
	version, ok := found[0].(string)
	if !ok {
		version, err = c.setVersion(ctx, group)
		return version, nil, err
	}
	kept, _ := found[1].(string)
	if of, value, found := strings.Cut(kept, versionEnd); found && of == version {
		return version, json.RawMessage(value), nil
	}
	return version, nil, nil
}

// newVersion returns a version that no group has had. It is a number, since the release before counts
// versions up.
func newVersion() string { return strconv.FormatInt(rand.Int64(), 10) }

// setVersion gives a group without a version one, and returns it.
func (c *Reads) setVersion(ctx context.Context, group string) (string, error) {
	var version *redis.StringCmd
	_, err := c.redis.Pipelined(ctx, func(p redis.Pipeliner) error {
		p.SetNX(ctx, versionKey(group), newVersion(), versionLifetime)
		version = p.Get(ctx, versionKey(group))
		return nil
	})
	return version.Val(), err
}

// Changed makes every cached value of the groups stale, in all processes: in this one before it
// returns, in the others as soon as Redis has delivered the announcement. Call it after COMMIT.
// While Redis does not answer, old values remain until their ttl.
func (c *Reads) Changed(ctx context.Context, groups ...string) {
	_, err := c.redis.Pipelined(ctx, func(p redis.Pipeliner) error {
		for _, g := range groups {
			p.Set(ctx, versionKey(g), newVersion(), versionLifetime)
		}
		return nil
	})
	if err == nil { // once the versions are new, on whichever node of a cluster
		err = c.redis.Publish(ctx, c.channel, strings.Join(groups, groupEnd)).Err()
	}
	c.near.forget(groups...)
	if err != nil {
		c.log.WarnContext(ctx, "cache not invalidated", "groups", groups, "error", err)
	}
}

// changedChunk is how many groups are invalidated in one round trip.
const changedChunk = 1_000

// ChangedOf is Changed for the groups of many owners.
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

// DashboardGroup returns the group of a seller's dashboard; each day has a key of its own.
func DashboardGroup(sellerID int64) string {
	return "dashboard:" + strconv.FormatInt(sellerID, 10)
}

// SettlementsGroup returns the group of a seller's list of settlements.
func SettlementsGroup(sellerID int64) string {
	return "settlements:" + strconv.FormatInt(sellerID, 10)
}

// ProductGroup returns the group of a product's page.
func ProductGroup(id int64) string { return "product:" + strconv.FormatInt(id, 10) }

// SellerProductsGroup returns the group of a seller's own list of products.
func SellerProductsGroup(sellerID int64) string {
	return "seller-products:" + strconv.FormatInt(sellerID, 10)
}

// ProductChanged makes the reads stale that show a product.
func (c *Reads) ProductChanged(ctx context.Context, p market.Product) {
	c.Changed(ctx, ProductsGroup, ProductGroup(p.ID), SellerProductsGroup(p.SellerID))
}
