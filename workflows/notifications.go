package workflows

import (
	"go.temporal.io/sdk/workflow"

	"github.com/all-in-market/market/activities"
)

// RestockInput names a product that is back in stock.
type RestockInput = activities.RestockInput

// Restock notifies the subscribers of a product that it is back in stock, and returns the number of
// inboxes written to.
func Restock(ctx workflow.Context, in RestockInput) (notified int, err error) {
	err = workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, NotificationPolicy), acts.NotifyRestock,
		in).Get(ctx,
		&notified)
	return notified, err
}

// OrderNotification notifies the configured receiver of an order's new state.
func OrderNotification(ctx workflow.Context, notificationID int64) error {
	return workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, NotificationPolicy), acts.SendOrderNotification,
		notificationID).Get(ctx, nil)
}

// MailOutcome is the outcome of a mail.
type MailOutcome = activities.MailOutcome

// AccountMail sends a mail to the holder of an account.
func AccountMail(ctx workflow.Context, mailID int64) (outcome MailOutcome, err error) {
	err = workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, MailPolicy), acts.SendMail, mailID).Get(ctx,
		&outcome)
	return outcome, err
}
