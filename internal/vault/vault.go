// Package vault encrypts data that is stored, such as the account numbers of sellers.
//
// Each value has a data key of its own, which is stored beside it, encrypted by a master key from the
// configuration (envelope encryption). A sealed value names its master key, so that several can be in
// use while values are moved from one to the next.
package vault

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
)

const (
	keySize = 32 // bytes of a master key and of a data key: AES-256
	maxID   = 32 // characters of a master key's id
	version = 1
)

// overhead is how much longer than a key its encryption is: nonce and tag.
const overhead = 12 + 16

// ErrUnknownKey means that a value was sealed with a master key that the configuration does not
// have.
var ErrUnknownKey = errors.New("sealed with a master key that is not configured: add it after the current one")

// ErrDamaged means that a sealed value was changed, or that it belongs to something else.
var ErrDamaged = errors.New("a sealed value is damaged, or belongs to something else")

// Vault seals values with the first of its master keys, and opens those sealed with any of them. It is
// safe for concurrent use.
type Vault struct {
	current string
	masters map[string]cipher.AEAD
}

// Parse makes a Vault of master keys in the form id:key,id:key, the current one first. A key is base64 of
// 32 bytes; an id has 1 to 32 characters without colon or comma.
func Parse(keys string) (*Vault, error) {
	v := &Vault{masters: map[string]cipher.AEAD{}}
	for part := range strings.SplitSeq(keys, ",") {
		id, encoded, _ := strings.Cut(strings.TrimSpace(part), ":")
		key, err := base64.StdEncoding.DecodeString(encoded)
		switch {
		case id == "" || len(id) > maxID:
			return nil, fmt.Errorf("a master key's id must have 1 to %d characters, before a colon", maxID)
		case err != nil || len(key) != keySize:
			return nil, fmt.Errorf("master key %q must be base64 of %d bytes: use the output of openssl rand -base64 %d",
				id, keySize, keySize)
		case v.masters[id] != nil:
			return nil, fmt.Errorf("there are two master keys %q", id)
		}
		if v.masters[id], err = newAEAD(key); err != nil {
			return nil, err
		}
		if v.current == "" {
			v.current = id
		}
	}
	return v, nil
}

// LocalKeys are the master keys of the local profile. They are published, and protect nothing.
const LocalKeys = "local:bG9jYWwgcHJvZmlsZSBvbmx5LCBrbm93biB0byBhbGw="

// Local returns the Vault of the local profile.
func Local() *Vault {
	v, err := Parse(LocalKeys)
	if err != nil {
		panic(err)
	}
	return v
}

// Seal encrypts a value. It can only be opened with the same owner, which names the row that the value
// belongs to: a sealed value that is copied to another row is refused there.
func (v *Vault) Seal(value, owner string) ([]byte, error) {
	key := make([]byte, keySize)
	rand.Read(key)
	data, err := newAEAD(key)
	if err != nil {
		return nil, err
	}
	sealed := v.masters[v.current].Seal(v.header(), nil, key, []byte(owner))
	return data.Seal(sealed, nil, []byte(value), []byte(owner)), nil
}

// header returns what every value begins with that is sealed with the current master key.
func (v *Vault) header() []byte {
	return append([]byte{version, byte(len(v.current))}, v.current...)
}

// Open decrypts a sealed value of an owner. It fails with ErrUnknownKey, or when the value was changed or
// belongs to another owner.
func (v *Vault) Open(sealed []byte, owner string) (string, error) {
	if len(sealed) < 2 || sealed[0] != version || len(sealed) < 2+int(sealed[1])+keySize+overhead {
		return "", ErrDamaged
	}
	id, rest := sealed[2:2+sealed[1]], sealed[2+sealed[1]:]
	master := v.masters[string(id)]
	if master == nil {
		return "", fmt.Errorf("key %q: %w", id, ErrUnknownKey)
	}
	key, err := master.Open(nil, nil, rest[:keySize+overhead], []byte(owner))
	if err != nil {
		return "", ErrDamaged
	}
	data, err := newAEAD(key)
	if err != nil {
		return "", err
	}
	value, err := data.Open(nil, nil, rest[keySize+overhead:], []byte(owner))
	if err != nil {
		return "", ErrDamaged
	}
	return string(value), nil
}

// Current reports whether a value is sealed with the current master key.
func (v *Vault) Current(sealed []byte) bool { return bytes.HasPrefix(sealed, v.header()) }

// KeyID returns the id of the current master key.
func (v *Vault) KeyID() string { return v.current }

func newAEAD(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}
