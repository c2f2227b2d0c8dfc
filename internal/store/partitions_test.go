package store_test

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/testrig"
)

// growing are the tables that lie in partitions, each with the counter of the ids that cut it.
var growing = map[string]string{
	"order_items": "order_items_id_seq", "stock_movements": "stock_movements_id_seq",
	"ledger_entries": "ledger_transactions_id_seq", "payment_histories": "payments_id_seq",
	"refund_histories": "refunds_id_seq", "audit_log": "audit_log_id_seq",
}

// partitionIDs is how many ids a partition holds in these tests.
const partitionIDs = 1000

// smallPartitions cuts the partitions of an empty database small.
func smallPartitions(t *testing.T, s *testrig.Shop) {
	t.Helper()
	run(t, s, "UPDATE partitioned_tables SET ids = $1", partitionIDs)
	for table := range growing {
		all := partitions(t, s, table)
		for _, p := range all {
			run(t, s, fmt.Sprintf("ALTER TABLE %s DETACH PARTITION %s", table, p))
		}
		run(t, s, fmt.Sprintf("ALTER TABLE %s ATTACH PARTITION %s FOR VALUES FROM (MINVALUE) TO (%d)", table, all[0],
			partitionIDs))
	}
	added, err := s.ExtendPartitions(context.Background())
	require.NoError(t, err)
	require.Equal(t, len(growing), added)
}

func run(t *testing.T, s *testrig.Shop, statement string, args ...any) {
	t.Helper()
	_, err := s.Pool().Exec(context.Background(), statement, args...)
	require.NoError(t, err, statement)
}

// partitions are those of a table, in the order of their ids.
func partitions(t *testing.T, s *testrig.Shop, table string) []string {
	t.Helper()
	rows, err := s.Pool().Query(context.Background(), `
		SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = $1::text::regclass
		ORDER BY substring(pg_get_expr(c.relpartbound, c.oid) FROM 'TO \(''?(\d+)')::bigint`, table)
	require.NoError(t, err)
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	return names
}

