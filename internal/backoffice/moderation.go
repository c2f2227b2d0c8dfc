package backoffice

import (
	"context"

	"github.com/all-in-market/market/internal/market"
)

// BlockProduct takes a product off sale for a reason; its seller cannot undo that. It fails with
// PRODUCT_NOT_FOUND.
func (o *Service) BlockProduct(ctx context.Context, id int64, reason string) (market.Product, error) {
	return o.setProductBlock(ctx, id, &reason)
}

// UnblockProduct lets a product go that was blocked: it is hidden, and its seller decides. It fails
// with PRODUCT_NOT_FOUND.
func (o *Service) UnblockProduct(ctx context.Context, id int64) (market.Product, error) {
	return o.setProductBlock(ctx, id, nil)
}

func (o *Service) setProductBlock(ctx context.Context, id int64, reason *string) (market.Product, error) {
	p, err := o.Store.SetProductBlock(ctx, id, reason)
	if err == nil {
		o.Cache.ProductChanged(ctx, p)
	}
	return p, err
}

// LockBuyer locks a buyer out for a reason: all sessions end at once, and orders in progress
// continue. It fails with BUYER_NOT_FOUND, or with REDIS_UNAVAILABLE, after which a repeat ends the
// sessions.
func (o *Service) LockBuyer(ctx context.Context, id int64, reason string) (market.BuyerAccount, error) {
	b, err := o.Store.SetBuyerLock(ctx, id, &reason)
	if err != nil {
		return b, err
	}
	return b, o.Sessions.EndAccount(ctx, market.RoleBuyer, id)
}

// UnlockBuyer lets a buyer in again. It fails with BUYER_NOT_FOUND.
func (o *Service) UnlockBuyer(ctx context.Context, id int64) (market.BuyerAccount, error) {
	return o.Store.SetBuyerLock(ctx, id, nil)
}
