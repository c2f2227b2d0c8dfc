package seed_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/testrig"
)

// growing are the tables that have a row or more of each purchase, buyer or product.
var growing = []string{
	"buyers", "addresses", "carts", "cart_items", "products", "orders", "order_items", "checkout_attempts", "payments",
	"payment_attempts", "payment_histories", "refund_histories", "transaction_histories", "stock_movements",
	"ledger_transactions", "ledger_entries", "refunds", "refund_items", "refund_requests", "audit_log", "audit_chain",
	"notifications",
}

// It runs a purchase, a refund and housekeeping beside 4,000 orders.
func TestStatements_BesideManyRows_FindTheirsByKey(t *testing.T) {
	s, recorded := loaded(t)
	_, err := s.Pool().Exec(t.Context(), "ANALYZE")
	require.NoError(t, err)
	t.Run("purchase and refund", func(t *testing.T) { findByKey(t, s, recorded, growing) })
	t.Run("purchase while a snapshot is held", func(t *testing.T) {
		emptyCarts(t, s)
		findByKey(t, s, recorded, append(slices.Clone(growing), "cart_items"))
		readAsBefore(t, s)
	})
	t.Run("housekeeping", func(t *testing.T) { readFew(t, s) })
	t.Run("plans", func(t *testing.T) { plannedOnce(t, s) })
}

// plannedOnce buys over one connection until PostgreSQL has decided for each statement whether one plan does for all
// parameters. Planning a statement anew takes as long as executing it.
func plannedOnce(t *testing.T, s *store.Store) {
	t.Helper()
	ctx := t.Context()
	// As of large tables, beside which planning costs little.
	own := testrig.OneConnection(t, s, "enable_seqscan=off", "cpu_operator_cost=0.0005")
	const purchases = 12
	product := onSale(t, s)
	for i := range purchases {
		buy(t, own, fmt.Sprint("planned", i), product)
	}
	rows, err := own.Pool().Query(ctx, `SELECT left(statement, 60), custom_plans FROM pg_prepared_statements
		WHERE custom_plans + generic_plans >= $1 AND generic_plans = 0`, purchases)
	require.NoError(t, err)
	anew, err := pgx.CollectRows(rows, pgx.RowToMap)
	require.NoError(t, err)
	require.Empty(t, anew)
}

// onSale returns a product that can be ordered.
func onSale(t *testing.T, s *store.Store) (id int64) {
	t.Helper()
	require.NoError(t, s.Pool().QueryRow(t.Context(),
		"SELECT id FROM products WHERE status = 'ON_SALE' AND stock > 50 ORDER BY id LIMIT 1").Scan(&id))
	return id
}

// buy makes a purchase of two pieces by a new buyer with a name, and returns its payment.
func buy(t *testing.T, s *store.Store, name string, product int64) (buyer int64, paid market.Payment) {
	t.Helper()
	ctx := t.Context()
	buyer, err := s.CreateBuyer(ctx, store.BuyerSignup{
		Email: market.Email(name + "@example.com"), PasswordHash: "x", Name: "b", Phone: "010-1234-5678",
	})
	require.NoError(t, err)
	address, err := s.CreateAddress(ctx, market.BuyerID(buyer), market.AddressInput{
		Recipient: "r", Phone: "1", Detail: "d",
	})
	require.NoError(t, err)
	cart, err := s.AddToCart(ctx, market.BuyerID(buyer), product, 2, market.PageRequest{Size: 10, Sort: "createdAt"})
	require.NoError(t, err)
	paid, err = testrig.Buy(ctx, s, store.Checkout{
		BuyerID: buyer, Key: name, CartItemIDs: []int64{cart.Items.Content[0].ID}, AddressID: address.ID,
	})
	require.NoError(t, err)
	require.Equal(t, market.PaymentSuccess, paid.Status)
	_, err = s.Order(ctx, market.BuyerID(buyer), paid.OrderID)
	require.NoError(t, err)
	return buyer, paid
}

