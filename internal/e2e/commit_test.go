package e2e

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/app"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/testrig"
)

// write is a request that one transaction carries out.
type write struct {
	who    *person
	method string
	path   string
	key    string // Idempotency-Key; "" sends none
	body   any
	// done is the code with which the request is refused when it is repeated after its transaction has committed; "" if
	// it is answered as it was.
	done  string
	check func(t *testing.T)
}

// writes are requests without a workflow.
var writes = []struct {
	name    string
	prepare func(t *testing.T, c *commits) write
}{
	{"a seller ships its line of an order of two sellers", prepareShipping},
	{"the other seller ships its line, after a refund of the first", prepareLastShipping},
	{"a seller delivers its line", prepareDelivery},
	{"a seller sets the pieces on hand", prepareStock},
	{"a seller sets a price while an order waits for its payment", preparePrice},
	{"a buyer cancels an unpaid order of two sellers", prepareCancellation},
	{"an admin adjusts the ledger", prepareAdjustment},
	{"an admin adjusts the ledger by more than one may alone", prepareProposal},
	{"the second admin approves the adjustment", prepareApproval},
}

// commits is a marketplace whose API process is killed at COMMIT. Its worker is another process.
type commits struct {
	*rig
	database   *testrig.Proxy
	whole      *testing.T // of all requests: processes end with it
	running    *child
	one, two   *person // sellers
	admins     [2]*person
	buyer      *person
	everyone   []*person
	first      market.Product // of one
	second     market.Product // of two
	adjustment int
}

// The process that answers a request is killed just before its transaction commits, or after the
// commit but before the acknowledgement. The request is repeated with another process: its effect
// is there once.
func TestRequestKilledAtCommit(t *testing.T) {
	t.Parallel()
	for _, point := range points {
		t.Run(point, func(t *testing.T) {
			t.Parallel()
			c := openCommits(t)
			for _, w := range writes {
				if !t.Run(w.name, func(t *testing.T) { c.killedAt(t, point, w.prepare(t, c)) }) {
					return
				}
			}
			c.settleDown(t)
			c.verify(t)
		})
	}
}

func openCommits(t *testing.T) *commits {
	t.Helper()
	c := &commits{rig: newRig(t), whole: t}
	c.serve(t, app.Roles{Worker: true})
	database, err := url.Parse(c.cfg.DatabaseURL)
	require.NoError(t, err)
	c.database = testrig.NewProxy(t, database.Host)
	database.Host = c.database.Addr()
	c.cfg.DatabaseURL = database.String()
	c.next(t)
	c.one, c.two, c.buyer = c.seller(t), c.seller(t), c.buyers(t, 1)[0]
	c.admins = [2]*person{c.staff(t), c.staff(t)}
	c.everyone = []*person{c.one, c.two, c.buyer, c.admins[0], c.admins[1]}
	c.first, c.second = c.product(t, c.one.id, 10_000_00, 100), c.product(t, c.two.id, 5_000_00, 100)
	require.Equal(t, 200, c.admins[0].put(t, "/admin/refund-policy", refundPolicy(0, 100_000)).Status)
	return c
}

// next starts a process, to which everybody's requests go from now on.
func (c *commits) next(t *testing.T) {
	t.Helper()
	var err error
	c.running, err = c.trySpawn(c.whole, app.Roles{API: true, Admin: true}, "")
	require.NoError(t, err)
	c.api, c.admin = "http://"+c.running.addrs["api"], "http://"+c.running.addrs["admin"]
	for _, p := range c.everyone {
		p.base = c.api
		if p == c.admins[0] || p == c.admins[1] {
			p.base = c.admin
		}
	}
}

// The messages of PostgreSQL's protocol that request and confirm a commit.
var (
	commitAsked = []byte("Q\x00\x00\x00\x0bcommit\x00")
	committed   = []byte("C\x00\x00\x00\x0bCOMMIT\x00")
)

