package auth

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/testrig"
)

// guess is an attempt at the password of an account of a buyer.
func guess(address, mail, device string) Attempt {
	return Attempt{Secret: LoginPassword, Role: market.RoleBuyer, Name: mail, Address: address, Device: device}
}

// fail makes attempts that fail, and returns how many of them were admitted.
func fail(t *testing.T, l *Limiter, a Attempt, times int) (admitted int) {
	t.Helper()
	for range times {
		if err := l.Attempt(t.Context(), a); err == nil {
			admitted++
			require.NoError(t, l.Failed(t.Context(), a))
		} else {
			require.Equal(t, a.Secret.code, market.CodeOf(err))
		}
	}
	return admitted
}

// It runs against a real Redis.
func TestLimiter_Guesses_AreBoundedByNetworkNameAndRole(t *testing.T) {
	l := NewLimiter(testrig.Redis(t))
	admin := guess("192.0.2.1", "a@example.com", "")
	admin.Role = market.RoleAdmin
	require.Equal(t, 5, fail(t, l, admin, 8))
	buyer := guess("192.0.2.1", "a@example.com", "")
	require.NoError(t, l.Attempt(t.Context(), buyer))
	require.NoError(t, l.Succeeded(t.Context(), buyer))
	require.Zero(t, fail(t, l, admin, 1), "a buyer's success forgets nothing of an admin's")
	for i := range 9 {
		admin.Address = fmt.Sprintf("192.0.2.%d", i+2)
		require.Equal(t, 5, fail(t, l, admin, 8))
	}
	admin.Address = "192.0.2.100"
	require.Zero(t, fail(t, l, admin, 1), "fifty of one account from anywhere")
	admin.Address = "192.0.2.1"
	require.NoError(t, l.Succeeded(t.Context(), admin))
	require.Equal(t, 1, fail(t, l, admin, 3),
		"a success forgets the failures of its network, and its own attempt at the account")

	admitted := 0
	for i := range 150 {
		mail := fmt.Sprintf("m%d@example.com", i)
		admitted += fail(t, l, guess(fmt.Sprintf("2001:db8::%d", i%6), mail, ""), 1)
	}
	require.Equal(t, 100, admitted, "one network, at all accounts")
}

func TestLimiter_GuessesOfStrangers_DoNotKeepOutAKnownDevice(t *testing.T) {
	t.Parallel()
	r, server := testrig.MemoryRedis(t)
	l := NewLimiter(r)
	owner := guess("192.0.2.1", "a@example.com", "the owner's")
	for i := range 200 {
		fail(t, l, guess(fmt.Sprintf("198.51.100.%d", i), "a@example.com", ""), 10)
	}
	for i := range 100 {
		fail(t, l, guess("192.0.2.1", fmt.Sprintf("other%d@example.com", i), ""), 5) // a neighbour in its network
	}
	require.Zero(t, fail(t, l, guess("203.0.113.1", "a@example.com", ""), 1), "an unknown device")
	require.NoError(t, l.Attempt(t.Context(), owner))
	require.NoError(t, l.Succeeded(t.Context(), owner))
	require.Equal(t, 10, fail(t, l, owner, 20), "guesses of a known device are bounded by themselves")
	other := owner
	other.Device = "another one"
	require.Equal(t, 1, fail(t, l, other, 1))
	for range 10 {
		server.FastForward(ofDevice.window)
		fail(t, l, owner, 20)
	}
	require.Zero(t, fail(t, l, owner, 1), "40 in an hour")
}

func TestLimiter_ManyGuessesOfOneNetwork_KeepOutNoOther(t *testing.T) {
	t.Parallel()
	r, server := testrig.MemoryRedis(t)
	l := NewLimiter(r)
	for range 24 { // two hours
		fail(t, l, guess("198.51.100.1", "a@example.com", ""), 100)
		require.Equal(t, 1, fail(t, l, guess("192.0.2.1", "a@example.com", ""), 1))
		require.NoError(t, l.Succeeded(t.Context(), guess("192.0.2.1", "a@example.com", "")))
		server.FastForward(5 * time.Minute)
	}
}

func TestLimiter_ARefusal_NamesTheTimeAfterWhichItIsAdmitted(t *testing.T) {
	t.Parallel()
	r, server := testrig.MemoryRedis(t)
	l := NewLimiter(r)
	a := guess("192.0.2.1", "a@example.com", "")
	wait := func() time.Duration {
		err := l.Attempt(t.Context(), a)
		if err == nil {
			require.NoError(t, l.Failed(t.Context(), a))
			return 0
		}
		var refused *market.Error
		require.ErrorAs(t, err, &refused)
		require.Positive(t, refused.RetryAfter)
		return refused.RetryAfter
	}
	waited := 0
	for range 40 {
		after := wait()
		if after == 0 {
			continue
		}
		server.FastForward(after - time.Second)
		require.Equal(t, time.Second, wait(), "not before")
		server.FastForward(time.Second)
		require.Zero(t, wait(), "and then at once")
		waited++
	}
	require.Greater(t, waited, 4, "both windows were waited for")
}

