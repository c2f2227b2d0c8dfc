package shop

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
)

// two are orderable items of two sellers.
func two() market.Cart {
	return market.Cart{Items: market.Page[market.CartItem]{Content: []market.CartItem{
		{ID: 11, ProductID: 5, ProductName: "a", ProductPrice: 1_000_00, Quantity: 2, Available: 4, Orderable: true,
			SellerID: 8, StoreName: "first"},
		{ID: 12, ProductID: 6, ProductName: "b", ProductPrice: 500_00, Quantity: 1, Available: 4, Orderable: true,
			SellerID: 9, StoreName: "second"},
		{ID: 13, ProductID: 7, ProductName: "c", ProductPrice: 30_00, Quantity: 1, Available: 1, Orderable: true,
			SellerID: 8, StoreName: "first"},
	}}}
}

func TestCart_Items_AreChosenWhenTheyCanBeOrdered(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	stocked(s)
	got := s.Get(t, "/shop/cart")
	form := got.Form("/shop/cart")
	require.NotNil(t, form)
	require.Equal(t, []string{"11"}, form.Values()["item"], "the other cannot be ordered")
	for _, product := range []string{"5", "6"} {
		quantity := form.Field("quantity[" + product + "]")
		require.Equal(t, []string{"1", "100000"}, []string{quantity.Min, quantity.Max})
	}
	require.Contains(t, got.Text, "4 left", "the reason stands at the line")
	require.Contains(t, got.Body, "/images/products/5/a.png", "the picture of the product")
	for _, fact := range []string{"Market Inc.", "123-45-67891", "R. Lee", "1 Market St"} {
		require.Contains(t, got.Body, fact, "the business that runs the shop")
	}
	require.Equal(t, "update", form.Buttons[0].Name, "the Enter key orders and removes nothing")
	s.store.Returns("Cart")
	got = s.Get(t, "/shop/cart")
	require.Equal(t, []string{"/shop/"}, got.Actions(), "to search")
	require.True(t, got.HasLink("/shop/"))
}

func TestCart_Amounts_AreThoseOfTheChosenItems(t *testing.T) {
	t.Parallel()
	v := viewCart(two().Items.Content, []int64{11, 12})
	require.Equal(t, market.Money(2_500_00), v.total)
	require.Equal(t, []market.Money{2_000_00, 500_00}, []market.Money{v.sellers[0].net, v.sellers[1].net})
	require.Len(t, v.sellers[0].items, 2, "grouped by seller")
	require.False(t, v.chosen[13])
	dear := two().Items.Content
	dear[0].ProductPrice = market.MaxMoney
	require.True(t, viewCart(dear, []int64{11}).excess)

	s := newStand(t)
	s.store.Returns("Cart", two())
	for query, want := range map[string]string{
		"": "₩2,530", "?selected=1": "₩0", "?selected=1&item=12": "₩500", "?selected=1&item=12&item=99": "₩500",
	} {
		got := s.Get(t, "/shop/cart"+query)
		require.Contains(t, got.Text, "Total "+want, query)
		buttons := got.Form("/shop/cart").Buttons
		require.Equal(t, query == "?selected=1", buttons[len(buttons)-1].Disabled, query)
	}
}

// TestCart_Large_IsReadPageByPage, and one order takes a hundred products of it.
func TestCart_Large_IsReadPageByPage(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	stocked(s)
	s.store.Does("Cart", func(args ...any) ([]any, error) {
		page := args[1].(market.PageRequest)
		left := min(250-page.Page*page.Size, page.Size)
		items := make([]market.CartItem, left)
		for i := range items {
			items[i] = market.CartItem{ID: int64(page.Page*page.Size + i + 1), ProductID: 5, ProductName: "p",
				ProductPrice: 1_00,
				Quantity:     1, Orderable: true}
		}
		return []any{market.Cart{Items: market.Page[market.CartItem]{Content: items}}}, nil
	})
	got := s.Get(t, "/shop/cart")
	require.Len(t, s.store.Calls("Cart"), 3)
	require.Len(t, got.Form("/shop/cart").Values()["item"], market.MaxOrderLines)
	require.Contains(t, got.Text, "₩100")
}

// changes returns the calls that change the cart.
func (s *stand) changes() []string {
	return s.store.Calls("AddToCart", "SetCartQuantity", "RemoveFromCart")
}

