package market

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

// AdminPayment is a payment in staff's view.
type AdminPayment struct {
	PaymentID   int64         `json:"paymentId"`
	OrderID     int64         `json:"orderId"`
	BuyerID     int64         `json:"buyerId"`
	MerchantUID string        `json:"merchantUid"`
	ImpUID      *string       `json:"impUid"`
	Amount      Money         `json:"amount"`
	Method      PaymentMethod `json:"method"`
	Provider    Provider      `json:"provider"`
	Status      PaymentStatus `json:"status"`
	FailureCode *string       `json:"failureCode"`
	PaidAt      *LocalTime    `json:"paidAt"`
	ResolvedAt  *LocalTime    `json:"resolvedAt"` // when the provider's outcome was known; nil until then
	CreatedAt   LocalTime     `json:"createdAt"`
}

// PaymentStates are the transitions of a payment's status. A trigger of the table rejects all others.
var PaymentStates = StateMachine[PaymentStatus]{
	PaymentPending:  {PaymentSuccess, PaymentFailed},
	PaymentSuccess:  {PaymentRefunded},
	PaymentFailed:   {PaymentRefunded}, // a charge that came too late, or was of another amount, goes back
	PaymentRefunded: {},
}
