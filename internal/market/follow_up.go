package market

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
