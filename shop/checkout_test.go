package shop

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/activities"
	"github.com/all-in-market/market/internal/gateway"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/web"
)

// checkoutStand returns a stand whose buyer has two addresses and items of two sellers.
func checkoutStand(t *testing.T, with ...func(*stand)) *stand {
	t.Helper()
	s := newStand(t, with...)
	stocked(s)
	s.store.Returns("Cart", two())
	s.store.Returns("Order", market.Order{ID: 70, TotalAmount: 2_500_00, Status: market.OrderCreated})
	s.flows.payment = &activities.Payment{OrderID: 70, Status: market.PaymentSuccess}
	return s
}

const twoItems = "/shop/checkout?item=11&item=12"

func TestCheckout_Page_HasWhatIsConfirmed(t *testing.T) {
	t.Parallel()
	s := checkoutStand(t)
	got := s.Get(t, twoItems)
	form := got.Form(twoItems)
	require.NotNil(t, form)
	require.Equal(t, "5", form.Values().Get("address"), "the default address is chosen")
	require.Equal(t, "MOCK", form.Values().Get("method"))
	require.Equal(t, "total", form.Buttons[0].Name)
	require.Equal(t, "2500.00", form.Buttons[0].Value)
	require.Contains(t, got.Text, "first ₩2,000 second ₩500 Total ₩2,500")
	other := s.Get(t, twoItems).Form(twoItems)
	require.NotEqual(t, form.Field("key").Value, other.Field("key").Value, "one of each page")
	require.True(t, got.HasLink("/shop/addresses?item=11&item=12"))
	require.True(t, got.HasLink("/shop/addresses/4?item=11&item=12"))
	chosen := s.Get(t, twoItems+"&address=4").Form(twoItems)
	require.Equal(t, "4", chosen.Values().Get("address"))
}

func TestCheckout_CannotBeOrdered_LeadsToTheCart(t *testing.T) {
	t.Parallel()
	s := checkoutStand(t)
	require.Equal(t, "/shop/cart?notice=check-items", s.Get(t, "/shop/checkout?item=11&item=99").Outcome)
	stocked(s)
	require.Equal(t, "/shop/cart?notice=check-items", s.Get(t, "/shop/checkout?item=12").Outcome,
		"too few are left")
	require.Equal(t, 404, s.Get(t, "/shop/checkout").Status)
	require.Equal(t, 404, s.Get(t, "/shop/checkout?item=x").Status)
	s.store.Returns("Addresses")
	require.Equal(t, "/shop/addresses?item=11", s.Get(t, "/shop/checkout?item=11").Location,
		"it needs an address first")
}

func TestCheckout_OnePress_OrdersAndPays(t *testing.T) {
	t.Parallel()
	s := checkoutStand(t)
	values := s.Get(t, twoItems).Form(twoItems).Values()
	values.Set("total", "2500.00")
	done := s.Post(t, twoItems, values)
	require.Equal(t, "/shop/orders/70?notice=paid", done.Outcome, done.Body)
	require.Len(t, s.flows.calls, 2)
	require.Equal(t, `Checkout {"AddressID":5,"BuyerID":7,"CartItemIDs":[11,12],"CheckoutKey":"key:shop:`+
		web.HashedKey(values.Get("key"))+`","Expected":2500.00}`, s.flows.calls[0])
	require.Equal(t, `Pay {"BuyerID":7,"Method":"MOCK","OrderID":70}`, s.flows.calls[1])
	s.Post(t, twoItems, values)
	require.Equal(t, s.flows.calls[:2], s.flows.calls[2:], "a form that is sent twice makes one order")
}

func TestCheckout_InTheBrowser_OpensTheProvidersWindow(t *testing.T) {
	t.Parallel()
	s := checkoutStand(t, func(s *stand) { s.Storefront.Gateways = gateway.Providers{PortOne: redirects{}} })
	s.store.Returns("OpenRedirect", market.Payment{ID: 8, OrderID: 70, MerchantUID: "uid", Amount: 2_500_00}, "a", true)
	got := s.Post(t, twoItems, url.Values{"address": {"5"}, "method": {"CARD"}, "total": {"2500"}, "key": {"k"}})
	require.Equal(t, 200, got.Status, got.Body)
	require.Contains(t, got.Body, `data-return="/shop/orders/70/paid"`)
}

// An order that was placed leads to its page, paid or not.
func TestCheckout_PaymentFails_LeadsToTheOrder(t *testing.T) {
	t.Parallel()
	form := url.Values{"address": {"5"}, "method": {"MOCK"}, "total": {"2500.00"}, "key": {"k"}}
	for code, notice := range map[market.Code]string{
		market.CodePaymentFailed: noticeDeclined, market.CodeOrderNotPayable: noticeNotPaid,
		market.CodeDatabaseUnavailable: noticeNotPaid,
	} {
		s := checkoutStand(t)
		s.flows.payErr = market.Refuse(code)
		require.Equal(t, "/shop/orders/70?notice="+notice+"", s.Post(t, twoItems, form).Outcome, code)
	}
}

