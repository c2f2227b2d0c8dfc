// Package bank is the port to the bank that pays sellers: the small interface that the
// marketplace needs, without a transport.
package bank

import (
	"context"
	"errors"

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
