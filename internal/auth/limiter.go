package auth

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/all-in-market/market/internal/market"
)

// limit bounds how often something may be done in a window, which begins with the
// first time.
type limit struct {
	most   int
	window time.Duration
}

// The limits on guesses at a secret. A network is an IPv4 address or an IPv6 network of 64 bits. The
// limits of a name, which are those of all networks together, count the guesses of unknown devices only.
var (
	ofNetworkAndName       = limit{5, 5 * time.Minute}
	ofNetworkAndNameInHour = limit{20, time.Hour}
	ofNetwork              = limit{100, 5 * time.Minute} // of failed logins, at all accounts
	ofDevice               = limit{10, 5 * time.Minute}
	ofDeviceInHour         = limit{40, time.Hour}

	// Anyone can guess at a password for a login: it takes several networks to reach these limits.
	loginsOfName       = limit{50, 5 * time.Minute}
	loginsOfNameInHour = limit{100, time.Hour}
	// Other secrets can be guessed at in a session or with the right password only.
	secretsOfName       = limit{10, 5 * time.Minute}
	secretsOfNameInHour = limit{40, time.Hour}
)

// The limits on what networks and accounts have done.
var (
	signupsOfNetwork        = limit{60, time.Hour}
	refusedSignupsOfNetwork = limit{300, time.Hour}

	mailsOfNetwork  = limit{30, time.Hour}
	mailsOfAccount  = limit{10, time.Hour}
	mailsOfReceiver = limit{5, time.Hour}
	resetsOfAddress = limit{3, time.Hour}

	confirmationsOfPayment = limit{20, time.Minute}
)

// Secret is a kind of secret that attempts guess.
type Secret struct {
	name               string
	code               market.Code // of the refusal
	ofName, ofNameHour limit
}

// The secrets.
var (
	LoginPassword   = Secret{"", market.CodeLoginRateLimited, loginsOfName, loginsOfNameInHour}
	CurrentPassword = Secret{"current ", market.CodePasswordRateLimited, secretsOfName, secretsOfNameInHour}
	OneTimePassword = Secret{"otp ", market.CodeOTPRateLimited, secretsOfName, secretsOfNameInHour}
)

// Attempt is one guess at a secret.
type Attempt struct {
	Secret  Secret
	Role    market.Role // roles do not share counters
	Name    string      // whose secret it is: a canonical e-mail address, or an account's name
	Address string      // the IP address of the client
	Device  string      // name of a known device of the account; "" for any other
}

// Limiter bounds guesses at secrets, signups and mails. A guess is counted before it is checked and
// uncounted when it was right: a hundred concurrent guesses are a hundred failures, not one. A
// known device has its own counters, so that guesses from elsewhere do not lock it out.
//
// A refusal has the time after which the same attempt is admitted.
type Limiter struct{ redis redis.UniversalClient }

// NewLimiter returns a limiter with its counters in Redis.
func NewLimiter(r redis.UniversalClient) *Limiter { return &Limiter{redis: r} }

// counter is a key with its limit. A key with a window of 0 is read and not counted.
type counter struct {
	key string
	limit
}

// countScript counts one attempt at every key, or at none when one has reached its limit. It returns 0,
// or the milliseconds until the last of the full counters ends.
var countScript = redis.NewScript(`
local wait = 0
for i, key in ipairs(KEYS) do
  if tonumber(redis.call('GET', key) or '0') >= tonumber(ARGV[2 * i - 1]) then
    wait = math.max(wait, redis.call('PTTL', key), 1)
  end
end
if wait > 0 then return wait end
for i, key in ipairs(KEYS) do
  if tonumber(ARGV[2 * i]) > 0 and redis.call('INCR', key) == 1 then redis.call('EXPIRE', key, ARGV[2 * i]) end
end
return 0`)

// uncountScript takes one attempt back at every key; the first ARGV[1] keys are deleted.
var uncountScript = redis.NewScript(`
for i, key in ipairs(KEYS) do
  if i <= tonumber(ARGV[1]) then
    redis.call('DEL', key)
  elseif redis.call('EXISTS', key) == 1 and redis.call('DECR', key) <= 0 then
    redis.call('DEL', key)
  end
end
return 1`)

// ownCounters is how many of an attempt's counters, which come first, belong to its network and
// name, or to its device.
const ownCounters = 2

// counters returns the counters of an attempt.
func (a Attempt) counters() []counter {
	prefix, name := keyspace+"login:fail:"+string(a.Role)+":", hashed(a.Secret.name+a.Name)
	if a.Device != "" {
		device := hashed(a.Device) + ":" + name
		return []counter{{prefix + "device:" + device, ofDevice}, {prefix + "device-hour:" + device, ofDeviceInHour}}
	}
	network := Network(a.Address) + ":" + name
	return []counter{
		{prefix + "ip-email:" + network, ofNetworkAndName},
		{prefix + "ip-email-hour:" + network, ofNetworkAndNameInHour},
		{prefix + "email:" + name, a.Secret.ofName},
		{prefix + "email-hour:" + name, a.Secret.ofNameHour},
	}
}

// Attempt counts a guess. It fails with the code of its secret, LOGIN_RATE_LIMITED,
// PASSWORD_RATE_LIMITED or OTP_RATE_LIMITED, when too many have failed. Failed counts the
// failures of a network at all accounts: hundreds of people may log in from one at the same moment.
func (l *Limiter) Attempt(ctx context.Context, a Attempt) error {
	counters := a.counters()
	if a.Device == "" {
		counters = append(counters, counter{networkKey(a.Address), limit{ofNetwork.most, 0}})
	}
	return l.count(ctx, a.Secret.code, counters...)
}

