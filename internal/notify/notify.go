// Package notify sends notifications for buyers to another service, in HTTP requests signed with a
// shared secret.
package notify

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The paths of a receiver, as the system that this one replaces called them.
const (
	RestockPath = "/internal/notifications/restock" // {"productId"}
	OrderPath   = "/internal/notifications/orders"  // {"buyerId", "orderId", "status"}
)

// Receiver is a service that receives notifications.
type Receiver struct {
	base     string
	clientID string
	secret   []byte
	http     *http.Client
}

// NewReceiver makes a client of the receiver at a base URL.
func NewReceiver(base, clientID, secret string) *Receiver {
	return &Receiver{
		base: strings.TrimSuffix(base, "/"), clientID: clientID, secret: []byte(secret),
		http: &http.Client{Timeout: 10 * time.Second},
	}
}

// Post sends a notification once, with a timestamp, id and signature of its own.
func (r *Receiver) Post(ctx context.Context, path string, body any) error {
	payload, err := json.Marshal(body)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, r.base+path, bytes.NewReader(payload))
	if err != nil {
		return err
	}
	timestamp, requestID := strconv.FormatInt(time.Now().Unix(), 10), rand.Text()
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Client-Id", r.clientID)
	req.Header.Set("X-Timestamp", timestamp)
	req.Header.Set("X-Request-Id", requestID)
	req.Header.Set("X-Signature", Signature(r.secret, timestamp, requestID, payload))
	resp, err := r.http.Do(req)
	if err != nil {
		return fmt.Errorf("notification receiver: %w", err)
	}
	defer resp.Body.Close()
	answer, _ := io.ReadAll(io.LimitReader(resp.Body, 200))
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("notification receiver: %s answers %s: %s", path, resp.Status, answer)
	}
	return nil
}

// Signature returns the Base64 of the HMAC-SHA256 of timestamp (epoch seconds), request id and raw
// body, concatenated without separators.
func Signature(secret []byte, timestamp, requestID string, body []byte) string {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(timestamp + requestID))
	mac.Write(body)
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
