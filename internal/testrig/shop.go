package testrig

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
)

// Shop is a store with some sellers that have a product each, and a buyer.
type Shop struct {
	*store.Store
	SellerIDs, ProductIDs []int64
	BuyerID, AddressID    int64
}

// NewShop opens a store with so many approved sellers; now is its clock, nil the real one.
func NewShop(t *testing.T, sellers int, now func() time.Time) *Shop {
	t.Helper()
	ctx := context.Background()
	s := &Shop{Store: Store(t, now)}
	c, err := s.CreateCategory(ctx, "c", 1)
	require.NoError(t, err)
	for i := range sellers {
		id, err := s.CreateSeller(ctx,
			store.SellerSignup{
				Email: market.Email(fmt.Sprintf("s%d@example.com", i)), PasswordHash: "x", Name: "s", Phone: "1",
				StoreName: "s",
				BizNumber: fmt.Sprint(i), BankCode: "KOOKMIN", BankAccount: fmt.Sprintf("01-%d", i),
			})
		require.NoError(t, err)
		_, err = s.SetSellerStatus(ctx, id, market.SellerApproved, false, "")
		require.NoError(t, err)
		p, err := s.CreateProduct(ctx,
			market.Product{
				SellerID: id, CategoryID: c.ID, Name: "p", Description: "d", Price: market.Money(1_007_00 + 3_00*i),
				Stock: 1_000_000,
			})
		require.NoError(t, err)
		s.SellerIDs, s.ProductIDs = append(s.SellerIDs, id), append(s.ProductIDs, p.ID)
	}
	s.BuyerID, err = s.CreateBuyer(ctx, store.BuyerSignup{
		Email: "b@example.com", PasswordHash: "x", Name: "b", Phone: "010-1234-5678",
	})
	require.NoError(t, err)
	a, err := s.CreateAddress(ctx, market.BuyerID(s.BuyerID), market.AddressInput{
		Recipient: "r", Phone: "1", Detail: "d",
	})
	require.NoError(t, err)
	s.AddressID = a.ID
	return s
}

// Sell orders and pays some pieces of some products, and returns the order.
func (s *Shop) Sell(t *testing.T, key string, products ...int64) int64 {
	t.Helper()
	ctx := context.Background()
	buyer, err := s.CreateBuyer(ctx, store.BuyerSignup{
		Email: market.Email(key + "@example.com"), PasswordHash: "x", Name: "b", Phone: "010-1234-5678",
	})
	require.NoError(t, err)
	a, err := s.CreateAddress(ctx, market.BuyerID(buyer), market.AddressInput{Recipient: "r", Phone: "1", Detail: "d"})
	require.NoError(t, err)
	var items []int64
	for i, p := range products {
		cart, err := s.AddToCart(ctx, market.BuyerID(buyer), p, int32(1+i%3),
			market.PageRequest{Size: 100, Sort: "id", Desc: true})
		require.NoError(t, err)
		items = append(items, cart.Items.Content[0].ID)
	}
	p, err := Buy(ctx, s.Store, store.Checkout{BuyerID: buyer, Key: key, CartItemIDs: items, AddressID: a.ID})
	require.NoError(t, err)
	require.Equal(t, market.PaymentSuccess, p.Status)
	return p.OrderID
}

// Buy does what the activities of a purchase do in the database. It may be called again with the same
// checkout, wherever it has failed.
func Buy(ctx context.Context, s *store.Store, c store.Checkout) (paid market.Payment, err error) {
	o, err := s.PlaceOrder(ctx, c)
	if err != nil {
		return paid, err
	}
	opened, err := s.OpenPayment(ctx, store.PaymentToOpen{
		OrderID: o.OrderID, BuyerID: market.BuyerID(c.BuyerID), Method: market.MethodMock, RunID: "run-" + c.Key,
	})
	if err != nil {
		return paid, err
	}
	p := opened.Payment
	out, err := s.ApprovePayment(ctx, store.OrderPayment{OrderID: o.OrderID, PaymentID: p.ID},
		store.Charge{ImpUID: "imp-" + c.Key, Amount: p.Amount})
	return out.Payment, err
}

