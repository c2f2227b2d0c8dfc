package market

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

// AwaitsDecision reports whether a refund in this state waits for a decision.
func (s RefundStatus) AwaitsDecision() bool {
	return RefundDecision{Approve: true}.Applies(s, "")
}
