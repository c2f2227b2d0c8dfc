package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
)

// A counter buys at the store itself, without HTTP, Temporal and gateway.
type counter struct {
	*store.Store
	buyers   []customer
	products []int64
	run      string // names its checkouts and charges apart from those of other counters
}

// customer is a seeded buyer with a delivery address.
type customer struct{ id, addressID int64 }

// openCounter picks products and buyers at random among the seeded ones, the same ones in each run.
func openCounter(ctx context.Context, s *store.Store) (*counter, error) {
	c := &counter{Store: s, run: fmt.Sprint(time.Now().UnixNano())}
	rows, err := s.Pool().Query(ctx, "SELECT buyer_id, id FROM addresses ORDER BY md5(id::text) LIMIT 20000")
	if err != nil {
		return nil, err
	}
	if c.buyers, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (b customer, err error) {
		return b, row.Scan(&b.id, &b.addressID)
	}); err != nil {
		return nil, err
	}
	rows, err = s.Pool().Query(ctx, "SELECT id FROM products ORDER BY md5(id::text) LIMIT 20000")
	if err != nil {
		return nil, err
	}
	c.products, err = pgx.CollectRows(rows, pgx.RowTo[int64])
	return c, err
}

// buy makes the i-th purchase, and returns how long each of its steps took.
func (c *counter) buy(
	ctx context.Context, b customer, productID int64, i int,
) (took [len(steps)]time.Duration, err error) {
	name := fmt.Sprint(c.run, "-", i)
	newest := market.PageRequest{Size: 1, Sort: "createdAt", Desc: true}
	var cart market.Cart
	var order store.PlacedOrder
	for i, step := range []func() error{
		func() (err error) {
			cart, err = c.AddToCart(ctx, market.BuyerID(b.id), productID, 1, newest)
			return err
		},
		func() (err error) {
			order, err = c.PlaceOrder(ctx, store.Checkout{
				BuyerID: b.id, Key: name, CartItemIDs: []int64{cart.Items.Content[0].ID}, AddressID: b.addressID,
			})
			return err
		},
		func() error {
			opened, err := c.OpenPayment(ctx, store.PaymentToOpen{
				OrderID: order.OrderID, BuyerID: market.BuyerID(b.id), Method: market.MethodMock, RunID: name,
			})
			if err != nil {
				return err
			}
			p := opened.Payment
			out, err := c.ApprovePayment(ctx, store.OrderPayment{OrderID: p.OrderID, PaymentID: p.ID},
				store.Charge{ImpUID: name, Amount: p.Amount})
			if err == nil && out.Payment.Status != market.PaymentSuccess {
				err = fmt.Errorf("the payment of order %d is %s", p.OrderID, out.Payment.Status)
			}
			return err
		},
	} {
		started := time.Now()
		if err := step(); err != nil {
			return took, err
		}
		took[i] = time.Since(started)
	}
	return took, nil
}

// followUp does what workers do about the purchases that were made since.
func (c *counter) followUp(ctx context.Context) error {
	for _, work := range []func(context.Context) error{
		c.ExtendAuditChain, c.MakeWebhookMessages,
		func(ctx context.Context) error { return c.RollUp(ctx, func([]int64) {}) },
	} {
		if err := work(ctx); err != nil {
			return err
		}
	}
	return nil
}

// keepUp follows purchases up each second as workers do, and once more when the caller stops it.
func (c *counter) keepUp(ctx context.Context) (stop func() error) {
	done, failed := make(chan struct{}), make(chan error, 1)
	go func() {
		second := time.NewTicker(time.Second)
		defer second.Stop()
		for {
			select {
			case <-done:
				failed <- c.followUp(ctx)
				return
			case <-second.C:
				if err := c.followUp(ctx); err != nil {
					failed <- err
					return
				}
			}
		}
	}()
	return func() error { close(done); return <-failed }
}

