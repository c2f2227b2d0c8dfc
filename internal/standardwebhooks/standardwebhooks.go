// Package standardwebhooks signs and verifies HTTP messages by the rules of Standard Webhooks 1.0.0.
package standardwebhooks

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// ErrSignature means that a message has no valid signature, or is too old.
var ErrSignature = errors.New("the webhook's signature is not valid")

// Tolerance is the maximum difference between a message's timestamp and the clock of Verify.
const Tolerance = 300 * time.Second

// secretPrefix begins a secret.
const secretPrefix = "whsec_"

// Key is a secret that signs messages.
type Key []byte

// NewSecret returns a secret of 24 random bytes, as it is shown to its owner.
func NewSecret() string {
	var key [24]byte
	_, _ = rand.Read(key[:]) // it never fails
	return secretPrefix + base64.StdEncoding.EncodeToString(key[:])
}

// ParseKey returns the key of a secret: base64, with or without the prefix whsec_. The error does not contain it.
func ParseKey(secret string) (Key, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, secretPrefix))
	if err != nil || len(key) == 0 {
		return nil, errors.New("the secret is not base64")
	}
	return key, nil
}

func (k Key) mac(id, at string, body []byte) []byte {
	mac := hmac.New(sha256.New, k)
	mac.Write([]byte(id + "." + at + "."))
	mac.Write(body)
	return mac.Sum(nil)
}

// Sign sets the headers of a message that is sent at a time, with a signature by each key.
func Sign(h http.Header, keys []Key, id string, at time.Time, body []byte) {
	sent := strconv.FormatInt(at.Unix(), 10)
	signatures := make([]string, len(keys))
	for i, k := range keys {
		signatures[i] = "v1," + base64.StdEncoding.EncodeToString(k.mac(id, sent, body))
	}
	h.Set("Webhook-Id", id)
	h.Set("Webhook-Timestamp", sent)
	h.Set("Webhook-Signature", strings.Join(signatures, " "))
}

// Verify returns the id of a message that one of the keys has signed; body must be exactly as received. It fails with
// ErrSignature.
func Verify(h http.Header, keys []Key, body []byte, now time.Time) (id string, err error) {
	id, at, signatures, err := signed(h)
	if err != nil {
		return "", err
	}
	seconds, err := strconv.ParseInt(at, 10, 64)
	if err != nil {
		return "", fmt.Errorf("%w: its time is %q", ErrSignature, at)
	}
	if off := now.Sub(time.Unix(seconds, 0)).Abs(); off > Tolerance {
		return "", fmt.Errorf("%w: it was sent %s from now", ErrSignature, off.Round(time.Second))
	}
	if !matches(keys, id, at, signatures, body) {
		return "", ErrSignature
	}
	return id, nil
}

// signed returns the three headers of a signed message, each of which must occur once.
func signed(h http.Header) (id, at, signatures string, err error) {
	for _, part := range []struct {
		name string
		to   *string
	}{{"webhook-id", &id}, {"webhook-timestamp", &at}, {"webhook-signature", &signatures}} {
		values := h.Values(part.name)
		if len(values) != 1 || values[0] == "" {
			return "", "", "", fmt.Errorf("%w: %s is there %d times", ErrSignature, part.name, len(values))
		}
		*part.to = values[0]
	}
	return id, at, signatures, nil
}

// matches tries each key with each signature. There may be several signatures, of several versions.
func matches(keys []Key, id, at, signatures string, body []byte) bool {
	found := false
	for _, s := range strings.Fields(signatures) {
		version, encoded, _ := strings.Cut(s, ",")
		given, err := base64.StdEncoding.DecodeString(encoded)
		if version != "v1" || err != nil {
			continue
		}
		for _, k := range keys {
			if hmac.Equal(given, k.mac(id, at, body)) {
				found = true
			}
		}
	}
	return found
}
