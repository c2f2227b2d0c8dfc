package market

// UnpaidLimits bound what buyers keep from others without paying: an order takes its pieces
// from stock until it is paid, cancelled or expires after OrderLifetime. The database refuses
// an order beyond them.
type UnpaidLimits struct {
	Verified   UnpaidLimit `json:"verified"`   // of a buyer whose e-mail address is verified
	Unverified UnpaidLimit `json:"unverified"` // of any other buyer; nowhere higher than Verified

	AdminID   *int64    `json:"adminId"` // who has set them; null for the first
	CreatedAt LocalTime `json:"createdAt"`
}

// UnpaidLimit bounds the unpaid orders of one buyer.
type UnpaidLimit struct {
	Orders          int32 `json:"orders"`
	Pieces          int32 `json:"pieces"`          // in all of the orders
	PiecesOfProduct int32 `json:"piecesOfProduct"` // of each product
}