// GiveBack does what the activities of an approved refund do in the database; r is without its id.
// It may be called again with the same key, and reports whether the approval took effect this time.
func GiveBack(ctx context.Context, s *store.Store, key string, r store.RefundRequest) (applied bool, err error) {
	if r.RefundID, err = s.ReserveRefund(ctx, market.BuyerID(r.BuyerID), key, nil, nil); err != nil {
		return false, err
	}
	refund, err := s.OpenRefund(ctx, r)
	if err != nil {
		return false, err
	}
	_, applied, err = s.DecideRefund(ctx,
		store.RefundDecision{RefundID: refund.ID, DecisionID: "d", SentBy: "test", Approve: true})
	if err != nil {
		return false, err
	}
	_, err = s.CompleteRefund(ctx, refund.ID)
	return applied, err
}

// Refund pays back so many pieces of each line of an order, or, with 0, all that remains.
func (s *Shop) Refund(t *testing.T, key string, orderID int64, each int32) {
	t.Helper()
	ctx := context.Background()
	var buyer int64
	require.NoError(t, s.Pool().QueryRow(ctx, "SELECT buyer_id FROM orders WHERE id = $1", orderID).Scan(&buyer))
	r := store.RefundRequest{BuyerID: buyer, OrderID: orderID, Reason: market.ReasonDamaged}
	if each > 0 {
		detail, err := s.OrderDetail(ctx, market.BuyerID(buyer), orderID)
		require.NoError(t, err)
		for _, i := range detail.Items {
			r.Items = append(r.Items, market.Pieces{OrderItemID: i.ID, Quantity: each})
		}
	}
	applied, err := GiveBack(ctx, s.Store, key, r)
	require.NoError(t, err)
	require.True(t, applied)
}

// RollUpAll rolls up all that has been posted.
func (s *Shop) RollUpAll(t *testing.T) {
	t.Helper()
	require.NoError(t, s.RollUp(context.Background(), func([]int64) {}))
}

// Verified fails when the books disagree.
func (s *Shop) Verified(t *testing.T) {
	t.Helper()
	findings, err := s.Verify(context.Background(), func(string) {})
	require.NoError(t, err)
	require.Empty(t, findings)
}

// Place orders one piece of a product and does not pay.
func (s *Shop) Place(t *testing.T, key string, product int64) int64 {
	t.Helper()
	ctx := context.Background()
	buyer, err := s.CreateBuyer(ctx, store.BuyerSignup{
		Email: market.Email("placed-" + key + "@example.com"), PasswordHash: "x", Name: "b", Phone: "010-1234-5678",
	})
	require.NoError(t, err)
	a, err := s.CreateAddress(ctx, market.BuyerID(buyer), market.AddressInput{Recipient: "r", Phone: "1", Detail: "d"})
	require.NoError(t, err)
	cart, err := s.AddToCart(ctx, market.BuyerID(buyer), product, 1,
		market.PageRequest{Size: 1, Sort: "id", Desc: true})
	require.NoError(t, err)
	o, err := s.PlaceOrder(ctx,
		store.Checkout{BuyerID: buyer, Key: key, CartItemIDs: []int64{cart.Items.Content[0].ID}, AddressID: a.ID})
	require.NoError(t, err)
	return o.OrderID
}

// Number is what a query answers.
func (s *Shop) Number(t *testing.T, query string, args ...any) (n int) {
	t.Helper()
	require.NoError(t, s.Pool().QueryRow(context.Background(), query, args...).Scan(&n))
	return n
}

// DuePayout gives each seller a bank account, and the first a payout that waits to be paid to it, and
// returns the payout's id.
func (s *Shop) DuePayout(t *testing.T, account string) (id int64) {
	t.Helper()
	for _, seller := range s.SellerIDs {
		_, _, err := s.UpdateSeller(context.Background(), seller, store.ProfileChange{BankAccount: &account})
		require.NoError(t, err)
	}
	require.NoError(t, s.Pool().QueryRow(context.Background(), `WITH due AS (
			INSERT INTO settlements (seller_id, amount, payable, fee, period_start, period_end, status, type)
			VALUES ($1, 1, 1, 0, '2026-01-01', '2026-01-15', 'PAYOUT_READY', 'MID') RETURNING id)
		INSERT INTO payouts (seller_id, settlement_id, amount, fee, payout_key) SELECT $1, id, 1, 0, 'payout-1' FROM due
		RETURNING id`, s.SellerIDs[0]).Scan(&id))
	return id
}
