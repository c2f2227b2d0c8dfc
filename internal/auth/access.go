package auth

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
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

// AccessTokens issues and reads access tokens: JWTs signed with HMAC-SHA256. Each names
// its key, so that a new secret can take over while tokens of the one before still live.
type AccessTokens struct {
	keys     map[string][]byte // by key id
	current  string
	lifetime time.Duration
	now      func() time.Time
}

// issuer stands in every token, and the role's name as its audience: a token of another
// system, or for another role, is worth nothing.
const issuer = "all-in-market"

// clockSkew is how far apart the clocks of two processes may be.
const clockSkew = 30 * time.Second

// NewAccessTokens makes the signer. Who has a secret can be anybody. Tokens are signed
// with the first; those of the previous one, which may be "", are read as well.
func NewAccessTokens(secret, previous string, lifetime time.Duration) *AccessTokens {
	a := &AccessTokens{keys: map[string][]byte{}, current: keyID(secret), lifetime: lifetime, now: time.Now}
	for _, s := range []string{secret, previous} {
		if s != "" {
			a.keys[keyID(s)] = []byte(s)
		}
	}
	return a
}

// keyID names a secret without telling anything of it.
func keyID(secret string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte("key id"))
	return hex.EncodeToString(mac.Sum(nil)[:8])
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
	token := jwt.NewWithClaims(jwt.SigningMethodHS256, claims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer: issuer, Audience: jwt.ClaimStrings{string(role)}, Subject: strconv.FormatInt(id, 10), ID: rand.Text(),
			IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(a.lifetime)),
		},
		Role: role, Family: family,
	})
	token.Header["kid"] = a.current
	return token.SignedString(a.keys[a.current])
}

// Read checks a token's signature and lifetime. It fails with TOKEN_EXPIRED or
// TOKEN_INVALID. Whether the token has been revoked is Sessions' to say.
func (a *AccessTokens) Read(token string) (Principal, error) {
	var c claims
	_, err := jwt.ParseWithClaims(token, &c, func(t *jwt.Token) (any, error) {
		kid, _ := t.Header["kid"].(string)
		if key, known := a.keys[kid]; known {
			return key, nil
		}
		return nil, errors.New("signed with a key that is not known here")
	}, jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}), jwt.WithIssuer(issuer), jwt.WithExpirationRequired(),
		jwt.WithIssuedAt(), jwt.WithLeeway(clockSkew), jwt.WithTimeFunc(a.now))
	if errors.Is(err, jwt.ErrTokenExpired) {
		return Principal{}, market.Refuse(market.CodeTokenExpired)
	}
	if err != nil {
		return Principal{}, market.Failed(market.CodeTokenInvalid, err)
	}
	id, err := strconv.ParseInt(c.Subject, 10, 64)
	if err != nil || id <= 0 || c.ID == "" || !slices.Contains(c.Audience, string(c.Role)) || c.IssuedAt == nil ||
		(c.Role != market.RoleBuyer && c.Role != market.RoleSeller && c.Role != market.RoleAdmin) {
		return Principal{}, market.Refuse(market.CodeTokenInvalid)
	}
	return Principal{
		ID: id, Role: c.Role, Family: c.Family, tokenID: c.ID, issued: c.IssuedAt.Time, expires: c.ExpiresAt.Time,
	}, nil
}
