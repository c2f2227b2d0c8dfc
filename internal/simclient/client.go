// Package simclient speaks to a payment gateway and a bank over the small HTTP protocol
// that package simulator serves.
package simclient

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/all-in-market/market/internal/bank"
	"github.com/all-in-market/market/internal/gateway"
	"github.com/all-in-market/market/internal/market"
)

// Gateway is gateway.Payments over HTTP:
//
//	POST /payments/{merchantUid}/charge   {amount, method}   201 or 200 charge, 402 DECLINED
//	GET  /payments/{merchantUid}                             200 charge, 402 DECLINED, 404 PAYMENT_NOT_FOUND
//	GET  /payments?after=...&since=...                       200 charges, in the order of their merchant uids
//	POST /charges/{impUid}/cancel         {amount, reason}   200, 409 NOT_CANCELLABLE; header Idempotency-Key
//
// A refusal carries its code as {"code": "..."}: the 404 of a proxy is not an answer
// about a payment.
type Gateway struct{ endpoint }

// NewGateway makes a client of the gateway at a base URL. Deadlines are the
// caller's; timeout only bounds a call that has none.
func NewGateway(base string, timeout time.Duration) *Gateway {
	return &Gateway{newEndpoint("payment gateway", base, timeout)}
}

// ChargeBody asks for a charge.
type ChargeBody struct {
	Amount market.Money         `json:"amount"`
	Method market.PaymentMethod `json:"method"`
}

// CancelBody asks for a cancellation.
type CancelBody struct {
	Amount market.Money `json:"amount"`
	Reason string       `json:"reason"`
}

// Charge implements gateway.Payments.
func (c *Gateway) Charge(ctx context.Context, r gateway.ChargeRequest) (charge gateway.Charge, err error) {
	err = c.call(ctx, http.MethodPost, "/payments/"+url.PathEscape(r.MerchantUID)+"/charge", r.MerchantUID,
		ChargeBody{r.Amount, r.Method}, &charge)
	return charge, err
}

// Inquire implements gateway.Provider.
func (c *Gateway) Inquire(ctx context.Context, merchantUID string) (charge gateway.Charge, err error) {
	err = c.call(ctx, http.MethodGet, "/payments/"+url.PathEscape(merchantUID), "", nil, &charge)
	return charge, err
}

// Cancel implements gateway.Provider.
func (c *Gateway) Cancel(ctx context.Context, r gateway.CancelRequest) error {
	return c.call(ctx, http.MethodPost, "/charges/"+url.PathEscape(r.ImpUID)+"/cancel", r.Key,
		CancelBody{r.Amount, r.Reason}, nil)
}

// Charges implements gateway.Provider.
func (c *Gateway) Charges(
	ctx context.Context, since time.Time, cursor string,
) (page []gateway.Charge, next string, err error) {
	query := url.Values{"after": {cursor}}
	if !since.IsZero() {
		query.Set("since", since.Format(time.RFC3339Nano))
	}
	err = c.call(ctx, http.MethodGet, "/payments?"+query.Encode(), "", nil, &page)
	if len(page) > 0 {
		next = page[len(page)-1].MerchantUID
	}
	return page, next, err
}

// The codes of refusals, as {"code": "..."}.
const (
	CodeDeclined         = "DECLINED"
	CodeUnknownPayment   = "PAYMENT_NOT_FOUND"
	CodeNotCancellable   = "NOT_CANCELLABLE"
	CodeUnknownTransfer  = "TRANSFER_NOT_FOUND"
	CodeSimulatedOutage  = "SIMULATED_OUTAGE"
	CodeInvalidRequest   = "INVALID_REQUEST"
	CodeSimulatorFailure = "SIMULATOR_FAILURE"
)

var refusals = map[string]error{
	CodeDeclined: gateway.ErrDeclined, CodeUnknownPayment: gateway.ErrUnknownPayment,
	CodeNotCancellable: gateway.ErrNotCancellable, CodeUnknownTransfer: bank.ErrUnknownTransfer,
}

// endpoint is a JSON service over HTTP.
type endpoint struct {
	name, base string
	http       *http.Client
}

func newEndpoint(name, base string, timeout time.Duration) endpoint {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 64
	return endpoint{
		name: name, base: strings.TrimSuffix(base, "/"), http: &http.Client{Timeout: timeout, Transport: transport},
	}
}

// Through has requests sent by something around what sends them now. Call it before any other.
func (e endpoint) Through(wrap func(http.RoundTripper) http.RoundTripper) {
	e.http.Transport = wrap(e.http.Transport)
}

// call sends a request and decodes its answer, unless answer is nil. A refusal with a known code is
// the error of that code; after any other response but a 2xx the outcome is unknown.
func (e endpoint) call(ctx context.Context, method, path, key string, body, answer any) error {
	var payload io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return err
		}
		payload = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, e.base+path, payload)
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	resp, err := e.http.Do(req)
	if err != nil {
		return fmt.Errorf("%s: %w", e.name, err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	switch {
	case err != nil:
		return fmt.Errorf("%s: %w", e.name, err)
	case resp.StatusCode/100 != 2:
		var refusal struct {
			Code string `json:"code"`
		}
		if resp.StatusCode/100 == 4 && json.Unmarshal(b, &refusal) == nil && refusals[refusal.Code] != nil {
			return refusals[refusal.Code]
		}
		return fmt.Errorf("%s: %s %s answers %s: %.200s", e.name, method, path, resp.Status, b)
	case answer == nil:
		return nil
	}
	if err := json.Unmarshal(b, answer); err != nil {
		return fmt.Errorf("%s: %s %s: %w", e.name, method, path, err)
	}
	return nil
}
