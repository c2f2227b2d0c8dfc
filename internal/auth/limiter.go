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

// The limits on failed logins, and on signups. An address is an IPv4 address or an
// IPv6 network of 64 bits.
var (
	failuresOfAddressAndMail = limit{5, 5 * time.Minute}
	failuresOfMail           = limit{10, 5 * time.Minute}
	failuresOfMailInAnHour   = limit{40, time.Hour}
	failuresOfAddress        = limit{100, 5 * time.Minute}
	signupsOfAddress         = limit{60, time.Hour}
	mailsOfAddress           = limit{30, time.Hour}
	mailsToSomebody          = limit{3, time.Hour}
	confirmationsOfPayment   = limit{20, time.Minute}
)

// Limiter bounds guesses at a password, and signups. An attempt is counted before the
// password is looked at and taken back when it was right: a hundred guesses at the same
// moment are a hundred failures, not one. Roles do not share a counter.
type Limiter struct{ redis redis.UniversalClient }

// NewLimiter makes the limiter.
func NewLimiter(r redis.UniversalClient) *Limiter { return &Limiter{redis: r} }

// countScript counts one attempt at every key, or at none when one has reached its
// limit. A key with a window of 0 is looked at, and not counted.
var countScript = redis.NewScript(`
for i, key in ipairs(KEYS) do
  if tonumber(redis.call('GET', key) or '0') >= tonumber(ARGV[2 * i - 1]) then return 0 end
end
for i, key in ipairs(KEYS) do
  if tonumber(ARGV[2 * i]) > 0 and redis.call('INCR', key) == 1 then redis.call('EXPIRE', key, ARGV[2 * i]) end
end
return 1`)

// uncountScript takes one attempt back at every key; the first is forgotten as a whole
// when ARGV[1] says so.
var uncountScript = redis.NewScript(`
for i, key in ipairs(KEYS) do
  if i == 1 and ARGV[1] == 'forget' then
    redis.call('DEL', key)
  elseif redis.call('EXISTS', key) == 1 and redis.call('DECR', key) <= 0 then
    redis.call('DEL', key)
  end
end
return 1`)

// Attempt counts a login attempt. It fails with LOGIN_RATE_LIMITED when there have been
// too many that failed. Those of an address with whatever mail count when they have
// failed: hundreds of people may log in from one at the same moment.
func (l *Limiter) Attempt(ctx context.Context, role market.Role, address, mail string) error {
	return l.count(ctx, append(loginKeys(role, address, mail), addressKey(address)), failuresOfAddressAndMail,
		failuresOfMail, failuresOfMailInAnHour, limit{failuresOfAddress.most, 0})
}

// MayConfirm counts a buyer's return from the browser, and says whether the provider may be
// asked once more about that payment: each time costs a call that others wait for.
func (l *Limiter) MayConfirm(ctx context.Context, paymentID int64) bool {
	return l.count(ctx, []string{fmt.Sprintf("%sconfirm:%d", keyspace, paymentID)}, confirmationsOfPayment) == nil
}

// Failed counts a login of an address that has failed.
func (l *Limiter) Failed(ctx context.Context, address string) error {
	err := l.count(ctx, []string{addressKey(address)}, failuresOfAddress)
	if market.CodeOf(err) == market.CodeLoginRateLimited {
		return nil // the next attempt is told
	}
	return err
}

// Succeeded takes an attempt back, and forgets the failures of its own address with the
// mail: the password was right. Those of others stay.
func (l *Limiter) Succeeded(ctx context.Context, role market.Role, address, mail string) error {
	return unavailable(uncountScript.Run(ctx, l.redis, loginKeys(role, address, mail), "forget").Err())
}

// Undecided takes one attempt back that ended without a look at the password.
func (l *Limiter) Undecided(ctx context.Context, role market.Role, address, mail string) error {
	return unavailable(uncountScript.Run(ctx, l.redis, loginKeys(role, address, mail), "").Err())
}

// SignUp counts a signup. It fails with LOGIN_RATE_LIMITED when an address has made too
// many.
func (l *Limiter) SignUp(ctx context.Context, address string) error {
	return l.count(ctx, []string{keyspace + "signup:" + Network(address)}, signupsOfAddress)
}

// Mail counts a mail that an address asks to be sent to somebody: an email address, or an
// account by its name. It fails with LOGIN_RATE_LIMITED when there have been too many.
func (l *Limiter) Mail(ctx context.Context, role market.Role, address, to string) error {
	from, receiver := keyspace+"mail:ip:"+Network(address), keyspace+"mail:to:"+string(role)+":"+hashed(to)
	return l.count(ctx, []string{from, receiver}, mailsOfAddress, mailsToSomebody)
}

func (l *Limiter) count(ctx context.Context, keys []string, limits ...limit) error {
	var args []any
	for _, x := range limits {
		args = append(args, x.most, int(x.window.Seconds()))
	}
	allowed, err := countScript.Run(ctx, l.redis, keys, args...).Int()
	if err != nil {
		return unavailable(err)
	}
	if allowed == 0 {
		return market.Refuse(market.CodeLoginRateLimited)
	}
	return nil
}

func loginKeys(role market.Role, address, mail string) []string {
	hash, from := hashed(mail), Network(address)
	prefix := keyspace + "login:fail:" + string(role) + ":"
	return []string{prefix + "ip-email:" + from + ":" + hash, prefix + "email:" + hash, prefix + "email-hour:" + hash}
}

// hashed returns what represents a canonical e-mail address, or an account's name, in keys.
func hashed(name string) string { return hashToken(name) }

func addressKey(address string) string { return keyspace + "login:fail:ip:" + Network(address) }

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
