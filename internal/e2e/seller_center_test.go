package e2e

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/testrig"
)

// TestSellerCenter is a seller with a real browser: what was sold today, and shipping it, one
// by one and from a file.
func TestSellerCenter(t *testing.T) {
	t.Parallel()
	r := start(t)
	seller, stranger := r.seller(t), r.sellerWithoutLogin(t)
	product, other := r.product(t, seller.id, 10_000_00, 100).ID, r.product(t, stranger, 10_000_00, 100).ID
	var orders, items []int64
	for range 5 {
		order, lines := r.paidOrder(t, r.buyers(t, 1)[0], line{product, 2})
		orders, items = append(orders, order), append(items, lines...)
	}
	_, foreign := r.paidOrder(t, r.buyers(t, 1)[0], line{other, 1})

	s := &consoleRig{rig: r, tab: openBrowser(t), mail: r.text(t, "SELECT email FROM sellers WHERE id = $1", seller.id)}
	s.do(t, speaks("en-US"), chromedp.Navigate(r.api+"/seller-center"), chromedp.WaitVisible("form"))
	s.looksRight(t, "seller-login")
	s.logIn(t)
	require.Equal(t, r.api+"/seller-center/", s.at(t))
	testrig.Eventually(t, func() bool {
		s.do(t, chromedp.Navigate(r.api+"/seller-center/"))
		return strings.Contains(s.reads(t, "main"), "₩100,000")
	}, 10*time.Second, 100*time.Millisecond, "what was sold is on the dashboard")
	s.looksRight(t, "seller-dashboard")

	t.Run("a line is shipped", func(t *testing.T) {
		s.do(t, chromedp.Navigate(r.api+"/seller-center/orders"))
		s.looksRight(t, "seller-orders")
		require.Contains(t, s.reads(t, "main"), "010-9999-8888", "where it goes")
		row := fmt.Sprintf("tr:has(input[name=orderItemId][value='%d']) ", items[0])
		s.do(t, chromedp.SetValue(row+"select[name=carrier]", "HANJIN"),
			chromedp.SendKeys(row+"input[name=trackingNumber]", "6031-0000"))
		s.press(t, "form[action$='/shipments'] .actions button")
		require.Equal(t, "Orders marked as shipped: 1.", s.reads(t, ".notice"))
		require.Equal(t, market.OrderShipped, r.status(t, orders[0]))

		// The order of a phone number is found, and its tracking number corrected.
		s.enter(t, "form[role=search] ", map[string]string{"keyword": "01099998888"})
		s.press(t, "form[role=search] button")
		number := market.OrderNumber(orders[0], market.DayOf(time.Now()))
		s.press(t, fmt.Sprintf("a[href='/seller-center/orders/%d']", orders[0]))
		require.Contains(t, s.reads(t, "main"), number)
		form := fmt.Sprintf("form[action='/seller-center/orders/%d/parcels/%d'] ", orders[0], r.parcel(t, items[0]))
		s.enter(t, form, map[string]string{"carrier": "CJ대한통운", "trackingNumber": "6031-0001"})
		s.press(t, form+"button")
		require.Equal(t, "Tracking number corrected.", s.reads(t, ".notice"))
		s.looksRight(t, "seller-order")
		require.Contains(t, s.reads(t, "main"), "6031-0001")
		s.do(t, chromedp.Navigate(r.api+fmt.Sprintf("/seller-center/orders/%d/slip", orders[0])))
		require.Contains(t, s.reads(t, "main"), "서울특별시 강남구 테헤란로 123")
		s.looksRight(t, "seller-packing-slip")
	})

	t.Run("many are shipped from a file, and each line that cannot be is told", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "shipments.csv")
		require.NoError(t, os.WriteFile(file, []byte(fmt.Sprintf(
			"\ufeff송장번호,orderItemId,carrier\n6031-0002,%d,CJ대한통운\n6031-0003,%d,\"한진, 택배\"\n1,%d,CJ\n1,x,CJ\n1,%d,\n%d\n,%[4]d,\n",
			items[1], items[2], foreign[0], items[3], items[4])), 0o600))
		preview := func() string {
			s.do(t, chromedp.Navigate(r.api+"/seller-center/orders"),
				chromedp.SetUploadFiles("input[type=file]", []string{file}))
			s.press(t, "form[action$='/shipments/preview'] button")
			return s.reads(t, "table")
		}
		shown := preview()
		for _, problem := range []string{
			"The order item does not exist.", "orderItemId must be a number", "carrier is required.", "This line has 1 fields",
		} {
			require.Contains(t, shown, problem)
		}
		require.Equal(t, 1, strings.Count(shown, "No change"), "a line that is not filled in: %s", shown)
		s.looksRight(t, "seller-shipments-preview")
		require.Equal(t, market.OrderPaid, r.status(t, orders[1]), "a look changes nothing")
		s.press(t, "form[action$='/shipments'] button")
		require.Equal(t, 2, strings.Count(s.reads(t, "table"), "Shipped"))
		s.looksRight(t, "seller-shipments")
		require.Equal(t, 3, strings.Count(preview(), "No change"), "the same file again changes nothing")
		require.NotContains(t, s.reads(t, "main"), "Mark as shipped")
		want := []market.OrderStatus{
			market.OrderShipped, market.OrderShipped, market.OrderShipped, market.OrderPaid, market.OrderPaid,
		}
		for i, order := range orders {
			require.Equal(t, want[i], r.status(t, order))
		}
		require.Equal(t, "한진, 택배", r.text(t, "SELECT carrier FROM order_items WHERE id = $1", items[2]))
	})

	t.Run("a webhook is added, and its secret shown once", func(t *testing.T) {
		s.do(t, chromedp.Navigate(r.api+"/seller-center/webhooks"))
		s.looksRight(t, "seller-webhooks")
		s.do(t, chromedp.SetValue("main input[name=url]", "https://example.com/hooks"),
			chromedp.Click("input[value='payout.paid']", chromedp.NodeVisible))
		s.press(t, "form[action$='/webhooks'] button")
		require.Contains(t, s.reads(t, "code"), "whsec_")
		s.looksRight(t, "seller-webhook-secret")
		s.press(t, "main a.button")
		require.NotContains(t, s.reads(t, "main"), "whsec_")
		s.looksRight(t, "seller-webhook")
		require.Equal(t, 1, r.count(t, `SELECT count(*) FROM webhook_endpoints WHERE seller_id = $1 AND status = 'ACTIVE'
			AND NOT events @> '{payout.paid}' AND events @> '{order.paid,payout.failed}'`, seller.id))
		s.press(t, "button[value=PAUSED]")
		require.Equal(t, "Webhook saved.", s.reads(t, ".notice"))
		s.press(t, "form[action$='/delete'] .danger")
		require.Equal(t, 0, r.count(t, "SELECT count(*) FROM webhook_endpoints WHERE seller_id = $1 AND deleted_at IS NULL",
			seller.id))
	})

	t.Run("a product is made, changed and hidden", func(t *testing.T) {
		save := func(fields map[string]string) {
			for name, value := range fields {
				s.do(t, chromedp.SetValue("[name="+name+"]", value))
			}
			s.press(t, "main form button")
		}
		s.do(t, chromedp.Navigate(r.api+"/seller-center/products/new"))
		s.looksRight(t, "seller-product")
		const attack = `<script>document.title="owned"</script>`
		save(map[string]string{"name": attack, "description": "설명", "price": "12,345", "stock": "7"})
		require.Equal(t, "Product created. Add images below.", s.reads(t, ".notice"))
		require.Equal(t, attack, s.reads(t, "h1"))
		s.do(t, chromedp.Navigate(r.api+"/seller-center/products"))
		require.Contains(t, s.reads(t, "table"), attack)
		s.looksRight(t, "seller-products")
		id := r.count(t, "SELECT id FROM products WHERE name = $1", attack)
		s.do(t, chromedp.Navigate(fmt.Sprintf("%s/seller-center/products/%d", r.api, id)))
		save(map[string]string{"name": "안락의자", "stock": "9", "status": "HIDDEN"})
		require.Equal(t, 1, r.count(t,
			"SELECT count(*) FROM products WHERE id = $1 AND name = '안락의자' AND price = 12345 AND stock = 9 AND status = 'HIDDEN'", id))

		picture := filepath.Join(t.TempDir(), "chair.png")
		require.NoError(t, os.WriteFile(picture, drawing(t), 0o600))
		s.do(t, chromedp.Navigate(fmt.Sprintf("%s/seller-center/products/%d", r.api, id)),
			chromedp.SetUploadFiles("input[name=image]", []string{picture}))
		s.press(t, "form[action$='/images'] button")
		require.Equal(t, "Product images updated.", s.reads(t, ".notice"))
		s.do(t, chromedp.Poll[chromedp.Void]("document.querySelector('.tiles img').complete"))
		width, err := chromedp.Run(s, chromedp.Evaluate[int64]("document.querySelector('.tiles img').naturalWidth"))
		require.NoError(t, err)
		require.EqualValues(t, 8, width)
		s.looksRight(t, "seller-pictures")
		s.do(t, chromedp.SetUploadFiles("input[name=image]", []string{picture, picture}))
		s.press(t, "form[action$='/images'] button")
		pictures := func() string {
			return r.text(t, `SELECT string_agg(id::text, ' ' ORDER BY representative DESC, sort_order) FROM product_image
				WHERE product_id = $1`, id)
		}
		before := strings.Fields(pictures())
		require.Len(t, before, 3)
		s.press(t, ".tiles li:nth-child(3) button[value=first]")
		require.Equal(t, before[2]+" "+before[0]+" "+before[1], pictures())
		s.press(t, ".tiles li:nth-child(1) button[value=later]")
		require.Equal(t, strings.Join([]string{before[0], before[2], before[1]}, " "), pictures())
		s.press(t, "a[href$='/preview']")
		s.looksRight(t, "seller-preview")
		require.Contains(t, s.reads(t, "main"), "₩12,345")
		for range 2 {
			s.do(t, chromedp.Navigate(fmt.Sprintf("%s/seller-center/products/%d", r.api, id)))
			s.press(t, ".tiles li:nth-child(2) button.danger")
		}
		require.NoError(t, os.WriteFile(picture, []byte("no picture"), 0o600))
		s.do(t, chromedp.SetUploadFiles("input[name=image]", []string{picture}))
		s.press(t, "form[action$='/images'] button")
		require.NotEmpty(t, s.reads(t, ".failure"))
		s.do(t, chromedp.Navigate(fmt.Sprintf("%s/seller-center/products/%d", r.api, id)))
		s.press(t, ".tiles button")
		require.Zero(t, r.count(t, "SELECT count(*) FROM product_image WHERE product_id = $1", id))

		// An order that comes between the look and the change keeps the stock from being set.
		s.do(t, chromedp.Navigate(fmt.Sprintf("%s/seller-center/products/%d", r.api, product)))
		_, _ = r.paidOrder(t, r.buyers(t, 1)[0], line{product, 1})
		save(map[string]string{"stock": "500"})
		require.NotEmpty(t, s.reads(t, "#problem"))
		require.NotEqual(t, 500, r.count(t, "SELECT stock + reserved FROM products WHERE id = $1", product))
	})

	t.Run("prices and stock are changed from a file, after a look at what it does", func(t *testing.T) {
		var own []int64
		for range 3 {
			own = append(own, r.product(t, seller.id, 1_000_00, 5).ID)
		}
		upload := func(content string) {
			file := filepath.Join(t.TempDir(), "offers.csv")
			require.NoError(t, os.WriteFile(file, []byte(content), 0o600))
			s.do(t, chromedp.Navigate(r.api+"/seller-center/products"),
				chromedp.SetUploadFiles("input[type=file]", []string{file}))
			s.press(t, "form[action$='/offers/preview'] button")
		}
		offers := func() string {
			return r.text(t, "SELECT string_agg(price::bigint || '/' || stock, ' ' ORDER BY id) FROM products WHERE id = ANY ($1)", own)
		}
		upload(fmt.Sprintf("productId,price,onHand\n%d,2000,\n%d,,50\n%d,3000,0\n%d,1,1\nx,1,1\n%d,9,9\n%d,,\n",
			own[0], own[1], own[2], other, own[0], own[1]))
		preview := s.reads(t, "table")
		for _, problem := range []string{
			"The product does not exist.", "productId must be a number", "An earlier line has the same productId.", "Enter at least one value to change.",
		} {
			require.Contains(t, preview, problem)
		}
		s.looksRight(t, "seller-offers")
		require.Equal(t, "1000/5 1000/5 1000/5", offers(), "a look changes nothing")
		s.press(t, "button[name=skip]")
		require.Equal(t, "Products updated: 3, not updated: 0.", s.reads(t, ".notice"))
		require.Equal(t, "2000/5 1000/50 3000/0", offers())

		upload(fmt.Sprintf("상품번호,가격,재고\n%d,4000,60\n%d,,60\n", own[0], own[1]))
		_, _ = r.paidOrder(t, r.buyers(t, 1)[0], line{own[1], 1})
		s.press(t, "form[action$='/offers'] button:not([name])")
		require.Contains(t, s.reads(t, ".notice"), "Nothing was changed")
		require.Equal(t, "2000/5 1000/49 3000/0", offers(), "all or nothing")
		upload(fmt.Sprintf("onHand,price,productId\n60,4000,%d\n60,,%d\n", own[0], own[1]))
		s.press(t, "form[action$='/offers'] button:not([name])")
		require.Equal(t, "Products updated: 2, not updated: 0.", s.reads(t, ".notice"))
		require.Equal(t, "4000/60 1000/59 3000/0", offers(),
			"a piece that is to be shipped is on hand, and not to be sold")

		template := s.fetch(t, "/offers/template")
		require.True(t, strings.HasPrefix(template, "\ufeff"), "spreadsheets read it as UTF-8")
		upload(template)
		unchanged := s.reads(t, "table")
		require.Equal(t, strings.Count(template, "\n")-1, strings.Count(unchanged, "No change"), unchanged)
		require.NotContains(t, s.reads(t, "main"), "Change valid lines only")
	})

	t.Run("the file of what waits to be shipped", func(t *testing.T) {
		template := s.fetch(t, "/shipments/template")
		require.True(t, strings.HasPrefix(template, "\ufeff상품주문번호,주문번호,상품명,수량,받는 분,연락처,배송지,배송 메모,택배사,송장번호\n"),
			template)
		require.Contains(t, template, "김수령,010-9999-8888,서울특별시 강남구 테헤란로 123")
		for i, item := range items {
			waits := i == 3 || i == 4
			require.Equal(t, waits, strings.Contains(template, fmt.Sprintf("\n%d,", item)), template)
		}
	})

	t.Run("another's lines, and no file at all", func(t *testing.T) {
		cookie := s.cookie(t)
		ask := func(path string, form url.Values) int {
			status, _ := request(t, http.MethodPost, r.api+"/seller-center"+path, form, "Cookie",
				"seller-center="+cookie)
			return status
		}
		parcel := url.Values{"carrier": {"CJ"}, "trackingNumber": {"1"}}
		require.Equal(t, 404, ask("/orders/999999/parcels", parcel))
		require.Equal(t, 404, ask(fmt.Sprintf("/orders/%d/parcels/999999", orders[3]), parcel))
		require.Equal(t, 400, ask(fmt.Sprintf("/orders/%d/parcels", orders[3]),
			url.Values{"carrier": {strings.Repeat("가", 51)}}))
		require.Equal(t, 400, ask("/shipments", nil))
		require.Equal(t, 400, ask("/shipments/preview", nil))
		parcel["orderItemId"] = []string{"1", "2"}
		require.Equal(t, 400, ask("/shipments", parcel), "a carrier is missing")
		require.Equal(t, 400, ask("/offers/preview", nil))
		for _, change := range []string{"", "1", "x-1-1-1-1--", "1-1-1-x-1--", "1---1-1--", "1--1-1-1-1--"} {
			require.Equal(t, 400, ask("/offers", url.Values{"change": {change}}), change)
		}
		thing := url.Values{"name": {"x"}, "description": {"x"}, "price": {"1"}, "stock": {"1"}, "category": {"1"},
			"seenStock": {"1"}, "seenReserved": {"0"}, "status": {"ON_SALE"}}
		require.Equal(t, 403, ask(fmt.Sprintf("/products/%d/images", other), nil))
		require.Equal(t, 403, ask(fmt.Sprintf("/products/%d/images/1", other), nil))
		require.Equal(t, 404, ask(fmt.Sprintf("/products/%d", other), thing))
		for field, bad := range map[string]string{
			"name": strings.Repeat("가", 201), "price": "1e9", "stock": "-1", "category": "x", "description": " ",
		} {
			form := url.Values{}
			for name, values := range thing {
				form[name] = values
			}
			form.Set(field, bad)
			require.Equal(t, 400, ask("/products", form), field)
		}
		for path, want := range map[string]int{
			fmt.Sprintf("/products/%d", other): 404, "/products/x": 400, "/settlements/1": 404,
			"/products?page=-1": 400,
		} {
			status, _ := request(t, http.MethodGet, r.api+"/seller-center"+path, nil, "Cookie", "seller-center="+cookie)
			require.Equal(t, want, status, path)
		}
	})

	t.Run("a product that staff has blocked says why", func(t *testing.T) {
		reason := "위조품 신고"
		_, err := r.store.SetProductBlock(context.Background(), product, &reason)
		require.NoError(t, err)
		s.do(t, chromedp.Navigate(fmt.Sprintf("%s/seller-center/products/%d", r.api, product)))
		require.Contains(t, s.reads(t, ".failure"), reason)
		s.do(t, chromedp.SetValue("[name=name]", "이름만 바꾼다"))
		s.press(t, "main form button")
		require.Equal(t, 1, r.count(t, "SELECT count(*) FROM products WHERE id = $1 AND name = '이름만 바꾼다' AND status = 'BLOCKED'", product))
	})

	t.Run("what was refunded, the profile, and a statement to print", func(t *testing.T) {
		s.do(t, chromedp.Navigate(r.api+"/seller-center/refunds"))
		require.Contains(t, s.reads(t, ".empty"), "No refunds yet.")
		back := r.product(t, seller.id, 123_456_789_00, 10).ID
		buyer := r.buyers(t, 1)[0]
		order, lines := r.paidOrder(t, buyer, line{back, 2})
		require.Equal(t, 201, buyer.post(t, refundsOf(order), pieces(lines[0], 1)).Status)
		s.do(t, chromedp.Navigate(r.api+"/seller-center/refunds"))
		require.Contains(t, s.reads(t, "table"), "₩123,456,789")
		s.looksRight(t, "seller-refunds")

		save := func(form string, fields map[string]string) {
			s.do(t, chromedp.Navigate(r.api+"/seller-center/profile"))
			s.enter(t, "form:has([value="+form+"])", fields)
		}
		save("details", map[string]string{"storeName": strings.Repeat("긴상호", 20), "phone": "02-123-4567"})
		require.Equal(t, "Profile saved.", s.reads(t, ".notice"))
		require.Contains(t, s.reads(t, ".facts"), "긴상호긴상호")
		save("bank", map[string]string{"bankAccount": "110-555-998877", "currentPassword": "a guess!"})
		require.Contains(t, s.reads(t, ".field-problem"), "password")
		s.looksRight(t, "seller-profile")
		save("bank", map[string]string{"bankAccount": "110-555-998877", "currentPassword": password})
		require.Contains(t, s.reads(t, ".facts"), "···8877")
		require.Contains(t, s.reads(t, ".facts"), "Payouts on hold after an account change")

		settlement := r.text(t, `INSERT INTO settlements (seller_id, amount, payable, fee, period_start, period_end, status, type, completed_at)
			VALUES ($1, 0, 0, 0, '2026-01-01', '2026-01-15', 'COMPLETED', 'MID', now()) RETURNING id::text`, seller.id)
		s.do(t, chromedp.Navigate(r.api+"/seller-center/settlements/"+settlement))
		s.press(t, "a[href$='/statement']")
		require.Contains(t, s.reads(t, "h1"), "Settlement "+settlement)
		status, _ := request(t, http.MethodGet, r.api+"/seller-center/settlements/"+settlement+"/statement?format=csv",
			nil,
			"Cookie", "seller-center="+s.cookie(t))
		require.Equal(t, 200, status)
	})

	t.Run("the ledger tells what was earned, and is a file, too", func(t *testing.T) {
		for _, step := range []string{"delivered", "confirmed"} { // as if time had passed
			_, err := r.store.Pool().Exec(context.Background(),
				"UPDATE order_items SET due_at = now() - interval '1 minute' WHERE due_at IS NOT NULL")
			require.NoError(t, err)
			_, lines, err := r.store.AdvanceDueLines(context.Background(), store.DueLine{}, 100)
			require.NoError(t, err)
			require.NotZero(t, lines, step)
		}
		s.do(t, chromedp.Navigate(r.api+"/seller-center/ledger"))
		require.Contains(t, s.reads(t, "table"), "Confirmed")
		s.looksRight(t, "seller-ledger")
		s.do(t, chromedp.Navigate(r.api+"/seller-center/statistics"))
		require.Contains(t, s.reads(t, ".empty"), "No sales in this period.")
		s.looksRight(t, "seller-statistics-empty")
		cookie := s.cookie(t)
		for path, want := range map[string]int{
			"/ledger?format=csv": 200, "/statistics?format=csv": 200, "/ledger?format=x": 400, "/statistics?unit=year": 400,
			"/statistics?from=x": 400, "/statistics?from=2020-01-01": 400, "/ledger?page=-1": 400,
		} {
			status, _ := request(t, http.MethodGet, r.api+"/seller-center"+path, nil, "Cookie", "seller-center="+cookie)
			require.Equal(t, want, status, path)
		}
	})

	t.Run("a seller who is suspended is out", func(t *testing.T) {
		_, err := r.store.SetSellerStatus(context.Background(), seller.id, market.SellerSuspended, false, "")
		require.NoError(t, err)
		s.do(t, chromedp.Navigate(r.api+"/seller-center/orders"), chromedp.WaitVisible("form[action$='/login']"))
	})
	r.settleDown(t)
	r.verify(t)
}

// fetch returns what a page of the seller centre answers with, in Korean.
func (s *consoleRig) fetch(t *testing.T, path string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.api+"/seller-center"+path, nil)
	require.NoError(t, err)
	req.Header.Set("Cookie", "seller-center="+s.cookie(t))
	status, _, body := send(t, req)
	require.Equal(t, http.StatusOK, status, body)
	return body
}
