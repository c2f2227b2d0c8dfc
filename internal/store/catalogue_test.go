package store_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/testrig"
)

// Products of other sellers are forbidden, unknown ones are not found.
func TestProducts_OfAnotherSeller_AreForbidden(t *testing.T) {
	t.Parallel()
	s, ctx := testrig.NewShop(t, 2, nil), t.Context()
	own, other, mine := market.SellerID(s.SellerIDs[0]), market.SellerID(s.SellerIDs[1]), s.ProductIDs[0]
	changed, err := s.UpdateProduct(ctx, own, mine,
		market.ProductChange{Name: pointer("new"), Price: pointer(market.Money(5_00))})
	require.NoError(t, err)
	require.Equal(t, "new", changed.Name)
	require.EqualValues(t, 5_00, changed.Price)
	for _, c := range []struct {
		seller  market.SellerID
		product int64
		code    market.Code
	}{{other, mine, market.CodeForbidden}, {own, 999, market.CodeProductNotFound}} {
		_, err = s.UpdateProduct(ctx, c.seller, c.product, market.ProductChange{Name: pointer("x")})
		refused(t, c.code, err)
		_, err = s.DeleteProduct(ctx, c.seller, c.product)
		refused(t, c.code, err)
		_, err = s.UpdateProduct(ctx, c.seller, c.product, market.ProductChange{OnHand: new(int32(1))})
		refused(t, c.code, err)
		_, err = s.StockMovements(ctx, c.seller, c.product, all)
		refused(t, c.code, err)
		refused(t, c.code, s.CheckOwnProduct(ctx, c.seller, c.product))
	}
	_, err = s.UpdateProduct(ctx, own, mine, market.ProductChange{CategoryID: pointer(int64(99))})
	refused(t, market.CodeCategoryNotFound, err)
	_, err = s.DeleteProduct(ctx, own, mine)
	require.NoError(t, err)
	_, err = s.Product(ctx, mine)
	refused(t, market.CodeProductNotFound, err)
	_, err = s.DeleteProduct(ctx, own, mine)
	refused(t, market.CodeProductNotFound, err)
}

// Products that are on sale; their sellers see the hidden ones too, and
// what is reserved.
func TestProducts_Hidden_AreShownToTheirSellerOnly(t *testing.T) {
	t.Parallel()
	s, ctx := testrig.NewShop(t, 1, nil), t.Context()
	own := market.SellerID(s.SellerIDs[0])
	_, err := s.UpdateProduct(ctx, own, s.ProductIDs[0], market.ProductChange{Status: pointer("HIDDEN")})
	require.NoError(t, err)
	_, err = s.Product(ctx, s.ProductIDs[0])
	refused(t, market.CodeProductNotFound, err)
	mine, err := s.SellerProducts(ctx, own, store.ProductFilter{}, all)
	require.NoError(t, err)
	require.Len(t, mine.Content, 1)
	require.NotNil(t, mine.Content[0].Reserved)
}

