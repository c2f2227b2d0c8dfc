package e2e

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
)

// The console's settings: who may change them, what is refused, and what waits for a second person.
func TestSettings_Forms_ChangePolicyAndLimits(t *testing.T) {
	t.Parallel()
	r := start(t)
	owner, second := r.member(t, market.StaffOwner), r.member(t, market.StaffOwner)
	finance := r.member(t, market.StaffFinance)
	policy := url.Values{
		"autoApproveBelow": {"10,000"}, "secondApprovalFrom": {"500000"}, "remindAfterHours": {"5"},
		"escalateAfterHours": {"9"}, "shippingBorneBy.CHANGE_OF_MIND": {"BUYER"}, "shippingBorneBy.WRONG_ITEM": {"SELLER"},
		"shippingBorneBy.DAMAGED": {"MARKETPLACE"},
	}
	limits := url.Values{
		"verified.orders": {"7"}, "verified.pieces": {"70"}, "verified.piecesOfProduct": {"17"}, "unverified.orders": {"3"},
		"unverified.pieces": {"30"}, "unverified.piecesOfProduct": {"13"},
	}
	with := func(form url.Values, name, value string) url.Values {
		changed := maps.Clone(form)
		changed[name] = []string{value}
		return changed
	}
	for _, c := range []struct {
		path        string
		form        url.Values
		field, says string
	}{
		{"/settings/refund-policy", with(policy, "autoApproveBelow", "-1"), "autoApproveBelow", "at least ₩0"},
		{"/settings/refund-policy", with(policy, "autoApproveBelow", ""), "autoApproveBelow", "at least ₩0"},
		{"/settings/refund-policy", with(policy, "secondApprovalFrom", "9999"), "secondApprovalFrom",
			"at least the amount"},
		{"/settings/refund-policy", with(policy, "remindAfterHours", "1.5"), "remindAfterHours", "1 to 720"},
		{"/settings/refund-policy", with(policy, "escalateAfterHours", "5"), "escalateAfterHours", "more hours"},
		{"/settings/unpaid-limits", with(limits, "verified.orders", "1001"), "verified.orders", "1 to 1,000"},
		{"/settings/unpaid-limits", with(limits, "unverified.pieces", ""), "unverified.pieces", "at least 1"},
		{"/settings/unpaid-limits", with(limits, "unverified.orders", "8"), "unverified.orders", "at most"},
	} {
		status, _, body := owner.page(t, r, http.MethodPost, c.path, c.form)
		require.Equal(t, 400, status, c.form)
		require.Contains(t, body, fmt.Sprintf(`name="%s"`, c.field))
		require.Regexp(t, fmt.Sprintf(`name="%s"[^>]*aria-invalid="true"`, c.field), body)
		require.Contains(t, body, c.says)
		require.Contains(t, body, fmt.Sprintf(`value="%s"`, c.form.Get(c.field)), "what was typed")
		require.Equal(t, 1, strings.Count(body, `id="problem"`))
	}
	require.Equal(t, 1, r.count(t, "SELECT count(*) FROM refund_policies"))
	require.Equal(t, 1, r.count(t, "SELECT count(*) FROM unpaid_limits"))
	status, _, _ := finance.page(t, r, http.MethodPost, "/settings/refund-policy", policy)
	require.Equal(t, 403, status)
	_, _, body := finance.page(t, r, http.MethodGet, "/settings", nil)
	require.Contains(t, body, "Unconfirmed email address: orders")
	require.NotContains(t, body, "<form method=\"post\" action=\"/settings")

	for path, form := range map[string]url.Values{"/settings/refund-policy": policy,
		"/settings/unpaid-limits": limits} {
		status, location, body := owner.page(t, r, http.MethodPost, path, form)
		require.Equal(t, 303, status, body)
		require.Contains(t, location, "notice=setting")
	}
	require.Equal(t, 1, r.count(t, `SELECT count(*) FROM refund_policies WHERE auto_approve_below = 10000 AND second_approval_from = 500000
		AND remind_after_hours = 5 AND damaged_by = 'MARKETPLACE' AND NOT four_eyes AND admin_id = $1`, owner.id))
	require.Equal(t, 1, r.count(t, "SELECT count(*) FROM unpaid_limits WHERE orders = 7 AND unverified_pieces_of_product = 13"))

	// Two-person approval, by the form, and limits that wait then.
	status, _, _ = owner.page(t, r, http.MethodPost, "/settings/refund-policy", with(policy, "fourEyes", "1"))
	require.Equal(t, 303, status)
	_, location, _ := owner.page(t, r, http.MethodPost, "/settings/unpaid-limits", with(limits, "verified.orders", "9"))
	require.Contains(t, location, "notice=waits")
	require.EqualValues(t, 7, owner.get(t, "/admin/unpaid-limits").field("verified").(map[string]any)["orders"])
	waits := second.put(t, "/admin/unpaid-limits", unpaidLimits(8, 4))
	require.Equal(t, "409 DATA_CONFLICT", statusCode(waits), "another one waits already")
	_, _, body = second.page(t, r, http.MethodGet, "/proposals", nil)
	require.Regexp(t, `Confirmed email address: orders:\s+7 →\s+<strong>9</strong>`, body)
	id := r.count(t, "SELECT max(id) FROM proposals WHERE kind = 'UNPAID_LIMITS'")
	require.Equal(t, 200, second.post(t, fmt.Sprintf("/admin/proposals/%d/approve", id), nil).Status)
	require.EqualValues(t, 9, owner.get(t, "/admin/unpaid-limits").field("verified").(map[string]any)["orders"])
	_, err := r.store.Pool().Exec(t.Context(), `INSERT INTO unpaid_limits (orders, pieces, pieces_of_product, unverified_orders,
		unverified_pieces, unverified_pieces_of_product) VALUES (1, 1, 1, 1, 1, 1)`)
	require.ErrorContains(t, err, "four eyes", "no program changes them without an approved proposal")
	r.verify(t)
}

func TestSettings_Pages_LookRight(t *testing.T) {
	t.Parallel()
	r := start(t)
	browser := openBrowser(t)
	r.keepAnOwner(t)
	for _, language := range []string{"en-US", "ko-KR"} {
		d := r.desk(t, browser, language)
		d.do(t, chromedp.Navigate(r.admin+"/settings"))
		d.looksRight(t, language[:2]+"-settings")
		d.enter(t, "form[action='/settings/unpaid-limits']", map[string]string{"'verified.orders'": "0"})
		d.do(t, chromedp.WaitVisible("[aria-invalid=true]"))
		d.looksRight(t, language[:2]+"-settings-refused")
		d.do(t, chromedp.Navigate(r.admin+"/staff?status="))
		d.narrow(t)
		d.do(t, chromedp.Navigate(r.admin+"/forgot"))
		d.looksRight(t, language[:2]+"-console-forgot")
	}
}

// narrow fails if a table of the page scrolls sideways on a phone.
func (d *consoleRig) narrow(t *testing.T) {
	t.Helper()
	d.do(t, chromedp.EmulateViewport(390, 844))
	hidden, err := chromedp.Run(d, chromedp.Evaluate[int64](
		`Math.max(...[...document.querySelectorAll(".scroll")].map(e => e.scrollWidth - e.clientWidth))`))
	require.NoError(t, err)
	require.LessOrEqual(t, hidden, int64(0))
}
