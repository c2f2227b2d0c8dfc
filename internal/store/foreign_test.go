package store_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/testrig"
)

// Texts of gateways and banks are booked regardless of their length; a booking that the database
// rejects is retried and not a refusal.
func TestExternalTexts_TooLong_AreTruncated(t *testing.T) {
	ctx := context.Background()
	s := testrig.NewShop(t, 1, nil)
	pay := func(key, impUID string) (orderID int64, err error) {
		t.Helper()
		orderID = s.Place(t, key, s.ProductIDs[0])
		var buyer int64
		require.NoError(t, s.Pool().QueryRow(ctx, "SELECT buyer_id FROM orders WHERE id = $1", orderID).Scan(&buyer))
		opened, err := s.OpenPayment(ctx, store.PaymentToOpen{
			OrderID: orderID, BuyerID: market.BuyerID(buyer), Method: market.MethodMock, RunID: "run-" + key,
		})
		require.NoError(t, err)
		_, err = s.ApprovePayment(ctx, store.OrderPayment{OrderID: orderID, PaymentID: opened.Payment.ID},
			store.Charge{ImpUID: impUID, Amount: opened.Payment.Amount})
		return orderID, err
	}
	_, err := pay("long", strings.Repeat("x", 1000))
	require.NoError(t, err)
	_, err = pay("first", "imp-1")
	require.NoError(t, err)
	order, err := pay("again", "imp-1")
	require.Error(t, err, "one charge for two payments")
	var refused *market.Error
	require.NotErrorAs(t, err, &refused, "an error with a code would end the workflow: %v", err)
	require.Equal(t, 1,
		s.Number(t, "SELECT count(*) FROM payments WHERE order_id = $1 AND status = 'PENDING' AND resolved_at IS NULL",
			order),
		"it waits, and an alert tells of it")

	_, err = s.Pool().Exec(ctx,
		`INSERT INTO settlements (id, seller_id, amount, payable, fee, period_start, period_end, status, type) VALUES (1, $1, 1, 1, 0, '2026-01-01', '2026-01-15', 'PAYOUT_READY', 'MID')`,
		s.SellerIDs[0])
	require.NoError(t, err)
	_, err = s.Pool().Exec(ctx,
		`INSERT INTO payouts (id, seller_id, settlement_id, amount, fee, payout_key) VALUES (1, $1, 1, 1, 0, 'payout-1')`,
		s.SellerIDs[0])
	require.NoError(t, err)
	_, err = s.StartPayout(ctx, 1, 1, nil)
	require.NoError(t, err)
	_, err = s.EndPayout(ctx, 1, 1, store.PayoutEnd{
		Outcome: market.OutcomeRefused, Reason: "closed\x00" + strings.Repeat("가", 1000),
	})
	require.NoError(t, err, "a reason is cut to size")
	require.Equal(t, 255, s.Number(t, "SELECT char_length(failure) FROM payouts"))
}