// Sales and refunds of twenty-four months, each of which fills its own partitions. A lookup by id
// then reads one partition, a list's first page the newest, and the books of an old year can be
// detached and attached again while the marketplace runs.
func TestPartitions_TwoYears_AreReadOneAtATime(t *testing.T) {
	ctx := context.Background()
	now := time.Date(2024, 1, 10, 12, 0, 0, 0, market.Zone)
	s := testrig.NewShop(t, 2, func() time.Time { return now })
	smallPartitions(t, s)
	const months = 24
	for month := range months {
		key := now.Format("2006-01")
		s.Refund(t, "back-"+key, s.Sell(t, key, s.ProductIDs...), 1)
		for _, sequence := range growing { // as if the month had sold as much as a partition holds
			run(t, s, "SELECT setval($1::text::regclass, $2)", sequence, (month+1)*partitionIDs)
		}
		_, err := s.ExtendPartitions(ctx)
		require.NoError(t, err)
		now = now.AddDate(0, 1, 0)
	}
	s.RollUpAll(t)
	s.Verified(t)
	added, err := s.ExtendPartitions(ctx)
	require.NoError(t, err)
	require.Zero(t, added, "an empty one is there")

	for table := range growing {
		all := partitions(t, s, table)
		require.Len(t, all, months+2, table) // the next month's, and an empty one
		for i, p := range all {
			rows := s.Number(t, "SELECT count(*) FROM "+p)
			require.Equal(t, i < months, rows > 0, "%s has %d rows", p, rows)
		}
	}
	require.Zero(t, s.Number(t, `SELECT count(*) FROM (
		SELECT e.tableoid FROM ledger_entries e JOIN ledger_transactions t ON t.id = e.transaction_id GROUP BY e.tableoid
		HAVING count(DISTINCT date_trunc('month', t.business_day)) > 1) x`), "a partition is of one month")

	t.Run("an id names its partition", func(t *testing.T) {
		line := s.Number(t, "SELECT max(id) FROM order_items")
		posting := s.Number(t, "SELECT max(id) FROM ledger_transactions")
		for _, query := range []string{
			fmt.Sprintf("SELECT * FROM order_items WHERE id = %d", line),
			fmt.Sprintf("SELECT sum(amount) FROM ledger_entries WHERE transaction_id = %d", posting),
			"SELECT * FROM transaction_histories WHERE type = 'PAYMENT' AND transaction_id = 1",
		} {
			require.Len(t, scanned.FindAllString(plan(t, s, query), -1), 1, query)
		}
		newest := plan(t, s, fmt.Sprintf(
			"SELECT id FROM order_items WHERE seller_id = %d AND commission IS NOT NULL ORDER BY id DESC LIMIT 1", s.SellerIDs[0]))
		require.Equal(t, months-1, strings.Count(newest, "(never executed)"), newest)
	})

	t.Run("a purchase looks for lines in one partition", func(t *testing.T) {
		// Plans as of tables that are large, for parameters of any value.
		own := testrig.OneConnection(t, s.Store, "plan_cache_mode=force_generic_plan", "enable_seqscan=off",
			"enable_hashjoin=off", "enable_mergejoin=off")
		s.Pool().Reset() // a connection that stays open reports its scans up to ten seconds late
		testrig.Eventually(t, func() bool {
			var others int
			require.NoError(t, own.Pool().QueryRow(ctx, `SELECT count(*) FROM pg_stat_activity
				WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()`).Scan(&others))
			return others == 0
		}, 10*time.Second, 10*time.Millisecond)
		looked := func() map[string]int64 {
			_, err := own.Pool().Exec(ctx, "SELECT pg_stat_force_next_flush()")
			require.NoError(t, err)
			rows, err := own.Pool().Query(ctx, `SELECT relname::text, seq_scan + idx_scan FROM pg_stat_user_tables
				WHERE relid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = 'order_items'::regclass)`)
			require.NoError(t, err)
			looks := map[string]int64{}
			var name string
			var n int64
			_, err = pgx.ForEachRow(rows, []any{&name, &n}, func() error { looks[name] = n; return nil })
			require.NoError(t, err)
			return looks
		}
		shop := &testrig.Shop{Store: own, BuyerID: s.BuyerID, AddressID: s.AddressID}
		before := looked()
		order := shop.Sell(t, "pruned", s.ProductIDs...)
		_, err = own.OrderDetail(ctx, market.BuyerID(buyerOf(t, s, order)), order)
		require.NoError(t, err)
		var in []string
		for name, n := range looked() {
			if n > before[name] {
				in = append(in, name)
			}
		}
		require.Equal(t, []string{partitions(t, s, "order_items")[months]}, in)
	})

	t.Run("partitions are added while a purchase is under way", func(t *testing.T) {
		tx, err := s.Pool().Begin(ctx)
		require.NoError(t, err)
		defer func() { _ = tx.Rollback(ctx) }()
		_, err = tx.Exec(ctx, `WITH o AS (
				INSERT INTO orders (buyer_id, total_amount, recipient, phone, address) VALUES ($1, 1, 'r', '1', 'a') RETURNING id
			) INSERT INTO order_items (order_id, product_id, seller_id, product_name, unit_price, quantity) SELECT id, $2, $3, 'p', 1, 1 FROM o`,
			s.BuyerID, s.ProductIDs[0], s.SellerIDs[0])
		require.NoError(t, err)
		_, err = tx.Exec(ctx, "SELECT FROM products, sellers WHERE products.id = $1 FOR NO KEY UPDATE", s.ProductIDs[0])
		require.NoError(t, err)
		other, err := pgx.Connect(ctx, s.Pool().Config().ConnString())
		require.NoError(t, err)
		defer other.Close(ctx)
		_, err = other.Exec(ctx, "SET lock_timeout = '1s'")
		require.NoError(t, err)
		for table, sequence := range growing {
			_, err = other.Exec(ctx, "SELECT setval($1::text::regclass, partitions_end($2) - $3)", sequence, table, partitionIDs)
			require.NoError(t, err)
			_, err = other.Exec(ctx, "SELECT extend_partitions($1)", table)
			require.NoError(t, err, table)
		}
	})

	t.Run("what is posted stays, in each partition", func(t *testing.T) {
		for table, statements := range map[string][]string{
			"ledger_entries":  {"DELETE FROM %s", "TRUNCATE %s", "UPDATE %s SET id = id"},
			"stock_movements": {"DELETE FROM %s", "TRUNCATE %s", "UPDATE %s SET id = id"},
			"audit_log":       {"DELETE FROM %s", "TRUNCATE %s", "UPDATE %s SET id = id"},
			"order_items":     {"DELETE FROM %s", "TRUNCATE %s", "UPDATE %s SET id = id"},
		} {
			for _, p := range partitions(t, s, table) {
				for _, statement := range statements {
					_, err := s.Pool().Exec(ctx, fmt.Sprintf(statement, p))
					var pg *pgconn.PgError
					require.ErrorAs(t, err, &pg, p)
					require.Equal(t, "23001", pg.Code, p) // restrict_violation
				}
			}
		}
		_, err := s.Pool().Exec(ctx, `INSERT INTO ledger_entries (transaction_id, account, amount)
			SELECT min(id), 'BANK', 1 FROM ledger_transactions`)
		require.ErrorContains(t, err, "does not balance")
	})

	t.Run("a year is put away and brought back", func(t *testing.T) {
		type part struct{ table, name, bounds string }
		var year []part
		for table := range growing {
			for _, name := range partitions(t, s, table)[:12] {
				p := part{table: table, name: name}
				require.NoError(t, s.Pool().QueryRow(ctx,
					"SELECT pg_get_expr(relpartbound, oid) FROM pg_class WHERE relname = $1", name).Scan(&p.bounds))
				year = append(year, p)
			}
		}
		done, sold := make(chan struct{}), make(chan int)
		go func() {
			n := 0
			defer func() { sold <- n }()
			for ; ; n++ {
				select {
				case <-done:
					return
				default:
					s.Refund(t, fmt.Sprint("later-", n), s.Sell(t, fmt.Sprint("later", n), s.ProductIDs...), 1)
				}
			}
		}()
		// The lines of a year's orders go as well: only what looks at those orders misses them.
		for _, p := range year {
			run(t, s, fmt.Sprintf("ALTER TABLE %s DETACH PARTITION %s CONCURRENTLY", p.table, p.name))
		}
		for _, p := range year {
			run(t, s, fmt.Sprintf("ALTER TABLE %s ATTACH PARTITION %s %s", p.table, p.name, p.bounds))
		}
		close(done)
		require.NotZero(t, <-sold)
		s.RollUpAll(t)
		s.Verified(t)
	})
}

