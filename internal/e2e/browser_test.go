package e2e

import (
	"context"
	"fmt"
	"html/template"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/testrig"
)

// shop is a page of the API's origin, and a real browser.
type shop struct {
	*rig
	address string
	browser tab
	product int64
	lost    atomic.Bool // the page to which PortOne sends buyers back does not come
}

// openShop opens a shop that sells a product.
func openShop(t *testing.T) *shop {
	t.Helper()
	r := start(t)
	s := &shop{rig: r, product: r.product(t, r.seller(t).id, 10_000_00, 100).ID}
	page, err := template.ParseFiles("testdata/shop.html")
	require.NoError(t, err)
	api, err := url.Parse(r.api)
	require.NoError(t, err)
	pages := http.NewServeMux()
	pages.Handle("/", &httputil.ReverseProxy{Rewrite: func(q *httputil.ProxyRequest) {
		q.SetURL(api)
		q.Out.Host = q.In.Host // a browser's Origin is compared with it
	}})
	pages.HandleFunc("/shop", func(w http.ResponseWriter, q *http.Request) {
		if s.lost.Load() && q.URL.Query().Has("returned") {
			<-q.Context().Done()
			return
		}
		err := page.Execute(w, map[string]any{"SDK": r.cfg.PortOneURL + "/sdk.js", "Product": s.product})
		if err != nil {
			t.Error(err)
		}
	})
	origin := httptest.NewServer(pages)
	t.Cleanup(origin.Close)
	s.address = origin.URL + "/shop"

	s.browser = openBrowser(t)
	return s
}

// tab is one of a browser.
type tab struct{ context.Context }

// openBrowser opens a browser that is closed when the test ends.
func openBrowser(t *testing.T) tab {
	t.Helper()
	// Its driver cannot follow a page that comes back from the back-forward cache.
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-back-forward-cache", true),
		chromedp.WSURLReadTimeout(time.Minute))
	if path := os.Getenv("CHROMIUM"); path != "" {
		options = append(options, chromedp.ExecPath(path))
	}
	allocator, stop := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(stop)
	return tab{allocator}.open(t)
}

// open opens another one, which is closed when the test ends.
func (b tab) open(t *testing.T, options ...chromedp.ContextOption) tab {
	t.Helper()
	another, closeTab := chromedp.NewContext(b, options...)
	t.Cleanup(closeTab)
	require.NoError(t, chromedp.Do(another), "needs Chromium or Chrome: install it, or name it in CHROMIUM")
	return tab{another}
}

// do has the tab do something within half a minute.
func (b tab) do(t *testing.T, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	ctx, cancel := context.WithTimeout(b, 30*time.Second)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		seen, stop := context.WithTimeout(b, 5*time.Second)
		defer stop()
		page, _ := chromedp.Run(seen, chromedp.Text("body"))
		require.NoError(t, err, page)
	}
}

// visit is a buyer with a tab.
type visit struct {
	*shop
	tab
	order int64
}

// visit has a new buyer order a piece, in a browser without cookies.
func (s *shop) visit(t *testing.T) *visit {
	t.Helper()
	b := s.buyerWithoutLogin(t)
	v := &visit{shop: s, tab: s.browser.open(t, chromedp.WithNewBrowserContext())}
	v.do(t, chromedp.Navigate(s.address), chromedp.SendKeys("#email", fmt.Sprintf("buyer%d@example.com", b.id)),
		chromedp.SendKeys("#password", password), click("enter"), says("LOGGED_IN"),
		chromedp.SendKeys("#address", strconv.FormatInt(b.addressID, 10)), click("buy"), says("ORDERED"))
	var err error
	v.order, err = chromedp.Run(v, chromedp.Evaluate[int64]("Number(localStorage.order)"))
	require.NoError(t, err)
	return v
}

// says waits until the shop's page shows a state.
func says(state string) chromedp.Action[chromedp.Void] {
	return chromedp.WaitReady(fmt.Sprintf("#state[data-state=%q]", state))
}

func click(id string) chromedp.Action[chromedp.Void] {
	return chromedp.Click("#"+id, chromedp.NodeVisible)
}

// paidOnce requires that the order is paid, by one charge, and that all books agree.
func (v *visit) paidOnce(t *testing.T) {
	t.Helper()
	v.eventuallyPaid(t, v.order)
	require.Equal(t, 1, v.charges(t))
	v.settleDown(t)
	v.verify(t)
}

// charges counts those of the order in PortOne's books.
func (v *visit) charges(t *testing.T) (n int) {
	t.Helper()
	for _, p := range v.portone.Books().Payments {
		if p.PaidAt != nil {
			n += v.count(t, "SELECT count(*) FROM payments WHERE merchant_uid = $1 AND order_id = $2", p.ID, v.order)
		}
	}
	return n
}

// TestBrowser is buyers with a real browser, from the shop's page to PortOne's and back.
func TestBrowser(t *testing.T) {
	t.Parallel()
	s := openShop(t)
	t.Run("from the cart to a paid order", func(t *testing.T) {
		v := s.visit(t)
		v.do(t, click("pay"), click("approve"), says("SUCCESS PAID"))
		v.paidOnce(t)
	})
	t.Run("declined, then paid", func(t *testing.T) {
		v := s.visit(t)
		v.do(t, click("pay"), click("decline"), says("DECLINED PG_PROVIDER_ERROR"))
		require.Equal(t, market.OrderCreated, s.status(t, v.order))
		v.do(t, click("pay"), click("approve"), says("SUCCESS PAID"))
		v.paidOnce(t)
	})
	t.Run("the tab is closed after paying", func(t *testing.T) {
		v := s.visit(t)
		s.lost.Store(true)
		defer s.lost.Store(false)
		v.do(t, click("pay"), click("approve"))
		testrig.Eventually(t, func() bool { return v.charges(t) == 1 }, 20*time.Second, 20*time.Millisecond)
		require.NoError(t, chromedp.Cancel(v))
		v.paidOnce(t)
	})
	t.Run("the back button", func(t *testing.T) {
		v := s.visit(t)
		v.do(t, click("pay"), chromedp.WaitVisible("#approve"), chromedp.NavigateBack(), click("pay"),
			click("approve"), says("SUCCESS PAID"))
		v.do(t, chromedp.NavigateBack(), click("approve"), says("SUCCESS PAID"))
		v.paidOnce(t)
	})
	t.Run("two tabs", func(t *testing.T) {
		v := s.visit(t)
		other := v.open(t)
		other.do(t, chromedp.Navigate(s.address), click("pay"), chromedp.WaitVisible("#approve"))
		v.do(t, click("pay"), click("approve"), says("SUCCESS PAID"))
		other.do(t, click("approve"), says("SUCCESS PAID"))
		v.paidOnce(t)
	})
}
