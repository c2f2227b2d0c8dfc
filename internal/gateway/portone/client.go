// Package portone is a client of the payment provider PortOne, version 2 of its API. It translates
// the provider's terms into money and states; decisions about a payment are made elsewhere.
//
// A call has one of three outcomes. Success returns the answer. A refusal, an *Error that is
// Definite, means that nothing was done and that the same request will never succeed. Any other
// error, above all a timeout, leaves the outcome unknown: the provider continues after a client has
// disconnected. Repeat the request with the same key while the provider keeps the key, or fetch the
// payment.
package portone

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/all-in-market/market/internal/market"
)

// BaseURL is PortOne's address.
const BaseURL = "https://api.portone.io"

// SDK returns the address of the script with which buyers pay in the browser, for a base address. A
// stand-in for PortOne serves its own.
func SDK(base string) string {
	if base == BaseURL {
		return "https://cdn.portone.io/v2/browser-sdk.js"
	}
	return strings.TrimSuffix(base, "/") + "/sdk.js"
}

// Timeout bounds the wait for an answer: PortOne requires at least 60 seconds, since it waits for
// the payment providers behind it.
const Timeout = 65 * time.Second

// KeyLifetime is how long PortOne keeps an idempotency key. After that, a request with an unknown
// outcome must not be repeated: fetch the payment instead.
const KeyLifetime = 3 * time.Hour

// maxAnswer bounds the size of an answer, in bytes: a page of a thousand payments with all details.
const maxAnswer = 32 << 20

// Client calls PortOne for one store.
type Client struct {
	base, secret, storeID string
	http                  *http.Client
	circuits              map[kind]*circuit
	outage                Outage // nil: outages are not shared with other processes
}

// Outage publishes to other processes that PortOne does not answer payment requests, and reports whether a process
// has published that.
type Outage interface {
	Report(away bool)
	Reported() bool
}

// NewClient returns a client; the secret is that of the V2 API, not of a provider.
func NewClient(base, secret, storeID string) *Client {
	c := &Client{
		base: strings.TrimSuffix(base, "/"), secret: secret, storeID: storeID, http: &http.Client{Timeout: Timeout},
	}
	c.circuits = map[kind]*circuit{
		forPayments: newCircuit(forPayments, func(open bool) {
			if c.outage != nil {
				go c.outage.Report(open)
			}
		}),
		forConfirmations: newCircuit(forConfirmations, func(bool) {}),
		forCancellations: newCircuit(forCancellations, func(bool) {}),
	}
	return c
}

// Through wraps the transport of requests. It must be called before any other method.
func (c *Client) Through(wrap func(http.RoundTripper) http.RoundTripper) {
	c.http.Transport = wrap(http.DefaultTransport)
}

// Share publishes outages of payment requests to other processes. It must be called before any
// other method.
func (c *Client) Share(o Outage) { c.outage = o }

// available reports whether payment requests are sent: no circuit for them is open, here or in another process.
func (c *Client) available() bool {
	return !c.circuits[forPayments].open() && (c.outage == nil || !c.outage.Reported())
}

// Error is an error response.
type Error struct {
	Status    int    // HTTP status
	Type      string `json:"type"` // PortOne's error type, such as ALREADY_PAID
	Message   string `json:"message"`
	PGCode    string `json:"pgCode"` // the error code of the provider behind PortOne
	PGMessage string `json:"pgMessage"`
	Foreign   bool   `json:"-"` // the response is not from PortOne but, for example, from a proxy
}

// Error implements error.
func (e *Error) Error() string {
	s := fmt.Sprintf("PortOne answers %d %s", e.Status, e.Type)
	for _, more := range []string{e.Message, e.PGCode, e.PGMessage} {
		if more != "" {
			s += ": " + more
		}
	}
	return s
}

// Error types with a meaning beyond a refusal.
const (
	typeOutstanding      = "IDEMPOTENCY_OUTSTANDING_REQUEST" // the same request is in progress
	typeAlreadyPaid      = "ALREADY_PAID"
	typeAlreadyCancelled = "PAYMENT_ALREADY_CANCELLED"
	typePaymentNotFound  = "PAYMENT_NOT_FOUND"
	typeAmountMoved      = "CANCELLABLE_AMOUNT_CONSISTENCY_BROKEN" // a concurrent cancellation was faster
	typePGProvider       = "PG_PROVIDER"                           // the provider behind PortOne refused
)

