package shop

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/web"
)

func TestCart_Form_OrdersWhatCanBeOrdered(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	stocked(s)
	got := s.Get(t, "/shop/cart")
	order := got.Form("/shop/orders")
	require.NotNil(t, order)
	values := order.Values()
	require.Equal(t, []string{"11"}, values["item"], "the other cannot be ordered")
	require.Equal(t, "2000.00", values.Get("total"))
	require.Equal(t, "4", values.Get("address"), "the first address is chosen")
	require.NotEmpty(t, values.Get("key"))
	require.NotEqual(t, values.Get("key"), s.Get(t, "/shop/cart").Form("/shop/orders").Field("key").Value,
		"one of each page")
	for _, product := range []string{"5", "6"} {
		quantity := got.Form("/shop/cart/" + product).Field("quantity")
		require.Equal(t, []string{"0", "100000"}, []string{quantity.Min, quantity.Max})
	}

	s.flows.calls = nil
	placed := s.Post(t, "/shop/orders", values)
	require.Equal(t, http.StatusSeeOther, placed.Status, placed.Body)
	require.Equal(t, "/shop/orders/70", placed.Location)
	require.Equal(t, []string{`Checkout {"AddressID":4,"BuyerID":7,"CartItemIDs":[11],"CheckoutKey":"key:shop:` +
		web.HashedKey(values.Get("key")) + `","Expected":2000.00}`}, s.flows.calls)
	s.Post(t, "/shop/orders", values)
	require.Equal(t, s.flows.calls[0], s.flows.calls[1], "a form that is sent twice makes one order")
}

func TestCart_WithoutAnAddress_OffersToAddOne(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	stocked(s)
	s.store.Returns("Addresses")
	got := s.Get(t, "/shop/cart")
	require.Nil(t, got.Form("/shop/orders"))
	require.NotNil(t, got.Form("/shop/addresses"))
	stocked(s)
	s.store.Returns("Cart")
	got = s.Get(t, "/shop/cart")
	require.Equal(t, []string{"/shop/addresses"}, got.Actions())
	require.True(t, got.HasLink("/shop/"))
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
	values := got.Form("/shop/orders").Values()
	require.Len(t, values["item"], market.MaxOrderLines)
	require.Equal(t, "100.00", values.Get("total"))
}

func TestChangeCart_EachForm_CallsTheStore(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	for body, c := range map[string]struct{ call, location string }{
		"quantity=2&add=1":    {"AddToCart(7, 5, 2, 0/1)", "/shop/cart?notice=added&status="},
		"quantity=2":          {"SetCartQuantity(7, 5, 2, 0/1)", "/shop/cart?notice=&status="},
		"quantity=100000":     {"SetCartQuantity(7, 5, 100000, 0/1)", "/shop/cart?notice=&status="},
		"quantity=0":          {"RemoveFromCart(7, 5, 0/1)", "/shop/cart?notice=&status="},
		"quantity=0&add=1":    {"RemoveFromCart(7, 5, 0/1)", "/shop/cart?notice=&status="},
		"quantity=100001":     {},
		"quantity=-1":         {},
		"quantity=":           {},
		"quantity=1.5":        {},
		"quantity=4294967297": {},
		"":                    {},
	} {
		s.store.Forget()
		values, err := url.ParseQuery(body)
		require.NoError(t, err)
		got := s.Post(t, "/shop/cart/5", values)
		if c.call == "" {
			require.Equal(t, 400, got.Status, body)
			require.Empty(t, s.store.Calls("AddToCart", "SetCartQuantity", "RemoveFromCart"), body)
			continue
		}
		require.Equal(t, http.StatusSeeOther, got.Status, body)
		require.Equal(t, c.location, got.Location, body)
		require.Equal(t, []string{c.call}, s.calls(), body)
	}
	s.store.Fails("AddToCart", market.Refuse(market.CodeProductNotFound))
	require.Equal(t, 404, s.Post(t, "/shop/cart/5", url.Values{"quantity": {"1"}, "add": {"1"}}).Status)
}

func TestAddAddress_Fields_AreChecked(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	valid := url.Values{"recipient": {" 김구매 "}, "phone": {"010-1234-5678"}, "detail": {"서울"}}
	require.Equal(t, "/shop/cart?notice=&status=", s.Post(t, "/shop/addresses", valid).Location)
	require.Equal(t, []string{`CreateAddress(7, "김구매", "010-1234-5678", "서울", "")`}, s.calls())
	s.store.Forget()
	for field, limit := range map[string]int{"recipient": 50, "phone": 20, "detail": 100} {
		for value, status := range map[string]int{
			strings.Repeat("가", limit): http.StatusSeeOther, strings.Repeat("가", limit+1): 400, "": 400, "  ": 400,
			"a\nb":  400,
			"a\x00": 400,
		} {
			form := url.Values{"recipient": valid["recipient"], "phone": valid["phone"], "detail": valid["detail"]}
			form.Set(field, value)
			s.store.Forget()
			require.Equal(t, status, s.Post(t, "/shop/addresses", form).Status, "%s=%.20q", field, value)
			require.Equal(t, status != 400, len(s.calls()) == 1, "%s=%.20q", field, value)
		}
	}
}

func TestPlaceOrder_BadForms_StartNothing(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	valid := "address=4&total=2000.00&key=k&item=11"
	for body, status := range map[string]int{
		valid: http.StatusSeeOther, "address=x&total=1&item=1": 400, "total=1&item=1": 400, "address=4&item=1": 400,
		"address=4&total=1e3&item=1": 400, "address=4&total=&item=1": 400,
		"address=4&total=1": 404, "address=4&total=1&item=x": 404, "address=4&total=1&item=1&item=1": 404,
		"address=4&total=1" + strings.Repeat("&item=1", 101): 404, // as the API answers
	} {
		s.flows.calls = nil
		values, err := url.ParseQuery(body)
		require.NoError(t, err)
		require.Equal(t, status, s.Post(t, "/shop/orders", values).Status, "%.60s", body)
		require.Equal(t, status < 400, len(s.flows.calls) == 1, "%.60s", body)
	}
	s.flows.err = market.RefuseWith(market.CodePriceChanged, market.DetailPriceChanged, market.Money(100),
		market.Money(200))
	values, err := url.ParseQuery(valid)
	require.NoError(t, err)
	got := s.Post(t, "/shop/orders", values)
	require.Equal(t, 409, got.Status)
	require.Contains(t, got.Alerts[0], "2.00", "the reader sees the new total")
}
