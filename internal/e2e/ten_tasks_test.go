package e2e

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
)

// clicks counts what a person does on pages: each link, button, box and field counts once.
type clicks struct {
	tab
	n int
}

// from opens the page where a task begins.
func (c *clicks) from(t *testing.T, address string) {
	t.Helper()
	c.do(t, chromedp.EmulateViewport(1440, 900), chromedp.Navigate(address))
	c.n = 0
}

// press clicks an element that leads to another page.
func (c *clicks) press(t *testing.T, selector string) {
	t.Helper()
	c.n += c.tab.press(t, selector)
}

// choose clicks an element of a form.
func (c *clicks) choose(t *testing.T, selector string) {
	t.Helper()
	c.n++
	c.do(t, chromedp.Click(selector, chromedp.NodeVisible))
}

// enter fills in a field.
func (c *clicks) enter(t *testing.T, selector, value string) {
	t.Helper()
	c.n++
	c.do(t, chromedp.SetValue(selector, value))
}

// tenTasks has people do the tasks of each day on the sites, from the first page of each, and returns their clicks.
func tenTasks(t *testing.T) (names []string, counted []int) {
	t.Helper()
	r := start(t)
	browser := openBrowser(t)
	seller := r.seller(t)
	product := r.product(t, seller.id, 10_000_00, 1_000).ID
	done := func(name string, c *clicks) {
		names, counted = append(names, name), append(counted, c.n)
	}

	customer := r.customer(t, browser)
	b := &clicks{tab: customer.tab}
	shop := r.api + "/shop/"
	b.from(t, shop)
	b.press(t, fmt.Sprintf(".tiles a[href$='/products/%d']", product))
	b.press(t, "button[name=buy]")
	b.choose(t, "input[value=MOCK]")
	b.press(t, "button[name=total]")
	bought := customer.order(t)
	require.Equal(t, market.OrderPaid, r.status(t, bought))
	done("buy a product", b)

	declined := customer.opens(t, product, 1, "decline")
	b.from(t, fmt.Sprintf("%s/shop/orders/%d", r.api, declined))
	b.press(t, "button[value=MOCK]")
	require.Equal(t, market.OrderPaid, r.status(t, declined))
	done("pay a declined order another way", b)

	b.from(t, shop)
	b.press(t, "nav a[href='/shop/orders']")
	b.press(t, fmt.Sprintf("a[href$='/shop/orders/%d']", declined))
	b.press(t, "button.danger")
	customer.shows(t, "main", "Refunded")
	require.Equal(t, market.OrderRefunded, r.status(t, declined))
	done("cancel an order", b)

	item := int64(r.count(t, "SELECT id FROM order_items WHERE order_id = $1", bought))
	parcel := map[string]string{"carrier": "CJ", "trackingNumber": "6031-0"}
	require.Equal(t, 200, seller.put(t, shipPath(item), parcel).Status)
	require.Equal(t, 200, seller.put(t, deliverPath(item), nil).Status)
	b.from(t, shop)
	b.press(t, "nav a[href='/shop/orders']")
	b.press(t, fmt.Sprintf("a[href$='/shop/orders/%d']", bought))
	b.press(t, fmt.Sprintf("a[href$='/shop/orders/%d/refund']", bought))
	b.enter(t, "input[name=reason]", "too small")
	b.press(t, "main form button")
	require.Equal(t, 1, r.count(t, `SELECT count(*) FROM refunds f JOIN payments p ON p.id = f.payment_id
		WHERE p.order_id = $1`, bought))
	done("return a delivered product", b)

	// The seller has ten orders and fifty products.
	var items []int64
	for range 10 {
		_, lines := r.paidOrder(t, r.buyers(t, 1)[0], line{product, 1})
		items = append(items, lines...)
	}
	for range 49 {
		r.product(t, seller.id, 1_000_00, 5)
	}
	center := &consoleRig{rig: r, tab: browser.open(t, chromedp.WithNewBrowserContext())}
	center.mail = r.text(t, "SELECT email FROM sellers WHERE id = $1", seller.id)
	center.do(t, speaks("en-US"), chromedp.Navigate(r.api+"/seller-center/login"))
	center.logIn(t)
	s, home := &clicks{tab: center.tab}, r.api+"/seller-center/"
	s.from(t, home)
	s.press(t, "nav a[href='/seller-center/orders']")
	for i, item := range items {
		s.enter(t, fmt.Sprintf("tr:has(input[name=orderItemId][value='%d']) input[name=trackingNumber]", item),
			fmt.Sprintf("6031-%d", i))
	}
	s.press(t, "form[action$='/shipments'] .actions button")
	require.Equal(t, 10, r.count(t, "SELECT count(*) FROM order_items WHERE id = ANY ($1) AND shipped_at IS NOT NULL", items))
	done("ship ten orders", s)

	order := r.count(t, "SELECT order_id FROM order_items WHERE id = $1", items[0])
	s.from(t, home)
	s.press(t, "nav a[href='/seller-center/orders']")
	s.press(t, "a[href$='status=SHIPPED']")
	s.press(t, fmt.Sprintf("a[href='/seller-center/orders/%d']", order))
	form := fmt.Sprintf("form[action$='/parcels/%d'] ", r.parcel(t, items[0]))
	s.enter(t, form+"input[name=trackingNumber]", "6031-77")
	s.press(t, form+"button")
	require.Equal(t, "6031-77", r.text(t, "SELECT tracking_number FROM order_items WHERE id = $1", items[0]))
	done("correct a tracking number", s)

	s.from(t, home)
	s.press(t, "nav a[href='/seller-center/products']")
	s.choose(t, "input[name=all]")
	s.enter(t, "input[name=value]", "10")
	s.press(t, "form[action$='/offers/edits'] button")
	center.looksRight(t, "seller-edits")
	s.press(t, "form[action$='/offers'] button:not([name])")
	require.Equal(t, 50, r.count(t, `SELECT count(*) FROM products
		WHERE seller_id = $1 AND price = CASE id WHEN $2 THEN 11000 ELSE 1100 END`, seller.id, product))
	done("change the prices of fifty products", s)

	const phone = "010-9999-8888"
	s.from(t, home)
	s.press(t, "nav a[href='/seller-center/orders']")
	s.enter(t, "form[role=search] input[name=keyword]", phone)
	s.press(t, "form[role=search] button")
	require.Contains(t, center.reads(t, "main"), phone)
	done("find the order of a phone number", s)

	r.owed(t, seller.id)
	r.closeDay(t, lastPeriod().End)
	s.from(t, home)
	s.press(t, "nav a[href='/seller-center/settlements']")
	s.press(t, "table a")
	s.press(t, "a[href$='/statement']")
	center.looksRight(t, "seller-statement")
	require.Contains(t, center.reads(t, "body"), "Commission, VAT included")
	done("read a settlement statement", s)

	var refunds []int64
	for range 5 {
		refund, _ := r.refundToDecide(t, product, "broken")
		refunds = append(refunds, refund)
	}
	desk := r.desk(t, browser, "en-US")
	a := &clicks{tab: desk.tab}
	a.from(t, r.admin+"/")
	a.press(t, "nav a[href='/refunds']")
	for _, refund := range refunds {
		a.choose(t, fmt.Sprintf("input[name=refund][value='%d']", refund))
	}
	a.press(t, "button[value=approve]")
	r.eventually(t, 5, "SELECT count(*) FROM refunds WHERE id = ANY ($1) AND status = 'SUCCESS'", refunds)
	done("decide five refunds", a)
	return names, counted
}

// The table of docs/sites.md has what people need for the tasks of each day. UPDATE_DOCS=1 writes it anew.
func TestTenTasks_Clicks_AreThoseOfTheTable(t *testing.T) {
	t.Parallel()
	const file, begin = "../../docs/sites.md", "|task|clicks|\n|---|---:|\n"
	names, counted := tenTasks(t)
	table := begin
	for i, name := range names {
		table += fmt.Sprintf("|%s|%d|\n", name, counted[i])
	}
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	before, _, found := strings.Cut(string(content), begin)
	require.True(t, found)
	if os.Getenv("UPDATE_DOCS") != "" {
		require.NoError(t, os.WriteFile(file, []byte(before+table), 0o600))
		return
	}
	require.Equal(t, before+table, string(content), "write it with UPDATE_DOCS=1")
}
