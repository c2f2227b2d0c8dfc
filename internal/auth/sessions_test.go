package auth

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/testrig"
)

// TestSessions moves the clock of one Redis's sessions.
func TestSessions(t *testing.T) {
	ctx := context.Background()
	now := time.Now()
	s := NewSessions(testrig.Redis(t), time.Hour)
	s.now = func() time.Time { return now }

	t.Run("EndsHoweverOftenItIsRenewed", func(t *testing.T) {
		for role, lifetime := range map[market.Role]time.Duration{
			market.RoleBuyer: 30 * 24 * time.Hour, market.RoleAdmin: 12 * time.Hour,
		} {
			opened := now
			session, err := s.Open(ctx, role, 1)
			require.NoError(t, err)
			for now = opened.Add(lifetime / 2); now.Before(opened.Add(lifetime)); now = now.Add(lifetime / 8) {
				session, err = s.Rotate(ctx, role, session.RefreshToken)
				require.NoError(t, err)
				require.LessOrEqual(t, session.Lifetime, opened.Add(lifetime).Sub(now)+time.Second)
			}
			_, err = s.Rotate(ctx, role, session.RefreshToken)
			require.Equal(t, market.CodeTokenExpired, market.CodeOf(err), role)
			now = opened
		}
	})
	t.Run("ABrowsersSessionIsVisited", func(t *testing.T) {
		opened := now
		defer func() { now = opened }()
		expired := func(token string) bool {
			_, err := s.Visit(ctx, market.RoleAdmin, token)
			return market.CodeOf(err) == market.CodeTokenExpired
		}
		session, err := s.Open(ctx, market.RoleAdmin, 9)
		require.NoError(t, err)
		key := refreshKey(market.RoleAdmin, hashToken(session.RefreshToken))
		for range 2 { // the token stays the same
			p, err := s.Visit(ctx, market.RoleAdmin, session.RefreshToken)
			require.NoError(t, err)
			require.EqualValues(t, 9, p.ID)
			require.Equal(t, session.Family, p.Family)
			require.InDelta(t, idleLifetime, s.redis.TTL(ctx, key).Val(), float64(2*time.Second))
		}
		require.True(t, expired("unknown"))
		_, err = s.Visit(ctx, market.RoleSeller, session.RefreshToken)
		require.Equal(t, market.CodeTokenExpired, market.CodeOf(err), "it is of another role")
		now = opened.Add(12*time.Hour - time.Minute)
		require.False(t, expired(session.RefreshToken))
		require.InDelta(t, time.Minute, s.redis.TTL(ctx, key).Val(), float64(2*time.Second), "a login ends")
		now = opened.Add(12 * time.Hour)
		require.True(t, expired(session.RefreshToken))

		now = opened
		for _, end := range []func(Session) error{
			func(n Session) error { return s.Leave(ctx, market.RoleAdmin, n.RefreshToken) },
			func(Session) error { return s.RevokeAccount(ctx, market.RoleAdmin, 9) },
		} {
			now = now.Add(time.Second)
			session, err := s.Open(ctx, market.RoleAdmin, 9)
			require.NoError(t, err)
			require.False(t, expired(session.RefreshToken))
			now = now.Add(time.Second)
			require.NoError(t, end(session))
			require.True(t, expired(session.RefreshToken))
		}
	})
	t.Run("OneOfManyRotates", func(t *testing.T) {
		session, err := s.Open(ctx, market.RoleBuyer, 2)
		require.NoError(t, err)
		var rotated, reused atomic.Int32
		var all sync.WaitGroup
		for range 30 {
			all.Go(func() {
				switch _, err := s.Rotate(ctx, market.RoleBuyer, session.RefreshToken); {
				case err == nil:
					rotated.Add(1)
				case market.CodeOf(err) == market.CodeTokenExpired:
					reused.Add(1)
				}
			})
		}
		all.Wait()
		require.EqualValues(t, 1, rotated.Load())
		require.EqualValues(t, 29, reused.Load())
	})
	t.Run("RevocationAndRotationDoNotMissEachOther", func(t *testing.T) {
		for id := range int64(50) {
			session, err := s.Open(ctx, market.RoleSeller, id)
			require.NoError(t, err)
			now = now.Add(time.Millisecond)
			var all sync.WaitGroup
			next := session
			all.Go(func() {
				if rotated, err := s.Rotate(ctx, market.RoleSeller, session.RefreshToken); err == nil {
					next = rotated
				}
			})
			all.Go(func() { _ = s.RevokeAccount(ctx, market.RoleSeller, id) })
			all.Wait()
			_, err = s.Rotate(ctx, market.RoleSeller, next.RefreshToken)
			require.Equal(t, market.CodeTokenExpired, market.CodeOf(err), "whichever came first")
		}
	})
	t.Run("OthersEndAndOneGoesOn", func(t *testing.T) {
		mine, err := s.Open(ctx, market.RoleBuyer, 3)
		require.NoError(t, err)
		theirs, err := s.Open(ctx, market.RoleBuyer, 3)
		require.NoError(t, err)
		access := func(family string) Principal {
			return Principal{ID: 3, Role: market.RoleBuyer, Family: family, tokenID: family, issued: now}
		}
		require.NoError(t, s.Check(ctx, access(theirs.Family)))
		require.NoError(t, s.RevokeOthers(ctx, access(mine.Family)))
		require.NoError(t, s.Check(ctx, access(mine.Family)))
		require.Equal(t, market.CodeTokenInvalid, market.CodeOf(s.Check(ctx, access(theirs.Family))))
		_, err = s.Peek(ctx, market.RoleBuyer, theirs.RefreshToken)
		require.Equal(t, market.CodeTokenExpired, market.CodeOf(err))
		_, err = s.Rotate(ctx, market.RoleBuyer, mine.RefreshToken)
		require.NoError(t, err)
	})
}

