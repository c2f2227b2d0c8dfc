package seed_test

import (
	"context"
	"fmt"
	"io"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/bcrypt"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/seed"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/testrig"
)

// recorder keeps the statements that a store sends.
type recorder struct {
	mu         sync.Mutex
	statements []pgx.TraceQueryStartData
}

func (r *recorder) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.statements = append(r.statements, data)
	return ctx
}

func (r *recorder) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

func (r *recorder) take() []pgx.TraceQueryStartData {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.statements
	r.statements = nil
	return s
}

const seeded = 40_000

func loaded(t *testing.T) (*store.Store, *recorder) {
	t.Helper()
	r := &recorder{}
	s, err := store.Open(context.Background(), testrig.DatabaseURL(t), store.Options{Tracer: r})
	require.NoError(t, err)
	t.Cleanup(s.Close)
	counts := seed.Counts{Categories: 10, Sellers: 20, Buyers: 500, Products: seeded, Orders: 4000}
	require.NoError(t, seed.Load(context.Background(), s.Pool(), counts, bcrypt.MinCost, time.Now(), io.Discard))
	_, err = s.Pool().Exec(context.Background(), `INSERT INTO notifications (role, account_id, kind, topic, event,
			subject_id, facts, read_at)
		SELECT role, 1 + n % 20, 'NEW_ORDER', 'ORDERS', 'seeded/' || n, n, '{}', CASE WHEN n % 3 > 0 THEN now() END
		FROM generate_series(1, $1::int) n, unnest(ARRAY['BUYER', 'SELLER']) role`, seeded)
	require.NoError(t, err)
	_, err = s.Pool().Exec(context.Background(), "ANALYZE notifications")
	require.NoError(t, err)
	return s, r
}