// Failed counts a login that has failed, at its network.
func (l *Limiter) Failed(ctx context.Context, a Attempt) error {
	if a.Device != "" {
		return nil
	}
	err := l.count(ctx, a.Secret.code, counter{networkKey(a.Address), ofNetwork})
	if market.CodeOf(err) == a.Secret.code {
		return nil // the next attempt is refused
	}
	return err
}

// Succeeded takes an attempt back, and forgets the failures of its network or device at the name: the
// secret was right. Those of others stay.
func (l *Limiter) Succeeded(ctx context.Context, a Attempt) error {
	return l.uncount(ctx, ownCounters, a.counters()...)
}

// Undecided takes one attempt back that ended before the secret was checked.
func (l *Limiter) Undecided(ctx context.Context, a Attempt) error {
	return l.uncount(ctx, 0, a.counters()...)
}

// MayConfirm counts a buyer's return from the browser, and reports whether the provider may be
// queried once more about that payment, within the limit that protects other callers.
func (l *Limiter) MayConfirm(ctx context.Context, paymentID int64) bool {
	return l.count(ctx, "", counter{fmt.Sprintf("%sconfirm:%d", keyspace, paymentID), confirmationsOfPayment}) == nil
}

// SignUp counts a signup. It fails with SIGNUP_RATE_LIMITED when a network has made too many accounts,
// or has had far too many signups refused.
func (l *Limiter) SignUp(ctx context.Context, address string) error {
	return l.count(ctx, market.CodeSignupRateLimited, counter{signupKey(address), signupsOfNetwork},
		counter{refusedSignupKey(address), limit{refusedSignupsOfNetwork.most, 0}})
}

// SignUpRefused takes a signup back that made no account, and counts it as refused: refused signups do
// not use up the accounts that a network may make.
func (l *Limiter) SignUpRefused(ctx context.Context, address string) error {
	if err := l.SignUpFailed(ctx, address); err != nil {
		return err
	}
	err := l.count(ctx, market.CodeSignupRateLimited, counter{refusedSignupKey(address), refusedSignupsOfNetwork})
	if market.CodeOf(err) == market.CodeSignupRateLimited {
		return nil // the next signup is refused
	}
	return err
}

// SignUpFailed takes a signup back that failed for a reason of the marketplace.
func (l *Limiter) SignUpFailed(ctx context.Context, address string) error {
	return l.uncount(ctx, 0, counter{signupKey(address), signupsOfNetwork})
}

// AdmitMail counts a mail that a request causes: at the network of the client, at the account that the
// mail is about, if there is one, and at its receiver. It fails with MAIL_RATE_LIMITED when there have
// been too many.
//
// Mails are counted by purpose: verifications, which anyone can have sent to any address, use up neither
// the resets and invitations of that address nor the notices of an account. Notices to the verified
// address of an account are counted at the account alone: they follow from requests with its password.
func (l *Limiter) AdmitMail(ctx context.Context, m market.MailRequest) error {
	purpose := keyspace + "mail:" + string(m.Kind) + ":"
	if m.Kind.Notice() {
		purpose = keyspace + "mail:notice:"
	}
	var counters []counter
	if m.AccountID != 0 {
		account := fmt.Sprintf("%saccount:%s:%d", purpose, m.Role, m.AccountID)
		counters = append(counters, counter{account, mailsOfAccount})
	}
	if !m.Kind.Notice() || !m.Verified {
		counters = append(counters, counter{keyspace + "mail:ip:" + Network(m.Address), mailsOfNetwork},
			counter{purpose + "receiver:" + hashed(string(m.Receiver)), mailsOfReceiver})
	}
	if m.Kind == market.MailPasswordReset {
		reset := keyspace + "mail:to:" + string(m.Role) + ":" + hashed(string(m.Receiver))
		counters = append(counters, counter{reset, resetsOfAddress})
	}
	return l.count(ctx, market.CodeMailRateLimited, counters...)
}

func (l *Limiter) count(ctx context.Context, code market.Code, counters ...counter) error {
	var keys []string
	var args []any
	for _, c := range counters {
		keys, args = append(keys, c.key), append(args, c.most, int(c.window.Seconds()))
	}
	wait, err := countScript.Run(ctx, l.redis, keys, args...).Int64()
	if err != nil {
		return unavailable(err)
	}
	if wait > 0 {
		return market.RefuseFor(code, time.Duration(wait)*time.Millisecond)
	}
	return nil
}

func (l *Limiter) uncount(ctx context.Context, forgotten int, counters ...counter) error {
	var keys []string
	for _, c := range counters {
		keys = append(keys, c.key)
	}
	return unavailable(uncountScript.Run(ctx, l.redis, keys, forgotten).Err())
}

func signupKey(address string) string        { return keyspace + "signup:" + Network(address) }
func refusedSignupKey(address string) string { return keyspace + "signup:refused:" + Network(address) }
func networkKey(address string) string       { return keyspace + "login:fail:ip:" + Network(address) }

// hashed returns what represents a canonical e-mail address, or an account's name, in keys.
func hashed(name string) string { return hashToken(name) }

// Network returns the part of an address that one client is given: an IPv4 address, or the first 64
// bits of an IPv6 one.
func Network(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	if a = a.Unmap(); a.Is4() {
		return a.String()
	}
	p, _ := a.WithZone("").Prefix(64)
	return p.String()
}
