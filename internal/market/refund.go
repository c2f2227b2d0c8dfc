package market

// SellerRefund is the part of a refund for a seller's line.
type SellerRefund struct {
	RefundID    int64        `json:"refundId"`
	OrderID     int64        `json:"orderId"`
	OrderNumber string       `json:"orderNumber"`
	OrderItemID int64        `json:"orderItemId"`
	ProductName string       `json:"productName"`
	Quantity    int32        `json:"quantity"`
	Amount      Money        `json:"amount"`
	Commission  *Money       `json:"commission"` // of Amount, which the seller gets back; nil until the refund is done
	Reason      RefundReason `json:"reason"`
	Description *string      `json:"description"` // the buyer's words
	Status      RefundStatus `json:"status"`
	CreatedAt   LocalTime    `json:"createdAt"`
	ProcessedAt *LocalTime   `json:"processedAt"`
}

// Refund is a repayment to a buyer. The fields from OrderID on are additions to the original's
// contract.
type Refund struct {
	ID        int64        `json:"refundId"`
	BuyerID   int64        `json:"buyerId"`
	PaymentID int64        `json:"paymentId"`
	Reason    RefundReason `json:"reason"`
	Status    RefundStatus `json:"status"`

	OrderID      int64      `json:"orderId"`
	Amount       Money      `json:"amount"`
	Description  *string    `json:"description"`
	DeniedReason *string    `json:"deniedReason"`
	ProcessedAt  *LocalTime `json:"processedAt"`
	CreatedAt    LocalTime  `json:"createdAt"`

	ShippingBorneBy *Party `json:"shippingBorneBy"` // of the return; null when nothing is sent back
}

// RefundItem is the refunded part of an order's line.
type RefundItem struct {
	OrderItemID int64 `json:"orderItemId"`
	Quantity    int32 `json:"quantity"`
	Amount      Money `json:"amount"`
}

// RefundDetail is a refund with its lines; a reversal has none.
type RefundDetail struct {
	Refund
	Items []RefundItem `json:"items"`
}

// AdminRefund is a refund in admins' view. The fields from OrderID on are additions to the
// original's contract: Failure is the reason why the last attempt to pay back failed, and an
// overdue decision is reminded of, then escalated.
type AdminRefund struct {
	ID           int64        `json:"id"`
	BuyerID      int64        `json:"buyerId"`
	PaymentID    int64        `json:"paymentId"`
	Reason       RefundReason `json:"reason"`
	Description  *string      `json:"description"`
	DeniedReason *string      `json:"deniedReason"`
	Status       RefundStatus `json:"status"`
	ProcessedAt  *LocalTime   `json:"processedAt"`

	OrderID     int64   `json:"orderId"`
	OrderNumber string  `json:"orderNumber"`
	Amount      Money   `json:"amount"`
	Failure     *string `json:"failure"`

	ShippingBorneBy  *Party `json:"shippingBorneBy"`     // of the return; null when nothing is sent back
	NeedsSecond      bool   `json:"needsSecondApproval"` // two admins have to approve it
	FirstApproverID  *int64 `json:"firstApproverId"`     // of those, who has
	SecondApproverID *int64 `json:"secondApproverId"`

	RemindedAt  *LocalTime `json:"remindedAt"`
	EscalatedAt *LocalTime `json:"escalatedAt"`
	CreatedAt   LocalTime  `json:"createdAt"`
}

// RefundReason is the reason of a refund.
type RefundReason string

// The reasons of a refund. Buyers give the first three, sellers the fourth, admins the fifth. The others belong to
// reversals, which give back a charge without an order, without a decision.
const (
	ReasonChangeOfMind   RefundReason = "CHANGE_OF_MIND"
	ReasonWrongItem      RefundReason = "WRONG_ITEM"
	ReasonDamaged        RefundReason = "DAMAGED"
	ReasonSellerCannot   RefundReason = "SELLER_CANCELLED" // the seller cannot deliver
	ReasonAdminDecision  RefundReason = "ADMIN_DECISION"
	ReasonAmountMismatch RefundReason = "PAYMENT_AMOUNT_MISMATCH"
	ReasonOrderExpired   RefundReason = "ORDER_EXPIRED"
	ReasonPaymentFailed  RefundReason = "PAYMENT_FAILED"
	ReasonSaleStopped    RefundReason = "SALE_STOPPED" // staff has taken a product or its seller off sale
)

