// Package webhooks delivers events to integrators' endpoints, in HTTP requests signed by the rules
// of Standard Webhooks 1.0.0.
package webhooks

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"code.dny.dev/ssrf"

	"github.com/all-in-market/market/internal/standardwebhooks"
)

// A Message is an event for an endpoint.
type Message struct {
	ID      int64 // the same in repeated deliveries
	Event   string
	At      time.Time
	Data    json.RawMessage
	URL     string
	Secrets []string // which sign it: one, or two while one takes over from the other
}

// Outcome is the outcome of sending a message.
type Outcome struct {
	Delivered bool   // the endpoint has answered 2xx
	Gone      bool   // it has answered 410 Gone
	Answer    string // a description without the response's content
}

// Sender sends messages.
type Sender struct {
	http  *http.Client
	local bool
	now   func() time.Time
}

// timeout bounds one attempt.
const timeout = 15 * time.Second

// NewSender returns a sender. Unless it is local, it uses HTTPS only, and connects only to public
// internet addresses; it checks the resolved address when it connects.
func NewSender(local bool) *Sender {
	dialer := &net.Dialer{Timeout: 5 * time.Second}
	if !local {
		dialer.Control = ssrf.New(ssrf.WithPorts(443)).Safe
	}
	return &Sender{local: local, now: time.Now, http: &http.Client{
		Timeout: timeout,
		// A proxy of the environment would make the connection instead of us, to anywhere.
		Transport: &http.Transport{
			DialContext: dialer.DialContext, TLSHandshakeTimeout: 5 * time.Second, MaxIdleConnsPerHost: 1,
			IdleConnTimeout: 30 * time.Second, MaxResponseHeaderBytes: 16 << 10, ForceAttemptHTTP2: true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Takes reports whether an endpoint may have an address: HTTPS at its default port, without a user
// or a fragment. The resolved address is checked whenever a message is sent.
func (s *Sender) Takes(address string) bool {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Hostname() == "" || u.User != nil || u.Fragment != "":
		return false
	case s.local:
		return u.Scheme == "https" || u.Scheme == "http"
	}
	return u.Scheme == "https" && (u.Port() == "" || u.Port() == "443")
}

// Send sends a message once.
func (s *Sender) Send(ctx context.Context, m Message) (Outcome, error) {
	body, err := json.Marshal(struct {
		Type      string          `json:"type"`
		Timestamp time.Time       `json:"timestamp"`
		Data      json.RawMessage `json:"data"`
	}{m.Event, m.At.UTC(), m.Data})
	if err != nil {
		return Outcome{}, err
	}
	keys := make([]standardwebhooks.Key, len(m.Secrets))
	for i, secret := range m.Secrets {
		if keys[i], err = standardwebhooks.ParseKey(secret); err != nil {
			return Outcome{}, fmt.Errorf("endpoint: %w", err)
		}
	}
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, m.URL, bytes.NewReader(body))
	if err != nil {
		return Outcome{}, err
	}
	q.Header.Set("Content-Type", "application/json")
	q.Header.Set("User-Agent", "All-In-Market-Webhooks/1")
	standardwebhooks.Sign(q.Header, keys, "msg_"+strconv.FormatInt(m.ID, 10), s.now(), body)
	answer, err := s.http.Do(q)
	if err != nil {
		if ctx.Err() != nil {
			return Outcome{}, ctx.Err()
		}
		return Outcome{Answer: problem(err)}, nil
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, 16<<10)) // so that the connection can be used again
	return Outcome{
		Delivered: answer.StatusCode/100 == 2, Gone: answer.StatusCode == http.StatusGone,
		Answer: strings.TrimSpace(strconv.Itoa(answer.StatusCode) + " " + http.StatusText(answer.StatusCode)),
	}, nil
}

// unreachable is the outcome for unknown names and for names of internal addresses: if they
// differed, endpoints could be used to enumerate names in our network.
const unreachable = "the address cannot be reached on the internet"

// problem describes why there was no response, without disclosing anything about our network.
func problem(err error) string {
	var dns *net.DNSError
	var timedOut interface{ Timeout() bool }
	switch {
	case errors.Is(err, ssrf.ErrProhibitedIP), errors.Is(err, ssrf.ErrProhibitedPort),
		errors.Is(err, ssrf.ErrProhibitedNetwork):
		return unreachable
	case errors.As(err, &dns):
		return unreachable
	case errors.As(err, &timedOut) && timedOut.Timeout():
		return fmt.Sprintf("no answer within %s", timeout)
	case strings.Contains(err.Error(), "x509:"), strings.Contains(err.Error(), "tls:"):
		return "the certificate is not valid"
	}
	return "no connection"
}
