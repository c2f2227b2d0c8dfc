// Package admin is the HTTP interface of the marketplace's own staff.
package admin

import (
	"net/http"

	"github.com/gorilla/mux"

	"github.com/all-in-market/market/internal/backoffice"
	"github.com/all-in-market/market/internal/cache"
	"github.com/all-in-market/market/internal/integrators"
	"github.com/all-in-market/market/internal/login"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/web"
)

// Server answers admins.
type Server struct {
	Auth   *login.Auth
	Store  *store.Store
	Lists  *store.Store // for lists that may lag behind: a replica, or Store
	Cache  *cache.Reads
	Office *backoffice.Office

	Integrators *integrators.Webhooks // whom the marketplace has told of what happens
	// Pages adds the pages that staff sees in a browser; nil for none.
	Pages func(*mux.Router)
}

// Router is the server's whole route table.
func (s *Server) Router() *mux.Router {
	admins := &login.Accounts{
		Auth: s.Auth, Role: market.RoleAdmin, CookiePath: "/admin/auth", Credentials: s.Store.AdminCredentials,
		Check: s.Store.CheckAdmin,
	}

	webhooks := s.Integrators.Of(func(*http.Request) store.WebhookOwner { return 0 })

	router := web.NewRouter()
	route := func(r *mux.Router, method, path string, h web.Handler) { r.Handle(path, web.Handle(h)).Methods(method) }
	{ // everybody
		r := router.NewRoute().Subrouter()
		r.Use(web.SameOrigin())
		route(r, http.MethodPost, "/admin/auth/login", admins.Login)
		route(r, http.MethodPost, "/admin/auth/refresh", admins.Refresh)
		route(r, http.MethodPost, "/admin/auth/password/forgot", admins.ForgotPassword)
		route(r, http.MethodPost, "/admin/auth/password/reset", admins.ResetPassword)
	}
	{ // admins
		r := router.NewRoute().Subrouter()
		r.Use(s.Auth.Authenticate, web.Require(market.RoleAdmin), s.requireAccount)
		route(r, http.MethodPost, "/admin/auth/logout", admins.Logout)
		route(r, http.MethodPut, "/admin/me/password", s.changePassword)
		route(r, http.MethodPost, "/admin/me/otp", admins.OfferOTP)
		route(r, http.MethodPut, "/admin/me/otp", admins.ActivateOTP)
		route(r, http.MethodDelete, "/admin/me/otp", admins.RemoveOTP)
		route(r, http.MethodGet, "/admin/categories", s.listCategories)
		route(r, http.MethodPost, "/admin/categories", s.createCategory)
		route(r, http.MethodPut, "/admin/categories/{categoryId}", s.updateCategory)
		route(r, http.MethodDelete, "/admin/categories/{categoryId}", s.deleteCategory)
		route(r, http.MethodGet, "/admin/products", s.listProducts)
		route(r, http.MethodPut, "/admin/products/{productId}/block", explained("productId", s.Office.BlockProduct, nil))
		route(r, http.MethodPut, "/admin/products/{productId}/unblock", measure("productId", s.Office.UnblockProduct, nil))
		route(r, http.MethodGet, "/admin/buyers", s.listBuyers)
		route(r, http.MethodPut, "/admin/buyers/{buyerId}/lock", explained("buyerId", s.Office.LockBuyer, s.noteBuyer))
		route(r, http.MethodPut, "/admin/buyers/{buyerId}/unlock", measure("buyerId", s.Office.UnlockBuyer, s.noteBuyer))
		route(r, http.MethodGet, "/admin/orders", s.listOrders)
		route(r, http.MethodPut, "/admin/orders/{orderId}/status", s.setOrderStatus)
		route(r, http.MethodGet, "/admin/refunds", listByStatus(s.Store.AllRefunds, s.list(market.DataRefunds)))
		route(r, http.MethodPut, "/admin/refunds/{refundId}/complete", s.completeRefund)
		route(r, http.MethodPut, "/admin/refunds/{refundId}/deny", s.denyRefund)
		route(r, http.MethodPut, "/admin/refunds/{refundId}/settle", s.completeRefundByHand)
		route(r, http.MethodGet, "/admin/refund-policy", s.getRefundPolicy)
		route(r, http.MethodPut, "/admin/refund-policy", s.setRefundPolicy)
		route(r, http.MethodGet, "/admin/unpaid-limits", s.getUnpaidLimits)
		route(r, http.MethodPut, "/admin/unpaid-limits", s.setUnpaidLimits)
		route(r, http.MethodGet, "/admin/audit", s.listAudit)
		route(r, http.MethodGet, "/admin/webhooks", webhooks.List)
		route(r, http.MethodPost, "/admin/webhooks", webhooks.Create)
		route(r, http.MethodPut, "/admin/webhooks/{endpointId}", webhooks.Update)
		route(r, http.MethodDelete, "/admin/webhooks/{endpointId}", webhooks.Delete)
		route(r, http.MethodPut, "/admin/webhooks/{endpointId}/secret", webhooks.Rotate)
		route(r, http.MethodGet, "/admin/webhooks/{endpointId}/messages", webhooks.Messages)
		route(r, http.MethodPut, "/admin/webhooks/{endpointId}/messages/{messageId}/replay", webhooks.Replay)
		route(r, http.MethodGet, "/admin/ledger", s.listLedger)
		route(r, http.MethodGet, "/admin/ledger/trial-balance", s.getTrialBalance)
		route(r, http.MethodGet, "/admin/reconciliation", listByStatus(s.Store.Breaks, nil))
		route(r, http.MethodGet, "/admin/reconciliation/days", s.listReconciledDays)
		route(r, http.MethodPut, "/admin/reconciliation/days/{day}", s.reconcile)
		route(r, http.MethodPut, "/admin/reconciliation/{breakId}/accept", s.acceptBreak)
		route(r, http.MethodGet, "/admin/settlement-files", s.listSettlementFiles)
		route(r, http.MethodPut, "/admin/settlement-files/{name}", s.importSettlementFile)
		route(r, http.MethodGet, "/admin/payouts", listByStatus(s.Store.Payouts, nil))
		route(r, http.MethodPut, "/admin/payouts/{payoutId}/inquire", s.inquirePayout)
		route(r, http.MethodGet, "/admin/sellers", listByStatus(s.Store.Sellers, s.list(market.DataSellers)))
		route(r, http.MethodGet, "/admin/sellers/{sellerId}/balance", s.getSellerBalance)
		route(r, http.MethodPut, "/admin/sellers/{sellerId}/status", s.setSellerStatus)
	}
	{ // those who may read the access log
		r := router.NewRoute().Subrouter()
		r.Use(s.Auth.Authenticate, web.Require(market.RoleAdmin), s.requireAccount, mayReadAccessLog)
		route(r, http.MethodGet, "/admin/access-log", s.listAccess)
		route(r, http.MethodGet, "/admin/access-log/summary", s.summarizeAccess)
	}
	if s.Pages != nil {
		s.Pages(router)
	}
	return router
}

// requireAccount lets a caller pass whose account still exists.
func (s *Server) requireAccount(next http.Handler) http.Handler {
	return web.Handle(func(w http.ResponseWriter, r *http.Request) error {
		if err := s.Store.CheckAdmin(r.Context(), web.Caller(r).ID); err != nil {
			return err
		}
		next.ServeHTTP(w, r)
		return nil
	})
}
