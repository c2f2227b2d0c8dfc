package api

import (
	"context"

	"github.com/all-in-market/market/internal/bulk"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/reports"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/web"
)

// Lists reads lists that may lag behind: from a replica. *store.Store implements it.
type Lists interface {
	reports.LedgerReader

	Orders(
		ctx context.Context, buyerID market.BuyerID, status *market.OrderStatus, page market.PageRequest,
	) (market.Page[market.Order], error)
	PayableDays(ctx context.Context, seller market.SellerID, from, to market.Day) ([]market.PayableDay, error)
	Payments(
		ctx context.Context, buyerID market.BuyerID, status *market.PaymentStatus, page market.PageRequest,
	) (market.Page[market.Payment], error)
	Products(
		ctx context.Context, f store.CatalogueFilter, page market.PageRequest,
	) (market.Page[market.Product], error)
	Refunds(
		ctx context.Context, buyerID market.BuyerID, status *market.RefundStatus, page market.PageRequest,
	) (market.Page[market.Refund], error)
	SellerOrderItems(
		ctx context.Context, sellerID market.SellerID, f store.SellerItemFilter, page market.PageRequest,
	) (market.Page[market.SellerOrderItem], error)
	SellerPayouts(
		ctx context.Context, sellerID market.SellerID, status *market.PayoutStatus, page market.PageRequest,
	) (market.Page[market.SellerPayout], error)
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

// Store is the server's view of the database; *store.Store implements it.
type Store interface {
	Lists
	bulk.Store
	web.Requests
	reports.StatementReader

	AddToCart(
		ctx context.Context, buyerID market.BuyerID, productID int64, quantity int32, page market.PageRequest,
	) (market.Cart, error)
	Addresses(ctx context.Context, buyerID market.BuyerID) ([]market.Address, error)
	Buyer(ctx context.Context, id int64) (market.Buyer, error)
	BuyerCredentials(ctx context.Context, email market.Email) (store.Credentials, error)
	Cart(ctx context.Context, buyerID market.BuyerID, page market.PageRequest) (market.Cart, error)
	Categories(ctx context.Context) ([]market.Category, error)
	CheckBuyer(ctx context.Context, id int64) error
	CheckOwnProduct(ctx context.Context, sellerID market.SellerID, productID int64) error
	CheckSeller(ctx context.Context, id int64) error
	ConfirmItem(
		ctx context.Context, buyerID market.BuyerID, orderID, itemID int64, pieces *int32,
	) (item market.OrderItem, err error)
	CorrectParcel(
		ctx context.Context, sellerID market.SellerID, parcelID int64, in market.ParcelInput,
	) (market.Parcel, error)
	CreateAddress(ctx context.Context, buyerID market.BuyerID, in market.AddressInput) (market.Address, error)
	CreateProduct(ctx context.Context, p market.Product) (created market.Product, err error)
	DailyStatistics(ctx context.Context, sellerID market.SellerID, day market.Day) (market.Statistics, error)
	Dashboard(ctx context.Context, sellerID market.SellerID, day market.Day) (market.Dashboard, error)
	DeleteAddress(ctx context.Context, buyerID market.BuyerID, id int64) (a market.Address, err error)
	DeleteProduct(ctx context.Context, sellerID market.SellerID, id int64) (market.Product, error)
	DeliverItem(ctx context.Context, sellerID market.SellerID, itemID int64) (market.SellerOrderItem, error)
	DeliverParcel(ctx context.Context, sellerID market.SellerID, parcelID int64) (market.Parcel, error)
	EmptyCart(ctx context.Context, buyerID market.BuyerID, page market.PageRequest) (market.Cart, error)
	Images(ctx context.Context, productID int64) ([]store.Image, error)
	NoteRead(ctx context.Context, a market.Access) error
	NotificationPreferences(
		ctx context.Context, role market.Role, accountID int64,
	) (market.NotificationPreferences, error)
	Notifications(
		ctx context.Context, role market.Role, accountID int64, unread bool, page market.PageRequest,
	) (market.Page[market.Notification], error)
	Order(ctx context.Context, buyerID market.BuyerID, id int64) (market.Order, error)
	OrderDetail(ctx context.Context, buyerID market.BuyerID, id int64) (market.OrderDetail, error)
	OrderImages(ctx context.Context, sellerID market.SellerID, productID int64, ids []int64) error
	OrderNotifications(
		ctx context.Context, buyerID market.BuyerID, all bool, page market.PageRequest,
	) (market.Page[market.OrderNotification], error)
	OrderPayments(
		ctx context.Context, buyerID market.BuyerID, orderID int64, status *market.PaymentStatus,
		page market.PageRequest,
	) (market.Page[market.Payment], error)
	OrderRefunds(
		ctx context.Context, buyerID market.BuyerID, orderID int64, status *market.RefundStatus,
		page market.PageRequest,
	) (market.Page[market.Refund], error)
	OwnProduct(ctx context.Context, sellerID market.SellerID, id int64) (market.Product, error)
	Payment(ctx context.Context, buyerID market.BuyerID, id int64) (market.Payment, error)
	Product(ctx context.Context, id int64) (market.Product, error)
	RankProducts(
		ctx context.Context, sellerID market.SellerID, from, to *market.Day, limit int32,
	) ([]market.ProductRank, error)
	ReadAllNotifications(ctx context.Context, role market.Role, accountID int64) error
	ReadNotification(ctx context.Context, role market.Role, accountID, notificationID int64) error
	ReadOrderNotifications(ctx context.Context, buyerID market.BuyerID, orderID int64) error
	ReadRestockNotifications(ctx context.Context, buyerID market.BuyerID, productID int64) error
	ReceiveMessage(ctx context.Context, m store.ProviderMessage) (store.FollowUp, error)
	Refund(ctx context.Context, buyerID market.BuyerID, id int64) (market.RefundDetail, error)
	RefundPolicy(ctx context.Context) (market.RefundPolicy, error)
	RemoveFromCart(
		ctx context.Context, buyerID market.BuyerID, productID int64, page market.PageRequest,
	) (market.Cart, error)
	RestockNotifications(
		ctx context.Context, buyerID market.BuyerID, all bool, page market.PageRequest,
	) (market.Page[market.RestockNotification], error)
	RollUp(ctx context.Context, changed func(sellers []int64)) error
	Seller(ctx context.Context, id int64) (market.Seller, error)
	SellerAccount(ctx context.Context, id int64) (market.SellerAccount, error)
	SellerBalance(ctx context.Context, sellerID market.SellerID) (market.SellerBalance, error)
	SellerCredentials(ctx context.Context, email market.Email) (store.Credentials, error)
	SellerOrder(ctx context.Context, sellerID market.SellerID, orderID int64) (o market.SellerOrder, err error)
	SellerOrderItem(ctx context.Context, sellerID market.SellerID, id int64) (item market.SellerOrderItem, err error)
	SellerParcel(ctx context.Context, sellerID market.SellerID, parcelID int64) (parcel market.Parcel, err error)
	SellerPayout(ctx context.Context, sellerID market.SellerID, id int64) (market.SellerPayout, error)
	SellerRefund(ctx context.Context, sellerID market.SellerID, id int64) (d market.SellerRefundDetail, err error)
	SetCartQuantity(
		ctx context.Context, buyerID market.BuyerID, productID int64, quantity int32, page market.PageRequest,
	) (market.Cart, error)
	SetNotificationPreferences(
		ctx context.Context, role market.Role, accountID int64, change market.NotificationPreferences,
	) (p market.NotificationPreferences, err error)
	StockMovements(
		ctx context.Context, sellerID market.SellerID, productID int64, page market.PageRequest,
	) (market.Page[market.StockMovement], error)
	StoreOfProduct(ctx context.Context, productID int64) (market.StoreInfo, error)
	Subscribe(ctx context.Context, buyerID market.BuyerID, productID int64) (market.RestockSubscription, error)
	Subscription(ctx context.Context, buyerID market.BuyerID, productID int64) (market.RestockSubscription, error)
	Subscriptions(
		ctx context.Context, buyerID market.BuyerID, all bool, page market.PageRequest,
	) (market.Page[market.RestockSubscription], error)
	Settlement(ctx context.Context, sellerID market.SellerID, id int64) (market.SettlementDetail, error)
	ShipParcel(
		ctx context.Context, sellerID market.SellerID, in market.ParcelShipment,
	) (parcel market.Parcel, err error)
	SummarizeStatistics(
		ctx context.Context, sellerID market.SellerID, from, to *market.Day, unit string,
	) (*market.StatisticsSummary, error)
	Today() market.Day
	UnreadNotifications(ctx context.Context, role market.Role, accountID int64) (int64, error)
	Unsubscribe(ctx context.Context, buyerID market.BuyerID, productID int64) error
	UpdateAddress(
		ctx context.Context, buyerID market.BuyerID, id int64, c market.AddressChange,
	) (a market.Address, err error)
	UpdateProduct(
		ctx context.Context, sellerID market.SellerID, id int64, c market.ProductChange,
	) (market.Product, error)
}
