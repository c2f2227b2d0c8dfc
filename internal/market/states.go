package market

import "time"

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

// Valid reports whether s is a known status.
func (s OrderStatus) Valid() bool { return OrderStates.Has(s) }

// PaymentStatus is a state of a payment; see PaymentStates.
type PaymentStatus string

// The states of a payment.
const (
	PaymentPending  PaymentStatus = "PENDING"
	PaymentSuccess  PaymentStatus = "SUCCESS"
	PaymentFailed   PaymentStatus = "FAILED"
	PaymentRefunded PaymentStatus = "REFUNDED"
)

// Valid reports whether s is a state of a payment.
func (s PaymentStatus) Valid() bool { return PaymentStates.Has(s) }

// PaymentEnd is the reason why a payment ended without success.
type PaymentEnd string

// The ends of a payment for which nothing is held. Those of a charge that goes back are the
// store's own.
const (
	EndDeclined    PaymentEnd = "DECLINED"     // the gateway has refused
	EndNotCharged  PaymentEnd = "NOT_CHARGED"  // the gateway has never taken the charge on, or the buyer has not paid
	EndNotPrepared PaymentEnd = "NOT_PREPARED" // the payment could not be registered with the provider
	EndNotOurs     PaymentEnd = "NOT_OURS"     // the charge was not what the order's had to be, and has gone back
	EndCancelled   PaymentEnd = "CANCELLED"    // the charge was cancelled before it was booked
)

// RefundReason is the reason of a refund.
type RefundReason string

