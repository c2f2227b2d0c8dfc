package e2e

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/bcrypt"

	"github.com/all-in-market/market/internal/images"
	"github.com/all-in-market/market/internal/seed"
)

// It looks at the shop and at a refund as a newcomer sees them, with the demo data. With
// PICTURES=folder it takes the pictures of the README: `make pictures`.
func TestPictures(t *testing.T) {
	t.Parallel()
	r := start(t)
	objects, err := images.Open(context.Background(), r.cfg.ImagesURL, "", "")
	require.NoError(t, err)
	defer objects.Close()
	require.NoError(t, seed.Demo(context.Background(), r.store, objects, bcrypt.MinCost))
	browser := openBrowser(t)
	take := func(d *consoleRig, name string) {
		picture, err := chromedp.Run(d, chromedp.CaptureScreenshot())
		require.NoError(t, err)
		require.Less(t, len(picture), 150<<10)
		if folder := os.Getenv("PICTURES"); folder != "" {
			require.NoError(t, os.WriteFile(filepath.Join(folder, name+".png"), picture, 0o600))
		}
	}

	g := &consoleRig{rig: r, tab: browser.open(t, chromedp.WithNewBrowserContext())}
	g.do(t, speaks("en-US"), colours("light"), chromedp.EmulateViewport(1000, 620))
	g.do(t, chromedp.Navigate(r.api+"/shop/"), chromedp.WaitVisible(".tiles"))
	require.Contains(t, g.reads(t, "main"), "제주 감귤")
	take(g, "shop")

	r.closeDay(t, r.store.Today().Add(-1))
	seller := &consoleRig{rig: r, tab: browser.open(t, chromedp.WithNewBrowserContext()), mail: "seller@example.com"}
	seller.do(t, speaks("ko-KR"), chromedp.Navigate(r.api+"/seller-center/login"),
		chromedp.SendKeys("input[name=email]", seller.mail), chromedp.SendKeys("input[name=password]", "seller1234!"))
	seller.press(t, "form[action$='/login'] button")
	require.Contains(t, seller.reads(t, ".scroll table"), "스마트 워치", "what was sold before the day was closed")
	bars, err := chromedp.Run(seller, chromedp.Evaluate[int64](
		"[...document.querySelectorAll('.chart rect:not(.hit)')].filter(r => r.getAttribute('height') > 0).length"))
	require.NoError(t, err)
	require.GreaterOrEqual(t, bars, int64(13), "days with sales")
	seller.looksRight(t, "seller-chart")
	seller.do(t, speaks("en-US"), colours("light"), chromedp.EmulateViewport(1440, 890),
		chromedp.Navigate(r.api+"/seller-center/"))
	take(seller, "seller")
	seller.do(t, speaks("ko-KR"))
	seller.do(t, chromedp.Navigate(r.api+"/seller-center/statistics?unit=week"))
	require.Contains(t, seller.reads(t, "table"), "합계")
	seller.looksRight(t, "seller-statistics")
	seller.do(t, chromedp.Navigate(r.api+"/seller-center/settlements"))
	seller.press(t, "table a")
	seller.looksRight(t, "seller-settlement")

	product := int64(r.count(t, "SELECT min(id) FROM products"))
	refund, _ := r.refundToDecide(t, product, "한쪽 이어폰에서 소리가 나지 않습니다.")
	admin := r.desk(t, browser, "en-US")
	admin.do(t, colours("light"), chromedp.EmulateViewport(1000, 620))
	admin.do(t, chromedp.Navigate(fmt.Sprintf("%s/refunds/%d", r.admin, refund)))
	require.Contains(t, admin.reads(t, "blockquote"), "소리가 나지 않습니다")
	take(admin, "refund")
}