// buyerOf returns the buyer of an order.
func buyerOf(t *testing.T, s *testrig.Shop, order int64) int64 {
	t.Helper()
	return int64(s.Number(t, "SELECT buyer_id FROM orders WHERE id = $1", order))
}

// beyondPartitions sets a table's sequence to the last id that has a partition, and returns that id.
func beyondPartitions(t *testing.T, s *testrig.Shop, table string) (last int) {
	t.Helper()
	last = s.Number(t, "SELECT partitions_end($1) - 1", table)
	run(t, s, "SELECT setval(sequence::text::regclass, $2) FROM partitioned_tables WHERE table_name = $1", table, last)
	return last
}

// It compares the schema with the table of what is extended: a
// table that is missing there runs out of partitions, and one with another sequence does so unseen.
func TestPartitionedTables_EachRangeIsExtended(t *testing.T) {
	ctx := context.Background()
	s := testrig.NewShop(t, 1, nil)
	rows, err := s.Pool().Query(ctx, `
		SELECT c.relname || '.' || a.attname FROM pg_partitioned_table p JOIN pg_class c ON c.oid = p.partrelid
		JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = p.partattrs[0] WHERE p.partstrat = 'r' ORDER BY 1`)
	require.NoError(t, err)
	schema, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	rows, err = s.Pool().Query(ctx, "SELECT table_name || '.' || key FROM partitioned_tables ORDER BY 1")
	require.NoError(t, err)
	extended, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	require.Equal(t, schema, extended)

	// Each key has the sequence of the column that it refers to, or its own.
	owners := map[string][2]string{
		"ledger_entries": {"ledger_transactions", "id"}, "payment_histories": {"payments", "id"},
		"refund_histories": {"refunds", "id"},
	}
	for _, name := range extended {
		table, key, _ := strings.Cut(name, ".")
		owner, other := owners[table]
		if !other {
			owner = [2]string{table, key}
		}
		var own, used string
		require.NoError(t, s.Pool().QueryRow(ctx, `SELECT pg_get_serial_sequence($2, $3), 'public.' || sequence
			FROM partitioned_tables WHERE table_name = $1`, table, owner[0], owner[1]).Scan(&own, &used), table)
		require.Equal(t, own, used, table)
	}
}

// It sets sequences forward without a row, as
// `market resume` does after a restore.
func TestExtendPartitions_SequenceSetForward_AddsPartitions(t *testing.T) {
	ctx := context.Background()
	s := testrig.NewShop(t, 1, nil)
	alerts, err := s.AlertCounts(ctx)
	require.NoError(t, err)
	require.Zero(t, alerts.PartitionsFilling)
	tables := 0
	for table := range growing {
		beyondPartitions(t, s, table)
		tables++
	}
	alerts, err = s.AlertCounts(ctx)
	require.NoError(t, err)
	require.EqualValues(t, tables, alerts.PartitionsFilling)

	held, err := s.Pool().Begin(ctx) // one table cannot be extended
	require.NoError(t, err)
	_, err = held.Exec(ctx, "SELECT FROM partitioned_tables WHERE table_name = 'ledger_entries' FOR UPDATE")
	require.NoError(t, err)
	added, err := s.ExtendPartitions(ctx)
	require.ErrorContains(t, err, "ledger_entries")
	require.Equal(t, tables-1, added, "the others are")
	require.NoError(t, held.Rollback(ctx))
	alerts, err = s.AlertCounts(ctx)
	require.NoError(t, err)
	require.EqualValues(t, 1, alerts.PartitionsFilling)
	added, err = s.ExtendPartitions(ctx)
	require.NoError(t, err)
	require.Equal(t, 1, added)
	alerts, err = s.AlertCounts(ctx)
	require.NoError(t, err)
	require.Zero(t, alerts.PartitionsFilling)
	s.Sell(t, "after", s.ProductIDs...)
	s.RollUpAll(t)
	s.Verified(t)
}

