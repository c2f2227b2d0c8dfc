package market

// Settlement is the amount that a seller is paid for a period. Amount is paid out and Fee is the
// marketplace's commission. The fields from Payable on are additions to the original's contract:
// Payable is the sum of the days and Adjusted the sum of staff's adjustments. Amount is the whole won of Payable +
// CarriedIn + Adjusted, or 0 if that is negative; CarriedOver is the rest: a debt, or a fraction of a won. The amount
// of an abandoned payout is carried over, too.
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

// SettlementStates are the transitions of a settlement's status. A trigger of the table rejects all others.
var SettlementStates = StateMachine[SettlementStatus]{
	SettlementCompleted:   {SettlementPayoutReady},
	SettlementPayoutReady: {SettlementPayoutDone, SettlementFailed},
	SettlementPayoutDone:  {SettlementFailed}, // the bank returns the money
	SettlementFailed:      {SettlementPayoutReady},
}
