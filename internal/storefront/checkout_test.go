package storefront

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/workflows"
)

// checkouts is a store and an engine that answer checkouts with fixed outcomes, and count them.
type checkouts struct {
	fixture

	refusal             error // of the workflow
	canOrder            error
	started, prechecked int
}

func (c *checkouts) CanOrder(context.Context, store.Checkout) error {
	c.prechecked++
	return c.canOrder
}

func (c *checkouts) Checkout(context.Context, workflows.CheckoutInput) (workflows.CheckoutResult, error) {
	c.started++
	return workflows.CheckoutResult{OrderID: 7}, c.refusal
}

func TestOrder_ProductIsSellingOut_IsPrecheckedForASecond(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &checkouts{}
		front := &Service{Store: s, Workflows: s}
		order := func() market.Code {
			_, err := front.Order(t.Context(), 1, "", OrderRequest{CartItemIDs: []int64{1}, AddressID: 4})
			return market.CodeOf(err)
		}
		outOfStock := market.RefuseWith(market.CodeProductOutOfStock, market.DetailStockChanged, 3)

		require.Empty(t, order())
		require.Zero(t, s.prechecked, "no checkout was refused before")
		s.refusal, s.canOrder = market.Refuse(market.CodeProductOutOfStock), outOfStock
		require.Equal(t, market.CodeProductOutOfStock, order())
		require.Equal(t, []int{2, 1}, []int{s.started, s.prechecked}, "read for the refusal's details")
		require.Equal(t, market.CodeProductOutOfStock, order())
		require.Equal(t, []int{2, 2}, []int{s.started, s.prechecked}, "no workflow is started")

		s.refusal = nil
		for i, other := range []error{
			nil, market.Refuse(market.CodeAddressNotFound), market.Failed(market.CodeDatabaseUnavailable, nil),
		} {
			s.canOrder = other
			require.Empty(t, order(), other)
			require.Equal(t, []int{3 + i, 3 + i}, []int{s.started, s.prechecked}, other)
		}
		time.Sleep(soldOutMemory) //nolint:forbidigo // the bubble's clock
		require.Empty(t, order())
		require.Equal(t, []int{6, 5}, []int{s.started, s.prechecked}, "not pre-checked any more")
	})
}

func TestOrder_Refused_HasDetailsWhileItWouldStillBeRefused(t *testing.T) {
	t.Parallel()
	detailed := market.RefuseWith(market.CodePriceChanged, market.DetailFieldInvalid, "price")
	for _, c := range []struct{ canOrder, want error }{
		{detailed, detailed}, {nil, market.Refuse(market.CodePriceChanged)},
		{market.Refuse(market.CodeAddressNotFound), market.Refuse(market.CodePriceChanged)},
	} {
		s := &checkouts{refusal: market.Refuse(market.CodePriceChanged), canOrder: c.canOrder}
		_, err := (&Service{Store: s, Workflows: s}).Order(t.Context(), 1, "", OrderRequest{CartItemIDs: []int64{1}})
		require.Equal(t, c.want, err)
	}
}
