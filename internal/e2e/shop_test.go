package e2e

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/deploy/portone/portonesim"
	"github.com/all-in-market/market/internal/auth"
	"github.com/all-in-market/market/internal/images"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
)

// customer is a buyer with a browser in the shop.
type customer struct {
	*consoleRig
	buyer *person
}

// customer has a new buyer log in at the shop, in a browser without cookies.
func (r *rig) customer(t *testing.T, b tab) *customer {
	t.Helper()
	buyer := r.buyers(t, 1)[0]
	c := &customer{buyer: buyer, consoleRig: &consoleRig{rig: r, tab: b.open(t, chromedp.WithNewBrowserContext())}}
	c.mail = fmt.Sprintf("buyer%d@example.com", buyer.id)
	c.do(t, speaks("en-US"), chromedp.Navigate(r.api+"/shop/login"))
	c.logIn(t)
	require.Equal(t, r.api+"/shop/", c.at(t))
	return c
}

// chooses leads to the checkout of some pieces of a product, and chooses a method there.
func (c *customer) chooses(t *testing.T, product int64, pieces int, method string) {
	t.Helper()
	c.do(t, chromedp.Navigate(fmt.Sprintf("%s/shop/products/%d", c.api, product)),
		chromedp.SetValue("input[name=quantity]", fmt.Sprint(pieces)))
	c.press(t, "button[name=buy]")
	c.do(t, chromedp.Click(fmt.Sprintf("input[value=%s]", method)))
}

// buys orders and pays some pieces of a product with the mock method, and returns the order.
func (c *customer) buys(t *testing.T, product int64, pieces int) int64 {
	t.Helper()
	c.chooses(t, product, pieces, "MOCK")
	c.press(t, "button[name=total]")
	require.Equal(t, "Payment completed.", c.reads(t, ".notice"))
	return c.order(t)
}

// opens orders some pieces of a product, and decides in the provider's window. It returns the order.
func (c *customer) opens(t *testing.T, product int64, pieces int, decision string) int64 {
	t.Helper()
	c.chooses(t, product, pieces, "CARD")
	c.do(t, chromedp.Click("button[name=total]", chromedp.NodeVisible), chromedp.WaitVisible("#"+decision))
	c.do(t, chromedp.Click("#"+decision, chromedp.NodeVisible), chromedp.WaitVisible(".notice"))
	return c.order(t)
}

// order returns the order whose page is shown.
func (c *customer) order(t *testing.T) (order int64) {
	t.Helper()
	_, err := fmt.Sscanf(strings.TrimPrefix(c.at(t), c.api), "/shop/orders/%d", &order)
	require.NoError(t, err, c.at(t))
	return order
}

// pays has the buyer try again with a card, and decide in the provider's window.
func (c *customer) pays(t *testing.T, decision string) {
	t.Helper()
	c.do(t, chromedp.Click("button[value=CARD]", chromedp.NodeVisible), chromedp.WaitVisible("#"+decision))
	c.do(t, chromedp.Click("#"+decision, chromedp.NodeVisible), chromedp.WaitVisible(".notice"))
}