// It runs the lists that millions of rows stand behind and reads
// PostgreSQL's plan of every statement that they send: a sequential scan of a
// growing table fails the test.
func TestLists_Plans_ReadNoTableWhole(t *testing.T) {
	s, recorded := loaded(t)
	ctx := context.Background()
	seller := int64(3)
	var buyer, ordered int64
	require.NoError(t, s.Pool().QueryRow(ctx, "SELECT buyer_id, id FROM orders LIMIT 1").Scan(&buyer, &ordered))
	first, err := s.Products(ctx, store.CatalogueFilter{}, market.PageRequest{Size: 20})
	require.NoError(t, err)
	of := store.CatalogueFilter{CategoryID: first.Content[0].CategoryID}
	paid, shipped := market.OrderPaid, market.OrderShipped
	today, yesterday := s.Today(), s.Today().Add(-1)
	newest := market.PageRequest{Size: 20, Sort: market.SortCreatedAt, Desc: true}
	require.NoError(t, s.RollUp(ctx, func([]int64) {}))
	for name, run := range map[string]func() error{
		"first page": func() error {
			_, err := s.Products(ctx, store.CatalogueFilter{}, market.PageRequest{Size: 20})
			return err
		},
		"page in the middle": func() error {
			_, err := s.Products(ctx, store.CatalogueFilter{},
				market.PageRequest{Size: 20, Page: 1000})
			return err
		},
		"page near the end": func() error {
			_, err := s.Products(ctx, store.CatalogueFilter{},
				market.PageRequest{Size: 20, Page: 1990})
			return err
		},
		"cursor": func() error {
			_, err := s.Products(ctx, store.CatalogueFilter{}, market.PageRequest{Size: 20, Cursor: *first.NextCursor})
			return err
		},
		"all products": func() error {
			_, err := s.AllProducts(ctx, nil, market.PageRequest{Size: 20, Page: 30})
			return err
		},
		"blocked products": func() error {
			blocked := market.ProductBlocked
			_, err := s.AllProducts(ctx, &blocked, market.PageRequest{Size: 20})
			return err
		},
		"locked buyers": func() error {
			locked := market.BuyerLocked
			_, err := s.BuyerAccounts(ctx, store.BuyerFilter{Status: &locked}, market.PageRequest{Size: 20})
			return err
		},
		"a buyer by address": func() error {
			_, err := s.BuyerAccounts(ctx, store.BuyerFilter{Email: "x@example.com"}, market.PageRequest{Size: 20})
			return err
		},
		"refunds of a seller": func() error {
			_, err := s.SellerRefunds(ctx, market.SellerID(seller), nil, market.PageRequest{Size: 20})
			return err
		},
		"the audit log": func() error {
			_, err := s.AuditLog(ctx, market.AuditFilter{}, market.PageRequest{Size: 20})
			return err
		},
		"the audit log of a product": func() error {
			_, err := s.AuditLog(ctx, market.AuditFilter{Subject: "PRODUCT", SubjectID: 7},
				market.PageRequest{Size: 20})
			return err
		},
		"the audit log of an admin's day": func() error {
			_, err := s.AuditLog(ctx, market.AuditFilter{Actor: market.RoleAdmin, ActorID: 7, From: &yesterday,
				To: &today},
				market.PageRequest{Size: 20})
			return err
		},
		"the access log": func() error {
			_, err := s.AccessLog(ctx, market.AccessFilter{}, market.PageRequest{Size: 20})
			return err
		},
		"the access log of a buyer's data": func() error {
			_, err := s.AccessLog(ctx, market.AccessFilter{Subject: market.RoleBuyer, SubjectID: 7},
				market.PageRequest{Size: 20})
			return err
		},
		"the access log of an admin's exports": func() error {
			_, err := s.AccessLog(ctx, market.AccessFilter{Actor: market.RoleAdmin, ActorID: 7,
				Action: market.AccessExport},
				market.PageRequest{Size: 20})
			return err
		},
		"of a category": func() error {
			_, err := s.Products(ctx, of, market.PageRequest{Size: 20, Page: 30})
			return err
		},
		"of a category, oldest first": func() error {
			_, err := s.Products(ctx, of, market.PageRequest{Size: 20, Sort: "createdAt"})
			return err
		},
		"of a category by price": func() error {
			_, err := s.Products(ctx, of, market.PageRequest{Size: 20, Sort: "price", Page: 3})
			return err
		},
		"between two prices": func() error {
			f := store.CatalogueFilter{PriceFrom: new(market.Money(1_000_00)), PriceTo: new(market.Money(1_100_00))}
			_, err := s.Products(ctx, f, market.PageRequest{Size: 20, Sort: "createdAt", Desc: true})
			return err
		},
		"by price": func() error {
			_, err := s.Products(ctx, store.CatalogueFilter{}, market.PageRequest{Size: 20, Sort: "price"})
			return err
		},
		"by name, deep": func() error {
			_, err := s.Products(ctx, store.CatalogueFilter{},
				market.PageRequest{Size: 20, Sort: "name", Desc: true, Page: 900})
			return err
		},
		"by price, then the newest": func() error {
			_, err := s.Products(ctx, store.CatalogueFilter{}, market.PageRequest{
				Size: 20, Sort: "price", Then: []market.SortField{{Field: "createdAt", Desc: true}},
			})
			return err
		},
		"oldest first": func() error {
			_, err := s.Products(ctx, store.CatalogueFilter{}, market.PageRequest{Size: 10, Sort: "createdAt"})
			return err
		},
		"seller's own, oldest first": func() error {
			_, err := s.SellerProducts(ctx, market.SellerID(seller), store.ProductFilter{},
				market.PageRequest{Size: 10, Sort: "createdAt"})
			return err
		},
		"seller's lines, oldest first": func() error {
			_, err := s.SellerOrderItems(ctx, market.SellerID(seller), store.SellerItemFilter{},
				market.PageRequest{Size: 10, Sort: "createdAt"})
			return err
		},
		"buyer's orders by amount": func() error {
			_, err := s.Orders(ctx, market.BuyerID(buyer), nil, market.PageRequest{Size: 20, Sort: "totalAmount"})
			return err
		},
		"by time": func() error {
			_, err := s.Products(ctx, store.CatalogueFilter{},
				market.PageRequest{Size: 20, Sort: "createdAt", Desc: true})
			return err
		},
		"one letter": func() error {
			_, err := s.Products(ctx, store.CatalogueFilter{Keyword: "e"}, market.PageRequest{Size: 20})
			return err
		},
		"a rare letter": func() error {
			_, err := s.Products(ctx, store.CatalogueFilter{Keyword: "힣"}, market.PageRequest{Size: 20})
			return err
		},
		"two letters": func() error {
			_, err := s.Products(ctx, store.CatalogueFilter{Keyword: "의자"}, market.PageRequest{Size: 20, Sort: "price"})
			return err
		},
		"two rare letters": func() error {
			_, err := s.Products(ctx, store.CatalogueFilter{Keyword: "자의"}, market.PageRequest{Size: 20})
			return err
		},
		"three letters": func() error {
			_, err := s.Products(ctx, store.CatalogueFilter{Keyword: "접이식"}, market.PageRequest{Size: 20})
			return err
		},
		"three rare letters": func() error {
			_, err := s.Products(ctx, store.CatalogueFilter{Keyword: "xqz"}, market.PageRequest{Size: 20})
			return err
		},
		"a long word": func() error {
			_, err := s.Products(ctx, store.CatalogueFilter{Keyword: "description_399912345"},
				market.PageRequest{Size: 20})
			return err
		},
		"no letters": func() error {
			_, err := s.Products(ctx, store.CatalogueFilter{Keyword: "%_\\"}, market.PageRequest{Size: 20})
			return err
		},
		"seller's own": func() error {
			_, err := s.SellerProducts(ctx, market.SellerID(seller), store.ProductFilter{},
				market.PageRequest{Size: 20, Page: 3, Sort: "price"})
			return err
		},
		"buyer's orders": func() error {
			_, err := s.Orders(ctx, market.BuyerID(buyer), nil,
				market.PageRequest{Size: 20})
			return err
		},
		"buyer's paid": func() error {
			_, err := s.Orders(ctx, market.BuyerID(buyer), &paid, market.PageRequest{Size: 20, Sort: "createdAt"})
			return err
		},
		"buyer's payments": func() error {
			_, err := s.Payments(ctx, market.BuyerID(buyer), nil, market.PageRequest{Size: 20})
			return err
		},
		"all orders": func() error {
			_, err := s.AllOrders(ctx, market.OrderFilter{},
				market.PageRequest{Size: 20, Sort: "createdAt"})
			return err
		},
		"all paid orders": func() error {
			_, err := s.AllOrders(ctx, market.OrderFilter{Status: &paid},
				market.PageRequest{Size: 20, Sort: "createdAt"})
			return err
		},
		"paid orders of two days": func() error {
			_, err := s.AllOrders(ctx, market.OrderFilter{Status: &paid, From: &yesterday, To: &today}, newest)
			return err
		},
		"orders of a seller": func() error {
			_, err := s.AllOrders(ctx, market.OrderFilter{SellerID: seller}, newest)
			return err
		},
		"orders with a failed payment": func() error {
			failed := market.PaymentFailed
			_, err := s.AllOrders(ctx, market.OrderFilter{Payment: &failed}, newest)
			return err
		},
		"orders with a payment": func() error {
			success := market.PaymentSuccess
			_, err := s.AllOrders(ctx, market.OrderFilter{Payment: &success}, newest)
			return err
		},
		"orders of a number": func() error {
			_, err := s.AllOrders(ctx, market.OrderFilter{Search: market.OrderNumber(ordered, today)}, newest)
			return err
		},
		"orders of a phone": func() error {
			_, err := s.AllOrders(ctx, market.OrderFilter{Search: "010-1234-5678"}, newest)
			return err
		},
		"orders of an address": func() error {
			_, err := s.AllOrders(ctx, market.OrderFilter{Search: "kim@example.com"}, newest)
			return err
		},
		"orders of a name": func() error {
			_, err := s.AllOrders(ctx, market.OrderFilter{Search: "김구매"}, newest)
			return err
		},
		"notes on an order": func() error { _, err := s.OrderNotes(ctx, ordered); return err },
		"the best sellers":  func() error { _, err := s.RankSellers(ctx, yesterday, today, 5); return err },
		"payments of staff": func() error {
			_, err := s.AllPayments(ctx, store.PaymentFilter{}, market.PageRequest{Size: 20, Sort: "createdAt"})
			return err
		},
		"failed payments of staff": func() error {
			failed := market.PaymentFailed
			_, err := s.AllPayments(ctx, store.PaymentFilter{Status: &failed},
				market.PageRequest{Size: 20, Sort: "createdAt"})
			return err
		},
		"payments of an order, for staff": func() error {
			_, err := s.AllPayments(ctx, store.PaymentFilter{OrderID: 7},
				market.PageRequest{Size: 20, Sort: "createdAt"})
			return err
		},
		"payments of an order": func() error {
			_, err := s.OrderPayments(ctx, market.BuyerID(buyer), ordered, nil, market.PageRequest{Size: 20})
			return err
		},
		"refunds of an order": func() error {
			_, err := s.OrderRefunds(ctx, market.BuyerID(buyer), ordered, nil, market.PageRequest{Size: 20})
			return err
		},
		"buyer's failed payments": func() error {
			failed := market.PaymentFailed
			_, err := s.Payments(ctx, market.BuyerID(buyer), &failed, market.PageRequest{Size: 20})
			return err
		},
		"seller's hidden products": func() error {
			hidden := market.ProductHidden
			_, err := s.SellerProducts(ctx, market.SellerID(seller), store.ProductFilter{Status: &hidden},
				market.PageRequest{Size: 20})
			return err
		},
		"seller's products with few pieces": func() error {
			_, err := s.SellerProducts(ctx, market.SellerID(seller), store.ProductFilter{LowStock: true},
				market.PageRequest{Size: 20})
			return err
		},
		"seller's products of a category": func() error {
			_, err := s.SellerProducts(ctx, market.SellerID(seller), store.ProductFilter{CategoryID: 3},
				market.PageRequest{Size: 20, Sort: "createdAt", Desc: true})
			return err
		},
		"seller's products of a word": func() error {
			_, err := s.SellerProducts(ctx, market.SellerID(seller), store.ProductFilter{Keyword: "의자"},
				market.PageRequest{Size: 20})
			return err
		},
		"seller's products of a word that none has": func() error {
			_, err := s.SellerProducts(ctx, market.SellerID(seller), store.ProductFilter{Keyword: "zzzzzz"},
				market.PageRequest{Size: 20})
			return err
		},
		"pending refunds of a seller": func() error {
			pending := market.RefundPending
			_, err := s.SellerRefunds(ctx, market.SellerID(seller), &pending, market.PageRequest{Size: 20})
			return err
		},
		"breaks of reconciliation": func() error {
			_, err := s.Breaks(ctx, nil, market.PageRequest{Size: 20, Sort: "createdAt"})
			return err
		},
		"what a day's reconciliation compares": func() error {
			_, _, err := s.Comparisons(ctx,
				store.Compared{Provider: market.ProviderPortOne, Day: yesterday, ReadUntil: time.Now()}, "", 100)
			return err
		},
		"what a day came to": func() error { return s.RecordReconciliation(ctx, market.ProviderPortOne, yesterday, 0) },
		"expiry":             func() error { _, err := s.ExpireOrders(ctx); return err },
		"seller's lines": func() error {
			_, err := s.SellerOrderItems(ctx, market.SellerID(seller), store.SellerItemFilter{},
				market.PageRequest{Size: 20, Page: 2})
			return err
		},
		"seller's lines, unpaid too": func() error {
			_, err := s.SellerOrderItems(ctx, market.SellerID(seller), store.SellerItemFilter{Unpaid: true},
				market.PageRequest{Size: 20, Sort: "createdAt", Desc: true})
			return err
		},
		"seller's shipped lines of two days": func() error {
			_, err := s.SellerOrderItems(ctx, market.SellerID(seller),
				store.SellerItemFilter{Status: &shipped, From: &yesterday, To: &today}, market.PageRequest{Size: 20})
			return err
		},
		"a seller's lines of an order number": func() error {
			_, err := s.SellerOrderItems(ctx, market.SellerID(seller),
				store.SellerItemFilter{Search: market.OrderNumber(ordered, today)},
				market.PageRequest{Size: 20})
			return err
		},
		"a seller's lines of a phone": func() error {
			_, err := s.SellerOrderItems(ctx, market.SellerID(seller), store.SellerItemFilter{Search: "010-1234-5678"},
				market.PageRequest{Size: 20})
			return err
		},
		"a seller's lines of a name": func() error {
			_, err := s.SellerOrderItems(ctx, market.SellerID(seller), store.SellerItemFilter{Search: "김구매"},
				market.PageRequest{Size: 20})
			return err
		},
		"a seller's lines of nothing that is there": func() error {
			_, err := s.SellerOrderItems(ctx, market.SellerID(seller), store.SellerItemFilter{Search: "zzzzzz"},
				market.PageRequest{Size: 20})
			return err
		},
		"a seller's part of an order": func() error {
			_, err := s.SellerOrder(ctx, market.SellerID(seller), ordered)
			if market.CodeOf(err) == market.CodeOrderNotFound {
				return nil
			}
			return err
		},
		"a seller's lines to ship": func() error {
			_, err := s.WaitingToShip(ctx, market.SellerID(seller), 20)
			return err
		},
		"a seller's tasks":   func() error { _, err := s.SellerTasks(ctx, market.SellerID(seller)); return err },
		"lines that are due": func() error { _, _, err := s.AdvanceDueLines(ctx, store.DueLine{}, 100); return err },
		"sales of two days":  func() error { _, err := s.MarketSales(ctx, yesterday, today); return err },
		"what waits for staff": func() error {
			_, err := s.StaffTasks(ctx, 1, market.StaffOwner)
			return err
		},
		"what has a number":   func() error { _, err := s.Find(ctx, strconv.FormatInt(ordered, 10)); return err },
		"what has an address": func() error { _, err := s.Find(ctx, "kim@example.com"); return err },
		"the best products":   func() error { _, err := s.BestProducts(ctx, 8); return err },
		"seller's products by sales": func() error {
			_, err := s.RankProducts(ctx, market.SellerID(seller), &yesterday, &today,
				10)
			return err
		},
		"buyer's refunds": func() error {
			_, err := s.Refunds(ctx, market.BuyerID(buyer), nil, market.PageRequest{Size: 20})
			return err
		},
		"seller's ledger": func() error {
			f := store.LedgerFilter{Seller: market.SellerID(seller), Account: market.AccountSellerPayable}
			_, err := s.Ledger(ctx, f, market.PageRequest{Size: 20})
			return err
		},
		"account's ledger of two days": func() error {
			f := store.LedgerFilter{Account: market.AccountCommission, From: &yesterday, To: &today}
			_, err := s.Ledger(ctx, f, market.PageRequest{Size: 20})
			return err
		},
		"seller's ledger by day": func() error {
			_, err := s.PayableDays(ctx, market.SellerID(seller), yesterday, today)
			return err
		},
		"notifications of a seller": func() error {
			_, err := s.Notifications(ctx, market.RoleSeller, seller, false, market.PageRequest{Size: 20})
			return err
		},
		"unread notifications of a buyer": func() error {
			_, err := s.Notifications(ctx, market.RoleBuyer, buyer, true, market.PageRequest{Size: 20, Page: 3})
			return err
		},
		"number of unread notifications": func() error {
			_, err := s.UnreadNotifications(ctx, market.RoleSeller, seller)
			return err
		},
		"webhooks of nothing new": func() error { return s.MakeWebhookMessages(ctx) },
		"what an endpoint is told": func() error {
			_, err := s.WebhookMessages(ctx, 1, nil, market.PageRequest{Size: 20})
			return err
		},
		"roll-up of nothing new": func() error { return s.RollUp(ctx, func([]int64) {}) },
	} {
		t.Run(name, func(t *testing.T) {
			recorded.take()
			require.NoError(t, run())
			var settings string
			for _, statement := range recorded.take() {
				if strings.HasPrefix(statement.SQL, "SET LOCAL") {
					settings = statement.SQL
				}
				if !strings.Contains(statement.SQL, "SELECT") {
					continue
				}
				plan := explain(t, s, settings, statement)
				for _, table := range []string{
					"products", "orders", "order_items", "payments", "ledger_transactions", "ledger_entries", "order_items_first",
					"notifications", "buyers", "audit_log",
				} {
					require.NotContains(t, plan, "Seq Scan on "+table+" ", statement.SQL+"\n"+plan)
				}
			}
		})
	}
}

