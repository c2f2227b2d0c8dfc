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

// RefreshLifetime is how long an unused refresh token, and its cookie, is valid.
const RefreshLifetime = 7 * 24 * time.Hour

// reuseGrace is how long a used refresh token is still answered, with its successor: the client may
// have sent it twice concurrently, or lost the first answer.
const reuseGrace = 10 * time.Second

// idleLifetime is how long a page session is valid without a request.
const idleLifetime = time.Hour

// endCached is how long a SessionEnd is cached. It bounds how long an ended session stays valid
// when the process that ended it dies before it has written the cache.
const endCached = time.Minute

// SessionLifetime returns how long after a login its tokens can be renewed.
func SessionLifetime(role market.Role) time.Duration {
	if role == market.RoleAdmin {
		return 12 * time.Hour
	}
	return 30 * 24 * time.Hour
}

// keyspace is the prefix of the keys of this package. The braces keep all of them in one slot of a
// cluster, since several are read and written at once.
const keyspace = "{auth}:"

// SessionEnds stores until when the sessions of accounts have ended. *store.Store implements it.
type SessionEnds interface {
	SessionEnd(ctx context.Context, role market.Role, accountID int64) (market.SessionEnd, error)
	EndSessions(ctx context.Context, role market.Role, accountID int64, keptFamily string) (market.SessionEnd, error)
}

// Sessions keeps sessions in Redis: of API clients, which hold a refresh token that is replaced at
// each use, and of browsers, which hold a page token that stays the same. Tokens are stored as
// SHA-256 hashes. The facts that end access are stored in PostgreSQL and cached here, and access
// tokens name the epoch of the Redis database that issued them, so that losing Redis ends sessions
// but revives none. Every method fails with REDIS_UNAVAILABLE without Redis.
//
//	refresh:{ROLE}:{hash}   "{id} {family} {opened}"                a refresh token; opened in milliseconds
//	refresh:used:{hash}     "{id} {family} {opened} {used} {salt}"  one that has been replaced
//	page:{ROLE}:{hash}      "{id} {family} {opened}"                a page token
//	family:{family}         "{ROLE}:{hash}"                         the newest refresh token of a session
//	denied:family:{family}  access tokens of the session are refused
//	ended:{ROLE}:{id}       "{version} {all} {others} {kept}"       the account's SessionEnd
//	factor:{family}         the second factor was given in this session within market.FactorFreshness
//	epoch                   a random name of this Redis database's life
//
// All keys begin with keyspace.
type Sessions struct {
	redis          redis.UniversalClient
	ends           SessionEnds
	accessLifetime time.Duration // denials outlive every access token
	now            func() time.Time
}

// NewSessions returns the sessions in a Redis database. Access tokens are valid for accessLifetime.
func NewSessions(r redis.UniversalClient, ends SessionEnds, accessLifetime time.Duration) *Sessions {
	return &Sessions{redis: r, ends: ends, accessLifetime: accessLifetime, now: time.Now}
}

// Session is a login: an account, the family of tokens that descend from the login, and its newest
// token with its remaining lifetime.
type Session struct {
	AccountID    int64
	Family       string
	Opened       time.Time
	Epoch        string
	RefreshToken string // or the page token
	Lifetime     time.Duration
}

// Ping fails if sessions can neither be opened nor ended now.
func (s *Sessions) Ping(ctx context.Context) error { return unavailable(s.redis.Ping(ctx).Err()) }

// Open opens a session of an API client. checked is the time before the account's credentials were
// read: a change of them that came later ends the session.
func (s *Sessions) Open(ctx context.Context, role market.Role, accountID int64, checked time.Time) (Session, error) {
	n := s.newSession(accountID, checked, min(RefreshLifetime, SessionLifetime(role)))
	hash := hashToken(n.RefreshToken)
	var epoch *redis.StringCmd
	_, err := s.redis.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.Set(ctx, refreshKey(role, hash), sessionValue(n), n.Lifetime)
		p.Set(ctx, keyspace+"family:"+n.Family, string(role)+":"+hash, n.Lifetime)
		p.SetNX(ctx, epochKey, n.Epoch, 0)
		epoch = p.Get(ctx, epochKey)
		return nil
	})
	if err == nil {
		n.Epoch = epoch.Val()
	}
	return n, unavailable(err)
}

// OpenPage opens a session of a browser, as Open does. It is valid for an hour after each request,
// until the lifetime of the role's sessions ends.
func (s *Sessions) OpenPage(
	ctx context.Context, role market.Role, accountID int64, checked time.Time,
) (Session, error) {
	n := s.newSession(accountID, checked, SessionLifetime(role))
	return n, unavailable(s.redis.Set(ctx, pageKey(role, n.RefreshToken), sessionValue(n), idleLifetime).Err())
}

