package e2e

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/simulator"
)

// A failed payout is retried or abandoned in the console; the decision is stored with its admin and
// reason.
func TestPayouts_Failed_IsDecidedInTheConsole(t *testing.T) {
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
		require.Equal(t, "Decision submitted.", d.reads(t, ".notice"))
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

// The bank has paid a wrong amount: staff accepts that at the API, and the seller is paid the
// difference by the next settlement.
func TestMispaidPayout_AcceptedByStaff_EndsWithItsDifferenceCarriedOver(t *testing.T) {
	t.Parallel()
	r := start(t)
	seller, admin := r.seller(t), r.member(t, market.StaffFinance)
	r.owed(t, seller.id)
	r.simulator.Bank.Set(simulator.BankKnobs{AmountOff: -500_00})
	require.Equal(t, 1, r.closeDay(t, lastPeriod().End).Payouts)
	r.eventually(t, 1, "SELECT count(*) FROM payouts WHERE status = 'FAILED'")
	r.simulator.Bank.Set(simulator.BankKnobs{})
	r.verify(t)
	id := r.count(t, "SELECT id FROM payouts")
	list := admin.get(t, "/admin/payouts?status=FAILED")
	shown := list.field("content").([]any)[0].(map[string]any)
	require.EqualValues(t, 9_500, shown["amount"])
	require.EqualValues(t, 9_000, shown["bankAmount"])
	require.Equal(t, "the bank has paid 9000.00 instead of 9500.00", shown["failure"])

	path := func(what string) string { return fmt.Sprintf("/admin/payouts/%d/%s", id, what) }
	why := map[string]string{"reason": "the seller has seen it"}
	require.Equal(t, "409 DATA_CONFLICT", statusCode(admin.post(t, path("retry"), why)))
	require.Equal(t, "400 INVALID_INPUT", statusCode(admin.post(t, path("abandon"), map[string]string{"reason": " "})))
	require.Equal(t, "404 PAYOUT_NOT_FOUND", statusCode(admin.post(t, "/admin/payouts/999999/abandon", why)))
	_, _, body := admin.page(t, r, http.MethodGet, "/payouts", nil)
	require.Contains(t, body, "Paid by the bank: ₩9,000")
	require.NotContains(t, body, `value="retry"`)
	require.Equal(t, 202, admin.post(t, path("abandon"), why, "Idempotency-Key", "k").Status)
	r.eventually(t, 1, "SELECT count(*) FROM payouts WHERE abandoned_at IS NOT NULL")
	require.Equal(t, "409 DATA_CONFLICT", statusCode(admin.post(t, path("abandon"), why, "Idempotency-Key", "k")))
	posted := admin.get(t, "/admin/adjustments").field("content").([]any)[0].(map[string]any)
	require.Equal(t, "MISPAID_PAYOUT", posted["kind"])
	require.EqualValues(t, 9_000, posted["amount"])
	require.EqualValues(t, admin.id, posted["proposedBy"])
	require.EqualValues(t, 500, admin.get(t, fmt.Sprintf("/admin/sellers/%d/balance", seller.id)).field("balance"))
	r.verify(t)
}

func TestMispaidPayoutPages_LookRight(t *testing.T) {
	t.Parallel()
	r := start(t)
	browser := openBrowser(t)
	r.owed(t, r.seller(t).id)
	r.simulator.Bank.Set(simulator.BankKnobs{AmountOff: 12_345_00})
	require.Equal(t, 1, r.closeDay(t, lastPeriod().End).Payouts)
	r.eventually(t, 1, "SELECT count(*) FROM payouts WHERE status = 'FAILED'")
	for _, language := range []string{"en-US", "ko-KR"} {
		d := r.desk(t, browser, language)
		d.do(t, chromedp.Navigate(r.admin+"/payouts"))
		d.looksRight(t, language[:2]+"-payouts-mispaid")
		if language == "ko-KR" {
			d.do(t, chromedp.SendKeys("input[name=reason]", "판매자와 확인함"))
			d.press(t, "button[value=abandon]")
			require.Contains(t, d.reads(t, ".notice"), "결정을 전달했습니다.")
			r.eventually(t, 1, "SELECT count(*) FROM payouts WHERE abandoned_at IS NOT NULL")
			d.do(t, chromedp.Navigate(r.admin+"/adjustments"))
			d.looksRight(t, "ko-adjustments-mispaid")
		}
	}
	r.verify(t)
}
