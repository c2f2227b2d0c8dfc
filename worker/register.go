package worker

import (
	"go.temporal.io/sdk/worker"

	"github.com/all-in-market/market/activities"
	"github.com/all-in-market/market/workflows"
)

// Queues returns the task queues.
func Queues() []string {
	return []string{
		workflows.RequestQueue, workflows.RefundQueue, workflows.BackOfficeQueue, workflows.PayoutQueue,
		workflows.NotificationQueue, workflows.WebhookQueue, workflows.ProviderQueue, workflows.ConfirmationQueue,
		workflows.CancellationQueue, workflows.ProviderEventsQueue,
	}
}

// WorkflowsOf returns the workflows that run on a task queue.
func WorkflowsOf(queue string) []any {
	return map[string][]any{
		workflows.RequestQueue: {workflows.Checkout, workflows.PaymentApproval},
		workflows.RefundQueue:  {workflows.RefundApproval},
		workflows.BackOfficeQueue: {
			workflows.OrderExpiry, workflows.Restock, workflows.OrderNotification, workflows.AccountMail,
			workflows.DayClose, workflows.DashboardReset, workflows.DailyStatistics, workflows.Settlement,
			workflows.Payouts,
			workflows.Verification, workflows.PaymentPoll, workflows.Reconciliation, workflows.ReconciliationBreak,
			workflows.Batch, workflows.WebhookDelivery, workflows.CancellationCheck,
		},
		workflows.PayoutQueue: {workflows.Payout},
	}[queue]
}

// ActivitiesOf returns the activities that run on a task queue.
func ActivitiesOf(queue string, a *activities.Activities) []any {
	return map[string][]any{
		workflows.RequestQueue: {
			a.PlaceOrder, a.OpenPayment, a.Charge, a.ResolveCharge, a.ApprovePayment, a.FailPayment, a.AbandonPayment,
			a.WithdrawPayment, a.ClosePayment,
		},
		workflows.RefundQueue: {
			a.OpenRefund, a.DecideRefund, a.RemindOfRefund, a.CancelCharge, a.ChargeWasCancelled, a.CompleteRefund,
			a.FailRefund,
		},
		workflows.BackOfficeQueue: {
			a.ExpireOrders, a.OpenDays, a.OpenDashboards, a.CloseStatistics, a.Settle, a.CreatePayouts, a.CloseDay,
			a.AdvanceDueLines,
			a.DuePayouts, a.Verify, a.DaysToReconcile, a.Reconcile, a.LookAtBreak, a.ListBatch, a.OperateOnBatch,
			a.EndBatch,
			a.GiveWebhookUp,
		},
		workflows.PayoutQueue: {
			a.StartPayout, a.SendPayout, a.ResolvePayout, a.InquirePayout, a.EndPayout, a.FinishPayout, a.AbandonPayout,
		},
		// The last three serve runs that began before these calls had queues of their own.
		workflows.ProviderQueue: {
			a.PreparePayment, a.LookAtPayment, a.CancelCharge, a.ChargeWasCancelled, a.ReadProviderEvents,
		},
		workflows.ConfirmationQueue:   {a.ConfirmPayment},
		workflows.CancellationQueue:   {a.CancelCharge, a.ChargeWasCancelled, a.GiveBack},
		workflows.ProviderEventsQueue: {a.ReadProviderEvents, a.CheckCancellations},
		workflows.NotificationQueue:   {a.NotifyRestock, a.SendOrderNotification, a.SendMail},
		workflows.WebhookQueue:        {a.TellEndpoint},
	}[queue]
}

// Register registers the workflows and activities of a task queue.
func Register(w worker.Registry, queue string, a *activities.Activities) {
	for _, workflow := range WorkflowsOf(queue) {
		w.RegisterWorkflowWithOptions(workflow, versioning(workflow))
	}
	for _, activity := range ActivitiesOf(queue, a) {
		w.RegisterActivity(activity)
	}
}
