package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/all-in-market/market/internal/auth"
	"github.com/all-in-market/market/internal/gateway"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/simclient"
	"github.com/all-in-market/market/internal/store"
)

// town is who uses the marketplace, with what they were told.
type town struct {
	http     *http.Client
	products []int64
	buyers   []buyer
	admin    string // token

	mu      sync.Mutex
	orders  map[int64]int64  // placed orders, of which buyer
	paid    map[int64]string // orders whose payment was told to have succeeded, by charge
	refused map[int64]string // orders whose payment was told to have been refused, why
	refunds map[int64]string // refunds, as they were told to be last
}

type buyer struct {
	id, address int64
	token       string
}

// openTown makes sellers with products, some of them scarce, buyers and an admin.
func openTown(ctx context.Context, s *store.Store, n int) (*town, error) {
	t := &town{
		http: &http.Client{Timeout: 25 * time.Second}, orders: map[int64]int64{}, paid: map[int64]string{},
		refused: map[int64]string{}, refunds: map[int64]string{},
	}
	tokens := auth.NewAccessTokens(secret, "", 24*time.Hour)
	category, err := s.CreateCategory(ctx, "chaos", 1)
	if err != nil {
		return nil, err
	}
	for i := range 3 {
		seller, err := s.CreateSeller(ctx,
			store.SellerSignup{
				Email: market.Email(fmt.Sprintf("seller%d@example.com", i)), PasswordHash: "x", Name: "s", Phone: "1",
				StoreName: "s",
				BizNumber: fmt.Sprint(i), BankCode: "KOOKMIN", BankAccount: fmt.Sprint("0", i),
			})
		if err != nil {
			return nil, err
		}
		if _, err := s.SetSellerStatus(ctx, seller, market.SellerApproved, false); err != nil {
			return nil, err
		}
		for p := range 4 {
			stock := int32(100_000)
			if p == 0 {
				stock = 40
			}
			product, err := s.CreateProduct(ctx,
				market.Product{
					SellerID: seller, CategoryID: category.ID, Name: fmt.Sprint("p", p), Price: market.Money(1000_33 + 777*p),
					Stock: stock, Description: "d",
				})
			if err != nil {
				return nil, err
			}
			t.products = append(t.products, product.ID)
		}
	}
	for i := range n {
		id, err := s.CreateBuyer(ctx, market.Email(fmt.Sprintf("buyer%d@example.com", i)), "x", "b", "010-1234-5678")
		if err != nil {
			return nil, err
		}
		address, err := s.CreateAddress(ctx, market.BuyerID(id), "r", "1", "d")
		if err != nil {
			return nil, err
		}
		token, err := tokens.Issue(market.RoleBuyer, auth.Session{AccountID: id, Family: "chaos", Opened: time.Now()})
		if err != nil {
			return nil, err
		}
		t.buyers = append(t.buyers, buyer{id, address.ID, token})
	}
	if _, err := s.CreateAdmin(ctx, "admin@example.com", "x", "a"); err != nil {
		return nil, err
	}
	c, err := s.AdminCredentials(ctx, "admin@example.com")
	if err != nil {
		return nil, err
	}
	t.admin, err = tokens.Issue(market.RoleAdmin, auth.Session{AccountID: c.ID, Family: "chaos", Opened: time.Now()})
	return t, err
}

// answer is what a request was answered with.
type answer struct {
	Status int
	Code   string          `json:"code"`
	Data   json.RawMessage `json:"data"`
}

func (a answer) ok() bool { return a.Status/100 == 2 && a.Status != http.StatusAccepted }

// into reads the answer's data.
func (a answer) into(v any) { _ = json.Unmarshal(a.Data, v) }

// errNoAnswer says that no final answer came for as long as the caller would wait.
var errNoAnswer = errors.New("no final answer")

