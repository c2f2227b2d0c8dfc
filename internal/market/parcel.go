package market

// Parcel contains pieces of lines that a seller has shipped together. It goes to the recipient of its order.
type Parcel struct {
	ID             int64           `json:"parcelId"`
	OrderID        int64           `json:"orderId"`
	SellerID       int64           `json:"sellerId"`
	Status         ParcelStatus    `json:"status"`
	Carrier        *string         `json:"carrier"`
	TrackingNumber *string         `json:"trackingNumber"`
	TrackingURL    *string         `json:"trackingUrl"` // where the carrier shows the parcel; null for an unknown carrier
	ShippedAt      LocalTime       `json:"shippedAt"`
	DeliveredAt    *LocalTime      `json:"deliveredAt"`
	DeliverySource *DeliverySource `json:"deliverySource"` // null until it is delivered
	Items          []Pieces        `json:"items"`
}

// ParcelStatus is a state of a parcel.
type ParcelStatus string

// The states of a parcel.
const (
	ParcelShipped   ParcelStatus = "SHIPPED"
	ParcelDelivered ParcelStatus = "DELIVERED"
)

// ParcelStates is the state machine of parcels.
var ParcelStates = StateMachine[ParcelStatus]{ParcelShipped: {ParcelDelivered}, ParcelDelivered: {}}

// DeliverySource identifies from whom a delivery is known.
type DeliverySource string

// The sources of deliveries.
const (
	DeliveredBySeller DeliverySource = "SELLER"
	DeliveredByBuyer  DeliverySource = "BUYER" // who has confirmed pieces of the parcel
	DeliveredByStaff  DeliverySource = "STAFF"
	DeliveredByTime   DeliverySource = "TIME" // assumed; see AssumeDeliveredAfter
)

// ParcelInput is the shipping data of a parcel as its seller enters it. Carrier is the code or a name of one of
// Couriers, or any other text.
type ParcelInput struct {
	Carrier        string `json:"carrier" validate:"required,carrier"`
	TrackingNumber string `json:"trackingNumber" validate:"required,trackingnumber"`
}

// ParcelShipment is a seller's request to ship pieces of an order in a parcel.
type ParcelShipment struct {
	OrderID int64 `json:"orderId" validate:"required,gt=0"`
	ParcelInput
	Items []Pieces `json:"items" validate:"omitempty,min=1,orderlines,dive"` // nil for all that are not shipped
}
