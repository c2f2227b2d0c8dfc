package uploads

import (
	"context"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
)

// Store keeps which images products have; *store.Store implements it.
type Store interface {
	AddImage(
		ctx context.Context, sellerID market.SellerID, productID int64, i store.Image,
	) (image store.Image, err error)
	AnnounceObject(ctx context.Context, key string) error
	CheckRoomForImage(ctx context.Context, sellerID market.SellerID, productID int64) error
	DeleteImage(ctx context.Context, sellerID market.SellerID, of store.ProductImage) (image store.Image, err error)
	ForgetObjects(ctx context.Context, keys []string) error
}
