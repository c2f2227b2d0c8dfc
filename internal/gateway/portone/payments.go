package portone

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"time"
)

// Status is the status of a payment at PortOne. There may be more than those named here; a payment
// with an unknown status is fetched again later.
type Status string

// The states of a payment.
const (
	StatusReady           Status = "READY"       // the buyer's window is open
	StatusPending         Status = "PAY_PENDING" // the provider has not decided
	StatusVirtualAccount  Status = "VIRTUAL_ACCOUNT_ISSUED"
	StatusPaid            Status = "PAID"
	StatusFailed          Status = "FAILED"
	StatusPartlyCancelled Status = "PARTIAL_CANCELLED"
	StatusCancelled       Status = "CANCELLED"
)

// Charged reports whether the buyer's money has been taken, even if some of it has gone back since.
func (s Status) Charged() bool {
	return s == StatusPaid || s == StatusPartlyCancelled || s == StatusCancelled
}

// Payment is a payment at PortOne, with the fields that the marketplace needs.
type Payment struct {
	ID            string    `json:"id"`
	TransactionID string    `json:"transactionId"` // of the latest attempt
	StoreID       string    `json:"storeId"`
	Status        Status    `json:"status"`
	Channel       Channel   `json:"channel"`
	Amount        Amount    `json:"amount"`
	Currency      string    `json:"currency"`
	UpdatedAt     time.Time `json:"updatedAt"`
	PaidAt        time.Time `json:"paidAt"` // zero while it is not paid
	PGTxID        string    `json:"pgTxId"` // the provider's own id
	ReceiptURL    string    `json:"receiptUrl"`
	Failure       *Failure  `json:"failure"` // of a failed one

	Cancellations []Cancellation `json:"cancellations"`
}

// Channel identifies the provider of a payment.
type Channel struct {
	Type       string `json:"type"` // LIVE or TEST
	Key        string `json:"key"`
	PGProvider string `json:"pgProvider"`
}

// Live reports whether real money moves.
func (c Channel) Live() bool { return c.Type == "LIVE" }

// Amount is in won. Total is the amount of the order; Paid is less when the card issuer has granted
// a discount.
type Amount struct {
	Total     int64 `json:"total"`
	Paid      int64 `json:"paid"`
	Cancelled int64 `json:"cancelled"`
}

// Cancellable returns the amount that can still be given back.
func (a Amount) Cancellable() int64 { return a.Total - a.Cancelled }

// Failure is the reason why a payment failed.
type Failure struct {
	Reason    string `json:"reason"`
	PGCode    string `json:"pgCode"`
	PGMessage string `json:"pgMessage"`
}

// CancellationStatus is the status of a cancellation.
type CancellationStatus string

// The states of a cancellation.
const (
	CancellationRequested CancellationStatus = "REQUESTED" // the provider decides later
	CancellationSucceeded CancellationStatus = "SUCCEEDED"
	CancellationFailed    CancellationStatus = "FAILED"
)

// Cancellation is an amount that has gone back or is pending.
type Cancellation struct {
	ID          string             `json:"id"`
	Status      CancellationStatus `json:"status"`
	TotalAmount int64              `json:"totalAmount"` // in won
	Reason      string             `json:"reason"`
	RequestedAt time.Time          `json:"requestedAt"`
	CancelledAt time.Time          `json:"cancelledAt"`
	Trigger     string             `json:"trigger"` // API; or, not requested by us, CONSOLE, PORTONE_ADMIN, CHARGEBACK
}

// Expected describes the payment that an order expects.
type Expected struct {
	PaymentID, StoreID string
	Live               bool // else a test channel
}

// Mismatch returns how a payment differs from the expected one; "" when it does not. It ignores the
// amount.
func (p Payment) Mismatch(e Expected) string {
	switch {
	case p.ID != e.PaymentID:
		return "it is payment " + p.ID
	case p.StoreID != e.StoreID:
		return "it is of store " + p.StoreID
	case p.Channel.Live() != e.Live:
		return "its channel is " + p.Channel.Type
	case p.Currency != Currency:
		return "its currency is " + p.Currency
	}
	return ""
}

// Event is one money movement in PortOne's feed: PAID, PARTIAL_CANCELLED or CANCELLED. There may be
// more types.
type Event struct {
	ID        string    `json:"id"`
	Type      string    `json:"type"`
	PaymentID string    `json:"paymentId"`
	StoreID   string    `json:"storeId"`
	Amount    int64     `json:"eventAmount"` // in won; negative when it goes back
	Currency  string    `json:"currency"`
	CreatedAt time.Time `json:"createdAt"`

	Cancellation *Cancellation `json:"cancellation"`
}

// Page is a page of a feed.
type Page[T any] struct {
	Items []Item[T]
}

// Item is an entry of a feed with the cursor after it.
type Item[T any] struct {
	Value  T
	Cursor string
}

// Next returns the cursor of the following page; "" when this page is empty, at the feed's end.
func (p Page[T]) Next() string {
	if len(p.Items) == 0 {
		return ""
	}
	return p.Items[len(p.Items)-1].Cursor
}

// maxPage is PortOne's maximum page size.
const maxPage = 1000

// Payments returns a page of the payments that changed within a span of time, after a cursor; ""
// for the first page.
func (c *Client) Payments(ctx context.Context, from, until time.Time, cursor string) (Page[Payment], error) {
	return feed[Payment](ctx, c, "/payments-by-cursor", "payment", from, until, cursor)
}

// Events returns a page of the payment events within a span of time, after a cursor; "" for the
// first page. Reconciliation compares them with our books.
func (c *Client) Events(ctx context.Context, from, until time.Time, cursor string) (Page[Event], error) {
	return feed[Event](ctx, c, "/payment-events-by-cursor", "paymentEvent", from, until, cursor)
}

func feed[T any](
	ctx context.Context, c *Client, path, name string, from, until time.Time, cursor string,
) (page Page[T], err error) {
	ask, err := json.Marshal(struct {
		StoreID string    `json:"storeId"`
		From    time.Time `json:"from"`
		Until   time.Time `json:"until"`
		Cursor  string    `json:"cursor,omitempty"`
		Size    int       `json:"size"`
	}{c.storeID, from.UTC(), until.UTC(), cursor, maxPage})
	if err != nil {
		return page, err
	}
	var answer struct {
		Items []map[string]json.RawMessage `json:"items"`
	}
	in := request{kind: forFeeds, method: http.MethodGet, path: path + "?requestBody=" + url.QueryEscape(string(ask))}
	if err := c.call(ctx, in, &answer); err != nil {
		return page, err
	}
	for _, raw := range answer.Items {
		var i Item[T]
		if err := json.Unmarshal(raw[name], &i.Value); err != nil {
			return page, err
		}
		if err := json.Unmarshal(raw["cursor"], &i.Cursor); err != nil {
			return page, err
		}
		page.Items = append(page.Items, i)
	}
	return page, nil
}