func (s *Sessions) newSession(accountID int64, checked time.Time, lifetime time.Duration) Session {
	return Session{
		AccountID: accountID, Family: rand.Text(), Opened: checked, Epoch: rand.Text(), RefreshToken: rand.Text(),
		Lifetime: lifetime,
	}
}

func sessionValue(n Session) string {
	return fmt.Sprintf("%d %s %d", n.AccountID, n.Family, n.Opened.UnixMilli())
}

// Lookup returns the account that a refresh token belongs to, and leaves the token as it is. It
// fails with TOKEN_EXPIRED for a token that is unknown, or whose session has ended. A token that was
// replaced longer than reuseGrace ago ends its session: one of its two users has stolen it.
func (s *Sessions) Lookup(ctx context.Context, role market.Role, token string) (accountID int64, err error) {
	hash := hashToken(token)
	values, err := s.redis.MGet(ctx, refreshKey(role, hash), keyspace+"refresh:used:"+hash).Result()
	if err != nil {
		return 0, unavailable(err)
	}
	value, ok := values[0].(string)
	if used, wasUsed := values[1].(string); !ok && wasUsed {
		var u usedToken
		if err := u.parse(used); err != nil {
			return 0, err
		}
		if s.now().Sub(u.used) > reuseGrace {
			_, err := s.Rotate(ctx, role, token) // ends the session
			return 0, err
		}
		value, ok = fmt.Sprintf("%d %s %d", u.id, u.family, u.opened), true
	}
	if !ok {
		return 0, market.Refuse(market.CodeTokenExpired)
	}
	p, err := s.open(ctx, role, value)
	return p.ID, err
}

// open returns the principal of a stored session, or TOKEN_EXPIRED if it has ended.
func (s *Sessions) open(ctx context.Context, role market.Role, value string) (Principal, error) {
	p := Principal{Role: role}
	var opened int64
	if _, err := fmt.Sscan(value, &p.ID, &p.Family, &opened); err != nil {
		return p, fmt.Errorf("session %q: %w", value, err)
	}
	p.opened = time.UnixMilli(opened)
	cached, err := s.redis.Get(ctx, endKey(role, p.ID)).Result()
	if err != nil && !errors.Is(err, redis.Nil) {
		return p, unavailable(err)
	}
	end, err := s.end(ctx, role, p.ID, cached)
	if err == nil && (end.Ended(p.opened, p.Family) || !s.now().Before(p.opened.Add(SessionLifetime(role)))) {
		err = market.Refuse(market.CodeTokenExpired)
	}
	return p, err
}

// Touch returns who requests a page, by the page token, and prolongs the session. It fails with
// TOKEN_EXPIRED.
func (s *Sessions) Touch(ctx context.Context, role market.Role, token string) (Principal, error) {
	key := pageKey(role, token)
	value, err := s.redis.Get(ctx, key).Result()
	if errors.Is(err, redis.Nil) {
		return Principal{}, market.Refuse(market.CodeTokenExpired)
	}
	if err != nil {
		return Principal{}, unavailable(err)
	}
	p, err := s.open(ctx, role, value)
	if err != nil {
		return p, err
	}
	left := p.opened.Add(SessionLifetime(role)).Sub(s.now())
	return p, unavailable(s.redis.Expire(ctx, key, min(idleLifetime, left)).Err())
}

// Delete ends the session of a page token.
func (s *Sessions) Delete(ctx context.Context, role market.Role, token string) error {
	return unavailable(s.redis.Del(ctx, pageKey(role, token)).Err())
}

// usedToken is the value of a refresh token that has been replaced.
type usedToken struct {
	id     int64
	family string
	opened int64
	used   time.Time
	salt   string
}

func (u *usedToken) parse(value string) error {
	var used int64
	_, err := fmt.Sscan(value, &u.id, &u.family, &u.opened, &used, &u.salt)
	u.used = time.UnixMilli(used)
	if err != nil {
		return fmt.Errorf("used refresh token %q: %w", value, err)
	}
	return nil
}

// successor returns the refresh token that replaces another. Redis stores the salt and the hashes of
// both; the successor can be computed only with the token itself.
func successor(token, salt string) string { return hashToken(token + "." + salt) }

