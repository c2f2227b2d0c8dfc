package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/all-in-market/market/internal/market"
)

// RefreshLifetime is how long a refresh token, and its cookie, lives when it is not used.
const RefreshLifetime = 7 * 24 * time.Hour

// sessionLifetime is how long after a login its tokens can be renewed, however often
// that has happened.
func sessionLifetime(role market.Role) time.Duration {
	if role == market.RoleAdmin {
		return 12 * time.Hour
	}
	return 30 * 24 * time.Hour
}

// keyspace begins the key of everything that this package keeps in Redis. Several of them are
// read and changed at once, which a cluster does only for keys of one slot: what stands in
// braces decides about it.
const keyspace = "{auth}:"

// Sessions keeps refresh tokens and revocations in Redis. Tokens themselves are
// never stored, only their SHA-256. Without Redis nobody can be told from
// somebody who has logged out, so every method then fails with REDIS_UNAVAILABLE.
//
//	refresh:{ROLE}:{hash}     "{id} {family} {opened}"   a token that can be used once; opened in milliseconds
//	refresh:used:{hash}       "{family}"                 one that has been used
//	family:{family}           "{ROLE}:{hash}"            the newest token of a login
//	revoked:refresh:{ROLE}:{id}, revoked:{ROLE}:{id}     "{until} {family}": refresh and access
//	                     tokens issued until then, in milliseconds, are worth nothing, but for those of a family
//	denied:{jti}, denied:family:{family}
//
// All keys begin with keyspace.
type Sessions struct {
	redis          redis.UniversalClient
	accessLifetime time.Duration // revocations outlive every access token
	now            func() time.Time
}

// NewSessions makes the store of sessions.
func NewSessions(r redis.UniversalClient, accessLifetime time.Duration) *Sessions {
	return &Sessions{redis: r, accessLifetime: accessLifetime, now: time.Now}
}

// Session is a login: an account, the family of tokens that descend from the
// login, and its newest refresh token with what it has left to live.
type Session struct {
	AccountID    int64
	Family       string
	RefreshToken string
	Lifetime     time.Duration
}

// Ping fails when sessions can neither be opened nor ended just now.
func (s *Sessions) Ping(ctx context.Context) error { return unavailable(s.redis.Ping(ctx).Err()) }

// Open starts a session for an account.
func (s *Sessions) Open(ctx context.Context, role market.Role, accountID int64) (Session, error) {
	n := Session{
		AccountID: accountID, Family: rand.Text(), RefreshToken: rand.Text(),
		Lifetime: min(RefreshLifetime, sessionLifetime(role)),
	}
	hash := hashToken(n.RefreshToken)
	_, err := s.redis.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.Set(ctx, refreshKey(role, hash), fmt.Sprintf("%d %s %d", accountID, n.Family, s.now().UnixMilli()), n.Lifetime)
		p.Set(ctx, keyspace+"family:"+n.Family, string(role)+":"+hash, n.Lifetime)
		return nil
	})
	return n, unavailable(err)
}

// Peek is the account that a refresh token belongs to. The token stays usable,
// so that a caller who then fails has lost nothing. It fails with TOKEN_EXPIRED
// for an unknown token; for one that has been used before, the whole family is
// revoked, since one of its two users is a thief.
func (s *Sessions) Peek(ctx context.Context, role market.Role, token string) (int64, error) {
	value, err := s.redis.Get(ctx, refreshKey(role, hashToken(token))).Result()
	if errors.Is(err, redis.Nil) {
		_, err := s.Rotate(ctx, role, token) // finds out whether it was used, and revokes
		if err == nil {
			err = market.Refuse(market.CodeTokenExpired)
		}
		return 0, err
	}
	if err != nil {
		return 0, unavailable(err)
	}
	p, err := s.opened(ctx, role, value)
	return p.ID, err
}

