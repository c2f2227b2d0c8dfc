package auth

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/testrig"
)

// rig is the sessions of one Redis database, and their clock.
type rig struct {
	*Sessions
	ends *testrig.SessionEnds
	at   time.Time
}

func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{ends: &testrig.SessionEnds{}, at: time.Now()}
	r.Sessions = NewSessions(testrig.Redis(t), r.ends, time.Hour)
	r.now = func() time.Time { return r.at }
	r.ends.Now = r.now
	return r
}

func (r *rig) pass(d time.Duration) { r.at = r.at.Add(d) }

func (r *rig) open(t *testing.T, role market.Role, id int64) Session {
	t.Helper()
	n, err := r.Open(t.Context(), role, id, r.at)
	require.NoError(t, err)
	return n
}

// access returns the principal of an access token of a session.
func (r *rig) access(t *testing.T, role market.Role, n Session) Principal {
	t.Helper()
	tokens := NewAccessTokens("a secret for a test, nothing else", "", time.Hour)
	token, err := tokens.Issue(role, n)
	require.NoError(t, err)
	p, err := tokens.Read(token)
	require.NoError(t, err)
	return p
}

func requireExpired(t *testing.T, err error) {
	t.Helper()
	require.Equal(t, market.CodeTokenExpired, market.CodeOf(err), "%v", err)
}

func TestSessions_RenewedForever_EndsAfterItsLifetime(t *testing.T) {
	ctx := t.Context()
	r := newRig(t)
	for role, lifetime := range map[market.Role]time.Duration{
		market.RoleBuyer: 30 * 24 * time.Hour, market.RoleAdmin: 12 * time.Hour,
	} {
		opened, session := r.at, r.open(t, role, 1)
		var err error
		for r.pass(lifetime / 2); r.at.Before(opened.Add(lifetime)); r.pass(lifetime / 8) {
			session, err = r.Rotate(ctx, role, session.RefreshToken)
			require.NoError(t, err)
			require.LessOrEqual(t, session.Lifetime, opened.Add(lifetime).Sub(r.at)+time.Second)
		}
		_, err = r.Rotate(ctx, role, session.RefreshToken)
		requireExpired(t, err)
	}
}

func TestSessions_Page_LivesWhileItIsUsed(t *testing.T) {
	ctx := t.Context()
	r := newRig(t)
	session, err := r.OpenPage(ctx, market.RoleAdmin, 9, r.at)
	require.NoError(t, err)
	key := pageKey(market.RoleAdmin, session.RefreshToken)
	for range 2 {
		p, err := r.Touch(ctx, market.RoleAdmin, session.RefreshToken)
		require.NoError(t, err)
		require.EqualValues(t, 9, p.ID)
		require.Equal(t, session.Family, p.Family)
		require.InDelta(t, idleLifetime, r.redis.TTL(ctx, key).Val(), float64(2*time.Second))
	}
	for _, other := range []struct {
		role  market.Role
		token string
	}{{market.RoleAdmin, "unknown"}, {market.RoleSeller, session.RefreshToken}} {
		_, err := r.Touch(ctx, other.role, other.token)
		requireExpired(t, err)
	}
	r.pass(12*time.Hour - time.Minute)
	_, err = r.Touch(ctx, market.RoleAdmin, session.RefreshToken)
	require.NoError(t, err)
	require.InDelta(t, time.Minute, r.redis.TTL(ctx, key).Val(), float64(2*time.Second))
	r.pass(time.Minute)
	_, err = r.Touch(ctx, market.RoleAdmin, session.RefreshToken)
	requireExpired(t, err)
}

func TestSessions_PageToken_IsNoRefreshToken(t *testing.T) {
	ctx := t.Context()
	r := newRig(t)
	page, err := r.OpenPage(ctx, market.RoleBuyer, 9, r.at)
	require.NoError(t, err)
	_, err = r.Lookup(ctx, market.RoleBuyer, page.RefreshToken)
	requireExpired(t, err)
	_, err = r.Rotate(ctx, market.RoleBuyer, page.RefreshToken)
	requireExpired(t, err)
	_, err = r.Touch(ctx, market.RoleBuyer, page.RefreshToken)
	require.NoError(t, err)
	_, err = r.Touch(ctx, market.RoleBuyer, r.open(t, market.RoleBuyer, 9).RefreshToken)
	requireExpired(t, err)
}