// readFew calls what looks for new ids and entries each second or minute, which reads what is new only.
func readFew(t *testing.T, s *store.Store) {
	t.Helper()
	ctx := t.Context()
	conn, err := pgx.Connect(ctx, s.Pool().Config().ConnString())
	require.NoError(t, err)
	defer conn.Close(context.Background())
	read := func() (rows int64) {
		t.Helper()
		_, err := conn.Exec(ctx, "SELECT pg_stat_force_next_flush()")
		require.NoError(t, err)
		require.NoError(t, conn.QueryRow(ctx, `SELECT (SELECT sum(seq_tup_read) FROM pg_stat_user_tables)
			+ (SELECT sum(idx_tup_read) FROM pg_stat_user_indexes)`).Scan(&rows))
		return rows
	}
	for _, statement := range []string{
		"SELECT extend_partitions(table_name) FROM partitioned_tables", "SELECT extend_audit_chain(500)",
	} {
		_, err = conn.Exec(ctx, "SELECT extend_audit_chain(1000000)")
		require.NoError(t, err)
		before := read()
		_, err := conn.Exec(ctx, statement)
		require.NoError(t, err)
		require.Less(t, read()-before, int64(1000), statement)
	}
}

// emptyCarts updates the planner's statistics while no cart has items, and a snapshot keeps the
// deleted ones. By its estimate, reading an index whole then costs as little as finding a row in
// it.
func emptyCarts(t *testing.T, s *store.Store) {
	t.Helper()
	ctx := t.Context()
	holder, err := pgx.Connect(ctx, s.Pool().Config().ConnString())
	require.NoError(t, err)
	t.Cleanup(func() { _ = holder.Close(context.Background()) })
	_, err = holder.Exec(ctx, "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT FROM orders LIMIT 1")
	require.NoError(t, err)
	for _, statement := range []string{
		`INSERT INTO cart_items (cart_id, product_id, quantity)
		SELECT c.id, p.id, 1 FROM (SELECT id FROM carts LIMIT 50) c, (SELECT id FROM products LIMIT 50) p ON CONFLICT DO NOTHING`,
		"DELETE FROM cart_items", "ANALYZE cart_items",
	} {
		_, err = s.Pool().Exec(ctx, statement)
		require.NoError(t, err, statement)
	}
	var estimate float64
	require.NoError(t, s.Pool().QueryRow(ctx,
		"SELECT reltuples FROM pg_class WHERE oid = 'cart_items'::regclass").Scan(&estimate))
	require.Zero(t, estimate)
}

// readAsBefore compares the index entries that a purchase reads before and after many others. Each of these leaves dead
// entries that the snapshot keeps. The statistics include statements within functions.
func readAsBefore(t *testing.T, s *store.Store) {
	t.Helper()
	const purchases = 200
	ctx := t.Context()
	_, err := s.Pool().Exec(ctx, "UPDATE orders SET status = 'FAILED' WHERE status = 'CREATED'")
	require.NoError(t, err)
	_, err = s.Pool().Exec(ctx, "ANALYZE")
	require.NoError(t, err)
	s.Pool().Reset()
	own := testrig.OneConnection(t, s, "plan_cache_mode=force_generic_plan", "enable_seqscan=off")
	product := onSale(t, s)
	entries := func() map[string]int64 {
		t.Helper()
		_, err := own.Pool().Exec(ctx, "SELECT pg_stat_force_next_flush()")
		require.NoError(t, err)
		rows, err := own.Pool().Query(ctx, "SELECT indexrelname::text, idx_tup_read FROM pg_stat_user_indexes")
		require.NoError(t, err)
		read := map[string]int64{}
		var index string
		var n int64
		_, err = pgx.ForEachRow(rows, []any{&index, &n}, func() error { read[index] = n; return nil })
		require.NoError(t, err)
		return read
	}
	bought := func(name string) map[string]int64 {
		before := entries()
		buy(t, own, name, product)
		read := entries()
		for index := range read {
			read[index] -= before[index]
		}
		return read
	}
	first := bought("first")
	for i := range purchases {
		buy(t, own, fmt.Sprint("after-the-snapshot-", i), product)
	}
	for index, n := range bought("last") {
		if n >= first[index]+purchases/2 {
			t.Errorf("%s: a purchase reads %d entries after %d others, %d before them", index, n, purchases,
				first[index])
		}
	}
}

