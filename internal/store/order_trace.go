package store

import (
	"context"

	"github.com/all-in-market/market/internal/market"
)

// TraceOrder returns where the money of an order is. It fails with ORDER_NOT_FOUND.
func (s LedgerStore) TraceOrder(ctx context.Context, orderID int64) (market.OrderTrace, error) {
	o, err := orNotFound(s.q.ReadOrder(ctx, s.pool, orderID))(market.CodeOrderNotFound)
	if err != nil {
		return market.OrderTrace{}, err
	}
	rows, err := s.q.TraceOrder(ctx, s.pool, orderID)
	if err != nil {
		return market.OrderTrace{}, translate(err)
	}
	t := market.OrderTrace{OrderID: o.ID, OrderNumber: order(o).OrderNumber, BuyerID: o.BuyerID,
		Entries: make([]market.TracedEntry, len(rows))}
	for i, r := range rows {
		t.Entries[i] = market.TracedEntry{
			LedgerEntry: ledgerEntry(ledgerRow{
				ID: r.ID, TransactionID: r.TransactionID, Account: market.LedgerAccount(r.Account),
				SellerID: r.SellerID, OrderItemID: r.OrderItemID, Amount: r.Amount, Kind: r.Kind,
				SourceType: r.SourceType, SourceID: r.SourceID, BusinessDay: r.BusinessDay, CreatedAt: r.CreatedAt,
			}),
			SettlementID: optionalID(r.SettlementID), PayoutID: r.PayoutID,
			PayoutStatus: (*market.PayoutStatus)(r.PayoutStatus),
		}
	}
	t.Paid, t.Shares = market.Trace(t.Entries)
	return t, nil
}
