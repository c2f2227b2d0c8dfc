package e2e

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/simulator"
	"github.com/all-in-market/market/workflows"
)

// paidAndGone has a seller paid for an order that was delivered, and leave. It returns the payout and its order.
func (r *rig) paidAndGone(t *testing.T, seller *person) (payoutID, orderID int64) {
	t.Helper()
	ctx := context.Background()
	r.owed(t, seller.id)
	require.Equal(t, 1, r.closeDay(t, lastPeriod().End).Payouts)
	r.eventually(t, 1, "SELECT count(*) FROM payouts WHERE status = 'SUCCESS' AND seller_id = $1", seller.id)
	payoutID = int64(r.count(t, "SELECT id FROM payouts WHERE seller_id = $1", seller.id))
	orderID = int64(r.count(t, "SELECT order_id FROM order_items WHERE seller_id = $1", seller.id))
	tracking := "1234"
	require.NoError(t, r.store.SetOrderStatus(ctx, orderID, market.OrderShipped, &tracking))
	require.NoError(t, r.store.SetOrderStatus(ctx, orderID, market.OrderDelivered, nil))
	require.NoError(t, r.store.FinishPayout(ctx, payoutID)) // as four days later
	require.Equal(t, 200,
		seller.do(t, http.MethodDelete, "/sellers/me", map[string]string{"currentPassword": password}).Status)
	return payoutID, orderID
}

// bankReturns has the bank return a payout, as an inquiry then finds.
func (r *rig) bankReturns(t *testing.T, payoutID int64) {
	t.Helper()
	r.simulator.Bank.Set(simulator.BankKnobs{Return: true})
	r.signal(t, int64(r.count(t, "SELECT settlement_id FROM payouts WHERE id = $1", payoutID)), workflows.InquireSignal)
	r.eventually(t, 1, "SELECT count(*) FROM payouts WHERE status = 'FAILED' AND id = $1", payoutID)
	r.simulator.Bank.Set(simulator.BankKnobs{})
}

