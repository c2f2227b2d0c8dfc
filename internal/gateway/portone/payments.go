package portone

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"time"
)

// Status is what PortOne says of a payment. There may be more than those named here: what
// is not known is looked at again later.
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

// Charged says that the buyer's money has been taken, whether or not some of it has gone
// back since.
func (s Status) Charged() bool {
	return s == StatusPaid || s == StatusPartlyCancelled || s == StatusCancelled
}

// Payment is what PortOne knows of a payment. Fields that we do not need are left out, and
// new ones do no harm.
type Payment struct {
	ID            string    `json:"id"`
	TransactionID string    `json:"transactionId"` // of the attempt that counts
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

// Channel is the way to a provider.
type Channel struct {
	Type       string `json:"type"` // LIVE or TEST
	Key        string `json:"key"`
	PGProvider string `json:"pgProvider"`
}

// Live says that real money moves.
func (c Channel) Live() bool { return c.Type == "LIVE" }

// Amount is in won. Total is what the order comes to: Paid is less when the card's issuer
// has given a discount of its own.
type Amount struct {
	Total     int64 `json:"total"`
	Paid      int64 `json:"paid"`
	Cancelled int64 `json:"cancelled"`
}

// Cancellable is what can still be given back.
func (a Amount) Cancellable() int64 { return a.Total - a.Cancelled }

// Failure is why a payment failed.
type Failure struct {
	Reason    string `json:"reason"`
	PGCode    string `json:"pgCode"`
	PGMessage string `json:"pgMessage"`
}

// CancellationStatus is how far a cancellation has come.
type CancellationStatus string

// The states of a cancellation.
const (
	CancellationRequested CancellationStatus = "REQUESTED" // the provider decides later
	CancellationSucceeded CancellationStatus = "SUCCEEDED"
	CancellationFailed    CancellationStatus = "FAILED"
)

// Cancellation is an amount that has gone back, or is to.
type Cancellation struct {
	ID          string             `json:"id"`
	Status      CancellationStatus `json:"status"`
	TotalAmount int64              `json:"totalAmount"` // in won
	Reason      string             `json:"reason"`
	RequestedAt time.Time          `json:"requestedAt"`
	CancelledAt time.Time          `json:"cancelledAt"`
	Trigger     string             `json:"trigger"` // API, or CONSOLE, PORTONE_ADMIN, CHARGEBACK: not by us
}

// Expected is what a payment must be to be the one of an order.
type Expected struct {
	PaymentID, StoreID string
	Live               bool // else a test channel
}

// Mismatch says in which way a payment is not the expected one; "" when it is, whatever its
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

// Event is one movement of money in PortOne's feed: PAID, PARTIAL_CANCELLED or CANCELLED.
// There may be more types.
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

// Page is a part of a feed.
type Page[T any] struct {
	Items []Item[T]
}

// Item is an entry of a feed with the cursor behind it.
type Item[T any] struct {
	Value  T
	Cursor string
}

// Next is the cursor of the following page, "" when this one is empty: the feed's end.
func (p Page[T]) Next() string {
	if len(p.Items) == 0 {
		return ""
	}
	return p.Items[len(p.Items)-1].Cursor
}

// maxPage is the most that PortOne gives at a time.
const maxPage = 1000

// Payments is a page of the payments that changed within a span of time, after a cursor;
// "" for the first.
func (c *Client) Payments(ctx context.Context, from, until time.Time, cursor string) (Page[Payment], error) {
	return feed[Payment](ctx, c, "/payments-by-cursor", "payment", from, until, cursor)
}

// Events is a page of what happened to payments within a span of time, after a cursor; ""
// for the first. It is what reconciliation holds our books against.
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
