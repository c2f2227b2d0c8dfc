package store

import (
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
)

func TestAlerts_CountsAboveZero_AreRaisedInTheirOrder(t *testing.T) {
	t.Parallel()
	require.Empty(t, AlertCounts{}.alerts(map[string]int64{"refunds PENDING": 0}))
	require.Equal(t, []market.Alert{
		{Kind: market.AlertFinding, Count: 2}, {Kind: market.AlertPayoutFailed, Count: 1},
		{Kind: market.AlertRowLate, State: "a", Count: 3}, {Kind: market.AlertRowLate, State: "b", Count: 4},
	}, AlertCounts{Findings: 2, PayoutsFailed: 1}.alerts(map[string]int64{"b": 4, "a": 3}))
	for field := range reflect.TypeFor[AlertCounts]().Fields() {
		var one AlertCounts
		reflect.ValueOf(&one).Elem().FieldByIndex(field.Index).SetInt(1)
		require.Len(t, one.alerts(nil), 1, field.Name)
	}
}