// TestShop is a buyer with a real browser, from the first look to a refund.
func TestShop(t *testing.T) {
	t.Parallel()
	r := start(t)
	seller := r.seller(t)
	chair := r.product(t, seller.id, 10_000_00, 100).ID
	dear := r.product(t, seller.id, 999_999_999_00, 3).ID
	gone := r.product(t, seller.id, 5_000_00, 0).ID
	const attack = `<script>document.title="owned"</script><img src=x onerror="document.title='owned'">`
	name, text := "등나무 의자 "+strings.Repeat("아주긴상품이름", 20), attack
	_, err := r.store.UpdateProduct(context.Background(), market.SellerID(seller.id), dear,
		market.ProductChange{Name: &name, Description: &text})
	require.NoError(t, err)
	other, err := r.store.CreateCategory(context.Background(), attack[:50], 2)
	require.NoError(t, err)
	_, err = r.store.UpdateProduct(context.Background(), market.SellerID(seller.id), gone,
		market.ProductChange{CategoryID: &other.ID})
	require.NoError(t, err)
	r.pictured(t, seller.id, chair)

	browser := openBrowser(t)
	c := r.customer(t, browser)

	t.Run("who is not logged in looks around", func(t *testing.T) {
		g := &consoleRig{rig: r, tab: browser.open(t, chromedp.WithNewBrowserContext())}
		g.do(t, speaks("ko-KR"), chromedp.Navigate(r.api+"/shop"), chromedp.WaitVisible(".tiles"))
		g.looksRight(t, "shop")
		shown, err := chromedp.Run(g, chromedp.Evaluate[int64]("document.querySelector('.tiles img').naturalWidth"))
		require.NoError(t, err)
		require.EqualValues(t, 8, shown, "pictures are there")
		g.do(t, chromedp.SendKeys("input[name=keyword]", "등나무"))
		g.press(t, "form[role=search] button")
		g.looksRight(t, "shop-found")
		require.Contains(t, g.reads(t, ".tiles"), "등나무 의자")
		require.NotContains(t, g.reads(t, ".tiles"), "상품 1\n")
		g.do(t, chromedp.Navigate(fmt.Sprintf("%s/shop/?category=%d", r.api, other.ID)))
		require.Contains(t, g.reads(t, ".tiles"), "품절")
		require.NotContains(t, g.reads(t, ".tiles"), "등나무")
		g.do(t, chromedp.Navigate(r.api+"/shop/?keyword=nothing+is+like+that"))
		require.Contains(t, g.reads(t, ".empty"), "검색 결과가 없습니다.")
		g.looksRight(t, "shop-nothing-found")
		g.do(t, chromedp.Navigate(r.api+"/shop/nothing-is-there"))
		require.Equal(t, "페이지를 찾을 수 없습니다", g.reads(t, "h1"))
		g.looksRight(t, "shop-unknown")
		g.press(t, ".failure + p a")
		require.Equal(t, r.api+"/shop/", g.at(t))
		g.do(t, chromedp.Navigate(fmt.Sprintf("%s/shop/products/%d", r.api, dear)))
		require.Contains(t, g.reads(t, ".product"), attack)
		g.looksRight(t, "shop-product")
		g.mail = c.mail
		g.press(t, ".product a.button")
		g.logIn(t)
		require.Equal(t, fmt.Sprintf("%s/shop/products/%d", r.api, dear), g.at(t))
		for _, path := range []string{
			"/cart", "/checkout?item=1", "/addresses", "/addresses/1", "/orders", "/orders/1", "/orders/1/events", "/inbox",
			"/orders/1/paid",
		} {
			status, location := r.visit(t, http.MethodGet, "/shop"+path, nil, "")
			require.Equal(t, 303, status, path)
			require.Equal(t, "/shop/login?"+url.Values{"next": {"/shop" + path}}.Encode(), location)
		}
	})

	t.Run("a newcomer signs up", func(t *testing.T) {
		g := &consoleRig{rig: r, tab: browser.open(t, chromedp.WithNewBrowserContext()), mail: "newcomer@example.com"}
		g.do(t, speaks("en-US"), chromedp.Navigate(r.api+"/shop/login"))
		g.press(t, "a[href='/shop/signup']")
		g.looksRight(t, "shop-signup")
		fill := func(mail string) {
			g.do(t, chromedp.SetValue("input[name=email]", mail), chromedp.SendKeys("input[name=password]", password),
				chromedp.SetValue("input[name=name]", "김새로"), chromedp.SetValue("input[name=phone]", "010-1234-5678"))
			g.press(t, "main form button")
		}
		g.do(t, chromedp.Click("input[name=termsVersion]"), chromedp.Click("input[name=privacyVersion]"))
		fill(c.mail)
		require.NotEmpty(t, g.reads(t, ".field-problem"), "the address is taken")
		fill(g.mail)
		require.Contains(t, g.reads(t, ".notice"), "Your account has been created.", "the consents are still ticked")
		require.Equal(t, 2, r.count(t, "SELECT count(*) FROM consents"))
		require.Equal(t, r.api+"/shop/", g.at(t))
		g.do(t, chromedp.Navigate(r.api+"/shop/profile"))
		require.Contains(t, g.reads(t, ".facts"), g.mail, "the newcomer is logged in")
	})

	t.Run("a cart is filled and changed", func(t *testing.T) {
		c.do(t, chromedp.Navigate(r.api+"/shop/cart"))
		require.Contains(t, c.reads(t, ".empty"), "Your cart is empty.")
		c.do(t, chromedp.Navigate(fmt.Sprintf("%s/shop/products/%d", r.api, dear)),
			chromedp.SetValue("input[name=quantity]", "2"))
		c.press(t, "button[name=add]")
		require.Contains(t, c.reads(t, ".notice"), "Added to cart.")
		c.looksRight(t, "shop-added")
		c.press(t, ".notice a")
		require.Contains(t, c.reads(t, "#amounts"), "₩1,999,999,998")
		c.looksRight(t, "shop-cart")
		c.press(t, "button[name=less]")
		require.Contains(t, c.reads(t, "#amounts"), "₩999,999,999")
		c.do(t, chromedp.SetValue("input[type=number]", "3"), chromedp.SendKeys("input[type=number]", "\r"),
			chromedp.WaitVisible("#amounts"))
		c.shows(t, "#amounts", "₩2,999,999,997")
		c.press(t, "button[name=remove]")
		require.Contains(t, c.reads(t, ".empty"), "Your cart is empty.")
	})

	t.Run("two of three lines of a cart are ordered, to an address that is edited", func(t *testing.T) {
		other := r.seller(t)
		lines := []int64{chair, r.product(t, other.id, 2_000_00, 5).ID, r.product(t, other.id, 3_000_00, 5).ID}
		for _, product := range lines {
			r.fill(t, c.buyer.id, product, 1)
		}
		c.do(t, chromedp.Navigate(r.api+"/shop/cart"), chromedp.WaitVisible("#amounts"))
		c.shows(t, "#amounts", "₩15,000")
		c.looksRight(t, "shop-cart-sellers")
		c.do(t, chromedp.Click("section:nth-child(2) li:nth-child(2) input[type=checkbox]"))
		c.shows(t, "#amounts", "₩12,000")
		c.press(t, "button[name=order]")
		c.looksRight(t, "shop-checkout")
		c.press(t, ".option a")
		c.looksRight(t, "shop-address")
		c.do(t, chromedp.SetValue("input[name=recipient]", attack[:40]),
			chromedp.SetValue("input[name=detail]", attack),
			chromedp.SetValue("input[name=deliveryNote]", "Leave it at the door"))
		c.press(t, "main form.card button")
		require.Contains(t, c.reads(t, "fieldset"), attack)
		c.do(t, chromedp.Click("input[value=MOCK]"))
		c.press(t, "button[name=total]")
		require.Equal(t, "Payment completed.", c.reads(t, ".notice"))
		order := c.order(t)
		require.Equal(t, 2, r.count(t, "SELECT count(*) FROM order_items WHERE order_id = $1", order))
		require.Equal(t, 12_000, r.count(t, "SELECT total_amount::int FROM orders WHERE id = $1", order))
		require.Equal(t, "Leave it at the door", r.text(t, "SELECT delivery_note FROM orders WHERE id = $1", order))
		c.do(t, chromedp.Navigate(r.api+"/shop/cart"), chromedp.WaitVisible("#amounts"))
		require.Contains(t, c.reads(t, "#amounts"), "₩3,000", "the third line is left")
		c.press(t, "button[name=remove]")
	})

	t.Run("a buyer without an address adds one on the way", func(t *testing.T) {
		g := r.customer(t, browser)
		require.Equal(t, 200, g.buyer.delete(t, fmt.Sprintf("/addresses/%d", g.buyer.addressID)).Status)
		g.do(t, chromedp.Navigate(r.api+"/shop/"), chromedp.WaitVisible(".tiles"))
		g.press(t, fmt.Sprintf(".tiles a[href$='/products/%d']", chair))
		g.press(t, "button[name=buy]")
		g.looksRight(t, "shop-addresses")
		g.do(t, chromedp.SendKeys("input[name=recipient]", "김구매"),
			chromedp.SendKeys("input[name=phone]", "010-0000-0000"),
			chromedp.SendKeys("input[name=detail]", "서울시 중구 세종대로 110"))
		g.press(t, "main form button")
		g.do(t, chromedp.Click("input[value=MOCK]"))
		g.press(t, "button[name=total]")
		require.Equal(t, market.OrderPaid, r.status(t, g.order(t)), "from the first page to paid")
	})

	t.Run("declined, paid then, and followed until it is delivered", func(t *testing.T) {
		order := c.opens(t, chair, 2, "decline")
		require.Contains(t, c.reads(t, ".notice"), "was not approved")
		require.Contains(t, c.reads(t, ".unpaid"), "The payment was not approved:")
		c.looksRight(t, "shop-order")
		require.Equal(t, market.OrderCreated, r.status(t, order))
		c.pays(t, "approve")
		require.Equal(t, "Payment completed.", c.reads(t, ".notice"))
		require.Equal(t, market.OrderPaid, r.status(t, order))
		c.looksRight(t, "shop-paid")
		item := int64(r.count(t, "SELECT id FROM order_items WHERE order_id = $1", order))
		require.Equal(t, 200, seller.put(t, shipPath(item),
			map[string]string{"carrier": "CJ대한통운", "trackingNumber": "6031-77"}).Status)
		c.shows(t, ".parcels", "6031-77")
		require.Equal(t, 200, seller.put(t, deliverPath(item), nil).Status)
		c.shows(t, ".steps [aria-current]", "Delivered")

		c.press(t, ".actions a.button")
		c.looksRight(t, "shop-refund")
		c.do(t, chromedp.SetValue("input[type=number]", "1"), chromedp.SendKeys("input[name=reason]", attack))
		c.press(t, "main form button")
		require.Contains(t, c.reads(t, ".notice"), "Refund requested.")
		refund := int64(r.count(t, "SELECT max(id) FROM refunds"))
		approve(t, r.staff(t), refund)
		c.shows(t, ".refunds", "Completed")
		c.looksRight(t, "shop-delivered")
		r.eventually(t, 1, "SELECT least(1, count(*)) FROM order_status_update_notifications WHERE user_id = $1", c.buyer.id)
		c.do(t, chromedp.Navigate(r.api+"/shop/inbox"))
		c.looksRight(t, "shop-inbox")
		c.press(t, "main form button")
		require.NotContains(t, c.reads(t, ".plain-list"), "New")
	})

	t.Run("a window that is closed leaves the order to be paid another way", func(t *testing.T) {
		order := c.opens(t, chair, 1, "leave")
		require.Equal(t, "The order is not paid yet. Choose a payment method to try again.", c.reads(t, ".notice"))
		require.Contains(t, c.reads(t, ".facts"), "Unpaid")
		c.press(t, "button[value=MOCK]") // within half a minute, although payments may be waited for longer
		require.Equal(t, "Payment completed.", c.reads(t, ".notice"))
		require.Equal(t, market.OrderPaid, r.status(t, order))

		// The window was not closed everywhere: what is charged there is refunded.
		open := r.text(t, "SELECT merchant_uid FROM payments WHERE order_id = $1 AND provider = 'PORTONE'", order)
		out := r.portone.Pay(portonesim.Window{
			StoreID: r.cfg.PortOneStoreID, ChannelKey: "channel-card", PaymentID: open, TotalAmount: 10_000,
			Currency: "KRW",
		}, portonesim.Approve)
		require.Empty(t, out.Code, out.Message)
		r.eventually(t, 1, `SELECT count(*) FROM refunds f JOIN payments p ON p.id = f.payment_id
			WHERE p.merchant_uid = $1 AND f.status = 'SUCCESS'`, open)
		require.Equal(t, market.OrderPaid, r.status(t, order))
	})

	t.Run("an order is cancelled before and after it is paid", func(t *testing.T) {
		order := r.placeOrder(t, c.buyer, chair)
		c.do(t, chromedp.Navigate(fmt.Sprintf("%s/shop/orders/%d", r.api, order)))
		c.press(t, "button.danger")
		require.Equal(t, "Order cancelled.", c.reads(t, ".notice"))
		require.Equal(t, market.OrderFailed, r.status(t, order))
		require.Contains(t, c.reads(t, ".facts"), "Before payment")
		order = c.buys(t, chair, 1)
		c.press(t, "button.danger")
		require.Contains(t, c.reads(t, ".notice"), "is being cancelled")
		c.shows(t, ".facts", "Refunded")
		require.Equal(t, market.OrderRefunded, r.status(t, order))
		c.do(t, chromedp.Navigate(r.api+"/shop/orders"))
		c.looksRight(t, "shop-orders")
	})

	t.Run("the cart shows all items, and orders those that can be ordered", func(t *testing.T) {
		var products []int64
		for range 60 {
			p := r.product(t, seller.id, 1_000_00, 5)
			products = append(products, p.ID)
			r.fill(t, c.buyer.id, p.ID, 2)
		}
		_, err := r.store.Pool().Exec(t.Context(), "UPDATE buyers SET email_verified_at = now() WHERE id = $1", c.buyer.id)
		require.NoError(t, err, "its unpaid orders may hold more")
		for i, left := range []int{1, 0} {
			require.Equal(t, 200, seller.put(t, stockPath(products[i]), map[string]int{"stock": left}).Status)
		}
		for i, change := range []string{
			"status = 'HIDDEN'", "status = 'BLOCKED', blocked_reason = 'r'", "deleted_at = now()",
		} {
			_, err := r.store.Pool().Exec(t.Context(), "UPDATE products SET "+change+" WHERE id = $1", products[2+i])
			require.NoError(t, err)
		}
		c.do(t, chromedp.Navigate(r.api+"/shop/cart"))
		c.shows(t, "#amounts", "110,000")
		c.shows(t, ".lines li:nth-child(1)", "1 left")
		c.shows(t, ".lines li:nth-child(2)", "Sold out")
		c.shows(t, ".lines li:nth-child(5)", "No longer on sale")
		c.looksRight(t, "shop-cart-marked")
		c.press(t, "button[name=order]")
		c.do(t, chromedp.Click("input[value=MOCK]"))
		c.press(t, "button[name=total]")
		require.Equal(t, "Payment completed.", c.reads(t, ".notice"))
		require.Equal(t, 55, r.count(t, `SELECT count(*) FROM order_items WHERE order_id = (SELECT max(id) FROM orders
			WHERE buyer_id = $1)`, c.buyer.id))
		for _, id := range products[:5] {
			require.Equal(t, 200, c.buyer.delete(t, fmt.Sprintf("/carts/items/%d", id)).Status)
		}
	})

	t.Run("a form that is sent twice orders once", func(t *testing.T) {
		item := r.fill(t, c.buyer.id, chair, 1)
		form := url.Values{
			"address": {fmt.Sprint(c.buyer.addressID)}, "key": {"the form's"}, "total": {"9000"}, "method": {"MOCK"},
		}
		checkout := fmt.Sprintf("/shop/checkout?item=%d", item)
		status, _ := r.visit(t, http.MethodPost, checkout, form, c.cookie(t))
		require.Equal(t, 409, status, "the buyer has seen another price")
		form.Set("total", "10000.00")
		var at [2]string
		for i := range at {
			status, location := r.visit(t, http.MethodPost, checkout, form, c.cookie(t))
			require.Equal(t, 303, status)
			at[i] = location
		}
		require.Equal(t, at[0], at[1])
		status, _ = r.visit(t, http.MethodPost, checkout, form, c.cookie(t), "Origin",
			"https://elsewhere.example")
		require.Equal(t, 403, status)
	})

	t.Run("on a slow network, with an impatient buyer, who goes back then", func(t *testing.T) {
		c.do(t, slowNetwork(true))
		c.chooses(t, chair, 1, "MOCK")
		before := r.count(t, "SELECT count(*) FROM orders WHERE buyer_id = $1", c.buyer.id)
		c.do(t, chromedp.DoubleClick("button[name=total]"), chromedp.WaitVisible(".steps"),
			chromedp.WaitVisible(".notice"))
		require.Equal(t, before+1, r.count(t, "SELECT count(*) FROM orders WHERE buyer_id = $1", c.buyer.id))
		require.Equal(t, "Payment completed.", c.reads(t, ".notice"))
		c.do(t, slowNetwork(false))
		c.do(t, chromedp.Navigate(r.api+"/shop/cart"), chromedp.WaitVisible(".empty"))
		c.do(t, chromedp.NavigateBack(), chromedp.WaitVisible(".steps"))
		require.Equal(t, 1, r.count(t, `SELECT count(*) FROM payments p JOIN orders o ON o.id = p.order_id
			WHERE o.buyer_id = $1 AND o.id = (SELECT max(id) FROM orders WHERE buyer_id = $1) AND p.status = 'SUCCESS'`, c.buyer.id))
	})

	t.Run("a session that has ended leads to the login and back", func(t *testing.T) {
		g := r.customer(t, browser)
		g.do(t, chromedp.Navigate(r.api+"/shop/inbox"))
		opt, err := redis.ParseURL(r.cfg.RedisURL)
		require.NoError(t, err)
		store := redis.NewClient(opt)
		defer store.Close()
		sessions := auth.NewSessions(store, r.store, time.Hour)
		require.NoError(t, sessions.EndAccount(context.Background(), market.RoleBuyer, g.buyer.id))
		g.do(t, chromedp.Navigate(r.api+"/shop/orders"), chromedp.WaitVisible("form[action$='/login']"))
		g.logIn(t)
		require.Equal(t, r.api+"/shop/orders", g.at(t))
	})

	t.Run("who waits for a product is told", func(t *testing.T) {
		c.do(t, chromedp.Navigate(fmt.Sprintf("%s/shop/products/%d", r.api, gone)))
		c.looksRight(t, "shop-sold-out")
		c.press(t, ".product button")
		require.Contains(t, c.reads(t, ".notice"), "We will notify you")
		c.press(t, ".product button[name=cancel]")
		require.Contains(t, c.reads(t, ".notice"), "Restock alert cancelled.")
		c.press(t, ".product button")
		require.Contains(t, c.reads(t, ".product"), "You will be notified")
		_, err := r.store.UpdateProduct(context.Background(), market.SellerID(seller.id), gone,
			market.ProductChange{Stock: new(int32(5))})
		require.NoError(t, err)
		r.eventually(t, 1, "SELECT count(*) FROM restock_notifications WHERE user_id = $1", c.buyer.id)
		c.do(t, chromedp.Navigate(r.api+"/shop/inbox"))
		require.Contains(t, c.reads(t, ".plain-list"), "New")
	})

	t.Run("another's order, and what is no order", func(t *testing.T) {
		foreign, _ := r.paidOrder(t, r.buyers(t, 1)[0], line{chair, 1})
		cookie, mine := c.cookie(t), r.placeOrder(t, c.buyer, chair)
		for path, want := range map[string]int{
			fmt.Sprintf("/orders/%d", foreign): 404, fmt.Sprintf("/orders/%d/events", foreign): 404,
			fmt.Sprintf("/orders/%d/paid", foreign): 404, fmt.Sprintf("/orders/%d/refund", foreign): 404,
			"/orders/x":    400,
			"/?category=x": 400, "/?page=-1": 400, "/?keyword=" + strings.Repeat("a", 101): 400, "/products/999999": 404,
			fmt.Sprintf("/orders/%d/paid", mine): 404, "/?keyword=%00": 400,
		} {
			status, _ := r.visit(t, http.MethodGet, "/shop"+path, nil, cookie)
			require.Equal(t, want, status, path)
		}
		for path, c := range map[string]struct {
			form url.Values
			want int
		}{
			fmt.Sprintf("/orders/%d/pay", foreign):    {url.Values{"method": {"MOCK"}}, 404},
			fmt.Sprintf("/orders/%d/pay", mine):       {url.Values{"method": {"?"}}, 400},
			fmt.Sprintf("/orders/%d/cancel", foreign): {nil, 404},
			fmt.Sprintf("/orders/%d/refund", foreign): {url.Values{"why": {"DAMAGED"}}, 404},
			fmt.Sprintf("/orders/%d/refund", mine):    {url.Values{"why": {"ADMIN_DECISION"}}, 400},
			"/checkout?item=x":                        {url.Values{"address": {"1"}}, 404},
			"/addresses":                              {url.Values{"recipient": {"x"}}, 400},
			"/addresses/999999":                       {url.Values{"recipient": {"x"}, "phone": {"1"}, "detail": {"x"}}, 404},
			"/addresses/999999/delete":                {nil, 404},
			fmt.Sprintf("/cart/%d", chair):            {url.Values{"quantity": {"-1"}}, 400},
			"/cart/999999":                            {url.Values{"quantity": {"1"}, "add": {"1"}}, 404},
			"/products/999999/restock":                {nil, 404},
		} {
			status, _ := r.visit(t, http.MethodPost, "/shop"+path, c.form, cookie)
			require.Equal(t, c.want, status, path)
		}
	})

	t.Run("a stream of an order's progress ends when nothing will happen any more", func(t *testing.T) {
		order := r.placeOrder(t, c.buyer, chair)
		require.NoError(t, r.store.SetOrderStatus(context.Background(), order, market.OrderFailed, nil))
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet,
			fmt.Sprintf("%s/shop/orders/%d/events", r.api, order), nil)
		require.NoError(t, err)
		req.Header.Set("Cookie", "shop="+c.cookie(t))
		resp, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		defer resp.Body.Close()
		require.Equal(t, "text/event-stream", resp.Header.Get("Content-Type"))
		var events []string
		for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
			if event, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
				events = append(events, event)
			} else {
				require.Regexp(t, "^(data:.*)?$", lines.Text())
			}
		}
		require.Equal(t, []string{"over"}, events)
	})
	r.settleDown(t)
	r.verify(t)
}

