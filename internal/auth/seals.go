package auth

import (
	"crypto/aes"
	"crypto/cipher"
	"errors"
)

// Seals keep secrets that have to be read again, under a key that is made of the secret which signs
// tokens, for one purpose.
type Seals struct {
	keys []cipher.AEAD
}

// ErrSealed means that a value was sealed with an unknown key.
var ErrSealed = errors.New(
	"sealed with an unknown key: set JWT_PREVIOUS_SECRET to the previous secret")

// NewSeals makes them. Secrets are sealed with the first key; those sealed with that of the previous
// secret, which may be "", are opened as well.
func NewSeals(purpose, secret, previous string) (*Seals, error) {
	s := &Seals{}
	for _, from := range []string{secret, previous} {
		if from == "" {
			continue
		}
		block, err := aes.NewCipher(keyFor(purpose, from))
		if err != nil {
			return nil, err
		}
		aead, err := cipher.NewGCMWithRandomNonce(block)
		if err != nil {
			return nil, err
		}
		s.keys = append(s.keys, aead)
	}
	return s, nil
}

// Seal seals a secret with the newest key.
func (s *Seals) Seal(secret string) []byte { return s.keys[0].Seal(nil, nil, []byte(secret), nil) }

// Open reads a sealed secret, or fails with ErrSealed.
func (s *Seals) Open(sealed []byte) (string, error) {
	for _, key := range s.keys {
		if secret, err := key.Open(nil, nil, sealed, nil); err == nil {
			return string(secret), nil
		}
	}
	return "", ErrSealed
}

// Reseal seals a secret again that was sealed with the key of the previous secret; fresh is nil for one
// that was sealed with the newest, or for none.
func (s *Seals) Reseal(sealed []byte) (fresh []byte, err error) {
	if len(sealed) == 0 {
		return nil, nil
	}
	if _, err := s.keys[0].Open(nil, nil, sealed, nil); err == nil {
		return nil, nil
	}
	secret, err := s.Open(sealed)
	if err != nil {
		return nil, err
	}
	return s.Seal(secret), nil
}