// BuyersReasons are the reasons that buyers may give.
var BuyersReasons = []RefundReason{ReasonChangeOfMind, ReasonWrongItem, ReasonDamaged}

// Reversal reports whether the refund is a reversal, which gives back a charge without an order.
// is_reversal is the same rule in the schema.
func (r RefundReason) Reversal() bool {
	return r == ReasonAmountMismatch || r == ReasonOrderExpired || r == ReasonPaymentFailed || r == ReasonSaleStopped
}

// RefundStatus is a state of a refund; see RefundStates.
type RefundStatus string

// The states of a refund. FAILED waits for the next decision.
const (
	RefundPending    RefundStatus = "PENDING"
	RefundProcessing RefundStatus = "PROCESSING"
	RefundSuccess    RefundStatus = "SUCCESS"
	RefundFailed     RefundStatus = "FAILED"
	RefundDenied     RefundStatus = "DENIED"
)

// Valid reports whether s is a known status.
func (s RefundStatus) Valid() bool { return RefundStates.Has(s) }

// SellerRefundDetail is the part of a refund that concerns one seller: only the lines of its own are in it. Amount and
// Commission, which the seller gets back, are the sums of these lines.
type SellerRefundDetail struct {
	RefundID    int64              `json:"refundId"`
	OrderID     int64              `json:"orderId"`
	Amount      Money              `json:"amount"`
	Commission  *Money             `json:"commission"` // of Amount; nil until the refund is done
	Reason      RefundReason       `json:"reason"`
	Status      RefundStatus       `json:"status"`
	CreatedAt   LocalTime          `json:"createdAt"`
	ProcessedAt *LocalTime         `json:"processedAt"`
	Items       []SellerRefundItem `json:"items"`
}

// SellerRefundItem is the part of a refund that concerns one line.
type SellerRefundItem struct {
	OrderItemID int64  `json:"orderItemId"`
	ProductName string `json:"productName"`
	Quantity    int32  `json:"quantity"`
	Amount      Money  `json:"amount"`
	Commission  *Money `json:"commission"` // of Amount; nil until the refund is done
}

// AdminRefundDetail is a refund in staff's view, with its lines.
type AdminRefundDetail struct {
	AdminRefund
	Items []RefundItem `json:"items"`
}

// RefundDecision is what staff or an operator decides about a refund.
type RefundDecision struct {
	Approve      bool
	PaidManually bool // an approval: the money goes back from our bank account, not through the gateway
}

// Applies reports whether the decision takes effect on a refund in a state. A pending refund is approved or denied.
// One that the gateway has refused is also paid by hand; a charge that no order stands behind is owed, and cannot be
// denied.
func (d RefundDecision) Applies(status RefundStatus, reason RefundReason) bool {
	switch status {
	case RefundPending:
		return !d.PaidManually
	case RefundFailed:
		return d.Approve || !reason.Reversal()
	}
	return false
}

// Open reports whether a refund in this state keeps its buyer from requesting another one.
func (s RefundStatus) Open() bool { return s == RefundPending || s == RefundProcessing }

// AwaitsDecision reports whether a refund in this state waits for a decision.
func (s RefundStatus) AwaitsDecision() bool {
	return RefundDecision{Approve: true}.Applies(s, "")
}

// RefundStates are the transitions of a refund's status. A trigger of the table rejects all others.
var RefundStates = StateMachine[RefundStatus]{
	RefundPending:    {RefundProcessing, RefundDenied},
	RefundProcessing: {RefundSuccess, RefundFailed},
	RefundFailed:     {RefundPending, RefundProcessing, RefundDenied}, // waits for the next decision
	RefundSuccess:    {},
	RefundDenied:     {},
}