// A payout comes back after its seller has left: two people enter an account, and it is paid to that. Then the seller
// owes what the buyer got back, which is written off.
func TestWithdrawnSeller_PayoutReturned_AndDebtWrittenOff(t *testing.T) {
	t.Parallel()
	r := start(t)
	owner, finance, support := r.member(t, market.StaffOwner), r.member(t, market.StaffFinance),
		r.member(t, market.StaffSupport)
	seller := r.seller(t)
	payout, order := r.paidAndGone(t, seller)
	r.bankReturns(t, payout)
	r.verify(t)

	policy := refundPolicy(0, nil)
	policy["fourEyes"] = true
	require.Equal(t, 200, owner.put(t, "/admin/refund-policy", policy).Status)
	path := fmt.Sprintf("/admin/sellers/%d/payout-account", seller.id)
	account := map[string]string{"bankCode": "SHINHAN", "bankAccount": "110-222-334455"}
	require.Equal(t, "403 FORBIDDEN", statusCode(support.put(t, path, account)))
	for field, bad := range map[string]string{"bankCode": " ", "bankAccount": ""} {
		wrong := map[string]string{"bankCode": "SHINHAN", "bankAccount": "1", field: bad}
		require.Equal(t, "400 INVALID_INPUT", statusCode(finance.put(t, path, wrong)), field)
	}
	unknown := map[string]string{"bankCode": "NOWHERE", "bankAccount": "1"}
	require.Equal(t, "400 BANK_CODE_INVALID", statusCode(finance.put(t, path, unknown)))
	status, _, body := finance.page(t, r, http.MethodPost, fmt.Sprintf("/sellers/%d/payout-account", seller.id),
		url.Values{"bankCode": {"NOWHERE"}, "bankAccount": {"1"}})
	require.Equal(t, 400, status)
	require.Contains(t, body, "The bank code is not valid.")
	require.Equal(t, "409 DATA_CONFLICT", statusCode(finance.put(t,
		fmt.Sprintf("/admin/sellers/%d/payout-account", r.seller(t).id), account)), "a seller who has not left")
	require.Equal(t, "404 SELLER_NOT_FOUND", statusCode(finance.put(t, "/admin/sellers/999999/payout-account",
		account)))
	waits := finance.put(t, path, account)
	require.Equal(t, 202, waits.Status, waits)
	require.Equal(t, "WITHDRAWN_ACCOUNT", waits.field("kind"))
	require.NotContains(t, string(waits.Data), "110-222-334455")
	status, _, body = finance.page(t, r, http.MethodGet, fmt.Sprintf("/sellers/%d", seller.id), nil)
	require.Equal(t, 200, status)
	require.Contains(t, body, "New account awaiting approval")
	require.Contains(t, body, "₩9,500")
	status, _, body = support.page(t, r, http.MethodGet, fmt.Sprintf("/sellers/%d", seller.id), nil)
	require.Equal(t, 200, status)
	require.NotContains(t, body, "payout-account", "support sees neither account nor balance")
	_, _, body = owner.page(t, r, http.MethodGet, "/proposals", nil)
	require.Regexp(t, `Payout account:\s+<strong>Shinhan Bank ···4455</strong>`, body)
	require.Equal(t, "200 UPDATE_SUCCESS",
		statusCode(owner.post(t, fmt.Sprintf("/admin/proposals/%d/approve", waits.id("proposalId")), nil)))
	require.Equal(t, 202, finance.post(t, fmt.Sprintf("/admin/payouts/%d/retry", payout),
		map[string]string{"reason": "the seller has called"}).Status)
	r.eventually(t, 1, "SELECT count(*) FROM payouts WHERE status = 'SUCCESS' AND id = $1", payout)
	require.Equal(t, "110-222-334455",
		r.text(t, "SELECT bank_account FROM gateway_simulator.transfers WHERE status = 'PAID'"))
	r.verify(t)
	require.NoError(t, r.store.FinishPayout(context.Background(), payout))
	require.Zero(t, r.count(t, "SELECT count(*) FROM withdrawn_payout_accounts"))
	for _, action := range []string{
		"WITHDRAWN_ACCOUNT_CREATED", "WITHDRAWN_ACCOUNT_REMOVED", "BANK_ACCOUNT_PROPOSED", "BANK_ACCOUNT_CHANGED",
	} {
		require.Equal(t, 1, r.count(t, "SELECT count(*) FROM audit_log WHERE action = $1", action), action)
	}

	// The buyer gets the money back.
	require.Equal(t, 200, owner.put(t, fmt.Sprintf("/admin/orders/%d/status", order),
		map[string]string{"status": "REFUNDED"}).Status)
	balance := func() any {
		return finance.get(t, fmt.Sprintf("/admin/sellers/%d/balance", seller.id)).field("balance")
	}
	require.EqualValues(t, -9_500, balance())
	_, _, body = finance.page(t, r, http.MethodGet, fmt.Sprintf("/adjustments?sellerId=%d", seller.id), nil)
	require.Contains(t, body, `value="9500.00"`, "the form is filled in with the debt")
	require.Contains(t, body, `<option value="WRITE_OFF" selected>`)
	status, location, _ := finance.page(t, r, http.MethodPost, "/adjustments", url.Values{
		"kind": {"WRITE_OFF"}, "debitAccount": {"WRITE_OFF"}, "creditAccount": {"SELLER_PAYABLE"}, "amount": {"9500.00"},
		"sellerId": {fmt.Sprint(seller.id)}, "reason": {"the seller cannot be reached"}, "key": {"k"},
	})
	require.Equal(t, 303, status)
	require.Contains(t, location, "notice=waits")
	id := r.count(t, "SELECT id FROM proposals WHERE status = 'PENDING'")
	require.Equal(t, 200, owner.post(t, fmt.Sprintf("/admin/proposals/%d/approve", id), nil).Status)
	require.EqualValues(t, 0, balance())
	r.eventually(t, 0, "SELECT count(*) FROM ledger_unrolled")
	r.verify(t)
}

func TestWithdrawnSellerPages_LookRight(t *testing.T) {
	t.Parallel()
	r := start(t)
	browser := openBrowser(t)
	seller := r.seller(t)
	payout, _ := r.paidAndGone(t, seller)
	r.bankReturns(t, payout)
	for _, language := range []string{"en-US", "ko-KR"} {
		name := language[:2] + "-"
		d := r.desk(t, browser, language)
		d.do(t, chromedp.Navigate(r.admin+"/payouts"), chromedp.Click(fmt.Sprintf("a[href='/sellers/%d']", seller.id)),
			chromedp.WaitVisible("select[name=bankCode]"))
		d.looksRight(t, name+"withdrawn")
		d.do(t, chromedp.SetValue("select[name=bankCode]", "SHINHAN"),
			chromedp.SendKeys("input[name=bankAccount]", "   "))
		d.press(t, "form[action$='/payout-account'] button")
		require.NotEmpty(t, d.reads(t, "#problem"))
		d.looksRight(t, name+"withdrawn-refused")
		d.do(t, chromedp.SetValue("input[name=bankAccount]", "1-2-3"))
		d.press(t, "form[action$='/payout-account'] button")
		require.Regexp(t, "정산 계좌를 등록했습니다|Payout account saved", d.reads(t, ".notice"))
		require.Regexp(t, "(Shinhan Bank|신한은행) ···", d.reads(t, "dl.facts"))
		d.looksRight(t, name+"withdrawn-set")
	}
	status, _, _ := r.member(t, market.StaffOwner).page(t, r, http.MethodGet,
		fmt.Sprintf("/sellers/%d/settlements/%d", seller.id, r.count(t, "SELECT id FROM settlements")), nil)
	require.Equal(t, 200, status, "the statement of a seller who has left")
	r.verify(t)
}
