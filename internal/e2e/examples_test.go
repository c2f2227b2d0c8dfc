package e2e

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// evaluates returns the value of an expression on the page.
func evaluates[T any](t *testing.T, b tab, expression string) T {
	t.Helper()
	value, err := chromedp.Run(b, chromedp.Evaluate[T](expression))
	require.NoError(t, err)
	return value
}

// TestExamples is the page of all components in a real browser, at each width, in both languages and themes.
func TestExamples(t *testing.T) {
	t.Parallel()
	r := start(t)
	browser := openBrowser(t)
	d := &consoleRig{rig: r, tab: browser.open(t, chromedp.WithNewBrowserContext())}
	page := r.api + "/pages/"

	t.Run("each language looks right", func(t *testing.T) {
		for language, name := range map[string]string{"en-US": "examples-en", "ko-KR": "examples-ko"} {
			d.do(t, speaks(language), chromedp.Navigate(page))
			d.looksRightAt(t, name, 390, 820, 1440)
		}
		for _, site := range []string{"shop", "seller"} {
			d.do(t, chromedp.Navigate(page+"?site="+site))
			d.looksRightAt(t, "examples-"+site, 1440)
		}
	})
	t.Run("choices stay on the page and are kept", func(t *testing.T) {
		d.do(t, colours("light"), speaks("en-US"), chromedp.EmulateViewport(1440, 900), chromedp.Navigate(page+"?site=shop"))
		background := func() string {
			return evaluates[string](t, d.tab, "getComputedStyle(document.body).backgroundColor")
		}
		light := background()
		d.press(t, ".top .to-dark")
		require.Equal(t, page+"?site=shop", d.at(t))
		dark := background()
		require.NotEqual(t, light, dark)
		d.do(t, colours("dark"), chromedp.Navigate(page))
		d.press(t, ".top .to-light")
		require.Equal(t, light, background(), "the choice counts, and not what the browser prefers")
		d.press(t, ".top a[hreflang=ko]")
		require.Equal(t, "ko", evaluates[string](t, d.tab, "document.documentElement.lang"))
		d.do(t, chromedp.Navigate(page))
		require.Equal(t, "ko", evaluates[string](t, d.tab, "document.documentElement.lang"))
		d.press(t, ".top a[hreflang=en]")
	})
	t.Run("the menu is at the side, or opened by a button", func(t *testing.T) {
		d.do(t, chromedp.EmulateViewport(820, 900), chromedp.Navigate(page), chromedp.WaitVisible("#menu"))
		display := evaluates[string](t, d.tab, "getComputedStyle(document.querySelector('.menu')).display")
		require.Equal(t, "none", display)
		d.do(t, chromedp.EmulateViewport(390, 900), chromedp.Navigate(page), chromedp.WaitNotVisible("#menu"))
		d.do(t, chromedp.Click(".menu", chromedp.NodeVisible), chromedp.WaitVisible("#menu [aria-current=page]"))
		d.do(t, chromedp.Click("#menu a[href$='#tables']", chromedp.NodeVisible))
		require.Equal(t, page+"#tables", d.at(t))
	})
	t.Run("all rows are selected at once, and counted", func(t *testing.T) {
		d.do(t, chromedp.EmulateViewport(1440, 900), chromedp.Navigate(page), chromedp.WaitVisible("[data-select-all]"),
			chromedp.Click("input[name=line]", chromedp.NodeVisible))
		require.Equal(t, "1 selected", d.reads(t, "[data-selected]"))
		require.True(t, evaluates[bool](t, d.tab, "document.querySelector('[data-select-all]').indeterminate"))
		d.do(t, chromedp.Click("[data-select-all]", chromedp.NodeVisible))
		require.Equal(t, "4 selected", d.reads(t, "[data-selected]"))
		d.do(t, chromedp.Click("[data-select-all]", chromedp.NodeVisible))
		require.Equal(t, "0 selected", d.reads(t, "[data-selected]"))
	})
	t.Run("a dangerous button asks first", func(t *testing.T) {
		d.do(t, chromedp.Click(".danger[popovertarget=delete-example]", chromedp.NodeVisible),
			chromedp.WaitVisible("#delete-example"))
		require.Contains(t, d.reads(t, "#delete-example"), "cannot be restored")
		d.do(t, chromedp.Click("#delete-example [popovertargetaction=hide]", chromedp.NodeVisible),
			chromedp.WaitNotVisible("#delete-example"))
	})
	t.Run("a page is chosen by its number", func(t *testing.T) {
		d.do(t, chromedp.SetValue("input[name=goto]", "3"))
		d.press(t, ".pages button")
		require.Contains(t, d.at(t), "page=2&size=20")
	})
}
