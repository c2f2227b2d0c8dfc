package market_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
)

func TestStaffRole_Owner_MayAll(t *testing.T) {
	t.Parallel()
	for _, p := range market.Permissions() {
		require.True(t, p.Valid())
		require.True(t, market.StaffOwner.May(p), p)
	}
	require.False(t, market.Permission("").Valid())
	require.False(t, market.StaffOwner.May(""))
	require.False(t, market.StaffRole("").May(market.PermissionSession))
}

// An auditor has the permissions to see and to read, and those of the own account.
func TestStaffRole_Auditor_ReadsAllAndChangesNothing(t *testing.T) {
	t.Parallel()
	for _, p := range market.Permissions() {
		reads := strings.HasPrefix(string(p), "SEE_") || strings.HasPrefix(string(p), "READ_") ||
			p == market.PermissionSession || p == market.PermissionOwnAccount
		require.Equal(t, reads, market.StaffAuditor.May(p), p)
		if reads {
			require.False(t, p.Fresh(), p)
		}
	}
}
