package store_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/testrig"
)

// offSale are the ways to take what a shop sells off sale. What staff has stopped is not paid any more, what a
// seller hides is.
var offSale = map[string]struct {
	stop  string
	staff bool
}{
	"seller rejected":  {"UPDATE sellers SET status = 'REJECTED'", true},
	"seller suspended": {"UPDATE sellers SET status = 'SUSPENDED'", true},
	"product blocked":  {"UPDATE products SET status = 'BLOCKED', blocked_reason = 'r'", true},
	"product hidden":   {"UPDATE products SET status = 'HIDDEN'", false},
}

func TestOpenPayment_SaleStopped_IsRefused(t *testing.T) {
	t.Parallel()
	for name, c := range offSale {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := testrig.NewShop(t, 1, nil)
			placed, err := s.PlaceOrder(t.Context(), fillCart(t, s, 0, 1))
			require.NoError(t, err)
			_, err = s.Pool().Exec(t.Context(), c.stop)
			require.NoError(t, err)
			_, err = s.OpenPayment(t.Context(), store.PaymentToOpen{
				BuyerID: market.BuyerID(s.BuyerID), OrderID: placed.OrderID, Method: market.MethodMock, RunID: "run",
			})
			if c.staff {
				refused(t, market.CodeOrderSaleStopped, err)
			} else {
				require.NoError(t, err)
			}
		})
	}
}

// The order fails, its piece is back in stock,
// and the whole charge goes back, once, with nothing for the seller.
func TestApprovePayment_SaleStoppedWhileTheBuyerPaid_GivesTheChargeBack(t *testing.T) {
	t.Parallel()
	for name, c := range offSale {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := testrig.NewShop(t, 2, nil)
			checkout := fillCart(t, s, 0, 1)
			checkout.CartItemIDs = append(checkout.CartItemIDs, fillCart(t, s, 1, 1).CartItemIDs...)
			placed, err := s.PlaceOrder(t.Context(), checkout)
			require.NoError(t, err)
			opened, err := s.OpenPayment(t.Context(), store.PaymentToOpen{
				BuyerID: market.BuyerID(s.BuyerID), OrderID: placed.OrderID, Method: market.MethodMock, RunID: "run",
			})
			require.NoError(t, err)
			_, err = s.Pool().Exec(t.Context(), c.stop)
			require.NoError(t, err)
			of := store.OrderPayment{OrderID: placed.OrderID, PaymentID: opened.Payment.ID}
			for range 2 {
				out, err := s.ApprovePayment(t.Context(), of,
					store.Charge{ImpUID: "imp", Amount: opened.Payment.Amount})
				require.NoError(t, err)
				if !c.staff {
					require.Equal(t, market.PaymentSuccess, out.Payment.Status)
					continue
				}
				require.Equal(t, market.PaymentFailed, out.Payment.Status)
				require.Equal(t, string(market.CodePaymentSaleStopped), *out.Payment.FailureCode)
				require.Equal(t, 1, s.Number(t, "SELECT count(*) FROM refunds WHERE reason = 'SALE_STOPPED' AND amount = "+
					opened.Payment.Amount.String()))
				require.Zero(t, s.Number(t, "SELECT sum(reserved) FROM products"))
				require.Zero(t, s.Number(t, "SELECT count(*) FROM ledger_entries WHERE account = 'SELLER_PAYABLE'"))
			}
			s.Verified(t)
		})
	}
}

