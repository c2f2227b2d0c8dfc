package market

import (
	"strconv"
	"time"
)

// BuyerID identifies the buyer who owns a resource. Distinct types for BuyerID and SellerID let the
// compiler reject an owner's id in place of a resource's, or a buyer in place of a seller.
type BuyerID int64

// SellerID identifies the seller who owns a resource.
type SellerID int64

// The entities as clients see them: field names and order are the wire contract.

// Buyer is a buyer's profile.
type Buyer struct {
	ID    int64  `json:"buyerId"`
	Email Email  `json:"email"`
	Name  string `json:"name"`
	Phone string `json:"phone"`
	Role  Role   `json:"role"`

	// Additions to the original's contract. A pending address becomes the account's once it is verified.
	EmailVerified bool   `json:"emailVerified"`
	PendingEmail  *Email `json:"pendingEmail,omitempty"`
}

// AlertDetail is one occurrence of an alert's condition.
type AlertDetail struct {
	Kind    string    `json:"kind"`    // such as DAY_NOT_CLOSED or ROW_LATE; see AlertDetails in the store's queries
	Subject string    `json:"subject"` // a day, a row, a rule, a provider
	Detail  string    `json:"detail"`  // in words
	Since   LocalTime `json:"startedAt"`
}

// SellerRefund is the part of a refund for a seller's line.
type SellerRefund struct {
	RefundID    int64        `json:"refundId"`
	OrderID     int64        `json:"orderId"`
	OrderItemID int64        `json:"orderItemId"`
	ProductName string       `json:"productName"`
	Quantity    int32        `json:"quantity"`
	Amount      Money        `json:"amount"`
	Commission  *Money       `json:"commission"` // of Amount, which the seller gets back; nil until the refund is done
	Reason      RefundReason `json:"reason"`
	Status      RefundStatus `json:"status"`
	CreatedAt   LocalTime    `json:"createdAt"`
	ProcessedAt *LocalTime   `json:"processedAt"`
}

// BuyerAccount is a buyer in staff's view.
type BuyerAccount struct {
	Buyer
	Status       BuyerStatus `json:"status"`
	LockedAt     *LocalTime  `json:"lockedAt"`
	LockedReason *string     `json:"lockedReason"`
	CreatedAt    LocalTime   `json:"createdAt"`
}

// Seller is a seller's profile, without bank data.
type Seller struct {
	ID        int64        `json:"id"`
	Email     Email        `json:"email"`
	Name      string       `json:"name"`
	Phone     string       `json:"phone"`
	StoreName string       `json:"storeName"`
	BizNumber string       `json:"bizNumber"`
	Status    SellerStatus `json:"status"`
	Role      Role         `json:"role"`

	// Additions to the original's contract, as a Buyer's.
	EmailVerified bool   `json:"emailVerified"`
	PendingEmail  *Email `json:"pendingEmail,omitempty"`
}

// SellerAccount is a seller's profile with the account's progress and its payout state, for the
// seller and for staff.
type SellerAccount struct {
	Seller
	BankCode           string `json:"bankCode"`
	BankAccountEnd     string `json:"bankAccountEnd"`     // its last four characters
	BankAccountPending bool   `json:"bankAccountPending"` // a new one waits for the staff's approval
	// BankAccountRefused is set while the last proposed account is rejected or expired.
	BankAccountRefused *RefusedAccount `json:"bankAccountRefused"`
	MayBePaid          bool            `json:"mayBePaid"`
	PayoutsHeld        bool            `json:"payoutsHeld"`        // by staff
	PayoutsPausedUntil *LocalTime      `json:"payoutsPausedUntil"` // after a new bank account
	HasProducts        bool            `json:"hasProducts"`        // on sale
	HasSold            bool            `json:"hasSold"`
	CreatedAt          LocalTime       `json:"createdAt"`
}

// RefusedAccount is a new bank account of a seller that was not accepted for payouts.
type RefusedAccount struct {
	At             LocalTime      `json:"at"`
	Status         ProposalStatus `json:"status"` // REJECTED or EXPIRED
	Reason         *string        `json:"reason"` // of the rejection
	BankCode       string         `json:"bankCode"`
	BankAccountEnd string         `json:"bankAccountEnd"`
}

// Address is a delivery address of a buyer.
type Address struct {
	ID        int64  `json:"addressId"`
	BuyerID   int64  `json:"buyerId"`
	Recipient string `json:"recipient"`
	Phone     string `json:"phone"`
	Detail    string `json:"detail"`
	IsDefault bool   `json:"isDefault"`
}

