// Package portone speaks to the payment provider PortOne, version 2 of its API. It knows
// the provider's words and what they mean for money; what becomes of a payment of ours is
// decided elsewhere.
//
// Three kinds of answers are told apart. An answer is what was asked for. A refusal, an
// *Error that is Definite, says that nothing was done and never will be by this request.
// Anything else, time-outs above all, says nothing: the provider goes on after a client
// has hung up. Ask again with the same key while the provider keeps it, or look.
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

// BaseURL is where PortOne is.
const BaseURL = "https://api.portone.io"

// SDK is the address of the script with which buyers pay in the browser, for a base address. What
// stands in for PortOne brings its own.
func SDK(base string) string {
	if base == BaseURL {
		return "https://cdn.portone.io/v2/browser-sdk.js"
	}
	return strings.TrimSuffix(base, "/") + "/sdk.js"
}

// Timeout is how long an answer may take: PortOne asks for at least 60 seconds, since it
// waits for the payment providers behind it.
const Timeout = 65 * time.Second

// KeyLifetime is how long PortOne keeps an idempotency key. A request with an unknown
// outcome is not sent again after that: look what has become of it.
const KeyLifetime = 3 * time.Hour

// maxAnswer bounds what is read of an answer, in bytes: a page of a thousand payments
// with all that providers say of them.
const maxAnswer = 32 << 20

// Client calls PortOne for one store.
type Client struct {
	base, secret, storeID string
	http                  *http.Client
	circuits              map[kind]*circuit
	outage                Outage // nil: this process is the only one to know
}

// Outage publishes to other processes that PortOne does not answer payment requests, and reports whether a process
// has published that.
type Outage interface {
	Report(away bool)
	Reported() bool
}

// NewClient makes a client; the secret is that of the V2 API, not a provider's.
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

// Through has requests sent by something around what sends them now. Call it before any other.
func (c *Client) Through(wrap func(http.RoundTripper) http.RoundTripper) {
	c.http.Transport = wrap(http.DefaultTransport)
}

// Share publishes outages of payment requests to other processes. Call it before any other.
func (c *Client) Share(o Outage) { c.outage = o }

// available reports whether payment requests are sent: no circuit for them is open, here or in another process.
func (c *Client) available() bool {
	return !c.circuits[forPayments].open() && (c.outage == nil || !c.outage.Reported())
}

// Error is an answer that says no.
type Error struct {
	Status    int    // of HTTP
	Type      string `json:"type"` // PortOne's word for it, such as ALREADY_PAID
	Message   string `json:"message"`
	PGCode    string `json:"pgCode"` // what the provider behind PortOne says
	PGMessage string `json:"pgMessage"`
	Foreign   bool   `json:"-"` // the answer is not PortOne's, but for example a proxy's
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

// The types of errors that mean more than no.
const (
	typeOutstanding      = "IDEMPOTENCY_OUTSTANDING_REQUEST" // the same request is being worked on
	typeAlreadyPaid      = "ALREADY_PAID"
	typeAlreadyCancelled = "PAYMENT_ALREADY_CANCELLED"
	typePaymentNotFound  = "PAYMENT_NOT_FOUND"
	typeAmountMoved      = "CANCELLABLE_AMOUNT_CONSISTENCY_BROKEN" // another cancellation was faster
	typePGProvider       = "PG_PROVIDER"                           // the provider behind PortOne says no
)

// Definite says that nothing was done and that the same request would be refused again.
// That the payment is paid or cancelled already is not definite: look whether it was us.
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

// Definite says of any error whether it is a definite refusal.
func Definite(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Definite()
}

// isType says of any error whether it is an answer of one of these types.
func isType(err error, types ...string) bool {
	var e *Error
	return errors.As(err, &e) && slices.Contains(types, e.Type)
}

// ErrUnknownPayment says that PortOne knows no payment of the id.
var ErrUnknownPayment = errors.New("PortOne knows no such payment")

var paymentID = regexp.MustCompile(`^[A-Za-z0-9]{1,40}$`)

// CheckPaymentID refuses an id that some provider behind PortOne cannot take: letters and
// digits, at most 40.
func CheckPaymentID(id string) error {
	if !paymentID.MatchString(id) {
		return fmt.Errorf("%q is no payment id: it must be 1 to 40 letters and digits", id)
	}
	return nil
}

var errNotWon = errors.New("an amount in won must be a whole number and not negative")

// Won is an amount in whole won, as PortOne counts. It fails for an amount with a
// fraction, and for a negative one.
func Won(m market.Money) (int64, error) {
	if m < 0 || !m.Whole() {
		return 0, fmt.Errorf("%w: %s", errNotWon, m)
	}
	return int64(m) / 100, nil
}

// FromWon is the amount of so many won. It fails when there is no such amount here.
func FromWon(won int64) (market.Money, error) {
	return market.Money(100).Times(int(won))
}

// Currency is the only one that we take.
const Currency = "KRW"

// PreRegister pins the amount of a payment before the buyer's browser has a say. It may be
// called again. It fails with ALREADY_PAID when the payment is.
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
		kind: forPayments, payment: id, method: http.MethodPost, path: "/payments/" + url.PathEscape(id) + "/pre-register",
		body: body,
	}, nil)
}

