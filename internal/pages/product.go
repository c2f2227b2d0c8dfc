package pages

import (
	"strings"
	"unicode/utf8"

	"github.com/all-in-market/market/internal/market"
)

// Picture is an image as a page shows it; its URL is "" for none.
type Picture struct{ URL, SrcSet string }

// ProductPage is a product as buyers see it.
type ProductPage struct {
	market.Product

	Pictures []Picture
	Seller   market.StoreInfo
	Returns  market.ShippingPolicy
}

// fewLeft is the stock below which buyers see how much is left.
const fewLeft = 10

// initial returns the placeholder for a product without a picture.
func initial(name string) string {
	letter, _ := utf8.DecodeRuneInString(name)
	return strings.ToUpper(string(letter))
}