// ask sends a request, and again with the same key for as long as that may help: no
// answer, an outage, still under way.
func (t *town) ask(
	ctx context.Context, r *rand.Rand, address func() string, token, method, path, key string, body any,
) (a answer, err error) {
	encoded, err := json.Marshal(body)
	if err != nil {
		return a, err
	}
	for ctx.Err() == nil {
		req, err := http.NewRequestWithContext(ctx, method, "http://"+address()+path, bytes.NewReader(encoded))
		if err != nil {
			return a, err
		}
		req.Header.Set("Authorization", "Bearer "+token)
		req.Header.Set("Content-Type", "application/json")
		if key != "" {
			req.Header.Set("Idempotency-Key", key)
		}
		if resp, err := t.http.Do(req); err == nil {
			b, err := io.ReadAll(resp.Body)
			resp.Body.Close()
			a = answer{Status: resp.StatusCode}
			if err == nil && json.Unmarshal(b, &a) == nil && a.Status < 500 && a.Status != http.StatusAccepted &&
				a.Status != http.StatusTooManyRequests && a.Code != string(market.CodeRedisLockConflict) {
				return a, nil
			}
		}
		pause(ctx, time.Duration(50+r.IntN(300))*time.Millisecond)
	}
	return a, errNoAnswer
}

// shop buys until during ends. What has begun then is still asked for until an answer
// comes, or a minute has passed.
func (t *town) shop(during, ctx context.Context, b buyer, r *rand.Rand) {
	for n := 0; during.Err() == nil; n++ {
		after, cancel := context.WithCancel(ctx)
		stop := context.AfterFunc(during, func() { time.AfterFunc(time.Minute, cancel) })
		t.purchase(after, b, r, fmt.Sprintf("%d-%d", b.id, n))
		stop()
		cancel()
	}
}

func (t *town) purchase(ctx context.Context, b buyer, r *rand.Rand, key string) {
	api := func() string { return apiAddrs[r.IntN(len(apiAddrs))] }
	var items []int64
	for range 1 + r.IntN(2) {
		var cart struct {
			Items struct {
				Content []struct{ ID, ProductID int64 }
			}
		}
		a, err := t.ask(ctx, r, api, b.token, http.MethodPost, "/carts/items?sort=createdAt,desc&size=10", "",
			map[string]any{"productId": t.products[r.IntN(len(t.products))], "quantity": 1 + r.IntN(3)})
		if err != nil || !a.ok() {
			continue
		}
		a.into(&cart)
		items = items[:0]
		for _, i := range cart.Items.Content {
			items = append(items, i.ID)
		}
	}
	if len(items) == 0 {
		return
	}
	a, err := t.ask(ctx, r, api, b.token, http.MethodPost, "/orders", "order-"+key,
		map[string]any{"cartItemIds": items, "addressId": b.address})
	if err != nil {
		return
	}
	if !a.ok() { // out of stock, say: an empty cart to begin anew with
		for _, p := range t.products {
			_, _ = t.ask(ctx, r, api, b.token, http.MethodDelete, fmt.Sprintf("/carts/items/%d", p), "", nil)
		}
		return
	}
	var order struct {
		OrderID int64
		Items   []struct{ ID int64 }
	}
	a.into(&order)
	t.note(func() { t.orders[order.OrderID] = b.id })
	if r.IntN(10) == 0 {
		return // never paid
	}
	a, err = t.ask(ctx, r, api, b.token, http.MethodPost, "/payments", "pay-"+key,
		map[string]any{"orderId": order.OrderID, "method": "MOCK"})
	if err != nil {
		return
	}
	if a.Code == string(market.CodePaymentAlreadyExists) {
		return // an answer was lost for over a minute: the order is paid
	}
	if !a.ok() {
		t.note(func() { t.refused[order.OrderID] = a.Code })
		return
	}
	var payment struct{ ImpUID string }
	a.into(&payment)
	t.note(func() { t.paid[order.OrderID] = payment.ImpUID })
	if r.IntN(3) > 0 {
		return
	}
	body := map[string]any{"reason": "CHANGE_OF_MIND"}
	if r.IntN(2) == 0 {
		if a, err = t.ask(ctx, r, api, b.token, http.MethodGet, fmt.Sprintf("/orders/%d", order.OrderID), "",
			nil); err != nil || !a.ok() {
			return
		}
		a.into(&order)
		body["items"] = []map[string]any{{"orderItemId": order.Items[0].ID, "quantity": 1}}
	}
	if a, err = t.ask(ctx, r, api, b.token, http.MethodPost, fmt.Sprintf("/orders/%d/refunds", order.OrderID),
		"refund-"+key, body); err != nil || !a.ok() {
		return
	}
	var refund struct{ RefundID int64 }
	a.into(&refund)
	t.note(func() { t.refunds[refund.RefundID] = "" })
}

