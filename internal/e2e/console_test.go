package e2e

import (
	"context"
	_ "embed"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/deploy/portone/portonesim"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/testrig"
	"github.com/all-in-market/market/internal/testrig/browser"
)

//go:embed testdata/axe.min.js
var axe string

// desk is an admin or a seller, with a browser.
type consoleRig struct {
	*rig
	tab
	mail string
}

// desk has a new admin log in, in a browser without cookies.
func (r *rig) desk(t *testing.T, b tab, language string) *consoleRig {
	t.Helper()
	d := &consoleRig{rig: r, tab: b.open(t, chromedp.WithNewBrowserContext())}
	d.mail = fmt.Sprintf("desk%d@example.com", r.serial.Add(1))
	created, err := r.store.CreateAdmin(context.Background(), market.Email(d.mail), r.hash, "Admin")
	require.NoError(t, err)
	require.True(t, created)
	d.do(t, speaks(language), chromedp.Navigate(r.admin+"/refunds?status=PENDING"))
	d.logIn(t)
	require.Equal(t, r.admin+"/refunds?status=PENDING", d.at(t), "the login leads to where one wanted to be")
	return d
}

func (d *consoleRig) logIn(t *testing.T) {
	t.Helper()
	d.do(t, chromedp.SendKeys("input[name=email]", d.mail), chromedp.SendKeys("input[name=password]", password))
	d.press(t, "form[action$='/login'] button")
	d.do(t, chromedp.WaitVisible("header form[action$='/logout']"))
}

// press clicks the element of a selector, and waits until the next page is there. A page that
// refreshes may remove the button before it is clicked: then press clicks the new one.
func (b tab) press(t *testing.T, selector string) (clicked int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(b, 30*time.Second)
	defer cancel()
	if dialog := b.closedDialog(t, selector); dialog != "" {
		b.do(t, chromedp.Click("[popovertarget="+dialog+"]:not([popovertargetaction])", chromedp.NodeVisible))
		selector = "#" + dialog + " button:not([type=button])"
		clicked++
	}
	_, err := chromedp.RunResponse(ctx, chromedp.Click(selector, chromedp.NodeVisible))
	for err != nil && strings.Contains(err.Error(), "No node with given id") {
		_, err = chromedp.RunResponse(ctx, chromedp.Click(selector, chromedp.NodeVisible))
	}
	require.NoError(t, err, selector)
	return clicked + 1
}

// closedDialog returns the id of the closed dialog that an element opens or is in; "" for none.
func (b tab) closedDialog(t *testing.T, selector string) string {
	t.Helper()
	id, err := chromedp.Run(b, chromedp.Evaluate[string](fmt.Sprintf(`(() => {
		const found = [...document.querySelectorAll(%q)].filter(e => !e.disabled)[0]
		const dialog = found?.closest('.dialog[popover]')
		if (dialog) return dialog.matches(':popover-open') ? '' : dialog.id
		const opened = document.getElementById(found?.getAttribute('popovertarget') ?? '')
		return opened?.matches('.dialog') ? opened.id : ''
	})()`, selector)))
	require.NoError(t, err, selector)
	return id
}

// shows waits until a page that refreshes shows a text.
func (b tab) shows(t *testing.T, selector, what string) {
	t.Helper()
	text := fmt.Sprintf("document.querySelector(%q)?.innerText ?? ''", selector)
	testrig.Eventually(t, func() bool {
		now, err := chromedp.Run(b, chromedp.Evaluate[string](text))
		require.NoError(t, err)
		return strings.Contains(now, what)
	}, 30*time.Second, 50*time.Millisecond, what)
}

// speaks has a browser ask for a language.
func speaks(language string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, network.SetExtraHTTPHeaders,
			network.SetExtraHTTPHeadersParams{Headers: network.Headers{"Accept-Language": language}})
		return err
	})
}

// colours has a browser prefer light pages or dark ones.
func colours(scheme string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
		})
		return err
	})
}

// cookie is the value of the session's cookie, which no script can read.
func (d *consoleRig) cookie(t *testing.T) (value string) {
	t.Helper()
	require.NoError(t, chromedp.Do(d, chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		found, err := cdp.Call(ctx, target, network.GetCookies, network.GetCookiesParams{})
		for _, c := range found.Cookies {
			require.True(t, c.HTTPOnly)
			if !strings.HasPrefix(c.Name, "device-") {
				value = c.Value
			}
		}
		return err
	})))
	require.NotEmpty(t, value)
	return value
}

