// Package api is the HTTP interface of buyers and sellers. A read goes to the
// cache and the store; a write to one aggregate goes to the store; an order or
// a payment starts a workflow and waits for its answer.
package api

import (
	"net/http"
	"time"

	"github.com/gorilla/mux"

	"github.com/all-in-market/market/internal/cache"
	"github.com/all-in-market/market/internal/gateway/portone"
	"github.com/all-in-market/market/internal/images"
	"github.com/all-in-market/market/internal/integrators"
	"github.com/all-in-market/market/internal/login"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/storefront"
	"github.com/all-in-market/market/internal/uploads"
	"github.com/all-in-market/market/internal/web"
)

// Server answers buyers and sellers.
type Server struct {
	Auth    *login.Auth
	Store   Store
	Replica Lists // for lists that may lag behind: a replica, or Store
	Cache   *cache.Reads
	Images  *images.Store
	Issuer  market.Business // of statements
	Uploads *uploads.Uploads

	Storefront *storefront.Service

	Webhooks *portone.Webhooks // nil: PortOne is not configured

	Integrators *integrators.Webhooks // sellers' webhook endpoints

	// PayoutPause is how long a seller is not paid after its bank account has changed.
	PayoutPause time.Duration
	Parameters  web.Parameters // of the routes; nil: they are not checked
	Document    *web.Document  // describes the routes; nil: it is not served
	// Pages adds the pages that sellers see in a browser; nil for none.
	Pages func(*mux.Router)
}

