package portonesim

import (
	"bufio"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"slices"
	"time"
)

// The states of a payment and of a cancellation, in PortOne's words.
const (
	statusReady           = "READY"
	statusPending         = "PAY_PENDING"
	statusPaid            = "PAID"
	statusFailed          = "FAILED"
	statusPartlyCancelled = "PARTIAL_CANCELLED"
	statusCancelled       = "CANCELLED"

	cancellationRequested = "REQUESTED"
	cancellationSucceeded = "SUCCEEDED"
	cancellationFailed    = "FAILED"
)

// Payment is a payment in the simulator's books, in the form of the API.
type Payment struct {
	Status          string         `json:"status"`
	ID              string         `json:"id"`
	TransactionID   string         `json:"transactionId"`
	MerchantID      string         `json:"merchantId"`
	StoreID         string         `json:"storeId"`
	Channel         Channel        `json:"channel"`
	Version         string         `json:"version"`
	RequestedAt     time.Time      `json:"requestedAt"`
	UpdatedAt       time.Time      `json:"updatedAt"`
	StatusChangedAt time.Time      `json:"statusChangedAt"`
	OrderName       string         `json:"orderName"`
	Amount          Amount         `json:"amount"`
	Currency        string         `json:"currency"`
	PaidAt          *time.Time     `json:"paidAt,omitempty"`
	PGTxID          string         `json:"pgTxId,omitempty"`
	ReceiptURL      string         `json:"receiptUrl,omitempty"`
	FailedAt        *time.Time     `json:"failedAt,omitempty"`
	Failure         *Failure       `json:"failure,omitempty"`
	Cancellations   []Cancellation `json:"cancellations,omitempty"`
}

// Channel is the way to the provider behind PortOne.
type Channel struct {
	Type       string `json:"type"` // LIVE or TEST
	ID         string `json:"id"`
	Key        string `json:"key"`
	Name       string `json:"name"`
	PGProvider string `json:"pgProvider"`
}

// Amount is in the currency's smallest unit: won.
type Amount struct {
	Total            int64 `json:"total"`
	TaxFree          int64 `json:"taxFree"`
	Discount         int64 `json:"discount"`
	Paid             int64 `json:"paid"`
	Cancelled        int64 `json:"cancelled"`
	CancelledTaxFree int64 `json:"cancelledTaxFree"`
}

// Failure is why an attempt failed.
type Failure struct {
	Reason    string `json:"reason"`
	PGCode    string `json:"pgCode"`
	PGMessage string `json:"pgMessage"`
}

// Cancellation is an amount that has gone back, or is to.
type Cancellation struct {
	Status           string     `json:"status"`
	ID               string     `json:"id"`
	PGCancellationID string     `json:"pgCancellationId,omitempty"`
	TotalAmount      int64      `json:"totalAmount"`
	TaxFreeAmount    int64      `json:"taxFreeAmount"`
	VATAmount        int64      `json:"vatAmount"`
	Reason           string     `json:"reason"`
	RequestedAt      time.Time  `json:"requestedAt"`
	CancelledAt      *time.Time `json:"cancelledAt,omitempty"`
	Trigger          string     `json:"trigger"`
}

// Event is one movement of money, in the order in which they happened.
type Event struct {
	ID        string    `json:"id"`
	Type      string    `json:"type"` // PAID, PARTIAL_CANCELLED or CANCELLED
	PaymentID string    `json:"paymentId"`
	StoreID   string    `json:"storeId"`
	Amount    int64     `json:"eventAmount"` // negative when it goes back
	Currency  string    `json:"currency"`
	CreatedAt time.Time `json:"createdAt"`
}

// payment is a Payment with what the API does not show.
type payment struct {
	Payment
	Registered *int64 `json:"registered,omitempty"` // the amount that the shop has pinned
	Token      string `json:"token,omitempty"`      // of an agreement that waits for the shop to confirm it
}

// held is what has been taken and not given back.
func (p *payment) held() int64 {
	if p.PaidAt == nil {
		return 0
	}
	return p.Amount.Total - p.Amount.Cancelled
}

// promised is what cancellations that are under way will give back.
func (p *payment) promised() (sum int64) {
	for _, c := range p.Cancellations {
		if c.Status == cancellationRequested {
			sum += c.TotalAmount
		}
	}
	return sum
}

// books are all payments and what happened to them. A journal, when there is one, keeps
// them: a line for each change, of which the last counts.
type books struct {
	payments map[string]*payment
	order    []string // of the payments, as they came
	events   []Event
	journal  *json.Encoder
}

type entry struct {
	Payment *payment `json:"payment,omitempty"`
	Event   *Event   `json:"event,omitempty"`
}

// openBooks reads a journal, or begins one; "" keeps nothing.
func openBooks(path string) (*books, error) {
	b := &books{payments: map[string]*payment{}}
	if path == "" {
		return b, nil
	}
	f, err := os.Open(path)
	if err == nil {
		lines := bufio.NewScanner(f)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			var e entry
			if json.Unmarshal(lines.Bytes(), &e) != nil {
				continue // the last line of a process that died
			}
			if e.Payment != nil {
				b.keep(e.Payment)
			}
			if e.Event != nil {
				b.events = append(b.events, *e.Event)
			}
		}
		err = errors.Join(lines.Err(), f.Close())
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	out, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	b.journal = json.NewEncoder(out)
	return b, nil
}

func (b *books) keep(p *payment) {
	if b.payments[p.ID] == nil {
		b.order = append(b.order, p.ID)
	}
	b.payments[p.ID] = p
}

// changed keeps a payment as it is now.
func (b *books) changed(p *payment, now time.Time) {
	p.UpdatedAt = now
	b.keep(p)
	if b.journal != nil {
		_ = b.journal.Encode(entry{Payment: p})
	}
}

// moved records a movement of money.
func (b *books) moved(e Event) {
	b.events = append(b.events, e)
	if b.journal != nil {
		_ = b.journal.Encode(entry{Event: &e})
	}
}

// all are copies of the payments, the newest first.
func (b *books) all() []Payment {
	shown := make([]Payment, 0, len(b.order))
	for _, id := range slices.Backward(b.order) {
		shown = append(shown, b.payments[id].show())
	}
	return shown
}

// show is a copy that may leave the lock.
func (p *payment) show() Payment {
	s := p.Payment
	s.Cancellations = slices.Clone(s.Cancellations)
	return s
}
