package market

// HitKind is what a search of staff has found.
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

// Hit is an element that a search of staff has found.
type Hit struct {
	Kind HitKind
	ID   int64  // of a payment the order's
	Name string // of a seller's store or a product, the state of an order or a refund, the number of a payment
}
