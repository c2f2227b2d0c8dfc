package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/all-in-market/market/internal/market"
)

// LedgerFilter selects among the ledger's entries; its zero value means all.
type LedgerFilter struct {
	Seller   market.SellerID
	Account  market.LedgerAccount
	From, To *market.Day // business days, both inclusive
}

// where returns the condition on entries, and its arguments.
func (f LedgerFilter) where() (condition string, args []any) {
	condition = "true"
	and := func(clause string, arg any) {
		args = append(args, arg)
		condition += " AND " + fmt.Sprintf(clause, placeholder(len(args)))
	}
	if f.Seller != 0 {
		and("t.seller_id = %s", f.Seller)
	}
	if f.Account != "" {
		and("t.account = %s", f.Account)
	}
	if f.From != nil || f.To != nil {
		var days []string // in one subquery: two would be looked up separately
		for _, bound := range []struct {
			compare string
			day     *market.Day
		}{{">=", f.From}, {"<=", f.To}} {
			if bound.day != nil {
				args = append(args, *bound.day)
				days = append(days, fmt.Sprintf("d.business_day %s %s", bound.compare, placeholder(len(args))))
			}
		}
		condition += " AND t.transaction_id IN (SELECT d.id FROM ledger_transactions d WHERE " + strings.Join(days, " AND ") +
			")"
	}
	return condition, args
}

// ledgerRow is an entry with fields of its transaction.
type ledgerRow struct {
	ID            int64                `db:"id"`
	TransactionID int64                `db:"transaction_id"`
	Account       market.LedgerAccount `db:"account"`
	SellerID      *int64               `db:"seller_id"`
	OrderItemID   *int64               `db:"order_item_id"`
	Amount        market.Money         `db:"amount"`
	Kind          string               `db:"x.kind"`
	SourceType    string               `db:"x.source_type"`
	SourceID      int64                `db:"x.source_id"`
	BusinessDay   market.Day           `db:"x.business_day"`
	CreatedAt     time.Time            `db:"x.created_at"`
}

func ledgerEntry(r ledgerRow) market.LedgerEntry {
	return market.LedgerEntry{
		ID: r.ID, TransactionID: r.TransactionID, Kind: r.Kind, SourceType: r.SourceType, SourceID: r.SourceID,
		BusinessDay: r.BusinessDay, Account: r.Account, SellerID: r.SellerID, OrderItemID: r.OrderItemID,
		Debit: max(r.Amount, 0), Credit: max(-r.Amount, 0), CreatedAt: market.LocalTime(r.CreatedAt),
	}
}

const ledgerJoin = "JOIN ledger_transactions x ON x.id = t.transaction_id"

// ledgerList returns the list of ledger entries that match a filter.
func ledgerList(f LedgerFilter) list[ledgerRow, market.LedgerEntry] {
	where, args := f.where()
	return list[ledgerRow, market.LedgerEntry]{
		table: "ledger_entries", join: ledgerJoin, show: ledgerEntry, where: where, args: args,
		sorts: sortsBy(market.SortsByID),
	}
}

// Ledger lists entries, newest first; sorts: id.
func (s LedgerStore) Ledger(
	ctx context.Context, f LedgerFilter, page market.PageRequest,
) (market.Page[market.LedgerEntry], error) {
	return ledgerList(f).page(ctx, s.DB, page)
}

// EachLedgerEntry calls do with each entry, the oldest first, until it fails.
func (s LedgerStore) EachLedgerEntry(ctx context.Context, f LedgerFilter, do func(market.LedgerEntry) error) error {
	return ledgerList(f).each(ctx, s.DB, do)
}

// TrialBalance returns the balance of every account at the end of a business day.
func (s LedgerStore) TrialBalance(ctx context.Context, day market.Day) (market.TrialBalance, error) {
	rows, err := s.q.AccountBalances(ctx, s.pool, day)
	b := market.TrialBalance{Day: day, Accounts: make([]market.AccountBalance, 0, len(rows))}
	for _, r := range rows {
		b.Accounts = append(b.Accounts, market.AccountBalance{
			Account: market.LedgerAccount(r.Account), Debit: r.Debit, Credit: r.Credit, Balance: r.Debit - r.Credit,
		})
		b.Debit, b.Credit = b.Debit+r.Debit, b.Credit+r.Credit
	}
	return b, translate(err)
}

// SellerBalance returns the amount that the marketplace owes a seller at present. It fails with
// SELLER_NOT_FOUND.
func (s LedgerStore) SellerBalance(ctx context.Context, sellerID market.SellerID) (market.SellerBalance, error) {
	row, err := orNotFound(s.q.SellerBalance(ctx, s.pool, int64(sellerID)))(market.CodeSellerNotFound)
	return market.SellerBalance{Balance: row.Owed, InTransit: row.InTransit, Pending: row.Pending}, err
}

// PayableDays returns the movements of a seller's payable balance for each business day of a span
// that has any, with the balance at its end.
func (s LedgerStore) PayableDays(
	ctx context.Context, seller market.SellerID, from, to market.Day,
) ([]market.PayableDay, error) {
	var days []market.PayableDay
	// One snapshot, so that a concurrent posting is in both reads or in neither.
	err := pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly},
		func(tx pgx.Tx) error {
			balance, err := s.q.PayableBefore(ctx, tx, int64(seller), from)
			if err != nil {
				return err
			}
			rows, err := s.q.PayableDays(ctx, tx, int64(seller), from, to)
			days = make([]market.PayableDay, len(rows))
			for i, r := range rows {
				balance += r.Earned - r.Deducted
				days[i] = market.PayableDay{Day: r.BusinessDay, Earned: r.Earned, Deducted: r.Deducted,
					Balance: balance}
			}
			return err
		})
	return days, translate(err)
}
