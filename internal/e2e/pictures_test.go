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

	"github.com/all-in-market/market/internal/seed"
)

// TestPictures looks at the shop and at a refund as a newcomer sees them, with the demo data. With
// PICTURES=folder it takes the pictures of the README: `make pictures`.
func TestPictures(t *testing.T) {
	t.Parallel()
	r := start(t)
	require.NoError(t, seed.Demo(context.Background(), r.store, bcrypt.MinCost))
	browser := openBrowser(t)
	take := func(d *desk, name string) {
		picture, err := chromedp.Run(d, chromedp.CaptureScreenshot())
		require.NoError(t, err)
		require.Less(t, len(picture), 150<<10)
		if folder := os.Getenv("PICTURES"); folder != "" {
			require.NoError(t, os.WriteFile(filepath.Join(folder, name+".png"), picture, 0o600))
		}
	}

	g := &desk{rig: r, tab: browser.open(t, chromedp.WithNewBrowserContext())}
	g.do(t, speaks("en-US"), colours("light"), chromedp.EmulateViewport(1000, 620))
	g.do(t, chromedp.Navigate(r.api+"/shop/"), chromedp.WaitVisible(".tiles"))
	require.Contains(t, g.reads(t, ".tiles"), "제주 감귤")
	take(g, "shop")

	product := int64(r.count(t, "SELECT min(id) FROM products"))
	refund, _ := r.refundToDecide(t, product, "한쪽 이어폰에서 소리가 나지 않습니다.")
	admin := r.desk(t, browser, "en-US")
	admin.do(t, colours("light"), chromedp.EmulateViewport(1000, 620))
	admin.do(t, chromedp.Navigate(fmt.Sprintf("%s/refunds/%d", r.admin, refund)))
	require.Contains(t, admin.reads(t, "blockquote"), "소리가 나지 않습니다")
	take(admin, "refund")
}