// Pieces on hand include the reserved ones.
func TestSetStock_ChangedMeanwhile_IsRefused(t *testing.T) {
	t.Parallel()
	s, ctx := testrig.NewShop(t, 1, nil), t.Context()
	own, id := market.SellerID(s.SellerIDs[0]), s.ProductIDs[0]
	s.Place(t, "one", id)
	set := func(c market.ProductChange) (market.Product, error) { return s.UpdateProduct(ctx, own, id, c) }
	twenty, nine := new(int32(20)), new(int32(9))
	p, err := set(market.ProductChange{OnHand: new(int32(10))})
	require.NoError(t, err)
	require.EqualValues(t, 9, p.Stock, "one of the ten on hand is reserved")
	require.EqualValues(t, 10, *p.OnHand)
	_, err = set(market.ProductChange{OnHand: twenty, ExpectedStock: new(int32(10))})
	refused(t, market.CodeDataConflict, err)
	_, err = set(market.ProductChange{OnHand: twenty, ExpectedStock: nine, ExpectedReserved: new(int32(0))})
	refused(t, market.CodeDataConflict, err)
	p, err = set(market.ProductChange{OnHand: twenty, ExpectedStock: nine, ExpectedReserved: new(int32(1))})
	require.NoError(t, err)
	require.EqualValues(t, 19, p.Stock)
	p, err = set(market.ProductChange{Stock: new(int32(7)), ExpectedStock: new(int32(19))})
	require.NoError(t, err)
	require.EqualValues(t, 7, p.Stock, "what can be ordered, whatever is reserved")
	require.EqualValues(t, 8, *p.OnHand)
	_, err = set(market.ProductChange{OnHand: new(int32(0))})
	refused(t, market.CodeDataConflict, err)
	p, err = set(market.ProductChange{OnHand: new(int32(1))})
	require.NoError(t, err)
	require.Zero(t, p.Stock, "what is reserved cannot be sold again")
	require.EqualValues(t, 1, *p.OnHand)
	moves, err := s.StockMovements(ctx, own, id, all)
	require.NoError(t, err)
	stock, reserved := int32(0), int32(0)
	for _, m := range moves.Content {
		stock, reserved = stock+m.Stock, reserved+m.Reserved
	}
	require.Zero(t, stock)
	require.EqualValues(t, 1, reserved, "the movements say how it came to that")
}

func TestCarts_EachRule_Holds(t *testing.T) {
	t.Parallel()
	const stock = 7
	s, ctx := testrig.NewShop(t, 5, nil), t.Context()
	for i, p := range s.ProductIDs {
		_, err := s.UpdateProduct(ctx, market.SellerID(s.SellerIDs[i]), p,
			market.ProductChange{Stock: new(int32(stock))})
		require.NoError(t, err)
	}
	buyer, r, model := market.BuyerID(s.BuyerID), rand.New(rand.NewPCG(1, 2)), map[int64]int32{}
	for step := range 1000 {
		product, n := s.ProductIDs[r.IntN(len(s.ProductIDs))], int32(1+r.IntN(stock+1))
		var cart market.Cart
		var err error
		var want market.Code
		after := map[int64]int32{}
		for k, v := range model {
			after[k] = v
		}
		switch r.IntN(4) {
		case 0, 1:
			cart, err = s.AddToCart(ctx, buyer, product, n, all)
			if after[product] += n; after[product] > stock {
				want = market.CodeProductOutOfStock
			}
		case 2:
			cart, err = s.SetCartQuantity(ctx, buyer, product, n, all)
			if _, has := model[product]; !has {
				want = market.CodeCartItemsNotFound
			}
			if after[product] = n; n > stock {
				want = market.CodeProductOutOfStock
			}
		case 3:
			cart, err = s.RemoveFromCart(ctx, buyer, product, all)
			delete(after, product)
			if _, has := model[product]; !has {
				want = market.CodeCartItemsNotFound
			}
		}
		require.Equal(t, want, market.CodeOf(err), "step %d", step)
		if err == nil {
			model = after
		} else if cart, err = s.Cart(ctx, buyer, all); market.CodeOf(err) == market.CodeCartNotFound {
			continue
		}
		got := map[int64]int32{}
		for _, i := range cart.Items.Content {
			got[i.ProductID] = i.Quantity
		}
		require.Equal(t, model, got, "step %d", step)
	}
}