// at is the address of the page.
func (b tab) at(t *testing.T) string {
	t.Helper()
	at, err := chromedp.Run(b, chromedp.Location())
	require.NoError(t, err)
	return at
}

// reads returns the text of a part of the page.
func (b tab) reads(t *testing.T, selector string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(b, 20*time.Second)
	defer cancel()
	text, err := chromedp.Run(ctx, chromedp.Text(selector))
	require.NoError(t, err, selector)
	return text
}

// refundToDecide has a buyer pay for some pieces and ask for one of them back.
func (r *rig) refundToDecide(t *testing.T, product int64, description string) (refund, order int64) {
	t.Helper()
	b := r.buyers(t, 1)[0]
	order, items := r.paidOrder(t, b, line{product, 2})
	body := pieces(items[0], 1)
	body["description"] = description
	opened := b.post(t, refundsOf(order), body)
	require.Equal(t, 201, opened.Status, opened)
	return opened.id("refundId"), order
}

// TestConsole is an admin with a real browser, who logs in, decides refunds and approves
// sellers, and what others may try.
func TestConsole(t *testing.T) {
	t.Parallel()
	r := start(t)
	product := r.product(t, r.seller(t).id, 123_456_789_00, 100).ID
	_, err := r.store.Pool().Exec(context.Background(), "UPDATE products SET name = $2 WHERE id = $1", product,
		strings.Repeat("아주긴상품이름", 25))
	require.NoError(t, err)
	const attack = `<script>document.title="owned"</script><img src=x onerror="document.title='owned'">`
	browser := openBrowser(t)
	d := r.desk(t, browser, "en-US")

	state := func(refund int64) (s string) {
		return r.text(t, "SELECT status FROM refunds WHERE id = $1", refund)
	}
	choose := func(refunds ...int64) (steps []chromedp.Action[chromedp.Void]) {
		for _, id := range refunds {
			steps = append(steps, chromedp.Click(fmt.Sprintf("input[name=refund][value='%d']", id)))
		}
		return steps
	}

	t.Run("who is not logged in sees the login alone", func(t *testing.T) {
		for _, path := range []string{
			"/", "/alerts", "/refunds", "/orders", "/sellers", "/categories", "/payouts", "/breaks", "/batches", "/batches/new",
			"/refunds/1", "/orders/1", "/batches/1", "/sellers/1", "/products", "/products/1", "/buyers", "/audit", "/webhooks", "/webhooks/1",
		} {
			status, location := r.ask(t, http.MethodGet, path, nil, "")
			require.Equal(t, 303, status, path)
			require.Equal(t, "/login?"+url.Values{"next": {path}}.Encode(), location)
		}
		stranger := browser.open(t, chromedp.WithNewBrowserContext())
		stranger.do(t, speaks("en-US"), chromedp.Navigate(r.admin+"/login?next=//elsewhere.example"),
			chromedp.SendKeys("input[name=email]", d.mail),
			chromedp.SendKeys("input[name=password]", "not-the-password"))
		stranger.press(t, "form button")
		require.NotEmpty(t, stranger.reads(t, ".failure"))
		next, err := chromedp.Run(stranger, chromedp.Evaluate[string]("document.querySelector('[name=next]').value"))
		require.NoError(t, err)
		require.Equal(t, "/", next, "nobody is sent elsewhere")
	})

	t.Run("some refunds are approved at once, and one is denied with a reason", func(t *testing.T) {
		first, order := r.refundToDecide(t, product, attack)
		second, _ := r.refundToDecide(t, product, "깨졌어요")
		third, _ := r.refundToDecide(t, product, "색이 달라요")
		d.do(t, chromedp.Navigate(r.admin+"/refunds"))
		d.looksRight(t, "refunds")
		d.do(t, choose(first, second)...)
		d.press(t, "button[value=approve]")
		require.Contains(t, d.reads(t, ".notice"), "not decided: 0,") // one may still be under way
		testrig.Eventually(t, func() bool {
			return state(first) == "SUCCESS" && state(second) == "SUCCESS"
		}, time.Minute,
			50*time.Millisecond)
		require.Equal(t, "PENDING", state(third))

		d.do(t, choose(third)...)
		d.press(t, "button[value=deny]")
		require.Equal(t, "reason is required.", d.reads(t, "#problem"))
		d.do(t, chromedp.Navigate(fmt.Sprintf("%s/refunds/%d", r.admin, third)),
			chromedp.SendKeys("input[name=reason]", attack))
		d.press(t, "button[value=deny]")
		require.Equal(t, "DENIED", state(third))

		d.do(t, chromedp.Navigate(fmt.Sprintf("%s/refunds/%d", r.admin, first)))
		require.Contains(t, d.reads(t, "blockquote"), attack, "what people have typed is text")
		require.Contains(t, d.reads(t, ".facts"), "Borne by the buyer")
		require.Contains(t, d.reads(t, ".timeline"), "Refund completed")
		require.NotContains(t, d.reads(t, "main"), "Workflow started", "events of workflows are folded")
		d.do(t, chromedp.Click(".technical summary", chromedp.NodeVisible))
		for _, happened := range []string{"Workflow started", "Signal", "Workflow completed"} {
			require.Contains(t, d.reads(t, ".technical"), happened)
		}
		d.looksRight(t, "refund")
		d.do(t, chromedp.Navigate(fmt.Sprintf("%s/refunds/%d", r.admin, third)))
		require.Contains(t, d.reads(t, ".facts"), attack)
		d.do(t, chromedp.Navigate(fmt.Sprintf("%s/orders/%d", r.admin, order)))
		require.Contains(t, d.reads(t, ".timeline"), "Paid")
		d.looksRight(t, "order")
		d.do(t, chromedp.Navigate(r.admin+"/orders"))
		d.looksRight(t, "orders")
	})

	t.Run("while Temporal is away an order's page tells what the database knows", func(t *testing.T) {
		_, order := r.refundToDecide(t, product, "그때")
		r.frontend.Cut()
		defer r.frontend.Mend()
		d.do(t, chromedp.Navigate(fmt.Sprintf("%s/orders/%d", r.admin, order)))
		require.Contains(t, d.reads(t, ".failure"), "Temporal is unavailable")
		require.Contains(t, d.reads(t, ".timeline"), "Paid")
	})

	t.Run("of two admins who decide the same refund", func(t *testing.T) {
		refund, _ := r.refundToDecide(t, product, "둘이서")
		other := r.desk(t, browser, "ko-KR")
		for _, at := range []*consoleRig{d, other} {
			at.do(t, chromedp.Navigate(r.admin+"/refunds"))
			at.do(t, choose(refund)...)
		}
		d.press(t, "button[value=approve]")
		require.Contains(t, d.reads(t, ".notice"), "Refunds decided: 1,")
		other.press(t, "button[value=approve]")
		require.Contains(t, other.reads(t, ".notice"), "결정할 수 없는 건 1건")
		other.looksRight(t, "refunds-ko")
		require.Equal(t, 1, r.count(t, "SELECT count(*) FROM refund_decisions WHERE refund_id = $1 AND applied", refund))
	})

	t.Run("what is dear needs two admins", func(t *testing.T) {
		staff := r.staff(t)
		require.Equal(t, 200, staff.put(t, "/admin/refund-policy", refundPolicy(0, 10_000)).Status)
		refund, _ := r.refundToDecide(t, product, "비싼 것")
		other := r.desk(t, browser, "en-US")
		page := fmt.Sprintf("%s/refunds/%d", r.admin, refund)
		d.do(t, chromedp.Navigate(page))
		require.Contains(t, d.reads(t, ".facts"), "Two people have to approve this refund.")
		d.press(t, "button[value=approve]")
		require.Equal(t, "PENDING", state(refund))
		d.do(t, chromedp.Navigate(page))
		require.Contains(t, d.reads(t, ".facts"), "First approved by Admin")
		d.looksRight(t, "refund-second")
		d.press(t, "button[value=approve]")
		require.Contains(t, d.reads(t, ".notice"), "not decided: 1,", "the same one is no second")
		other.do(t, chromedp.Navigate(page))
		other.press(t, "button[value=approve]")
		require.Equal(t, "SUCCESS", state(refund))
		require.Equal(t, 200, staff.put(t, "/admin/refund-policy", refundPolicy(0, nil)).Status)
	})

	t.Run("a form that is sent twice decides once", func(t *testing.T) {
		refund, _ := r.refundToDecide(t, product, "두 번")
		cookie := d.cookie(t)
		form := url.Values{
			"refund": {strconv.FormatInt(refund, 10)}, "decision": {"approve"}, "key": {"the form's"}, "status": {"PENDING"},
		}
		for range 2 {
			status, location := r.ask(t, http.MethodPost, "/refunds", form, cookie)
			require.Equal(t, 303, status)
			require.Contains(t, location, "n=1&n=0&n=0")
		}
		require.Equal(t, 1, r.count(t, "SELECT count(*) FROM refund_decisions WHERE refund_id = $1", refund))
	})

	t.Run("a form of another site is refused", func(t *testing.T) {
		refund, _ := r.refundToDecide(t, product, "남의 집")
		form := url.Values{"refund": {strconv.FormatInt(refund, 10)}, "decision": {"approve"}}
		status, _ := r.ask(t, http.MethodPost, "/refunds", form, d.cookie(t), "Origin", "https://elsewhere.example")
		require.Equal(t, 403, status)
		status, _ = r.ask(t, http.MethodPost, "/refunds", form, d.cookie(t), "Sec-Fetch-Site", "cross-site")
		require.Equal(t, 403, status)
		require.Equal(t, "PENDING", state(refund))
	})

	t.Run("a seller is approved and suspended", func(t *testing.T) {
		seller := r.sellerWithoutLogin(t)
		_, err := r.store.Pool().Exec(context.Background(),
			"UPDATE sellers SET status = 'PENDING', store_name = $2 WHERE id = $1", seller, attack[:50])
		require.NoError(t, err)
		d.do(t, chromedp.Navigate(r.admin+"/sellers"))
		d.looksRight(t, "sellers")
		for _, to := range []market.SellerStatus{market.SellerApproved, market.SellerSuspended} {
			if to == market.SellerSuspended {
				d.do(t, chromedp.Click(fmt.Sprintf("form[action='/sellers/%d'] input[name=hold]", seller)))
			}
			d.press(t, fmt.Sprintf("form[action='/sellers/%d'] button[value=%s]", seller, to))
			require.Equal(t, "Seller status changed.", d.reads(t, ".notice"))
			require.Equal(t, string(to), r.text(t, "SELECT status FROM sellers WHERE id = $1", seller))
			d.do(t, chromedp.Navigate(r.admin+"/sellers?status="+string(to)))
		}
		require.Equal(t, 1, r.count(t, "SELECT count(*) FROM sellers WHERE id = $1 AND payouts_held", seller))
	})

	t.Run("a seller's page says how far it has come, and what it is paid", func(t *testing.T) {
		seller := r.anotherSeller(t)
		d.do(t, chromedp.Navigate(fmt.Sprintf("%s/sellers/%d", r.admin, seller)))
		require.Contains(t, d.reads(t, "ol"), "The seller has to put a product on sale.")
		require.Contains(t, d.reads(t, ".empty"), "No settlements yet.")
		settlement := r.text(t, `INSERT INTO settlements (seller_id, amount, payable, fee, period_start, period_end, status, type, completed_at)
			VALUES ($1, 0, 0, 0, '2026-01-01', '2026-01-15', 'COMPLETED', 'MID', now()) RETURNING id::text`, seller)
		d.do(t, chromedp.Navigate(fmt.Sprintf("%s/sellers/%d", r.admin, seller)))
		d.looksRight(t, "seller")
		d.press(t, "td a.button")
		require.Contains(t, d.reads(t, "h1"), "Settlement "+settlement)
	})

	t.Run("a product is blocked with a reason, and let go", func(t *testing.T) {
		dubious := r.product(t, r.anotherSeller(t), 10_00, 1).ID
		d.do(t, chromedp.Navigate(r.admin+"/products"))
		require.Contains(t, d.reads(t, ".empty"), "No products found.")
		d.do(t, chromedp.SendKeys("input[name=product]", strconv.FormatInt(dubious, 10)))
		d.press(t, "form[action='/products'] button")
		d.do(t, chromedp.SendKeys("input[name=reason]", attack))
		d.press(t, "button[value=block]")
		require.Contains(t, d.reads(t, ".notice"), "can no longer be ordered")
		require.Contains(t, d.reads(t, "blockquote"), attack)
		d.looksRight(t, "product-blocked")
		status, _ := request(t, http.MethodGet, fmt.Sprintf("%s/products/%d", r.api, dubious), nil)
		require.Equal(t, 404, status)
		d.do(t, chromedp.Navigate(r.admin+"/products"))
		require.Contains(t, d.reads(t, "table"), attack)
		d.looksRight(t, "products")
		d.do(t, chromedp.Navigate(fmt.Sprintf("%s/products/%d", r.admin, dubious)))
		d.press(t, "button[value=unblock]")
		require.Equal(t, "HIDDEN", r.text(t, "SELECT status FROM products WHERE id = $1", dubious))
	})

	t.Run("a buyer is locked out with a reason, and let in", func(t *testing.T) {
		b := r.buyers(t, 1)[0]
		mail := r.text(t, "SELECT email FROM buyers WHERE id = $1", b.id)
		d.do(t, chromedp.Navigate(r.admin+"/buyers"))
		require.Contains(t, d.reads(t, ".empty"), "No buyers found.")
		d.do(t, chromedp.SendKeys("input[name=email]", strings.ToUpper(mail)))
		d.press(t, "form[action='/buyers'] button")
		d.do(t, chromedp.SendKeys("input[name=reason]", "stolen cards"))
		d.press(t, "button[value=lock]")
		require.Contains(t, d.reads(t, ".notice"), "Buyer locked")
		require.Equal(t, 401, b.get(t, "/orders").Status)
		d.do(t, chromedp.Navigate(r.admin+"/buyers"))
		require.Contains(t, d.reads(t, "table"), "stolen cards")
		d.looksRight(t, "buyers")
		d.press(t, "button[value=unlock]")
		require.Zero(t, r.count(t, "SELECT count(*) FROM buyers WHERE locked_at IS NOT NULL"))
	})

	t.Run("the audit log tells who did all this", func(t *testing.T) {
		d.do(t, chromedp.Navigate(r.admin+"/audit?actor=ADMIN&action=PRODUCT_BLOCKED"))
		require.Contains(t, d.reads(t, "table"), "blocked_reason")
		require.Contains(t, d.reads(t, "table"), "127.0.0.1")
		d.do(t, chromedp.Navigate(r.admin+"/audit"))
		d.looksRight(t, "audit")
		for query, want := range map[string]int{
			"?format=csv": 400, "?format=csv&reason=asked": 200, "?actor=x": 400, "?action=%00": 400, "?subjectId=x": 400, "?page=-1": 400, "?from=x": 400,
			"?action=NEVER": 200,
		} {
			status, _ := r.ask(t, http.MethodGet, "/audit"+query, nil, d.cookie(t))
			require.Equal(t, want, status, query)
		}
		for path, form := range map[string]url.Values{
			"/products/1": {}, "/buyers/1": {"do": {"lock"}}, "/buyers/2": {"do": {"block"}},
		} {
			status, _ := r.ask(t, http.MethodPost, path, form, d.cookie(t))
			require.Equal(t, 400, status, path)
		}
		for path, want := range map[string]int{
			"/products?product=x": 400, "/products?status=x": 400, "/products/999999": 404, "/buyers?status=x": 400,
			"/sellers/999999": 404, "/sellers/x": 400, "/sellers/1/settlements/9": 404,
		} {
			status, _ := r.ask(t, http.MethodGet, path, nil, d.cookie(t))
			require.Equal(t, want, status, path)
		}
	})

	t.Run("a break of reconciliation is accepted with a reason", func(t *testing.T) {
		d.do(t, chromedp.Navigate(r.admin+"/breaks"))
		require.Contains(t, d.reads(t, ".empty"), "No discrepancies found.")
		var id int64
		require.NoError(t, r.store.Pool().QueryRow(context.Background(),
			`INSERT INTO reconciliation_breaks (provider, merchant_uid, class, amount, detail, heals, day)
			VALUES ('PORTONE', $1::text, 'MISSING_HERE', 123456789012.34, $1::text, false, '2026-01-31') RETURNING id`, attack).Scan(&id))
		d.do(t, chromedp.Navigate(r.admin+"/breaks"))
		d.looksRight(t, "breaks")
		d.do(t, chromedp.SendKeys("input[name=reason]", "a payment of our other shop"))
		d.press(t, fmt.Sprintf("form[action='/breaks/%d'] button", id))
		require.Equal(t, "Discrepancy accepted.", d.reads(t, ".notice"))
		require.Equal(t, "ACCEPTED", r.text(t, "SELECT status FROM reconciliation_breaks WHERE id = $1", id))
	})

	t.Run("a dispute is contested, and accepted at the seller's expense", func(t *testing.T) {
		d.do(t, chromedp.Navigate(r.admin+"/disputes"))
		require.Contains(t, d.reads(t, ".empty"), "No disputes found.")
		order, w, _ := r.openInBrowser(t, r.buyers(t, 1)[0], r.product(t, r.anotherSeller(t), 10_000_00, 10).ID)
		require.Empty(t, r.portone.Pay(w, portonesim.Approve).Code)
		r.eventuallyPaid(t, order)
		r.portone.GiveBack(w.PaymentID, 3000)
		id := r.disputeOf(t, order)
		d.do(t, chromedp.Navigate(r.admin+"/disputes"))
		d.looksRight(t, "disputes")
		d.press(t, fmt.Sprintf("a[href='/disputes/%d']", id))
		d.looksRight(t, "dispute")
		d.do(t, chromedp.Click("input[value=REPRESENT]"), chromedp.SendKeys("input[name=reason]", "it was delivered"))
		d.press(t, "main form.card button")
		require.Equal(t, "Dispute decision saved.", d.reads(t, ".notice"))
		d.do(t, chromedp.Navigate(fmt.Sprintf("%s/disputes/%d", r.admin, id)), chromedp.Click("input[value=ACCEPT]"),
			chromedp.SendKeys("input[name=reason]", "lost"))
		d.press(t, "main form.card button")
		require.Equal(t, "ACCEPTED", r.text(t, "SELECT status FROM disputes WHERE id = $1", id))
		pieces := fmt.Sprintf("pieces[%d]", r.lines(t, order)[0])
		for _, bad := range []url.Values{
			{"decision": {"FORGET"}, "reason": {"r"}}, {"decision": {"ACCEPT"}},
			{"decision": {"ACCEPT"}, "reason": {"r"}, pieces: {"x"}},
			{"decision": {"ACCEPT"}, "reason": {"r"}, pieces: {"-1"}},
			{"decision": {"ACCEPT"}, "reason": {"r"}, pieces: {"2"}},
		} {
			status, _ := r.ask(t, http.MethodPost, fmt.Sprintf("/disputes/%d", id), bad, d.cookie(t))
			require.Equal(t, 400, status, bad)
		}
	})

	t.Run("a category is added, renamed and deleted", func(t *testing.T) {
		d.do(t, chromedp.Navigate(r.admin+"/categories"),
			chromedp.SendKeys("main > form input[name=name]", attack[:50]))
		d.press(t, "main > form button")
		require.Equal(t, "Categories updated.", d.reads(t, ".notice"))
		d.looksRight(t, "categories")
		id := r.count(t, "SELECT id FROM categories WHERE name = $1", strings.TrimSpace(attack[:50]))
		form := fmt.Sprintf("form[action='/categories/%d'] ", id)
		d.do(t, chromedp.SetValue(form+"input[name=name]", "가구"))
		d.press(t, form+"> button.plain")
		require.Equal(t, "가구", r.text(t, "SELECT name FROM categories WHERE id = $1", id))
		deleted := func(form string) {
			d.do(t, chromedp.Click(form+"> button.danger", chromedp.NodeVisible))
			d.press(t, form+"[name=delete]")
		}
		deleted(form)
		require.Zero(t, r.count(t, "SELECT count(*) FROM categories WHERE id = $1 AND deleted_at IS NULL", id))
		used := r.count(t, "SELECT category_id FROM products WHERE deleted_at IS NULL LIMIT 1")
		n := r.count(t, "SELECT count(*) FROM products WHERE category_id = $1 AND deleted_at IS NULL", used)
		d.do(t, chromedp.Navigate(r.admin+"/categories"))
		deleted(fmt.Sprintf("form[action='/categories/%d'] ", used))
		require.Contains(t, d.reads(t, "main"), fmt.Sprintf("The category has %d products", n))
		for _, bad := range []url.Values{
			{}, {"name": {"x"}, "sortOrder": {"-1"}}, {"name": {"x"}},
		} {
			status, _ := r.ask(t, http.MethodPost, "/categories", bad, d.cookie(t))
			require.Equal(t, 400, status, bad)
		}
	})

	t.Run("ten thousand rows are a list as any other", func(t *testing.T) {
		_, err := r.store.Pool().Exec(context.Background(), `INSERT INTO reconciliation_breaks
			(provider, merchant_uid, class, amount, detail, heals, day, status, resolved_at)
			SELECT 'PORTONE', 'P' || n, 'STATE', 123456789012.34, repeat('길', 255), true, '2026-01-31', 'AGREED', now()
			FROM generate_series(1, 10000) n`)
		require.NoError(t, err)
		for _, page := range []string{"0", "1", "499"} {
			status, _ := r.ask(t, http.MethodGet, "/breaks?status=AGREED&page="+page, nil, d.cookie(t))
			require.Equal(t, 200, status)
		}
		d.do(t, chromedp.Navigate(r.admin+"/breaks?status=AGREED&page=499"))
		require.Contains(t, d.reads(t, ".pages"), "500 / 500")
		d.looksRight(t, "many-breaks")
	})

	t.Run("what is empty or not there says so", func(t *testing.T) {
		d.do(t, chromedp.Navigate(r.admin+"/payouts"))
		require.Equal(t, "No payouts found.", d.reads(t, ".empty"))
		for path, want := range map[string]int{
			"/orders/999999999": 404, "/orders/x": 400, "/refunds/999999999": 404, "/refunds?status=NONE": 400,
			"/refunds?page=-1": 400, "/sellers?status=%00": 400,
		} {
			status, _ := r.ask(t, http.MethodGet, path, nil, d.cookie(t))
			require.Equal(t, want, status, path)
		}
		for _, form := range []url.Values{
			{}, {"decision": {"approve"}}, {"decision": {"approve"}, "refund": {"x"}},
			{"decision": {"?"}, "refund": {"1"}},
			{"decision": {"deny"}, "refund": {"1"}, "reason": {strings.Repeat("가", 256)}},
		} {
			status, _ := r.ask(t, http.MethodPost, "/refunds", form, d.cookie(t))
			require.Equal(t, 400, status, form)
		}
	})

	t.Run("the overview shows what is sold and what waits", func(t *testing.T) {
		testrig.Eventually(t, func() bool {
			d.do(t, chromedp.Navigate(r.admin+"/"))
			return !strings.Contains(d.reads(t, ".figures"), "Sales today\n₩0\n")
		}, 10*time.Second, 100*time.Millisecond)
		d.looksRight(t, "overview")
	})

	t.Run("each alert leads to what it is about", func(t *testing.T) {
		d.do(t, chromedp.Navigate(r.admin+"/alerts"))
		require.Contains(t, d.reads(t, ".empty"), "Nothing needs attention.")
		_, err := r.store.Pool().Exec(context.Background(), `
			INSERT INTO set_aside (kind, subject_id, problem) VALUES ('ROLL_UP', 7, $1);`, attack)
		require.NoError(t, err)
		_, err = r.store.Pool().Exec(context.Background(), `
			INSERT INTO verifications (started_at, ended_at, findings, report)
			VALUES (now(), now(), 1, jsonb_build_array(jsonb_build_object('rule', 'books balance', 'problem', $1::text)))`, attack)
		require.NoError(t, err)
		_, err = r.store.Pool().Exec(context.Background(), `
			INSERT INTO follow_ups (kind, subject_id, created_at, claimed_until) VALUES ('RESTOCK', 1, now() - interval '1 hour', 'infinity')`)
		require.NoError(t, err)
		d.do(t, chromedp.Navigate(r.admin+"/"))
		d.press(t, ".alerts a")
		for _, text := range []string{"ROLL_UP 7", "books balance", attack, "Overdue", "follow_ups"} {
			require.Contains(t, d.reads(t, "table"), text)
		}
		d.looksRight(t, "alerts")
		for _, table := range []string{"set_aside", "verifications", "follow_ups"} {
			_, err = r.store.Pool().Exec(context.Background(), "DELETE FROM "+table)
			require.NoError(t, err)
		}
	})

	t.Run("a session ends for good", func(t *testing.T) {
		cookie := d.cookie(t)
		d.press(t, "form[action='/logout'] button")
		d.do(t, chromedp.WaitVisible("form[action='/login']"))
		status, _ := r.ask(t, http.MethodGet, "/", nil, cookie)
		require.Equal(t, 303, status)
		d.do(t, chromedp.NavigateBack())
		d.do(t, chromedp.Navigate(r.admin+"/sellers"), chromedp.WaitVisible("form[action='/login']"))
		d.looksRight(t, "login")
		d.logIn(t)
		require.Equal(t, r.admin+"/sellers", d.at(t))
	})
	r.settleDown(t)
	r.verify(t)
}

