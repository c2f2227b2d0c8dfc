package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/testrig"
)

func TestFind_EachKind_IsFoundByNumberAndName(t *testing.T) {
	t.Parallel()
	s, ctx := testrig.NewShop(t, 2, nil), t.Context()
	order := s.Sell(t, "o", s.ProductIDs[0])
	_, err := s.Pool().Exec(ctx, "UPDATE sellers SET store_name = 'Jeju 100% Orchard' WHERE id = $1", s.SellerIDs[0])
	require.NoError(t, err)
	buyer := s.Number(t, "SELECT buyer_id FROM orders WHERE id = $1", order)
	_, err = s.Pool().Exec(ctx, "UPDATE buyers SET email = 'kim@example.com' WHERE id = $1", buyer)
	require.NoError(t, err)
	var uid string
	var payment int64
	require.NoError(t, s.Pool().QueryRow(ctx, "SELECT merchant_uid, id FROM payments WHERE order_id = $1",
		order).Scan(&uid, &payment))
	placed := market.DayOf(time.Now())
	shop := market.Hit{Kind: market.HitSeller, ID: s.SellerIDs[0], Name: "Jeju 100% Orchard"}
	for typed, want := range map[string][]market.Hit{
		uid:                                   {{Kind: market.HitPayment, ID: order, Name: uid}},
		market.OrderNumber(order, placed):     {{Kind: market.HitOrder, ID: order, Name: "PAID"}},
		"KIM@example.com":                     {{Kind: market.HitBuyer, ID: int64(buyer)}},
		"s0@example.com":                      {{Kind: market.HitSeller, ID: s.SellerIDs[0], Name: shop.Name}},
		"ORCHARD":                             {shop},
		"100%":                                {shop},
		"100_":                                {},
		"nothing":                             {},
		fmt.Sprint(order + payment + 100_000): {},
	} {
		hits, err := s.Find(ctx, typed)
		require.NoError(t, err, typed)
		if typed == market.OrderNumber(order, placed) {
			require.Equal(t, want[0], hits[0], "the order is the first of those with the id")
			continue
		}
		require.Equal(t, want, hits, typed)
	}
	byID, err := s.Find(ctx, fmt.Sprint(s.ProductIDs[1]))
	require.NoError(t, err)
	kinds := map[market.HitKind]int64{}
	for _, h := range byID {
		kinds[h.Kind] = h.ID
	}
	require.Equal(t, s.ProductIDs[1], kinds[market.HitProduct])
	_, err = s.Pool().Exec(ctx, "UPDATE sellers SET deleted_at = now() WHERE id = $1", s.SellerIDs[0])
	require.NoError(t, err)
	hits, err := s.Find(ctx, "orchard")
	require.NoError(t, err)
	require.Empty(t, hits, "the seller has left")
}

func TestStaffNames_Staff_AreNamed(t *testing.T) {
	t.Parallel()
	s, ctx := testrig.NewShop(t, 1, nil), t.Context()
	_, err := s.CreateAdmin(ctx, "lee@example.com", "x", "Lee")
	require.NoError(t, err)
	id := int64(s.Number(t, "SELECT id FROM admins WHERE email = 'lee@example.com'"))
	staff, err := s.StaffNames(ctx, []int64{id, 0})
	require.NoError(t, err)
	require.Equal(t, map[int64]string{id: "Lee"}, staff)
}

func TestBuyerNames_OfClosedAccounts_AreLeftOut(t *testing.T) {
	t.Parallel()
	s, ctx := testrig.NewShop(t, 1, nil), t.Context()
	closed, err := s.CreateBuyer(ctx, store.BuyerSignup{
		Email: "closed@example.com", PasswordHash: "x", Name: "Lee", Phone: "1",
	})
	require.NoError(t, err)
	ids := []int64{s.BuyerID, closed, 0}
	names, err := s.BuyerNames(ctx, ids)
	require.NoError(t, err)
	require.Equal(t, map[int64]string{s.BuyerID: "b", closed: "Lee"}, names)
	require.NoError(t, s.WithdrawBuyer(ctx, closed))
	names, err = s.BuyerNames(ctx, ids)
	require.NoError(t, err)
	require.Equal(t, map[int64]string{s.BuyerID: "b"}, names)
}

func TestMarketSales_OfDays_AreThoseOfAllSellers(t *testing.T) {
	t.Parallel()
	s, ctx := testrig.NewShop(t, 2, nil), t.Context()
	s.Sell(t, "first", s.ProductIDs...)
	s.Sell(t, "second", s.ProductIDs[0])
	s.RollUpAll(t)
	today := s.Today()
	sales, err := s.MarketSales(ctx, today.Add(-1), today)
	require.NoError(t, err)
	total := market.Money(0)
	require.NoError(t, s.Pool().QueryRow(ctx, "SELECT sum(total_amount) FROM orders").Scan(&total))
	require.Equal(t, map[market.Day]market.Money{today: total}, sales)
	sales, err = s.MarketSales(ctx, today.Add(-2), today.Add(-1))
	require.NoError(t, err)
	require.Empty(t, sales)
}

func TestBuyerAccounts_OfAnID_AreOne(t *testing.T) {
	t.Parallel()
	s, ctx := testrig.NewShop(t, 2, nil), t.Context()
	buyer := int64(s.Number(t, "SELECT buyer_id FROM orders WHERE id = $1", s.Sell(t, "o", s.ProductIDs[0])))
	found, err := s.BuyerAccounts(ctx, store.BuyerFilter{ID: buyer}, market.PageRequest{Size: 10})
	require.NoError(t, err)
	require.Len(t, found.Content, 1)
	require.Equal(t, buyer, found.Content[0].ID)
}
