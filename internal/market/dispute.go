package market

import "time"

// DisputeStatus is a status of a dispute.
type DisputeStatus string

// The statuses of a dispute.
const (
	DisputeOpen        DisputeStatus = "OPEN"        // staff has to decide
	DisputeRepresented DisputeStatus = "REPRESENTED" // staff contests it with the provider, whose answer is awaited
	DisputeWon         DisputeStatus = "WON"         // the provider has paid the money again
	DisputeAccepted    DisputeStatus = "ACCEPTED"    // the money is the buyer's
)

// DisputeStates is the state machine of disputes.
var DisputeStates = StateMachine[DisputeStatus]{
	DisputeOpen:        {DisputeRepresented, DisputeWon, DisputeAccepted},
	DisputeRepresented: {DisputeWon, DisputeAccepted},
	DisputeWon:         {},
	DisputeAccepted:    {},
}

// Valid reports whether s is a status of a dispute.
func (s DisputeStatus) Valid() bool { return DisputeStates.Has(s) }

// DisputeDecision is staff's decision about a dispute.
type DisputeDecision string

// The decisions.
const (
	// DisputeAccept ends a dispute: the money is the buyer's. The pieces that are named are refunded at the expense of
	// their sellers, and the marketplace bears the rest.
	DisputeAccept    DisputeDecision = "ACCEPT"
	DisputeRepresent DisputeDecision = "REPRESENT" // contest it with the provider
	DisputeWin       DisputeDecision = "WIN"       // end it: the provider has paid the money again
)

// Valid reports whether d is a decision about a dispute.
func (d DisputeDecision) Valid() bool {
	return d == DisputeAccept || d == DisputeRepresent || d == DisputeWin
}

// Final reports whether the decision ends a dispute.
func (d DisputeDecision) Final() bool { return d == DisputeAccept || d == DisputeWin }

// To returns the status to which the decision leads.
func (d DisputeDecision) To() DisputeStatus {
	return map[DisputeDecision]DisputeStatus{
		DisputeAccept: DisputeAccepted, DisputeRepresent: DisputeRepresented, DisputeWin: DisputeWon,
	}[d]
}

// Dispute is money of a charge that went back at its provider without a refund of ours: by a cancellation in the
// provider's console, or by a chargeback. Until it is resolved, no line of its order can be shipped.
type Dispute struct {
	ID             int64         `json:"disputeId"`
	Provider       Provider      `json:"provider"`
	CancellationID string        `json:"cancellationId"` // the provider's
	PaymentID      int64         `json:"paymentId"`
	OrderID        int64         `json:"orderId"`
	Amount         Money         `json:"amount"`
	Refunded       Money         `json:"refunded"` // what refunds have taken of Amount
	Cause          string        `json:"cause"`    // the provider's word, such as CONSOLE or CHARGEBACK
	Detail         string        `json:"detail"`   // the provider's reason
	Status         DisputeStatus `json:"status"`
	AdminID        *int64        `json:"adminId"`    // who decided last
	ApprovedBy     *int64        `json:"approvedBy"` // the second person; null when one was enough
	ProposalID     *int64        `json:"proposalId"` // of the decision that a second person has approved
	Reason         *string       `json:"reason"`     // of the decision
	Reference      *string       `json:"reference"`  // under which the provider has paid the money of a WON one again
	HappenedAt     LocalTime     `json:"happenedAt"`
	CreatedAt      LocalTime     `json:"createdAt"`
	ResolvedAt     *LocalTime    `json:"resolvedAt"`
}

// ProviderCancellation is an amount of a charge that has gone back at its provider.
type ProviderCancellation struct {
	ID       string // the provider's
	Amount   Money
	Cause    string    // the provider's word for what made it, such as API, CONSOLE or CHARGEBACK
	Detail   string    // the provider's reason
	RefundID int64     // the refund that it was requested for; 0 for none
	At       time.Time // when it was made
}