// TestLimiter counts by role, address and mail, and forgets only what it may.
func TestLimiter(t *testing.T) {
	ctx := context.Background()
	l := NewLimiter(testrig.Redis(t))
	fail := func(role market.Role, address, mail string, times int) (allowed int) {
		t.Helper()
		for range times {
			if err := l.Attempt(ctx, role, address, mail); err == nil {
				allowed++
				require.NoError(t, l.Failed(ctx, address))
			} else {
				require.Equal(t, market.CodeLoginRateLimited, market.CodeOf(err))
			}
		}
		return allowed
	}
	require.Equal(t, 5, fail(market.RoleAdmin, "192.0.2.1", "a@example.com", 8))
	require.NoError(t, l.Attempt(ctx, market.RoleBuyer, "192.0.2.1", "a@example.com"))
	require.NoError(t, l.Succeeded(ctx, market.RoleBuyer, "192.0.2.1", "a@example.com"))
	require.Zero(t, fail(market.RoleAdmin, "192.0.2.1", "A@example.com ", 1),
		"a buyer's success forgets nothing of an admin's")
	require.Equal(t, 5, fail(market.RoleAdmin, "192.0.2.2", "a@example.com", 8), "ten for a mail from anywhere")
	require.Zero(t, fail(market.RoleAdmin, "192.0.2.3", "a@example.com", 1))
	require.NoError(t, l.Succeeded(ctx, market.RoleAdmin, "192.0.2.1", "a@example.com"))
	require.Equal(t, 1, fail(market.RoleAdmin, "192.0.2.1", "a@example.com", 3),
		"a success forgets its own address's, and its own attempt of the mail's")

	allowed := 0
	for i := range 150 {
		allowed += fail(market.RoleBuyer, "2001:db8::"+string(rune('a'+i%6)),
			"m"+string(rune('a'+i%26))+string(rune('a'+i/26))+"@example.com", 1)
	}
	require.Equal(t, 100, allowed, "one network, whatever the mail")
	for range signupsOfAddress.most {
		require.NoError(t, l.SignUp(ctx, "198.51.100.1"))
	}
	require.Equal(t, market.CodeLoginRateLimited, market.CodeOf(l.SignUp(ctx, "198.51.100.1")))
	require.NoError(t, l.SignUp(ctx, "198.51.100.2"))
}
