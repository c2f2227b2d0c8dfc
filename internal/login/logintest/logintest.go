// Package logintest is a login.Auth for tests that need no services: its sessions and
// limits are in a Redis server within the process, and it has no database.
package logintest

import (
	"context"
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
		Devices:    auth.NewDevices(Secret, ""),
		MailTokens: auth.NewMailTokens(Secret, ""), OneTimePasswords: oneTimePasswords,
		AccessLog: &AccessLog{},
	}, server
}

// AccessLog keeps the recorded accesses in memory.
type AccessLog struct {
	Err     error // of every call
	Noted   []market.Access
	Actors  []market.Actor
	Exports map[int64]int64 // rows by entry
}

// NoteAccess implements web.AccessLog.
func (l *AccessLog) NoteAccess(ctx context.Context, a market.Access) (int64, error) {
	if l.Err != nil {
		return 0, l.Err
	}
	l.Noted, l.Actors = append(l.Noted, a), append(l.Actors, market.ActorOf(ctx))
	return int64(len(l.Noted)), nil
}

// EndExport implements web.AccessLog.
func (l *AccessLog) EndExport(_ context.Context, entryID, rows int64) error {
	if l.Exports == nil {
		l.Exports = map[int64]int64{}
	}
	l.Exports[entryID] = rows
	return l.Err
}

// Token returns an access token of an account.
func Token(tb testing.TB, a *login.Auth, role market.Role, id int64) string {
	tb.Helper()
	session, err := a.Sessions.Open(tb.Context(), role, id, time.Now())
	require.NoError(tb, err)
	token, err := a.Tokens.Issue(role, session)
	require.NoError(tb, err)
	return token
}
