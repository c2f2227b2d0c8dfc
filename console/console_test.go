package console

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/pages"
	"github.com/all-in-market/market/internal/store"
)

// TestAlarmsAreWhatSomebodyHasToLookAt: what is nothing is not shown, and what has a page
// leads to it.
func TestAlarmsAreWhatSomebodyHasToLookAt(t *testing.T) {
	t.Parallel()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	r.Header.Set("Accept-Language", "en")
	f := (&pages.Site{}).Frame(r, "", "")
	require.Empty(t, alarms(f, store.Alarms{}, map[string]int64{"refunds PENDING": 0}))
	require.Equal(t, []alarm{
		{"Findings of the verification", 2, ""}, {"Failed payouts", 1, "/payouts?status=FAILED"},
		{"Rows that wait for too long: a", 3, ""}, {"Rows that wait for too long: b", 4, ""},
	}, alarms(f, store.Alarms{Findings: 2, PayoutsFailed: 1}, map[string]int64{"b": 4, "a": 3}))
	require.Equal(t, "2 refunds are decided, 1 are under way, 0 could not be decided.",
		notice(f, noticeDecided, []int64{2, 1, 0}))
	require.Empty(t, notice(f, "Your password is wrong", []int64{0, 0, 0}))
}