// Definite reports whether nothing was done and the same request would be refused again. It is
// false for a payment that is already paid or cancelled: fetch it to find out whether our request
// did that.
func (e *Error) Definite() bool {
	switch e.Type {
	case typeOutstanding, typeAlreadyPaid, typeAlreadyCancelled, typeAmountMoved:
		return false
	}
	switch e.Status {
	case http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusConflict:
		return true
	}
	return false
}

// Definite reports whether an error is a definite refusal.
func Definite(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Definite()
}

// isType reports whether an error is a response with one of the types.
func isType(err error, types ...string) bool {
	var e *Error
	return errors.As(err, &e) && slices.Contains(types, e.Type)
}

// ErrUnknownPayment means that PortOne has no payment with the id.
var ErrUnknownPayment = errors.New("PortOne has no such payment")

var paymentID = regexp.MustCompile(`^[A-Za-z0-9]{1,40}$`)

// CheckPaymentID returns an error for an id that a provider behind PortOne may not accept: it must
// be at most 40 letters and digits.
func CheckPaymentID(id string) error {
	if !paymentID.MatchString(id) {
		return fmt.Errorf("invalid payment id %q: want 1 to 40 letters and digits", id)
	}
	return nil
}

var errNotWon = errors.New("an amount in won must be a whole number and not negative")

// Won converts an amount to whole won, as PortOne counts. It fails for an amount with a fraction,
// and for a negative one.
func Won(m market.Money) (int64, error) {
	if m < 0 || !m.Whole() {
		return 0, fmt.Errorf("%w: %s", errNotWon, m)
	}
	return int64(m / market.Quantum), nil
}

// FromWon converts an amount of whole won. It fails when the amount is out of range.
func FromWon(won int64) (market.Money, error) {
	return market.Quantum.Times(int(won))
}

// Currency is the only supported currency.
const Currency = "KRW"

// PreRegister registers the amount of a payment, so that the buyer's browser cannot change it. It
// is idempotent. It fails with ALREADY_PAID when the payment has been paid.
func (c *Client) PreRegister(ctx context.Context, id string, amount market.Money) error {
	won, err := Won(amount)
	if err != nil {
		return err
	}
	body := struct {
		StoreID     string `json:"storeId"`
		TotalAmount int64  `json:"totalAmount"`
		Currency    string `json:"currency"`
	}{c.storeID, won, Currency}
	return c.call(ctx, request{
		kind: forPayments, payment: id, method: http.MethodPost,
		path: "/payments/" + url.PathEscape(id) + "/pre-register",
		body: body,
	}, nil)
}

// Payment returns a payment. It fails with ErrUnknownPayment.
func (c *Client) Payment(ctx context.Context, id string) (Payment, error) {
	var p Payment
	path := "/payments/" + url.PathEscape(id) + "?storeId=" + url.QueryEscape(c.storeID)
	err := c.call(ctx, request{kind: forPayments, payment: id, method: http.MethodGet, path: path}, &p)
	if isType(err, typePaymentNotFound) {
		err = ErrUnknownPayment
	}
	return p, err
}

// Confirmation is the last step of a payment with manual approval: the buyer has agreed, and the
// token of that agreement takes the money.
type Confirmation struct {
	PaymentID, Token string
	TransactionID    string // of the attempt; optional
	Amount           market.Money
}

// Confirm takes the money. It returns nil if the payment has already been paid. Call it promptly:
// the lifetime of a token depends on the provider.
func (c *Client) Confirm(ctx context.Context, in Confirmation) error {
	won, err := Won(in.Amount)
	if err != nil {
		return err
	}
	body := struct {
		StoreID      string `json:"storeId"`
		PaymentToken string `json:"paymentToken"`
		TxID         string `json:"txId,omitempty"`
		Currency     string `json:"currency"`
		TotalAmount  int64  `json:"totalAmount"`
	}{c.storeID, in.Token, in.TransactionID, Currency, won}
	agreement := sha256.Sum256([]byte(in.TransactionID + "\n" + in.Token)) // sent by the browser
	err = c.call(ctx, request{
		kind: forConfirmations, payment: in.PaymentID, method: http.MethodPost,
		path: "/payments/" + url.PathEscape(in.PaymentID) + "/confirm",
		key:  key("confirm", in.PaymentID, hex.EncodeToString(agreement[:])), body: body,
	}, nil)
	if isType(err, typeAlreadyPaid) {
		return nil
	}
	return err
}

