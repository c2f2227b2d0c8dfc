package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"
)

// sell has a seller ship and deliver what was bought, and change stock and prices, until ctx ends.
func (t *clients) sell(ctx context.Context, place int, r *rand.Rand) {
	seller := t.sellers[place]
	var own []product
	for _, p := range t.products {
		if p.seller == place {
			own = append(own, p)
		}
	}
	var sent []int64 // lines that can be delivered
	for pause(ctx, time.Duration(100+r.IntN(400))*time.Millisecond) {
		switch r.IntN(8) {
		case 0, 1, 2:
			sent = append(sent, t.ship(ctx, seller, r)...)
		case 3, 4:
			if len(sent) > 0 {
				t.deliver(ctx, seller, r, sent[0])
				sent = sent[1:]
			}
		case 5, 6:
			t.setStock(ctx, seller, r, own[r.IntN(len(own))])
		case 7:
			t.setPrice(ctx, seller, r, own[r.IntN(len(own))])
		}
	}
}

// ship sends some of the lines that wait for it, and returns those.
func (t *clients) ship(ctx context.Context, seller account, r *rand.Rand) (sent []int64) {
	a, err := t.ask(ctx, r, request{who: seller, method: http.MethodGet,
		path: "/seller/orderitems?status=PAID&size=20"})
	if err != nil || !a.ok() {
		return nil
	}
	var page struct {
		Content []struct {
			ID        int64
			ShippedAt *string
		}
	}
	a.into(&page)
	for _, line := range page.Content {
		if line.ShippedAt != nil || r.IntN(4) > 0 {
			continue
		}
		if _, ok := t.do(ctx, r, "ship", request{
			who: seller, method: http.MethodPut, path: fmt.Sprintf("/seller/orderitems/%d/ship", line.ID),
			body: map[string]any{"carrier": "c", "trackingNumber": fmt.Sprint("t", line.ID)},
		}); ok {
			t.note(func(p *promises) { p.shipped[line.ID] = true })
			sent = append(sent, line.ID)
		}
	}
	return sent
}

func (t *clients) deliver(ctx context.Context, seller account, r *rand.Rand, line int64) {
	if _, ok := t.do(ctx, r, "deliver", request{
		who: seller, method: http.MethodPut, path: fmt.Sprintf("/seller/orderitems/%d/deliver", line),
	}); ok {
		t.note(func(p *promises) { p.delivered[line] = true })
	}
}

// setStock sets a product's stock: the pieces that can be ordered, or, as a compare-and-set, those on hand.
func (t *clients) setStock(ctx context.Context, seller account, r *rand.Rand, p product) {
	pieces := 90_000 + r.IntN(20_000)
	if p.scarce {
		pieces = r.IntN(60)
	}
	path := fmt.Sprintf("/seller/products/%d", p.id)
	if r.IntN(2) == 0 {
		t.do(ctx, r, "set the stock", request{
			who: seller, method: http.MethodPut, path: path + "/stock", body: map[string]any{"stock": pieces},
		})
		return
	}
	a, err := t.ask(ctx, r, request{who: seller, method: http.MethodGet, path: path})
	if err != nil || !a.ok() {
		return
	}
	var now struct{ Stock, Reserved int }
	if a.into(&now); now.Stock == pieces {
		return
	}
	// An answer that was lost makes the repeated request fail, so that each change that was acknowledged is one
	// movement.
	if _, ok := t.do(ctx, r, "set the pieces on hand", request{
		who: seller, method: http.MethodPut, path: path + "/stock",
		body: map[string]any{
			"onHand": now.Reserved + pieces, "expectedStock": now.Stock, "expectedReserved": now.Reserved,
		},
	}); ok {
		t.note(func(promised *promises) { promised.moved[movement{p.id, pieces - now.Stock}]++ })
	}
}

// setPrice sets a product's price. While the request is not answered, either price may be the product's.
func (t *clients) setPrice(ctx context.Context, seller account, r *rand.Rand, p product) {
	price := 500 + 10*r.IntN(300)
	t.note(func(promised *promises) { delete(promised.prices, p.id) })
	if _, ok := t.do(ctx, r, "set the price", request{
		who: seller, method: http.MethodPut, path: fmt.Sprintf("/seller/products/%d", p.id),
		body: map[string]any{"price": price},
	}); ok {
		t.note(func(promised *promises) { promised.prices[p.id] = price })
	}
}
