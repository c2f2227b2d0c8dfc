package e2e

import (
	"context"
	"net/url"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/app"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/workflows"
)

// behindPooler returns a database's address through the stack's PgBouncer, with a query_exec_mode that
// declares it, or none.
func behindPooler(t *testing.T, databaseURL, pooler, mode string) string {
	t.Helper()
	u, err := url.Parse(databaseURL)
	require.NoError(t, err)
	query := u.Query()
	if mode != "" {
		query.Set("default_query_exec_mode", mode)
	}
	u.Host, u.RawQuery = pooler, query.Encode()
	return u.String()
}

// It runs the roles in processes of their own, whose
// connections all lead through PgBouncer. TestStorm runs behind it, too.
func TestPgBouncer_RolesApart_WorkInTransactionMode(t *testing.T) {
	t.Parallel()
	pooler := os.Getenv("DATABASE_POOLER")
	if pooler == "" {
		t.Skip("it needs PgBouncer: `make test` runs it in a stack of its own, which has one")
	}
	ctx := context.Background()
	r := newRig(t)
	api := r.spawn(t, app.Roles{API: true}, "")
	office := r.spawn(t, app.Roles{Admin: true}, "")
	r.spawn(t, app.Roles{Worker: true}, "")
	r.api, r.admin = "http://"+api.addrs["api"], "http://"+office.addrs["admin"]
	product := r.product(t, r.seller(t).id, 10_000_00, 100).ID
	refund, refunded := r.refundToDecide(t, product, "")
	require.True(t, approve(t, r.staff(t), refund).Success)
	r.settleDown(t)
	require.Equal(t, 1, r.cancellations(t, refunded))
	r.verify(t)
	run, err := r.temporal.ExecuteWorkflow(ctx, startOptions("verification-by-hand"), workflows.Verification)
	require.NoError(t, err)
	findings := -1
	require.NoError(t, run.Get(ctx, &findings))
	require.Zero(t, findings)

	for address, want := range map[string]struct {
		pooled   bool
		problems string
	}{
		r.cfg.DatabaseURL: {false, ""},
		behindPooler(t, r.cfg.DatabaseURL, pooler, "cache_describe"): {true, ""},
		behindPooler(t, r.cfg.DatabaseURL, pooler, ""):               {true, "default_query_exec_mode=cache_describe"},
	} {
		s, err := store.Open(ctx, address, store.Options{MaxConns: 1})
		require.NoError(t, err)
		pooled, err := s.ThroughPooler(ctx)
		s.Close()
		require.Equal(t, want.pooled, pooled)
		cfg := r.cfg
		cfg.DatabaseURL = address
		var problem error
		for _, c := range app.CheckConfig(ctx, cfg) {
			if c.Name == "PostgreSQL" {
				problem = c.Problem
			}
		}
		if want.problems == "" {
			require.NoError(t, err)
			require.NoError(t, problem)
			continue
		}
		require.ErrorContains(t, err, want.problems)
		require.ErrorContains(t, problem, want.problems)
	}
}
