// Package bank is the port to the bank that pays sellers: the small interface that the
// marketplace needs, without a transport.
package bank

import (
	"context"
	"errors"

	"github.com/all-in-market/market/internal/market"
)

// Bank pays money out. Both sides identify a transfer by its key, which makes Transfer idempotent:
// the bank pays once, or has refused permanently.
type Bank interface {
	// Transfer sends a transfer to the bank. An error means that the outcome is unknown: the money
	// may have moved. Inquire, or repeat the same request.
	Transfer(ctx context.Context, r TransferRequest) (Transfer, error)
	// Inquire returns a transfer. It fails with ErrUnknownTransfer when the bank has no record of
	// it. After any other error the outcome is unknown.
	Inquire(ctx context.Context, key string) (Transfer, error)
	// Transfers returns a page of the bank's own records: the transfers with keys above after,
	// ascending; an empty page is the end.
	Transfers(ctx context.Context, after string) ([]Transfer, error)
}

// TransferRequest is an order to pay an account.
type TransferRequest struct {
	Key         string       `json:"-"`
	BankCode    string       `json:"bankCode"`
	BankAccount string       `json:"bankAccount"`
	Amount      market.Money `json:"amount"`
}

// Transfer is a transfer at the bank. Reason is the reason of a refusal or return.
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

// ErrUnknownTransfer means that the bank has no record of the transfer.
var ErrUnknownTransfer = errors.New("unknown transfer at the bank")
