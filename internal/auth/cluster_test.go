package auth_test

import (
	"context"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/auth"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/testrig"
)

// TestSessionsInACluster: what is read and changed at once lies on one node.
func TestSessionsInACluster(t *testing.T) {
	ctx := context.Background()
	opt, err := redis.ParseClusterURL(testrig.RedisCluster(t))
	require.NoError(t, err)
	r := redis.NewClusterClient(opt)
	defer r.Close()
	testrig.Eventually(t, func() bool { return r.Ping(ctx).Err() == nil }, 20*time.Second, 50*time.Millisecond)
	sessions := auth.NewSessions(r, time.Hour)
	tokens := auth.NewAccessTokens("a secret for a test, nothing else", "", time.Hour)

	opened, err := sessions.Open(ctx, market.RoleBuyer, 7)
	require.NoError(t, err)
	id, err := sessions.Peek(ctx, market.RoleBuyer, opened.RefreshToken)
	require.NoError(t, err)
	require.EqualValues(t, 7, id)
	renewed, err := sessions.Rotate(ctx, market.RoleBuyer, opened.RefreshToken)
	require.NoError(t, err)
	require.Equal(t, opened.Family, renewed.Family)
	token, err := tokens.Issue(7, market.RoleBuyer, renewed.Family)
	require.NoError(t, err)
	p, err := tokens.Read(token)
	require.NoError(t, err)
	require.NoError(t, sessions.Check(ctx, p))
	_, err = sessions.Rotate(ctx, market.RoleBuyer, opened.RefreshToken)
	require.ErrorIs(t, err, auth.ErrTokenReused)
	require.Equal(t, market.CodeTokenInvalid, market.CodeOf(sessions.Check(ctx, p)), "the family is revoked")
	require.NoError(t, sessions.RevokeAccount(ctx, market.RoleBuyer, 7))
	require.NoError(t, sessions.Close(ctx, p))

	limiter := auth.NewLimiter(r)
	for range 3 {
		require.NoError(t, limiter.Attempt(ctx, market.RoleBuyer, "192.0.2.1", "b@example.com"))
		require.NoError(t, limiter.Failed(ctx, "192.0.2.1"))
	}
	require.NoError(t, limiter.Succeeded(ctx, market.RoleBuyer, "192.0.2.1", "b@example.com"))
	require.NoError(t, limiter.Mail(ctx, market.RoleBuyer, "192.0.2.1", "b@example.com"))
}
