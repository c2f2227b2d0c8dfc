package market

import "encoding/json"

// WebhookEvents are the events that integrators can subscribe to.
var WebhookEvents = []string{
	"order.paid", "order.shipped", "order.refunded", "parcel.shipped", "parcel.delivered", "settlement.completed",
	"payout.paid", "payout.failed",
}

// WebhookEndpointStatus determines whether an endpoint receives messages.
type WebhookEndpointStatus string

// The states of an endpoint.
const (
	WebhookActive WebhookEndpointStatus = "ACTIVE"
	WebhookPaused WebhookEndpointStatus = "PAUSED" // what happens waits for it
)

// Valid reports whether s is a state of an endpoint.
func (s WebhookEndpointStatus) Valid() bool { return s == WebhookActive || s == WebhookPaused }

// WebhookProblem is the reason why an endpoint was paused automatically.
type WebhookProblem string

// The reasons.
const (
	WebhookGone     WebhookProblem = "GONE"      // it has answered 410 Gone
	WebhookNotTaken WebhookProblem = "NOT_TAKEN" // it has not taken a message for days
)

// WebhookMessageStatus is the delivery status of a message.
type WebhookMessageStatus string

// The states of a message.
const (
	WebhookPending   WebhookMessageStatus = "PENDING"
	WebhookDelivered WebhookMessageStatus = "DELIVERED"
	WebhookFailed    WebhookMessageStatus = "FAILED" // after days; its endpoint was paused
)

// Valid reports whether s is a known status.
func (s WebhookMessageStatus) Valid() bool {
	return s == WebhookPending || s == WebhookDelivered || s == WebhookFailed
}

// WebhookEndpoint is an address that receives webhooks.
type WebhookEndpoint struct {
	ID        int64                 `json:"endpointId"`
	SellerID  *int64                `json:"sellerId"` // of whose sales; null: of all
	URL       string                `json:"url"`
	Events    []string              `json:"events"`
	PerSecond int16                 `json:"perSecond"`
	Status    WebhookEndpointStatus `json:"status"`
	Problem   *WebhookProblem       `json:"problem"` // null while it is active, and when its owner has paused it
	// Secret signs messages; whsec_ and base64. It is shown once: when it was made.
	Secret    string    `json:"secret,omitempty"`
	CreatedAt LocalTime `json:"createdAt"`
}

// WebhookMessage is a message to an endpoint.
type WebhookMessage struct {
	ID         int64                `json:"messageId"`
	Event      string               `json:"event"`
	HappenedAt LocalTime            `json:"happenedAt"`
	Data       json.RawMessage      `json:"data"`
	Status     WebhookMessageStatus `json:"status"`
	Attempts   int32                `json:"attempts"`
	Answer     *string              `json:"answer"` // the last attempt's
	UpdatedAt  LocalTime            `json:"updatedAt"`
}
