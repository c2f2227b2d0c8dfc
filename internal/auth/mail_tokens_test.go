package auth

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
)

func TestMailTokens(t *testing.T) {
	t.Parallel()
	before, now := NewMailTokens("the secret before", ""), NewMailTokens("the secret of now", "the secret before")
	const kind, role = market.MailPasswordReset, market.RoleBuyer
	for _, signer := range []*MailTokens{before, now} {
		id, err := now.Read(kind, role, " "+signer.Token(kind, role, 42)+"\n")
		require.NoError(t, err)
		require.EqualValues(t, 42, id)
	}
	_, err := before.Read(kind, role, now.Token(kind, role, 42))
	require.Equal(t, market.CodeTokenInvalid, market.CodeOf(err), "signed with another secret")
	for _, bad := range []string{
		"", ".", "42", "42.", "43" + now.Token(kind, role, 42)[2:], now.Token(market.MailEmailVerification, role, 42),
		now.Token(kind, market.RoleAdmin, 42),
	} {
		_, err := now.Read(kind, role, bad)
		require.Equal(t, market.CodeTokenInvalid, market.CodeOf(err), bad)
	}
}