// ask asks for a page of the console as a program would, and follows nothing.
func (r *rig) ask(
	t *testing.T, method, path string, form url.Values, cookie string, header ...string,
) (status int, location string) {
	t.Helper()
	return request(t, method, r.admin+path, form, append(header, "Cookie", "console="+cookie)...)
}

// visit asks for a page of the shop so.
func (r *rig) visit(
	t *testing.T, method, path string, form url.Values, cookie string, header ...string,
) (status int, location string) {
	t.Helper()
	return request(t, method, r.api+path, form, append(header, "Cookie", "shop="+cookie)...)
}

func request(
	t *testing.T, method, address string, form url.Values, header ...string,
) (status int, location string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(form.Encode()))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	status, location, _ = send(t, req)
	return status, location
}

// send sends a request, follows no redirect, and returns what it leads to and the body.
func send(t *testing.T, req *http.Request) (status int, location, body string) {
	t.Helper()
	resp, err := http.DefaultTransport.RoundTrip(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	read, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.Less(t, len(read), 150<<10, req.URL)
	return resp.StatusCode, browser.Outcome(resp.Header), string(read)
}

// colourRules are the rules of axe that depend on the colour scheme.
const colourRules = `["color-contrast", "link-in-text-block"]`

// looksRight looks at the page as it is: it has no violation that axe finds, nothing of it sticks out at any width, and
// no script of an attacker has run. The dark scheme changes colours alone, and is held to the rules about them.
// With SCREENSHOTS=folder it leaves pictures for people to look at.
func (d *consoleRig) looksRight(t *testing.T, name string) {
	t.Helper()
	d.looksRightAt(t, name, 360, 768, 1440)
}

// looksRightAt is looksRight at some widths.
func (d *consoleRig) looksRightAt(t *testing.T, name string, widths ...int64) {
	t.Helper()
	title, err := chromedp.Run(d, chromedp.Title())
	require.NoError(t, err)
	require.NotEqual(t, "owned", title)
	folder := os.Getenv("SCREENSHOTS")
	for scheme, rules := range map[string]string{
		"light": `["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]`, "dark": colourRules,
	} {
		for _, width := range widths {
			if scheme == "dark" && folder == "" && width < 1440 {
				continue
			}
			d.do(t, colours(scheme), chromedp.EmulateViewport(width, 900))
			wide, err := chromedp.Run(d, chromedp.Evaluate[int64]("document.documentElement.scrollWidth"))
			require.NoError(t, err)
			if wide > width {
				out, _ := chromedp.Run(d, chromedp.Evaluate[[]string](
					"[...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > innerWidth)"+
						".map(e => e.outerHTML.slice(0, 100))"))
				require.Fail(t, "the page sticks out", "%s at %d pixels: %q", name, width, out)
			}
			if folder != "" {
				picture, err := chromedp.Run(d, chromedp.FullScreenshot(100))
				require.NoError(t, err)
				require.NoError(t, os.WriteFile(filepath.Join(folder, fmt.Sprintf("%s-%s-%d.png", name, scheme, width)),
					picture, 0o600))
			}
		}
		there, err := chromedp.Run(d, chromedp.Evaluate[bool]("'axe' in window"))
		require.NoError(t, err)
		load := axe + ";"
		if there {
			load = ""
		}
		// The options leave out results that are not used.
		found, err := chromedp.Run(d, chromedp.Evaluate[[]string](load+`
			axe.run({runOnly: `+rules+`, resultTypes: ["violations"], selectors: false}).then(r => r.violations.map(
				v => v.id + ": " + v.nodes.map(n => n.html).join(" ")))`, chromedp.EvalAwaitPromise))
		require.NoError(t, err)
		require.Empty(t, found, "%s in %s", name, scheme)
	}
}
