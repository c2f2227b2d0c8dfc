package store_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/testrig"
	"github.com/all-in-market/market/internal/vault"
)

// It has one unpaid order that cannot expire: the
// others do, and it is set aside.
func TestExpireOrders_OneFails_OthersExpire(t *testing.T) {
	ctx := context.Background()
	s := testrig.NewShop(t, 3, nil)
	for i := range 6 {
		s.Place(t, fmt.Sprint("o", i), s.ProductIDs[i%3])
	}
	// The product has nearly as many pieces as the column holds: the order's do not fit back.
	_, err := s.Pool().Exec(ctx, "UPDATE products SET stock = 2147483647 WHERE id = $1", s.ProductIDs[1])
	require.NoError(t, err)
	_, err = s.Pool().Exec(ctx, "UPDATE orders SET created_at = created_at - interval '31 minutes'")
	require.NoError(t, err)
	for range 3 {
		_, err = s.ExpireOrders(ctx)
		require.NoError(t, err)
	}
	require.Equal(t, 4, s.Number(t, "SELECT count(*) FROM orders WHERE status = 'FAILED'"))
	require.Equal(t, 2, s.Number(t, "SELECT count(*) FROM set_aside WHERE kind = 'EXPIRY'"))
	alerts, err := s.AlertCounts(ctx)
	require.NoError(t, err)
	require.EqualValues(t, 2, alerts.SetAside)
	findings, err := s.Verify(ctx, func(string) {})
	require.NoError(t, err)
	require.Contains(t, fmt.Sprint(findings), "was set aside")
}

// It has a seller whose sums are full: the others'
// days are rolled up and closed.
func TestRollUp_OneFails_OthersAreRolledUp(t *testing.T) {
	ctx := context.Background()
	now := market.Date(2026, 3, 3).Start().Add(time.Hour)
	s := testrig.NewShop(t, 3, func() time.Time { return now })
	day := s.Today()
	_, err := s.Pool().Exec(ctx,
		"INSERT INTO seller_dashboard (seller_id, stat_date, total_sales, fee_amount, settlement_amount) VALUES ($1, $2, 9999999999999999.99, 0, 9999999999999999.99) ON CONFLICT (seller_id, stat_date) DO UPDATE SET total_sales = excluded.total_sales, settlement_amount = excluded.settlement_amount",
		s.SellerIDs[1], day)
	require.NoError(t, err)
	for i := range 9 {
		s.Sell(t, fmt.Sprint("s", i), s.ProductIDs[i%3])
	}
	s.RollUpAll(t)
	require.Equal(t, 3, s.Number(t, "SELECT count(*) FROM set_aside WHERE kind = 'ROLL_UP'"))
	require.Equal(t, 6,
		s.Number(t, "SELECT sum(total_orders) FROM seller_dashboard WHERE seller_id <> $1", s.SellerIDs[1]))
	_, err = s.CloseStatistics(ctx, day)
	require.ErrorContains(t, err, "differs from the ledger", "a figure that is wrong is not closed")
	_, err = s.Pool().Exec(ctx, "UPDATE seller_dashboard SET total_sales = 0, settlement_amount = 0 WHERE seller_id = $1",
		s.SellerIDs[1])
	require.NoError(t, err)
	n, err := s.CloseStatistics(ctx, day)
	require.NoError(t, err, "what is set aside keeps no day open")
	require.Positive(t, n)
}

