package store

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store/db"
)

// SettlementFilter selects among settlements; its zero value means all.
type SettlementFilter struct {
	Status   *market.SettlementStatus
	SellerID int64
}

// AllSettlements lists the settlements of all sellers, the oldest first; sorts: createdAt, id.
func (s SettlementStore) AllSettlements(
	ctx context.Context, f SettlementFilter, page market.PageRequest,
) (market.Page[market.Settlement], error) {
	l := list[db.Settlement, market.Settlement]{
		table: "settlements", show: settlement, where: "true", sorts: byCreation, ascending: true,
	}
	if f.SellerID != 0 {
		l.where, l.args, l.bespoke = "seller_id = $1", []any{f.SellerID}, true
	}
	return withStatus(l, f.Status).page(ctx, s.DB, page)
}

// AnySettlement returns a settlement with a line for each day. It fails with SETTLEMENT_NOT_FOUND.
func (s SettlementStore) AnySettlement(ctx context.Context, id int64) (market.SettlementDetail, error) {
	row, err := orNotFound(s.q.GetAnySettlement(ctx, s.pool, id))(market.CodeSettlementNotFound)
	if err != nil {
		return market.SettlementDetail{}, err
	}
	return s.withDays(ctx, row)
}

func (s SettlementStore) withDays(ctx context.Context, row db.Settlement) (market.SettlementDetail, error) {
	lines, err := s.q.ListSettlementLines(ctx, s.pool, row.ID)
	detail := market.SettlementDetail{Settlement: settlement(row), Lines: make([]market.SettlementLine, len(lines))}
	for i, l := range lines {
		detail.Lines[i] = market.SettlementLine{StatDate: l.StatDate, Fee: l.Fee, Payable: l.Payable}
	}
	return detail, translate(err)
}

// Kinds of rows set aside by a settlement: the subject of the first is a seller, of the second a
// settlement.
const (
	setAsideSettlement = "SETTLEMENT"
	setAsidePayout     = "PAYOUT"
)

// orSetAside applies take to the next page of up to chunk rows, in one transaction, and returns
// their ids. take must return the ids of its page also when it fails. A row that the database
// rejects is set aside, which excludes it from later pages until an operator has corrected it, and
// does not block the others.
func (s *DB) orSetAside(
	ctx context.Context, kind string, chunk int32, take func(tx pgx.Tx, chunk int32) ([]int64, error),
) (ids []int64, err error) {
	for limit := chunk; ; {
		err := s.transact(ctx, func(tx pgx.Tx) (err error) {
			ids, err = take(tx, limit)
			return err
		})
		switch {
		case !violated(err) || len(ids) == 0:
			return ids, translate(err)
		case len(ids) > 1:
			limit = int32(len(ids) / 2) //nolint:gosec // of a page
		default:
			if err := s.q.SetAside(ctx, s.pool, kind, ids[0], err.Error()); err != nil {
				return nil, translate(err)
			}
			limit = chunk
		}
	}
}

// Settle settles a period for up to chunk sellers with ids above after, in ascending order, and returns them. An empty
// page is the last. Each seller is settled once for a period, however often Settle is called. A seller whose sums the
// database refuses is set aside.
//
// A settlement takes what the closed days up to the period's end come to, as far as no earlier one has taken it, and
// what earlier ones have left over. What a seller then owes, after refunds of what was settled before, is carried over.
func (s SettlementStore) Settle(ctx context.Context, period market.Period, after int64, chunk int32) ([]int64, error) {
	return s.orSetAside(ctx, setAsideSettlement, chunk, func(tx pgx.Tx, chunk int32) ([]int64, error) {
		if err := s.q.LockProjections(ctx, tx); err != nil { // the days stay as they are
			return nil, err
		}
		// A plan for arrays of any length takes them for short ones.
		if _, err := tx.Exec(ctx, "SET LOCAL plan_cache_mode = force_custom_plan"); err != nil {
			return nil, err
		}
		sellers, err := s.q.SellersToSettle(ctx, tx, db.SellersToSettleParams{
			AfterSeller: after, Chunk: chunk, PeriodStart: period.Start, PeriodEnd: period.End,
		})
		if err != nil || len(sellers) == 0 {
			return nil, err
		}
		now := s.now()
		return sellers, s.q.Settle(ctx, tx, db.SettleParams{
			Sellers: sellers, PeriodStart: period.Start, PeriodEnd: period.End, Type: period.Type(), Now: &now,
		})
	})
}

// Settlements lists a seller's settlements, of all states or of one, newest first unless sorted.
func (s SettlementStore) Settlements(
	ctx context.Context, sellerID market.SellerID, status *market.SettlementStatus, page market.PageRequest,
) (market.Page[market.Settlement], error) {
	return withStatus(list[db.Settlement, market.Settlement]{
		table: "settlements", show: settlement, where: "seller_id = $1", args: []any{sellerID},
		sorts: sortsBy(market.SettlementSorts),
	}, status).page(ctx, s.DB, page)
}

// Settlement returns a seller's own settlement with a line for each of its days. It fails with
// SETTLEMENT_NOT_FOUND.
func (s SettlementStore) Settlement(
	ctx context.Context, sellerID market.SellerID, id int64,
) (market.SettlementDetail, error) {
	row, err := orNotFound(s.q.GetSettlement(ctx, s.pool, id, int64(sellerID)))(market.CodeSettlementNotFound)
	if err != nil {
		return market.SettlementDetail{}, err
	}
	return s.withDays(ctx, row)
}

func settlement(r db.Settlement) market.Settlement {
	return market.Settlement{
		ID: r.ID, SellerID: r.SellerID, Amount: r.Amount, Fee: r.Fee, Status: r.Status, Type: r.Type,
		PeriodStart: r.PeriodStart, PeriodEnd: r.PeriodEnd, CompletedAt: market.LocalTimeOf(r.CompletedAt),
		Payable: r.Payable, CarriedIn: r.CarriedIn, Adjusted: r.Adjusted, CarriedOver: r.CarriedOver,
	}
}
