package market

// Line is the progress of a line of a paid order, which determines the possible actions. Quantity,
// Claimed and Refunded count pieces; pieces of a refund request are Claimed until it is denied, and
// Refunded when it has been paid.
type Line struct {
	Quantity, Claimed, Refunded int32
	Shipped, Delivered          bool
}

// gone reports whether all pieces have gone back.
func (l Line) gone() bool { return l.Refunded == l.Quantity }

// MayShip returns nil if the line may be shipped, or its shipping data corrected. Otherwise it
// fails with ORDER_ITEM_UNDER_REFUND or ORDER_ITEM_NOT_SHIPPABLE.
func (l Line) MayShip() error {
	switch {
	case l.Claimed > l.Refunded:
		return Refuse(CodeOrderItemUnderRefund)
	case l.gone() || l.Delivered:
		return Refuse(CodeOrderItemNotShippable)
	}
	return nil
}

// MayDeliver returns nil if the line may be marked as delivered, even repeatedly. Otherwise it
// fails with ORDER_ITEM_NOT_SHIPPABLE.
func (l Line) MayDeliver() error {
	switch {
	case !l.Shipped:
		return RefuseWith(CodeOrderItemNotShippable, DetailNotYetShipped)
	case l.gone():
		return Refuse(CodeOrderItemNotShippable)
	}
	return nil
}

// PaidStatus returns the status of a paid order, which follows from its lines: REFUNDED when all
// pieces have been refunded, else the last of PAID, SHIPPED and DELIVERED that all remaining lines
// have reached.
func PaidStatus(lines []Line) OrderStatus {
	status := OrderRefunded
	for _, l := range lines {
		switch {
		case l.gone():
		case !l.Shipped:
			return OrderPaid
		case !l.Delivered:
			status = OrderShipped
		case status == OrderRefunded:
			status = OrderDelivered
		}
	}
	return status
}

// paidStatuses are the values of PaidStatus in their order. An order may skip some: a refunded line
// no longer delays the others.
var paidStatuses = []OrderStatus{OrderPaid, OrderShipped, OrderDelivered, OrderRefunded}

// orderStates returns the state machine of orders.
func orderStates() StateMachine[OrderStatus] {
	m := StateMachine[OrderStatus]{OrderCreated: {OrderPaid, OrderFailed}, OrderFailed: {}}
	for i, s := range paidStatuses {
		m[s] = paidStatuses[i+1:]
	}
	return m
}

// Paid reports whether an order in this state was paid, and not all of it has gone back.
func (s OrderStatus) Paid() bool {
	return s == OrderPaid || s == OrderShipped || s == OrderDelivered
}
