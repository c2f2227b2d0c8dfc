package sellerweb

import (
	"context"

	"github.com/all-in-market/market/internal/bulk"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/pages"
	"github.com/all-in-market/market/internal/reports"
	"github.com/all-in-market/market/internal/store"
)

// Lists reads lists that may lag behind: from a replica. *store.Store implements it.
type Lists interface {
	reports.LedgerReader

	SellerProducts(
		ctx context.Context, sellerID market.SellerID, f store.ProductFilter, page market.PageRequest,
	) (market.Page[market.Product], error)
	SellerRefunds(
		ctx context.Context, sellerID market.SellerID, status *market.RefundStatus, page market.PageRequest,
	) (market.Page[market.SellerRefund], error)
	Settlements(
		ctx context.Context, sellerID market.SellerID, status *market.SettlementStatus, page market.PageRequest,
	) (market.Page[market.Settlement], error)
}

// Store is the seller centre's view of the database; *store.Store implements it.
type Store interface {
	Lists
	bulk.Store
	reports.StatementReader
	pages.Inbox

	Categories(ctx context.Context) ([]market.Category, error)
	CheckSeller(ctx context.Context, id int64) error
	CorrectParcel(
		ctx context.Context, sellerID market.SellerID, parcelID int64, in market.ParcelInput,
	) (market.Parcel, error)
	CreateProduct(ctx context.Context, p market.Product) (created market.Product, err error)
	Dashboard(ctx context.Context, sellerID market.SellerID, day market.Day) (market.Dashboard, error)
	Images(ctx context.Context, productID int64) ([]store.Image, error)
	DeliverParcel(ctx context.Context, sellerID market.SellerID, parcelID int64) (market.Parcel, error)
	NoteRead(ctx context.Context, a market.Access) error
	OrderImages(ctx context.Context, sellerID market.SellerID, productID int64, ids []int64) error
	OwnProduct(ctx context.Context, sellerID market.SellerID, id int64) (market.Product, error)
	RankProducts(
		ctx context.Context, sellerID market.SellerID, from, to *market.Day, limit int32,
	) ([]market.ProductRank, error)
	RefundPolicy(ctx context.Context) (market.RefundPolicy, error)
	SellerAccount(ctx context.Context, id int64) (market.SellerAccount, error)
	SellerBalance(ctx context.Context, sellerID market.SellerID) (market.SellerBalance, error)
	SellerCredentials(ctx context.Context, email market.Email) (store.Credentials, error)
	SellerOrder(ctx context.Context, sellerID market.SellerID, orderID int64) (o market.SellerOrder, err error)
	SellerOrderItems(
		ctx context.Context, sellerID market.SellerID, f store.SellerItemFilter, page market.PageRequest,
	) (market.Page[market.SellerOrderItem], error)
	SellerTasks(ctx context.Context, sellerID market.SellerID) (market.SellerTasks, error)
	Settlement(ctx context.Context, sellerID market.SellerID, id int64) (market.SettlementDetail, error)
	ShipParcel(
		ctx context.Context, sellerID market.SellerID, in market.ParcelShipment,
	) (parcel market.Parcel, err error)
	SummarizeStatistics(
		ctx context.Context, sellerID market.SellerID, from, to *market.Day, unit string,
	) (*market.StatisticsSummary, error)
	Today() market.Day
	UpdateProduct(
		ctx context.Context, sellerID market.SellerID, id int64, c market.ProductChange,
	) (market.Product, error)
}
