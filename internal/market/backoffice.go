package market

// Overview is what staff sees first: what has been sold on a business day so far, and what
// waits for a decision. Amounts are in won.
type Overview struct {
	Day                  Day
	Orders               int64
	Sales, Refunded, Fee Money
	RefundsWaiting       int64
	OldestRefund         LocalTime // since when the oldest of them has been there; now, when there is none
	SellersWaiting       int64     // for their approval
}

// OrderEvent is something that has happened to an order, to a payment or a refund of it, or
// to a line.
type OrderEvent struct {
	At     LocalTime
	Kind   string // such as ORDERED, PAYMENT_SUCCESS, REFUND_PENDING, LINE_SHIPPED
	Detail string // how: method and key, refund and reason, carrier and number
	Amount Money  // in won; 0 when it is not about money
}
