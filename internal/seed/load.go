package seed

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/schollz/progressbar/v3"
	"golang.org/x/sync/errgroup"

	"github.com/all-in-market/market/internal/auth"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/simulator"
)

// Counts are the sizes of the load profile.
type Counts struct{ Categories, Sellers, Buyers, Products, Orders int }

// DefaultCounts are the sizes that `market seed --profile load` starts from.
var DefaultCounts = Counts{Categories: 100, Sellers: 1_000, Buyers: 10_000, Products: 1_000_000, Orders: 100_000}

// chunkRows is how many entities are loaded in one transaction, the unit in
// which an interrupted load is taken up again.
const chunkRows = 10_000

// loaders is how many connections load at a time.
const loaders = 2

// Load fills the database for load tests, through COPY: buyers and sellers
// user{i}@test.com with password 1234567890, products ON_SALE, paid orders with
// payments and ledger. It is deterministic, does nothing when it has already
// been done, goes on where it was interrupted, and adds what is missing when it
// is called with larger counts. Progress goes to w.
func Load(ctx context.Context, pool *pgxpool.Pool, want Counts, bcryptCost int, now time.Time, w io.Writer) error {
	// One hash for all of them: ten thousand would take minutes.
	passwordHash, err := auth.HashPassword(loadPassword, bcryptCost)
	if err != nil {
		return err
	}
	if _, err := pool.Exec(ctx,
		`CREATE TABLE IF NOT EXISTS seed_progress (kind text NOT NULL, chunk int NOT NULL, rows int NOT NULL, PRIMARY KEY (kind, chunk))`); err != nil {
		return err
	}
	if _, err := simulator.New(ctx, pool); err != nil { // its memory: what was charged can be given back
		return err
	}
	l := &loader{pool: pool, passwordHash: passwordHash, now: now, out: w}
	for _, step := range []struct {
		kind  string
		count int
		load  func(ctx context.Context, tx pgx.Tx, r *rand.Rand, from, to int) error
	}{
		{"categories", want.Categories, l.categories},
		{"sellers", want.Sellers, l.sellers},
		{"buyers", want.Buyers, l.buyers},
		{"products", want.Products, l.products},
		{"orders", want.Orders, l.orders},
	} {
		if err := l.run(ctx, step.kind, step.count, step.load); err != nil {
			return fmt.Errorf("load %s: %w; run the same command again to go on", step.kind, err)
		}
	}
	// Fresh statistics and visibility map: lists read indexes alone from the start.
	for _, table := range []string{
		"products", "orders", "order_items", "payments", "ledger_transactions", "ledger_entries", "buyers", "sellers",
	} {
		if _, err := pool.Exec(ctx, "VACUUM ANALYZE "+table); err != nil {
			return err
		}
	}
	return nil
}

type loader struct {
	pool         *pgxpool.Pool
	passwordHash string
	now          time.Time
	out          io.Writer
	categoryIDs  []int64
	sellerIDs    []int64
	buyerIDs     []int64
	productIDs   struct{ min, max int64 }
}

// run loads count entities in chunks, skipping those that are there.
func (l *loader) run(
	ctx context.Context, kind string, count int, load func(context.Context, pgx.Tx, *rand.Rand, int, int) error,
) error {
	if count <= 0 {
		return nil
	}
	done := map[int]int{}
	rows, err := l.pool.Query(ctx, `SELECT chunk, rows FROM seed_progress WHERE kind = $1`, kind)
	if err != nil {
		return err
	}
	var chunk, loaded int
	remember := func() error { done[chunk] = loaded; return nil }
	if _, err := pgx.ForEachRow(rows, []any{&chunk, &loaded}, remember); err != nil {
		return err
	}
	if err := l.reload(ctx); err != nil {
		return err
	}
	bar := progressbar.NewOptions(count, progressbar.OptionSetWriter(l.out),
		progressbar.OptionSetDescription(fmt.Sprintf("%-10s", kind)), progressbar.OptionShowCount(),
		progressbar.OptionShowIts(), progressbar.OptionThrottle(200*time.Millisecond),
		progressbar.OptionOnCompletion(func() { fmt.Fprintln(l.out) }))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(loaders)
	for c := 0; c*chunkRows < count; c++ {
		from, to := c*chunkRows+done[c], min((c+1)*chunkRows, count)
		_ = bar.Add(min(done[c], to-c*chunkRows))
		if from >= to {
			continue
		}
		group.Go(func() error {
			r := rand.New(rand.NewPCG(uint64(len(kind)), uint64(from)))
			err := pgx.BeginFunc(ctx, l.pool, func(tx pgx.Tx) error {
				if _, err := tx.Exec(ctx, "SET LOCAL synchronous_commit = off"); err != nil {
					return err
				}
				if err := load(ctx, tx, r, from, to); err != nil {
					return err
				}
				_, err := tx.Exec(ctx,
					`INSERT INTO seed_progress VALUES ($1, $2, $3) ON CONFLICT (kind, chunk) DO UPDATE SET rows = excluded.rows`, kind,
					c, to-c*chunkRows)
				return err
			})
			if err == nil {
				_ = bar.Add(to - from)
			}
			return err
		})
	}
	return errors.Join(group.Wait(), bar.Finish())
}

