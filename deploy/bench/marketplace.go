package main

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"slices"

	"github.com/jackc/pgx/v5"
	"go.temporal.io/sdk/client"

	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/vault"
	"github.com/all-in-market/market/migrations"
	"github.com/all-in-market/market/worker"
)

// seededDatabase is the template that holds the load profile.
const seededDatabase = "bench_seeded"

// marketplace is the database, Redis database and Temporal namespace of one
// measurement, so that measurements do not affect each other.
type marketplace struct {
	database  string // URL
	redis     string // URL
	namespace string
	store     *store.Store
	drop      func()
}

// newMarketplace creates the marketplace of a measurement, seeded with the load
// profile if the measurement needs it.
func newMarketplace(ctx context.Context, m measurement) (*marketplace, error) {
	name, template := "bench_"+m.name, "template0"
	if m.seeded {
		template = seededDatabase
	}
	database, err := createDatabase(ctx, name, template)
	if err != nil {
		return nil, err
	}
	redis, err := url.Parse(os.Getenv("REDIS_URL"))
	if err != nil {
		return nil, err
	}
	number := 1 + slices.IndexFunc(measurements, func(o measurement) bool { return o.name == m.name })
	redis.Path = fmt.Sprint("/", number)
	s, err := store.Open(ctx, database, store.Options{Vault: vault.Local()})
	if err != nil {
		return nil, err
	}
	return &marketplace{
		database: database, redis: redis.String(), namespace: "bench-" + m.name, store: s,
		drop: func() {
			s.Close()
			_ = onServer(context.WithoutCancel(ctx), "DROP DATABASE "+name+" WITH (FORCE)")
		},
	}, nil
}

// createDatabase creates a database from a template and brings its schema up to date.
func createDatabase(ctx context.Context, name, template string) (address string, err error) {
	if err := onServer(ctx, fmt.Sprintf("CREATE DATABASE %s TEMPLATE %s STRATEGY file_copy", name, template)); err != nil {
		return "", err
	}
	u, err := url.Parse(os.Getenv("DATABASE_URL"))
	if err != nil {
		return "", err
	}
	u.Path = "/" + name
	_, err = migrations.Up(ctx, u.String())
	return u.String(), err
}

// onServer executes a statement outside of the marketplaces' databases.
func onServer(ctx context.Context, statement string) error {
	conn, err := pgx.Connect(ctx, os.Getenv("DATABASE_URL"))
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, statement)
	return err
}

// environment returns the variables of the marketplace's processes.
func (m *marketplace) environment() []string {
	return []string{"DATABASE_URL=" + m.database, "REDIS_URL=" + m.redis, "TEMPORAL_NAMESPACE=" + m.namespace}
}

// connect returns a client of the marketplace's namespace, which it creates if need be.
func (m *marketplace) connect(ctx context.Context) (client.Client, error) {
	c, err := client.NewLazyClient(client.Options{
		HostPort: os.Getenv("TEMPORAL_ADDRESS"), Namespace: m.namespace, Logger: quiet{},
		ConnectionOptions: client.ConnectionOptions{GrpcCompression: &client.GrpcCompressionNone{}},
		// as the marketplace's
	})
	if err != nil {
		return nil, err
	}
	return c, worker.EnsureNamespace(ctx, c, m.namespace)
}
