package portone

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// ErrSignature means that a notification is not from PortOne, or is too old.
var ErrSignature = errors.New("the webhook's signature is not valid")

// webhookTolerance is the maximum difference between a notification's timestamp and our clock.
const webhookTolerance = 300 * time.Second

// Webhooks verifies PortOne's notifications, by the rules of Standard Webhooks 1.0.0.
type Webhooks struct {
	secrets [][]byte
}

// NewWebhooks decodes the secrets, two of them during a rotation: base64, with or without the
// prefix whsec_.
func NewWebhooks(secrets ...string) (*Webhooks, error) {
	w := &Webhooks{}
	for i, s := range secrets {
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(s, "whsec_"))
		if err != nil || len(key) == 0 {
			return nil, fmt.Errorf("webhook secret %d is not base64", i+1) // the secret itself stays out of logs
		}
		w.secrets = append(w.secrets, key)
	}
	if len(w.secrets) == 0 {
		return nil, errors.New("no webhook secret")
	}
	return w, nil
}

// The types of notifications that a payment may have changed. There are more.
const (
	WebhookPaid            = "Transaction.Paid"
	WebhookFailed          = "Transaction.Failed"
	WebhookCancelled       = "Transaction.Cancelled"
	WebhookPartlyCancelled = "Transaction.PartialCancelled"
)

// Webhook is a notification from PortOne. Its content is not trusted: fetch the payment before
// acting on it.
type Webhook struct {
	ID   string // the same in repeated deliveries
	Type string
	Data WebhookData
	At   time.Time // time of the event, the same in repeated deliveries
}

// WebhookData identifies the subject of a notification.
type WebhookData struct {
	StoreID        string `json:"storeId"`
	PaymentID      string `json:"paymentId"` // "" if it concerns no payment
	TransactionID  string `json:"transactionId"`
	CancellationID string `json:"cancellationId"`
}

// Verify decodes a notification; body must be exactly as received. It fails with ErrSignature. A
// signed body that cannot be decoded yields a notification without a type.
func (w *Webhooks) Verify(h http.Header, body []byte, now time.Time) (Webhook, error) {
	id, at, signatures, err := signed(h)
	if err != nil {
		return Webhook{}, err
	}
	seconds, err := strconv.ParseInt(at, 10, 64)
	if err != nil {
		return Webhook{}, fmt.Errorf("%w: its time is %q", ErrSignature, at)
	}
	if off := now.Sub(time.Unix(seconds, 0)).Abs(); off > webhookTolerance {
		return Webhook{}, fmt.Errorf("%w: it was sent %s from now", ErrSignature, off.Round(time.Second))
	}
	if !w.matches(id, at, signatures, body) {
		return Webhook{}, ErrSignature
	}
	var told struct {
		Type      string      `json:"type"`
		Timestamp time.Time   `json:"timestamp"`
		Data      WebhookData `json:"data"`
	}
	_ = json.Unmarshal(body, &told) // shapes may change without notice
	return Webhook{ID: id, Type: told.Type, Data: told.Data, At: told.Timestamp}, nil
}

// signed returns the three headers of a signed notification, each of which must occur once.
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

// matches tries each secret with each signature. There may be several signatures, of several
// versions.
func (w *Webhooks) matches(id, at, signatures string, body []byte) bool {
	found := false
	for _, s := range strings.Fields(signatures) {
		version, encoded, _ := strings.Cut(s, ",")
		given, err := base64.StdEncoding.DecodeString(encoded)
		if version != "v1" || err != nil {
			continue
		}
		for _, secret := range w.secrets {
			if hmac.Equal(given, signature(secret, id, at, body)) {
				found = true
			}
		}
	}
	return found
}

func signature(secret []byte, id, at string, body []byte) []byte {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(id + "." + at + "."))
	mac.Write(body)
	return mac.Sum(nil)
}
