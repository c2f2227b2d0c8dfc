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

	// Of members of staff; see login.Auth.AdmitStaff.
	Name         string
	Staff        market.StaffRole
	SecondFactor bool // the account uses one
	Enrolling    bool // it must set one up first

	opened time.Time // when the session was opened
	epoch  string    // of the Redis database that the session was opened in; "" for tokens of the release before
}

// String returns the principal's name in keys and logs, as in "BUYER/42".
func (p Principal) String() string { return string(p.Role) + "/" + strconv.FormatInt(p.ID, 10) }

// May reports whether p is a member of staff who has a permission.
func (p Principal) May(permission market.Permission) bool {
	return p.Role == market.RoleAdmin && p.Staff.May(permission) &&
		(!p.Enrolling || permission == market.PermissionSession)
}

// AccessTokens issues and reads access tokens: JWTs signed with HMAC-SHA256. Each names
// its key, so that a new secret can take over while tokens of the one before still live.
type AccessTokens struct {
	keys     map[string][]byte // by key id
	current  string
	lifetime time.Duration
	parser   *jwt.Parser
	now      func() time.Time
}

// issuer is in every token, with the role's name as the audience: tokens of another system, or for
// another role, are rejected.
const issuer = "all-in-market"

// clockSkew is the maximum difference between the clocks of two processes.
const clockSkew = 30 * time.Second

// NewAccessTokens returns a signer. The secrets must stay secret: they allow forging any caller's
// token. Tokens are signed with the first one; those of the previous one, which may be "", are
// accepted as well.
func NewAccessTokens(secret, previous string, lifetime time.Duration) *AccessTokens {
	a := &AccessTokens{keys: map[string][]byte{}, current: keyID(secret), lifetime: lifetime, now: time.Now}
	for _, s := range []string{secret, previous} {
		if s != "" {
			a.keys[keyID(s)] = []byte(s)
		}
	}
	a.parser = jwt.NewParser(jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}), jwt.WithIssuer(issuer),
		jwt.WithExpirationRequired(), jwt.WithIssuedAt(), jwt.WithLeeway(clockSkew),
		jwt.WithTimeFunc(func() time.Time { return a.now() }))
	return a
}

// keyID identifies a secret without disclosing it.
func keyID(secret string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte("key id"))
	return hex.EncodeToString(mac.Sum(nil)[:8])
}

type claims struct {
	jwt.RegisteredClaims
	Role   market.Role `json:"role"`
	Family string      `json:"fam"`
	Opened int64       `json:"opn,omitempty"` // milliseconds
	Epoch  string      `json:"epo,omitempty"`
}

// Issue returns an access token of a session. Each token has an id of its own.
func (a *AccessTokens) Issue(role market.Role, session Session) (string, error) {
	now := a.now()
	token := jwt.NewWithClaims(jwt.SigningMethodHS256, claims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer: issuer, Audience: jwt.ClaimStrings{string(role)}, Subject: strconv.FormatInt(session.AccountID, 10),
			ID:       rand.Text(),
			IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(a.lifetime)),
		},
		Role: role, Family: session.Family, Opened: session.Opened.UnixMilli(), Epoch: session.Epoch,
	})
	token.Header["kid"] = a.current
	return token.SignedString(a.keys[a.current])
}

// Read verifies a token's signature and lifetime. It fails with TOKEN_EXPIRED or TOKEN_INVALID. It
// does not check revocation; see Sessions.
func (a *AccessTokens) Read(token string) (Principal, error) {
	var c claims
	_, err := a.parser.ParseWithClaims(token, &c, func(t *jwt.Token) (any, error) {
		kid, _ := t.Header["kid"].(string)
		if key, known := a.keys[kid]; known {
			return key, nil
		}
		return nil, errors.New("signed with an unknown key")
	})
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
	p := Principal{ID: id, Role: c.Role, Family: c.Family, opened: c.IssuedAt.Time, epoch: c.Epoch}
	if c.Opened != 0 {
		p.opened = time.UnixMilli(c.Opened)
	}
	return p, nil
}
