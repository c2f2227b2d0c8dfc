package portonesim

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// retries are how many minutes after one attempt the next is made.
var retries = []float64{1, 4, 16, 64, 256}

// deliveryTimeout is how long an answer to a webhook may take.
const deliveryTimeout = 30 * time.Second

type webhook struct {
	Type      string      `json:"type"`
	Timestamp time.Time   `json:"timestamp"`
	Data      webhookData `json:"data"`
}

type webhookData struct {
	StoreID        string `json:"storeId"`
	PaymentID      string `json:"paymentId"`
	TransactionID  string `json:"transactionId"`
	CancellationID string `json:"cancellationId,omitempty"`
}

// SendWebhooksTo sends all further webhooks to an address.
func (s *Simulator) SendWebhooksTo(address string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.WebhookURL = address
}

// tell sends a notification about a payment, and retries until it is accepted. The caller holds the
// lock.
func (s *Simulator) notify(p *payment, kind, cancellationID string) {
	if s.WebhookURL == "" || s.faults.NoWebhooks {
		return
	}
	s.sent++
	copies, delay := 1, time.Duration(0)
	if s.faults.DuplicateWebhooks {
		copies = 3
	}
	if s.sent%2 == 0 {
		delay = s.faults.WebhookDelay
	}
	body, _ := json.Marshal(webhook{ // of strings and a time
		Type: kind, Timestamp: time.Now().UTC(),
		Data: webhookData{
			StoreID: s.StoreID, PaymentID: p.ID, TransactionID: p.TransactionID, CancellationID: cancellationID,
		},
	})
	id, to := "msg_"+rand.Text(), s.WebhookURL
	for range copies {
		s.sender.Go(func() { s.deliver(to, id, body, delay) })
	}
}

// deliver sends a webhook until it is taken, or no attempt is left.
func (s *Simulator) deliver(to, id string, body []byte, delay time.Duration) {
	for _, wait := range append([]float64{0}, retries...) {
		select {
		case <-time.After(delay + time.Duration(wait*float64(s.Minute))):
		case <-s.done:
			return
		}
		if s.send(to, id, body) {
			return
		}
		delay = 0
	}
}

// send makes one attempt, and reports whether it was accepted.
func (s *Simulator) send(to, id string, body []byte) bool {
	ctx, cancel := context.WithTimeout(context.Background(), deliveryTimeout)
	defer cancel()
	go func() { // Close does not wait for it
		select {
		case <-s.done:
			cancel()
		case <-ctx.Done():
		}
	}()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		return false
	}
	at := strconv.FormatInt(time.Now().Unix(), 10)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("webhook-id", id)
	r.Header.Set("webhook-timestamp", at)
	r.Header.Set("webhook-signature", "v1,"+Sign(s.WebhookSecret, id, at, body))
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	return resp.StatusCode/100 == 2
}

// Sign is the signature of a webhook that is sent at a time, by the rules of Standard Webhooks.
func Sign(secret, id, at string, body []byte) string {
	key, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	mac := hmac.New(sha256.New, key)
	_, _ = mac.Write([]byte(id + "." + at + "." + string(body)))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
