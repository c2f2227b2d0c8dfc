// Package workflows contains the deterministic orchestration of the marketplace, one workflow per
// file. Side effects are in package activities; workflows carry ids and amounts, never personal
// data.
//
// A business refusal completes a workflow with a typed result. A workflow that has Failed needs an
// operator.
package workflows

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"go.temporal.io/sdk/temporal"

	"github.com/all-in-market/market/activities"
	"github.com/all-in-market/market/internal/market"
)

// The task queues. Checkouts and payments share theirs with nothing slow.
const (
	RequestQueue      = "requests"      // polled by API and worker processes
	RefundQueue       = "refunds"       // polled by worker processes
	BackOfficeQueue   = "back-office"   // polled by worker processes
	PayoutQueue       = "payouts"       // polled by worker processes, at the bank's rate limit
	NotificationQueue = "notifications" // activities that wait for mail servers and the receiver of notifications
	WebhookQueue      = "webhooks"      // activities that wait for integrators' servers

	// Activities that call PortOne, rate-limited. Each kind of call has its own workers, so that hanging
	// cancellations, for example, do not block payments.
	ProviderQueue       = "portone"               // registers payments, and fetches their status
	ConfirmationQueue   = "portone-confirmations" // takes the money of buyers' agreements
	CancellationQueue   = "portone-cancellations" // gives money back
	ProviderEventsQueue = "portone-events"        // reads PortOne's feed of events, for reconciliation
)

// The search attributes, all of type Keyword, all set when a workflow starts.
var (
	OrderID   = temporal.NewSearchAttributeKeyKeyword("OrderId")
	PaymentID = temporal.NewSearchAttributeKeyKeyword("PaymentId")
	RefundID  = temporal.NewSearchAttributeKeyKeyword("RefundId")
	BuyerID   = temporal.NewSearchAttributeKeyKeyword("BuyerId")
	SellerID  = temporal.NewSearchAttributeKeyKeyword("SellerId")
)

// SearchAttributes returns the names of the search attributes, in the order in which a namespace
// registers them.
func SearchAttributes() []string {
	return []string{OrderID.GetName(), PaymentID.GetName(), RefundID.GetName(), BuyerID.GetName(), SellerID.GetName()}
}

// CheckoutWorkflowID is unique for a buyer and a checkout key. A key too long for an id is replaced
// by its hash.
func CheckoutWorkflowID(buyerID int64, key string) string {
	if len(key) > 200 {
		sum := sha256.Sum256([]byte(key))
		key = hex.EncodeToString(sum[:])
	}
	return fmt.Sprintf("checkout/%d/%s", buyerID, key)
}

// PaymentWorkflowID is unique for an order, which has at most one payment in progress.
func PaymentWorkflowID(orderID int64) string { return "payment/" + strconv.FormatInt(orderID, 10) }

// RefundWorkflowID is unique for a refund.
func RefundWorkflowID(refundID int64) string { return "refund/" + strconv.FormatInt(refundID, 10) }

// RestockWorkflowID is unique for a product and the occasion.
func RestockWorkflowID(productID, restockID int64) string {
	return fmt.Sprintf("restock/%d/%d", productID, restockID)
}

// OrderNotificationWorkflowID is unique for a notification.
func OrderNotificationWorkflowID(notificationID int64) string {
	return "order-notification/" + strconv.FormatInt(notificationID, 10)
}

// AccountMailWorkflowID is unique for a mail.
func AccountMailWorkflowID(mailID int64) string { return "mail/" + strconv.FormatInt(mailID, 10) }

// DayCloseScheduleID is the id of the nightly schedule, and the prefix of its runs' ids.
const DayCloseScheduleID = "day-close"

// DashboardResetWorkflowID is unique for the day whose dashboards are opened.
func DashboardResetWorkflowID(day market.Day) string { return "dashboard-reset/" + day.String() }

// DailyStatisticsWorkflowID is unique for the day that is closed.
func DailyStatisticsWorkflowID(day market.Day) string { return "daily-statistics/" + day.String() }

// SettlementWorkflowID is unique for a period.
func SettlementWorkflowID(p market.Period) string { return "settlement/" + p.String() }

// PayoutsWorkflowID is unique for the day that is closed.
func PayoutsWorkflowID(day market.Day) string { return "payouts/" + day.String() }

const payoutPrefix = "payout/"

// PayoutWorkflowID is unique for a settlement.
func PayoutWorkflowID(settlementID int64) string {
	return payoutPrefix + strconv.FormatInt(settlementID, 10)
}

// PayoutSettlement returns the settlement that a payout workflow pays.
func PayoutSettlement(workflowID string) (int64, error) {
	return strconv.ParseInt(strings.TrimPrefix(workflowID, payoutPrefix), 10, 64)
}

// ReconciliationWorkflowID is unique for the scope of a comparison.
func ReconciliationWorkflowID(in ReconciliationInput) string {
	if in.FileID != 0 {
		return "reconciliation/file/" + strconv.FormatInt(in.FileID, 10)
	}
	return "reconciliation/" + in.Day.String()
}

// CancellationCheckWorkflowID is the id of the check of a payment's cancellations.
func CancellationCheckWorkflowID(paymentID int64) string {
	return "cancellations/" + strconv.FormatInt(paymentID, 10)
}

// BreakWorkflowID is the id of a break's workflow.
func BreakWorkflowID(breakID int64) string {
	return "reconciliation-break/" + strconv.FormatInt(breakID, 10)
}

// BatchWorkflowID is unique for an operator's batch.
func BatchWorkflowID(batchID int64) string { return "batch/" + strconv.FormatInt(batchID, 10) }

// WebhookWorkflowID is unique for a webhook endpoint.
func WebhookWorkflowID(endpointID int64) string {
	return "webhook/" + strconv.FormatInt(endpointID, 10)
}

// OrderExpiryWorkflowID is the id of the periodic sweep.
const OrderExpiryWorkflowID = "order-expiry"

// Changes returns the ids of the changes of workflows that runs ask for with workflow.GetVersion.
func Changes() []string {
	return []string{"four inquiries", "confirm apart from looking", "end when cancelled", "confirmations"}
}

// acts names the activities; only its methods' names are used here.
var acts *activities.Activities

// refusal returns the code of a business refusal in an activity's error. It reports false for nil,
// for errors without a code, and for codes of outages.
func refusal(err error) (market.Code, bool) {
	var app *temporal.ApplicationError
	if !errors.As(err, &app) {
		return "", false
	}
	switch code := market.Code(app.Type()); code {
	case "", market.ErrorTypeConflict, market.CodeDatabaseUnavailable, market.CodeRequestTimeout,
		market.CodeInternalServerError, market.CodeRedisUnavailable:
		return "", false
	default:
		return code, app.NonRetryable()
	}
}