// slowNetwork has each answer to a browser take half a second, and little of it come at a time.
func slowNetwork(slow bool) chromedp.Action[chromedp.Void] {
	conditions := &network.Conditions{DownloadThroughput: -1, UploadThroughput: -1}
	if slow {
		conditions = &network.Conditions{Latency: 500, DownloadThroughput: 50 << 10, UploadThroughput: 50 << 10}
	}
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, network.EmulateNetworkConditionsByRule,
			network.EmulateNetworkConditionsByRuleParams{MatchedNetworkConditions: []*network.Conditions{conditions}})
		return err
	})
}

// drawing is a PNG of 8 by 8 pixels.
func drawing(t *testing.T) []byte {
	t.Helper()
	picture := image.NewRGBA(image.Rect(0, 0, 8, 8))
	picture.Set(3, 3, color.White)
	var content bytes.Buffer
	require.NoError(t, png.Encode(&content, picture))
	return content.Bytes()
}

// pictured gives a product a picture.
func (r *rig) pictured(t *testing.T, seller, product int64) {
	t.Helper()
	ctx := context.Background()
	pictures, err := images.Open(ctx, r.cfg.ImagesURL, "", "")
	require.NoError(t, err)
	defer pictures.Close()
	key := images.NewKey(product, "image/png")
	require.NoError(t, r.store.AnnounceObject(ctx, key))
	require.NoError(t, pictures.Put(ctx, key, "image/png", drawing(t)))
	_, err = r.store.AddImage(ctx, market.SellerID(seller), product, store.Image{ObjectKey: key, Representative: true})
	require.NoError(t, err)
}
