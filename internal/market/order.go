package market

import (
	"slices"
	"time"
)

// Order is an order. The fields from CreatedAt on are additions to the original's contract.
type Order struct {
	ID             int64       `json:"orderId"`
	BuyerID        int64       `json:"buyerId"`
	TotalAmount    Money       `json:"totalAmount"`
	Status         OrderStatus `json:"status"`
	TrackingNumber *string     `json:"trackingNumber"`
	Recipient      string      `json:"recipient"`
	Address        string      `json:"address"`
	CreatedAt      LocalTime   `json:"createdAt"`
	OrderNumber    string      `json:"orderNumber"`  // by which people name the order; see OrderNumber
	DeliveryNote   *string     `json:"deliveryNote"` // the buyer's, for the courier

	FailureReason *OrderFailure `json:"failureReason"` // null unless Status is FAILED and the reason is known
	ExpiresAt     *LocalTime    `json:"expiresAt"`     // until when it can be paid; null unless Status is CREATED
}

// OrderDetail is an order with its lines and parcels.
type OrderDetail struct {
	Order
	Items   []OrderItem   `json:"items"`
	Parcels []Parcel      `json:"parcels"` // the oldest first
	Actions []OrderAction `json:"actions"` // of its buyer
}

// ProductName returns the product's name of one of the order's lines.
func (o OrderDetail) ProductName(itemID int64) string {
	for _, i := range o.Items {
		if i.ID == itemID {
			return i.ProductName
		}
	}
	return ""
}

// OrderItem is a line of an order, with the product's name and price when it was ordered. The
// fields from RefundedQuantity on are additions to the original's contract.
type OrderItem struct {
	ID          int64  `json:"id"`
	OrderID     int64  `json:"orderId"`
	ProductID   int64  `json:"productId"`
	SellerID    int64  `json:"sellerId"`
	ProductName string `json:"productName"`
	UnitPrice   Money  `json:"unitPrice"`
	Quantity    int32  `json:"quantity"`

	RefundedQuantity  int32      `json:"refundedQuantity"`
	ClaimedQuantity   int32      `json:"claimedQuantity"` // of refunds that are neither paid nor denied
	Carrier           *string    `json:"carrier"`
	TrackingNumber    *string    `json:"trackingNumber"`
	TrackingURL       *string    `json:"trackingUrl"`       // null for an unknown carrier
	ShippedAt         *LocalTime `json:"shippedAt"`         // of the latest parcel, as Carrier and TrackingNumber
	DeliveredAt       *LocalTime `json:"deliveredAt"`       // of the latest delivery
	CancelledQuantity int32      `json:"cancelledQuantity"` // refunded pieces that were never shipped
	ShippedQuantity   int32      `json:"shippedQuantity"`
	DeliveredQuantity int32      `json:"deliveredQuantity"`
	ConfirmedQuantity int32      `json:"confirmedQuantity"` // pieces that can no longer be refunded
	ConfirmBy         *LocalTime `json:"confirmBy"`         // when the delivered pieces count as confirmed
}

// Remaining returns how many pieces of the line are not refunded.
func (i OrderItem) Remaining() int32 { return i.Quantity - i.RefundedQuantity }

// SellerOrderItem is a line of an order in its seller's view. All but the embedded fields are
// additions to the original's contract.
type SellerOrderItem struct {
	OrderItem
	OrderStatus OrderStatus `json:"orderStatus"`
	OrderNumber string      `json:"orderNumber"`
	Amount      Money       `json:"amount"`   // that the buyer pays for the line
	Disputed    bool        `json:"disputed"` // it cannot be shipped until a dispute of its order is resolved
	CreatedAt   LocalTime   `json:"createdAt"`
	Recipient
}

// SellerOrder is a seller's part of an order.
type SellerOrder struct {
	OrderID     int64       `json:"orderId"`
	OrderNumber string      `json:"orderNumber"`
	Status      OrderStatus `json:"status"` // of the whole order
	Amount      Money       `json:"amount"` // that the buyer pays for the seller's lines
	CreatedAt   LocalTime   `json:"createdAt"`
	Recipient
	Items   []SellerOrderItem `json:"items"`
	Parcels []Parcel          `json:"parcels"` // of the seller, the oldest first
	Actions []OrderAction     `json:"actions"` // of the seller
}

// OrderStatus is a state of an order; OrderStates has the changes that are allowed.
type OrderStatus string