// Router is the server's whole route table; indentation shows who may call.
func (s *Server) Router() *mux.Router {
	buyers := &login.Accounts{
		Auth: s.Auth, Role: market.RoleBuyer, CookiePath: "/auth", Credentials: s.Store.BuyerCredentials,
		Check: s.Store.CheckBuyer,
	}
	sellers := &login.Accounts{
		Auth: s.Auth, Role: market.RoleSeller, CookiePath: "/seller/auth", Credentials: s.Store.SellerCredentials,
		Check: s.Store.CheckSeller,
	}

	webhooks := s.Integrators.Of(web.Seller)

	router := web.NewRouter(s.Parameters)
	route := func(r *mux.Router, method, path string, h web.Handler) { r.Handle(path, web.Handle(h)).Methods(method) }
	group := func(middleware ...mux.MiddlewareFunc) *mux.Router {
		r := router.NewRoute().Subrouter()
		r.Use(middleware...)
		return r
	}
	{ // everybody; a token that has run out must not keep its owner from a new one
		r := group(web.SameOrigin())
		route(r, http.MethodGet, "/legal-documents", s.getDocuments)
		route(r, http.MethodPost, "/auth/signup", s.signUpBuyer)
		route(r, http.MethodPost, "/auth/login", buyers.Login)
		route(r, http.MethodPost, "/auth/refresh", buyers.Refresh)
		route(r, http.MethodPost, "/auth/password/forgot", buyers.ForgotPassword)
		route(r, http.MethodPost, "/auth/password/reset", buyers.ResetPassword)
		route(r, http.MethodPost, "/auth/email/verify", buyers.VerifyEmail)
		route(r, http.MethodPost, "/seller/auth/signup", s.signUpSeller)
		route(r, http.MethodPost, "/seller/auth/login", sellers.Login)
		route(r, http.MethodPost, "/seller/auth/refresh", sellers.Refresh)
		route(r, http.MethodPost, "/seller/auth/password/forgot", sellers.ForgotPassword)
		route(r, http.MethodPost, "/seller/auth/password/reset", sellers.ResetPassword)
		route(r, http.MethodPost, "/seller/auth/email/verify", sellers.VerifyEmail)
		route(r, http.MethodPost, "/webhooks/portone", s.receiveNotification)
		s.addDocs(r)
		r.PathPrefix(images.Prefix).Handler(web.Handle(s.Images.Serve)).Methods(http.MethodGet)
	}
	{ // public, but a bad token is refused
		r := group(s.Auth.Authenticate)
		route(r, http.MethodGet, "/categories", s.listCategories)
		route(r, http.MethodGet, "/products", s.listProducts)
		route(r, http.MethodGet, "/products/{productId}", s.getProduct)
		route(r, http.MethodGet, "/products/{productId}/images", s.listProductImages)
		route(r, http.MethodGet, "/products/{productId}/seller", s.getSellerOfProduct)
		route(r, http.MethodGet, "/couriers", s.listCouriers)
		route(r, http.MethodGet, "/payment-methods", s.listPaymentMethods)
		route(r, http.MethodGet, "/refund-reasons", s.listRefundReasons)
	}
	{ // buyers
		r := group(s.Auth.Authenticate, web.Require(market.RoleBuyer))
		route(r, http.MethodPost, "/auth/logout", buyers.Logout)
		route(r, http.MethodGet, "/buyers/me", s.getBuyer)
		route(r, http.MethodPut, "/buyers/me", s.updateBuyer)
		route(r, http.MethodDelete, "/buyers/me", s.withdraw(s.Auth.WithdrawBuyer))
		route(r, http.MethodPost, "/buyers/me/email-verification", buyers.SendVerification)
		route(r, http.MethodPost, "/addresses", s.createAddress)
		route(r, http.MethodGet, "/addresses", s.listAddresses)
		route(r, http.MethodPut, "/addresses/{addressId}", s.updateAddress)
		route(r, http.MethodDelete, "/addresses/{addressId}",
			web.One(web.DeleteSuccess, "addressId", s.Store.DeleteAddress))
		route(r, http.MethodGet, "/carts", s.getCart)
		route(r, http.MethodDelete, "/carts", s.emptyCart)
		route(r, http.MethodPost, "/carts/items", s.addCartItem)
		route(r, http.MethodPut, "/carts/items/{productId}", s.setCartItem)
		route(r, http.MethodDelete, "/carts/items/{productId}", s.deleteCartItem)
		route(r, http.MethodPost, "/orders", s.createOrder)
		route(r, http.MethodGet, "/orders", s.listOrders)
		route(r, http.MethodGet, "/orders/{orderId}", web.One(web.ReadSuccess, "orderId", s.Store.OrderDetail))
		route(r, http.MethodPost, "/orders/{orderId}/cancel", s.cancelOrder)
		route(r, http.MethodPost, "/orders/{orderId}/items/{orderItemId}/confirm", s.confirmItem)
		route(r, http.MethodPost, "/orders/{orderId}/refunds", s.createRefund)
		route(r, http.MethodGet, "/orders/{orderId}/refunds", web.ListOf(10, "orderId", s.Store.OrderRefunds))
		route(r, http.MethodGet, "/orders/{orderId}/payments", web.ListOf(10, "orderId", s.Store.OrderPayments))
		route(r, http.MethodGet, "/refunds", web.ListByStatus(10, s.Replica.Refunds))
		route(r, http.MethodGet, "/refunds/{refundId}", web.One(web.ReadSuccess, "refundId", s.Store.Refund))
		route(r, http.MethodGet, "/order-notifications/me", listUnread(s.Store.OrderNotifications))
		route(r, http.MethodPut, "/order-notifications/me", s.readOrderNotifications)
		route(r, http.MethodPut, "/order-notifications/{orderId}",
			web.OneWithout(web.UpdateSuccess, "orderId", s.Store.ReadOrderNotifications))
		route(r, http.MethodPost, "/restock-subscriptions", s.subscribe)
		route(r, http.MethodGet, "/restock-subscriptions/me", listUnread(s.Store.Subscriptions))
		route(r, http.MethodGet, "/restock-subscriptions/me/{productId}",
			web.One(web.ReadSuccess, "productId", s.Store.Subscription))
		route(r, http.MethodDelete, "/restock-subscriptions/{productId}",
			web.OneWithout(web.DeleteSuccess, "productId", s.Store.Unsubscribe))
		route(r, http.MethodGet, "/restock-notifications/me", listUnread(s.Store.RestockNotifications))
		route(r, http.MethodPut, "/restock-notifications/me", s.readRestockNotifications)
		route(r, http.MethodPut, "/restock-notifications/{productId}",
			web.OneWithout(web.UpdateSuccess, "productId", s.Store.ReadRestockNotifications))
		route(r, http.MethodGet, "/notifications", s.listNotifications)
		route(r, http.MethodGet, "/notifications/unread-count", s.countUnread)
		route(r, http.MethodPost, "/notifications/read-all", s.readAllNotifications)
		route(r, http.MethodPost, "/notifications/{notificationId}/read", s.readNotification)
		route(r, http.MethodGet, "/notification-preferences", s.getPreferences)
		route(r, http.MethodPut, "/notification-preferences", s.setPreferences)
		route(r, http.MethodPost, "/payments", s.createPayment)
		route(r, http.MethodGet, "/payments", web.ListByStatus(10, s.Replica.Payments))
		route(r, http.MethodGet, "/payments/{paymentId}", web.One(web.ReadSuccess, "paymentId", s.Store.Payment))
		route(r, http.MethodPost, "/payments/{paymentId}/confirm", s.confirmPayment)
	}
	{ // sellers
		r := group(s.Auth.Authenticate, web.Require(market.RoleSeller))
		route(r, http.MethodPost, "/seller/auth/logout", sellers.Logout)
		route(r, http.MethodGet, "/sellers/me", s.getSeller)
		route(r, http.MethodPut, "/sellers/me", s.updateSeller)
		route(r, http.MethodDelete, "/sellers/me", s.withdraw(s.Auth.WithdrawSeller))
		route(r, http.MethodGet, "/sellers/me/account", s.getSellerAccount)
		route(r, http.MethodPost, "/sellers/me/email-verification", sellers.SendVerification)
		route(r, http.MethodPost, "/seller/products", s.createProduct)
		route(r, http.MethodGet, "/seller/products", s.listSellerProducts)
		route(r, http.MethodGet, "/seller/products/{productId}",
			web.One(web.ReadSuccess, "productId", s.Store.OwnProduct))
		route(r, http.MethodPut, "/seller/products/{productId}", s.updateProduct)
		route(r, http.MethodDelete, "/seller/products/{productId}", s.deleteProduct)
		route(r, http.MethodPut, "/seller/products/{productId}/stock", s.setStock)
		route(r, http.MethodGet, "/seller/products/{productId}/stock-movements", s.listStockMovements)
		route(r, http.MethodPost, "/seller/products/{productId}/images", s.addImage)
		route(r, http.MethodGet, "/seller/products/{productId}/images", s.listOwnImages)
		route(r, http.MethodPut, "/seller/products/{productId}/images", s.orderImages)
		route(r, http.MethodDelete, "/seller/products/{productId}/images/{imageId}", s.deleteImage)
		route(r, http.MethodGet, "/seller/dashboard", s.getDashboard)
		route(r, http.MethodPost, "/seller/dashboard/refresh", s.refreshDashboard)
		route(r, http.MethodGet, "/seller/statistics/daily/{date}", s.dailyStatistics)
		route(r, http.MethodGet, "/seller/statistics/summary", s.summarizeStatistics)
		route(r, http.MethodGet, "/seller/statistics/products", s.rankProducts)
		route(r, http.MethodGet, "/seller/ledger", s.listLedger)
		route(r, http.MethodGet, "/seller/ledger/days", s.summarizeLedger)
		route(r, http.MethodGet, "/seller/balance", s.getBalance)
		route(r, http.MethodGet, "/seller/settlements", s.listSettlements)
		route(r, http.MethodGet, "/seller/webhooks", webhooks.List)
		route(r, http.MethodPost, "/seller/webhooks", webhooks.Create)
		route(r, http.MethodGet, "/seller/webhooks/{endpointId}", webhooks.Get)
		route(r, http.MethodPut, "/seller/webhooks/{endpointId}", webhooks.Update)
		route(r, http.MethodDelete, "/seller/webhooks/{endpointId}", webhooks.Delete)
		route(r, http.MethodPut, "/seller/webhooks/{endpointId}/secret", webhooks.Rotate)
		route(r, http.MethodGet, "/seller/webhooks/{endpointId}/messages", webhooks.Messages)
		route(r, http.MethodPut, "/seller/webhooks/{endpointId}/messages/{messageId}/replay", webhooks.Replay)
		route(r, http.MethodGet, "/seller/settlements/{settlementId}",
			web.One(web.ReadSuccess, "settlementId", s.Store.Settlement))
		route(r, http.MethodGet, "/seller/settlements/{settlementId}/statement", s.getStatement)
		route(r, http.MethodGet, "/seller/notifications", s.listNotifications)
		route(r, http.MethodGet, "/seller/notifications/unread-count", s.countUnread)
		route(r, http.MethodPost, "/seller/notifications/read-all", s.readAllNotifications)
		route(r, http.MethodPost, "/seller/notifications/{notificationId}/read", s.readNotification)
		route(r, http.MethodGet, "/seller/notification-preferences", s.getPreferences)
		route(r, http.MethodPut, "/seller/notification-preferences", s.setPreferences)
		route(r, http.MethodGet, "/seller/refunds", s.listSellerRefunds)
		route(r, http.MethodGet, "/seller/refunds/{refundId}",
			web.One(web.ReadSuccess, "refundId", s.Store.SellerRefund))
		route(r, http.MethodGet, "/seller/payouts", web.ListByStatus(10, s.Replica.SellerPayouts))
		route(r, http.MethodGet, "/seller/payouts/{payoutId}",
			web.One(web.ReadSuccess, "payoutId", s.Store.SellerPayout))
		route(r, http.MethodGet, "/seller/orderitems", s.listOrderItems)
		route(r, http.MethodGet, "/seller/orders/{orderId}", s.showSellerOrder)
		route(r, http.MethodPost, "/seller/orders/{orderId}/cancel", s.cancelSellerOrder)
		route(r, http.MethodGet, "/seller/orderitems/{orderItemId}", s.showOrderItem)
		route(r, http.MethodPut, "/seller/orderitems/{orderItemId}/ship", s.shipItem)
		route(r, http.MethodPost, "/seller/parcels", s.shipParcel)
		route(r, http.MethodGet, "/seller/parcels/{parcelId}",
			web.One(web.ReadSuccess, "parcelId", s.Store.SellerParcel))
		route(r, http.MethodPut, "/seller/parcels/{parcelId}", s.correctParcel)
		route(r, http.MethodPost, "/seller/parcels/{parcelId}/deliver",
			web.One(web.UpdateSuccess, "parcelId", s.Store.DeliverParcel))
		route(r, http.MethodGet, "/seller/shipments/template", s.bulk().ShipmentsTemplate)
		route(r, http.MethodPost, "/seller/shipments/preview",
			s.ship(s.bulk().PreviewShipments, web.ReadSuccess, lineReady))
		route(r, http.MethodPost, "/seller/shipments", s.ship(s.bulk().Ship, web.UpdateSuccess, lineDone))
		route(r, http.MethodGet, "/seller/offers/template", s.bulk().OffersTemplate)
		route(r, http.MethodPost, "/seller/offers/preview", s.previewOffers)
		route(r, http.MethodPost, "/seller/offers", s.changeOffers)
		route(r, http.MethodPut, "/seller/orderitems/{orderItemId}/deliver",
			web.One(web.UpdateSuccess, "orderItemId", s.Store.DeliverItem))
	}
	if s.Pages != nil {
		s.Pages(router)
	}
	return router
}
