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
	"github.com/all-in-market/market/internal/testrig"
)

// TestSellerCenter is a seller with a real browser: what was sold today, and shipping it, one
// by one and from a file.
func TestSellerCenter(t *testing.T) {
	t.Parallel()
	r := start(t)
	seller, stranger := r.seller(t), r.sellerWithoutLogin(t)
	product, other := r.product(t, seller.id, 10_000_33, 100).ID, r.product(t, stranger, 10_000_00, 100).ID
	var orders, items []int64
	for range 5 {
		order, lines := r.paidOrder(t, r.buyers(t, 1)[0], line{product, 2})
		orders, items = append(orders, order), append(items, lines...)
	}
	_, foreign := r.paidOrder(t, r.buyers(t, 1)[0], line{other, 1})

	s := &desk{rig: r, tab: openBrowser(t), mail: r.text(t, "SELECT email FROM sellers WHERE id = $1", seller.id)}
	s.do(t, speaks("en-US"), chromedp.Navigate(r.api+"/seller-center"), chromedp.WaitVisible("form"))
	s.looksRight(t, "seller-login")
	s.logIn(t)
	require.Equal(t, r.api+"/seller-center/", s.at(t))
	testrig.Eventually(t, func() bool {
		s.do(t, chromedp.Navigate(r.api+"/seller-center/"))
		return strings.Contains(s.reads(t, ".figures"), "₩100,003.30")
	}, 10*time.Second, 100*time.Millisecond, "what was sold is on the dashboard")
	s.looksRight(t, "seller-dashboard")

	t.Run("a line is shipped", func(t *testing.T) {
		s.do(t, chromedp.Navigate(r.api+"/seller-center/orders"))
		s.looksRight(t, "seller-orders")
		form := fmt.Sprintf("form[action='/seller-center/orders/%d'] ", items[0])
		s.do(t, chromedp.SendKeys(form+"input[name=carrier]", "CJ대한통운"),
			chromedp.SendKeys(form+"input[name=trackingNumber]", "6031-0001"))
		s.press(t, form+"button")
		require.Equal(t, "It is noted as shipped, and the buyer is told.", s.reads(t, ".notice"))
		require.Equal(t, market.OrderShipped, r.status(t, orders[0]))
	})

	t.Run("many are shipped from a file, and each line that cannot be is told", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "shipments.csv")
		require.NoError(t, os.WriteFile(file, []byte(fmt.Sprintf(
			"\ufefforderItemId,carrier,trackingNumber\n%d,CJ대한통운,6031-0002\n%d,\"한진, 택배\",6031-0003\n%d,CJ,1\nx,CJ,1\n%d,,1\n%d\n",
			items[1], items[2], foreign[0], items[3], items[4])), 0o600))
		for range 2 { // the same file again changes nothing
			s.do(t, chromedp.Navigate(r.api+"/seller-center/orders"),
				chromedp.SetUploadFiles("input[type=file]", []string{file}))
			s.press(t, "form[action$='/shipments'] button")
			outcome := s.reads(t, "table")
			require.Equal(t, 2, strings.Count(outcome, "Shipped"), outcome)
			for _, problem := range []string{
				"The order item does not exist.", "orderItemId is invalid.", "carrier is required.", "Three fields are needed",
			} {
				require.Contains(t, outcome, problem)
			}
		}
		s.looksRight(t, "seller-shipments")
		want := []market.OrderStatus{
			market.OrderShipped, market.OrderShipped, market.OrderShipped, market.OrderPaid, market.OrderPaid,
		}
		for i, order := range orders {
			require.Equal(t, want[i], r.status(t, order))
		}
		require.Equal(t, "한진, 택배", r.text(t, "SELECT carrier FROM order_items WHERE id = $1", items[2]))
	})

	t.Run("another's lines, and no file at all", func(t *testing.T) {
		cookie := s.cookie(t)
		ask := func(path string, form url.Values) int {
			status, _ := request(t, http.MethodPost, r.api+"/seller-center"+path, form, "Cookie", "seller-center="+cookie)
			return status
		}
		parcel := url.Values{"carrier": {"CJ"}, "trackingNumber": {"1"}}
		require.Equal(t, 404, ask(fmt.Sprintf("/orders/%d", foreign[0]), parcel))
		require.Equal(t, 400, ask(fmt.Sprintf("/orders/%d", items[3]), url.Values{"carrier": {strings.Repeat("가", 51)}}))
		require.Equal(t, 400, ask("/shipments", nil))
	})

	t.Run("a seller who is suspended is out", func(t *testing.T) {
		s.do(t, chromedp.Navigate(r.api+"/seller-center/settlements"))
		require.Contains(t, s.reads(t, ".empty"), "There are no settlements yet.")
		_, err := r.store.SetSellerStatus(context.Background(), seller.id, market.SellerSuspended, false)
		require.NoError(t, err)
		s.do(t, chromedp.Navigate(r.api+"/seller-center/orders"), chromedp.WaitVisible("form[action$='/login']"))
	})
	r.settleDown(t)
	r.verify(t)
}