// storeAlone measures what a purchase costs PostgreSQL in the marketplace's database alone: its CPU time includes the
// connections' processes, the writers of log and pages, and what follows a purchase each second.
func (b *bench) storeAlone(ctx context.Context) error {
	c, err := openCounter(ctx, b.store)
	if err != nil {
		return err
	}
	if _, err := b.store.Pool().Exec(ctx,
		"CREATE EXTENSION IF NOT EXISTS pg_stat_statements; CREATE EXTENSION IF NOT EXISTS pg_walinspect"); err != nil {
		return fmt.Errorf("statements and log are counted by PostgreSQL's contributed modules: %w", err)
	}
	t := b.table("Purchases at the store alone, from a checkpoint on", "buyers", "purchases/s", "p50 ms", "p95 ms",
		"errors", "PostgreSQL CPU ms", "bytes of log", "of these bytes of page images")
	var n float64                                              // purchases of the last level
	for level, buyers := range append([]int{8}, b.levels...) { // the first warms up
		for _, statement := range []string{"CHECKPOINT", "SELECT pg_stat_statements_reset(), pg_stat_reset_shared('wal')"} {
			if _, err := b.store.Pool().Exec(ctx, statement); err != nil {
				return err
			}
		}
		var from string
		if err := b.store.Pool().QueryRow(ctx, "SELECT pg_current_wal_insert_lsn()").Scan(&from); err != nil {
			return err
		}
		before := cpuSeconds(stackPID("POSTGRES"))
		stop := c.keepUp(ctx)
		r := closedLoop(ctx, buyers, b.duration, func(i, round int) ([len(steps)]time.Duration, error) {
			n := i + round*buyers
			return c.buy(ctx, c.buyers[n%len(c.buyers)], c.products[(n*17)%len(c.products)], level<<40+n)
		})
		if err := stop(); err != nil {
			return err
		}
		if len(r.errors) > 0 {
			return r.errors[0]
		}
		if level == 0 {
			continue
		}
		n = float64(len(r.took))
		cpu := 1000 * (cpuSeconds(stackPID("POSTGRES")) - before) / n
		var bytes, images float64
		if err := b.store.Pool().QueryRow(ctx, `SELECT sum(combined_size)::float8, sum(fpi_size)::float8
			FROM pg_get_wal_stats($1::text::pg_lsn, pg_current_wal_flush_lsn())`, from).Scan(&bytes, &images); err != nil {
			return err
		}
		t.row(buyers, r.rate(), percentile(r.took, 0.5), percentile(r.took, 0.95), len(r.errors), cpu, bytes/n,
			images/n)
	}
	t.print()
	return b.statements(ctx, n)
}

// snapshotRate is how many purchases begin in a second while a snapshot is held.
const snapshotRate = 30

// snapshot compares purchases at the store before and while a snapshot is held, which keeps PostgreSQL from clearing
// away what each of them has changed.
func (b *bench) snapshot(ctx context.Context) error {
	c, err := openCounter(ctx, b.store)
	if err != nil {
		return err
	}
	stop := c.keepUp(ctx)
	t := b.table(fmt.Sprintf("%d purchases/s at the store, while a snapshot is held from minute 1 on", snapshotRate),
		"minute", "purchases/s", "p50 ms", "p95 ms", "p95 of minute 0", "errors", "PostgreSQL CPU ms")
	var first time.Duration
	holder, err := pgx.Connect(ctx, b.database) // the store's own connections may not hold one for long
	if err != nil {
		return err
	}
	defer holder.Close(context.WithoutCancel(ctx))
	if _, err := b.store.Pool().Exec(ctx, "CREATE EXTENSION IF NOT EXISTS pg_stat_statements"); err != nil {
		return err
	}
	var early, late map[string]statement
	for minute := 0; minute <= b.minutes && ctx.Err() == nil; minute++ {
		if _, err := b.store.Pool().Exec(ctx, "SELECT pg_stat_statements_reset()"); err != nil {
			return err
		}
		before := cpuSeconds(stackPID("POSTGRES"))
		r := openLoop(ctx, snapshotRate, time.Minute, func(i int) ([len(steps)]time.Duration, error) {
			return c.buy(ctx, c.buyers[i%len(c.buyers)], c.products[(i*17)%len(c.products)], minute<<24+i)
		})
		p95 := percentile(r.took, 0.95)
		if late, err = b.counted(ctx); err != nil {
			return err
		}
		if minute == 0 {
			first, early = p95, late
			if _, err := holder.Exec(ctx, "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT FROM orders LIMIT 1"); err != nil {
				return err
			}
		}
		t.row(minute, r.rate(), percentile(r.took, 0.5), p95, float64(p95)/float64(first), len(r.errors),
			1000*(cpuSeconds(stackPID("POSTGRES"))-before)/float64(max(1, len(r.took))))
		fmt.Fprintf(os.Stderr, "minute %d of %d: %.1f purchases/s, p95 %s, errors %v\n", minute, b.minutes, r.rate(),
			p95,
			r.errors[:min(len(r.errors), 1)])
	}
	t.print()
	t = b.table("Statements that take longer in the last minute", "statement", "calls", "ms in minute 0",
		"ms in the last")
	const least = 100 // milliseconds
	for _, name := range slices.Sorted(maps.Keys(late)) {
		if s := late[name]; s.Millis > early[name].Millis+least {
			t.row(s.Query, s.Calls, early[name].Millis, s.Millis)
		}
	}
	t.print()
	if err := stop(); err != nil {
		return err
	}
	return ctx.Err()
}
