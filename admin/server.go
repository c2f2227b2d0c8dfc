// Package admin is the HTTP interface of the marketplace's own staff.
package admin

import (
	"context"
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
	Auth       *login.Auth
	Store      Store
	Replica    Lists // for lists that may lag behind: a replica, or Store
	Cache      *cache.Reads
	BackOffice *backoffice.Service

	Issuer market.Business // of statements

	Integrators *integrators.Webhooks // the marketplace's own webhook endpoints
	Parameters  web.Parameters        // of the routes; nil: they are not checked
	Document    *web.Document         // describes the routes; nil: it is not served
	// Pages adds the pages that staff sees in a browser; nil for none.
	Pages func(*mux.Router)
}

// Router returns the server's whole route table.
func (s *Server) Router() *mux.Router {
	admins := &login.Accounts{
		Auth: s.Auth, Role: market.RoleAdmin, CookiePath: "/admin/auth", Credentials: s.Store.AdminCredentials,
		Check: s.Store.CheckAdmin,
	}

	webhooks := s.Integrators.Of(func(*http.Request) store.WebhookOwner { return 0 })
	allWebhooks := s.Integrators.OfAll()

	router := web.NewRouter(s.Parameters)
	route := func(r *mux.Router, method, path string, h web.Handler) { r.Handle(path, web.Handle(h)).Methods(method) }
	{ // everybody
		r := router.NewRoute().Subrouter()
		r.Use(web.SameOrigin())
		route(r, http.MethodPost, "/admin/auth/login", admins.Login)
		route(r, http.MethodPost, "/admin/auth/refresh", admins.Refresh)
		route(r, http.MethodPost, "/admin/auth/password/forgot", admins.ForgotPassword)
		route(r, http.MethodPost, "/admin/auth/password/reset", admins.ResetPassword)
		s.Document.Routes(r)
	}
	// Staff. Each route names the permission that it needs.
	inside := router.NewRoute().Subrouter()
	inside.Use(s.Auth.Authenticate, s.Auth.RequireStaff)
	staff := func(method, path string, p market.Permission, h web.Handler) {
		inside.Handle(path, s.Auth.Guard(p, h, func(h web.Handler) http.Handler {
			return web.Handle(h)
		})).Methods(method)
	}
	staff(http.MethodPost, "/admin/auth/logout", market.PermissionSession, admins.Logout)
	staff(http.MethodPut, "/admin/me/password", market.PermissionOwnAccount, s.changePassword)
	staff(http.MethodPost, "/admin/me/otp", market.PermissionSession, admins.OfferOTP)
	staff(http.MethodPut, "/admin/me/otp", market.PermissionSession, admins.ActivateOTP)
	staff(http.MethodDelete, "/admin/me/otp", market.PermissionOwnAccount, admins.RemoveOTP)
	staff(http.MethodPost, "/admin/me/otp/confirmation", market.PermissionOwnAccount, admins.ConfirmOTP)
	staff(http.MethodGet, "/admin/me", market.PermissionOwnAccount, s.getMe)
	staff(http.MethodGet, "/admin/overview", market.PermissionSeeStatistics, s.getOverview)
	staff(http.MethodGet, "/admin/alerts", market.PermissionSeeStatistics, s.listAlerts)
	staff(http.MethodGet, "/admin/staff", market.PermissionSeeStaff, listByStatus(s.Store.StaffMembers, nil))
	staff(http.MethodPost, "/admin/staff", market.PermissionManageStaff, s.inviteStaff)
	staff(http.MethodPut, "/admin/staff/{staffId}/role", market.PermissionManageStaff, s.setStaffRole)
	staff(http.MethodPost, "/admin/staff/{staffId}/disable", market.PermissionManageStaff,
		endStaff(s.BackOffice.DisableStaff))
	staff(http.MethodPost, "/admin/staff/{staffId}/enable", market.PermissionManageStaff,
		measure("staffId", s.Store.EnableStaff, nil))
	staff(http.MethodPost, "/admin/staff/{staffId}/reset", market.PermissionManageStaff,
		endStaff(s.BackOffice.ResetStaff))
	staff(http.MethodGet, "/admin/proposals", market.PermissionSeeProposals, listByStatus(s.Store.Proposals, nil))
	staff(http.MethodPost, "/admin/proposals/{proposalId}/approve", market.PermissionDecideProposals,
		s.decideProposal(true))
	staff(http.MethodPost, "/admin/proposals/{proposalId}/reject", market.PermissionDecideProposals,
		s.decideProposal(false))
	staff(http.MethodPost, "/admin/proposals/{proposalId}/withdraw", market.PermissionDecideProposals,
		s.withdrawProposal)
	staff(http.MethodGet, "/admin/categories", market.PermissionSeeCatalogue, s.listCategories)
	staff(http.MethodPost, "/admin/categories", market.PermissionEditCatalogue, s.createCategory)
	staff(http.MethodPut, "/admin/categories/{categoryId}", market.PermissionEditCatalogue, s.updateCategory)
	staff(http.MethodDelete, "/admin/categories/{categoryId}", market.PermissionEditCatalogue, s.deleteCategory)
	staff(http.MethodGet, "/admin/products", market.PermissionSeeCatalogue, newestByStatus(s.Replica.AllProducts, nil))
	staff(http.MethodGet, "/admin/products/{productId}", market.PermissionSeeCatalogue,
		detail("productId", s.Store.AnyProduct, nil))
	staff(http.MethodPut, "/admin/products/{productId}/block", market.PermissionEditCatalogue,
		explained("productId", s.BackOffice.BlockProduct, nil))
	staff(http.MethodPut, "/admin/products/{productId}/unblock", market.PermissionEditCatalogue,
		measure("productId", s.BackOffice.UnblockProduct, nil))
	staff(http.MethodGet, "/admin/buyers", market.PermissionSeeBuyers, s.listBuyers)
	staff(http.MethodGet, "/admin/buyers/{buyerId}", market.PermissionSeeBuyers,
		detail("buyerId", s.Store.BuyerAccount,
			func(ctx context.Context, b market.BuyerAccount) error { return s.noteBuyer(ctx, b.ID) }))
	staff(http.MethodPut, "/admin/buyers/{buyerId}/lock", market.PermissionLockBuyers,
		explained("buyerId", s.BackOffice.LockBuyer, s.noteBuyer))
	staff(http.MethodPut, "/admin/buyers/{buyerId}/unlock", market.PermissionLockBuyers,
		measure("buyerId", s.BackOffice.UnlockBuyer, s.noteBuyer))
	staff(http.MethodGet, "/admin/orders", market.PermissionSeeOrders,
		s.listOrders)
	staff(http.MethodGet, "/admin/orders/{orderId}", market.PermissionSeeOrders,
		detail("orderId", s.Store.AnyOrderDetail,
			func(ctx context.Context, o market.OrderDetail) error { return s.noteOrder(ctx, o.Order) }))
	staff(http.MethodGet, "/admin/orders/{orderId}/timeline", market.PermissionSeeOrders, s.getTimeline)
	staff(http.MethodGet, "/admin/orders/{orderId}/trace", market.PermissionSeeStatistics,
		detail("orderId", s.Store.TraceOrder, nil))
	staff(http.MethodGet, "/admin/orders/{orderId}/notes", market.PermissionSeeOrders, s.listOrderNotes)
	staff(http.MethodPost, "/admin/orders/{orderId}/notes", market.PermissionChangeOrders, s.addOrderNote)
	staff(http.MethodGet, "/admin/payments", market.PermissionSeeOrders, s.listPayments)
	staff(http.MethodGet, "/admin/payments/{paymentId}", market.PermissionSeeOrders,
		detail("paymentId", s.Store.AnyPayment, nil))
	staff(http.MethodPut, "/admin/orders/{orderId}/status", market.PermissionChangeOrders, s.setOrderStatus)
	staff(http.MethodGet, "/admin/refunds", market.PermissionSeeOrders,
		listByStatus(s.Store.AllRefunds, s.list(market.DataRefunds)))
	staff(http.MethodGet, "/admin/refunds/{refundId}", market.PermissionSeeOrders,
		detail("refundId", s.Store.AdminRefundDetail,
			func(ctx context.Context, d market.AdminRefundDetail) error { return s.noteRefund(ctx, d.AdminRefund) }))
	staff(http.MethodPost, "/admin/refunds/decide", market.PermissionDecideRefunds, s.decideRefunds)
	staff(http.MethodPut, "/admin/refunds/{refundId}/complete", market.PermissionDecideRefunds, s.completeRefund)
	staff(http.MethodPut, "/admin/refunds/{refundId}/deny", market.PermissionDecideRefunds, s.denyRefund)
	staff(http.MethodPut, "/admin/refunds/{refundId}/settle", market.PermissionDecideLargeRefunds,
		s.completeRefundManually)
	staff(http.MethodGet, "/admin/refund-policy", market.PermissionSeeOrders, s.getRefundPolicy)
	staff(http.MethodPut, "/admin/refund-policy", market.PermissionChangePolicies, s.setRefundPolicy)
	staff(http.MethodGet, "/admin/unpaid-limits", market.PermissionSeeOrders, s.getUnpaidLimits)
	staff(http.MethodPut, "/admin/unpaid-limits", market.PermissionChangePolicies, s.setUnpaidLimits)
	staff(http.MethodGet, "/admin/audit", market.PermissionReadAudit, s.listAudit)
	staff(http.MethodGet, "/admin/webhooks", market.PermissionSeeWebhooks, webhooks.List)
	staff(http.MethodPost, "/admin/webhooks", market.PermissionManageWebhooks, webhooks.Create)
	staff(http.MethodGet, "/admin/webhooks/{endpointId}", market.PermissionSeeWebhooks, webhooks.Get)
	staff(http.MethodPut, "/admin/webhooks/{endpointId}", market.PermissionManageWebhooks, webhooks.Update)
	staff(http.MethodDelete, "/admin/webhooks/{endpointId}", market.PermissionManageWebhooks, webhooks.Delete)
	staff(http.MethodPut, "/admin/webhooks/{endpointId}/secret", market.PermissionManageWebhooks, webhooks.Rotate)
	staff(http.MethodGet, "/admin/webhooks/{endpointId}/messages", market.PermissionSeeWebhooks, webhooks.Messages)
	staff(http.MethodPut, "/admin/webhooks/{endpointId}/messages/{messageId}/replay", market.PermissionManageWebhooks,
		webhooks.Replay)
	staff(http.MethodGet, "/admin/ledger", market.PermissionSeeStatistics, s.listLedger)
	staff(http.MethodGet, "/admin/ledger/trial-balance", market.PermissionSeeStatistics, s.getTrialBalance)
	staff(http.MethodGet, "/admin/adjustments", market.PermissionSeeStatistics, s.listAdjustments)
	staff(http.MethodPost, "/admin/adjustments", market.PermissionAdjustLedger, s.postAdjustment)
	staff(http.MethodGet, "/admin/reconciliation", market.PermissionSeePayouts, listByStatus(s.Store.Breaks, nil))
	staff(http.MethodGet, "/admin/reconciliation/days", market.PermissionSeePayouts, s.listReconciledDays)
	staff(http.MethodPut, "/admin/reconciliation/days/{day}", market.PermissionReconcile, s.reconcile)
	staff(http.MethodPut, "/admin/reconciliation/{breakId}/accept", market.PermissionAcceptBreaks, s.acceptBreak)
	staff(http.MethodGet, "/admin/disputes", market.PermissionSeePayouts, listByStatus(s.Store.Disputes, nil))
	staff(http.MethodGet, "/admin/disputes/{disputeId}", market.PermissionSeePayouts,
		detail("disputeId", s.Store.Dispute, nil))
	staff(http.MethodPost, "/admin/disputes/{disputeId}/decide", market.PermissionDecideDisputes, s.decideDispute)
	staff(http.MethodGet, "/admin/settlement-files", market.PermissionSeePayouts, s.listSettlementFiles)
	staff(http.MethodPut, "/admin/settlement-files/{name}", market.PermissionReconcile, s.importSettlementFile)
	staff(http.MethodGet, "/admin/payouts", market.PermissionSeePayouts, listByStatus(s.Store.Payouts, nil))
	staff(http.MethodGet, "/admin/payouts/{payoutId}", market.PermissionSeePayouts,
		detail("payoutId", s.Store.Payout,
			func(ctx context.Context, p market.PayoutDetail) error { return s.noteSeller(ctx, p.SellerID) }))
	staff(http.MethodGet, "/admin/settlements", market.PermissionSeePayouts, s.listSettlements)
	staff(http.MethodGet, "/admin/settlements/{settlementId}", market.PermissionSeePayouts,
		detail("settlementId", s.Store.AnySettlement, nil))
	staff(http.MethodGet, "/admin/settlements/{settlementId}/statement", market.PermissionSeePayouts, s.getStatement)
	staff(http.MethodPut, "/admin/payouts/{payoutId}/inquire", market.PermissionReconcile, s.inquirePayout)
	staff(http.MethodPost, "/admin/payouts/{payoutId}/retry", market.PermissionDecidePayouts, s.decidePayout(true))
	staff(http.MethodPost, "/admin/payouts/{payoutId}/abandon", market.PermissionDecidePayouts, s.decidePayout(false))
	staff(http.MethodGet, "/admin/sellers", market.PermissionSeeSellers,
		listByStatus(s.Store.Sellers, s.list(market.DataSellers)))
	staff(http.MethodGet, "/admin/sellers/{sellerId}", market.PermissionSeeSellers, s.getSeller)
	staff(http.MethodGet, "/admin/withdrawn-sellers/{sellerId}", market.PermissionSeeSellers, s.getWithdrawnSeller)
	staff(http.MethodGet, "/admin/sellers/{sellerId}/balance", market.PermissionSeePayouts, s.getSellerBalance)
	staff(http.MethodPut, "/admin/sellers/{sellerId}/status", market.PermissionDecideSellers, s.setSellerStatus)
	staff(http.MethodPut, "/admin/sellers/{sellerId}/payout-account", market.PermissionDecidePayouts,
		s.setWithdrawnAccount)
	staff(http.MethodGet, "/admin/access-log", market.PermissionReadAccessLog, s.listAccess)
	staff(http.MethodGet, "/admin/access-log/summary", market.PermissionReadAccessLog, s.summarizeAccess)
	staff(http.MethodGet, "/admin/webhook-endpoints", market.PermissionSeeWebhooks, allWebhooks.ListAll)
	staff(http.MethodGet, "/admin/webhook-endpoints/{endpointId}", market.PermissionSeeWebhooks, allWebhooks.Get)
	staff(http.MethodPost, "/admin/webhook-endpoints/{endpointId}/pause", market.PermissionManageWebhooks,
		allWebhooks.Switch(market.WebhookPaused))
	staff(http.MethodPost, "/admin/webhook-endpoints/{endpointId}/resume", market.PermissionManageWebhooks,
		allWebhooks.Switch(market.WebhookActive))
	staff(http.MethodGet, "/admin/webhook-endpoints/{endpointId}/messages", market.PermissionSeeWebhooks,
		allWebhooks.Messages)
	staff(http.MethodPost, "/admin/webhook-endpoints/{endpointId}/messages/{messageId}/replay",
		market.PermissionManageWebhooks, allWebhooks.Replay)
	staff(http.MethodGet, "/admin/workflow-runs", market.PermissionRunBatches, s.findRuns)
	staff(http.MethodGet, "/admin/batches", market.PermissionSeeBatches, newestByStatus(s.batches, nil))
	staff(http.MethodPost, "/admin/batches", market.PermissionRunBatches, s.beginBatch)
	staff(http.MethodGet, "/admin/batches/{batchId}", market.PermissionSeeBatches, detail("batchId", s.batch, nil))
	staff(http.MethodGet, "/admin/batches/{batchId}/runs", market.PermissionSeeBatches,
		detail("batchId", s.batchRuns, nil))
	staff(http.MethodPost, "/admin/batches/{batchId}/cancel", market.PermissionRunBatches, s.cancelBatch)
	if s.Pages != nil {
		s.Pages(router)
	}
	return router
}