// Concurrent buyers buy the existing pieces, and no more.
func TestPlaceOrder_ConcurrentBuyers_SellNoMoreThanTheStock(t *testing.T) {
	t.Parallel()
	s, ctx := testrig.NewShop(t, 1, nil), t.Context()
	_, err := s.UpdateProduct(ctx, market.SellerID(s.SellerIDs[0]), s.ProductIDs[0],
		market.ProductChange{Stock: new(int32(5))})
	require.NoError(t, err)
	type visitor struct {
		id      market.BuyerID
		address int64
		item    int64
	}
	visitors := make([]visitor, 12)
	for i := range visitors {
		id, err := s.CreateBuyer(ctx, store.BuyerSignup{
			Email: market.Email(fmt.Sprintf("v%d@example.com", i)), PasswordHash: "x",
			Name: "v", Phone: "010-1234-5678",
		})
		require.NoError(t, err)
		a, err := s.CreateAddress(ctx, market.BuyerID(id), market.AddressInput{Recipient: "r", Phone: "1", Detail: "d"})
		require.NoError(t, err)
		cart, err := s.AddToCart(ctx, market.BuyerID(id), s.ProductIDs[0], 1, all)
		require.NoError(t, err)
		visitors[i] = visitor{market.BuyerID(id), a.ID, cart.Items.Content[0].ID}
	}
	codes := make([]market.Code, len(visitors))
	var wait sync.WaitGroup
	for i, v := range visitors {
		wait.Go(func() {
			_, err := s.PlaceOrder(ctx, store.Checkout{
				BuyerID: int64(v.id), Key: fmt.Sprint(i), CartItemIDs: []int64{v.item}, AddressID: v.address,
			})
			codes[i] = market.CodeOf(err)
		})
	}
	wait.Wait()
	count := map[market.Code]int{}
	for _, c := range codes {
		count[c]++
	}
	require.Equal(t, map[market.Code]int{"": 5, market.CodeProductOutOfStock: 7}, count)
	s.Verified(t)
}

// A name is there once, and a category that has products stays.
func TestCategories_CreatedAndChanged_AreListed(t *testing.T) {
	t.Parallel()
	s, ctx := testrig.NewShop(t, 1, nil), t.Context()
	_, err := s.CreateCategory(ctx, "c", 2)
	refused(t, market.CodeDataConflict, err)
	books, err := s.CreateCategory(ctx, "books", 0)
	require.NoError(t, err)
	list, err := s.Categories(ctx)
	require.NoError(t, err)
	require.Equal(t, "books", list[0].Name, "in their order")
	changed, err := s.UpdateCategory(ctx, books.ID, pointer("novels"), pointer[int32](3))
	require.NoError(t, err)
	require.Equal(t, "novels", changed.Name)
	changed, err = s.UpdateCategory(ctx, books.ID, nil, pointer[int32](4))
	require.NoError(t, err)
	require.Equal(t, market.Category{ID: books.ID, Name: "novels", SortOrder: 4}, changed)
	changed, err = s.UpdateCategory(ctx, books.ID, pointer("poems"), nil)
	require.NoError(t, err)
	require.Equal(t, market.Category{ID: books.ID, Name: "poems", SortOrder: 4}, changed)
	_, err = s.DeleteCategory(ctx, books.ID)
	require.NoError(t, err)
	_, err = s.DeleteCategory(ctx, books.ID)
	refused(t, market.CodeCategoryNotFound, err)
	_, err = s.UpdateCategory(ctx, books.ID, pointer("x"), nil)
	refused(t, market.CodeCategoryNotFound, err)
}

func TestCountCategoryProducts_OnSale_AreCounted(t *testing.T) {
	t.Parallel()
	s, ctx := testrig.NewShop(t, 3, nil), t.Context()
	empty, err := s.CreateCategory(ctx, "books", 0)
	require.NoError(t, err)
	_, err = s.UpdateProduct(ctx, market.SellerID(s.SellerIDs[0]), s.ProductIDs[0], market.ProductChange{
		Status: pointer(string(market.ProductHidden)),
	})
	require.NoError(t, err)
	counts, err := s.CountCategoryProducts(ctx)
	require.NoError(t, err)
	require.Len(t, counts, 2)
	require.Zero(t, counts[empty.ID])
	delete(counts, empty.ID)
	for _, n := range counts {
		require.EqualValues(t, 2, n)
	}
}

