package auth

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
)

func TestDevices_AToken_IsOfItsRoleAccountAndTimeOnly(t *testing.T) {
	t.Parallel()
	d := NewDevices("a secret", "")
	device := NewDevice()
	token := d.Token(market.RoleBuyer, "kim@example.com", device)
	require.Equal(t, device, d.Read(market.RoleBuyer, "kim@example.com", token))
	require.NotContains(t, token, "kim")
	require.Empty(t, d.Read(market.RoleSeller, "kim@example.com", token))
	require.Empty(t, d.Read(market.RoleBuyer, "lee@example.com", token))
	for _, bad := range []string{
		"", ".", "..", token + "x", strings.Replace(token, device, "another", 1), strings.ReplaceAll(token, ".", ".9"),
		NewDevices("another secret", "").Token(market.RoleBuyer, "kim@example.com", device),
	} {
		require.Empty(t, d.Read(market.RoleBuyer, "kim@example.com", bad), bad)
	}
	require.Equal(t, device, NewDevices("a new secret", "a secret").Read(market.RoleBuyer, "kim@example.com", token))
	d.now = func() time.Time { return time.Now().Add(DeviceLifetime + time.Minute) }
	require.Empty(t, d.Read(market.RoleBuyer, "kim@example.com", token))
}
