package auth

import (
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
)

func TestAccessTokens(t *testing.T) {
	old, fresh := strings.Repeat("o", 32), strings.Repeat("n", 32)
	before, after := NewAccessTokens(old, "", time.Hour), NewAccessTokens(fresh, old, time.Hour)
	issue := func(a *AccessTokens) string {
		t.Helper()
		token, err := a.Issue(market.RoleSeller, Session{AccountID: 7, Family: "family", Opened: time.Now()})
		require.NoError(t, err)
		return token
	}

	p, err := after.Read(issue(before))
	require.NoError(t, err, "the secret before is still read")
	require.Equal(t, "SELLER/7", p.String())
	_, err = before.Read(issue(after))
	require.Equal(t, market.CodeTokenInvalid, market.CodeOf(err))
	_, err = NewAccessTokens(fresh, "", time.Hour).Read(issue(before))
	require.Equal(t, market.CodeTokenInvalid, market.CodeOf(err), "until it is gone")

	ahead := NewAccessTokens(fresh, "", time.Hour)
	ahead.now = func() time.Time { return time.Now().Add(20 * time.Second) }
	_, err = after.Read(issue(ahead))
	require.NoError(t, err, "a clock that is ahead by less than half a minute")
	ahead.now = func() time.Time { return time.Now().Add(2 * time.Minute) }
	_, err = after.Read(issue(ahead))
	require.Equal(t, market.CodeTokenInvalid, market.CodeOf(err))

	forge := func(change func(c *claims)) string {
		t.Helper()
		c := claims{
			RegisteredClaims: jwt.RegisteredClaims{Issuer: issuer, Audience: jwt.ClaimStrings{"SELLER"}, Subject: "7",
				ID:       "x",
				IssuedAt: jwt.NewNumericDate(time.Now()), ExpiresAt: jwt.NewNumericDate(time.Now().Add(time.Hour))},
			Role: market.RoleSeller, Family: "f",
		}
		change(&c)
		token := jwt.NewWithClaims(jwt.SigningMethodHS256, c)
		token.Header["kid"] = keyID(fresh)
		signed, err := token.SignedString([]byte(fresh))
		require.NoError(t, err)
		return signed
	}
	_, err = after.Read(forge(func(*claims) {}))
	require.NoError(t, err)
	for what, change := range map[string]func(c *claims){
		"another issuer":      func(c *claims) { c.Issuer = "elsewhere" },
		"for another role":    func(c *claims) { c.Audience = jwt.ClaimStrings{"BUYER"} },
		"a role that is none": func(c *claims) { c.Role, c.Audience = "ROOT", jwt.ClaimStrings{"ROOT"} },
		"no lifetime":         func(c *claims) { c.ExpiresAt = nil },
	} {
		_, err = after.Read(forge(change))
		require.Error(t, err, what)
	}
}

func TestNetwork_AddressesOfOneClient_AreOne(t *testing.T) {
	for address, want := range map[string]string{
		"203.0.113.7": "203.0.113.7", "::ffff:203.0.113.7": "203.0.113.7",
		"2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64", "2001:db8:1:2:ffff::1": "2001:db8:1:2::/64",
		"fe80::1%eth0": "fe80::/64", "nonsense": "nonsense",
	} {
		require.Equal(t, want, Network(address), address)
	}
}

func TestDecisions_AnyValueChanged_HasAnotherSignature(t *testing.T) {
	d := NewDecisions("secret")
	what := Decision{RefundID: 1, AdminID: 2, DecisionID: "a", Approve: true}
	signature := d.Sign(what)
	require.True(t, d.Verified(what, signature))
	for _, other := range []Decision{{RefundID: 2, AdminID: 2, DecisionID: "a", Approve: true}, {
		RefundID: 1, AdminID: 3, DecisionID: "a", Approve: true,
	}, {RefundID: 1, AdminID: 2, DecisionID: "b", Approve: true},
		{RefundID: 1, AdminID: 2, DecisionID: "a"},
		{RefundID: 1, AdminID: 2, DecisionID: "a", Approve: true, Restock: true},
		{RefundID: 1, AdminID: 2, DecisionID: "a", Approve: true, PaidManually: true}} {
		require.False(t, d.Verified(other, signature), "%+v", other)
	}
	require.False(t, NewDecisions("another").Verified(what, signature))
}

func TestPayoutDecisions_AreSignedWhole(t *testing.T) {
	d := NewDecisions("secret")
	what := PayoutDecision{SettlementID: 1, AdminID: 2, Signal: "retry", DecisionID: "a"}
	signature := d.SignPayout(what)
	require.True(t, d.VerifiedPayout(what, signature))
	for _, other := range []PayoutDecision{
		{SettlementID: 2, AdminID: 2, Signal: "retry", DecisionID: "a"},
		{SettlementID: 1, AdminID: 3, Signal: "retry", DecisionID: "a"},
		{SettlementID: 1, AdminID: 2, Signal: "abandon", DecisionID: "a"},
		{SettlementID: 1, AdminID: 2, Signal: "retry", DecisionID: "b"},
	} {
		require.False(t, d.VerifiedPayout(other, signature), "%+v", other)
	}
	require.False(t, NewDecisions("another").VerifiedPayout(what, signature))
}
