package store

import (
	"context"

	"github.com/all-in-market/market/internal/market"
)

// Statement returns the statement of a seller's own settlement, without its issuer and the seller. Its orders add up to
// the settlement: a line without an order has the amounts that belong to none. It fails with SETTLEMENT_NOT_FOUND.
func (s SettlementStore) Statement(
	ctx context.Context, sellerID market.SellerID, id int64,
) (statement market.Statement, err error) {
	if statement.SettlementDetail, err = s.Settlement(ctx, sellerID, id); err != nil {
		return statement, err
	}
	account, err := s.q.StatementAccount(ctx, s.pool, id)
	if err != nil {
		return statement, translate(err)
	}
	statement.BankCode = account.BankCode
	statement.BankAccountEnd = bankAccount{account.Shown, account.Sealed}.end()
	statement.PaidAt = market.LocalTimeOf(account.PaidAt)
	rows, err := s.q.StatementOrders(ctx, s.pool, id)
	if err != nil {
		return statement, translate(err)
	}
	statement.Orders = []market.StatementOrder{}
	left := make(map[market.Day]market.SettlementLine, len(statement.Lines))
	for _, l := range statement.Lines {
		left[l.StatDate] = l
	}
	for _, r := range rows {
		day := left[r.StatDate]
		day.Fee, day.Payable = day.Fee-r.Commission, day.Payable-r.Payable
		left[r.StatDate] = day
		last := len(statement.Orders) - 1
		if last < 0 || *statement.Orders[last].OrderID != r.OrderID {
			number := market.OrderNumber(r.OrderID, market.DayOf(r.OrderedAt))
			ordered := market.LocalTime(r.OrderedAt)
			statement.Orders = append(statement.Orders,
				market.StatementOrder{OrderID: &r.OrderID, OrderNumber: &number, OrderedAt: &ordered})
			last++
		}
		o := &statement.Orders[last]
		o.GrossSales, o.Refunds = o.GrossSales+r.Gross, o.Refunds+r.Refunded
		o.Commission, o.Payable = o.Commission+r.Commission, o.Payable+r.Payable
	}
	var rest market.StatementOrder
	for _, l := range left {
		rest.Commission, rest.Payable = rest.Commission+l.Fee, rest.Payable+l.Payable
	}
	if rest != (market.StatementOrder{}) {
		sum := rest.Commission + rest.Payable
		rest.GrossSales, rest.Refunds = max(sum, 0), max(-sum, 0)
		statement.Orders = append(statement.Orders, rest)
	}
	for _, o := range statement.Orders {
		statement.GrossSales, statement.Refunds = statement.GrossSales+o.GrossSales, statement.Refunds+o.Refunds
	}
	statement.CommissionVAT = market.VATIn(statement.Fee)
	statement.CommissionNet = statement.Fee - statement.CommissionVAT
	statement.OrderCount = len(statement.Orders)
	return statement, nil
}
