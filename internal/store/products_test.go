package store_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/testrig"
)

// Also when two files name the same products in another order,
// and never another seller's.
func TestChangeProducts_OneFails_ChangesNothing(t *testing.T) {
	t.Parallel()
	ctx, shop := context.Background(), testrig.NewShop(t, 2, time.Now)
	seller := market.SellerID(shop.SellerIDs[0])
	var up []store.ChangedProduct
	for range 20 {
		p, err := shop.CreateProduct(ctx, market.Product{
			SellerID: int64(seller), CategoryID: int64(shop.Number(t, "SELECT min(id) FROM categories")), Name: "p",
			Description: "d", Price: 100, Stock: 1,
		})
		require.NoError(t, err)
		price, pieces := market.Money(200), int32(2)
		up = append(up, store.ChangedProduct{ID: p.ID,
			ProductChange: store.ProductChange{Price: &price, OnHand: &pieces}})
	}
	down := slices.Clone(up)
	slices.Reverse(down)
	price, pieces := market.Money(300), int32(3)
	for i := range down {
		down[i].Price, down[i].OnHand = &price, &pieces
	}
	var both sync.WaitGroup
	for _, changes := range [][]store.ChangedProduct{up, down} {
		both.Go(func() {
			for range 25 {
				if changed, _, err := shop.ChangeProducts(ctx, seller, changes); err != nil ||
					len(changed) != len(changes) {
					t.Error(err)
				}
			}
		})
	}
	both.Wait()
	require.Equal(t, 1, shop.Number(t,
		"SELECT count(DISTINCT (price, stock)) FROM products WHERE seller_id = $1 AND name = 'p' AND id <> $2", seller,
		shop.ProductIDs[0]), "one file after the other")

	for _, wrong := range []store.ChangedProduct{
		{shop.ProductIDs[1], store.ProductChange{Price: &price}},                         // another's
		{up[3].ID, store.ProductChange{OnHand: &pieces, ExpectedStock: new(int32)}},      // seen at 0
		{up[3].ID, store.ProductChange{Price: &price, ExpectedReserved: new(int32(99))}}, // likewise
	} {
		one := market.Money(1_00)
		_, at, err := shop.ChangeProducts(ctx, seller,
			[]store.ChangedProduct{{up[0].ID, store.ProductChange{Price: &one}}, wrong})
		require.Contains(t, []market.Code{market.CodeProductNotFound, market.CodeDataConflict}, market.CodeOf(err))
		require.Equal(t, 1, at)
		require.Zero(t, shop.Number(t, "SELECT count(*) FROM products WHERE price = 1"))
	}
}

// It races a seller's changes with the loss of the
// seller's approval.
func TestUpdateProduct_SellerIsRejectedMeanwhile_StaysOffSale(t *testing.T) {
	t.Parallel()
	shop := testrig.NewShop(t, 1, nil)
	s, ctx, seller, onSale := shop.Store, t.Context(), shop.SellerIDs[0], string(market.ProductOnSale)
	for range 20 {
		_, err := s.SetSellerStatus(ctx, seller, market.SellerApproved, false, "")
		require.NoError(t, err)
		var all sync.WaitGroup
		for _, product := range shop.ProductIDs {
			all.Go(func() {
				_, err := s.UpdateProduct(ctx, market.SellerID(seller), product, store.ProductChange{Status: &onSale})
				if err != nil && market.CodeOf(err) != market.CodeTokenInvalid {
					t.Error(err)
				}
			})
		}
		all.Go(func() {
			if _, err := s.SetSellerStatus(ctx, seller, market.SellerRejected, false, ""); err != nil {
				t.Error(err)
			}
		})
		all.Wait()
		require.Zero(t, shop.Number(t, "SELECT count(*) FROM products WHERE status = 'ON_SALE'"))
	}
	_, err := s.CreateProduct(ctx, market.Product{SellerID: seller, CategoryID: 1, Name: "p", Price: 1_00, Stock: 1})
	refused(t, market.CodeTokenInvalid, err)
	_, err = s.DeleteProduct(ctx, market.SellerID(seller), shop.ProductIDs[0])
	refused(t, market.CodeTokenInvalid, err)
}
