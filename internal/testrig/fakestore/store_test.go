package fakestore

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
)

func TestCalls_Arguments_AreShort(t *testing.T) {
	t.Parallel()
	s := New("2026-11-30")
	zero, name := int32(0), "a<b"
	_, _ = s.Orders(t.Context(), 7, nil, market.PageRequest{Page: 2, Size: 5, Sort: "id", Desc: true})
	_, _ = s.UpdateProduct(t.Context(), 8, 5, market.ProductChange{Name: &name, Stock: &zero})
	_ = s.FollowUpsStarted(t.Context(), 1, 2)
	require.Equal(t, []string{
		"Orders(7, null, 2/5-id)", `UpdateProduct(8, 5, {"Name":"a<b","Stock":0})`, "FollowUpsStarted([1,2])",
	}, s.Calls())
	require.Equal(t, []string{"Orders(7, null, 2/5-id)"}, s.Calls("Orders"))
	s.Forget()
	require.Empty(t, s.Calls())
}

func TestReturns_UnknownMethodOrType_Panics(t *testing.T) {
	t.Parallel()
	s := New("2026-11-30")
	require.Panics(t, func() { s.Returns("Ordre", nil) }, "a misspelt method")
	s.Returns("Order", market.Payment{})
	require.Panics(t, func() { _, _ = s.Order(t.Context(), 7, 1) }, "a result of another type")
	s.Returns("Order", market.Order{ID: 1})
	order, err := s.Order(t.Context(), 7, 1)
	require.NoError(t, err)
	require.Equal(t, int64(1), order.ID)
	s.Fails("Order", market.Refuse(market.CodeOrderNotFound))
	_, err = s.Order(t.Context(), 7, 1)
	require.Equal(t, market.CodeOrderNotFound, market.CodeOf(err))
	require.Equal(t, "2026-11-30", s.Today().String())
}
