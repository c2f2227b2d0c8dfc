package e2e

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
)

func TestCheckout(t *testing.T) {
	t.Parallel()
	r := start(t)
	seller := r.seller(t)

	t.Run("ThousandBuyersOneProduct", func(t *testing.T) {
		p := r.product(t, seller.id, 1000_00, 100)
		buyers := r.buyers(t, 1000)
		items := make([]int64, len(buyers))
		for i, b := range buyers {
			items[i] = r.fill(t, b.id, p.ID, 1)
		}
		answers := together(len(buyers), func(i int) *answer {
			for {
				a := buyers[i].post(t, "/orders", buyers[i].order(items[i]))
				switch market.Code(a.Code) {
				case market.CodeRedisLockConflict, market.CodeRedisUnavailable: // the response asks for a retry
				default:
					return a
				}
			}
		})
		require.Equal(t, map[string]int{"201 CREATE_SUCCESS": 100, "409 PRODUCT_OUT_OF_STOCK": 900}, codes(answers))
		require.EqualValues(t, 0, r.stock(t, p.ID))
		require.Equal(t, 100, r.count(t, "SELECT sum(quantity) FROM order_items WHERE product_id = $1", p.ID))
		require.Equal(t, 900, r.count(t, "SELECT count(*) FROM cart_items WHERE product_id = $1", p.ID),
			"a refused checkout keeps its cart")
		r.verify(t)
	})

	t.Run("WhatHasChanged_IsMarkedInTheCartAndNamedByTheRefusal", func(t *testing.T) {
		b := r.buyers(t, 1)[0]
		p := r.product(t, seller.id, 1_000_00, 5)
		item := r.fill(t, b.id, p.ID, 3)
		order := b.order(item)
		for _, c := range []struct {
			change, reason string
			available      float64
			refusal        string
			named          string
		}{
			{"stock = 2", "OUT_OF_STOCK", 2, "409 PRODUCT_OUT_OF_STOCK", p.Name},
			{"status = 'HIDDEN'", "HIDDEN", 0, "404 INVALID_ORDER_PRODUCT", p.Name},
			{"status = 'BLOCKED', blocked_reason = 'r'", "BLOCKED", 0, "404 INVALID_ORDER_PRODUCT", p.Name},
			{"status = 'SUSPENDED'", "BLOCKED", 0, "404 INVALID_ORDER_PRODUCT", p.Name},
			{"deleted_at = now()", "DELETED", 0, "404 INVALID_ORDER_PRODUCT", p.Name},
			{"price = 1200", "", 5, "409 PRICE_CHANGED", "3600.00"},
			{"price = 1000", "", 5, "201 CREATE_SUCCESS", ""},
		} {
			_, err := r.store.Pool().Exec(t.Context(), `UPDATE products SET status = 'ON_SALE', blocked_reason = NULL,
				deleted_at = NULL, stock = 5 WHERE id = $1`, p.ID)
			require.NoError(t, err)
			_, err = r.store.Pool().Exec(t.Context(), "UPDATE products SET "+c.change+" WHERE id = $1", p.ID)
			require.NoError(t, err)
			shown := b.get(t, "/carts").field("items").(map[string]any)["content"].([]any)[0].(map[string]any)
			require.Equal(t, c.reason == "", shown["orderable"], c)
			require.InDelta(t, c.available, shown["available"], 0, c)
			if c.reason != "" {
				require.Equal(t, c.reason, shown["reason"])
			}
			order["expectedTotal"] = 3000.0
			a := b.insist(t, "/orders", order)
			require.Equal(t, c.refusal, statusCode(a), c)
			require.Contains(t, a.Message, c.named)
		}
	})

	t.Run("CartsOverTheSameProductsInRandomOrder", func(t *testing.T) {
		const carts, kinds, stock = 200, 20, 1000
		products := make([]market.Product, kinds)
		for i := range products {
			products[i] = r.product(t, seller.id, market.Money(100*(i+1)), stock)
		}
		buyers := r.buyers(t, carts)
		bodies := make([]map[string]any, carts)
		for i, b := range buyers {
			var items []int64
			for _, n := range rand.Perm(kinds) {
				items = append(items, r.fill(t, b.id, products[n].ID, 1))
			}
			bodies[i] = b.order(items...)
		}
		answers := together(carts, func(i int) *answer { return buyers[i].insist(t, "/orders", bodies[i]) })
		require.Equal(t, map[string]int{"201 CREATE_SUCCESS": carts}, codes(answers))
		for _, p := range products {
			require.EqualValues(t, stock-carts, r.stock(t, p.ID))
		}
	})

	t.Run("TheSameCheckoutFiftyTimes", func(t *testing.T) {
		for _, header := range [][]string{nil, {"Idempotency-Key", "checkout-0001"}} {
			p := r.product(t, seller.id, 1000_00, 100)
			b := r.buyers(t, 1)[0]
			body := b.order(r.fill(t, b.id, p.ID, 2))
			answers := together(50, func(int) *answer { return b.insist(t, "/orders", body, header...) })
			require.Equal(t, map[string]int{"201 CREATE_SUCCESS": 50}, codes(answers))
			for _, a := range answers {
				require.Equal(t, answers[0].id("orderId"), a.id("orderId"))
			}
			require.EqualValues(t, 98, r.stock(t, p.ID))
			again := b.post(t, "/orders", body, header...)
			require.Equal(t, answers[0].id("orderId"), again.id("orderId"))
			if header != nil {
				require.Equal(t, "true", again.header.Get("Idempotent-Replayed"))
				other := b.post(t, "/orders", b.order(r.fill(t, b.id, p.ID, 1)), header...)
				require.Equal(t, 422, other.Status)
				require.Equal(t, "IDEMPOTENCY_KEY_REUSED", other.Code)
			}
		}
	})

	t.Run("OverlappingCheckouts", func(t *testing.T) {
		// Different checkouts that share an item: one wins, the other is refused whole.
		for range 20 {
			p, q := r.product(t, seller.id, 100, 10), r.product(t, seller.id, 100, 10)
			b := r.buyers(t, 1)[0]
			shared, own := r.fill(t, b.id, p.ID, 1), r.fill(t, b.id, q.ID, 1)
			bodies := []map[string]any{b.order(shared), b.order(own, shared)}
			answers := together(2, func(i int) *answer { return b.insist(t, "/orders", bodies[i]) })
			require.Equal(t, map[string]int{"201 CREATE_SUCCESS": 1, "404 INVALID_ORDER_CART_ITEMS": 1}, codes(answers))
			require.EqualValues(t, 9, r.stock(t, p.ID))
		}
	})

	t.Run("Refusals", func(t *testing.T) {
		b, stranger := r.buyers(t, 2)[0], r.buyers(t, 1)[0]
		p := r.product(t, seller.id, 500, 3)
		item := r.fill(t, b.id, p.ID, 3)
		foreign := r.fill(t, stranger.id, p.ID, 1)
		for _, c := range []struct {
			name   string
			body   map[string]any
			status int
			code   string
		}{
			{"another buyer's item", b.order(item, foreign), 404, "INVALID_ORDER_CART_ITEMS"},
			{"an item twice", b.order(item, item), 404, "INVALID_ORDER_CART_ITEMS"},
			{"an unknown item", b.order(item, 1<<40), 404, "INVALID_ORDER_CART_ITEMS"},
			{
				"another buyer's address", map[string]any{"cartItemIds": []int64{item}, "addressId": stranger.addressID}, 404,
				"ADDRESS_NOT_FOUND",
			},
			{"no item", b.order(), 400, "INVALID_INPUT"},
			{"no address", map[string]any{"cartItemIds": []int64{item}}, 400, "INVALID_INPUT"},
			{"a negative id", b.order(-1), 400, "INVALID_INPUT"},
		} {
			a := b.post(t, "/orders", c.body)
			require.Equal(t, fmt.Sprintf("%d %s", c.status, c.code), fmt.Sprintf("%d %s", a.Status, a.Code), c.name)
		}
		require.EqualValues(t, 3, r.stock(t, p.ID), "a refused checkout takes nothing")

		require.Equal(t, 201, stranger.post(t, "/orders", stranger.order(foreign)).Status)
		require.Equal(t, "PRODUCT_OUT_OF_STOCK", b.post(t, "/orders", b.order(item)).Code,
			"2 are left of the 3 in the cart")
		require.Equal(t, 200,
			seller.put(t, fmt.Sprintf("/seller/products/%d", p.ID), map[string]string{"status": "HIDDEN"}).Status)
		require.Equal(t, "INVALID_ORDER_PRODUCT", b.post(t, "/orders", b.order(item)).Code)
	})

	t.Run("ReadsOwnOrdersOnly", func(t *testing.T) {
		people := r.buyers(t, 2)
		p := r.product(t, seller.id, 12900_00, 10)
		a := people[0].post(t, "/orders", people[0].order(r.fill(t, people[0].id, p.ID, 2)))
		require.Equal(t, 25800.0, a.field("totalAmount"))
		require.Contains(t, string(a.Data), `"totalAmount":25800.00`, "amounts have two decimals")
		path := fmt.Sprintf("/orders/%d", a.id("orderId"))
		detail := people[0].get(t, path)
		require.Len(t, detail.field("items"), 1)
		require.Equal(t, "ORDER_NOT_FOUND", people[1].get(t, path).Code)
		list := people[0].get(t, "/orders?status=CREATED&page=0&size=20")
		require.Len(t, list.field("content"), 1)
		require.Empty(t, people[0].get(t, "/orders?status=PAID").field("content"))
	})
	r.verify(t)
}
