package market

// AlertKind is a kind of alert.
type AlertKind string

// The kinds of alerts, the most important first.
const (
	AlertFinding           AlertKind = "FINDING"            // of the verification
	AlertBreak             AlertKind = "BREAK"              // of reconciliation
	AlertDispute           AlertKind = "DISPUTE"            // waits for a decision
	AlertSuspense          AlertKind = "SUSPENSE"           // won in suspense for over a day
	AlertPayoutFailed      AlertKind = "PAYOUT_FAILED"      // waits for a decision
	AlertRefundFailed      AlertKind = "REFUND_FAILED"      // was approved, and the money has not gone back
	AlertRefundEscalated   AlertKind = "REFUND_ESCALATED"   // its decision is overdue
	AlertDayNotClosed      AlertKind = "DAY_NOT_CLOSED"     // a business day
	AlertSetAside          AlertKind = "SET_ASIDE"          // a row that a batch could not take in
	AlertDashboardsLate    AlertKind = "DASHBOARDS_LATE"    // postings wait for their roll-up
	AlertVerificationStale AlertKind = "VERIFICATION_STALE" // there is no recent one
	AlertFeedUnread        AlertKind = "FEED_UNREAD"        // a provider without a recent reconciliation
	AlertWebhookPaused     AlertKind = "WEBHOOK_PAUSED"     // one of the marketplace's own endpoints
	AlertPartitionFilling  AlertKind = "PARTITION_FILLING"  // a table
	AlertRowLate           AlertKind = "ROW_LATE"           // a row has waited in a state for too long
)

// AlertKinds lists all kinds, in this order.
var AlertKinds = []AlertKind{
	AlertFinding, AlertBreak, AlertDispute, AlertSuspense, AlertPayoutFailed, AlertRefundFailed, AlertRefundEscalated,
	AlertDayNotClosed,
	AlertSetAside, AlertDashboardsLate, AlertVerificationStale, AlertFeedUnread, AlertWebhookPaused,
	AlertPartitionFilling, AlertRowLate,
}

// Alert is a condition that needs staff's attention, with its number of occurrences.
type Alert struct {
	Kind  AlertKind `json:"kind"`
	State string    `json:"state"` // of a ROW_LATE, such as "payments PENDING"; "" for the others
	Count int64     `json:"count"`
}

// AlertDetail is one occurrence of an alert's condition.
type AlertDetail struct {
	Kind    string    `json:"kind"`    // such as DAY_NOT_CLOSED or ROW_LATE; see AlertDetails in the store's queries
	Subject string    `json:"subject"` // a day, a row, a rule, a provider
	Detail  string    `json:"detail"`  // in words
	Since   LocalTime `json:"startedAt"`
	Reason  string    `json:"reason,omitempty"` // of a FINDING: why its rule must hold
	Action  string    `json:"action,omitempty"` // of a FINDING: what to do about it
}