// reload reads the ids that later steps refer to.
func (l *loader) reload(ctx context.Context) error {
	for _, q := range []struct {
		into *[]int64
		sql  string
	}{
		{&l.categoryIDs, `SELECT id FROM categories WHERE name ~ '_[0-9]+$' ORDER BY id`},
		{&l.sellerIDs, `SELECT id FROM sellers WHERE email ~ '^user[0-9]+@test\.com$' ORDER BY id`},
		{&l.buyerIDs, `SELECT id FROM buyers WHERE email ~ '^user[0-9]+@test\.com$' ORDER BY id`},
	} {
		rows, err := l.pool.Query(ctx, q.sql)
		if err != nil {
			return err
		}
		if *q.into, err = pgx.CollectRows(rows, pgx.RowTo[int64]); err != nil {
			return err
		}
	}
	return l.pool.QueryRow(ctx,
		`SELECT coalesce(min(id), 0), coalesce(max(id), 0) FROM products WHERE status = 'ON_SALE' AND deleted_at IS NULL`).Scan(
		&l.productIDs.min, &l.productIDs.max)
}

// table collects the rows of one COPY in its text format. No value that is
// loaded here holds a tab, a line feed or a backslash.
type table struct {
	name string
	rows bytes.Buffer
}

func (t *table) row(format string, values ...any) {
	fmt.Fprintf(&t.rows, format+"\n", values...)
}

func (t *table) copyTo(ctx context.Context, tx pgx.Tx) error {
	_, err := tx.Conn().PgConn().CopyFrom(ctx, &t.rows, "COPY "+t.name+" FROM STDIN")
	return err
}

func (l *loader) categories(ctx context.Context, tx pgx.Tx, _ *rand.Rand, from, to int) error {
	t := table{name: "categories (name, sort_order)"}
	for i := from; i < to; i++ {
		t.row("%s_%d\t1", departments[i%len(departments)], i)
	}
	return t.copyTo(ctx, tx)
}

func (l *loader) sellers(ctx context.Context, tx pgx.Tx, _ *rand.Rand, from, to int) error {
	t := table{name: "sellers (email, password, name, phone, store_name, biz_number, bank_code, bank_account, status)"}
	for i := from; i < to; i++ {
		t.row("user%d@test.com\t%s\tseller_%d\t010-%04d-%04d\tstore_%d\tbiz_%d\tKOOKMIN\tbank_%d\tAPPROVED", i,
			l.passwordHash, i, i/10000%10000, i%10000, i, i, i)
	}
	return t.copyTo(ctx, tx)
}

func (l *loader) buyers(ctx context.Context, tx pgx.Tx, _ *rand.Rand, from, to int) error {
	ids, err := takeIDs(ctx, tx, "buyers", to-from)
	if err != nil {
		return err
	}
	// The demo profile has the first few of them already.
	rows, err := tx.Query(ctx,
		`SELECT email FROM buyers WHERE email ~ '^user[0-9]+@test\.com$' AND length(email) <= length('user9@test.com')`)
	if err != nil {
		return err
	}
	existing, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	buyers := table{name: "buyers (id, email, password, name, phone)"}
	carts := table{name: "carts (buyer_id)"}
	addresses := table{name: "addresses (buyer_id, recipient, phone, detail, is_default)"}
	for n, i := 0, from; i < to; n, i = n+1, i+1 {
		email, phone := fmt.Sprintf("user%d@test.com", i), fmt.Sprintf("010-%04d-%04d", i/10000%10000, i%10000)
		if slices.Contains(existing, email) {
			continue
		}
		buyers.row("%d\t%s\t%s\tbuyer_%d\t%s", ids[n], email, l.passwordHash, i, phone)
		carts.row("%d", ids[n])
		addresses.row("%d\tbuyer_%d\t%s\taddress_%d\tt", ids[n], i, phone, i)
	}
	return errors.Join(buyers.copyTo(ctx, tx), carts.copyTo(ctx, tx), addresses.copyTo(ctx, tx))
}