// The seller is set aside, and settled when the cause is fixed. So is a settlement whose payout is
// refused.
func TestSettle_SumsOfASellerRefused_SettlesTheOthers(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	c := &clock{market.Date(2026, 5, 15).Start().Add(10 * time.Hour)}
	s := testrig.NewShop(t, 7, c.now)
	for i, p := range s.ProductIDs {
		s.Sell(t, fmt.Sprint("s", i), p)
	}
	bad := []int64{s.SellerIDs[2], s.SellerIDs[5]}
	s.RollUpAll(t)
	_, err := s.CloseStatistics(ctx, s.Today())
	require.NoError(t, err)
	// The trigger stands for any rejection of a seller by the schema.
	_, err = s.Pool().Exec(ctx, fmt.Sprintf(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
		$$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = 'check_violation'; END $$;
		CREATE TRIGGER refuse BEFORE INSERT ON settlements FOR EACH ROW WHEN (NEW.seller_id IN (%d, %d)) EXECUTE FUNCTION refuse();
		CREATE TRIGGER refuse BEFORE INSERT ON payouts FOR EACH ROW WHEN (NEW.seller_id = %d) EXECUTE FUNCTION refuse()`,
		bad[0], bad[1], s.SellerIDs[3]))
	require.NoError(t, err)
	worker := as(t, s, "market_worker")
	settle := func(period market.Period) (sellers []int64) {
		for after := int64(0); ; after = sellers[len(sellers)-1] {
			page, err := worker.Settle(ctx, period, after, 4)
			require.NoError(t, err)
			if len(page) == 0 {
				return sellers
			}
			sellers = append(sellers, page...)
		}
	}
	pay := func() (sellers []int64) {
		for after := int64(0); ; {
			created, err := worker.CreatePayouts(ctx, after, 4)
			require.NoError(t, err)
			if len(created.Sellers) == 0 {
				return sellers
			}
			sellers, after = append(sellers, created.Sellers...), created.LastSettlement
		}
	}
	period, _ := market.PeriodEnding(s.Today())
	good := []int64{s.SellerIDs[0], s.SellerIDs[1], s.SellerIDs[3], s.SellerIDs[4], s.SellerIDs[6]}
	require.Equal(t, good, settle(period))
	require.Empty(t, settle(period))
	require.Equal(t, []int64{s.SellerIDs[0], s.SellerIDs[1], s.SellerIDs[4], s.SellerIDs[6]}, pay())
	require.Equal(t, 2, s.Number(t, "SELECT count(*) FROM set_aside WHERE kind = 'SETTLEMENT' AND subject_id = ANY ($1)", bad))
	require.Equal(t, 1, s.Number(t, "SELECT count(*) FROM set_aside a JOIN settlements x ON x.id = a.subject_id WHERE a.kind = 'PAYOUT' AND x.seller_id = $1",
		s.SellerIDs[3]))
	alerts, err := s.AlertCounts(ctx)
	require.NoError(t, err)
	require.EqualValues(t, 3, alerts.SetAside)

	_, err = s.Pool().Exec(ctx, "DROP FUNCTION refuse CASCADE; DELETE FROM set_aside")
	require.NoError(t, err)
	require.Equal(t, bad, settle(period), "the same period is settled again for those that are mended")
	require.Equal(t, []int64{s.SellerIDs[3], bad[0], bad[1]}, pay())
	s.Verified(t)
}

// It sells more pieces than an int4 counts.
func TestDashboard_PiecesBeyondInt4_AreCounted(t *testing.T) {
	ctx := context.Background()
	s := testrig.NewShop(t, 1, nil)
	s.Sell(t, "one", s.ProductIDs[0])
	s.RollUpAll(t)
	_, err := s.Pool().Exec(ctx, "UPDATE seller_dashboard SET total_products_sold = 3000000000 WHERE total_orders > 0")
	require.NoError(t, err)
	s.Sell(t, "two", s.ProductIDs[0])
	s.RollUpAll(t)
	require.Equal(t, 3_000_000_001, s.Number(t, "SELECT max(total_products_sold) FROM seller_dashboard"))
	_, err = s.AddToCart(ctx, market.BuyerID(s.BuyerID), s.ProductIDs[0], market.MaxPieces,
		market.PageRequest{Size: 1, Sort: "id"})
	require.NoError(t, err)
	cart, err := s.AddToCart(ctx, market.BuyerID(s.BuyerID), s.ProductIDs[0], 1,
		market.PageRequest{Size: 1, Sort: "id"})
	require.Equal(t, market.CodeProductOutOfStock, market.CodeOf(err), cart)
}

// It lets a seller count the shelf, on which ordered
// pieces lie too: they are not sold twice.
func TestSetStock_PiecesReserved_KeepsThem(t *testing.T) {
	ctx := context.Background()
	s := testrig.NewShop(t, 1, nil)
	seller, p := s.SellerIDs[0], s.ProductIDs[0]
	set := func(onHand int32, expected *int32) market.Product {
		t.Helper()
		product, err := s.UpdateProduct(ctx, market.SellerID(seller), p,
			market.ProductChange{OnHand: &onHand, ExpectedStock: expected})
		require.NoError(t, err)
		return product
	}
	require.EqualValues(t, 2, set(2, nil).Stock)
	unpaid := s.Place(t, "a", p)
	s.Sell(t, "paid", p)
	zero := int32(0)
	require.EqualValues(t, 0, set(2, &zero).Stock, "two are on the shelf, and both are ordered")
	after := set(5, nil)
	require.EqualValues(t, 3, after.Stock)
	require.EqualValues(t, 2, *after.Reserved)
	_, err := s.UpdateProduct(ctx, market.SellerID(seller), p, market.ProductChange{OnHand: new(int32(1))})
	refused(t, market.CodeDataConflict, err) // two are reserved
	require.EqualValues(t, 0, set(2, nil).Stock, "as many as were ordered: nothing is left to sell")
	require.NoError(t, s.SetOrderStatus(ctx, unpaid, market.OrderFailed, nil))
	s.Verified(t)
	page, err := s.StockMovements(ctx, market.SellerID(seller), p,
		market.PageRequest{Size: 100, Sort: "id", Desc: true})
	require.NoError(t, err)
	var stock, reserved int32
	for _, m := range page.Content {
		stock, reserved = stock+m.Stock, reserved+m.Reserved
	}
	product, err := s.Product(ctx, p)
	require.NoError(t, err)
	require.Equal(t, product.Stock, stock)
	require.EqualValues(t, 1, reserved)
	_, err = s.StockMovements(ctx, market.SellerID(seller+1), p, market.PageRequest{Size: 1, Sort: "id"})
	require.Equal(t, market.CodeForbidden, market.CodeOf(err))
}

// It dumps a marketplace, restores it on a new server, whose
// transactions are numbered from the start, sells on, and closes the day.
func TestRestore_DumpOnANewServer_Continues(t *testing.T) {
	ctx := context.Background()
	now := market.Date(2026, 3, 3).Start().Add(time.Hour)
	s := testrig.NewShop(t, 2, func() time.Time { return now })
	s.Sell(t, "rolled-up", s.ProductIDs[0])
	s.RollUpAll(t)
	s.Sell(t, "not-yet", s.ProductIDs[1])
	address := freshServer(t, s)
	dump := exec.Command("pg_dump", "--no-owner", "--no-privileges", s.Pool().Config().ConnString())
	restore := exec.Command("psql", "-q", "-v", "ON_ERROR_STOP=1", address)
	pipe, err := dump.StdoutPipe()
	require.NoError(t, err)
	restore.Stdin = pipe
	require.NoError(t, dump.Start())
	out, err := restore.CombinedOutput()
	require.NoError(t, err, string(out))
	require.NoError(t, dump.Wait())

	elsewhere, err := store.Open(ctx, address, store.Options{Now: func() time.Time {
		return now
	}, Vault: vault.Local()})
	require.NoError(t, err)
	defer elsewhere.Close()
	there := &testrig.Shop{
		Store: elsewhere, SellerIDs: s.SellerIDs, ProductIDs: s.ProductIDs, BuyerID: s.BuyerID, AddressID: s.AddressID,
	}
	there.Sell(t, "after", there.ProductIDs[0])
	there.RollUpAll(t)
	_, err = there.CloseStatistics(ctx, market.DayOf(now))
	require.NoError(t, err)
	require.Equal(t, 3, there.Number(t, "SELECT sum(total_orders) FROM seller_daily_statistics"))
	there.Verified(t)
}

// freshServer starts a PostgreSQL server of its own beside the tests' one, from the same
// programs and as the same user, with an empty database, and returns its address.
func freshServer(t *testing.T, s *testrig.Shop) string {
	t.Helper()
	ctx := context.Background()
	var data, bin string
	require.NoError(t,
		s.Pool().QueryRow(ctx, "SELECT current_setting('data_directory'), setting FROM pg_config WHERE name = 'BINDIR'").Scan(
			&data, &bin))
	owner, err := os.Stat(data)
	require.NoError(t, err)
	stat := owner.Sys().(*syscall.Stat_t)
	var as *syscall.SysProcAttr
	if os.Getuid() == 0 {
		as = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: stat.Uid, Gid: stat.Gid}}
	}
	dir, err := os.MkdirTemp("", "fresh-server-")
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	require.NoError(t, os.Chown(dir, int(stat.Uid), int(stat.Gid)))
	command := func(name string, args ...string) *exec.Cmd {
		cmd := exec.Command(filepath.Join(bin, name), args...)
		cmd.Dir, cmd.SysProcAttr = dir, as
		return cmd
	}
	fresh := filepath.Join(dir, "data")
	out, err := command("initdb", "-D", fresh, "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8",
		"--no-sync").CombinedOutput()
	require.NoError(t, err, string(out))
	server := command("postgres", "-D", fresh, "-h", "", "-k", dir, "-c", "fsync=off")
	require.NoError(t, server.Start())
	t.Cleanup(func() { _ = server.Process.Signal(syscall.SIGINT); _ = server.Wait() })
	address := "postgres://postgres@/postgres?host=" + strings.ReplaceAll(dir, "/", "%2F")
	testrig.Eventually(t, func() bool {
		conn, err := pgx.Connect(ctx, address)
		if err != nil {
			return false
		}
		defer conn.Close(ctx)
		_, err = conn.Exec(ctx, "CREATE DATABASE restored")
		return err == nil
	}, 30*time.Second, 50*time.Millisecond)
	return strings.Replace(address, "/postgres?", "/restored?", 1)
}