// rotateScript replaces a refresh token by its successor, once. It returns the session, its remaining
// lifetime in seconds and the epoch; false for an unknown token; "replaced" and the salt for one that
// was replaced within the grace period; "reused" for one that was replaced earlier, whose family it
// ends.
var rotateScript = redis.NewScript(`
local space, old = string.match(KEYS[1], '^(.*:)(.*)$')
local new, role, salt, epoch = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local lifetime, absolute, denial = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local now, grace = tonumber(ARGV[8]), tonumber(ARGV[9])
local session = redis.call('GETDEL', space .. 'refresh:' .. role .. ':' .. old)
if not session then
  local value = redis.call('GET', space .. 'refresh:used:' .. old)
  if not value then return false end
  local _, family, _, used, usedSalt = string.match(value, '^(%d+) (%S+) (%d+) (%d+) (%S+)$')
  if family and now - tonumber(used) <= grace then return 'replaced ' .. usedSalt end
  family = family or value -- as the release before wrote it
  local newest = redis.call('GET', space .. 'family:' .. family)
  if newest then redis.call('DEL', space .. 'refresh:' .. newest, space .. 'family:' .. family) end
  redis.call('SET', space .. 'denied:family:' .. family, '1', 'EX', denial)
  return 'reused'
end
local _, family, opened = string.match(session, '^(%d+) (%S+) (%d+)$')
local left = math.min(lifetime, math.floor(absolute - (now - tonumber(opened)) / 1000))
if left <= 0 then return false end
redis.call('SET', space .. 'refresh:used:' .. old, session .. ' ' .. now .. ' ' .. salt, 'EX', lifetime)
redis.call('SET', space .. 'refresh:' .. role .. ':' .. new, session, 'EX', left)
redis.call('SET', space .. 'family:' .. family, role .. ':' .. new, 'EX', left)
redis.call('SET', space .. 'epoch', epoch, 'NX')
return session .. ' ' .. left .. ' ' .. redis.call('GET', space .. 'epoch')`)

// ErrTokenReused reports that a refresh token was used again after its grace period. Its session has
// been ended.
var ErrTokenReused = errors.New("a refresh token was used a second time")

// Rotate replaces a refresh token. For reuseGrace a replaced token is answered with its successor;
// later it fails with TOKEN_EXPIRED because of ErrTokenReused, and the session ends.
func (s *Sessions) Rotate(ctx context.Context, role market.Role, token string) (Session, error) {
	// A client that sent a token twice may have used the successor already; then the successor's own
	// successor is the answer.
	for range 10 {
		salt := rand.Text()
		next := successor(token, salt)
		value, err := rotateScript.Run(ctx, s.redis, []string{keyspace + hashToken(token)}, hashToken(next),
			string(role),
			salt, rand.Text(), int(RefreshLifetime.Seconds()), int(SessionLifetime(role).Seconds()),
			int(s.accessLifetime.Seconds()), s.now().UnixMilli(), reuseGrace.Milliseconds()).Text()
		switch {
		case errors.Is(err, redis.Nil):
			return Session{}, market.Refuse(market.CodeTokenExpired)
		case err != nil:
			return Session{}, unavailable(err)
		case value == "reused":
			return Session{}, market.Failed(market.CodeTokenExpired, ErrTokenReused)
		}
		if _, err := fmt.Sscanf(value, "replaced %s", &salt); err != nil {
			return parseSession(value, next)
		}
		token = successor(token, salt)
		if n, ok, err := s.unused(ctx, role, token); ok || err != nil {
			return n, err
		}
	}
	return Session{}, market.Refuse(market.CodeTokenExpired)
}

// unused returns the session of a refresh token that has not been replaced.
func (s *Sessions) unused(ctx context.Context, role market.Role, token string) (n Session, ok bool, err error) {
	key := refreshKey(role, hashToken(token))
	values, err := s.redis.MGet(ctx, key, epochKey).Result()
	if err != nil {
		return n, false, unavailable(err)
	}
	value, found := values[0].(string)
	epoch, alive := values[1].(string)
	if !found || !alive {
		return n, false, nil
	}
	left, err := s.redis.TTL(ctx, key).Result()
	if err != nil {
		return n, false, unavailable(err)
	}
	n, err = parseSession(fmt.Sprintf("%s %d %s", value, int(left.Seconds()), epoch), token)
	return n, err == nil, err
}

func parseSession(value, token string) (Session, error) {
	n := Session{RefreshToken: token}
	var opened, left int64
	if _, err := fmt.Sscan(value, &n.AccountID, &n.Family, &opened, &left, &n.Epoch); err != nil {
		return Session{}, fmt.Errorf("session %q: %w", value, err)
	}
	n.Opened, n.Lifetime = time.UnixMilli(opened), time.Duration(left)*time.Second
	return n, nil
}

// EndAccount ends all sessions of an account, with their access tokens.
func (s *Sessions) EndAccount(ctx context.Context, role market.Role, accountID int64) error {
	return s.endExcept(ctx, role, accountID, "")
}