func TestLimiter_OtherSecrets_AreCountedApart(t *testing.T) {
	t.Parallel()
	r, _ := testrig.MemoryRedis(t)
	l := NewLimiter(r)
	for _, secret := range []Secret{LoginPassword, CurrentPassword, OneTimePassword} {
		a := Attempt{Secret: secret, Role: market.RoleAdmin, Name: "1", Address: "192.0.2.1"}
		require.Equal(t, 5, fail(t, l, a, 6), secret.code)
	}
	a := Attempt{Secret: OneTimePassword, Role: market.RoleAdmin, Name: "1"}
	for i := range 10 {
		a.Address = fmt.Sprintf("198.51.100.%d", i)
		fail(t, l, a, 5)
	}
	a.Address = "203.0.113.1"
	require.Zero(t, fail(t, l, a, 1), "ten from anywhere")
}

func TestLimiter_RefusedSignups_DoNotUseUpHonestOnes(t *testing.T) {
	t.Parallel()
	r, _ := testrig.MemoryRedis(t)
	l, ctx := NewLimiter(r), t.Context()
	for range refusedSignupsOfNetwork.most - 1 {
		require.NoError(t, l.SignUp(ctx, "198.51.100.1"))
		require.NoError(t, l.SignUpRefused(ctx, "198.51.100.1"))
	}
	for range signupsOfNetwork.most {
		require.NoError(t, l.SignUp(ctx, "198.51.100.1"))
	}
	require.Equal(t, market.CodeSignupRateLimited, market.CodeOf(l.SignUp(ctx, "198.51.100.1")))
	require.NoError(t, l.SignUpFailed(ctx, "198.51.100.1"))
	require.NoError(t, l.SignUp(ctx, "198.51.100.1"), "one has failed for a reason of the marketplace")
	require.NoError(t, l.SignUpRefused(ctx, "198.51.100.1"))
	require.Equal(t, market.CodeSignupRateLimited, market.CodeOf(l.SignUp(ctx, "198.51.100.1")),
		"a network that tries hundreds of addresses is refused")
	require.NoError(t, l.SignUp(ctx, "198.51.100.2"))
}

func TestAdmitMail_EachBound_HoldsByItself(t *testing.T) {
	t.Parallel()
	admitted := func(change func(i int, m *market.MailRequest)) (n int) {
		r, _ := testrig.MemoryRedis(t)
		l := NewLimiter(r)
		for i := range 100 {
			m := market.MailRequest{
				Kind: market.MailEmailVerification, Role: market.RoleBuyer, AccountID: int64(i + 1),
				Receiver: market.Email(fmt.Sprintf("r%d@example.com", i)), Address: fmt.Sprintf("198.51.100.%d", i),
			}
			change(i, &m)
			if err := l.AdmitMail(t.Context(), m); err == nil {
				n++
			} else {
				require.Equal(t, market.CodeMailRateLimited, market.CodeOf(err))
			}
		}
		return n
	}
	require.Equal(t, 100, admitted(func(int, *market.MailRequest) {}))
	require.Equal(t, 10, admitted(func(_ int, m *market.MailRequest) { m.AccountID = 1 }), "of an account")
	require.Equal(t, 30, admitted(func(_ int, m *market.MailRequest) { m.Address = "192.0.2.1" }), "of a network")
	require.Equal(t, 30, admitted(func(i int, m *market.MailRequest) { m.Address = fmt.Sprintf("2001:db8::%x", i) }))
	require.Equal(t, 5, admitted(func(i int, m *market.MailRequest) {
		m.Receiver = "a@example.com"
		m.Role = []market.Role{market.RoleBuyer, market.RoleSeller}[i%2]
	}), "to a receiver")
	reset := func(_ int, m *market.MailRequest) {
		m.Kind, m.AccountID, m.Receiver = market.MailPasswordReset, 0, "a@example.com"
	}
	require.Equal(t, 3, admitted(reset), "resets of an address")
	require.Equal(t, 5, admitted(func(_ int, m *market.MailRequest) {
		m.Kind, m.Receiver = market.MailPasswordChanged, "a@example.com"
	}), "a notice to an address that is not verified may reach a stranger")
	require.Equal(t, 100, admitted(func(_ int, m *market.MailRequest) {
		m.Kind, m.Receiver, m.Verified = market.MailPasswordChanged, "a@example.com", true
	}), "others do not use up what an owner is informed of")
}

// Confirmations are limited per payment, for a period.
func TestMayConfirm_TooOften_IsFalse(t *testing.T) {
	t.Parallel()
	r, server := testrig.MemoryRedis(t)
	l := NewLimiter(r)
	for range confirmationsOfPayment.most {
		require.True(t, l.MayConfirm(t.Context(), 1))
	}
	require.False(t, l.MayConfirm(t.Context(), 1))
	require.True(t, l.MayConfirm(t.Context(), 2))
	server.FastForward(confirmationsOfPayment.window)
	require.True(t, l.MayConfirm(t.Context(), 1))
	server.FastForward(time.Second)
	require.True(t, l.MayConfirm(t.Context(), 1))
}