// decide approves and denies refunds, those that have failed once more.
func (t *town) decide(ctx context.Context, r *rand.Rand) {
	for n := 0; pause(ctx, time.Duration(100+r.IntN(400))*time.Millisecond); n++ {
		t.decideOpen(ctx, r, fmt.Sprint("round-", n), false)
	}
}

func (t *town) decideOpen(ctx context.Context, r *rand.Rand, key string, approve bool) {
	address := func() string { return adminAddr }
	for _, status := range []string{"PENDING", "FAILED"} {
		a, err := t.ask(ctx, r, address, t.admin, http.MethodGet, "/admin/refunds?size=20&status="+status, "", nil)
		if err != nil || !a.ok() {
			return
		}
		var page struct{ Content []struct{ ID int64 } }
		a.into(&page)
		for _, refund := range page.Content {
			path, body := "complete", any(map[string]any{"restock": r.IntN(2) == 0})
			if !approve && r.IntN(4) == 0 {
				path, body = "deny", map[string]any{"deniedReason": "no"}
			}
			if a, err := t.ask(ctx, r, address, t.admin, http.MethodPut, fmt.Sprintf("/admin/refunds/%d/%s", refund.ID, path),
				fmt.Sprintf("%s-%d", key, refund.ID), body); err == nil && a.ok() {
				var told struct{ Status string }
				a.into(&told)
				t.note(func() { t.refunds[refund.ID] = told.Status })
			}
		}
	}
}

// grow lets some unpaid orders grow old at once, so that they expire while they are paid.
func (t *town) grow(ctx context.Context, pool *pgxpool.Pool, r *rand.Rand) {
	for pause(ctx, 500*time.Millisecond) {
		_, _ = pool.Exec(ctx,
			"UPDATE orders SET created_at = created_at - interval '31 minutes' WHERE status = 'CREATED' AND id % 7 = $1",
			r.IntN(7))
	}
}

func (t *town) note(f func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	f()
}

// told counts what clients were told.
func (t *town) told() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return fmt.Sprintf("%d orders, %d payments, %d refused ones, %d refunds", len(t.orders), len(t.paid), len(t.refused),
		len(t.refunds))
}

// rest waits until nothing is under way any more; refunds that have failed are approved
// again, since somebody would.
func (t *town) rest(ctx context.Context, s *store.Store, patience time.Duration) (time.Duration, error) {
	started, r := time.Now(), rand.New(rand.NewPCG(0, 0))
	client := simclient.NewGateway("http://"+gatewayAddr, time.Minute)
	for n := 0; ; n++ {
		step, cancel := context.WithTimeout(ctx, 30*time.Second)
		t.decideOpen(step, r, fmt.Sprint("rest-", n), true)
		cancel()
		left, err := t.underWay(ctx, s, client)
		if err == nil && left == "" {
			return time.Since(started), nil
		}
		if time.Since(started) > patience {
			return 0, errors.Join(fmt.Errorf("not quiet after %s: %s", patience, left), err)
		}
		if !pause(ctx, time.Second) {
			return 0, ctx.Err()
		}
	}
}