// Category groups products; lists show them by ascending SortOrder.
type Category struct {
	ID        int64  `json:"id"`
	Name      string `json:"name"`
	SortOrder int32  `json:"sortOrder"`
}

// Product is a seller's offer; Stock counts pieces available for orders. Reserved, an addition to
// the original's contract that only the seller sees, counts pieces that are ordered and not
// shipped; the sum of both is on hand.
type Product struct {
	ID          int64         `json:"id"`
	SellerID    int64         `json:"sellerId"`
	CategoryID  int64         `json:"categoryId"`
	Name        string        `json:"name"`
	Price       Money         `json:"price"`
	Stock       int32         `json:"stock"`
	Status      ProductStatus `json:"status"`
	Description string        `json:"description"`
	Reserved    *int32        `json:"reserved,omitempty"` // for its seller and staff, like the next two
	OnHand      *int32        `json:"onHand,omitempty"`   // stock and reserved pieces

	BlockedReason *string `json:"blockedReason,omitempty"` // why staff has blocked it
}

// MaxKeyword is the maximum length of a keyword in a search for products, in characters.
const MaxKeyword = 100

// StockMovement is a change of a product's stock or of its reserved pieces. CauseID is the order;
// for REFUNDED and RESTOCKED the refund.
type StockMovement struct {
	ID        int64     `json:"id"`
	Kind      string    `json:"kind"` // INITIAL, SET, ORDERED, RELEASED, SHIPPED, REFUNDED or RESTOCKED
	Stock     int32     `json:"stock"`
	Reserved  int32     `json:"reserved"`
	CauseID   *int64    `json:"causeId"`
	CreatedAt LocalTime `json:"createdAt"`
}

// Cart is a buyer's cart with one page of its items.
type Cart struct {
	ID      int64          `json:"id"`
	BuyerID int64          `json:"buyerId"`
	Items   Page[CartItem] `json:"items"`
}

// CartItem is a product in a cart, at its current price.
type CartItem struct {
	ID           int64  `json:"id"`
	CartID       int64  `json:"cartId"`
	ProductID    int64  `json:"productId"`
	ProductName  string `json:"productName"`
	ProductPrice Money  `json:"productPrice"`
	Quantity     int32  `json:"quantity"`

	// Additions to the original's contract.
	Available int32       `json:"available"` // pieces that can be ordered; 0 for a product that is off sale
	Orderable bool        `json:"orderable"` // there is no Reason
	Reason    *CartReason `json:"reason"`
}

// CartReason is the reason why a cart item cannot be ordered.
type CartReason string

// The reasons, the first that applies.
const (
	CartProductDeleted CartReason = "DELETED"
	CartProductBlocked CartReason = "BLOCKED" // by staff, or its seller may not sell
	CartProductHidden  CartReason = "HIDDEN"
	CartOutOfStock     CartReason = "OUT_OF_STOCK" // fewer pieces are left than the cart holds
)

// CartItemState returns how many pieces of a product in a cart can be ordered, and why the item cannot be ordered as it
// is; nil when it can.
func CartItemState(status ProductStatus, deleted bool, stock, quantity int32) (available int32, reason *CartReason) {
	var r CartReason
	switch {
	case deleted:
		r = CartProductDeleted
	case status == ProductBlocked, status == ProductSuspended:
		r = CartProductBlocked
	case status != ProductOnSale:
		r = CartProductHidden
	case stock < quantity:
		available, r = stock, CartOutOfStock
	default:
		return stock, nil
	}
	return available, &r
}

// Order is an order; CreatedAt is an addition to the original's contract.
type Order struct {
	ID             int64       `json:"orderId"`
	BuyerID        int64       `json:"buyerId"`
	TotalAmount    Money       `json:"totalAmount"`
	Status         OrderStatus `json:"status"`
	TrackingNumber *string     `json:"trackingNumber"`
	Recipient      string      `json:"recipient"`
	Address        string      `json:"address"`
	CreatedAt      LocalTime   `json:"createdAt"`
}

// OrderDetail is an order with its lines.
type OrderDetail struct {
	Order
	Items []OrderItem `json:"items"`
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

	RefundedQuantity int32      `json:"refundedQuantity"`
	Carrier          *string    `json:"carrier"`
	TrackingNumber   *string    `json:"trackingNumber"`
	ShippedAt        *LocalTime `json:"shippedAt"`
	DeliveredAt      *LocalTime `json:"deliveredAt"`
}

