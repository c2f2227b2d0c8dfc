package e2e

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
)

// credit is the request of an adjustment by which a seller is owed more.
func credit(seller int64, amount float64, reason string) map[string]any {
	return map[string]any{
		"kind": "CORRECTION", "debitAccount": "COMMISSION", "creditAccount": "SELLER_PAYABLE", "amount": amount,
		"sellerId": seller, "reason": reason,
	}
}

// otherwise is a request without a field, or with another value of it.
func otherwise(body map[string]any, field string, value any) map[string]any {
	other := map[string]any{}
	for k, v := range body {
		other[k] = v
	}
	if delete(other, field); value != nil {
		other[field] = value
	}
	return other
}

func TestAdjustments_PostedByOne_ApprovedByTwo_InAPIAndConsole(t *testing.T) {
	t.Parallel()
	r := start(t)
	owner, finance, auditor := r.member(t, market.StaffOwner), r.member(t, market.StaffFinance),
		r.member(t, market.StaffAuditor)
	seller := r.seller(t)
	require.Equal(t, 200, owner.put(t, "/admin/refund-policy", refundPolicy(0, 1_000)).Status)

	small := credit(seller.id, 300.5, "commission of a test order")
	posted := finance.post(t, "/admin/adjustments", small, "Idempotency-Key", "one")
	require.Equal(t, 201, posted.Status, posted)
	require.EqualValues(t, 300.5, posted.field("amount"))
	require.EqualValues(t, finance.id, posted.field("proposedBy"))
	again := finance.post(t, "/admin/adjustments", small, "Idempotency-Key", "one")
	require.Equal(t, posted.id("adjustmentId"), again.id("adjustmentId"))
	require.Equal(t, "422 IDEMPOTENCY_KEY_REUSED", statusCode(finance.post(t, "/admin/adjustments",
		otherwise(small, "amount", 1), "Idempotency-Key", "one")))
	large := credit(seller.id, 699.5, "the rest")
	waits := finance.post(t, "/admin/adjustments", large, "Idempotency-Key", "two")
	require.Equal(t, 202, waits.Status, waits)
	require.Equal(t, "ADJUSTMENT", waits.field("kind"))
	require.Equal(t, waits.id("proposalId"),
		finance.post(t, "/admin/adjustments", large, "Idempotency-Key", "two").id("proposalId"))
	path := fmt.Sprintf("/admin/proposals/%d/approve", waits.id("proposalId"))
	require.Equal(t, "409 PROPOSAL_NEEDS_ANOTHER_ADMIN", statusCode(finance.post(t, path, nil)))
	require.Equal(t, "403 FORBIDDEN", statusCode(auditor.post(t, path, nil)))
	_, _, body := owner.page(t, r, http.MethodGet, "/proposals", nil)
	require.Regexp(t, `Credit:\s+<strong>Owed to sellers</strong>`, body)
	require.Equal(t, "200 UPDATE_SUCCESS", statusCode(owner.post(t, path, nil)))

	list := auditor.get(t, fmt.Sprintf("/admin/adjustments?sellerId=%d", seller.id))
	require.EqualValues(t, 2, list.field("totalElements"))
	newest := list.field("content").([]any)[0].(map[string]any)
	require.EqualValues(t, owner.id, newest["approvedBy"])
	require.Equal(t, "the rest", newest["reason"])
	require.EqualValues(t, 0, auditor.get(t, "/admin/adjustments?sellerId=999999").field("totalElements"))
	require.Equal(t, "403 FORBIDDEN", statusCode(auditor.post(t, "/admin/adjustments", small)))
	entries := seller.get(t, "/seller/ledger")
	require.EqualValues(t, 2, entries.field("totalElements"), "the seller sees them")
	require.Equal(t, "ADJUSTMENT", entries.field("content").([]any)[0].(map[string]any)["sourceType"])
	require.EqualValues(t, 1_000, finance.get(t, fmt.Sprintf("/admin/sellers/%d/balance", seller.id)).field("balance"))

	for _, c := range []struct {
		field string
		value any
		want  string
	}{
		{"kind", "GIFT", "400 INVALID_INPUT"},
		{"kind", "WRITE_OFF", "400 INVALID_INPUT"}, // it debits another account
		{"debitAccount", "SELLER_PAYABLE", "400 INVALID_INPUT"},
		{"creditAccount", "PAYOUT_IN_TRANSIT", "400 INVALID_INPUT"},
		{"amount", nil, "400 INVALID_INPUT"},
		{"amount", -1, "400 INVALID_INPUT"},
		{"amount", 0.001, "400 INVALID_INPUT"},
		{"sellerId", nil, "400 INVALID_INPUT"},
		{"sellerId", 999_999, "404 SELLER_NOT_FOUND"},
		{"reason", "  ", "400 INVALID_INPUT"},
		{"reason", strings.Repeat("x", 256), "400 INVALID_INPUT"},
	} {
		require.Equal(t, c.want, statusCode(finance.post(t, "/admin/adjustments", otherwise(small, c.field, c.value))),
			c)
	}
	debt := map[string]any{
		"kind": "WRITE_OFF", "debitAccount": "WRITE_OFF", "creditAccount": "SELLER_PAYABLE", "amount": 1,
		"sellerId": seller.id, "reason": "x",
	}
	require.Equal(t, "409 DATA_CONFLICT", statusCode(finance.post(t, "/admin/adjustments", debt)),
		"the seller owes nothing")

	form := url.Values{
		"kind": {"CORRECTION"}, "debitAccount": {"SELLER_PAYABLE"}, "creditAccount": {"COMMISSION"}, "amount": {"1,000"},
		"sellerId": {fmt.Sprint(seller.id)}, "reason": {"<b>taken back</b>"}, "key": {"k"},
	}
	refused := url.Values{}
	for name, values := range form {
		refused[name] = values
	}
	refused["amount"] = []string{"many"}
	status, _, body := owner.page(t, r, http.MethodPost, "/adjustments", refused)
	require.Equal(t, 400, status)
	require.Contains(t, body, "amount is invalid")
	require.Contains(t, body, `value="&lt;b&gt;taken back&lt;/b&gt;"`, "what was entered is kept")
	for range 2 {
		status, location, _ := owner.page(t, r, http.MethodPost, "/adjustments", form)
		require.Equal(t, 303, status)
		require.Contains(t, location, "notice=waits")
	}
	require.Equal(t, 1, r.count(t, "SELECT count(*) FROM proposals WHERE status = 'PENDING'"), "sent twice it waits once")
	id := r.count(t, "SELECT id FROM proposals WHERE status = 'PENDING'")
	status, _, _ = finance.page(t, r, http.MethodPost, fmt.Sprintf("/proposals/%d", id), url.Values{"do": {"approve"}})
	require.Equal(t, 303, status)
	require.EqualValues(t, 0, finance.get(t, fmt.Sprintf("/admin/sellers/%d/balance", seller.id)).field("balance"))
	status, _, body = auditor.page(t, r, http.MethodGet, "/adjustments", nil)
	require.Equal(t, 200, status)
	require.Contains(t, body, "&lt;b&gt;taken back&lt;/b&gt;")
	require.NotContains(t, body, `<form class="card fields" method="post"`, "an auditor posts nothing")
	require.Equal(t, 3, r.count(t, "SELECT count(*) FROM audit_log WHERE action = 'ADJUSTMENT_CREATED' AND actor = 'ADMIN'"))
	r.verify(t)
}

