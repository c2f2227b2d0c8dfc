package store_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/testrig"
)

func TestBestProducts_PaidOrders_RankWhatIsOnSale(t *testing.T) {
	t.Parallel()
	ctx, shop := t.Context(), testrig.NewShop(t, 4, time.Now)
	least, most, unpaid, hidden := shop.ProductIDs[0], shop.ProductIDs[1], shop.ProductIDs[2], shop.ProductIDs[3]
	shop.Sell(t, "buyer-a", least, most)
	shop.Sell(t, "buyer-b", most, hidden)
	shop.Place(t, "buyer-c", unpaid)
	_, err := shop.Pool().Exec(ctx, "UPDATE products SET status = 'HIDDEN' WHERE id = $1", hidden)
	require.NoError(t, err)
	sold := func(limit int32) (all [][2]int64) {
		best, err := shop.BestProducts(ctx, limit)
		require.NoError(t, err)
		for _, p := range best {
			all = append(all, [2]int64{p.ID, p.Sold})
		}
		return all
	}
	require.Equal(t, [][2]int64{{most, 3}, {least, 1}}, sold(10))
	require.Equal(t, [][2]int64{{most, 3}}, sold(1))
}

func TestOrderTitles_EachOrder_HasItsFirstProduct(t *testing.T) {
	t.Parallel()
	ctx, shop := t.Context(), testrig.NewShop(t, 2, time.Now)
	_, err := shop.Pool().Exec(ctx, "UPDATE products SET name = 'first' WHERE id = $1", shop.ProductIDs[0])
	require.NoError(t, err)
	both, one := shop.Sell(t, "buyer-a", shop.ProductIDs...), shop.Sell(t, "buyer-b", shop.ProductIDs[0])
	titles, err := shop.OrderTitles(ctx, []int64{both, one, 999_999})
	require.NoError(t, err)
	first := shop.ProductIDs[0]
	require.Equal(t, map[int64]store.OrderTitle{
		both: {ProductID: first, Product: "first", Lines: 2}, one: {ProductID: first, Product: "first", Lines: 1},
	}, titles)
}

func TestOrder_Failed_HasItsReason(t *testing.T) {
	t.Parallel()
	ctx, shop := t.Context(), testrig.NewShop(t, 1, time.Now)
	reason := func(order int64) *market.OrderFailure {
		o, err := shop.AnyOrder(ctx, order)
		require.NoError(t, err)
		return o.FailureReason
	}
	cancelled, expired := shop.Place(t, "buyer-a", shop.ProductIDs[0]), shop.Place(t, "buyer-b", shop.ProductIDs[0])
	require.Nil(t, reason(cancelled))
	require.NoError(t, shop.SetOrderStatus(ctx, cancelled, market.OrderFailed, nil))
	require.Equal(t, market.OrderCancelled, *reason(cancelled))
	_, err := shop.Pool().Exec(ctx, "UPDATE orders SET created_at = created_at - interval '31 minutes' WHERE id = $1",
		expired)
	require.NoError(t, err)
	_, err = shop.ExpireOrders(ctx)
	require.NoError(t, err)
	require.Equal(t, market.OrderExpired, *reason(expired))
}

func TestStoreNames_Sellers_AreNamed(t *testing.T) {
	t.Parallel()
	ctx, shop := t.Context(), testrig.NewShop(t, 1, time.Now)
	_, err := shop.Pool().Exec(ctx, "UPDATE sellers SET store_name = 'a store' WHERE id = $1", shop.SellerIDs[0])
	require.NoError(t, err)
	names, err := shop.StoreNames(ctx, []int64{shop.SellerIDs[0], 999_999})
	require.NoError(t, err)
	require.Equal(t, map[int64]string{shop.SellerIDs[0]: "a store"}, names)

	_, err = shop.AddToCart(ctx, market.BuyerID(shop.BuyerID), shop.ProductIDs[0], 1, market.PageRequest{Size: 1})
	require.NoError(t, err)
	cart, err := shop.Cart(ctx, market.BuyerID(shop.BuyerID), market.PageRequest{Size: 10})
	require.NoError(t, err)
	require.Equal(t, shop.SellerIDs[0], cart.Items.Content[0].SellerID)
	require.Equal(t, "a store", cart.Items.Content[0].StoreName)
}

