package auth

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/all-in-market/market/internal/market"
)

// The limits on failed logins, within limitWindow of the first failure.
const (
	maxFailuresPerAddressAndMail = 5
	maxFailuresPerMail           = 10
	limitWindow                  = 5 * time.Minute
)

// LoginLimiter bounds guesses at a password. An attempt is counted before the
// password is looked at and taken back when it was right: a hundred guesses at
// the same moment are a hundred failures, not one.
type LoginLimiter struct{ redis redis.UniversalClient }

// NewLoginLimiter makes the limiter.
func NewLoginLimiter(r redis.UniversalClient) *LoginLimiter { return &LoginLimiter{redis: r} }

var countAttempt = redis.NewScript(`
if tonumber(redis.call('GET', KEYS[1]) or '0') >= tonumber(ARGV[1]) or tonumber(redis.call('GET', KEYS[2]) or '0') >= tonumber(ARGV[2]) then
  return 0
end
for _, key in ipairs(KEYS) do
  if redis.call('INCR', key) == 1 then redis.call('EXPIRE', key, ARGV[3]) end
end
return 1`)

var uncountAttempt = redis.NewScript(`
for _, key in ipairs(KEYS) do
  if redis.call('EXISTS', key) == 1 and redis.call('DECR', key) <= 0 then redis.call('DEL', key) end
end
return 1`)

// Attempt counts a login attempt. It fails with LOGIN_RATE_LIMITED when there
// have been too many, or with REDIS_UNAVAILABLE.
func (l *LoginLimiter) Attempt(ctx context.Context, address, mail string) error {
	allowed, err := countAttempt.Run(ctx, l.redis, limiterKeys(address, mail),
		maxFailuresPerAddressAndMail, maxFailuresPerMail, int(limitWindow.Seconds())).Int()
	if err != nil {
		return unavailable(err)
	}
	if allowed == 0 {
		return market.Refuse(market.LoginRateLimited)
	}
	return nil
}

// Succeeded forgets the failures of an address and mail: the password was right.
func (l *LoginLimiter) Succeeded(ctx context.Context, address, mail string) error {
	return unavailable(l.redis.Del(ctx, limiterKeys(address, mail)...).Err())
}

// Undecided takes one attempt back that ended without a look at the password.
func (l *LoginLimiter) Undecided(ctx context.Context, address, mail string) error {
	return unavailable(uncountAttempt.Run(ctx, l.redis, limiterKeys(address, mail)).Err())
}

func limiterKeys(address, mail string) []string {
	sum := sha256.Sum256([]byte(strings.ToLower(strings.TrimSpace(mail))))
	hash := hex.EncodeToString(sum[:])
	return []string{"login:fail:ip-email:" + address + ":" + hash, "login:fail:email:" + hash}
}