// A break of reconciliation is accepted with the adjustment that books what the provider keeps.
func TestAdjustments_OfABreak_AcceptIt(t *testing.T) {
	t.Parallel()
	r := start(t)
	finance := r.member(t, market.StaffFinance)
	broken := func(uid string, amount market.Money) int {
		found := []store.FoundDiscrepancy{
			{MerchantUID: uid, Class: market.DiscrepancyMissingHere, Amount: amount, Detail: "not ours"},
		}
		_, _, err := r.store.RecordBreaks(context.Background(), market.ProviderPortOne, r.store.Today(), found, nil)
		require.NoError(t, err)
		return r.count(t, "SELECT max(id) FROM reconciliation_breaks")
	}
	more := broken("x-1", 700_00)
	body := map[string]any{
		"kind": "CORRECTION", "debitAccount": "PSP_CLEARING", "creditAccount": "SUSPENSE", "amount": 700, "breakId": more,
		"reason": "paid at the provider's console",
	}
	require.Equal(t, "400 INVALID_INPUT", statusCode(finance.post(t, "/admin/adjustments",
		otherwise(body, "debitAccount", "BANK"))))
	require.Equal(t, "404 RECONCILIATION_BREAK_NOT_FOUND", statusCode(finance.post(t, "/admin/adjustments",
		otherwise(body, "breakId", 999_999))))
	away := otherwise(otherwise(body, "debitAccount", "SUSPENSE"), "creditAccount", "PSP_CLEARING")
	require.Equal(t, "400 INVALID_INPUT", statusCode(finance.post(t, "/admin/adjustments", away)),
		"the difference grows")
	posted := finance.post(t, "/admin/adjustments", body)
	require.Equal(t, 201, posted.Status, posted)
	require.EqualValues(t, more, posted.field("breakId"))
	require.Equal(t, "409 RECONCILIATION_BREAK_RESOLVED", statusCode(finance.post(t, "/admin/adjustments", body)))
	r.eventually(t, 1, "SELECT count(*) FROM reconciliation_breaks WHERE status = 'ACCEPTED' AND id = $1", more)

	less := broken("x-2", -40_50)
	_, _, page := finance.page(t, r, http.MethodGet, "/breaks", nil)
	require.Contains(t, page, fmt.Sprintf(`href="/adjustments?breakId=%d"`, less))
	_, _, page = finance.page(t, r, http.MethodGet, fmt.Sprintf("/adjustments?breakId=%d", less), nil)
	require.Contains(t, page, `value="40.50"`)
	require.Regexp(t, `(?s)name="creditAccount".*<option value="PSP_CLEARING" selected>`, page)
	status, location, _ := finance.page(t, r, http.MethodPost, "/adjustments", url.Values{
		"kind": {"WRITE_OFF"}, "debitAccount": {"WRITE_OFF"}, "creditAccount": {"PSP_CLEARING"}, "amount": {"40.50"},
		"breakId": {fmt.Sprint(less)}, "reason": {"the provider has charged a fee"}, "key": {"k"},
	})
	require.Equal(t, 303, status)
	require.Contains(t, location, "notice=adjusted")
	r.eventually(t, 1, "SELECT count(*) FROM reconciliation_breaks WHERE status = 'ACCEPTED' AND id = $1", less)
	status, _, _ = finance.page(t, r, http.MethodGet, "/adjustments?breakId=999999", nil)
	require.Equal(t, 404, status)
	r.verify(t)
}