// underWay says what has not come to its end.
func (t *town) underWay(ctx context.Context, s *store.Store, client *simclient.Gateway) (string, error) {
	var left []string
	for what, query := range map[string]string{
		"refunds":    "SELECT count(*) FROM refunds WHERE status IN ('PENDING', 'PROCESSING', 'FAILED')",
		"follow-ups": "SELECT count(*) FROM follow_ups",
		"postings":   "SELECT count(*) FROM ledger_unrolled",
		"payments":   "SELECT count(*) FROM payments WHERE status = 'PENDING'",
	} {
		var n int
		if err := s.Pool().QueryRow(ctx, query).Scan(&n); err != nil {
			return "", err
		}
		if n > 0 {
			left = append(left, fmt.Sprint(n, " ", what))
		}
	}
	// A payment that failed before the gateway was heard of it is asked after for
	// minutes; it is at rest when the gateway has charged nothing.
	rows, err := s.Pool().Query(ctx, "SELECT merchant_uid FROM payments WHERE resolved_at IS NULL")
	if err != nil {
		return "", err
	}
	uids, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return "", err
	}
	for _, uid := range uids {
		if _, err := client.Inquire(ctx, uid); err == nil {
			left = append(left, "a charge that nobody has booked")
		} else if !errors.Is(err, gateway.ErrUnknownPayment) && !errors.Is(err, gateway.ErrDeclined) {
			return "", err
		}
	}
	slices.Sort(left)
	return strings.Join(left, ", "), nil
}

// brokenPromises are what clients were told and is not so.
func (t *town) brokenPromises(ctx context.Context, s *store.Store) (broken []string, err error) {
	type row struct {
		buyer  int64
		status string
		impUID string
	}
	orders := map[int64]row{}
	rows, err := s.Pool().Query(ctx,
		"SELECT o.id, o.buyer_id, o.status, coalesce(p.imp_uid, '') FROM orders o LEFT JOIN payments p ON p.order_id = o.id AND p.imp_uid IS NOT NULL")
	if err != nil {
		return nil, err
	}
	var id int64
	var o row
	if _, err := pgx.ForEachRow(rows, []any{&id, &o.buyer, &o.status, &o.impUID}, func() error {
		if _, twice := orders[id]; twice {
			broken = append(broken, fmt.Sprintf("order %d has two payments that were made", id))
		}
		orders[id] = o
		return nil
	}); err != nil {
		return nil, err
	}
	for _, id := range slices.Sorted(maps.Keys(t.orders)) {
		switch o, there := orders[id]; {
		case !there || o.buyer != t.orders[id]:
			broken = append(broken, fmt.Sprintf("order %d was acknowledged, and is not there", id))
		case t.paid[id] != "" && o.impUID != t.paid[id]:
			broken = append(broken,
				fmt.Sprintf("order %d was told to be paid with charge %s, and is %s with %q", id, t.paid[id], o.status, o.impUID))
		case t.refused[id] != "" && o.impUID != "":
			broken = append(broken,
				fmt.Sprintf("the payment of order %d was told to be refused (%s), and it is %s", id, t.refused[id], o.status))
		}
	}
	refunds := map[int64]string{}
	rows, err = s.Pool().Query(ctx, "SELECT id, status FROM refunds")
	if err != nil {
		return nil, err
	}
	var status string
	if _, err := pgx.ForEachRow(rows, []any{&id, &status}, func() error { refunds[id] = status; return nil }); err != nil {
		return nil, err
	}
	for id, told := range t.refunds {
		if refunds[id] == "" || ((told == "SUCCESS" || told == "DENIED") && refunds[id] != told) {
			broken = append(broken, fmt.Sprintf("refund %d was told to be %q, and is %q", id, told, refunds[id]))
		}
	}
	return broken, nil
}

// counts sums what the books hold.
func (t *town) counts(ctx context.Context, s *store.Store) (text string, err error) {
	var orders, paid, refunds, reversals, attempts int
	err = s.Pool().QueryRow(ctx,
		`SELECT (SELECT count(*) FROM orders), (SELECT count(*) FROM payments WHERE imp_uid IS NOT NULL),
		(SELECT count(*) FROM refunds WHERE NOT is_reversal(reason)), (SELECT count(*) FROM refunds WHERE is_reversal(reason)),
		(SELECT count(*) FROM payments WHERE imp_uid IS NULL)`).Scan(&orders, &paid, &refunds, &reversals, &attempts)
	return fmt.Sprintf("%d orders, %d paid, %d payments that failed, %d refunds, %d charges given back unasked", orders,
		paid, attempts, refunds, reversals), err
}