// Payment is what PortOne knows of a payment. It fails with ErrUnknownPayment.
func (c *Client) Payment(ctx context.Context, id string) (Payment, error) {
	var p Payment
	path := "/payments/" + url.PathEscape(id) + "?storeId=" + url.QueryEscape(c.storeID)
	err := c.call(ctx, request{kind: forPayments, payment: id, method: http.MethodGet, path: path}, &p)
	if isType(err, typePaymentNotFound) {
		err = ErrUnknownPayment
	}
	return p, err
}

// Confirmation is the money's last step of a payment with manual approval: the buyer has
// agreed, and the token of that agreement takes the money.
type Confirmation struct {
	PaymentID, Token string
	TransactionID    string // of the attempt; may be empty
	Amount           market.Money
}

// Confirm takes the money. That the payment is paid already is no error. Call promptly:
// how long a token lives is each provider's own matter.
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
	agreement := sha256.Sum256([]byte(in.TransactionID + "\n" + in.Token)) // which the browser has sent
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

// Cancel is an amount of a payment that goes back to its buyer.
type Cancel struct {
	PaymentID string
	Key       string // makes it happen once while PortOne keeps it
	Amount    market.Money
	// Cancellable is what could still be given back when the caller looked. PortOne refuses
	// when it has moved, which keeps a repeat after the key's end from paying back twice.
	Cancellable market.Money
	Reason      string
}

// Cancel gives an amount back. It fails with a definite *Error when PortOne or the
// provider behind it never will. A nil error says that the request was taken on; Status of
// what it returns may be CancellationRequested, and the payment then tells the end of it.
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

// Rest is all of a payment that has not gone back, in its smallest unit whatever the currency.
type Rest struct {
	PaymentID, Key, Reason string
	Cancellable            int64 // as with Cancel
}

// CancelRest gives all back that is left; see Cancel.
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

// key is an idempotency key: PortOne takes 16 to 256 of letters, digits, "-" and "_".
func key(parts ...string) string {
	k := strings.Join(parts, "-")
	if len(k) < 16 {
		k += strings.Repeat("_", 16-len(k))
	}
	return k
}

// request is one to PortOne.
type request struct {
	kind         kind
	payment      string // that it is about; "" for a feed
	method, path string
	key          string // of idempotency; "" for none
	body         any    // as JSON; nil for none
}

// call sends a request and reads its answer into out, which may be nil. It fails with gateway.ErrUnavailable
// while PortOne answers no request of the kind.
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
		return fmt.Errorf("PortOne answers %s with something else than was asked for: %w", in.path, err)
	}
	return nil
}

// encode returns the request as it is sent.
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

// send sends a request and returns the body of its answer.
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
		if json.Unmarshal(answer, e) != nil { // it speaks HTML
			e.Type, e.Foreign = http.StatusText(resp.StatusCode), true
		}
		return nil, e
	}
	return answer, nil
}