func TestAdjustmentPages_LookRight(t *testing.T) {
	t.Parallel()
	r := start(t)
	browser := openBrowser(t)
	seller := r.seller(t)
	require.Equal(t, 200, r.staff(t).put(t, "/admin/refund-policy", refundPolicy(0, 1_000_000)).Status)
	for _, language := range []string{"en-US", "ko-KR"} {
		name := language[:2] + "-"
		d := r.desk(t, browser, language)
		for i := range 3 {
			a := market.NewAdjustment{
				Kind: market.AdjustmentCorrection, DebitAccount: market.AccountCommission,
				CreditAccount: market.AccountSellerPayable, Amount: market.Money(123_456_00 + i), SellerID: seller.id,
				Reason: strings.Repeat("수수료를 잘못 받은 주문의 정정 ", 1+4*i),
			}
			_, _, err := r.store.PostAdjustment(context.Background(),
				int64(r.count(t, "SELECT id FROM admins WHERE email = $1", d.mail)), a)
			require.NoError(t, err)
		}
		d.do(t, chromedp.Navigate(r.admin+"/adjustments"), chromedp.SetValue("select[name=debitAccount]", "BANK"),
			chromedp.SetValue("select[name=creditAccount]", "SUSPENSE"),
			chromedp.SendKeys("input[name=amount]", "2,000,000"),
			chromedp.SendKeys("input[name=reason]", "the bank has paid it back"))
		d.looksRight(t, name+"adjustments")
		d.press(t, "form[action='/adjustments'] button")
		require.Contains(t, d.reads(t, ".notice"), map[string]string{
			"en-US": "The change awaits a second person.", "ko-KR": "다른 담당자의 승인을 기다립니다.",
		}[language])
		d.do(t, chromedp.Navigate(r.admin+"/proposals"))
		d.looksRight(t, name+"proposals-adjustment")
		d.do(t, chromedp.Navigate(r.admin+"/adjustments"), chromedp.SetValue("select[name=debitAccount]", "BANK"),
			chromedp.SetValue("select[name=creditAccount]", "BANK"), chromedp.SendKeys("input[name=amount]", "5"),
			chromedp.SendKeys("input[name=reason]", "x"))
		d.press(t, "form[action='/adjustments'] button")
		require.NotEmpty(t, d.reads(t, "#problem"))
		d.looksRight(t, name+"adjustments-refused")
	}
}
