package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/testrig"
)

func TestAllOrders_EachFilter_SelectsItsOrders(t *testing.T) {
	t.Parallel()
	c := &clock{market.Date(2026, 5, 15).Start().Add(10 * time.Hour)}
	s, ctx := testrig.NewShop(t, 2, c.now), t.Context()
	exec := func(sql string, args ...any) {
		t.Helper()
		_, err := s.Pool().Exec(ctx, sql, args...)
		require.NoError(t, err)
	}
	first := s.Sell(t, "first", s.ProductIDs[0])
	second := s.Sell(t, "second", s.ProductIDs[1])
	unpaid := s.Place(t, "unpaid", s.ProductIDs[1])
	exec("UPDATE orders SET recipient = '김구매', phone = '010 1234-5678', created_at = '2026-05-13 09:00+09' WHERE id = $1",
		first)
	exec("UPDATE orders SET recipient = '박구매', phone = '02-111-2222', created_at = '2026-05-15 09:00+09' WHERE id = $1",
		second)
	exec("UPDATE orders SET recipient = '박구매', phone = '02-111-2222', created_at = '2026-05-15 10:00+09' WHERE id = $1",
		unpaid)
	var buyer int64
	require.NoError(t, s.Pool().QueryRow(ctx, "SELECT buyer_id FROM orders WHERE id = $1", first).Scan(&buyer))
	exec("UPDATE buyers SET phone = '010-9999-0000'")
	exec("UPDATE buyers SET email = 'kim@example.com', phone = '010-7777-0000' WHERE id = $1", buyer)
	exec(`INSERT INTO payments (order_id, merchant_uid, amount, method, provider, status, resolved_at)
		SELECT id, 'failed', total_amount, 'MOCK', 'MOCK', 'FAILED', now() FROM orders WHERE id = $1`, unpaid)
	paid, success, failed := market.OrderPaid, market.PaymentSuccess, market.PaymentFailed
	day, before := market.Date(2026, 5, 15), market.Date(2026, 5, 14)
	for name, c := range map[string]struct {
		filter market.OrderFilter
		want   []int64
	}{
		"all":                 {market.OrderFilter{}, []int64{first, second, unpaid}},
		"state":               {market.OrderFilter{Status: &paid}, []int64{first, second}},
		"failed payment":      {market.OrderFilter{Payment: &failed}, []int64{unpaid}},
		"payment":             {market.OrderFilter{Payment: &success}, []int64{first, second}},
		"from":                {market.OrderFilter{From: &day}, []int64{second, unpaid}},
		"until":               {market.OrderFilter{To: &before}, []int64{first}},
		"seller":              {market.OrderFilter{SellerID: s.SellerIDs[1]}, []int64{second, unpaid}},
		"paid of a seller":    {market.OrderFilter{SellerID: s.SellerIDs[1], Status: &paid}, []int64{second}},
		"number":              {market.OrderFilter{Search: market.OrderNumber(second, day)}, []int64{second}},
		"recipient's phone":   {market.OrderFilter{Search: "01012345678"}, []int64{first}},
		"recipient":           {market.OrderFilter{Search: "김구매"}, []int64{first}},
		"part of a recipient": {market.OrderFilter{Search: "김구"}, nil},
		"other address":       {market.OrderFilter{Search: "lee@example.com"}, nil},
		"other phone":         {market.OrderFilter{Search: "010-1234-5679"}, nil},
	} {
		found, err := s.AllOrders(ctx, c.filter, market.PageRequest{Size: 10, Sort: market.SortCreatedAt})
		require.NoError(t, err, name)
		var ids []int64
		for _, o := range found.Content {
			ids = append(ids, o.ID)
		}
		require.Equal(t, c.want, ids, name)
	}
	for _, typed := range []string{"KIM@example.com", "010 7777 0000"} {
		found, err := s.AllOrders(ctx, market.OrderFilter{Search: typed}, market.PageRequest{Size: 10})
		require.NoError(t, err)
		require.NotEmpty(t, found.Content, typed)
		for _, o := range found.Content {
			require.Equal(t, buyer, o.BuyerID, typed)
		}
	}
}

func TestOrderNotes_NotedByStaff_AreNewestFirst(t *testing.T) {
	t.Parallel()
	s := testrig.NewShop(t, 1, nil)
	order, other := s.Place(t, "o", s.ProductIDs[0]), s.Place(t, "other", s.ProductIDs[0])
	note := func(admin, order int64, text string) {
		t.Helper()
		ctx := market.WithActor(t.Context(), market.Actor{Role: market.RoleAdmin, ID: admin})
		require.NoError(t, s.NoteAction(ctx, market.Action{
			Name: market.ActionOrderNoted, Subject: market.SubjectOrder, SubjectID: order, Reason: text,
		}))
	}
	notes, err := s.OrderNotes(t.Context(), order)
	require.NoError(t, err)
	require.Empty(t, notes)
	note(3, order, "called the buyer")
	note(4, order, "the courier\nlost it")
	note(3, other, "another order")
	notes, err = s.OrderNotes(t.Context(), order)
	require.NoError(t, err)
	require.Len(t, notes, 2)
	require.Equal(t, "the courier\nlost it", notes[0].Note)
	require.EqualValues(t, 4, notes[0].AdminID)
	require.Equal(t, "called the buyer", notes[1].Note)
	require.NotZero(t, notes[1].CreatedAt)
}

func TestRankSellers_SoldBefore_RanksTheDaysOnly(t *testing.T) {
	t.Parallel()
	c := &clock{market.Date(2026, 5, 14).Start().Add(10 * time.Hour)}
	s, ctx := testrig.NewShop(t, 3, c.now), t.Context()
	s.Sell(t, "before", s.ProductIDs[2])
	c.at = c.at.Add(24 * time.Hour)
	s.Sell(t, "one", s.ProductIDs[0])
	s.Sell(t, "two", s.ProductIDs[1])
	s.Sell(t, "three", s.ProductIDs[1])
	require.NoError(t, s.RollUp(ctx, func([]int64) {}))
	today := s.Today()
	ranks, err := s.RankSellers(ctx, today, today, 5)
	require.NoError(t, err)
	require.Len(t, ranks, 2)
	require.Equal(t, s.SellerIDs[1], ranks[0].SellerID)
	require.EqualValues(t, 2, ranks[0].Orders)
	require.Greater(t, ranks[0].Sales, ranks[1].Sales)
	require.Equal(t, s.SellerIDs[0], ranks[1].SellerID)
	ranks, err = s.RankSellers(ctx, today.Add(-1), today, 1)
	require.NoError(t, err)
	require.Len(t, ranks, 1)
}