func TestSessions_Delete_EndsThatPageAlone(t *testing.T) {
	ctx := t.Context()
	r := newRig(t)
	first, err := r.OpenPage(ctx, market.RoleBuyer, 9, r.at)
	require.NoError(t, err)
	second, err := r.OpenPage(ctx, market.RoleBuyer, 9, r.at)
	require.NoError(t, err)
	require.NoError(t, r.Delete(ctx, market.RoleBuyer, first.RefreshToken))
	_, err = r.Touch(ctx, market.RoleBuyer, first.RefreshToken)
	requireExpired(t, err)
	_, err = r.Touch(ctx, market.RoleBuyer, second.RefreshToken)
	require.NoError(t, err)
}

func TestSessions_TokenSentManyTimesAtOnce_HasOneSuccessor(t *testing.T) {
	ctx := t.Context()
	r := newRig(t)
	session := r.open(t, market.RoleBuyer, 2)
	var successors sync.Map
	var all sync.WaitGroup
	for range 30 {
		all.Go(func() {
			if n, err := r.Rotate(ctx, market.RoleBuyer, session.RefreshToken); err == nil {
				successors.Store(n, true)
			} else {
				t.Error(err)
			}
		})
	}
	all.Wait()
	count := 0
	successors.Range(func(n, _ any) bool {
		count++
		require.Equal(t, session.Family, n.(Session).Family)
		require.NotEqual(t, session.RefreshToken, n.(Session).RefreshToken)
		return true
	})
	require.Equal(t, 1, count)
}

func TestSessions_LostAnswer_IsGivenAgainForTenSeconds(t *testing.T) {
	ctx := t.Context()
	r := newRig(t)
	session := r.open(t, market.RoleBuyer, 2)
	second, err := r.Rotate(ctx, market.RoleBuyer, session.RefreshToken)
	require.NoError(t, err)
	r.pass(reuseGrace / 2)
	id, err := r.Lookup(ctx, market.RoleBuyer, session.RefreshToken)
	require.NoError(t, err)
	require.EqualValues(t, 2, id)
	again, err := r.Rotate(ctx, market.RoleBuyer, session.RefreshToken)
	require.NoError(t, err)
	require.Equal(t, second.RefreshToken, again.RefreshToken)

	third, err := r.Rotate(ctx, market.RoleBuyer, second.RefreshToken)
	require.NoError(t, err)
	again, err = r.Rotate(ctx, market.RoleBuyer, session.RefreshToken)
	require.NoError(t, err)
	require.Equal(t, third.RefreshToken, again.RefreshToken, "the other tab has gone on")

	r.pass(reuseGrace)
	access := r.access(t, market.RoleBuyer, third)
	require.NoError(t, r.Check(ctx, access))
	_, err = r.Lookup(ctx, market.RoleBuyer, session.RefreshToken)
	require.ErrorIs(t, err, ErrTokenReused)
	_, err = r.Rotate(ctx, market.RoleBuyer, third.RefreshToken)
	requireExpired(t, err)
	require.Equal(t, market.CodeTokenInvalid, market.CodeOf(r.Check(ctx, access)))
}

func TestSessions_EndAccount_EndsAllThatWasOpened(t *testing.T) {
	ctx := t.Context()
	r := newRig(t)
	checked := r.at
	session := r.open(t, market.RoleSeller, 3)
	page, err := r.OpenPage(ctx, market.RoleSeller, 3, r.at)
	require.NoError(t, err)
	r.pass(time.Millisecond)
	require.NoError(t, r.EndAccount(ctx, market.RoleSeller, 3))
	late, err := r.Open(ctx, market.RoleSeller, 3, checked) // a login that was checked before
	require.NoError(t, err)
	for _, n := range []Session{session, late} {
		require.Equal(t, market.CodeTokenInvalid, market.CodeOf(r.Check(ctx, r.access(t, market.RoleSeller, n))))
		_, err = r.Lookup(ctx, market.RoleSeller, n.RefreshToken)
		requireExpired(t, err)
	}
	_, err = r.Touch(ctx, market.RoleSeller, page.RefreshToken)
	requireExpired(t, err)
	r.pass(time.Millisecond)
	require.NoError(t, r.Check(ctx, r.access(t, market.RoleSeller, r.open(t, market.RoleSeller, 3))))
	require.NoError(t, r.Check(ctx, r.access(t, market.RoleBuyer, r.open(t, market.RoleBuyer, 3))), "another role")
}

