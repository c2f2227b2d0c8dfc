package reports

import (
	"context"
	"net/http"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/web"
)

// LedgerReader reads the ledger. *store.Store implements it.
type LedgerReader interface {
	Ledger(ctx context.Context, f store.LedgerFilter, page market.PageRequest) (market.Page[market.LedgerEntry], error)
	EachLedgerEntry(ctx context.Context, f store.LedgerFilter, do func(market.LedgerEntry) error) error
}

// Ledger answers with the entries that a filter and the days of the query select: a page,
// the newest first, or with format=csv all of them as a file, the oldest first. s may be a replica;
// log may not.
func Ledger(w http.ResponseWriter, r *http.Request, s LedgerReader, log web.AccessLog, f store.LedgerFilter) error {
	page, err := web.Page(r, 20)
	if err != nil {
		return err
	}
	if f.From, f.To, err = web.Days(r); err != nil {
		return err
	}
	file, err := web.WantsCSV(r)
	if err != nil {
		return err
	}
	if file {
		return ledgerFile(w, r, s, log, f)
	}
	entries, err := s.Ledger(r.Context(), f, page)
	if err != nil {
		return err
	}
	return web.Respond(w, r, web.ReadSuccess, entries)
}

var ledgerHeader = []string{
	"entryId", "transactionId", "businessDay", "kind", "sourceType", "sourceId", "account", "sellerId", "orderItemId",
	"debit", "credit",
}

func ledgerFile(w http.ResponseWriter, r *http.Request, s LedgerReader, log web.AccessLog, f store.LedgerFilter) error {
	e := web.Export{Log: log, Filename: "ledger.csv", Access: market.Access{Data: market.DataLedger}}
	if f.Seller != 0 {
		e.Access.Subject, e.Access.SubjectID = market.RoleSeller, int64(f.Seller)
	}
	return web.RespondCSV(w, r, e, ledgerHeader, func(write func([]string) error) error {
		return s.EachLedgerEntry(r.Context(), f, func(e market.LedgerEntry) error {
			return write([]string{
				orEmpty(&e.ID), orEmpty(&e.TransactionID), e.BusinessDay.String(), e.Kind, e.SourceType,
				orEmpty(&e.SourceID),
				string(e.Account), orEmpty(e.SellerID), orEmpty(e.OrderItemID), e.Debit.String(), e.Credit.String(),
			})
		})
	})
}