// opened is whose session a refresh token's value is, unless it has been revoked.
func (s *Sessions) opened(ctx context.Context, role market.Role, value string) (Principal, error) {
	p := Principal{Role: role}
	var opened int64
	if _, err := fmt.Sscan(value, &p.ID, &p.Family, &opened); err != nil {
		return p, err
	}
	p.issued = time.UnixMilli(opened)
	revoked, err := s.redis.Get(ctx, keyspace+"revoked:refresh:"+account(role, p.ID)).Result()
	switch {
	case errors.Is(err, redis.Nil):
		return p, nil
	case err != nil:
		return p, unavailable(err)
	}
	if until, except := parseRevocation(revoked); opened <= until && p.Family != except {
		return p, market.Refuse(market.CodeTokenExpired)
	}
	return p, nil
}

// idleLifetime ends the session of a browser whose pages nobody has asked for.
const idleLifetime = time.Hour

// Visit is who asks for a page, by the token of the browser's session: it stays the same from
// login to logout, and is worth nothing after an hour without a visit. It fails with
// TOKEN_EXPIRED.
func (s *Sessions) Visit(ctx context.Context, role market.Role, token string) (Principal, error) {
	key := refreshKey(role, hashToken(token))
	value, err := s.redis.Get(ctx, key).Result()
	if errors.Is(err, redis.Nil) {
		return Principal{}, market.Refuse(market.CodeTokenExpired)
	}
	if err != nil {
		return Principal{}, unavailable(err)
	}
	p, err := s.opened(ctx, role, value)
	if err != nil {
		return p, err
	}
	left := p.issued.Add(sessionLifetime(role)).Sub(s.now())
	if left <= 0 {
		return p, market.Refuse(market.CodeTokenExpired)
	}
	return p, unavailable(s.redis.Expire(ctx, key, min(idleLifetime, left)).Err())
}

// Leave ends the session of one browser.
func (s *Sessions) Leave(ctx context.Context, role market.Role, token string) error {
	return unavailable(s.redis.Del(ctx, refreshKey(role, hashToken(token))).Err())
}

// revocation is what is kept of one.
func revocation(at time.Time, except string) string {
	return fmt.Sprintf("%d %s", at.UnixMilli(), except)
}

func parseRevocation(value string) (until int64, except string) {
	_, _ = fmt.Sscan(value, &until, &except) // no family is named when all are revoked
	return until, except
}

// rotateScript exchanges a refresh token for its successor, once, unless the account's
// sessions have been revoked or the login is too long ago. It returns what the session
// is and what it has left, in seconds; "reused" for a token that was used before.
var rotateScript = redis.NewScript(`
local space, old = string.match(KEYS[1], '^(.*:)(.*)$')
local new, role, denial = ARGV[1], ARGV[2], ARGV[5]
local lifetime, absolute, now = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[6])
local session = redis.call('GETDEL', space .. 'refresh:' .. role .. ':' .. old)
if not session then
  local family = redis.call('GET', space .. 'refresh:used:' .. old)
  if not family then return false end
  local newest = redis.call('GET', space .. 'family:' .. family)
  if newest then redis.call('DEL', space .. 'refresh:' .. newest, space .. 'family:' .. family) end
  redis.call('SET', space .. 'denied:family:' .. family, '1', 'EX', denial)
  return 'reused'
end
local id, family, opened = string.match(session, '^(%d+) (%S+) (%d+)$')
local revoked = redis.call('GET', space .. 'revoked:refresh:' .. role .. ':' .. id)
local left = math.floor(absolute - (now - tonumber(opened)) / 1000)
if revoked then
  local till, except = string.match(revoked, '^(%d+) ?(.*)$')
  if tonumber(opened) <= tonumber(till) and family ~= except then return false end
end
if left <= 0 then return false end
if left > lifetime then left = lifetime end
redis.call('SET', space .. 'refresh:used:' .. old, family, 'EX', lifetime)
redis.call('SET', space .. 'refresh:' .. role .. ':' .. new, session, 'EX', left)
redis.call('SET', space .. 'family:' .. family, role .. ':' .. new, 'EX', left)
return session .. ' ' .. left`)

// ErrTokenReused says that a refresh token was used a second time. Its family has been
// revoked: one of the two who had it is a thief.
var ErrTokenReused = errors.New("a refresh token was used a second time")