func TestDeleteCategory_WithProducts_IsRefusedWithTheirNumber(t *testing.T) {
	t.Parallel()
	s, ctx := testrig.NewShop(t, 3, nil), t.Context()
	p, err := s.AnyProduct(ctx, s.ProductIDs[0])
	require.NoError(t, err)
	seller := func(i int) market.SellerID {
		p, err := s.AnyProduct(ctx, s.ProductIDs[i])
		require.NoError(t, err)
		return market.SellerID(p.SellerID)
	}
	hidden := string(market.ProductHidden)
	_, err = s.UpdateProduct(ctx, seller(0), s.ProductIDs[0], market.ProductChange{Status: &hidden})
	require.NoError(t, err)
	_, err = s.SetProductBlock(ctx, s.ProductIDs[1], pointer("a fake"))
	require.NoError(t, err)
	_, err = s.DeleteProduct(ctx, seller(2), s.ProductIDs[2])
	require.NoError(t, err)
	_, err = s.DeleteCategory(ctx, p.CategoryID)
	var refusal *market.Error
	require.ErrorAs(t, err, &refusal)
	require.Equal(t, market.RefuseWith(market.CodeCategoryInUse, market.DetailCategoryInUse, "2"), refusal)

	other, err := s.CreateCategory(ctx, "other", 2)
	require.NoError(t, err)
	for i, id := range s.ProductIDs[:2] {
		_, err = s.UpdateProduct(ctx, seller(i), id, market.ProductChange{CategoryID: &other.ID})
		require.NoError(t, err)
	}
	_, err = s.DeleteCategory(ctx, p.CategoryID)
	require.NoError(t, err)
	_, err = s.UpdateProduct(ctx, seller(0), s.ProductIDs[0], market.ProductChange{CategoryID: &p.CategoryID})
	refused(t, market.CodeCategoryNotFound, err)
	_, err = s.Pool().Exec(ctx, "UPDATE products SET category_id = $1 WHERE id = $2", p.CategoryID, s.ProductIDs[0])
	require.ErrorContains(t, err, "is deleted")
	_, err = s.Pool().Exec(ctx, "UPDATE products SET deleted_at = NULL WHERE id = $1", s.ProductIDs[2])
	require.ErrorContains(t, err, "is deleted", "a product is restored into a category that there is")
	s.Verified(t)
	unguarded(t, s, fmt.Sprintf("UPDATE categories SET deleted_at = now() WHERE id = %d", other.ID))
	findings, err := s.Verify(ctx, func(string) {})
	require.NoError(t, err)
	require.Len(t, findings, 2, "one for each product")
}

// It creates products in a category while it is deleted.
func TestDeleteCategory_WhileProductsAreCreated_EitherWins(t *testing.T) {
	t.Parallel()
	s, ctx := testrig.NewShop(t, 1, nil), t.Context()
	first, err := s.AnyProduct(ctx, s.ProductIDs[0])
	require.NoError(t, err)
	const rounds, sellers = 40, 6
	won := map[string]int{}
	for round := range rounds {
		c, err := s.CreateCategory(ctx, fmt.Sprint("c", round), 1)
		require.NoError(t, err)
		start, results := make(chan struct{}), make([]error, sellers+1)
		var wg sync.WaitGroup
		for i := range results {
			wg.Go(func() {
				<-start
				if i == 0 {
					_, results[0] = s.DeleteCategory(ctx, c.ID)
					return
				}
				if i%2 == 0 { // not those that create one, but those that move theirs
					_, results[i] = s.Pool().Exec(ctx, "UPDATE products SET category_id = $1 WHERE id = $2", c.ID, first.ID)
					return
				}
				_, results[i] = s.CreateProduct(ctx, market.Product{
					SellerID: first.SellerID, CategoryID: c.ID, Name: "p", Price: 100, Stock: 1, Description: "d",
				})
			})
		}
		close(start)
		wg.Wait()
		var here int
		require.NoError(t, s.Pool().QueryRow(ctx, "SELECT count(*) FROM products WHERE category_id = $1", c.ID).Scan(&here))
		for i, err := range results[1:] {
			if i%2 == 0 && err != nil {
				refused(t, market.CodeCategoryNotFound, err)
			}
		}
		if results[0] == nil {
			won["deletion"]++
			require.Zero(t, here)
		} else {
			won["product"]++
			refused(t, market.CodeCategoryInUse, results[0])
			require.Positive(t, here)
		}
	}
	t.Log(won)
	s.Verified(t)
}