func (l *loader) products(ctx context.Context, tx pgx.Tx, r *rand.Rand, from, to int) error {
	if len(l.sellerIDs) == 0 || len(l.categoryIDs) == 0 {
		return errors.New("products need sellers and categories")
	}
	t := table{name: "products (seller_id, category_id, name, description, price, stock, status, created_at)"}
	for i := from; i < to; i++ {
		created := l.now.Add(-time.Duration(r.IntN(365*24*3600)) * time.Second)
		t.row("%d\t%d\t%s %s %s_%d\tdescription_%d\t%d\t%d\tON_SALE\t%s", pick(r, l.sellerIDs), pick(r, l.categoryIDs),
			pick(r, materials), pick(r, kinds), pick(r, nouns), i, i, 3000+
				r.IntN(27000), 50000+r.IntN(50000), created.Format(time.RFC3339Nano))
	}
	return t.copyTo(ctx, tx)
}

// orders loads paid orders with their lines, payments, histories and ledger.
func (l *loader) orders(ctx context.Context, tx pgx.Tx, r *rand.Rand, from, to int) error {
	if len(l.buyerIDs) == 0 || l.productIDs.max == 0 {
		return errors.New("orders need buyers and products")
	}
	n := to - from
	sold, err := l.sample(ctx, tx, r, n)
	if err != nil {
		return err
	}
	var ids [4][]int64
	for i, name := range []string{"orders", "order_items", "payments", "ledger_transactions"} {
		size := n
		if name == "order_items" {
			size = 3 * n
		}
		if ids[i], err = takeIDs(ctx, tx, name, size); err != nil {
			return err
		}
	}
	orders := table{name: "orders (id, buyer_id, total_amount, status, recipient, phone, address, created_at)"}
	items := table{
		name: "order_items (id, order_id, product_id, seller_id, product_name, unit_price, quantity, " +
			"gross, discount, net, tax, commission, commission_percent, order_status, created_at)",
	}
	payments := table{
		name: "payments (id, order_id, amount, method, provider, status, paid_at, resolved_at, " +
			"merchant_uid, imp_uid, version, created_at)",
	}
	histories := table{
		name: "transaction_histories (transaction_id, type, payment_status, refund_status, amount, created_at)",
	}
	transactions := table{name: "ledger_transactions (id, kind, source_type, source_id, business_day, created_at)"}
	entries := table{name: "ledger_entries (transaction_id, account, seller_id, order_item_id, amount)"}
	charges := table{name: "gateway_simulator.charges (merchant_uid, imp_uid, amount, declined)"}
	item := 0
	for i := range n {
		order, payment, txn := ids[0][i], ids[2][i], ids[3][i]
		created := l.now.Add(-24*time.Hour - time.Duration(r.IntN(5*24*3600))*time.Second)
		paid := created.Add(time.Minute + time.Duration(r.IntN(240))*time.Second)
		var total market.Money
		for range 1 + r.IntN(3) {
			p, quantity := pick(r, sold), 1+r.IntN(4)
			priced, err := market.PriceOrder([]market.PricedLine{{UnitPrice: p.price, Quantity: int32(quantity)}},
				market.CurrentTerms())
			if err != nil {
				return err
			}
			a := priced.Lines[0]
			total += a.Net
			id := ids[1][item]
			item++
			items.row("%d\t%d\t%d\t%d\t%s\t%s\t%d\t%s\t%s\t%s\t%s\t%s\t%d\tPAID\t%s", id, order, p.id, p.sellerID,
				p.name,
				p.price, quantity, a.Gross, a.Discount, a.Net, a.Tax, a.Commission, a.CommissionPercent,
				created.Format(time.RFC3339))
			entries.row("%d\tSELLER_PAYABLE\t%d\t%d\t%s", txn, p.sellerID, id, -a.SellerShare())
			entries.row("%d\tCOMMISSION\t%d\t%d\t%s", txn, p.sellerID, id, -a.Commission)
		}
		orders.row("%d\t%d\t%s\tPAID\tbuyer\t010-0000-0000\taddress\t%s", order, pick(r, l.buyerIDs), total,
			created.Format(time.RFC3339))
		payments.row("%d\t%d\t%s\tMOCK\tMOCK\tSUCCESS\t%s\t%s\tpayment_%d_seed\timp_%d_seed\t1\t%s", payment, order,
			total,
			paid.Format(time.RFC3339), paid.Format(time.RFC3339), order, order, created.Format(time.RFC3339))
		histories.row("%d\tPAYMENT\tPENDING\tNONE\t%s\t%s", payment, total, created.Format(time.RFC3339))
		histories.row("%d\tPAYMENT\tSUCCESS\tNONE\t%s\t%s", payment, total, paid.Format(time.RFC3339))
		transactions.row("%d\tPAYMENT_APPROVED\tPAYMENT\t%d\t%s\t%s", txn, payment, market.DayOf(paid),
			paid.Format(time.RFC3339))
		charges.row("payment_%d_seed\timp_%d_seed\t%s\tf", order, order, total)
		entries.row("%d\tPSP_CLEARING\t\\N\t\\N\t%s", txn, total)
	}
	for _, t := range []*table{&orders, &items, &payments, &histories, &transactions, &entries, &charges} {
		if err := t.copyTo(ctx, tx); err != nil {
			return err
		}
	}
	return reserve(ctx, tx, ids[0])
}

