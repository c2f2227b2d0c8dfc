package shop

import (
	"context"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/pages"
	"github.com/all-in-market/market/internal/store"
)

// Lists reads lists that may lag behind: from a replica. *store.Store implements it.
type Lists interface {
	Orders(
		ctx context.Context, buyerID market.BuyerID, status *market.OrderStatus, page market.PageRequest,
	) (market.Page[market.Order], error)
	OrderTitles(ctx context.Context, ids []int64) (map[int64]store.OrderTitle, error)
	Products(
		ctx context.Context, f store.CatalogueFilter, page market.PageRequest,
	) (market.Page[market.Product], error)
	StoreNames(ctx context.Context, sellers []int64) (map[int64]string, error)
	Thumbnails(ctx context.Context, products []int64) (map[int64]store.Image, error)
}

// Store is the shop's view of the database; *store.Store implements it.
type Store interface {
	pages.Inbox
	Lists

	AddToCart(
		ctx context.Context, buyerID market.BuyerID, productID int64, quantity int32, page market.PageRequest,
	) (market.Cart, error)
	Addresses(ctx context.Context, buyerID market.BuyerID) ([]market.Address, error)
	BestProducts(ctx context.Context, limit int32) ([]store.BestProduct, error)
	Buyer(ctx context.Context, id int64) (market.Buyer, error)
	BuyerCredentials(ctx context.Context, email market.Email) (store.Credentials, error)
	Cart(ctx context.Context, buyerID market.BuyerID, page market.PageRequest) (market.Cart, error)
	Categories(ctx context.Context) ([]market.Category, error)
	CheckBuyer(ctx context.Context, id int64) error
	ConfirmItem(
		ctx context.Context, buyerID market.BuyerID, orderID, itemID int64, pieces *int32,
	) (item market.OrderItem, err error)
	CreateAddress(ctx context.Context, buyerID market.BuyerID, in market.AddressInput) (market.Address, error)
	DeleteAddress(ctx context.Context, buyerID market.BuyerID, id int64) (market.Address, error)
	Images(ctx context.Context, productID int64) ([]store.Image, error)
	Order(ctx context.Context, buyerID market.BuyerID, id int64) (market.Order, error)
	OrderDetail(ctx context.Context, buyerID market.BuyerID, id int64) (market.OrderDetail, error)
	OrderPayment(ctx context.Context, orderID int64) (market.Payment, error)
	OrderRefunds(
		ctx context.Context, buyerID market.BuyerID, orderID int64, status *market.RefundStatus,
		page market.PageRequest,
	) (market.Page[market.Refund], error)
	Product(ctx context.Context, id int64) (market.Product, error)
	RemoveFromCart(
		ctx context.Context, buyerID market.BuyerID, productID int64, page market.PageRequest,
	) (market.Cart, error)
	RefundPolicy(ctx context.Context) (market.RefundPolicy, error)
	SetCartQuantity(
		ctx context.Context, buyerID market.BuyerID, productID int64, quantity int32, page market.PageRequest,
	) (market.Cart, error)
	StoreOfProduct(ctx context.Context, productID int64) (market.StoreInfo, error)
	Subscribe(ctx context.Context, buyerID market.BuyerID, productID int64) (market.RestockSubscription, error)
	Subscription(ctx context.Context, buyerID market.BuyerID, productID int64) (market.RestockSubscription, error)
	Unsubscribe(ctx context.Context, buyerID market.BuyerID, productID int64) error
	UpdateAddress(
		ctx context.Context, buyerID market.BuyerID, id int64, c market.AddressChange,
	) (market.Address, error)
}
