package simclient

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/all-in-market/market/internal/bank"
)

// Bank is bank.Bank over HTTP:
//
//	POST /transfers/{key}   {bankCode, bankAccount, amount}   200 transfer
//	GET  /transfers/{key}                                     200 transfer, 404 TRANSFER_NOT_FOUND
//	GET  /transfers?after=...                                 200 transfers, in the order of their keys
type Bank struct{ endpoint }

// NewBank makes a client of the bank at a base URL; see NewGateway.
func NewBank(base string, timeout time.Duration) *Bank {
	return &Bank{newEndpoint("bank", base, timeout)}
}

// Transfer implements bank.Bank.
func (c *Bank) Transfer(ctx context.Context, r bank.TransferRequest) (t bank.Transfer, err error) {
	err = c.call(ctx, http.MethodPost, "/transfers/"+url.PathEscape(r.Key), r.Key, r, &t)
	return t, err
}

// Inquire implements bank.Bank.
func (c *Bank) Inquire(ctx context.Context, key string) (t bank.Transfer, err error) {
	err = c.call(ctx, http.MethodGet, "/transfers/"+url.PathEscape(key), "", nil, &t)
	return t, err
}

// Transfers implements bank.Bank.
func (c *Bank) Transfers(ctx context.Context, after string) (page []bank.Transfer, err error) {
	err = c.call(ctx, http.MethodGet, "/transfers?after="+url.QueryEscape(after), "", nil, &page)
	return page, err
}
