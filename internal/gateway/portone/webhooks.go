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

// ErrSignature says that a webhook is not PortOne's, or is older than it may be.
var ErrSignature = errors.New("the webhook's signature is not valid")

// webhookTolerance is how far a webhook's time of sending may be from ours, either way.
const webhookTolerance = 300 * time.Second

// Webhooks verifies what PortOne sends, by the rules of Standard Webhooks 1.0.0.
type Webhooks struct {
	secrets [][]byte
}

// NewWebhooks reads the secrets, of which there may be two while one takes over from the
// other: base64, with or without the prefix whsec_.
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
		return nil, errors.New("there is no webhook secret")
	}
	return w, nil
}

// The types of webhooks that say that something may have moved. There are more.
const (
	WebhookPaid            = "Transaction.Paid"
	WebhookFailed          = "Transaction.Failed"
	WebhookCancelled       = "Transaction.Cancelled"
	WebhookPartlyCancelled = "Transaction.PartialCancelled"
)

// Webhook is what PortOne tells. It is a hint: look at the payment before anything is done
// about it.
type Webhook struct {
	ID   string // the same when it is sent again
	Type string
	Data WebhookData
	At   time.Time // of what it tells, the same when it is sent again
}

// WebhookData names what a webhook is about.
type WebhookData struct {
	StoreID        string `json:"storeId"`
	PaymentID      string `json:"paymentId"` // "" when it is about no payment
	TransactionID  string `json:"transactionId"`
	CancellationID string `json:"cancellationId"`
}

// Verify reads a webhook of which the body is as it came, to the last byte. It fails with
// ErrSignature. A body that is signed and cannot be read is a webhook of no type.
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
	_ = json.Unmarshal(body, &told) // new fields and shapes are announced by nobody
	return Webhook{ID: id, Type: told.Type, Data: told.Data, At: told.Timestamp}, nil
}

// signed are the three headers of a signed webhook, each of which is there once.
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

// matches tries each secret with each signature. There may be several, of several versions.
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
