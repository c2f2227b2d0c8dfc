package market

import "slices"

// StateMachine maps each state to its permitted next states. A state that is not in it does not
// exist; one with an empty list is final.
type StateMachine[S ~string] map[S][]S

// Has reports whether a state exists.
func (m StateMachine[S]) Has(s S) bool {
	_, ok := m[s]
	return ok
}

// Allows reports whether a status may change to another.
func (m StateMachine[S]) Allows(from, to S) bool { return slices.Contains(m[from], to) }

// The state machines. A trigger of each table rejects every other transition; a test compares the
// two.
var (
	OrderStates   = orderStates()
	PaymentStates = StateMachine[PaymentStatus]{
		PaymentPending:  {PaymentSuccess, PaymentFailed},
		PaymentSuccess:  {PaymentRefunded},
		PaymentFailed:   {PaymentRefunded}, // a charge that came too late, or was of another amount, goes back
		PaymentRefunded: {},
	}
	RefundStates = StateMachine[RefundStatus]{
		RefundPending:    {RefundProcessing, RefundDenied},
		RefundProcessing: {RefundSuccess, RefundFailed},
		RefundFailed:     {RefundPending, RefundProcessing, RefundDenied}, // waits for the next decision
		RefundSuccess:    {},
		RefundDenied:     {},
	}
	SettlementStates = StateMachine[SettlementStatus]{
		SettlementCompleted:   {SettlementPayoutReady},
		SettlementPayoutReady: {SettlementPayoutDone, SettlementFailed},
		SettlementPayoutDone:  {SettlementFailed}, // the bank returns the money
		SettlementFailed:      {SettlementPayoutReady},
	}
	PayoutStates = StateMachine[PayoutStatus]{
		PayoutPending:    {PayoutProcessing},
		PayoutProcessing: {PayoutSuccess, PayoutFailed},
		PayoutSuccess:    {PayoutFailed}, // the bank returns the money
		PayoutFailed:     {PayoutProcessing},
	}
)
