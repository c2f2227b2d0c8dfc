package market

import "slices"

// The rules of money. They are pure: the database stores what they say, and holds it
// against its constraints.

// Terms are the conditions by which an order is priced. They are frozen on its lines when it is placed.
type Terms struct {
	CommissionPercent int32 // the marketplace's share of what the buyer pays for a line
}

// CurrentTerms returns the terms of orders that are placed now.
func CurrentTerms() Terms { return Terms{CommissionPercent: 5} }

// CheckPrice returns nil for an amount that a product may cost: whole won, from 0 to MaxPrice. Else it fails with
// INVALID_INPUT about the field price.
func CheckPrice(price Money) error {
	switch {
	case price < 0 || price > MaxPrice:
		return RefuseWith(CodeInvalidInput, DetailFieldInvalid, "price")
	case !price.Whole():
		return RefuseWith(CodeInvalidInput, DetailNotWholeWon, "price")
	}
	return nil
}

// PricedLine is a line of an order that is to be priced.
type PricedLine struct {
	SellerID  int64
	UnitPrice Money
	Quantity  int32
}

// LineAmounts are the amounts of an order's line, with the terms by which they were reckoned.
type LineAmounts struct {
	Terms
	Gross      Money // unit price times pieces
	Discount   Money
	Net        Money // Gross less Discount: what the buyer pays
	Tax        Money // contained in Net
	Commission Money // of Net, in whole won
}

// SellerAmounts are the amounts of a seller's part of an order.
type SellerAmounts struct {
	SellerID int64
	Net      Money // what the buyer pays for the seller's lines
}

// OrderAmounts are the amounts of an order: those of its lines, in their order, those of its sellers, in the order of
// their first lines, and what the buyer pays.
type OrderAmounts struct {
	Lines   []LineAmounts
	Sellers []SellerAmounts
	Total   Money
}

// PriceOrder prices an order by terms. There are neither discounts nor a tax of our own yet. It fails with
// AMOUNT_OUT_OF_RANGE.
func PriceOrder(lines []PricedLine, terms Terms) (o OrderAmounts, err error) {
	for _, l := range lines {
		a := LineAmounts{Terms: terms}
		if a.Gross, err = l.UnitPrice.Times(int(l.Quantity)); err != nil {
			return OrderAmounts{}, err
		}
		a.Net = a.Gross - a.Discount
		a.Commission = a.Net.Share(terms.CommissionPercent, 100).Truncate()
		if o.Total, err = o.Total.Plus(a.Net); err != nil {
			return OrderAmounts{}, err
		}
		o.Lines = append(o.Lines, a)
		of := slices.IndexFunc(o.Sellers, func(s SellerAmounts) bool { return s.SellerID == l.SellerID })
		if of < 0 {
			of, o.Sellers = len(o.Sellers), append(o.Sellers, SellerAmounts{SellerID: l.SellerID})
		}
		o.Sellers[of].Net += a.Net // at most the total
	}
	return o, nil
}

// SellerShare is what the line earns its seller.
func (a LineAmounts) SellerShare() Money { return a.Net - a.Commission }

// Pieces are some or all pieces of an order's line.
type Pieces struct {
	OrderItemID int64 `json:"orderItemId" validate:"required,gt=0"`
	Quantity    int32 `json:"quantity" validate:"required,gt=0"`
}

// RefundShare returns what a refund of some pieces of a line pays back of net, which all pieces of the line come to,
// when so many pieces have been claimed before and claimed is what they come to. All shares together are net. They are
// whole won if net is: a card cannot be paid back less than that. A share then differs from the price of its pieces by
// less than a won, and by one more for each refund of the line that was denied; it is 0 when the others come to more.
// RefundShare also divides the commission that a refund reverses. Neither net nor of includes confirmed pieces.
func RefundShare(net, claimed Money, before, pieces, of int32) Money {
	share := net.Share(before+pieces, of)
	if net.Whole() {
		share = share.Truncate()
	}
	return max(share-claimed, 0)
}

// ConfirmShare returns the share of some pieces of a line in rest. rest is the amount of the line's open pieces, and of
// their number: all of them have all of it. The share is whole won if rest is.
func ConfirmShare(rest Money, pieces, of int32) Money { return RefundShare(rest, 0, 0, pieces, of) }

// SettlementNet returns the amount that a settlement pays out, in whole won, and the one that it carries over: a debt,
// or a fraction of a won. payable is the sum of the period, and carriedIn the sum that earlier settlements carried
// over: debts, fractions and abandoned payouts. The query Settle repeats the rule, and a test compares the two.
func SettlementNet(payable, carriedIn Money) (amount, carriedOver Money) {
	sum := payable + carriedIn
	amount = max(sum, 0).Truncate()
	return amount, sum - amount
}