// TestMissingPartition_IsAnOutage has no partition for the next row of each table that a purchase and
// its end write. No step is refused for good, and no row is set aside.
func TestMissingPartition_IsAnOutage(t *testing.T) {
	ctx := context.Background()
	for _, table := range []string{"order_items", "stock_movements", "payment_histories", "ledger_entries",
		"audit_log"} {
		t.Run(table, func(t *testing.T) {
			s := testrig.NewShop(t, 1, nil)
			order := s.Place(t, "unpaid", s.ProductIDs[0])
			run(t, s, "UPDATE orders SET created_at = created_at - interval '31 minutes' WHERE id = $1", order)
			beyondPartitions(t, s, table)
			cart, err := s.AddToCart(ctx, market.BuyerID(s.BuyerID), s.ProductIDs[0], 1,
				market.PageRequest{Size: 1, Sort: "id", Desc: true})
			require.NoError(t, err)
			checkout := store.Checkout{
				BuyerID: s.BuyerID, Key: "late", CartItemIDs: []int64{cart.Items.Content[0].ID}, AddressID: s.AddressID,
			}
			_, err = testrig.Buy(ctx, s.Store, checkout)
			require.Equal(t, market.CodeDatabaseUnavailable, market.CodeOf(err), "%v", err)
			if table == "stock_movements" {
				_, err = s.ExpireOrders(ctx)
				require.Equal(t, market.CodeDatabaseUnavailable, market.CodeOf(err), "%v", err)
				require.Zero(t, s.Number(t, "SELECT count(*) FROM set_aside"))
			}
			_, err = s.ExtendPartitions(ctx)
			require.NoError(t, err)
			_, err = testrig.Buy(ctx, s.Store, checkout)
			require.NoError(t, err)
			_, err = s.ExpireOrders(ctx)
			require.NoError(t, err)
			s.RollUpAll(t)
			s.Verified(t)
		})
	}
}

// scanned finds the tables that a plan reads.
var scanned = regexp.MustCompile(`(Seq Scan|Bitmap Heap Scan|Index (Only )?Scan using \S+) on \S+`)

// plan is how PostgreSQL has answered a query.
func plan(t *testing.T, s *testrig.Shop, query string) string {
	t.Helper()
	rows, err := s.Pool().Query(context.Background(), "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) "+query)
	require.NoError(t, err)
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	return strings.Join(lines, "\n")
}

// The storage parameters of 00110_autovacuum.sql for tables with rows of each kind.
var (
	ofQueues = []string{
		"autovacuum_vacuum_cost_delay=0", "autovacuum_vacuum_scale_factor=0", "autovacuum_vacuum_threshold=1000",
	}
	ofChangingRows = []string{"autovacuum_analyze_scale_factor=0.005", "autovacuum_vacuum_scale_factor=0.01"}
	ofFinalRows    = []string{
		"autovacuum_freeze_min_age=0", "autovacuum_vacuum_insert_scale_factor=0",
		"autovacuum_vacuum_insert_threshold=1000000",
	}
)

// It extends each partitioned table, since a partition inherits
// none.
func TestStorageParameters_TablesAndNewPartitions_HaveThem(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s := testrig.NewShop(t, 1, nil)
	want := map[string][]string{
		"ledger_unrolled": ofQueues, "audit_unchained": ofQueues, "follow_ups": ofQueues, "cart_items": ofQueues,
		"webhook_progress": ofQueues, "orders": ofChangingRows, "payments": ofChangingRows,
		"idempotency_keys": ofChangingRows, "ledger_transactions": ofFinalRows, "audit_chain": ofFinalRows,
		"checkout_attempts": ofFinalRows,
	}
	rows, err := s.Pool().Query(ctx, "SELECT table_name FROM partitioned_tables")
	require.NoError(t, err)
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	for _, table := range tables {
		before := len(partitions(t, s, table))
		beyondPartitions(t, s, table)
		_, err := s.ExtendPartitions(ctx)
		require.NoError(t, err)
		all := partitions(t, s, table)
		require.Greater(t, len(all), before, table)
		for _, p := range all {
			want[p] = ofFinalRows
			if table == "order_items" {
				want[p] = ofChangingRows
			}
		}
	}
	for table, parameters := range want {
		var got []string
		require.NoError(t, s.Pool().QueryRow(ctx, `SELECT array(SELECT p FROM unnest(reloptions) p
			WHERE p LIKE 'autovacuum%' ORDER BY p) FROM pg_class WHERE oid = $1::text::regclass`, table).Scan(&got))
		require.Equal(t, parameters, got, table)
	}
}
