package gateway

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/all-in-market/market/internal/market"
)

// Bank pays money out. The key names a transfer at both sides: however often
// Transfer is called with it, the bank pays once, or has refused for good.
type Bank interface {
	// Transfer asks the bank to pay. An error means that the outcome is unknown:
	// the money may have moved. Inquire, or call again with the same request.
	Transfer(ctx context.Context, r TransferRequest) (Transfer, error)
	// Inquire says what became of a transfer. It fails with ErrUnknownTransfer
	// when the bank has never taken it on. Any other error says nothing.
	Inquire(ctx context.Context, key string) (Transfer, error)
	// Transfers is a page of the bank's own books: the transfers with keys above
	// after, ascending; an empty page is the end.
	Transfers(ctx context.Context, after string) ([]Transfer, error)
}

// TransferRequest asks the bank to pay an account.
type TransferRequest struct {
	Key         string       `json:"-"`
	BankCode    string       `json:"bankCode"`
	BankAccount string       `json:"bankAccount"`
	Amount      market.Money `json:"amount"`
}

// Transfer is what the bank says of a transfer. Reason tells why it was refused
// or returned.
type Transfer struct {
	Key    string         `json:"key"`
	Amount market.Money   `json:"amount"`
	Status TransferStatus `json:"status"`
	Reason string         `json:"reason,omitempty"`

	BankCode    string `json:"bankCode"`
	BankAccount string `json:"bankAccount"`
}

// TransferStatus is the state of a transfer at the bank.
type TransferStatus string

// The states of a transfer. A paid one may be returned days later.
const (
	TransferPaid     TransferStatus = "PAID"
	TransferRefused  TransferStatus = "REFUSED"
	TransferReturned TransferStatus = "RETURNED"
)

// ErrUnknownTransfer says that the bank knows no such transfer.
var ErrUnknownTransfer = errors.New("the bank knows no such transfer")

// BankClient is Bank over HTTP, as the simulator serves it:
//
//	POST /transfers/{key}   {bankCode, bankAccount, amount}   200 transfer
//	GET  /transfers/{key}                                     200 transfer, 404 TRANSFER_NOT_FOUND
//	GET  /transfers?after=...                                 200 transfers, in the order of their keys
type BankClient struct{ endpoint }

// NewBankClient makes a client of the bank at a base URL; see NewClient.
func NewBankClient(base string, timeout time.Duration) *BankClient {
	return &BankClient{newEndpoint("bank", base, timeout)}
}

// Transfer implements Bank.
func (c *BankClient) Transfer(ctx context.Context, r TransferRequest) (t Transfer, err error) {
	err = c.call(ctx, http.MethodPost, "/transfers/"+url.PathEscape(r.Key), r.Key, r, &t)
	return t, err
}

// Inquire implements Bank.
func (c *BankClient) Inquire(ctx context.Context, key string) (t Transfer, err error) {
	err = c.call(ctx, http.MethodGet, "/transfers/"+url.PathEscape(key), "", nil, &t)
	return t, err
}

// Transfers implements Bank.
func (c *BankClient) Transfers(ctx context.Context, after string) (page []Transfer, err error) {
	err = c.call(ctx, http.MethodGet, "/transfers?after="+url.QueryEscape(after), "", nil, &page)
	return page, err
}