// The first, then the one that is made to; and there is an
// end to how many there can be.
func TestImages_Cover_IsOne(t *testing.T) {
	t.Parallel()
	s, ctx := testrig.NewShop(t, 2, nil), t.Context()
	own, product := market.SellerID(s.SellerIDs[0]), s.ProductIDs[0]
	add := func(key string, representative bool) (store.Image, error) {
		require.NoError(t, s.AnnounceObject(ctx, key))
		return s.AddImage(ctx, own, product, store.Image{ObjectKey: key, Representative: representative})
	}
	_, err := add("a", false)
	require.NoError(t, err)
	_, err = add("b", true)
	require.NoError(t, err)
	standing := func() (keys []string) {
		list, err := s.Images(ctx, product)
		require.NoError(t, err)
		for _, i := range list {
			if i.Representative {
				keys = append(keys, i.ObjectKey)
			}
		}
		return keys
	}
	require.Equal(t, []string{"b"}, standing())
	list, err := s.Images(ctx, product)
	require.NoError(t, err)
	other := market.SellerID(s.SellerIDs[1])
	_, err = s.DeleteImage(ctx, other, store.ProductImage{ProductID: product, ImageID: list[0].ID})
	refused(t, market.CodeForbidden, err)
	_, err = s.DeleteImage(ctx, other, store.ProductImage{ProductID: s.ProductIDs[1], ImageID: list[0].ID})
	refused(t, market.CodeNotFound, err)
	_, err = s.DeleteImage(ctx, own, store.ProductImage{ProductID: product, ImageID: list[0].ID})
	require.NoError(t, err)
	for i := range 100 {
		if _, err = add(fmt.Sprint(i), false); err != nil {
			break
		}
	}
	refused(t, market.CodeDataConflict, err)
	refused(t, market.CodeDataConflict, s.CheckRoomForImage(ctx, own, product))
}

func TestRestock_Subscribers_AreNotifiedOnce(t *testing.T) {
	t.Parallel()
	s, ctx := testrig.NewShop(t, 1, nil), t.Context()
	buyer, product := market.BuyerID(s.BuyerID), s.ProductIDs[0]
	_, err := s.Subscribe(ctx, buyer, product)
	require.NoError(t, err)
	again, err := s.Subscribe(ctx, buyer, product)
	require.NoError(t, err)
	require.Equal(t, "ACTIVE", again.Status)
	_, err = s.Subscribe(ctx, buyer, 999)
	refused(t, market.CodeProductNotFound, err)
	mine, err := s.Subscriptions(ctx, buyer, false, all)
	require.NoError(t, err)
	require.Len(t, mine.Content, 1)
	for range 2 {
		_, err = s.NotifyRestock(ctx, store.Restock{ProductID: product, RestockID: 1}, 10)
		require.NoError(t, err)
	}
	inbox, err := s.RestockNotifications(ctx, buyer, false, all)
	require.NoError(t, err)
	require.Len(t, inbox.Content, 1)
	require.Contains(t, inbox.Content[0].Message, fmt.Sprint(product))
	require.False(t, inbox.Content[0].IsRead)
	require.NoError(t, s.ReadRestockNotifications(ctx, buyer, product))
	inbox, err = s.RestockNotifications(ctx, buyer, false, all)
	require.NoError(t, err)
	require.Empty(t, inbox.Content)
	mine, err = s.Subscriptions(ctx, buyer, false, all)
	require.NoError(t, err)
	require.Empty(t, mine.Content, "the subscription was SENT")
	mine, err = s.Subscriptions(ctx, buyer, true, all)
	require.NoError(t, err)
	require.Len(t, mine.Content, 1)
	again, err = s.Subscribe(ctx, buyer, product)
	require.NoError(t, err)
	require.Equal(t, "ACTIVE", again.Status)
	inbox, err = s.RestockNotifications(ctx, buyer, true, all)
	require.NoError(t, err)
	require.True(t, inbox.Content[0].IsRead)
	require.NoError(t, s.Unsubscribe(ctx, buyer, product))
	refused(t, market.CodeRestockSubscriptionNotFound, s.Unsubscribe(ctx, buyer, product))
	_, err = s.Subscription(ctx, buyer, product)
	refused(t, market.CodeRestockSubscriptionNotFound, err)
}
