package standardwebhooks

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func key(t *testing.T, secret string) Key {
	t.Helper()
	k, err := ParseKey(secret)
	require.NoError(t, err)
	return k
}

func TestSign_ExampleOfTheSpecification_HasItsSignature(t *testing.T) {
	t.Parallel()
	h := http.Header{}
	Sign(h, []Key{key(t, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")}, "msg_p5jXN8AQM9LWM0D4loKWxJek",
		time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`))
	require.Equal(t, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", h.Get("Webhook-Signature"))
	require.Equal(t, "1614265330", h.Get("Webhook-Timestamp"))
	one, two := NewSecret(), NewSecret()
	require.NotEqual(t, one, two)
}

func TestVerify_SignedByAnyKey_ReturnsTheID(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_700_000_000, 0)
	first, second, other := key(t, NewSecret()), key(t, NewSecret()), key(t, NewSecret())
	body := []byte(`{"type":"order.paid"}`)
	h := http.Header{}
	Sign(h, []Key{first, second}, "msg_1", now, body)
	for _, keys := range [][]Key{{first}, {second}, {other, second}} {
		id, err := Verify(h, keys, body, now.Add(Tolerance))
		require.NoError(t, err)
		require.Equal(t, "msg_1", id)
	}
	for name, verify := range map[string]func() (string, error){
		"another key":    func() (string, error) { return Verify(h, []Key{other}, body, now) },
		"another body":   func() (string, error) { return Verify(h, []Key{first}, append(body, ' '), now) },
		"too late":       func() (string, error) { return Verify(h, []Key{first}, body, now.Add(Tolerance+time.Second)) },
		"too early":      func() (string, error) { return Verify(h, []Key{first}, body, now.Add(-Tolerance-time.Second)) },
		"without a key":  func() (string, error) { return Verify(h, nil, body, now) },
		"without header": func() (string, error) { return Verify(http.Header{}, []Key{first}, body, now) },
	} {
		_, err := verify()
		require.ErrorIs(t, err, ErrSignature, name)
	}
	for _, name := range []string{"Webhook-Id", "Webhook-Timestamp", "Webhook-Signature"} {
		changed := h.Clone()
		changed.Set(name, "1")
		_, err := Verify(changed, []Key{first}, body, now)
		require.ErrorIs(t, err, ErrSignature, name)
		changed = h.Clone()
		changed.Add(name, h.Get(name))
		_, err = Verify(changed, []Key{first}, body, now)
		require.ErrorIs(t, err, ErrSignature, name+" twice")
	}
}

func TestParseKey_NotBase64_DoesNotPrintTheSecret(t *testing.T) {
	t.Parallel()
	for _, secret := range []string{"", "whsec_", "whsec_%%%secret"} {
		_, err := ParseKey(secret)
		require.Error(t, err)
		require.NotContains(t, err.Error(), "%%%")
	}
}
