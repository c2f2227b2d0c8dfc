package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/testrig"
)

// TestAccessLog_IsListedAndCounted by actor, action, data and subject, and ends after two years.
func TestAccessLog_IsListedAndCounted(t *testing.T) {
	t.Parallel()
	s := testrig.NewShop(t, 1, nil)
	as := func(role market.Role, id int64) context.Context {
		return market.WithActor(t.Context(), market.Actor{Role: role, ID: id, Address: "203.0.113.7", RequestID: "r"})
	}
	note := func(ctx context.Context, a market.Access) int64 {
		id, err := s.NoteAccess(ctx, a)
		require.NoError(t, err)
		return id
	}
	buyer := market.Access{
		Action: market.AccessRead, Data: market.DataBuyer, DataID: 5, Subject: market.RoleBuyer, SubjectID: 5, Rows: 1,
	}
	export := market.Access{Action: market.AccessExport, Data: market.DataAuditLog, Reason: "the police asks"}
	note(as(market.RoleBuyer, 5), market.Access{Action: market.AccessLogin})
	note(as(market.RoleBuyer, 6), market.Access{Action: market.AccessLogin})
	note(as(market.RoleAdmin, 1), buyer)
	note(as(market.RoleAdmin, 2), market.Access{Action: market.AccessRead, Data: market.DataBuyers, Rows: 20})
	require.NoError(t, s.EndExport(t.Context(), note(as(market.RoleAdmin, 2), export), 300))
	note(as(market.RoleAdmin, 2), export) // cut off

	list := func(f market.AccessFilter) []market.AccessEntry {
		page, err := s.AccessLog(t.Context(), f, market.PageRequest{Size: 10})
		require.NoError(t, err)
		return page.Content
	}
	all := list(market.AccessFilter{})
	require.Len(t, all, 6)
	require.Nil(t, all[0].Rows, "it did not end")
	require.EqualValues(t, 300, *all[1].Rows)
	require.Equal(t, "the police asks", *all[1].Reason)
	require.EqualValues(t, 20, *all[2].Rows)
	require.Equal(t, "203.0.113.7", *all[2].Address)
	require.Equal(t, "r", *all[2].RequestID)
	today := s.Today()
	yesterday := today.Add(-1)
	for _, c := range []struct {
		filter market.AccessFilter
		want   int
	}{
		{market.AccessFilter{Actor: market.RoleAdmin}, 4},
		{market.AccessFilter{Actor: market.RoleAdmin, ActorID: 2}, 3},
		{market.AccessFilter{Action: market.AccessLogin}, 2},
		{market.AccessFilter{Data: market.DataBuyers}, 1},
		{market.AccessFilter{Subject: market.RoleBuyer, SubjectID: 5}, 1},
		{market.AccessFilter{Subject: market.RoleSeller, SubjectID: 5}, 0},
		{market.AccessFilter{From: &today, To: &today}, 6},
		{market.AccessFilter{To: &yesterday}, 0},
	} {
		require.Len(t, list(c.filter), c.want, "%+v", c.filter)
	}
	one, two := int64(1), int64(2)
	summary, err := s.SummarizeAccess(t.Context(), today, today.Next())
	require.NoError(t, err)
	require.Equal(t, []market.AccessSummary{
		{Actor: market.RoleAdmin, ActorID: &one, Action: market.AccessRead, Entries: 1, Rows: 1},
		{Actor: market.RoleAdmin, ActorID: &two, Action: market.AccessExport, Entries: 2, Rows: 300},
		{Actor: market.RoleAdmin, ActorID: &two, Action: market.AccessRead, Entries: 1, Rows: 20},
		{Actor: market.RoleBuyer, Action: market.AccessLogin, Entries: 2},
	}, summary)

	_, err = s.NoteAccess(t.Context(), market.Access{Action: market.AccessLogin})
	require.Error(t, err, "somebody did it")
	for _, r := range store.Retentions(time.Hour) {
		if r.Table != "access_log" {
			continue
		}
		require.Equal(t, 2*365*24*time.Hour, r.Keep)
		n, err := s.Purge(t.Context(), r)
		require.NoError(t, err)
		require.Zero(t, n)
		r.Keep = 0
		n, err = s.Purge(t.Context(), r)
		require.NoError(t, err)
		require.EqualValues(t, 6, n)
	}
}
