package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/testrig"
	"github.com/all-in-market/market/internal/vault"
)

// It removes answers that are old, in more than one chunk, and
// leaves new ones; every other table's statement runs. Workers may do so.
func TestPurge_OldRows_AreRemoved(t *testing.T) {
	ctx := context.Background()
	s := testrig.NewShop(t, 1, nil)
	_, err := s.Pool().Exec(ctx, `INSERT INTO idempotency_keys (principal, operation, key, fingerprint, created_at)
		SELECT 'BUYER/1', 'POST /orders', i::text, '', now() - CASE WHEN i <= 2500 THEN interval '25 hours' ELSE interval '23 hours' END FROM generate_series(1, 3000) i`)
	require.NoError(t, err)
	login := testrig.As(t, s.Pool().Config().ConnString(), "market_worker")
	worker, err := store.Open(ctx, login, store.Options{MaxConns: 2, Vault: vault.Local()})
	require.NoError(t, err)
	defer worker.Close()
	for _, r := range store.Retentions(24 * time.Hour) {
		n, err := worker.Purge(ctx, r)
		require.NoError(t, err, r.Table)
		if r.Table == "idempotency_keys" {
			require.EqualValues(t, 2500, n)
		} else {
			require.Zero(t, n, r.Table)
		}
	}
	require.Equal(t, 500, s.Number(t, "SELECT count(*) FROM idempotency_keys"))
}

// It repeats a request while its key is purged again
// and again.
func TestRequests_PurgedMeanwhile_AreNew(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	s := testrig.NewShop(t, 1, nil)
	purged := make(chan error, 1)
	go func() {
		for {
			_, err := s.Purge(ctx, store.Retentions(0)[0])
			if ctx.Err() != nil {
				err = nil // its context was cancelled, and it may have ended before
			}
			if err != nil || ctx.Err() != nil {
				purged <- err
				return
			}
		}
	}()
	for range 1_000 {
		answer, err := s.BeginRequest(ctx,
			store.Request{Principal: "BUYER/1", Operation: "POST /orders", Key: "k", Fingerprint: []byte("f")})
		require.NoError(t, err)
		require.Nil(t, answer)
	}
	cancel()
	require.NoError(t, <-purged)
}
