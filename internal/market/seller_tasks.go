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
}
