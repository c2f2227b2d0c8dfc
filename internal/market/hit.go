package market

// HitKind is the kind of a search result.
type HitKind string

// The kinds of hits.
const (
	HitOrder   HitKind = "ORDER"
	HitPayment HitKind = "PAYMENT"
	HitRefund  HitKind = "REFUND"
	HitSeller  HitKind = "SELLER"
	HitProduct HitKind = "PRODUCT"
	HitBuyer   HitKind = "BUYER"
)

// Hit is a result of a search by staff.
type Hit struct {
	Kind HitKind
	ID   int64  // of a payment the order's
	Name string // of a seller's store or a product, the state of an order or a refund, the number of a payment
}
