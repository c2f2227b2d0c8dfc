package gateway

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
)

// cards is a provider that offers one method, and counts the calls of Available.
type cards struct {
	Redirect
	asked int
}

func (*cards) Offers(m market.PaymentMethod) bool { return m == market.MethodCard }

func (c *cards) Available() bool { c.asked++; return false }

func TestProviders_Available_CallsTheMethodsProviderOnly(t *testing.T) {
	t.Parallel()
	c := &cards{}
	p := Providers{Mock: struct{ Payments }{}, PortOne: c}
	mock, _ := market.MethodOf(market.MethodMock)
	require.True(t, p.Offers(mock) && p.Available(mock))
	require.Zero(t, c.asked, "a payment that PortOne has no part in does not wait for it")
	require.Equal(t, []market.OfferedMethod{
		{Method: market.MethodCard, Redirects: true}, {Method: market.MethodMock, Available: true},
	}, p.Offered())
	require.Equal(t, 1, c.asked)
	require.Empty(t, Providers{}.Offered())
}
