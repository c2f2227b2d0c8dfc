package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/all-in-market/market/internal/market"
)

// flashBuyers compete for one of flashStock pieces each.
const (
	flashBuyers = 1000
	flashStock  = 100
	hotBuyers   = 64
)

// sales measures what a crowd on one product does to itself and to others.
func (b *bench) sales(ctx context.Context) error {
	p, sh, err := b.openMarket(ctx)
	if err != nil {
		return err
	}
	defer p.stop()
	if r := sh.closedLoop(ctx, 8, 5*time.Second); len(r.errors) > 0 { // warm up
		return r.errors[0]
	}
	if err := b.hotProduct(ctx, sh); err != nil {
		return err
	}
	return b.flashSale(ctx, sh)
}

// hotProduct compares buyers who all buy the same product with buyers of many, and looks at
// what those of other products notice of it.
func (b *bench) hotProduct(ctx context.Context, sh *shop) error {
	hot, others := *sh, *sh
	hot.products, others.products = sh.products[:1], sh.products[1:]
	if err := b.restock(ctx, hot.products[0], 10_000_000); err != nil {
		return err
	}
	apart := others.closedLoop(ctx, hotBuyers, b.duration)
	together := hot.closedLoop(ctx, hotBuyers, b.duration)
	var beside, quiet *result
	var wg sync.WaitGroup
	others.buyers = sh.buyers[hotBuyers:]
	wg.Go(func() { hot.closedLoop(ctx, hotBuyers/2, b.duration) })
	wg.Go(func() { beside = others.closedLoop(ctx, hotBuyers/2, b.duration) })
	wg.Wait()
	mixed := others
	mixed.buyers = sh.buyers
	quiet = mixed.closedLoop(ctx, hotBuyers, b.duration)
	t := b.table("A hot product", "buyers", "of", "purchases/s", "p50 ms", "p95 ms", "p99 ms", "errors")
	for _, r := range []struct {
		of     string
		buyers int
		*result
	}{
		{"many products", hotBuyers, apart}, {"one product", hotBuyers, together},
		{"many products, beside as many of one", hotBuyers / 2, beside}, {"many products, again", hotBuyers, quiet},
	} {
		t.row(r.buyers, r.of, r.rate(), percentile(r.took, 0.5), percentile(r.took, 0.95), percentile(r.took, 0.99),
			len(r.errors))
	}
	t.print()
	fmt.Printf("\nOne product of many: %.2f\n", together.rate()/((apart.rate()+quiet.rate())/2))
	return nil
}

// restock sets a product's stock.
func (b *bench) restock(ctx context.Context, productID int64, stock int) error {
	_, err := b.store.Pool().Exec(ctx,
		`WITH moved AS (INSERT INTO stock_movements (product_id, kind, stock, reserved, cause_id)
			SELECT id, 'SET', $2 - stock, 0, NULL FROM products WHERE id = $1)
		UPDATE products SET stock = $2 WHERE id = $1`, productID, stock)
	return err
}

// flashSale lets a thousand buyers order and pay one of a hundred pieces at once.
func (b *bench) flashSale(ctx context.Context, sh *shop) error {
	product := sh.products[1]
	if err := b.restock(ctx, product, flashStock); err != nil {
		return err
	}
	if len(sh.buyers) < flashBuyers {
		return fmt.Errorf("the flash sale needs %d buyers, seeded are %d", flashBuyers, len(sh.buyers))
	}
	var mu sync.Mutex
	var took []time.Duration
	var bought, soldOut int
	var failed error
	var wg sync.WaitGroup
	started := time.Now()
	for _, buyer := range sh.buyers[:flashBuyers] {
		wg.Go(func() {
			began := time.Now()
			_, err := sh.buy(ctx, buyer, product)
			mu.Lock()
			defer mu.Unlock()
			took = append(took, time.Since(began))
			switch {
			case err == nil:
				bought++
			case strings.Contains(err.Error(), string(market.CodeProductOutOfStock)):
				soldOut++
			default:
				failed = errors.Join(failed, err)
			}
		})
	}
	wg.Wait()
	length := time.Since(started)
	if failed != nil {
		return fmt.Errorf("flash sale: %w", failed)
	}
	var left int
	if err := b.store.Pool().QueryRow(ctx, "SELECT stock FROM products WHERE id = $1", product).Scan(&left); err != nil {
		return err
	}
	t := b.table(fmt.Sprintf("A flash sale: %d buyers at the same moment", flashBuyers), "pieces", "bought", "sold out",
		"left", "seconds until all know", "p50 ms", "p99 ms")
	t.row(flashStock, bought, soldOut, left, length.Seconds(), percentile(took, 0.5), percentile(took, 0.99))
	t.print()
	return nil
}