// Rotate exchanges a refresh token for a new one. Of two callers with the same
// token one succeeds; the other gets TOKEN_EXPIRED because of ErrTokenReused, and the
// family is revoked.
func (s *Sessions) Rotate(ctx context.Context, role market.Role, token string) (Session, error) {
	n := Session{RefreshToken: rand.Text()}
	value, err := rotateScript.Run(ctx, s.redis, []string{keyspace + hashToken(token)}, hashToken(n.RefreshToken),
		string(role), int(RefreshLifetime.Seconds()), int(sessionLifetime(role).Seconds()), int(s.accessLifetime.Seconds()),
		s.now().UnixMilli()).Text()
	switch {
	case errors.Is(err, redis.Nil):
		return Session{}, market.Refuse(market.CodeTokenExpired)
	case err != nil:
		return Session{}, unavailable(err)
	case value == "reused":
		return Session{}, market.Failed(market.CodeTokenExpired, ErrTokenReused)
	}
	var opened, left int64
	_, err = fmt.Sscan(value, &n.AccountID, &n.Family, &opened, &left)
	n.Lifetime = time.Duration(left) * time.Second
	return n, err
}

// Close logs an account out: the access tokens of the login are denied at once, and
// the refresh tokens of all the account's devices are worth nothing.
func (s *Sessions) Close(ctx context.Context, p Principal) error {
	_, err := s.redis.TxPipelined(ctx, func(r redis.Pipeliner) error {
		r.Set(ctx, keyspace+"denied:"+p.tokenID, "logout", max(time.Until(p.expires), time.Second))
		r.Set(ctx, keyspace+"denied:family:"+p.Family, "logout", s.accessLifetime)
		r.Set(ctx, keyspace+"revoked:refresh:"+account(p.Role, p.ID), revocation(s.now(), ""), sessionLifetime(p.Role))
		return nil
	})
	return unavailable(err)
}

// RevokeAccount ends all sessions of an account: every access token issued so
// far is denied and no refresh token works.
func (s *Sessions) RevokeAccount(ctx context.Context, role market.Role, accountID int64) error {
	return s.revoke(ctx, role, accountID, "")
}

// RevokeOthers ends all sessions of an account but the caller's.
func (s *Sessions) RevokeOthers(ctx context.Context, p Principal) error {
	return s.revoke(ctx, p.Role, p.ID, p.Family)
}

func (s *Sessions) revoke(ctx context.Context, role market.Role, accountID int64, except string) error {
	now := revocation(s.now(), except)
	_, err := s.redis.TxPipelined(ctx, func(r redis.Pipeliner) error {
		r.Set(ctx, keyspace+"revoked:"+account(role, accountID), now, s.accessLifetime)
		r.Set(ctx, keyspace+"revoked:refresh:"+account(role, accountID), now, sessionLifetime(role))
		return nil
	})
	return unavailable(err)
}

// Check fails with TOKEN_INVALID when the token, its login or its account has
// been revoked: one round trip.
func (s *Sessions) Check(ctx context.Context, p Principal) error {
	denied, err := s.redis.MGet(ctx, keyspace+"denied:"+p.tokenID, keyspace+"denied:family:"+p.Family,
		keyspace+"revoked:"+account(p.Role, p.ID)).Result()
	if err != nil {
		return unavailable(err)
	}
	if denied[0] != nil || denied[1] != nil {
		return market.Refuse(market.CodeTokenInvalid)
	}
	if at, ok := denied[2].(string); ok {
		// A token tells the second in which it was issued.
		if until, except := parseRevocation(at); p.issued.Unix() <= until/1000 && p.Family != except {
			return market.Refuse(market.CodeTokenInvalid)
		}
	}
	return nil
}

func refreshKey(role market.Role, hash string) string {
	return keyspace + "refresh:" + string(role) + ":" + hash
}

func account(role market.Role, id int64) string { return fmt.Sprintf("%s:%d", role, id) }

func hashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// unavailable turns a Redis error into REDIS_UNAVAILABLE.
func unavailable(err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	return market.Failed(market.CodeRedisUnavailable, err)
}
