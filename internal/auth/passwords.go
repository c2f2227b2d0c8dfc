// Package auth knows who is calling: passwords, access tokens, refresh tokens
// and the limit on failed logins.
package auth

import (
	"errors"

	"golang.org/x/crypto/bcrypt"

	"github.com/all-in-market/market/internal/market"
)

// Passwords hashes and checks passwords with bcrypt.
type Passwords struct {
	cost  int
	dummy []byte
}

// NewPasswords makes a hasher; a higher cost makes guessing, and each login, slower.
func NewPasswords(cost int) (*Passwords, error) {
	dummy, err := bcrypt.GenerateFromPassword([]byte("an account that does not exist"), cost)
	return &Passwords{cost: cost, dummy: dummy}, err
}

// Hash is what is stored of a password. It fails with INVALID_INPUT above 72
// bytes, the most that bcrypt takes: twenty characters can have more.
func (p *Passwords) Hash(password string) (string, error) {
	b, err := bcrypt.GenerateFromPassword([]byte(password), p.cost)
	if errors.Is(err, bcrypt.ErrPasswordTooLong) {
		return "", market.RefuseWith(market.InvalidInput, "비밀번호가 너무 깁니다. 72바이트 이하여야 합니다.")
	}
	return string(b), err
}

// Matches checks a password. An empty hash, that of an unknown account, costs
// as much time as a wrong password, so that nobody learns which accounts exist.
func (p *Passwords) Matches(hash, password string) bool {
	if hash == "" {
		_ = bcrypt.CompareHashAndPassword(p.dummy, []byte(password))
		return false
	}
	return bcrypt.CompareHashAndPassword([]byte(hash), []byte(password)) == nil
}

// HashPassword hashes at bcrypt's default cost, for accounts that configuration
// and seeds create.
func HashPassword(password string) (string, error) {
	b, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.DefaultCost)
	return string(b), err
}