// Payment is one attempt to pay an order. The fields from FailureCode on are additions to
// the original's contract: FailureCode is null unless Status is FAILED.
type Payment struct {
	ID          int64         `json:"paymentId"`
	OrderID     int64         `json:"orderId"`
	MerchantUID string        `json:"merchantUid"`
	ImpUID      *string       `json:"impUid"`
	Amount      Money         `json:"amount"`
	Method      PaymentMethod `json:"method"`
	Status      PaymentStatus `json:"status"`
	PaidAt      *LocalTime    `json:"paidAt"`
	FailureCode *string       `json:"failureCode"`

	Provider  Provider   `json:"provider"`
	ExpiresAt *LocalTime `json:"expiresAt"` // until when it must be paid; null unless it is PENDING
	Declined  *string    `json:"declined"`  // why the provider has declined the last attempt, in its words
	// RequestPayment is the argument for PortOne.requestPayment in the browser; null unless the
	// buyer has to pay there.
	RequestPayment *PaymentWindow `json:"requestPayment"`
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

	OrderID int64   `json:"orderId"`
	Amount  Money   `json:"amount"`
	Failure *string `json:"failure"`

	ShippingBorneBy  *Party `json:"shippingBorneBy"`     // of the return; null when nothing is sent back
	NeedsSecond      bool   `json:"needsSecondApproval"` // two admins have to approve it
	FirstApproverID  *int64 `json:"firstApproverId"`     // of those, who has
	SecondApproverID *int64 `json:"secondApproverId"`

	RemindedAt  *LocalTime `json:"remindedAt"`
	EscalatedAt *LocalTime `json:"escalatedAt"`
	CreatedAt   LocalTime  `json:"createdAt"`
}

// SellerOrderItem is a line of an order in its seller's view. All but the embedded fields are
// additions to the original's contract.
type SellerOrderItem struct {
	OrderItem
	OrderStatus OrderStatus `json:"orderStatus"`
	Disputed    bool        `json:"disputed"` // it cannot be shipped until a dispute of its order is resolved
	CreatedAt   LocalTime   `json:"createdAt"`
}

// OrderNotification notifies a buyer of an order's new state.
type OrderNotification struct {
	ID        int64     `json:"id"`
	BuyerID   int64     `json:"buyerId"`
	OrderID   int64     `json:"orderId"`
	Status    string    `json:"status"`
	Message   string    `json:"message"`
	IsRead    bool      `json:"isRead"`
	CreatedAt LocalTime `json:"createdAt"`
	UpdatedAt LocalTime `json:"updatedAt"` // when it was read, once it is
}

// RestockSubscription is a buyer's subscription to a notification when a product is back in stock:
// ACTIVE until it was SENT.
type RestockSubscription struct {
	ProductID int64  `json:"productId"`
	Status    string `json:"status"`
	Message   string `json:"message"`
}

// RestockNotification notifies a buyer that a product is back in stock. All but the ids are
// additions to the original's contract.
type RestockNotification struct {
	BuyerID   int64     `json:"buyerId"`
	ProductID int64     `json:"productId"`
	Message   string    `json:"message"`
	IsRead    bool      `json:"isRead"`
	CreatedAt LocalTime `json:"createdAt"`
}

// Dashboard is a seller's current day. Fee and settlement belong to the lines sold and refunded
// that day; either is negative when refunds exceed sales.
type Dashboard struct {
	SellerID          int64 `json:"sellerId"`
	StatDate          Day   `json:"statDate"`
	TotalOrders       int64 `json:"totalOrders"`
	TotalSales        Money `json:"totalSales"`
	TotalProductsSold int64 `json:"totalProductsSold"` // pieces
	TotalRefunds      int64 `json:"totalRefunds"`
	RefundAmount      Money `json:"refundAmount"`
	SettlementAmount  Money `json:"settlementAmount"`
	FeeAmount         Money `json:"feeAmount"`
}

// Statistics sum a seller's closed days. From and To are those of the request or of the group.
type Statistics struct {
	SellerID int64 `json:"sellerId"`
	From     *Day  `json:"from"`
	To       *Day  `json:"to"`
	Totals
}

// Totals are the summed values. NetSales is TotalSales less RefundAmount and may be negative.
type Totals struct {
	TotalOrders  int64 `json:"totalOrders"`
	TotalItems   int64 `json:"totalItems"` // pieces
	TotalSales   Money `json:"totalSales"`
	TotalRefunds int64 `json:"totalRefunds"`
	RefundAmount Money `json:"refundAmount"`
	NetSales     Money `json:"netSales"`
}

