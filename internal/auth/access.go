package auth

import (
	"crypto/rand"
	"errors"
	"strconv"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/all-in-market/market/internal/market"
)

// Principal is an authenticated caller.
type Principal struct {
	ID     int64
	Role   market.Role
	Family string // the login that the token descends from

	tokenID string
	issued  time.Time
	expires time.Time
}

// String is the principal in keys and logs: "BUYER/42".
func (p Principal) String() string { return string(p.Role) + "/" + strconv.FormatInt(p.ID, 10) }

// AccessTokens issues and reads access tokens: JWTs signed with HMAC-SHA256.
type AccessTokens struct {
	secret   []byte
	lifetime time.Duration
	now      func() time.Time
}

// NewAccessTokens makes the signer. The secret is the only key: who has it can
// be anybody.
func NewAccessTokens(secret string, lifetime time.Duration) *AccessTokens {
	return &AccessTokens{secret: []byte(secret), lifetime: lifetime, now: time.Now}
}

type claims struct {
	jwt.RegisteredClaims
	Role   market.Role `json:"role"`
	Family string      `json:"fam"`
}

// Issue makes a token for an account within a login's family. Each has an id of
// its own, so that two made in the same second differ.
func (a *AccessTokens) Issue(id int64, role market.Role, family string) (string, error) {
	now := a.now()
	return jwt.NewWithClaims(jwt.SigningMethodHS256, claims{
		RegisteredClaims: jwt.RegisteredClaims{
			Subject: strconv.FormatInt(id, 10), ID: rand.Text(), IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(a.lifetime)),
		},
		Role: role, Family: family,
	}).SignedString(a.secret)
}

// Read checks a token's signature and lifetime. It fails with TOKEN_EXPIRED or
// TOKEN_INVALID. Whether the token has been revoked is Sessions' to say.
func (a *AccessTokens) Read(token string) (Principal, error) {
	var c claims
	_, err := jwt.ParseWithClaims(token, &c, func(*jwt.Token) (any, error) { return a.secret, nil },
		jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}), jwt.WithExpirationRequired(), jwt.WithIssuedAt(), jwt.WithTimeFunc(a.now))
	if errors.Is(err, jwt.ErrTokenExpired) {
		return Principal{}, market.Refuse(market.TokenExpired)
	}
	if err != nil {
		return Principal{}, market.Failed(market.TokenInvalid, err)
	}
	id, err := strconv.ParseInt(c.Subject, 10, 64)
	if err != nil || id <= 0 || c.ID == "" || c.IssuedAt == nil || (c.Role != market.RoleBuyer && c.Role != market.RoleSeller && c.Role != market.RoleAdmin) {
		return Principal{}, market.Refuse(market.TokenInvalid)
	}
	return Principal{ID: id, Role: c.Role, Family: c.Family, tokenID: c.ID, issued: c.IssuedAt.Time, expires: c.ExpiresAt.Time}, nil
}
