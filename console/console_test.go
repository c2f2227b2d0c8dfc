package console

import (
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/pages"
	"github.com/all-in-market/market/internal/store"
)

// TestAlarmsAreWhatSomebodyHasToLookAt: what is nothing is not shown, and each leads to what it
// is about.
func TestAlarmsAreWhatSomebodyHasToLookAt(t *testing.T) {
	t.Parallel()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	r.Header.Set("Accept-Language", "en")
	f := (&pages.Site{}).Frame(r, "", "")
	require.Empty(t, alarms(f, store.Alarms{}, map[string]int64{"refunds PENDING": 0}))
	require.Equal(t, []alarm{
		{"Findings of the verification", 2, "/alarms"}, {"Failed payouts", 1, "/payouts?status=FAILED"},
		{"Rows that wait for too long: a", 3, "/alarms"}, {"Rows that wait for too long: b", 4, "/alarms"},
	}, alarms(f, store.Alarms{Findings: 2, PayoutsFailed: 1}, map[string]int64{"b": 4, "a": 3}))
	for field := range reflect.TypeFor[store.Alarms]().Fields() {
		var one store.Alarms
		reflect.ValueOf(&one).Elem().FieldByIndex(field.Index).SetInt(1)
		require.Len(t, alarms(f, one, nil), 1, field.Name)
	}
	require.Equal(t, "2 refunds are decided, 1 are under way, 0 could not be decided.",
		notice(f, noticeDecided, []int64{2, 1, 0}))
	require.Empty(t, notice(f, "Your password is wrong", []int64{0, 0, 0}))
}

// TestChangesAreToldValueByValue, and what is not JSON as it is.
func TestChangesAreToldValueByValue(t *testing.T) {
	t.Parallel()
	for want, e := range map[string]market.AuditEntry{
		"by_hand: false|status: PENDING → SUCCESS": {
			Before: []byte(`{"status": "PENDING"}`), After: []byte(`{"status": "SUCCESS", "by_hand": false}`),
		},
		"amount: 123456789012.5": {After: []byte(`{"amount": 123456789012.50}`)},
		"reason: – → worn":       {Before: []byte(`{"reason": null}`), After: []byte(`{"reason": "worn"}`)},
		"name: x →":              {Before: []byte(`{"name": "x"}`)},
		"":                       {},
		"{|":                     {Before: []byte(`{`)},
	} {
		require.Equal(t, want, strings.Join(changes(e), "|"))
	}
}