// A charge that arrives after its payment has ended is refunded, for every kind of end, and the books agree.
func TestApprovePayment_ChargedAfterItsEnd_GoesBackAndVerifies(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(s *testrig.Shop, of store.OrderPayment) error{
		"withdrawn": func(s *testrig.Shop, of store.OrderPayment) error {
			_, _, err := s.WithdrawPayment(t.Context(), of)
			return err
		},
		"never paid": func(s *testrig.Shop, of store.OrderPayment) error {
			if err := s.PreparePayment(t.Context(), of.PaymentID); err != nil {
				return err
			}
			_, err := s.FailPayment(t.Context(), of, market.EndNotCharged, "")
			return err
		},
		"cancelled there": func(s *testrig.Shop, of store.OrderPayment) error {
			if err := s.PreparePayment(t.Context(), of.PaymentID); err != nil {
				return err
			}
			_, err := s.FailPayment(t.Context(), of, market.EndCancelled, "")
			return err
		},
		"expired": func(s *testrig.Shop, of store.OrderPayment) error {
			if err := s.PreparePayment(t.Context(), of.PaymentID); err != nil {
				return err
			}
			return s.SetOrderStatus(t.Context(), of.OrderID, market.OrderFailed, nil)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := testrig.NewShop(t, 1, nil)
			_, err := s.Pool().Exec(t.Context(), "UPDATE products SET price = 1000")
			require.NoError(t, err)
			placed, err := s.PlaceOrder(t.Context(), fillCart(t, s, 0, 1))
			require.NoError(t, err)
			opened, err := s.OpenPayment(t.Context(), store.PaymentToOpen{
				BuyerID: market.BuyerID(s.BuyerID), OrderID: placed.OrderID, Method: market.MethodCard, RunID: "run",
			})
			require.NoError(t, err)
			of := store.OrderPayment{OrderID: placed.OrderID, PaymentID: opened.Payment.ID}
			require.NoError(t, end(s, of))
			out, err := s.ApprovePayment(t.Context(), of, store.Charge{ImpUID: "tx", Amount: opened.Payment.Amount})
			require.NoError(t, err)
			require.NotZero(t, out.ReversalID)
			s.Verified(t)
			_, err = s.CompleteRefund(t.Context(), out.ReversalID)
			require.NoError(t, err)
			s.Verified(t)
		})
	}
}

func TestOrderPayment_DeclinedInTheBrowser_HasReasonAndDeadline(t *testing.T) {
	t.Parallel()
	s := testrig.NewShop(t, 1, nil)
	_, err := s.Pool().Exec(t.Context(), "UPDATE products SET price = 1000")
	require.NoError(t, err)
	placed, err := s.PlaceOrder(t.Context(), fillCart(t, s, 0, 1))
	require.NoError(t, err)
	opened, err := s.OpenPayment(t.Context(), store.PaymentToOpen{
		BuyerID: market.BuyerID(s.BuyerID), OrderID: placed.OrderID, Method: market.MethodCard, RunID: "run",
	})
	require.NoError(t, err)
	require.NoError(t, s.PreparePayment(t.Context(), opened.Payment.ID))
	require.NoError(t, s.RecordDecline(t.Context(), opened.Payment.ID, "tx-1", "the limit is exceeded"))
	payment, err := s.OrderPayment(t.Context(), placed.OrderID)
	require.NoError(t, err)
	require.NotNil(t, payment.Declined)
	require.Equal(t, "the limit is exceeded", *payment.Declined)
	require.NotNil(t, payment.ExpiresAt)
}

// TestApprovePayment_LinesOfTheReleaseBefore_GetTheirAmounts when they are paid.
func TestApprovePayment_LinesOfTheReleaseBefore_GetTheirAmounts(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s := testrig.NewShop(t, 1, nil)
	order := s.Place(t, "before", s.ProductIDs[0])
	_, err := s.Pool().Exec(ctx, `UPDATE order_items SET gross = NULL, discount = NULL, net = NULL, tax = NULL,
		commission = NULL, commission_percent = NULL WHERE order_id = $1`, order)
	require.NoError(t, err)
	o, err := s.AnyOrder(ctx, order)
	require.NoError(t, err)
	opened, err := s.OpenPayment(ctx, store.PaymentToOpen{
		OrderID: order, BuyerID: market.BuyerID(o.BuyerID), Method: market.MethodMock, RunID: "run",
	})
	require.NoError(t, err)
	for range 2 {
		out, err := s.ApprovePayment(ctx, store.OrderPayment{OrderID: order, PaymentID: opened.Payment.ID},
			store.Charge{ImpUID: "tx", Amount: opened.Payment.Amount})
		require.NoError(t, err)
		require.Equal(t, market.PaymentSuccess, out.Payment.Status)
	}
	require.Equal(t, 1, s.Number(t, `SELECT count(*) FROM order_items WHERE order_id = $1 AND net = unit_price * quantity
		AND commission = trunc(net * 5 / 100) AND order_status = 'PAID'`, order))
	s.Verified(t)
}
