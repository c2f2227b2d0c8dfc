package portone

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/all-in-market/market/internal/standardwebhooks"
)

// Webhooks verifies PortOne's notifications.
type Webhooks struct {
	keys []standardwebhooks.Key
}

// NewWebhooks decodes the secrets, two of them during a rotation: base64, with or without the
// prefix whsec_.
func NewWebhooks(secrets ...string) (*Webhooks, error) {
	w := &Webhooks{}
	for i, s := range secrets {
		key, err := standardwebhooks.ParseKey(s)
		if err != nil {
			return nil, fmt.Errorf("webhook secret %d: %w", i+1, err)
		}
		w.keys = append(w.keys, key)
	}
	if len(w.keys) == 0 {
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

// Verify decodes a notification; body must be exactly as received. It fails with standardwebhooks.ErrSignature. A
// signed body that cannot be decoded yields a notification without a type.
func (w *Webhooks) Verify(h http.Header, body []byte, now time.Time) (Webhook, error) {
	id, err := standardwebhooks.Verify(h, w.keys, body, now)
	if err != nil {
		return Webhook{}, err
	}
	var received struct {
		Type      string      `json:"type"`
		Timestamp time.Time   `json:"timestamp"`
		Data      WebhookData `json:"data"`
	}
	_ = json.Unmarshal(body, &received) // shapes may change without notice
	return Webhook{ID: id, Type: received.Type, Data: received.Data, At: received.Timestamp}, nil
}
