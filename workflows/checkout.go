package workflows

import (
	"go.temporal.io/sdk/workflow"

	"github.com/all-in-market/market/activities"
	"github.com/all-in-market/market/internal/market"
)

// CheckoutInput identifies a checkout.
type CheckoutInput = activities.PlaceOrderInput

// CheckoutResult is the order that a checkout placed, or the code of its refusal.
type CheckoutResult struct {
	OrderID int64        `json:",omitempty"`
	Lines   int          `json:",omitempty"`
	Total   market.Money `json:",omitempty"`
	Refusal market.Code  `json:",omitempty"`
}

// Checkout places an order for cart items: one database transaction, within the first workflow
// task.
func Checkout(ctx workflow.Context, in CheckoutInput) (CheckoutResult, error) {
	var placed activities.PlacedOrder
	err := workflow.ExecuteLocalActivity(workflow.WithLocalActivityOptions(ctx, inRequest), acts.PlaceOrder,
		in).Get(ctx,
		&placed)
	if code, refused := refusal(err); refused {
		return CheckoutResult{Refusal: code}, nil
	}
	return CheckoutResult{OrderID: placed.OrderID, Lines: placed.Lines, Total: placed.Total}, err
}