// Each order of the shop is read from its index, without a sort, however many products there are.
func TestShopLists_EachOrder_IsReadFromItsIndex(t *testing.T) {
	s, recorded := loaded(t)
	ctx := t.Context()
	_, err := s.Pool().Exec(ctx, "UPDATE products SET stock = 0 WHERE id % 7 = 0")
	require.NoError(t, err)
	_, err = s.Pool().Exec(ctx, "ANALYZE products")
	require.NoError(t, err)
	for _, category := range []int64{0, 3} {
		for field, descending := range map[string][]bool{"price": {false, true}, "createdAt": {true}} {
			for _, desc := range descending {
				recorded.take()
				found, err := s.Products(ctx, store.CatalogueFilter{CategoryID: category}, market.PageRequest{
					Size: 20, Page: 2, Sort: market.SortSoldOut, Then: []market.SortField{{Field: field, Desc: desc}},
				})
				require.NoError(t, err)
				require.Len(t, found.Content, 20)
				ordered := 0
				for _, statement := range recorded.take() {
					if !strings.Contains(statement.SQL, "ORDER BY t.sold_out") {
						continue
					}
					ordered++
					plan := explain(t, s, "", statement)
					require.Regexp(t, "Index (Only )?Scan( Backward)? using products_(shop|category)_", plan, statement.SQL)
					require.NotRegexp(t, "(?s)Limit.*Sort ", plan, statement.SQL)
				}
				require.Positive(t, ordered)
			}
		}
	}
}

