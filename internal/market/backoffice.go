package market

// Overview is staff's start page: the sales of a business day so far, and the pending decisions.
// Amounts are in won.
type Overview struct {
	Day                  Day
	Orders               int64
	Sales, Refunded, Fee Money
	RefundsWaiting       int64
	OldestRefund         LocalTime // since when the oldest of them has been there; now, when there is none
	SellersWaiting       int64     // for their approval
}

// OrderEvent is an event of an order, of one of its payments or refunds, or of a line.
type OrderEvent struct {
	At     LocalTime
	Kind   string // such as ORDERED, PAYMENT_SUCCESS, REFUND_PENDING, LINE_SHIPPED
	Detail string // how: method and key, refund and reason, carrier and number
	Amount Money  // in won; 0 when it is not about money
}