func TestCheckout_Refused_IsShownAgain(t *testing.T) {
	t.Parallel()
	s := checkoutStand(t, func(s *stand) {
		s.Storefront.Gateways = gateway.Providers{Mock: mock{}, PortOne: redirects{away: true}}
	})
	valid := "address=4&total=2500.00&key=k&method=MOCK"
	for body, field := range map[string]string{
		"address=x&total=1&method=MOCK": "address", "total=1&method=MOCK": "address", "address=4&total=1": "method",
		"address=4&total=1&method=GOLD": "method", "address=4&total=1&method=NAVER": "method",
		"address=4&total=1&method=CARD": "method", "address=4&method=MOCK": "", "address=4&total=1e3&method=MOCK": "",
	} {
		values, err := url.ParseQuery(body)
		require.NoError(t, err)
		got := s.Post(t, twoItems, values)
		require.GreaterOrEqual(t, got.Status, 400, body)
		form := got.Form(twoItems)
		require.NotNil(t, form, "%s: %s", body, got.Body)
		require.Len(t, got.Alerts, 1, body)
		if field != "" {
			require.True(t, form.Field(field).Invalid, body)
		}
		require.Empty(t, s.flows.calls, body)
	}
	for _, query := range []string{"", "?item=x", "?item=1" + strings.Repeat("&item=1", 101)} {
		values, err := url.ParseQuery(valid)
		require.NoError(t, err)
		require.Equal(t, 404, s.Post(t, "/shop/checkout"+query, values).Status, query) // as the API answers
	}
	s.flows.err = market.RefuseWith(market.CodePriceChanged, market.DetailPriceChanged, market.Money(100),
		market.Money(200))
	values, err := url.ParseQuery("address=4&total=2000.00&key=k&method=MOCK")
	require.NoError(t, err)
	got := s.Post(t, twoItems, values)
	require.Equal(t, 409, got.Status)
	require.Contains(t, got.Alerts[0], "2.00", "the reader sees the new total")
	form := got.Form(twoItems)
	require.Equal(t, "2500.00", form.Buttons[0].Value, "the next press agrees to the total that is shown")
	require.Equal(t, "4", form.Values().Get("address"), "what was chosen stays")
}

func TestAddresses_Form_IsChecked(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	valid := url.Values{
		"recipient": {" 김구매 "}, "phone": {"010-1234-5678"}, "detail": {"서울"}, "deliveryNote": {"문 앞"},
	}
	s.store.Returns("CreateAddress", market.Address{ID: 6})
	require.Equal(t, "/shop/addresses", s.Post(t, "/shop/addresses", valid).Location)
	require.Equal(t, []string{
		`CreateAddress(7, {"deliveryNote":"문 앞","detail":"서울","phone":"010-1234-5678","recipient":"김구매"})`,
	}, s.calls())
	require.Equal(t, "/shop/checkout?item=11&item=12&address=6",
		s.Post(t, "/shop/addresses?item=11&item=12", valid).Location, "it leads back to the checkout")
	for field, limit := range map[string]int{"recipient": 50, "phone": 20, "detail": 100, "deliveryNote": 100} {
		for value, status := range map[string]int{
			strings.Repeat("가", limit): http.StatusSeeOther, strings.Repeat("가", limit+1): 400, "": 400, "  ": 400,
			"a\nb":  400,
			"a\x00": 400,
		} {
			if field == "deliveryNote" && strings.TrimSpace(value) == "" {
				status = http.StatusSeeOther
			}
			form := url.Values{}
			for name, typed := range valid {
				form[name] = typed
			}
			form.Set(field, value)
			s.store.Forget()
			require.Equal(t, status, s.Post(t, "/shop/addresses", form).Status, "%s=%.20q", field, value)
			require.Equal(t, status != 400, len(s.store.Calls("CreateAddress")) == 1, "%s=%.20q", field, value)
		}
	}
	s.store.Forget()
	valid.Set("isDefault", "1")
	s.Post(t, "/shop/addresses", valid)
	require.Contains(t, s.store.Calls("UpdateAddress")[0], `"IsDefault":true`)
}

func TestAddress_Forms_ChangeAndDeleteIt(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	stocked(s)
	got := s.Get(t, "/shop/addresses/5?item=11")
	form := got.Form("/shop/addresses/5?item=11")
	require.Equal(t, "b", form.Field("recipient").Value)
	require.True(t, form.Field("isDefault").Checked)
	values := form.Values()
	values.Set("deliveryNote", "")
	values.Set("recipient", "new")
	require.Equal(t, "/shop/checkout?item=11&address=5", s.Post(t, "/shop/addresses/5?item=11", values).Location)
	require.Equal(t, []string{
		`UpdateAddress(7, 5, {"DeliveryNote":"","Detail":"c","IsDefault":true,"Phone":"010-2","Recipient":"new"})`,
	}, s.store.Calls("UpdateAddress"))
	require.NotNil(t, got.Form("/shop/addresses/5/delete?item=11"))
	require.Equal(t, "/shop/checkout?item=11", s.Post(t, "/shop/addresses/5/delete?item=11", nil).Location)
	require.Equal(t, []string{"DeleteAddress(7, 5)"}, s.store.Calls("DeleteAddress"))
	require.Equal(t, 404, s.Get(t, "/shop/addresses/6").Status, "another's")
}
