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
			ProductChange: market.ProductChange{Price: &price, OnHand: &pieces}})
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
		{shop.ProductIDs[1], market.ProductChange{Price: &price}},                         // another's
		{up[3].ID, market.ProductChange{OnHand: &pieces, ExpectedStock: new(int32)}},      // seen at 0
		{up[3].ID, market.ProductChange{Price: &price, ExpectedReserved: new(int32(99))}}, // likewise
	} {
		one := market.Money(1_00)
		_, at, err := shop.ChangeProducts(ctx, seller,
			[]store.ChangedProduct{{up[0].ID, market.ProductChange{Price: &one}}, wrong})
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
				_, err := s.UpdateProduct(ctx, market.SellerID(seller), product, market.ProductChange{Status: &onSale})
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

func TestOrderImages_AllNamedOnce_AreInThatOrder(t *testing.T) {
	t.Parallel()
	s, ctx := testrig.NewShop(t, 2, nil), t.Context()
	own, product := market.SellerID(s.SellerIDs[0]), s.ProductIDs[0]
	ids := map[string]int64{}
	for i, key := range []string{"a", "b", "c"} {
		require.NoError(t, s.AnnounceObject(ctx, key))
		added, err := s.AddImage(ctx, own, product, store.Image{ObjectKey: key})
		require.NoError(t, err)
		require.EqualValues(t, i, *added.SortOrder, "it is the last")
		ids[key] = added.ID
	}
	order := func() (keys string) {
		list, err := s.Images(ctx, product)
		require.NoError(t, err)
		for i, image := range list {
			require.Equal(t, i == 0, image.Representative)
			keys += image.ObjectKey
		}
		return keys
	}
	for _, want := range []string{"cab", "bca", "abc"} {
		require.NoError(t, s.OrderImages(ctx, own, product,
			[]int64{ids[want[0:1]], ids[want[1:2]], ids[want[2:3]]}))
		require.Equal(t, want, order())
	}
	for _, wrong := range [][]int64{
		{ids["b"]}, {ids["b"], ids["a"]}, {ids["b"], ids["a"], ids["a"]}, {ids["b"], ids["a"], 999},
		{ids["b"], ids["a"], ids["c"], 999}, {ids["b"], ids["a"], ids["c"], ids["c"]},
	} {
		refused(t, market.CodeDataConflict, s.OrderImages(ctx, own, product, wrong))
		require.Equal(t, "abc", order(), "nothing is changed")
	}
	refused(t, market.CodeForbidden, s.OrderImages(ctx, market.SellerID(s.SellerIDs[1]), product, nil))
	refused(t, market.CodeProductNotFound, s.OrderImages(ctx, own, 999, nil))
}

func TestSellerProducts_Filter_FindsOwnOnesOnly(t *testing.T) {
	t.Parallel()
	s, ctx := testrig.NewShop(t, 2, nil), t.Context()
	own := market.SellerID(s.SellerIDs[0])
	second, err := s.CreateCategory(ctx, "second", 2)
	require.NoError(t, err)
	hidden := market.ProductHidden
	for _, name := range []string{"chair", "table"} {
		p, err := s.CreateProduct(ctx, market.Product{
			SellerID: int64(own), CategoryID: second.ID, Name: name, Description: "d", Price: 100,
		})
		require.NoError(t, err)
		if name == "table" {
			_, err = s.UpdateProduct(ctx, own, p.ID, market.ProductChange{Status: new(string(hidden))})
			require.NoError(t, err)
		}
	}
	_, err = s.UpdateProduct(ctx, market.SellerID(s.SellerIDs[1]), s.ProductIDs[1],
		market.ProductChange{Name: new("chair"), CategoryID: &second.ID})
	require.NoError(t, err)
	for _, c := range []struct {
		filter store.ProductFilter
		want   []string
	}{
		{store.ProductFilter{}, []string{"table", "chair", "p"}},
		{store.ProductFilter{CategoryID: second.ID}, []string{"table", "chair"}},
		{store.ProductFilter{Keyword: "HAI"}, []string{"chair"}},
		{store.ProductFilter{Keyword: "d"}, []string{"table", "chair", "p"}}, // of the description
		{store.ProductFilter{Status: &hidden}, []string{"table"}},
		{store.ProductFilter{LowStock: true}, []string{"table", "chair"}},
		{store.ProductFilter{LowStock: true, Status: &hidden, Keyword: "d"}, []string{"table"}},
		{store.ProductFilter{Status: &hidden, Keyword: "chair"}, nil},
		{store.ProductFilter{Status: &hidden, CategoryID: second.ID, Keyword: "tab"}, []string{"table"}},
	} {
		page, err := s.SellerProducts(ctx, own, c.filter, market.PageRequest{Size: 10})
		require.NoError(t, err)
		var names []string
		for _, p := range page.Content {
			names = append(names, p.Name)
			require.NotNil(t, p.Reserved)
		}
		require.Equal(t, c.want, names, "%+v", c.filter)
		require.EqualValues(t, len(c.want), page.TotalElements)
	}
}

func TestStoreOfProduct_Visible_IsItsSeller(t *testing.T) {
	t.Parallel()
	s, ctx := testrig.NewShop(t, 2, nil), t.Context()
	got, err := s.StoreOfProduct(ctx, s.ProductIDs[1])
	require.NoError(t, err)
	require.Equal(t, market.StoreInfo{
		StoreName: "s", Name: "s", BizNumber: "1", Phone: "1", Email: "s1@example.com",
	}, got)
	_, err = s.UpdateProduct(ctx, market.SellerID(s.SellerIDs[1]), s.ProductIDs[1],
		market.ProductChange{Status: new("HIDDEN")})
	require.NoError(t, err)
	_, err = s.StoreOfProduct(ctx, s.ProductIDs[1])
	refused(t, market.CodeProductNotFound, err)
}