// killedAt sends a request, kills the process at its COMMIT, and sends it again to the next one.
func (c *commits) killedAt(t *testing.T, point string, w write) {
	t.Helper()
	var died atomic.Bool
	c.database.Watch(func(fromClient bool, b []byte) bool {
		message := committed
		if point == "before" {
			message = commitAsked
		}
		if fromClient != (point == "before") || !bytes.Contains(b, message) || !died.CompareAndSwap(false, true) {
			return !died.Load()
		}
		c.running.kill()
		return false
	})
	a, err := w.who.try(w.method, w.path, w.body, w.headers()...)
	require.Error(t, err, "the process was to die, and answered %v", a)
	c.running.died(t)
	c.database.Watch(nil)
	c.next(t)
	testrig.Eventually(t, func() bool {
		a, err = w.who.try(w.method, w.path, w.body, w.headers()...)
		return err == nil && a.Status < 500
	}, time.Minute, 100*time.Millisecond)
	if point == "after" && w.done != "" {
		require.Equal(t, w.done, a.Code, a)
	} else {
		require.True(t, a.Success, a)
	}
	w.check(t)
}

func (w write) headers() []string {
	if w.key == "" {
		return nil
	}
	return []string{"Idempotency-Key", w.key}
}

// order pays an order of both sellers, and returns the ids of their lines.
func (c *commits) order(t *testing.T) (order, ofFirst, ofSecond int64) {
	t.Helper()
	order, items := c.paidOrder(t, c.buyer, line{c.first.ID, 2}, line{c.second.ID, 1})
	return order, items[0], items[1]
}

// unpaid places an order of both sellers.
func (c *commits) unpaid(t *testing.T) int64 {
	t.Helper()
	a := c.buyer.insist(t, "/orders", c.buyer.order(c.fill(t, c.buyer.id, c.first.ID, 2),
		c.fill(t, c.buyer.id, c.second.ID, 1)))
	require.Equal(t, 201, a.Status, a)
	return a.id("orderId")
}

// shipments counts the movements of stock by which a line has left.
const shipments = "SELECT count(*) FROM stock_movements WHERE kind = 'SHIPPED' AND cause_id = $1"

func prepareShipping(t *testing.T, c *commits) write {
	t.Helper()
	order, item, _ := c.order(t)
	return write{
		who: c.one, method: http.MethodPut, path: shipPath(item), body: parcel, check: func(t *testing.T) {
			t.Helper()
			require.Equal(t, 1, c.count(t, shipments, order))
			require.Equal(t, 1, c.count(t, "SELECT count(*) FROM order_items WHERE order_id = $1 AND shipped_at IS NOT NULL", order))
			require.Equal(t, market.OrderPaid, c.status(t, order))
		},
	}
}

func prepareLastShipping(t *testing.T, c *commits) write {
	t.Helper()
	order, refunded, item := c.order(t)
	id := c.buyer.post(t, refundsOf(order), pieces(refunded, 2)).id("refundId")
	require.Equal(t, "SUCCESS", approve(t, c.admins[0], id).field("status"))
	return write{
		who: c.two, method: http.MethodPut, path: shipPath(item), body: parcel, check: func(t *testing.T) {
			t.Helper()
			require.Equal(t, 1, c.count(t, shipments, order))
			require.Equal(t, market.OrderShipped, c.status(t, order))
			require.Equal(t, 1, c.count(t, `SELECT count(*) FROM order_status_update_notifications
				WHERE order_id = $1 AND status = 'SHIPPED'`, order))
		},
	}
}

func prepareDelivery(t *testing.T, c *commits) write {
	t.Helper()
	order, ofFirst, item := c.order(t)
	require.Equal(t, 200, c.one.put(t, shipPath(ofFirst), parcel).Status)
	require.Equal(t, 200, c.one.put(t, deliverPath(ofFirst), nil).Status)
	require.Equal(t, 200, c.two.put(t, shipPath(item), parcel).Status)
	return write{
		who: c.two, method: http.MethodPut, path: deliverPath(item), check: func(t *testing.T) {
			t.Helper()
			require.Equal(t, market.OrderDelivered, c.status(t, order))
			require.Equal(t, 1, c.count(t, `SELECT count(*) FROM order_status_update_notifications
				WHERE order_id = $1 AND status = 'DELIVERED'`, order))
		},
	}
}

