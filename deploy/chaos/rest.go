package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/all-in-market/market/internal/gateway"
	"github.com/all-in-market/market/internal/simclient"
	"github.com/all-in-market/market/internal/store"
)

// manualAfter is the number of rounds of rest after which refunds are paid back by hand: a provider that has cancelled
// a payment on its own refuses to cancel more of it.
const manualAfter = 20

// rest waits until nothing is under way. Buyers come back from the payment windows that are open or let their orders
// expire, admins approve what waits, and what is owed to sellers is settled and paid.
func (t *clients) rest(ctx context.Context, s *store.Store, c *closer) (time.Duration, error) {
	started, r := time.Now(), rand.New(rand.NewPCG(0, 0))
	mock := simclient.NewGateway("http://"+gatewayAddr, time.Minute)
	settled := false // all that was owed when nothing else was under way
	for n := 0; ; n++ {
		step, cancel := context.WithTimeout(ctx, 30*time.Second)
		left, err := t.restOnce(step, s, mock, r, n)
		if err == nil && left == "" && settled {
			cancel()
			return time.Since(started), nil
		}
		// A round also finds what no webhook has brought, and starts payouts that an interrupted one has left.
		if err == nil && left == "" || n%5 == 0 {
			settled = c.round(step, t, r) && err == nil && left == ""
		}
		cancel()
		if time.Since(started) > restTimeout {
			return 0, errors.Join(fmt.Errorf("not quiet after %s: %s", restTimeout, left), err)
		}
		if !pause(ctx, time.Second) {
			return 0, ctx.Err()
		}
	}
}

// restOnce does what people do, and returns what is still under way.
func (t *clients) restOnce(
	ctx context.Context, s *store.Store, mock *simclient.Gateway, r *rand.Rand, n int,
) (left string, err error) {
	if n == 0 {
		for _, w := range t.windows {
			t.confirm(ctx, r, w)
		}
	}
	if _, err := s.Pool().Exec(ctx, `UPDATE orders SET created_at = created_at - interval '31 minutes'
		WHERE status = 'CREATED' AND created_at > now() - interval '25 minutes'`); err != nil {
		return "", err
	}
	admin, key := t.admins[n%2], fmt.Sprint("rest-", n)
	if n%manualAfter == manualAfter-1 {
		for _, id := range t.ids(ctx, admin, r, "/admin/refunds?size=20&status=FAILED", "id") {
			t.decideRefund(ctx, admin, r, key, id, "pay a refund back by hand", "settle",
				map[string]any{"reason": "chaos"})
		}
	}
	t.decideRefunds(ctx, admin, r, key, false)
	t.decideDisputes(ctx, admin, r)
	t.decideProposals(ctx, admin, r)
	t.decidePayouts(ctx, admin, r, key)
	return t.underWay(ctx, s, mock)
}

// underWay names what has not come to its end, or returns "".
func (t *clients) underWay(ctx context.Context, s *store.Store, mock *simclient.Gateway) (string, error) {
	var left []string
	for what, query := range map[string]string{
		"refunds":     "SELECT count(*) FROM refunds WHERE status IN ('PENDING', 'PROCESSING', 'FAILED')",
		"follow-ups":  "SELECT count(*) FROM follow_ups",
		"postings":    "SELECT count(*) FROM ledger_unrolled",
		"payments":    "SELECT count(*) FROM payments WHERE status = 'PENDING'",
		"payouts":     "SELECT count(*) FROM payouts WHERE status IN ('PENDING', 'PROCESSING', 'FAILED') AND abandoned_at IS NULL",
		"disputes":    "SELECT count(*) FROM disputes WHERE status = 'OPEN'",
		"differences": "SELECT count(*) FROM reconciliation_breaks WHERE status = 'OPEN'",
	} {
		var n int
		if err := s.Pool().QueryRow(ctx, query).Scan(&n); err != nil {
			return "", err
		}
		if n > 0 {
			left = append(left, fmt.Sprint(n, " ", what))
		}
	}
	// A payment that failed before it reached its gateway is inquired for minutes, one in the browser for hours. It is
	// at rest when the gateway has charged nothing.
	uids, err := column[string](ctx, s, "SELECT merchant_uid FROM payments WHERE resolved_at IS NULL")
	if err != nil {
		return "", err
	}
	for _, p := range t.portone.Books().Payments {
		if slices.Contains(uids, p.ID) && p.Amount.Paid > p.Amount.Cancelled {
			left = append(left, "charge "+p.ID+" of PortOne's, which is not booked")
		}
	}
	browser, err := column[string](ctx, s, "SELECT merchant_uid FROM payments WHERE resolved_at IS NULL AND provider = 'PORTONE'")
	if err != nil {
		return "", err
	}
	for _, uid := range uids {
		if slices.Contains(browser, uid) {
			continue
		}
		if _, err := mock.Inquire(ctx, uid); err == nil {
			left = append(left, "charge "+uid+", which is not booked")
		} else if !errors.Is(err, gateway.ErrUnknownPayment) && !errors.Is(err, gateway.ErrDeclined) {
			return "", err
		}
	}
	slices.Sort(left)
	return strings.Join(left, ", "), nil
}