// findByKey explains the generic plans of what a purchase and a refund send. An index of what is unpaid or open is
// small when a plan is made, and has an entry of each order since the oldest snapshot afterwards: no statement may read
// an index of one of the tables without a condition on its first column, and none of the tables whole.
func findByKey(t *testing.T, s *store.Store, recorded *recorder, tables []string) {
	t.Helper()
	ctx := t.Context()
	product := onSale(t, s)
	recorded.take()
	name := "plans" + rand.Text()
	buyer, paid := buy(t, s, name, product)
	_, err := s.OrderPayment(ctx, paid.OrderID)
	require.NoError(t, err)
	_, err = testrig.GiveBack(ctx, s, name, store.RefundRequest{
		BuyerID: buyer, OrderID: paid.OrderID, Reason: market.ReasonChangeOfMind,
	})
	require.NoError(t, err)

	conn, err := pgx.Connect(ctx, s.Pool().Config().ConnString())
	require.NoError(t, err)
	defer conn.Close(context.Background())
	// A table that is empty here is read whole unless it costs too much.
	_, err = conn.Exec(ctx, "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off")
	require.NoError(t, err)
	seen := map[string]bool{}
	for _, statement := range recorded.take() {
		if seen[statement.SQL] || !regexp.MustCompile(`(?i)\b(select|insert|update|delete)\b`).MatchString(
			statement.SQL) {
			continue
		}
		seen[statement.SQL] = true
		for _, problem := range unkeyed(t, conn, genericPlan(t, conn, statement.SQL), tables) {
			name, _, _ := strings.Cut(statement.SQL, "\n")
			t.Errorf("%s: %s", name, problem)
		}
	}
	require.Greater(t, len(seen), 15)
}

// planNode is a node of a plan as EXPLAIN (FORMAT JSON) describes it.
type planNode struct {
	Kind     string     `json:"Node Type"`
	Relation string     `json:"Relation Name"`
	Index    string     `json:"Index Name"`
	Cond     string     `json:"Index Cond"`
	Plans    []planNode `json:"Plans"`
}

var parameter = regexp.MustCompile(`\$(\d+)`)

// genericPlan returns the plan of a statement for parameters of any value.
func genericPlan(t *testing.T, conn *pgx.Conn, sql string) planNode {
	t.Helper()
	ctx := t.Context()
	_, err := conn.Exec(ctx, "PREPARE explained AS "+sql)
	require.NoError(t, err, sql)
	defer func() {
		_, err := conn.Exec(ctx, "DEALLOCATE explained")
		require.NoError(t, err)
	}()
	parameters := 0
	for _, m := range parameter.FindAllStringSubmatch(sql, -1) {
		n, err := strconv.Atoi(m[1])
		require.NoError(t, err)
		parameters = max(parameters, n)
	}
	execute := "EXECUTE explained"
	if parameters > 0 {
		execute += "(" + strings.Join(slices.Repeat([]string{"NULL"}, parameters), ", ") + ")"
	}
	var explained []byte
	require.NoError(t, conn.QueryRow(ctx, "EXPLAIN (FORMAT JSON) "+execute).Scan(&explained), sql)
	var plans []struct{ Plan planNode }
	require.NoError(t, json.Unmarshal(explained, &plans))
	return plans[0].Plan
}

// unkeyed returns what of a plan reads more than the rows of a key. The partitions that are kept ahead are empty.
func unkeyed(t *testing.T, conn *pgx.Conn, n planNode, tables []string) (problems []string) {
	t.Helper()
	table, first := n.Relation, ""
	if n.Index != "" {
		require.NoError(t, conn.QueryRow(t.Context(),
			"SELECT indrelid::regclass::text, pg_get_indexdef(indexrelid, 1, true) FROM pg_index WHERE indexrelid = $1::text::regclass",
			n.Index).Scan(&table, &first))
	}
	switch {
	case !slices.Contains(tables, strings.TrimSuffix(table, "_first")):
	case n.Kind == "Seq Scan":
		problems = append(problems, "a sequential scan of "+table)
	case n.Index != "" && !strings.Contains(n.Cond, first):
		problems = append(problems, fmt.Sprintf("a scan of %s without a condition on %s (%s)", n.Index, first, n.Cond))
	}
	for _, inner := range n.Plans {
		problems = append(problems, unkeyed(t, conn, inner, tables)...)
	}
	return problems
}
