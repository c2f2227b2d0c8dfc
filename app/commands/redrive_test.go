package commands

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/store"
)

// requireRedrive starts the workflows of refunds, and then also of a payment whose order does not exist.
func requireRedrive(t *testing.T, s *store.Store, command func(args ...string) (string, error)) {
	t.Helper()
	for args, refusal := range map[string]string{
		"--per-second 0":    "want 1 or more",
		"--from refunds":    "want STATE:ID",
		"everything at all": `unexpected argument "everything"`,
	} {
		_, err := command(append([]string{"redrive"}, strings.Fields(args)...)...)
		require.ErrorContains(t, err, refusal)
	}
	_, err := s.Pool().Exec(t.Context(), `INSERT INTO refunds (buyer_id, payment_id, amount, reason, created_at, updated_at)
		SELECT o.buyer_id, p.id, 1, 'DAMAGED', now() - interval '1 day', now() - interval '1 day'
		FROM payments p JOIN orders o ON o.id = p.order_id, generate_series(1, 3) ORDER BY p.id LIMIT 3`)
	require.NoError(t, err)
	out, err := command("redrive")
	require.NoError(t, err)
	require.Contains(t, out, ": 3 workflows started, 0 were running, 0 failed\n")
	out, err = command("redrive", "--per-second", "50")
	require.NoError(t, err)
	require.Contains(t, out, ": 0 workflows started, 3 were running, 0 failed\n")

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err = Run(ctx, []string{"redrive", "--per-second", "50"}, io.Discard, io.Discard)
	require.ErrorContains(t, err, "continue with: market redrive --per-second 50 --from 'payments PENDING:0'")

	_, err = s.Pool().Exec(t.Context(), `SET session_replication_role = replica; -- without foreign keys
		INSERT INTO payments (order_id, amount, method, provider, merchant_uid, created_at, updated_at)
		VALUES (999999999, 1, 'MOCK', 'MOCK', 'orphan', now() - interval '1 day', now() - interval '1 day');
		RESET session_replication_role`)
	require.NoError(t, err)
	var result, progress bytes.Buffer
	err = Run(t.Context(), []string{"redrive"}, &result, &progress)
	require.ErrorContains(t, err, "1 rows failed")
	require.Contains(t, result.String(), ": 0 workflows started, 3 were running, 1 failed\n")
	require.Contains(t, progress.String(), "payments PENDING 999999999 failed: ORDER_NOT_FOUND")
	require.Contains(t, progress.String(), "payments PENDING: 1 of 1, 0 started, 1 failed,")
	require.Contains(t, progress.String(), "refunds PENDING: 3 of 3, 0 started, 0 failed,")
}
