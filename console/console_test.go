package console

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/pages"
)

func TestAlert_EachKind_HasALabelAndAPage(t *testing.T) {
	t.Parallel()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	r.Header.Set("Accept-Language", "en")
	f := (&pages.Site{}).Frame(r, pages.Text{})
	require.Equal(t, []alert{
		{"Failed payouts", 1, "/payouts?status=FAILED"}, {"Overdue rows: refunds PENDING", 3, "/alerts"},
	}, alerts(f, []market.Alert{
		{Kind: market.AlertPayoutFailed, Count: 1}, {Kind: market.AlertRowLate, State: "refunds PENDING", Count: 3},
	}))
	for _, kind := range market.AlertKinds {
		shown := alerts(f, []market.Alert{{Kind: kind, Count: 1}})
		require.NotEmpty(t, shown[0].name, kind)
		require.NotEmpty(t, shown[0].path, kind)
	}
	require.Equal(t, "Refunds decided: 2, in progress: 1, not decided: 0, failed: 3.",
		notice(f, noticeDecided, []int64{2, 1, 0, 3}))
	require.Empty(t, notice(f, "Your password is wrong", []int64{0, 0, 0, 0}))
}

func TestAlertsPage_BrokenRule_IsExplainedOnce(t *testing.T) {
	t.Parallel()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	r.Header.Set("Accept-Language", "en")
	finding := market.AlertDetail{
		Kind: "FINDING", Subject: "a is b", Detail: "row 1", Reason: "It must.", Action: "Do it.",
	}
	another := finding
	another.Detail = "row 2"
	var page strings.Builder
	require.NoError(t, alertsPage((&pages.Site{}).Frame(r, pages.Text{}), []market.AlertDetail{
		finding, another, {Kind: "SET_ASIDE", Subject: "EXPIRY 7"},
	}).Render(t.Context(), &page))
	for text, times := range map[string]int{"It must.": 1, "Do it.": 1, "row 2": 1, "a is b": 3, "EXPIRY 7": 1} {
		require.Equal(t, times, strings.Count(page.String(), text), text)
	}
}

func TestChanges_OfAnEntry_AreListedByValue(t *testing.T) {
	t.Parallel()
	for want, e := range map[string]market.AuditEntry{
		"by_hand: false|status: PENDING → SUCCESS": {
			Before: []byte(`{"status": "PENDING"}`), After: []byte(`{"status": "SUCCESS", "by_hand": false}`),
		},
		"amount: 123456789012.5": {After: []byte(`{"amount": 123456789012.50}`)},
		"locked_at: – → 2026-12-01 01:16": {
			Before: []byte(`{"locked_at": null}`), After: []byte(`{"locked_at": "2026-11-30T16:16:31.728858+00:00"}`),
		},
		"reason: – → worn": {Before: []byte(`{"reason": null}`), After: []byte(`{"reason": "worn"}`)},
		"name: x →":        {Before: []byte(`{"name": "x"}`)},
		"":                 {},
		"{|":               {Before: []byte(`{`)},
	} {
		require.Equal(t, want, strings.Join(changes(e), "|"))
	}
}

func TestDetail_StatesAndReasons_AreNamed(t *testing.T) {
	t.Parallel()
	f := (&pages.Site{}).Frame(httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil), pages.Text{})
	for _, c := range []struct {
		kind, detail, shown string
	}{
		{"BUYER_TOLD", "SHIPPED", "배송 중"}, {"REFUND_PENDING", "1 DAMAGED", "1 파손"},
		{"PAYMENT_SUCCESS", "MOCK payment_17_X", "모의 결제 payment_17_X"}, {"LINE_SHIPPED", "PAID  CJ 1", "PAID  CJ 1"},
	} {
		require.Equal(t, c.shown, detail(f, market.OrderEvent{Kind: c.kind, Detail: c.detail}), c.kind)
	}
}