// Cancel is an amount of a payment to give back to its buyer.
type Cancel struct {
	PaymentID string
	Key       string // idempotency key
	Amount    market.Money
	// Cancellable is the cancellable amount that the caller has read. PortOne refuses if it has
	// changed, which prevents a repeat after the key's lifetime from paying back twice.
	Cancellable market.Money
	Reason      string
}

// Cancel gives an amount back. It fails with a definite *Error when PortOne or the provider behind
// it refuses permanently. A nil error means that the request was accepted; the returned Status may
// be CancellationRequested, and the payment then shows the outcome.
func (c *Client) Cancel(ctx context.Context, in Cancel) (Cancellation, error) {
	won, err := Won(in.Amount)
	if err != nil {
		return Cancellation{}, err
	}
	cancellable, err := Won(in.Cancellable)
	if err != nil {
		return Cancellation{}, err
	}
	body := struct {
		StoreID                  string `json:"storeId"`
		Amount                   int64  `json:"amount"`
		CurrentCancellableAmount int64  `json:"currentCancellableAmount"`
		Reason                   string `json:"reason"`
	}{c.storeID, won, cancellable, in.Reason}
	return c.cancel(ctx, in.PaymentID, in.Key, body)
}

// Rest is the whole remaining amount of a payment, in the smallest unit of its currency.
type Rest struct {
	PaymentID, Key, Reason string
	Cancellable            int64 // as with Cancel
}

// CancelRest gives the remaining amount back; see Cancel.
func (c *Client) CancelRest(ctx context.Context, in Rest) (Cancellation, error) {
	body := struct {
		StoreID                  string `json:"storeId"`
		CurrentCancellableAmount int64  `json:"currentCancellableAmount"`
		Reason                   string `json:"reason"`
	}{c.storeID, in.Cancellable, in.Reason}
	return c.cancel(ctx, in.PaymentID, in.Key, body)
}

func (c *Client) cancel(ctx context.Context, paymentID, key string, body any) (Cancellation, error) {
	var answer struct {
		Cancellation Cancellation `json:"cancellation"`
	}
	err := c.call(ctx, request{
		kind: forCancellations, payment: paymentID, method: http.MethodPost,
		path: "/payments/" + url.PathEscape(paymentID) + "/cancel", key: key, body: body,
	}, &answer)
	return answer.Cancellation, err
}

// key returns an idempotency key: PortOne accepts 16 to 256 letters, digits, "-" and "_".
func key(parts ...string) string {
	k := strings.Join(parts, "-")
	if len(k) < 16 {
		k += strings.Repeat("_", 16-len(k))
	}
	return k
}

// request is a request to PortOne.
type request struct {
	kind         kind
	payment      string // the payment it concerns; "" for a feed
	method, path string
	key          string // idempotency key; "" for none
	body         any    // as JSON; nil for none
}

// call sends a request and decodes its answer into out, which may be nil. It fails with
// gateway.ErrUnavailable while the circuit of the request's kind is open.
func (c *Client) call(ctx context.Context, in request, out any) error {
	r, err := c.encode(ctx, in)
	if err != nil {
		return err
	}
	send := func() ([]byte, error) { return c.send(r) }
	var answer []byte
	if circuit := c.circuits[in.kind]; circuit != nil {
		answer, err = circuit.do(in.payment, send)
	} else {
		answer, err = send()
	}
	if err != nil || out == nil {
		return err
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return fmt.Errorf("decode PortOne's answer to %s: %w", in.path, err)
	}
	return nil
}

// encode returns the HTTP request.
func (c *Client) encode(ctx context.Context, in request) (*http.Request, error) {
	var body io.Reader
	if in.body != nil {
		b, err := json.Marshal(in.body)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(b)
	}
	r, err := http.NewRequestWithContext(ctx, in.method, c.base+in.path, body)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Authorization", "PortOne "+c.secret)
	if in.body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if in.key != "" {
		r.Header.Set("Idempotency-Key", `"`+in.key+`"`)
	}
	return r, nil
}

// send sends a request and returns the body of its response.
func (c *Client) send(r *http.Request) ([]byte, error) {
	resp, err := c.http.Do(r)
	if err != nil {
		return nil, fmt.Errorf("PortOne: %w", err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return nil, fmt.Errorf("PortOne: %w", err)
	}
	if resp.StatusCode/100 != 2 {
		e := &Error{Status: resp.StatusCode}
		if json.Unmarshal(answer, e) != nil { // not JSON, for example HTML
			e.Type, e.Foreign = http.StatusText(resp.StatusCode), true
		}
		return nil, e
	}
	return answer, nil
}
