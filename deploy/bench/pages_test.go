package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPattern_OfAddressesOfAPage_IsTheSame(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"/shop/orders/17?notice=paid": "/shop/orders/{id}", "/shop/orders/4/refund#reason": "/shop/orders/{id}/refund",
		"/": "/", "/sellers/8/settlements/31": "/sellers/{id}/settlements/{id}",
	} {
		require.Equal(t, want, pattern(address), address)
	}
}