func explain(t *testing.T, s *store.Store, settings string, statement pgx.TraceQueryStartData) string {
	t.Helper()
	ctx := context.Background()
	tx, err := s.Pool().Begin(ctx)
	require.NoError(t, err)
	defer func() { _ = tx.Rollback(ctx) }()
	_, err = tx.Exec(ctx, settings)
	require.NoError(t, err)
	rows, err := tx.Query(ctx, "EXPLAIN "+statement.SQL, statement.Args...)
	require.NoError(t, err)
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	return strings.Join(lines, "\n")
}

// It walks lists in every order, by number and by cursor, and compares
// them with the whole list sorted here.
func TestPaging(t *testing.T) {
	s, _ := loaded(t)
	ctx := context.Background()
	all := allProducts(t, s)
	require.Len(t, all, seeded)
	orders := map[string]func(a, b market.Product) int{
		"id":    func(a, b market.Product) int { return int(a.ID - b.ID) },
		"price": func(a, b market.Product) int { return cmp(int(a.Price-b.Price), int(a.ID-b.ID)) },
		"name":  func(a, b market.Product) int { return cmp(strings.Compare(a.Name, b.Name), int(a.ID-b.ID)) },
	}
	for name, o := range map[string]struct {
		order market.PageRequest
		less  func(a, b market.Product) int
	}{
		"price,asc name,desc": {
			market.PageRequest{Sort: "price", Then: []market.SortField{{Field: "name", Desc: true}}},
			func(a, b market.Product) int {
				return cmp(cmp(int(a.Price-b.Price), strings.Compare(b.Name, a.Name)), int(b.ID-a.ID))
			},
		},
		"price,desc id,asc": {
			market.PageRequest{Sort: "price", Desc: true, Then: []market.SortField{{Field: "id"}}},
			func(a, b market.Product) int { return cmp(int(b.Price-a.Price), int(a.ID-b.ID)) },
		},
		"name price": {
			market.PageRequest{Sort: "name", Then: []market.SortField{{Field: "price"}}},
			func(a, b market.Product) int {
				return cmp(cmp(strings.Compare(a.Name, b.Name), int(a.Price-b.Price)), int(a.ID-b.ID))
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			want := slices.SortedFunc(slices.Values(all), o.less)
			request := o.order
			for _, request.Page = range []int{0, 7, 300, 412} {
				request.Size = 97
				got, err := s.Products(ctx, store.CatalogueFilter{}, request)
				require.NoError(t, err)
				from := request.Page * 97
				require.Equal(t, ids(want[from:min(from+97, seeded)]), ids(got.Content), "page %d", request.Page)
			}
			request.Page, request.Size = 0, 7 // pages end within ties
			for from := 0; from < 200*7; from += 7 {
				got, err := s.Products(ctx, store.CatalogueFilter{}, request)
				require.NoError(t, err)
				require.Equal(t, ids(want[from:from+7]), ids(got.Content), "by cursor, from %d", from)
				request = market.PageRequest{Size: 7, Cursor: *got.NextCursor}
			}
		})
	}
	for field, order := range orders {
		for _, desc := range []bool{false, true} {
			t.Run(fmt.Sprint(field, desc), func(t *testing.T) {
				want := slices.Clone(all)
				sort.Slice(want, func(i, j int) bool {
					if desc {
						i, j = j, i
					}
					return order(want[i], want[j]) < 0
				})
				const size = 97
				for _, page := range []int{0, 1, 100, 205, 206, 207, 411, 412, 413} {
					got, err := s.Products(ctx, store.CatalogueFilter{},
						market.PageRequest{Page: page, Size: size, Sort: field, Desc: desc})
					require.NoError(t, err)
					from, to := min(page*size, seeded), min((page+1)*size, seeded)
					require.Equal(t, ids(want[from:to]), ids(got.Content), "page %d", page)
					require.Equal(t, to == seeded, got.IsLast)
					require.EqualValues(t, seeded, got.TotalElements)
					require.Equal(t, got.IsLast, got.NextCursor == nil)
				}
				cursor := ""
				for from := 0; from < 5*size; from += size {
					got, err := s.Products(ctx, store.CatalogueFilter{},
						market.PageRequest{Size: size, Sort: field, Desc: desc, Cursor: cursor})
					require.NoError(t, err)
					require.Equal(t, ids(want[from:from+size]), ids(got.Content))
					cursor = *got.NextCursor
				}
			})
		}
	}

	for _, keyword := range []string{
		"e", "힣", "의자", "자의", "접이식", "Wooden", "wooden COMPACT chair", "description_39", "_39999", "description_39999",
		"원목 대형", "e_", `%`, `\`,
	} {
		t.Run("keyword "+keyword, func(t *testing.T) {
			var want []market.Product
			for _, p := range all {
				if strings.Contains(strings.ToLower(p.Name+"\n"+p.Description), strings.ToLower(keyword)) {
					want = append(want, p)
				}
			}
			slices.SortFunc(want, func(a, b market.Product) int { return orders["price"](a, b) })
			var got []market.Product
			request := market.PageRequest{Size: 50, Sort: "price"}
			for page := range 4 {
				request.Page = page
				p, err := s.Products(ctx, store.CatalogueFilter{Keyword: keyword}, request)
				require.NoError(t, err)
				got = append(got, p.Content...)
				require.Equal(t, len(want) <= (page+1)*50, p.IsLast)
				if p.TotalIsMinimum {
					require.LessOrEqual(t, p.TotalElements, int64(len(want)))
				} else if len(p.Content) > 0 {
					require.EqualValues(t, len(want), p.TotalElements)
				}
			}
			require.Equal(t, ids(want[:min(200, len(want))]), ids(got))

			got = got[:0]
			request = market.PageRequest{Size: 50, Sort: "price"}
			for range 4 {
				p, err := s.Products(ctx, store.CatalogueFilter{Keyword: keyword}, request)
				require.NoError(t, err)
				got = append(got, p.Content...)
				if p.NextCursor == nil {
					break
				}
				request.Cursor = *p.NextCursor
			}
			require.Equal(t, ids(want[:min(200, len(want))]), ids(got), "by cursor")
		})
	}

	t.Run("totals follow", func(t *testing.T) {
		total := func() int64 {
			p, err := s.Products(ctx, store.CatalogueFilter{}, market.PageRequest{Size: 1})
			require.NoError(t, err)
			return p.TotalElements
		}
		hidden := string(market.ProductHidden)
		p := all[0]
		_, err := s.UpdateProduct(ctx, market.SellerID(p.SellerID), p.ID, market.ProductChange{Status: &hidden})
		require.NoError(t, err)
		require.EqualValues(t, seeded-1, total())
		_, err = s.DeleteProduct(ctx, market.SellerID(p.SellerID), p.ID)
		require.NoError(t, err)
		_, err = s.DeleteProduct(ctx, market.SellerID(all[1].SellerID), all[1].ID)
		require.NoError(t, err)
		require.EqualValues(t, seeded-2, total())
		findings, err := s.Verify(ctx, func(string) {})
		require.NoError(t, err)
		require.Empty(t, findings)
	})

	t.Run("seeding again", func(t *testing.T) {
		counts := seed.Counts{Categories: 10, Sellers: 20, Buyers: 510, Products: seeded + 100, Orders: 4000}
		require.NoError(t, seed.Load(ctx, s.Pool(), counts, bcrypt.MinCost, time.Now(), io.Discard))
		require.Len(t, allProducts(t, s), seeded-2+100)
	})
}

func cmp(first, second int) int {
	if first != 0 {
		return first
	}
	return second
}

func ids(products []market.Product) []int64 {
	all := make([]int64, len(products))
	for i, p := range products {
		all[i] = p.ID
	}
	return all
}

func allProducts(t *testing.T, s *store.Store) []market.Product {
	t.Helper()
	rows, err := s.Pool().Query(context.Background(),
		"SELECT id, seller_id, name, description, price FROM products WHERE status = 'ON_SALE' AND deleted_at IS NULL ORDER BY id")
	require.NoError(t, err)
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (p market.Product, err error) {
		return p, row.Scan(&p.ID, &p.SellerID, &p.Name, &p.Description, &p.Price)
	})
	require.NoError(t, err)
	return all
}