// The reasons of a refund. Buyers give the first three, admins the fourth. The others belong to
// reversals, which give back a charge without an order, without a decision.
const (
	ReasonChangeOfMind   RefundReason = "CHANGE_OF_MIND"
	ReasonWrongItem      RefundReason = "WRONG_ITEM"
	ReasonDamaged        RefundReason = "DAMAGED"
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

// SellerStatus is the status of a seller.
type SellerStatus string

// The statuses of a seller. Only an approved seller can log in, and only its products are visible
// and sold. A suspended seller's sales are settled and paid, unless an admin holds the payouts; the
// balance of a rejected seller accrues.
const (
	SellerPending   SellerStatus = "PENDING"
	SellerApproved  SellerStatus = "APPROVED"
	SellerSuspended SellerStatus = "SUSPENDED"
	SellerRejected  SellerStatus = "REJECTED"
)

// Valid reports whether s is a known status.
func (s SellerStatus) Valid() bool {
	return s == SellerPending || s == SellerApproved || s == SellerSuspended || s == SellerRejected
}

// SettlementStatus is a state of a settlement; see SettlementStates.
type SettlementStatus string

// The states of a settlement.
const (
	SettlementCompleted   SettlementStatus = "COMPLETED" // it may be zero, a debt, or wait until its seller may be paid
	SettlementPayoutReady SettlementStatus = "PAYOUT_READY"
	SettlementPayoutDone  SettlementStatus = "PAYOUT_DONE"
	SettlementFailed      SettlementStatus = "FAILED"
)

// Valid reports whether s is a state of a settlement.
func (s SettlementStatus) Valid() bool { return SettlementStates.Has(s) }

// PayoutStatus is a state of a payout; see PayoutStates.
type PayoutStatus string

// The states of a payout.
const (
	PayoutPending    PayoutStatus = "PENDING"
	PayoutProcessing PayoutStatus = "PROCESSING"
	PayoutSuccess    PayoutStatus = "SUCCESS"
	PayoutFailed     PayoutStatus = "FAILED"
)

// Valid reports whether s is a known status.
func (s PayoutStatus) Valid() bool { return PayoutStates.Has(s) }

// PayoutOutcome is the known outcome of an attempt to pay a payout.
type PayoutOutcome string

// The outcomes of an attempt.
const (
	OutcomeSuccess  PayoutOutcome = "SUCCESS"
	OutcomeRefused  PayoutOutcome = "REFUSED"  // the bank will not pay under this key
	OutcomeReturned PayoutOutcome = "RETURNED" // the bank had paid and has the money back
	OutcomeMispaid  PayoutOutcome = "MISPAID"  // the bank has paid another amount
)

// FollowUpKind is the kind of a workflow that a change requires. Its subject is a product, an
// order's notification, a refund, a mail, a payment, a break of reconciliation, a settlement file,
// a batch, or a webhook endpoint.
type FollowUpKind string

// The kinds of follow-ups.
const (
	FollowUpRestock           FollowUpKind = "RESTOCK"
	FollowUpOrderNotification FollowUpKind = "ORDER_NOTIFICATION"
	FollowUpReversal          FollowUpKind = "REVERSAL"
	FollowUpMail              FollowUpKind = "MAIL"
	FollowUpPaymentChanged    FollowUpKind = "PAYMENT_NEWS"         // the provider has reported a change of a payment
	FollowUpCancellationNews  FollowUpKind = "CANCELLATION_NEWS"    // a charge may have gone back at the provider
	FollowUpBreak             FollowUpKind = "RECONCILIATION_BREAK" // a break may have been resolved
	FollowUpSettlementFile    FollowUpKind = "SETTLEMENT_FILE"      // one is imported, and to be compared
	FollowUpBatch             FollowUpKind = "BATCH"                // an admin has begun one
	FollowUpWebhook           FollowUpKind = "WEBHOOK"              // an endpoint has messages
	FollowUpWebhookRetry      FollowUpKind = "WEBHOOK_AGAIN"        // its owner has fixed the endpoint: deliver now
)

// MailKind is the subject of a mail to the holder of an account. Kinds with a TokenLifetime carry a
// one-time token.
type MailKind string

// The kinds of mails.
const (
	MailEmailVerification    MailKind = "EMAIL_VERIFICATION"
	MailPasswordReset        MailKind = "PASSWORD_RESET"
	MailPasswordChanged      MailKind = "PASSWORD_CHANGED"
	MailEmailChanged         MailKind = "EMAIL_CHANGED"          // to the address before
	MailEmailChangeRequested MailKind = "EMAIL_CHANGE_REQUESTED" // to the address before
	MailBankAccountChanged   MailKind = "BANK_ACCOUNT_CHANGED"
	MailBankAccountRequested MailKind = "BANK_ACCOUNT_REQUESTED" // it waits for a second person
	MailBankAccountRejected  MailKind = "BANK_ACCOUNT_REJECTED"  // with the reason
	MailBankAccountExpired   MailKind = "BANK_ACCOUNT_EXPIRED"   // it was not decided in time
	MailSecondFactorChanged  MailKind = "SECOND_FACTOR_CHANGED"
	MailWebhookPaused        MailKind = "WEBHOOK_PAUSED"
	MailStaffInvitation      MailKind = "STAFF_INVITATION"
	MailOrderDisputed        MailKind = "ORDER_DISPUTED" // to the sellers of its lines
	// MailAddressInUse takes the place of MailEmailVerification when the address belongs to another
	// account by the time the mail is sent. It is not stored.
	MailAddressInUse MailKind = "ADDRESS_IN_USE"
)

// TokenLifetime returns how long the token in a mail of the kind is valid; 0 for a kind without a
// token.
func (k MailKind) TokenLifetime() time.Duration {
	switch k {
	case MailEmailVerification:
		return 7 * 24 * time.Hour
	case MailPasswordReset:
		return time.Hour
	case MailStaffInvitation:
		return 3 * 24 * time.Hour
	}
	return 0
}

// Notice reports whether mails of the kind inform the holder of an account of a change. Others are sent
// to any address that a request names.
func (k MailKind) Notice() bool { return k.TokenLifetime() == 0 && k != MailAddressInUse }

// MailRequest is a mail that a request causes.
type MailRequest struct {
	Kind      MailKind
	Role      Role
	AccountID int64 // of the mail's account; 0 if unknown
	Receiver  Email
	Verified  bool   // the receiver is known to be the holder of the account
	Address   string // the IP address of the client
}

// ProductStatus determines whether buyers see a product.
type ProductStatus string

// The states of a product. A suspended one would be on sale, and its seller may not sell. A
// blocked one is off sale by staff's decision.
const (
	ProductOnSale    ProductStatus = "ON_SALE"
	ProductHidden    ProductStatus = "HIDDEN"
	ProductSuspended ProductStatus = "SUSPENDED"
	ProductBlocked   ProductStatus = "BLOCKED"
)

// Valid reports whether s is a known status.
func (s ProductStatus) Valid() bool {
	return s == ProductOnSale || s == ProductHidden || s == ProductSuspended || s == ProductBlocked
}

// BuyerStatus determines whether a buyer may log in.
type BuyerStatus string

// The states of a buyer. Staff has locked out one that is LOCKED.
const (
	BuyerActive BuyerStatus = "ACTIVE"
	BuyerLocked BuyerStatus = "LOCKED"
)

// Valid reports whether s is a known status.
func (s BuyerStatus) Valid() bool { return s == BuyerActive || s == BuyerLocked }

// Role is the role of an account.
type Role string

// The roles.
const (
	RoleBuyer  Role = "BUYER"
	RoleSeller Role = "SELLER"
	RoleAdmin  Role = "ADMIN"
)

// OrderLifetime is how long an order waits for its payment before it expires.
const OrderLifetime = 30 * time.Minute

// Zone is the market's time zone, which defines business days regardless of the server's time zone.
// Korea has no daylight saving time.
var Zone = time.FixedZone("Asia/Seoul", 9*60*60)
