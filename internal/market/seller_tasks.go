package market

import "time"

// ShippingTime is how long a paid line may wait for its parcel before it is late.
const ShippingTime = 3 * 24 * time.Hour

// LowStock is the number of available pieces from which a product on sale has few left.
const LowStock = 5

// SellerTasks counts what a seller has to do; at most 10,000 lines are counted.
type SellerTasks struct {
	ToShip   int64 // lines that can be shipped
	Late     int64 // of them, those that have waited for longer than ShippingTime
	Refunds  int64 // refunds of the seller's lines that wait for staff
	LowStock int64 // products on sale with at most LowStock pieces available
	Unread   int64 // notifications, up to the most that are counted

	StoreName string // of the seller
}

// StaffTasks counts the tasks of a member of staff.
type StaffTasks struct {
	Refunds   int64 // that wait for a decision, also again after a failure
	Sellers   int64 // that wait for their approval
	Payouts   int64 // that failed, and wait for a decision
	Breaks    int64 // open discrepancies of reconciliation
	Proposals int64 // of others, which the member may decide
}