// The states of an order.
const (
	OrderCreated   OrderStatus = "CREATED"
	OrderPaid      OrderStatus = "PAID"
	OrderShipped   OrderStatus = "SHIPPED"
	OrderDelivered OrderStatus = "DELIVERED"
	OrderRefunded  OrderStatus = "REFUNDED"
	OrderFailed    OrderStatus = "FAILED"
)

// OrderFailure is why an order is FAILED.
type OrderFailure string

// The reasons of failures.
const (
	OrderExpired   OrderFailure = "EXPIRED"
	OrderDeclined  OrderFailure = "DECLINED" // its payment did not succeed
	OrderCancelled OrderFailure = "CANCELLED"
)

// Valid reports whether s is a known status.
func (s OrderStatus) Valid() bool { return OrderStates.Has(s) }

// AssumeDeliveredAfter is how long after shipping a line counts as delivered, and ConfirmAfter how long after that it
// counts as confirmed, unless either is recorded earlier. The trigger set_due of the table of lines repeats both.
const (
	AssumeDeliveredAfter = 14 * 24 * time.Hour
	ConfirmAfter         = 7 * 24 * time.Hour
)

// ConfirmationCause is the reason of a confirmation, or of taking one back.
type ConfirmationCause string

// The causes of confirmations.
const (
	ConfirmedByBuyer ConfirmationCause = "BUYER"
	ConfirmedByTime  ConfirmationCause = "TIME"
	DisputedPieces   ConfirmationCause = "DISPUTE" // takes confirmations back
)

// OrderLifetime is how long an order waits for its payment before it expires.
const OrderLifetime = 30 * time.Minute

// Line counts the pieces of a line of a paid order, which determine the possible actions. Pieces of a refund request
// are Claimed until it is denied, and Refunded when it has been paid. A refund takes pieces that are not shipped first:
// these are Cancelled. Confirmed pieces are delivered, and not claimed.
type Line struct {
	Quantity, Cancelled, Shipped, Delivered, Claimed, Refunded, Confirmed int32
}

// Unclaimed returns how many pieces can be claimed by a refund.
func (l Line) Unclaimed() int32 { return l.Quantity - l.Claimed - l.Confirmed }

// Kept returns how many pieces are neither refunded nor confirmed.
func (l Line) Kept() int32 { return l.Quantity - l.Refunded - l.Confirmed }

// Unshipped returns how many pieces are neither shipped nor cancelled.
func (l Line) Unshipped() int32 { return l.Quantity - l.Shipped - l.Cancelled }

// Returned returns how many pieces were refunded after they were shipped.
func (l Line) Returned() int32 { return l.Refunded - l.Cancelled }

// Cancellable returns how many pieces are not shipped, and not claimed either.
func (l Line) Cancellable() int32 { return max(0, l.Unshipped()-(l.Claimed-l.Refunded)) }

// Confirmable returns how many pieces are shipped and neither claimed nor confirmed.
func (l Line) Confirmable() int32 { return min(l.Unclaimed(), l.Kept()-l.Unshipped()) }

// gone reports whether all pieces have gone back.
func (l Line) gone() bool { return l.Refunded == l.Quantity }

// MayShip returns nil if pieces of the line may be shipped. Otherwise it fails with ORDER_ITEM_UNDER_REFUND or
// ORDER_ITEM_NOT_SHIPPABLE.
func (l Line) MayShip() error {
	switch {
	case l.Claimed > l.Refunded:
		return Refuse(CodeOrderItemUnderRefund)
	case l.gone() || l.Unshipped() == 0:
		return Refuse(CodeOrderItemNotShippable)
	}
	return nil
}

// MayShip returns nil if pieces of a line of an order in this state may be shipped. Otherwise it fails with
// ORDER_DISPUTED, ORDER_ITEM_UNDER_REFUND or ORDER_ITEM_NOT_SHIPPABLE.
func (s OrderStatus) MayShip(l Line, disputed bool) error {
	switch {
	case !s.Paid():
		return Refuse(CodeOrderItemNotShippable)
	case disputed:
		return Refuse(CodeOrderDisputed)
	}
	return l.MayShip()
}

// MayShipOrCorrect returns nil if pieces of a line may be shipped, or the shipping data of those on the way corrected.
// Otherwise it fails as MayShip.
func (s OrderStatus) MayShipOrCorrect(l Line, disputed bool) error {
	if s.Paid() && l.Unshipped() == 0 && l.Delivered < l.Shipped && !l.gone() && l.Claimed == l.Refunded {
		return nil
	}
	return s.MayShip(l, disputed)
}

