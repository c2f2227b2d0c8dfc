package bulk

import (
	"context"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/web"
)

// Store is the database of products and order lines; *store.Store implements it.
type Store interface {
	web.AccessLog

	ChangeProducts(
		ctx context.Context, sellerID market.SellerID, changes []store.ChangedProduct,
	) (changed []market.Product, at int, err error)
	ItemsToShip(ctx context.Context, sellerID market.SellerID, ids []int64) (map[int64]store.ItemToShip, error)
	OwnProducts(ctx context.Context, sellerID market.SellerID, ids []int64) (map[int64]market.Product, error)
	SellerProducts(
		ctx context.Context, sellerID market.SellerID, f store.ProductFilter, page market.PageRequest,
	) (market.Page[market.Product], error)
	ShipItem(
		ctx context.Context, sellerID market.SellerID, itemID int64, carrier, trackingNumber string,
	) (market.SellerOrderItem, error)
	WaitingToShip(ctx context.Context, sellerID market.SellerID, limit int32) ([]market.SellerOrderItem, error)
}
