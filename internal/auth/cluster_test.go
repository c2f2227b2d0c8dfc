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

// Keys that one command reads and changes are on the same node.
func TestSessions_RedisCluster_Work(t *testing.T) {
	ctx := context.Background()
	opt, err := redis.ParseClusterURL(testrig.RedisCluster(t))
	require.NoError(t, err)
	r := redis.NewClusterClient(opt)
	defer r.Close()
	testrig.Eventually(t, func() bool { return r.Ping(ctx).Err() == nil }, 20*time.Second, 50*time.Millisecond)
	sessions := auth.NewSessions(r, &testrig.SessionEnds{}, time.Hour)
	tokens := auth.NewAccessTokens("a secret for a test, nothing else", "", time.Hour)

	opened, err := sessions.Open(ctx, market.RoleBuyer, 7, time.Now())
	require.NoError(t, err)
	id, err := sessions.Lookup(ctx, market.RoleBuyer, opened.RefreshToken)
	require.NoError(t, err)
	require.EqualValues(t, 7, id)
	renewed, err := sessions.Rotate(ctx, market.RoleBuyer, opened.RefreshToken)
	require.NoError(t, err)
	require.Equal(t, opened.Family, renewed.Family)
	token, err := tokens.Issue(market.RoleBuyer, renewed)
	require.NoError(t, err)
	p, err := tokens.Read(token)
	require.NoError(t, err)
	require.NoError(t, sessions.Check(ctx, p))
	again, err := sessions.Rotate(ctx, market.RoleBuyer, opened.RefreshToken)
	require.NoError(t, err)
	require.Equal(t, renewed, again)
	page, err := sessions.OpenPage(ctx, market.RoleBuyer, 7, time.Now())
	require.NoError(t, err)
	_, err = sessions.Touch(ctx, market.RoleBuyer, page.RefreshToken)
	require.NoError(t, err)
	require.NoError(t, sessions.EndAccount(ctx, market.RoleBuyer, 7))
	require.Equal(t, market.CodeTokenInvalid, market.CodeOf(sessions.Check(ctx, p)))

	limiter := auth.NewLimiter(r)
	attempt := auth.Attempt{
		Secret: auth.LoginPassword, Role: market.RoleBuyer, Name: "b@example.com", Address: "192.0.2.1",
	}
	for range 3 {
		require.NoError(t, limiter.Attempt(ctx, attempt))
		require.NoError(t, limiter.Failed(ctx, attempt))
	}
	require.NoError(t, limiter.Succeeded(ctx, attempt))
	require.NoError(t, limiter.SignUp(ctx, "192.0.2.1"))
	require.NoError(t, limiter.SignUpRefused(ctx, "192.0.2.1"))
	require.NoError(t, limiter.AdmitMail(ctx, market.MailRequest{
		Kind: market.MailPasswordReset, Role: market.RoleBuyer, Receiver: "b@example.com", Address: "192.0.2.1",
	}))
}
