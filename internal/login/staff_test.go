package login_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/auth"
	"github.com/all-in-market/market/internal/login/logintest"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/web"
)

func TestGuard_NoPermission_CannotBeRegistered(t *testing.T) {
	t.Parallel()
	a, _ := logintest.New(t)
	handler := func(http.ResponseWriter, *http.Request) error { return nil }
	wrap := func(h web.Handler) http.Handler { return web.Handle(h) }
	for _, p := range []market.Permission{"", "EVERYTHING"} {
		require.Panics(t, func() { a.Guard(p, handler, wrap) }, p)
	}
	require.Equal(t, market.PermissionSeeOrders, a.Guard(market.PermissionSeeOrders, handler, wrap).Permission)
}

func TestPermit_EachCase_AnswersWithItsCode(t *testing.T) {
	t.Parallel()
	a, redis := logintest.New(t)
	finance := auth.Principal{
		ID: 7, Role: market.RoleAdmin, Family: "f", Staff: market.StaffFinance, SecondFactor: true,
	}
	enrolling, without, buyer := finance, finance, finance
	enrolling.Enrolling, enrolling.SecondFactor, without.SecondFactor = true, false, false
	buyer.Role = market.RoleBuyer
	permit := func(p auth.Principal, method string, permission market.Permission) market.Code {
		r := httptest.NewRequest(method, "/", nil)
		return market.CodeOf(a.Permit(web.WithCaller(r, p), permission))
	}
	decide := market.PermissionDecidePayouts
	require.Empty(t, permit(finance, http.MethodGet, market.PermissionSeePayouts))
	require.Equal(t, market.CodeForbidden, permit(finance, http.MethodGet, market.PermissionSeeBuyers))
	require.Equal(t, market.CodeForbidden, permit(buyer, http.MethodGet, market.PermissionSeePayouts))
	require.Equal(t, market.CodeSecondFactorRequired, permit(enrolling, http.MethodGet, market.PermissionSeePayouts))
	require.Empty(t, permit(enrolling, http.MethodPost, market.PermissionSession))
	require.Empty(t, permit(without, http.MethodPut, decide), "there is nothing to ask for")

	require.Equal(t, market.CodeSecondFactorStale, permit(finance, http.MethodPut, decide))
	require.NoError(t, a.Sessions.GiveFactor(t.Context(), "another session"))
	require.Equal(t, market.CodeSecondFactorStale, permit(finance, http.MethodPut, decide))
	require.NoError(t, a.Sessions.GiveFactor(t.Context(), "f"))
	redis.FastForward(market.FactorFreshness - 1)
	require.Empty(t, permit(finance, http.MethodPut, decide))
	redis.FastForward(1)
	require.Equal(t, market.CodeSecondFactorStale, permit(finance, http.MethodPut, decide))
	redis.Close()
	require.Equal(t, market.CodeRedisUnavailable, permit(finance, http.MethodPut, decide))
}
