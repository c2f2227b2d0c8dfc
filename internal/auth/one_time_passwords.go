package auth

import (
	"crypto/rand"
	"crypto/subtle"
	"fmt"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"
)

// OneTimePasswords verifies time-based one-time passwords of six digits and thirty seconds (RFC
// 6238), as authenticator apps make them. Secrets are sealed with a key that is derived from the
// secret which signs tokens.
type OneTimePasswords struct {
	seals *Seals
	now   func() time.Time
}

// NewOneTimePasswords makes the checker. Secrets are sealed with the first key; those
// sealed with the previous one, which may be "", are opened as well.
func NewOneTimePasswords(secret, previous string) (*OneTimePasswords, error) {
	seals, err := NewSeals("one-time passwords", secret, previous)
	return &OneTimePasswords{seals: seals, now: time.Now}, err
}

// otpPeriod is how long an app shows a code; otpSkew is how many codes before and after are
// accepted as well, for clock skew and slow typing.
const (
	otpPeriod = 30
	otpSkew   = 1
)

// New makes a secret for an account: sealed, to be kept, and as the address that an
// authenticator app reads from a QR code.
func (o *OneTimePasswords) New(account string) (sealed []byte, key *otp.Key, err error) {
	key, err = totp.Generate(totp.GenerateOpts{
		Issuer: "All-In-Market", AccountName: account, Period: otpPeriod, SecretSize: 20, Rand: rand.Reader,
	})
	if err != nil {
		return nil, nil, err
	}
	return o.seals.Seal(key.Secret()), key, nil
}

// Matches reports whether a code is currently valid, and returns its time step, and the secret
// sealed with the newest key. The caller must accept a step's code only once.
func (o *OneTimePasswords) Matches(sealed []byte, code string) (step int64, resealed []byte, ok bool, err error) {
	secret, err := o.seals.Open(sealed)
	if err != nil {
		return 0, nil, false, fmt.Errorf("a second factor, without which market reset-otp lets its admin in: %w", err)
	}
	now := o.now().Unix() / otpPeriod
	for step := now - otpSkew; step <= now+otpSkew; step++ {
		want, err := totp.GenerateCode(secret, time.Unix(step*otpPeriod, 0))
		if err != nil {
			return 0, nil, false, err
		}
		if subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			return step, o.seals.Seal(secret), true, nil
		}
	}
	return 0, nil, false, nil
}
