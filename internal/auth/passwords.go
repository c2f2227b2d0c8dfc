// Package auth authenticates callers: passwords, access tokens, refresh tokens and the limit on
// failed logins.
package auth

import (
	"context"
	"errors"
	"runtime"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/all-in-market/market/internal/market"
)

// Passwords hashes and checks passwords with bcrypt, with one concurrent operation per core: each
// takes tens of milliseconds of CPU time, which other work needs as well.
type Passwords struct {
	cost    int
	dummy   []byte
	turns   chan struct{}
	waiting chan struct{}
}

const (
	maxWaiting  = 1000             // more are refused at once
	maxTurnWait = 27 * time.Second // and after that, too: shortly before a request ends anyway
)

// NewPasswords makes a hasher; a higher cost makes guessing, and each login, slower.
func NewPasswords(cost int) (*Passwords, error) {
	dummy, err := bcrypt.GenerateFromPassword([]byte("an account that does not exist"), cost)
	return &Passwords{
		cost: cost, dummy: dummy, turns: make(chan struct{}, runtime.NumCPU()),
		waiting: make(chan struct{}, maxWaiting),
	}, err
}

// turn waits for a core, and returns what gives it back. It fails with
// SERVICE_OVERLOADED when too many wait.
func (p *Passwords) acquire(ctx context.Context) (done func(), err error) {
	select {
	case p.waiting <- struct{}{}:
		defer func() { <-p.waiting }()
	default:
		return nil, market.Refuse(market.CodeServiceOverloaded)
	}
	ctx, cancel := context.WithTimeout(ctx, maxTurnWait)
	defer cancel()
	select {
	case p.turns <- struct{}{}:
		return func() { <-p.turns }, nil
	case <-ctx.Done():
		return nil, market.Failed(market.CodeServiceOverloaded, ctx.Err())
	}
}

// Hash returns the hash of a password. It fails with INVALID_INPUT above market.MaxPassword bytes, or
// with SERVICE_OVERLOADED.
func (p *Passwords) Hash(ctx context.Context, password string) (string, error) {
	done, err := p.acquire(ctx)
	if err != nil {
		return "", err
	}
	defer done()
	b, err := bcrypt.GenerateFromPassword([]byte(password), p.cost)
	if errors.Is(err, bcrypt.ErrPasswordTooLong) {
		return "", market.RefuseWith(market.CodeInvalidInput, market.DetailPasswordTooLong, market.MaxPassword)
	}
	return string(b), err
}

// Matches checks a password. An empty hash, that of an unknown account, takes as long as a wrong
// password, so that response times do not disclose which accounts exist. It fails with
// SERVICE_OVERLOADED.
func (p *Passwords) Matches(ctx context.Context, hash, password string) (bool, error) {
	done, err := p.acquire(ctx)
	if err != nil {
		return false, err
	}
	defer done()
	if hash == "" {
		_ = bcrypt.CompareHashAndPassword(p.dummy, []byte(password))
		return false, nil
	}
	return bcrypt.CompareHashAndPassword([]byte(hash), []byte(password)) == nil, nil
}

// HashPassword hashes at a bcrypt cost, for accounts that configuration and seeds
// create: without waiting for a turn.
func HashPassword(password string, cost int) (string, error) {
	b, err := bcrypt.GenerateFromPassword([]byte(password), cost)
	return string(b), err
}
