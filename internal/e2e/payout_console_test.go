package e2e

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/simulator"
)

// TestAPayoutThatFailedIsDecidedInTheConsole: paid again, or carried over, by somebody whose name
// and reason stay with it.
func TestAPayoutThatFailedIsDecidedInTheConsole(t *testing.T) {
	t.Parallel()
	r := start(t)
	r.owed(t, r.seller(t).id)
	r.simulator.Bank.Set(simulator.BankKnobs{Refuse: true})
	require.Equal(t, 1, r.closeDay(t, lastPeriod().End).Payouts)
	r.eventually(t, 1, "SELECT count(*) FROM payouts WHERE status = 'FAILED'")
	id := r.count(t, "SELECT id FROM payouts")
	d := r.desk(t, openBrowser(t), "en-US")
	decide := func(decision, reason string) {
		d.do(t, chromedp.Navigate(r.admin+"/payouts"), chromedp.SendKeys("input[name=reason]", reason))
		d.press(t, fmt.Sprintf("form[action='/payouts/%d/decision'] button[value=%s]", id, decision))
		require.Equal(t, "The payout's workflow is told, and does it now.", d.reads(t, ".notice"))
	}
	d.do(t, chromedp.Navigate(r.admin+"/payouts"))
	d.looksRight(t, "payouts")
	decide("retry", "the account is open again")
	r.eventually(t, 2, "SELECT count(*) FROM payout_attempts WHERE outcome IS NOT NULL")
	decide("abandon", "<b>the seller asks for it</b>")
	r.eventually(t, 1, "SELECT count(*) FROM payouts WHERE abandoned_at IS NOT NULL")
	by := r.text(t, "SELECT abandoned_by FROM payouts")
	require.True(t, strings.HasPrefix(by, "admin ") && strings.HasSuffix(by, ": <b>the seller asks for it</b>"), by)

	cookie := d.cookie(t)
	for _, c := range []struct {
		path string
		form url.Values
		want int
	}{
		{fmt.Sprintf("/payouts/%d/decision", id), url.Values{"decision": {"retry"}, "reason": {"too late"}}, 409},
		{"/payouts/999999/decision", url.Values{"decision": {"retry"}, "reason": {"x"}}, 404},
		{fmt.Sprintf("/payouts/%d/decision", id), url.Values{"decision": {"?"}, "reason": {"x"}}, 400},
		{fmt.Sprintf("/payouts/%d/decision", id), url.Values{"decision": {"retry"}}, 400},
	} {
		status, _ := r.ask(t, http.MethodPost, c.path, c.form, cookie)
		require.Equal(t, c.want, status, c)
	}
	require.Zero(t, r.transferred(t))
	r.verify(t)
}
