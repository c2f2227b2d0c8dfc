// Package logintest is a login.Auth for tests that need no services: its sessions and
// limits are in a Redis server within the process, and it has no database.
package logintest

import (
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/bcrypt"

	"github.com/all-in-market/market/internal/auth"
	"github.com/all-in-market/market/internal/login"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/testrig"
)

// Secret signs the tokens.
const Secret = "a secret of tests that is long enough to be one"

// New makes the Auth. Closing the server that it comes with takes Redis away.
func New(tb testing.TB) (*login.Auth, *miniredis.Miniredis) {
	tb.Helper()
	redis, server := testrig.MemoryRedis(tb)
	passwords, err := auth.NewPasswords(bcrypt.MinCost)
	require.NoError(tb, err)
	oneTimePasswords, err := auth.NewOneTimePasswords(Secret, "")
	require.NoError(tb, err)
	return &login.Auth{
		Passwords: passwords, Tokens: auth.NewAccessTokens(Secret, "", 15*time.Minute),
		Sessions: auth.NewSessions(redis, &testrig.SessionEnds{}, 15*time.Minute), Limiter: auth.NewLimiter(redis),
		MailTokens: auth.NewMailTokens(Secret, ""), OneTimePasswords: oneTimePasswords,
	}, server
}

// Token is an access token of an account.
func Token(tb testing.TB, a *login.Auth, role market.Role, id int64) string {
	tb.Helper()
	session, err := a.Sessions.Open(tb.Context(), role, id, time.Now())
	require.NoError(tb, err)
	token, err := a.Tokens.Issue(role, session)
	require.NoError(tb, err)
	return token
}