// Line returns the progress of the line.
func (i OrderItem) Line() Line {
	return Line{
		Quantity: i.Quantity, Cancelled: i.CancelledQuantity,
		Shipped: i.ShippedQuantity, Delivered: i.DeliveredQuantity,
		Claimed: i.RefundedQuantity + i.ClaimedQuantity, Refunded: i.RefundedQuantity, Confirmed: i.ConfirmedQuantity,
	}
}

// MayDeliver returns nil if the line may be marked as delivered, even repeatedly. Otherwise it
// fails with ORDER_ITEM_NOT_SHIPPABLE.
func (l Line) MayDeliver() error {
	switch {
	case l.Shipped == 0:
		return RefuseWith(CodeOrderItemNotShippable, DetailNotYetShipped)
	case l.gone():
		return Refuse(CodeOrderItemNotShippable)
	}
	return nil
}

// MayConfirm returns nil if the buyer may confirm so many pieces of the line. Otherwise it fails with
// ORDER_ITEM_NOT_CONFIRMABLE.
func (l Line) MayConfirm(pieces int32) error {
	if pieces < 1 || pieces > l.Confirmable() {
		return Refuse(CodeOrderItemNotConfirmable)
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
		case l.Unshipped() > 0:
			return OrderPaid
		case l.Delivered < l.Shipped:
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

// Refundable reports whether remaining pieces of an order in this state can be refunded.
func (s OrderStatus) Refundable() bool { return s.Paid() }

// Cancellable reports whether its buyer can cancel an order in this state; shipped reports whether a
// line was shipped. An unpaid order fails; a paid one is refunded without a decision.
func (s OrderStatus) Cancellable(shipped bool) bool {
	return (s == OrderCreated || s == OrderPaid) && !shipped
}

// OrderAction is an action on an order that its reader may take now.
type OrderAction string

// The actions on orders.
const (
	ActionPay           OrderAction = "PAY"
	ActionCancel        OrderAction = "CANCEL" // a buyer the order, a seller what it has not shipped
	ActionRequestRefund OrderAction = "REQUEST_REFUND"
	ActionConfirm       OrderAction = "CONFIRM"
	ActionShip          OrderAction = "SHIP"
)

// BuyerActions returns the actions of the buyer of an order. An order is cancelled until a piece is shipped, and
// refunded from then on. A disputed order waits for staff.
func (s OrderStatus) BuyerActions(lines []Line, disputed bool) []OrderAction {
	actions := []OrderAction{}
	if disputed {
		return actions
	}
	is := func(does func(Line) bool) bool { return slices.ContainsFunc(lines, does) }
	if s == OrderCreated {
		actions = append(actions, ActionPay)
	}
	switch left := is(func(l Line) bool { return l.Unclaimed() > 0 }); {
	case left && s.Cancellable(is(func(l Line) bool { return l.Shipped > 0 })):
		actions = append(actions, ActionCancel)
	case left && s.Refundable():
		actions = append(actions, ActionRequestRefund)
	}
	if s.Paid() && is(func(l Line) bool { return l.MayConfirm(1) == nil }) {
		actions = append(actions, ActionConfirm)
	}
	return actions
}

// SellerActions returns the actions of a seller of an order on its lines.
func (s OrderStatus) SellerActions(lines []Line, disputed bool) []OrderAction {
	actions := []OrderAction{}
	if slices.ContainsFunc(lines, func(l Line) bool { return s.MayShip(l, disputed) == nil }) {
		actions = append(actions, ActionShip)
	}
	cancellable := slices.ContainsFunc(lines, func(l Line) bool { return l.Cancellable() > 0 })
	if s.Paid() && !disputed && cancellable {
		actions = append(actions, ActionCancel)
	}
	return actions
}

// OrderEvent is an event of an order, of one of its payments or refunds, or of a line.
type OrderEvent struct {
	At     LocalTime
	Kind   string // such as ORDERED, PAYMENT_SUCCESS, REFUND_PENDING, LINE_SHIPPED
	Detail string // how: method and key, refund and reason, carrier and number
	Amount Money  // in won; 0 when it is not about money
}

// OrderStates are the transitions of an order's status. A trigger of the table rejects all others.
var OrderStates = orderStates()