func TestChangeCart_EachButton_CallsTheStore(t *testing.T) {
	t.Parallel()
	for body, c := range map[string]struct {
		calls    []string
		location string
	}{
		"item=11&quantity[5]=3&quantity[6]=1": {[]string{"SetCartQuantity(7, 5, 3, 0/1)"}, "/shop/cart?item=11&selected=1"},
		"quantity[5]=3&quantity[6]=2": {[]string{"SetCartQuantity(7, 5, 3, 0/1)", "SetCartQuantity(7, 6, 2, 0/1)"},
			"/shop/cart?selected=1"},
		"more=6&item=12&quantity[6]=1":          {[]string{"SetCartQuantity(7, 6, 2, 0/1)"}, "/shop/cart?item=12&selected=1"},
		"less=5&quantity[5]=2":                  {[]string{"SetCartQuantity(7, 5, 1, 0/1)"}, "/shop/cart?selected=1"},
		"less=6&quantity[6]=1":                  {nil, "/shop/cart?selected=1"},
		"remove=6":                              {[]string{"RemoveFromCart(7, 6, 0/1)"}, "/shop/cart?selected=1"},
		"order=1&item=11&item=12":               {nil, "/shop/checkout?item=11&item=12"},
		"order=1&item=11&quantity[5]=4":         {[]string{"SetCartQuantity(7, 5, 4, 0/1)"}, "/shop/checkout?item=11"},
		"order=1":                               {nil, "/shop/cart?notice=nothing-chosen"},
		"quantity[5]=0":                         {},
		"quantity[5]=":                          {},
		"quantity[5]=1.5":                       {},
		"quantity[5]=100001":                    {},
		"quantity[5]=-1":                        {},
		"quantity[99]=7&item=11&order=0&more=9": {nil, "/shop/cart?item=11&selected=1"},
	} {
		s := newStand(t)
		s.store.Returns("Cart", two())
		values, err := url.ParseQuery(body)
		require.NoError(t, err)
		got := s.Post(t, "/shop/cart", values)
		require.Equal(t, c.calls, s.changes(), body)
		require.Equal(t, c.location, got.Outcome, body)
		if c.location == "" {
			require.Equal(t, 400, got.Status, body)
			require.True(t, got.Form("/shop/cart").Field("quantity[5]").Invalid, body)
		}
	}
}

func TestChangeCart_MoreThanThereAre_MarksTheQuantity(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	s.store.Returns("Cart", two())
	s.store.Fails("SetCartQuantity", market.Refuse(market.CodeProductOutOfStock))
	got := s.Post(t, "/shop/cart", url.Values{"item": {"12"}, "quantity[6]": {"9"}})
	require.Equal(t, 4, got.Status/100)
	form := got.Form("/shop/cart")
	require.True(t, form.Field("quantity[6]").Invalid)
	require.Equal(t, "9", form.Field("quantity[6]").Value)
	require.Equal(t, []string{"12"}, form.Values()["item"], "the choice is kept")
}

func TestAddToCart_EachForm_CallsTheStore(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	for body, call := range map[string]string{
		"quantity=2&add=1": "AddToCart(7, 5, 2, 0/1)", "quantity=2": "AddToCart(7, 5, 2, 0/1)",
		"quantity=100000": "AddToCart(7, 5, 100000, 0/1)", "quantity=0": "", "quantity=100001": "", "quantity=-1": "",
		"quantity=": "", "quantity=1.5": "", "quantity=4294967297": "", "": "",
	} {
		s.store.Forget()
		values, err := url.ParseQuery(body)
		require.NoError(t, err)
		got := s.Post(t, "/shop/cart/5", values)
		if call == "" {
			require.Equal(t, 400, got.Status, body)
			require.Empty(t, s.changes(), body)
			continue
		}
		require.Equal(t, http.StatusSeeOther, got.Status, body)
		require.Equal(t, "/shop/products/5?notice=added", got.Outcome, body)
		require.Equal(t, []string{call}, s.calls(), body)
	}
	s.store.Returns("Product", market.Product{ID: 5, Name: "p", Stock: 1})
	got := s.Get(t, "/shop/products/5?notice=added")
	require.Contains(t, got.Body, `<a href="/shop/cart">View cart</a>`, "the notice leads to the cart")
	s.store.Fails("AddToCart", market.Refuse(market.CodeProductNotFound))
	require.Equal(t, 404, s.Post(t, "/shop/cart/5", url.Values{"quantity": {"1"}, "add": {"1"}}).Status)
}

func TestBuyNow_Product_LeadsToItsCheckout(t *testing.T) {
	t.Parallel()
	for product, call := range map[string]string{
		"5": "SetCartQuantity(7, 5, 3, 0/1)", // the cart has it: as many as the form
		"4": "AddToCart(7, 4, 3, 0/1)",
	} {
		s := newStand(t)
		cart := two()
		s.store.Does("Cart", func(...any) ([]any, error) { return []any{cart}, nil })
		s.store.Does("AddToCart", func(...any) ([]any, error) {
			cart.Items.Content = append(cart.Items.Content, market.CartItem{ID: 14, ProductID: 4})
			return []any{cart}, nil
		})
		got := s.Post(t, "/shop/cart/"+product, url.Values{"quantity": {"3"}, "buy": {"1"}})
		require.Equal(t, map[string]string{"5": "/shop/checkout?item=11", "4": "/shop/checkout?item=14"}[product],
			got.Location, got.Body)
		require.Equal(t, []string{call}, s.changes())
	}
	s := newStand(t)
	s.store.Returns("Product", market.Product{ID: 5, Name: "p", Stock: 1})
	s.store.Fails("AddToCart", market.Refuse(market.CodeProductOutOfStock))
	got := s.Post(t, "/shop/cart/5", url.Values{"quantity": {"3"}, "buy": {"1"}})
	require.Equal(t, 4, got.Status/100)
	require.Len(t, got.Alerts, 1)
	require.NotNil(t, got.Form("/shop/cart/5"), "the form is shown again")
}