func prepareStock(t *testing.T, c *commits) write {
	t.Helper()
	const moved = "SELECT count(*) FROM stock_movements WHERE product_id = $1 AND kind = 'SET'"
	c.unpaid(t)
	before := c.count(t, moved, c.first.ID)
	return write{
		who: c.one, method: http.MethodPut, path: stockPath(c.first.ID), body: map[string]int{"onHand": 500},
		check: func(t *testing.T) {
			t.Helper()
			require.Equal(t, before+1, c.count(t, moved, c.first.ID))
			require.Equal(t, 500, c.count(t, "SELECT stock + reserved FROM products WHERE id = $1", c.first.ID))
		},
	}
}

func preparePrice(t *testing.T, c *commits) write {
	t.Helper()
	order := c.unpaid(t)
	return write{
		who: c.one, method: http.MethodPut, path: fmt.Sprintf("/seller/products/%d", c.first.ID),
		body: map[string]int{"price": 11_000}, check: func(t *testing.T) {
			t.Helper()
			require.Equal(t, 11_000, c.count(t, "SELECT price::int FROM products WHERE id = $1", c.first.ID))
			paid := c.buyer.insist(t, "/payments", payBody(order))
			require.EqualValues(t, 25_000, paid.field("amount"))
			require.Equal(t, 200, c.one.put(t, fmt.Sprintf("/seller/products/%d", c.first.ID),
				map[string]int{"price": 10_000}).Status)
		},
	}
}

func prepareCancellation(t *testing.T, c *commits) write {
	t.Helper()
	first, second := c.stock(t, c.first.ID), c.stock(t, c.second.ID)
	order := c.unpaid(t)
	return write{
		who: c.buyer, method: http.MethodPost, path: cancelPath(order), key: "cancel", check: func(t *testing.T) {
			t.Helper()
			require.Equal(t, market.OrderFailed, c.status(t, order))
			require.Equal(t, first, c.stock(t, c.first.ID))
			require.Equal(t, second, c.stock(t, c.second.ID))
			require.Equal(t, 2, c.count(t, "SELECT count(*) FROM stock_movements WHERE kind = 'RELEASED' AND cause_id = $1", order))
		},
	}
}

// adjust is a request of the first admin that credits a seller with so many won.
func (c *commits) adjust(amount float64, check func(t *testing.T, reason string)) write {
	c.adjustment++
	reason := fmt.Sprintf("adjustment-%d", c.adjustment)
	return write{
		who: c.admins[0], method: http.MethodPost, path: "/admin/adjustments", key: reason,
		body: credit(c.one.id, amount, reason), check: func(t *testing.T) { t.Helper(); check(t, reason) },
	}
}

const (
	adjustmentsFor = "SELECT count(*) FROM adjustments WHERE reason = $1"
	proposalsFor   = "SELECT count(*) FROM proposals WHERE kind = 'ADJUSTMENT' AND change ->> 'reason' = $1 AND status = $2"
)

func prepareAdjustment(t *testing.T, c *commits) write {
	t.Helper()
	return c.adjust(1_000, func(t *testing.T, reason string) {
		t.Helper()
		require.Equal(t, 1, c.count(t, adjustmentsFor, reason))
	})
}

func prepareProposal(t *testing.T, c *commits) write {
	t.Helper()
	return c.adjust(200_000, func(t *testing.T, reason string) {
		t.Helper()
		require.Zero(t, c.count(t, adjustmentsFor, reason))
		require.Equal(t, 1, c.count(t, proposalsFor, reason, market.ProposalPending))
	})
}

func prepareApproval(t *testing.T, c *commits) write {
	t.Helper()
	w := c.adjust(200_000, func(t *testing.T, reason string) {
		t.Helper()
		require.Equal(t, 1, c.count(t, adjustmentsFor, reason))
		require.Equal(t, 1, c.count(t, proposalsFor, reason, market.ProposalApproved))
	})
	proposed := w.who.do(t, w.method, w.path, w.body, w.headers()...)
	require.Equal(t, 202, proposed.Status, proposed)
	return write{
		who: c.admins[1], method: http.MethodPost, check: w.check, done: string(market.CodeProposalNotPending),
		path: fmt.Sprintf("/admin/proposals/%d/approve", proposed.id("proposalId")),
	}
}
