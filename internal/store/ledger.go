package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store/db"
)

// posting builds one ledger transaction. The database rejects it at COMMIT when its amounts do not
// sum to zero.
type posting struct{ db.PostLedgerParams }

func newPosting(kind, sourceType string, sourceID int64, at time.Time) *posting {
	return &posting{
		db.PostLedgerParams{Kind: kind, SourceType: sourceType, SourceID: sourceID, BusinessDay: market.DayOf(at)},
	}
}

// line identifies the seller and order item of an entry; 0 means none.
type line struct{ sellerID, orderItemID int64 }

// add adds an entry. Entries of zero are omitted, except for the first one and those of sellers,
// since a free line is a sale too.
func (p *posting) add(account market.LedgerAccount, about line, amount market.Money) {
	ofSeller := account == market.AccountSellerPayable || account == market.AccountSellerPending
	if amount == 0 && len(p.Accounts) > 0 && !ofSeller {
		return
	}
	p.Accounts = append(p.Accounts, string(account))
	p.SellerIds = append(p.SellerIds, about.sellerID)
	p.OrderItemIds = append(p.OrderItemIds, about.orderItemID)
	p.Amounts = append(p.Amounts, amount)
}

// post stores the transaction. It is idempotent: a source has one transaction of a kind.
func (s *DB) post(ctx context.Context, tx pgx.Tx, p *posting) error {
	_, err := s.q.PostLedger(ctx, tx, p.PostLedgerParams)
	return err
}
