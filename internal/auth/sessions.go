package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/all-in-market/market/internal/market"
)

// RefreshLifetime is how long a refresh token, and its cookie, lives.
const RefreshLifetime = 7 * 24 * time.Hour

// Sessions keeps refresh tokens and revocations in Redis. Tokens themselves are
// never stored, only their SHA-256. Without Redis nobody can be told from
// somebody who has logged out, so every method then fails with REDIS_UNAVAILABLE.
//
//	refresh:{ROLE}:{hash}     "{id} {family}"     a token that can be used once
//	refresh:used:{hash}       "{family}"          one that has been used
//	family:{family}           "{ROLE}:{hash}"     the newest token of a login
//	families:{ROLE}:{id}      set of families     the logins of an account
//	denied:{jti}, denied:family:{family}, denied:account:{ROLE}:{id}
type Sessions struct {
	redis          redis.UniversalClient
	accessLifetime time.Duration // revocations outlive every access token
}

// NewSessions makes the store of sessions.
func NewSessions(r redis.UniversalClient, accessLifetime time.Duration) *Sessions {
	return &Sessions{redis: r, accessLifetime: accessLifetime}
}

// Session is a login: an account, the family of tokens that descend from the
// login, and its newest refresh token.
type Session struct {
	AccountID    int64
	Family       string
	RefreshToken string
}

// Open starts a session for an account.
func (s *Sessions) Open(ctx context.Context, role market.Role, accountID int64) (Session, error) {
	n := Session{AccountID: accountID, Family: rand.Text(), RefreshToken: rand.Text()}
	hash := hashToken(n.RefreshToken)
	_, err := s.redis.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.Set(ctx, refreshKey(role, hash), fmt.Sprintf("%d %s", accountID, n.Family), RefreshLifetime)
		p.Set(ctx, "family:"+n.Family, string(role)+":"+hash, RefreshLifetime)
		p.SAdd(ctx, familiesKey(role, accountID), n.Family)
		p.Expire(ctx, familiesKey(role, accountID), RefreshLifetime)
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
			err = market.Refuse(market.TokenExpired)
		}
		return 0, err
	}
	if err != nil {
		return 0, unavailable(err)
	}
	id, _, err := parseSession(value)
	return id, err
}

// rotateScript exchanges a refresh token for its successor, once.
var rotateScript = redis.NewScript(`
local old, new, role, lifetime, denial = KEYS[1], ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local session = redis.call('GETDEL', 'refresh:' .. role .. ':' .. old)
if not session then
  local family = redis.call('GET', 'refresh:used:' .. old)
  if family then
    local newest = redis.call('GET', 'family:' .. family)
    if newest then redis.call('DEL', 'refresh:' .. newest, 'family:' .. family) end
    redis.call('SET', 'denied:family:' .. family, '1', 'EX', denial)
  end
  return false
end
local family = string.match(session, ' (.*)$')
redis.call('SET', 'refresh:used:' .. old, family, 'EX', lifetime)
redis.call('SET', 'refresh:' .. role .. ':' .. new, session, 'EX', lifetime)
redis.call('SET', 'family:' .. family, role .. ':' .. new, 'EX', lifetime)
redis.call('EXPIRE', 'families:' .. role .. ':' .. string.match(session, '^%d+'), lifetime)
return session`)

// Rotate exchanges a refresh token for a new one. Of two callers with the same
// token one succeeds; the other gets TOKEN_EXPIRED, and the family is revoked.
func (s *Sessions) Rotate(ctx context.Context, role market.Role, token string) (Session, error) {
	next := rand.Text()
	value, err := rotateScript.Run(ctx, s.redis, []string{hashToken(token)}, hashToken(next), string(role),
		int(RefreshLifetime.Seconds()), int(s.accessLifetime.Seconds())).Text()
	if errors.Is(err, redis.Nil) {
		return Session{}, market.Refuse(market.TokenExpired)
	}
	if err != nil {
		return Session{}, unavailable(err)
	}
	id, family, err := parseSession(value)
	return Session{AccountID: id, Family: family, RefreshToken: next}, err
}

// Close logs an account out: the presented access token is denied at once, and
// the refresh tokens of all its devices are gone.
func (s *Sessions) Close(ctx context.Context, p Principal) error {
	if err := s.redis.Set(ctx, "denied:"+p.tokenID, "logout", max(time.Until(p.expires), time.Second)).Err(); err != nil {
		return unavailable(err)
	}
	return s.dropRefreshTokens(ctx, p.Role, p.ID)
}

// RevokeAccount ends all sessions of an account: every access token issued so
// far is denied and no refresh token works.
func (s *Sessions) RevokeAccount(ctx context.Context, role market.Role, accountID int64) error {
	if err := s.redis.Set(ctx, accountKey(role, accountID), time.Now().Unix(), s.accessLifetime).Err(); err != nil {
		return unavailable(err)
	}
	return s.dropRefreshTokens(ctx, role, accountID)
}

func (s *Sessions) dropRefreshTokens(ctx context.Context, role market.Role, accountID int64) error {
	families, err := s.redis.SMembers(ctx, familiesKey(role, accountID)).Result()
	if err != nil || len(families) == 0 {
		return unavailable(err)
	}
	keys := make([]string, len(families))
	for i, f := range families {
		keys[i] = "family:" + f
	}
	newest, err := s.redis.MGet(ctx, keys...).Result()
	if err != nil {
		return unavailable(err)
	}
	for _, token := range newest {
		if t, ok := token.(string); ok {
			keys = append(keys, "refresh:"+t)
		}
	}
	return unavailable(s.redis.Del(ctx, append(keys, familiesKey(role, accountID))...).Err())
}

// Check fails with TOKEN_INVALID when the token, its login or its account has
// been revoked: one round trip.
func (s *Sessions) Check(ctx context.Context, p Principal) error {
	denied, err := s.redis.MGet(ctx, "denied:"+p.tokenID, "denied:family:"+p.Family, accountKey(p.Role, p.ID)).Result()
	if err != nil {
		return unavailable(err)
	}
	if denied[0] != nil || denied[1] != nil {
		return market.Refuse(market.TokenInvalid)
	}
	if at, ok := denied[2].(string); ok {
		if revoked, err := strconv.ParseInt(at, 10, 64); err != nil || p.issued.Unix() <= revoked {
			return market.Refuse(market.TokenInvalid)
		}
	}
	return nil
}

func refreshKey(role market.Role, hash string) string { return "refresh:" + string(role) + ":" + hash }

func familiesKey(role market.Role, id int64) string {
	return fmt.Sprintf("families:%s:%d", role, id)
}

func accountKey(role market.Role, id int64) string {
	return fmt.Sprintf("denied:account:%s:%d", role, id)
}

func hashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

func parseSession(value string) (id int64, family string, err error) {
	account, family, _ := strings.Cut(value, " ")
	id, err = strconv.ParseInt(account, 10, 64)
	return id, family, err
}

// unavailable turns a Redis error into REDIS_UNAVAILABLE.
func unavailable(err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	return market.Failed(market.RedisUnavailable, err)
}
