package storefront

import (
	"context"
	"time"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/workflows"
)

// soldOutMemory is how long checkouts are pre-checked after one was refused for lack of stock.
const soldOutMemory = time.Second

// checkOut runs a checkout. While a product is selling out, checkouts are pre-checked with one read:
// one that would fail with PRODUCT_OUT_OF_STOCK starts no workflow.
func (f *Service) checkOut(ctx context.Context, in workflows.CheckoutInput) (workflows.CheckoutResult, error) {
	if time.Since(time.UnixMilli(f.soldOut.Load())) < soldOutMemory {
		if err := f.Store.CanOrder(ctx, in.Checkout()); market.CodeOf(err) == market.CodeProductOutOfStock {
			f.soldOut.Store(time.Now().UnixMilli())
			return workflows.CheckoutResult{}, err
		}
	}
	result, err := f.Workflows.Checkout(ctx, in)
	switch code := market.CodeOf(err); code { //nolint:exhaustive // the others have no details
	case market.CodeProductOutOfStock:
		f.soldOut.Store(time.Now().UnixMilli())
		fallthrough
	case market.CodeInvalidOrderProduct, market.CodePriceChanged:
		// Histories do not contain the details of a refusal. They are read if it would still be refused.
		if detailed := f.Store.CanOrder(ctx, in.Checkout()); market.CodeOf(detailed) == code {
			err = detailed
		}
	}
	return result, err
}