func TestCategoryProducts_Keyword_FindsThoseOfTheCategory(t *testing.T) {
	t.Parallel()
	ctx, shop := t.Context(), testrig.NewShop(t, 3, time.Now)
	other, err := shop.CreateCategory(ctx, "other", 2)
	require.NoError(t, err)
	here, elsewhere, unlike := shop.ProductIDs[0], shop.ProductIDs[1], shop.ProductIDs[2]
	for id, name := range map[int64]string{here: "oak chair", elsewhere: "ash chair", unlike: "table"} {
		_, err := shop.Pool().Exec(ctx, "UPDATE products SET name = $2, category_id = $3 WHERE id = $1", id, name, other.ID)
		require.NoError(t, err)
	}
	_, err = shop.Pool().Exec(ctx, "UPDATE products SET category_id = (SELECT min(id) FROM categories) WHERE id = $1",
		elsewhere)
	require.NoError(t, err)
	for _, keyword := range []string{"CHAIR", "ch"} { // with and without a trigram
		found, err := shop.Products(ctx, store.CatalogueFilter{CategoryID: other.ID, Keyword: keyword},
			market.PageRequest{Size: 10})
		require.NoError(t, err)
		require.Len(t, found.Content, 1, keyword)
		require.Equal(t, here, found.Content[0].ID)
	}
	_, err = shop.Products(ctx, store.CatalogueFilter{CategoryID: other.ID},
		market.PageRequest{Size: 10, Sort: market.SortName})
	refused(t, market.CodeInvalidInput, err)
}

func TestProducts_SoldOut_ComeLastInEachOrder(t *testing.T) {
	t.Parallel()
	ctx, shop := t.Context(), testrig.NewShop(t, 4, time.Now) // the prices ascend
	sold := shop.ProductIDs[1]
	seller := market.SellerID(shop.SellerIDs[1])
	_, err := shop.UpdateProduct(ctx, seller, sold, market.ProductChange{Stock: new(int32(0))})
	require.NoError(t, err)
	ids := func(f store.CatalogueFilter, then market.SortField) (found []int) {
		request := market.PageRequest{Size: 3, Sort: market.SortSoldOut, Then: []market.SortField{then}}
		for { // by cursor, across the border
			page, err := shop.Products(ctx, f, request)
			require.NoError(t, err)
			for _, p := range page.Content {
				found = append(found, slices.Index(shop.ProductIDs, p.ID))
			}
			if page.NextCursor == nil {
				return found
			}
			request = market.PageRequest{Size: 3, Cursor: *page.NextCursor}
		}
	}
	all, byPrice := store.CatalogueFilter{}, market.SortField{Field: market.SortPrice}
	require.Equal(t, []int{0, 2, 3, 1}, ids(all, byPrice))
	require.Equal(t, []int{3, 2, 0, 1}, ids(all, market.SortField{Field: market.SortPrice, Desc: true}))
	require.Equal(t, []int{3, 2, 0, 1}, ids(all, market.SortField{Field: market.SortCreatedAt, Desc: true}))
	from, to := market.Money(1_010_00), market.Money(1_013_00)
	require.Equal(t, []int{2, 1}, ids(store.CatalogueFilter{PriceFrom: &from, PriceTo: &to}, byPrice))
	require.Equal(t, []int{2, 3, 1}, ids(store.CatalogueFilter{PriceFrom: &from, Keyword: "P"}, byPrice))
	_, err = shop.UpdateProduct(ctx, seller, sold, market.ProductChange{Stock: new(int32(1))})
	require.NoError(t, err)
	require.Equal(t, []int{0, 1, 2, 3}, ids(all, byPrice), "it is in stock again")
}