func TestSessions_EndAndRotation_DoNotMissEachOther(t *testing.T) {
	ctx := t.Context()
	r := newRig(t)
	for id := int64(1); id <= 50; id++ {
		session := r.open(t, market.RoleSeller, id)
		r.pass(time.Millisecond)
		var all sync.WaitGroup
		next := session
		all.Go(func() {
			if rotated, err := r.Rotate(ctx, market.RoleSeller, session.RefreshToken); err == nil {
				next = rotated
			}
		})
		all.Go(func() { _ = r.EndAccount(ctx, market.RoleSeller, id) })
		all.Wait()
		_, err := r.Lookup(ctx, market.RoleSeller, next.RefreshToken)
		requireExpired(t, err)
		require.Equal(t, market.CodeTokenInvalid, market.CodeOf(r.Check(ctx, r.access(t, market.RoleSeller, next))))
	}
}

func TestSessions_EndOthers_KeepsOne(t *testing.T) {
	ctx := t.Context()
	r := newRig(t)
	mine, theirs := r.open(t, market.RoleBuyer, 3), r.open(t, market.RoleBuyer, 3)
	access := r.access(t, market.RoleBuyer, theirs)
	require.NoError(t, r.Check(ctx, access))
	require.NoError(t, r.EndOthers(ctx, r.access(t, market.RoleBuyer, mine)))
	require.NoError(t, r.Check(ctx, r.access(t, market.RoleBuyer, mine)))
	require.Equal(t, market.CodeTokenInvalid, market.CodeOf(r.Check(ctx, access)))
	_, err := r.Lookup(ctx, market.RoleBuyer, theirs.RefreshToken)
	requireExpired(t, err)
	_, err = r.Rotate(ctx, market.RoleBuyer, mine.RefreshToken)
	require.NoError(t, err)

	require.NoError(t, r.EndOthers(ctx, access), "an end is not taken back")
	for _, n := range []Session{mine, theirs} {
		require.Equal(t, market.CodeTokenInvalid, market.CodeOf(r.Check(ctx, r.access(t, market.RoleBuyer, n))))
	}
}

func TestSessions_RedisLosesItsData_NothingRevives(t *testing.T) {
	ctx := t.Context()
	r := newRig(t)
	honest, locked := r.open(t, market.RoleBuyer, 1), r.open(t, market.RoleBuyer, 2)
	r.pass(time.Second)
	require.NoError(t, r.EndAccount(ctx, market.RoleBuyer, 2))
	require.NoError(t, r.redis.FlushDB(ctx).Err())
	requireExpired(t, r.Check(ctx, r.access(t, market.RoleBuyer, honest)))
	requireExpired(t, r.Check(ctx, r.access(t, market.RoleBuyer, locked)))
	_, err := r.Lookup(ctx, market.RoleBuyer, honest.RefreshToken)
	requireExpired(t, err)

	again := r.open(t, market.RoleBuyer, 1)
	require.NoError(t, r.Check(ctx, r.access(t, market.RoleBuyer, again)))
	requireExpired(t, r.Check(ctx, r.access(t, market.RoleBuyer, honest)))

	before := r.open(t, market.RoleBuyer, 3)
	r.pass(time.Second)
	require.NoError(t, r.EndAccount(ctx, market.RoleBuyer, 3))
	require.NoError(t, r.redis.Del(ctx, endKey(market.RoleBuyer, 3)).Err(), "evicted")
	require.Equal(t, market.CodeTokenInvalid, market.CodeOf(r.Check(ctx, r.access(t, market.RoleBuyer, before))))
}
