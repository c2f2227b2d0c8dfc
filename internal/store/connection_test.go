package store_test

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/testrig"
	"github.com/all-in-market/market/internal/vault"
)

// A purchase and its refund are cut off after a number of bytes between the process and PostgreSQL,
// and run again from the beginning; then after more bytes, until none are left. The errors ask for
// a retry, and everything happens once.
func TestTransactions_ConnectionEndsAnywhere_ChangeAllOrNothing(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s := testrig.NewShop(t, 1, nil)
	address, err := url.Parse(s.Pool().Config().ConnString())
	require.NoError(t, err)
	proxy := testrig.NewProxy(t, address.Host)
	address.Host = proxy.Addr()

	cuts, sold := 0, 0
	for bytes := 1; ; bytes += 997 {
		sold++
		key := fmt.Sprint("k", sold)
		cart, err := s.AddToCart(ctx, market.BuyerID(s.BuyerID), s.ProductIDs[0], 2, all)
		require.NoError(t, err)
		checkout := store.Checkout{
			BuyerID: s.BuyerID, Key: key, CartItemIDs: []int64{cart.Items.Content[0].ID}, AddressID: s.AddressID,
		}
		through, err := store.Open(ctx, address.String(), store.Options{MaxConns: 2, Vault: vault.Local()})
		require.NoError(t, err)
		proxy.CutAfter(bytes)
		cut := buyAndGiveBack(ctx, through, checkout)
		proxy.Mend()
		if cut != nil {
			cuts++
			require.Equal(t, market.CodeDatabaseUnavailable, market.CodeOf(cut), "after %d bytes: %v", bytes, cut)
		}
		require.NoError(t, buyAndGiveBack(ctx, through, checkout), "after %d bytes", bytes)
		through.Close()
		if cut == nil {
			break
		}
	}
	require.Greater(t, cuts, 20)
	for _, of := range []string{"orders", "payments WHERE status = 'REFUNDED'", "refunds WHERE status = 'SUCCESS'"} {
		require.Equal(t, sold, s.Number(t, "SELECT count(*) FROM "+of), of)
	}
	require.Equal(t, 1_000_000, s.Number(t, "SELECT stock FROM products"))
	s.RollUpAll(t)
	s.Verified(t)
}

func buyAndGiveBack(ctx context.Context, s *store.Store, c store.Checkout) error {
	paid, err := testrig.Buy(ctx, s, c)
	if err != nil {
		return err
	}
	_, err = testrig.GiveBack(ctx, s, c.Key,
		store.RefundRequest{BuyerID: c.BuyerID, OrderID: paid.OrderID, Reason: market.ReasonDamaged})
	return err
}

// A connection to a server that became a standby refuses
// writes for as long as it lives. The pool closes it, and the next one goes where the address leads then.
func TestWrite_ToADemotedPrimary_IsAnOutageUntilThereIsAnother(t *testing.T) {
	t.Parallel()
	ctx, url := t.Context(), testrig.DatabaseURL(t)
	config, err := pgx.ParseConfig(url)
	require.NoError(t, err)
	admin, err := pgx.Connect(ctx, url)
	require.NoError(t, err)
	defer admin.Close(context.Background())
	database := pgx.Identifier{config.Database}.Sanitize()
	_, err = admin.Exec(ctx, "ALTER DATABASE "+database+" SET default_transaction_read_only = on")
	require.NoError(t, err)
	s, err := store.Open(ctx, url, store.Options{MaxConns: 1})
	require.NoError(t, err)
	t.Cleanup(s.Close)
	create := func() error {
		_, err := s.CreateBuyer(ctx, store.BuyerSignup{
			Email: "demoted@example.com", PasswordHash: "x", Name: "b", Phone: "010-1234-5678",
		})
		return err
	}
	refused(t, market.CodeDatabaseUnavailable, create())
	_, err = admin.Exec(ctx, "ALTER DATABASE "+database+" RESET default_transaction_read_only")
	require.NoError(t, err)
	require.NoError(t, create())
}

// A standby answers serialization_failure when it cancels a statement
// in favour of its recovery.
func TestList_StandbyCancelsTheStatement_IsReadAgain(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s := testrig.NewShop(t, 1, nil)
	const cancelled = `CREATE FUNCTION cancelled() RETURNS boolean LANGUAGE plpgsql AS $$
		BEGIN
			IF nextval('cancellations') <= %d THEN
				RAISE EXCEPTION 'canceling statement due to conflict with recovery'
					USING ERRCODE = 'serialization_failure';
			END IF;
			RETURN true;
		END $$`
	for times, want := range map[int]market.Code{2: "", 1000: market.CodeDatabaseUnavailable} {
		run(t, s, "CREATE SEQUENCE cancellations")
		run(t, s, strings.Replace(cancelled, "%d", strconv.Itoa(times), 1))
		run(t, s, "ALTER TABLE products RENAME TO hidden")
		run(t, s, "CREATE VIEW products AS SELECT * FROM hidden WHERE cancelled()")
		_, err := s.AllProducts(ctx, nil, all)
		refused(t, want, err)
		run(t, s, "DROP VIEW products")
		run(t, s, "ALTER TABLE hidden RENAME TO products")
		run(t, s, "DROP FUNCTION cancelled")
		run(t, s, "DROP SEQUENCE cancellations")
	}
}

// What waits for a frozen process goes on, and the process fails
// with an outage when it wakes up.
func TestOpen_ProcessFreezesInATransaction_LosesItsLocks(t *testing.T) {
	t.Parallel()
	ctx, url := t.Context(), testrig.DatabaseURL(t)
	open := func(idle time.Duration) *store.Store {
		s, err := store.Open(ctx, url, store.Options{MaxConns: 2, Idle: idle})
		require.NoError(t, err)
		t.Cleanup(s.Close)
		return s
	}
	frozen, others := open(time.Second), open(0)
	_, err := others.CreateCategory(ctx, "c", 1) // which the audit log notes
	require.NoError(t, err)
	tx, err := frozen.Pool().Begin(ctx)
	require.NoError(t, err)
	_, err = tx.Exec(ctx, "SELECT pg_advisory_xact_lock(hashtext('market audit chain'))")
	require.NoError(t, err)
	began := time.Now()
	require.NoError(t, others.ExtendAuditChain(ctx))
	require.Less(t, time.Since(began), 20*time.Second)
	_, err = tx.Exec(ctx, "SELECT 1")
	require.Error(t, err)
	_ = tx.Rollback(ctx) // of a connection that is gone
	require.NoError(t, frozen.ExtendAuditChain(ctx), "with another connection")
	var timeouts string
	require.NoError(t, others.Pool().QueryRow(ctx, `SELECT current_setting('idle_in_transaction_session_timeout')
		|| ' ' || current_setting('lock_timeout') || ' ' || current_setting('statement_timeout')`).Scan(&timeouts))
	require.Equal(t, "1min 1min 0", timeouts)
}

func TestOpen_Connections_ReceiveAmountsAsText(t *testing.T) {
	t.Parallel()
	s := testrig.Store(t, nil)
	require.NoError(t, s.Pool().AcquireFunc(t.Context(), func(c *pgxpool.Conn) error {
		require.EqualValues(t, pgtype.TextFormatCode, c.Conn().TypeMap().FormatCodeForOID(pgtype.NumericOID))
		return nil
	}))
}