// EndOthers ends all sessions of the caller's account but the caller's own.
func (s *Sessions) EndOthers(ctx context.Context, p Principal) error {
	return s.endExcept(ctx, p.Role, p.ID, p.Family)
}

// endExcept stores the end of sessions and writes it to the cache. What ended sessions in its own
// transaction calls it as well, after COMMIT: it covers logins that read the credentials before.
func (s *Sessions) endExcept(ctx context.Context, role market.Role, accountID int64, kept string) error {
	if err := s.Ping(ctx); err != nil { // the caller repeats the request
		return err
	}
	end, err := s.ends.EndSessions(ctx, role, accountID, kept)
	if err != nil {
		return err
	}
	return s.cacheEnd(ctx, role, accountID, end)
}

// cacheEndScript sets a cached SessionEnd unless a newer one is cached.
var cacheEndScript = redis.NewScript(`
local cached = redis.call('GET', KEYS[1])
if cached and tonumber(string.match(cached, '^%d+')) > tonumber(ARGV[1]) then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
return 1`)

func (s *Sessions) cacheEnd(ctx context.Context, role market.Role, accountID int64, end market.SessionEnd) error {
	value := fmt.Sprintf("%d %d %d %s", end.Version, milli(end.All), milli(end.Others), end.Kept)
	return unavailable(cacheEndScript.Run(ctx, s.redis, []string{endKey(role, accountID)}, end.Version, value,
		int(endCached.Seconds())).Err())
}

// end returns an account's SessionEnd: the cached one, or with "" the stored one, which it caches.
func (s *Sessions) end(
	ctx context.Context, role market.Role, accountID int64, cached string,
) (market.SessionEnd, error) {
	if cached == "" {
		end, err := s.ends.SessionEnd(ctx, role, accountID)
		if err != nil {
			return end, err
		}
		return end, s.cacheEnd(ctx, role, accountID, end)
	}
	return parseEnd(cached)
}

// parseEnd reads a cached SessionEnd. It is called for each request.
func parseEnd(cached string) (end market.SessionEnd, err error) {
	var all, others int64
	rest := cached
	for _, n := range []*int64{&end.Version, &all, &others} {
		var number string
		number, rest, _ = strings.Cut(rest, " ")
		if *n, err = strconv.ParseInt(number, 10, 64); err != nil {
			return market.SessionEnd{}, fmt.Errorf("cached session end %q: %w", cached, err)
		}
	}
	end.All, end.Others, end.Kept = fromMilli(all), fromMilli(others), rest
	return end, nil
}

// milli returns a time in milliseconds, 0 for the zero time.
func milli(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func fromMilli(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}

// Check fails with TOKEN_INVALID if the session of an access token has ended, and with TOKEN_EXPIRED
// if Redis has lost its data since the token was issued. It takes one round trip, and once a minute
// for each account a read of the database.
func (s *Sessions) Check(ctx context.Context, p Principal) error {
	values, err := s.redis.MGet(ctx, epochKey, keyspace+"denied:family:"+p.Family, endKey(p.Role, p.ID)).Result()
	if err != nil {
		return unavailable(err)
	}
	if epoch, _ := values[0].(string); p.epoch != "" && p.epoch != epoch {
		return market.Refuse(market.CodeTokenExpired)
	}
	if values[1] != nil {
		return market.Refuse(market.CodeTokenInvalid)
	}
	cached, _ := values[2].(string)
	end, err := s.end(ctx, p.Role, p.ID, cached)
	if err == nil && end.Ended(p.opened, p.Family) {
		err = market.Refuse(market.CodeTokenInvalid)
	}
	return err
}

// GiveFactor records that the second factor was given in a session. It is valid for
// market.FactorFreshness.
func (s *Sessions) GiveFactor(ctx context.Context, family string) error {
	return unavailable(s.redis.Set(ctx, factorKey(family), "1", market.FactorFreshness).Err())
}

// FactorFresh reports whether the second factor was given in the caller's session within
// market.FactorFreshness.
func (s *Sessions) FactorFresh(ctx context.Context, p Principal) (bool, error) {
	n, err := s.redis.Exists(ctx, factorKey(p.Family)).Result()
	return n == 1, unavailable(err)
}

func factorKey(family string) string { return keyspace + "factor:" + family }

const epochKey = keyspace + "epoch"

func refreshKey(role market.Role, hash string) string {
	return keyspace + "refresh:" + string(role) + ":" + hash
}

func pageKey(role market.Role, token string) string {
	return keyspace + "page:" + string(role) + ":" + hashToken(token)
}

func endKey(role market.Role, id int64) string {
	return fmt.Sprintf("%sended:%s:%d", keyspace, role, id)
}

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
