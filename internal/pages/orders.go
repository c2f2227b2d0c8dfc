package pages

import "github.com/all-in-market/market/internal/market"

// OrderStatuses are the states of orders, in their usual order.
var OrderStatuses = []market.OrderStatus{
	market.OrderCreated, market.OrderPaid, market.OrderShipped, market.OrderDelivered, market.OrderRefunded,
	market.OrderFailed,
}

// PaymentStatuses are the states of payments, in their usual order.
var PaymentStatuses = []market.PaymentStatus{
	market.PaymentPending, market.PaymentSuccess, market.PaymentFailed, market.PaymentRefunded,
}

// OrderStatus returns the state of an order in words. An order that was not paid is a cancelled one.
func (f Frame) OrderStatus(s market.OrderStatus) string {
	if s == market.OrderFailed {
		return f.T(textCancelled)
	}
	return f.Label(string(s))
}

// whyFailed returns why an order has failed; "" for one that has not.
func (f Frame) whyFailed(o market.Order) string {
	switch {
	case o.FailureReason == nil:
		return ""
	case *o.FailureReason == market.OrderExpired:
		return f.T(textPaymentDeadlinePassed)
	case *o.FailureReason == market.OrderDeclined:
		return f.T(textPaymentFailed)
	}
	return f.T(textCancelledBeforePayment)
}
