package market

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

// SellerPayout is a payout in its seller's view.
type SellerPayout struct {
	PayoutID     int64        `json:"payoutId"`
	SettlementID int64        `json:"settlementId"`
	Amount       Money        `json:"amount"`
	Fee          Money        `json:"fee"`
	Status       PayoutStatus `json:"status"`
	Failure      *string      `json:"failure"`     // the reason of the last failed attempt
	AbandonedAt  *LocalTime   `json:"abandonedAt"` // the amount is in the next settlement from then on
	ProcessedAt  *LocalTime   `json:"processedAt"`
	CreatedAt    LocalTime    `json:"createdAt"`
}

// PayoutDetail is a payout with the attempts to pay it.
type PayoutDetail struct {
	Payout
	Attempts []PayoutAttempt `json:"attempts"`
}

// PayoutAttempt is one transfer order to the bank.
type PayoutAttempt struct {
	Attempt        int32          `json:"attempt"`
	BankCode       string         `json:"bankCode"`
	BankAccountEnd string         `json:"bankAccountEnd"` // the last characters of the account number
	Outcome        *PayoutOutcome `json:"outcome"`        // nil while unknown
	Reason         *string        `json:"reason"`         // of the bank
	RequestedBy    *string        `json:"requestedBy"`    // of a further attempt
	BankAmount     *Money         `json:"bankAmount"`     // that the bank has paid, if it differs from the payout's
	CreatedAt      LocalTime      `json:"createdAt"`
}

// PayoutStates are the transitions of a payout's status. A trigger of the table rejects all others.
var PayoutStates = StateMachine[PayoutStatus]{
	PayoutPending:    {PayoutProcessing},
	PayoutProcessing: {PayoutSuccess, PayoutFailed},
	PayoutSuccess:    {PayoutFailed}, // the bank returns the money
	PayoutFailed:     {PayoutProcessing},
}