// StatisticsSummary is Statistics with the requested groups, an addition to the original's
// contract.
type StatisticsSummary struct {
	Statistics
	Groups []StatisticsGroup `json:"groups,omitempty"`
}

// StatisticsGroup sums the closed days of a day, a week or a month.
type StatisticsGroup struct {
	From Day `json:"from"` // the first and last closed day in the group
	To   Day `json:"to"`
	Totals
}

// ProductRank is a product's revenue for its seller.
type ProductRank struct {
	ProductID    int64  `json:"productId"`
	ProductName  string `json:"productName"`
	TotalItems   int64  `json:"totalItems"`
	TotalSales   Money  `json:"totalSales"`
	RefundAmount Money  `json:"refundAmount"`
	NetSales     Money  `json:"netSales"`
}

// Settlement is the amount that a seller is paid for a period. Amount is paid out and Fee is the
// marketplace's commission. The fields from Payable on are additions to the original's contract:
// Payable is the sum of the days, Adjusted the sum of staff's adjustments, and Amount = Payable +
// CarriedIn + Adjusted; if that is negative, Amount is 0 and the debt is in CarriedOver.
type Settlement struct {
	ID          int64            `json:"id"`
	SellerID    int64            `json:"sellerId"`
	Amount      Money            `json:"amount"`
	Fee         Money            `json:"fee"`
	Status      SettlementStatus `json:"status"`
	Type        string           `json:"type"` // MID or END
	PeriodStart Day              `json:"periodStart"`
	PeriodEnd   Day              `json:"periodEnd"`
	CompletedAt *LocalTime       `json:"completedAt"`

	Payable     Money `json:"payable"`
	CarriedIn   Money `json:"carriedIn"`
	Adjusted    Money `json:"adjusted"`
	CarriedOver Money `json:"carriedOver"`
}

// SettlementDetail is a settlement with a line for each day.
type SettlementDetail struct {
	Settlement
	Lines []SettlementLine `json:"lines"`
}

// SettlementLine is a settlement's share of a day: of the period, or of an earlier day with
// postings after its settlement.
type SettlementLine struct {
	StatDate Day   `json:"statDate"`
	Fee      Money `json:"fee"`
	Payable  Money `json:"payable"`
}

// Payout is the payment of a settlement to its seller.
type Payout struct {
	ID           int64        `json:"id"`
	SellerID     int64        `json:"sellerId"`
	SettlementID int64        `json:"settlementId"`
	Amount       Money        `json:"amount"`
	Fee          Money        `json:"fee"`
	Status       PayoutStatus `json:"status"`
	ProcessedAt  *LocalTime   `json:"processedAt"`
	Failure      *string      `json:"failure"` // why the last attempt failed
	AbandonedAt  *LocalTime   `json:"abandonedAt"`
	AbandonedBy  *string      `json:"abandonedBy"`
	BankAmount   *Money       `json:"bankAmount"` // that the bank has paid, if it is another one; null otherwise
}

// WithdrawnSeller is the remaining data of a seller who has left.
type WithdrawnSeller struct {
	ID             int64
	StoreName      string
	BizNumber      string
	CreatedAt      LocalTime
	WithdrawnAt    LocalTime
	Account        *WithdrawnAccount // for the remaining balance; nil for none
	AccountPending bool              // one waits for a second person
}

// WithdrawnAccount is the bank account that staff has entered for a seller who has left.
type WithdrawnAccount struct {
	SellerID       int64     `json:"sellerId"`
	BankCode       string    `json:"bankCode"`
	BankAccountEnd string    `json:"bankAccountEnd"` // its last characters
	ChangedAt      LocalTime `json:"changedAt"`
}

// LocalTime is an instant that JSON represents as the market's local date and time without an
// offset: "2026-11-22T09:30:00", with a fraction only if it has one.
type LocalTime time.Time

// MarshalJSON writes the local date and time.
func (t LocalTime) MarshalJSON() ([]byte, error) {
	return strconv.AppendQuote(nil, time.Time(t).In(Zone).Format("2006-01-02T15:04:05.999999")), nil
}

// UnmarshalJSON reads what MarshalJSON writes.
func (t *LocalTime) UnmarshalJSON(b []byte) error {
	at, err := time.ParseInLocation(`"2006-01-02T15:04:05.999999"`, string(b), Zone)
	*t = LocalTime(at)
	return err
}

// LocalTimeOf converts at to LocalTime; nil stays nil.
func LocalTimeOf(at *time.Time) *LocalTime {
	if at == nil {
		return nil
	}
	t := LocalTime(*at)
	return &t
}
