package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"go.temporal.io/sdk/client"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/workflows"
)

var dayCounts = struct{ sellers, lines int }{sellers: 100_000, lines: 1_000_000}

// linesPerOrder of the day's orders.
const linesPerOrder = 2

// dayClose closes one business day, the last of a period, in which nothing
// has been rolled up yet: from a worker's start until the day is closed, with
// every seller's dashboard, statistics, settlement and payout made.
func (b *bench) dayClose(ctx context.Context) error {
	day := market.Date(2026, 3, 31)
	fmt.Fprintf(os.Stderr, "a day of %d order lines of %d sellers ...\n", dayCounts.lines, dayCounts.sellers)
	if err := fillDay(ctx, b.store, day); err != nil {
		return err
	}
	c, err := b.connect(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	p, err := b.startMarket(ctx, "worker")
	if err != nil {
		return err
	}
	defer p.stop()
	run, err := c.ExecuteWorkflow(ctx,
		client.StartWorkflowOptions{ID: "day-close/bench", TaskQueue: workflows.BackOfficeQueue}, workflows.DayClose,
		workflows.DayCloseInput{Day: day.String()})
	if err != nil {
		return err
	}
	if err := untilClosed(ctx, b.store, day); err != nil {
		return err
	}
	took := time.Since(p.started).Seconds()
	if err := allSettled(ctx, b.store); err != nil {
		return err
	}
	if err := c.TerminateWorkflow(ctx, run.GetID(), "", "its payouts are not measured"); err != nil {
		return err
	}
	t := b.table(fmt.Sprintf("Closing a day of %d order lines of %d sellers", dayCounts.lines, dayCounts.sellers),
		"step",
		"seconds", "rows", "rows/s")
	period, _ := market.PeriodEnding(day)
	for _, step := range []struct {
		name, workflow string
		rows           int
	}{
		{"dashboards opened", workflows.DashboardResetWorkflowID(day.Next()), dayCounts.sellers},
		{"lines rolled up (the rest of them), statistics closed", workflows.DailyStatisticsWorkflowID(day),
			dayCounts.lines},
		{"settled, payouts made", workflows.SettlementWorkflowID(period), dayCounts.sellers},
	} {
		d, err := c.DescribeWorkflow(ctx, step.workflow, "")
		if err != nil {
			return err
		}
		info := d.RawResponse.GetWorkflowExecutionInfo()
		seconds := info.GetCloseTime().AsTime().Sub(info.GetStartTime().AsTime()).Seconds()
		t.row(step.name, seconds, step.rows, float64(step.rows)/seconds)
	}
	t.row("the whole day", took, dayCounts.lines, float64(dayCounts.lines)/took)
	t.print()
	fmt.Printf("\nThe worker's memory at most: %d MB\n", peakMemory(p.pid)>>20)
	return nil
}

// fillDay makes sellers, and a day's paid orders with their ledger, of which
// nothing is rolled up. A price of p costs a commission of p/20.
func fillDay(ctx context.Context, s *store.Store, day market.Day) error {
	orders := dayCounts.lines / linesPerOrder
	statements := []string{
		`SET synchronous_commit = off`,
		fmt.Sprintf(
			`INSERT INTO sellers (id, email, password, name, phone, store_name, biz_number, bank_code, bank_account, status, created_at)
			SELECT i, 'user' || i || '@test.com', 'x', 's', '1', 's', 'biz_' || i, 'KOOKMIN', 'bank_' || i, 'APPROVED', '%[2]s'::timestamptz - interval '1 year' FROM generate_series(1, %[1]d) i`,
			dayCounts.sellers, day),
		`INSERT INTO categories (id, name) VALUES (1, 'c')`,
		fmt.Sprintf(
			`INSERT INTO products (id, seller_id, category_id, name, description, price, stock) SELECT i, i, 1, 'p', 'd', 100 + i %% 900, 100 FROM generate_series(1, %d) i`,
			dayCounts.sellers),
		`INSERT INTO buyers (id, email, password, name, phone) VALUES (1, 'b@test.com', 'x', 'b', '1')`,
		fmt.Sprintf(
			`INSERT INTO orders (id, buyer_id, total_amount, status, recipient, phone, address) SELECT i, 1, 0, 'PAID', 'r', '1', 'a' FROM generate_series(1, %d) i`,
			orders),
		fmt.Sprintf(
			`INSERT INTO order_items (id, order_id, product_id, seller_id, product_name, unit_price, quantity, gross, discount, net, tax, commission, order_status)
			SELECT i, (i - 1) / %[2]d + 1, p, p, 'p', 100 + p %% 900, 2, (100 + p %% 900) * 2, 0, (100 + p %% 900) * 2, 0, trunc((100 + p %% 900) * 2 * 0.05, 2), 'PAID' FROM (SELECT i, i::bigint * 7919 %% %[3]d + 1 AS p FROM generate_series(1, %[1]d) i) l`,
			orders*linesPerOrder, linesPerOrder, dayCounts.sellers),
		fmt.Sprintf(
			`INSERT INTO ledger_transactions (id, kind, source_type, source_id, business_day) SELECT i, 'PAYMENT_APPROVED', 'PAYMENT', i, '%s' FROM generate_series(1, %d) i;
			INSERT INTO ledger_entries (transaction_id, account, seller_id, order_item_id, amount)
			SELECT order_id, a.account, CASE WHEN a.account <> 'PSP_CLEARING' THEN seller_id END, CASE WHEN a.account <> 'PSP_CLEARING' THEN id END,
				CASE a.account WHEN 'PSP_CLEARING' THEN unit_price * quantity WHEN 'COMMISSION' THEN -commission ELSE commission - unit_price * quantity END
			FROM order_items, (VALUES ('PSP_CLEARING'), ('SELLER_PAYABLE'), ('COMMISSION')) AS a (account)`, day, orders),
		// The rows above set their ids explicitly; move the sequences past them.
		`DO $$ DECLARE t text; BEGIN
			FOREACH t IN ARRAY
				'{sellers,categories,products,buyers,orders,order_items,ledger_transactions}'::text[] LOOP
				EXECUTE format('SELECT setval(pg_get_serial_sequence(%L, ''id''), (SELECT max(id) FROM %I))', t, t);
			END LOOP; END $$`,
		`ANALYZE`,
	}
	conn, err := s.Pool().Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	for _, q := range statements {
		if _, err := conn.Exec(ctx, q); err != nil {
			return fmt.Errorf("fill the day: %.60s: %w", q, err)
		}
	}
	return nil
}

// allSettled fails when what was settled and is to be paid is not what the ledger owes.
func allSettled(ctx context.Context, s *store.Store) error {
	var ledger, dashboards, settled, payouts market.Money
	err := s.Pool().QueryRow(ctx,
		`SELECT (SELECT -sum(amount) FROM ledger_entries WHERE account = 'SELLER_PAYABLE' AND order_item_id IS NOT NULL),
		(SELECT sum(settlement_amount) FROM seller_dashboard), (SELECT sum(amount) FROM settlements), (SELECT sum(amount) FROM payouts)`).Scan(
		&ledger, &dashboards, &settled, &payouts)
	if err == nil && (dashboards != ledger || settled != ledger || payouts != ledger) {
		err = fmt.Errorf("the ledger owes %s, dashboards say %s, settlements %s, payouts %s", ledger, dashboards,
			settled,
			payouts)
	}
	return err
}

func untilClosed(ctx context.Context, s *store.Store, day market.Day) error {
	for {
		open, err := s.OpenDays(ctx, day, 1)
		if err != nil || len(open) == 0 {
			return err
		}
		select {
		case <-ctx.Done():
			return errors.New("interrupted")
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// peakMemory is the most memory that a process has had so far, in bytes.
func peakMemory(pid int) (bytes int64) {
	status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	for line := range strings.Lines(string(status)) {
		if _, err := fmt.Sscanf(line, "VmHWM: %d kB", &bytes); err == nil {
			return bytes << 10
		}
	}
	return 0
}
