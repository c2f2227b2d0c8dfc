package backoffice

import (
	"github.com/all-in-market/market/internal/engine"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/workflows"
)

// PaymentRun returns the id of the workflow of an order's payment.
func PaymentRun(orderID int64) string { return workflows.PaymentWorkflowID(orderID) }

// RefundRun returns the id of a refund's workflow.
func RefundRun(refundID int64) string { return workflows.RefundWorkflowID(refundID) }

// PayoutRun returns the id of the workflow of a settlement's payout.
func PayoutRun(settlementID int64) string { return workflows.PayoutWorkflowID(settlementID) }

// BatchRun returns the id of a batch's workflow.
func BatchRun(batchID int64) string { return workflows.BatchWorkflowID(batchID) }

// WebhookRun returns the id of the workflow that delivers to an endpoint.
func WebhookRun(endpointID int64) string { return workflows.WebhookWorkflowID(endpointID) }

// OperableTypes returns the types of workflows that staff may find and operate on.
func OperableTypes() []string { return engine.OperableTypes }

// RunStatuses returns the statuses that staff may find runs by.
func RunStatuses() []string { return engine.RunStatuses }

// Takes reports whether an action applies to workflows of a type.
func Takes(workflowType string, action market.BatchAction) bool {
	return engine.Takes(workflowType, action)
}