// reserve reserves the pieces of orders, which were on hand beside the stock.
func reserve(ctx context.Context, tx pgx.Tx, orderIDs []int64) error {
	_, err := tx.Exec(ctx,
		`WITH lines AS (SELECT order_id, product_id, quantity FROM order_items WHERE order_id = ANY ($1)),
		moved AS (INSERT INTO stock_movements (product_id, kind, stock, reserved, cause_id)
			SELECT product_id, 'SET', quantity, 0, NULL FROM lines UNION ALL SELECT product_id, 'ORDERED', -quantity, quantity, order_id FROM lines),
		locked AS (SELECT p.id, l.quantity FROM products p JOIN (SELECT product_id, sum(quantity) AS quantity FROM lines GROUP BY product_id) l ON l.product_id = p.id ORDER BY p.id FOR NO KEY UPDATE OF p)
		UPDATE products p SET reserved = p.reserved + locked.quantity FROM locked WHERE p.id = locked.id`, orderIDs)
	return err
}

type soldProduct struct {
	id, sellerID int64
	name         string
	price        market.Money
}

// sample picks about n products at random.
func (l *loader) sample(ctx context.Context, tx pgx.Tx, r *rand.Rand, n int) ([]soldProduct, error) {
	ids := make([]int64, n)
	for i := range ids {
		ids[i] = l.productIDs.min + r.Int64N(l.productIDs.max-l.productIDs.min+1)
	}
	rows, err := tx.Query(ctx, `SELECT id, seller_id, name, price FROM products WHERE id = ANY ($1) ORDER BY id`, ids)
	if err != nil {
		return nil, err
	}
	sold, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (p soldProduct, err error) {
		return p, row.Scan(&p.id, &p.sellerID, &p.name, &p.price)
	})
	if err == nil && len(sold) == 0 {
		err = errors.New("no product to order")
	}
	return sold, err
}

// takeIDs takes n ids from a table's sequence.
func takeIDs(ctx context.Context, tx pgx.Tx, name string, n int) ([]int64, error) {
	rows, err := tx.Query(ctx, `SELECT nextval(pg_get_serial_sequence($1, 'id')) FROM generate_series(1, $2::int)`, name,
		n)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[int64])
}

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

// The words that names are made of, Korean and English.
var (
	departments = []string{"전자제품", "의류", "식품", "가구", "도서", "완구", "스포츠", "뷰티", "Garden", "Music"}
	materials   = []string{
		"원목", "가죽", "면", "스테인리스", "유기농", "프리미엄", "수제", "경량", "Wooden", "Cotton", "Rubber", "Granite", "Steel", "Practical",
		"Refined", "Sleek",
	}
	kinds = []string{
		"대형", "소형", "접이식", "휴대용", "무선", "방수", "어린이", "캠핑", "Smart", "Classic", "Compact", "Folding", "Portable", "Deluxe",
		"Basic", "Vintage",
	}
	nouns = []string{
		"의자", "책상", "신발", "가방", "시계", "이어폰", "담요", "텀블러", "Chair", "Table", "Shoes", "Lamp", "Keyboard", "Jacket", "Bottle",
		"Backpack",
	}
)
