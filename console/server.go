// Package console is the pages of the marketplace's own staff, as the server of admins shows
// them under /. They do what the JSON interface does, by the same back office.
package console

import (
	"net/http"
	"net/url"

	"github.com/gorilla/mux"

	"github.com/all-in-market/market/internal/backoffice"
	"github.com/all-in-market/market/internal/login"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/pages"
	"github.com/all-in-market/market/internal/web"
)

// Server shows pages to admins.
type Server struct {
	store      Store
	replica    Lists
	backOffice *backoffice.Service
	temporalUI string
	simulator  string
	issuer     market.Business // of statements
	site       *pages.Site
}

// New returns the console. lists is the store for lists, possibly a replica. temporalUI is the
// address of Temporal's web pages with the namespace; "" for none. simulator is the address of the
// simulated gateway and bank; "" for real ones.
func New(
	a *login.Auth, s Store, replica Lists, office *backoffice.Service, temporalUI, simulator string,
	issuer market.Business,
) *Server {
	server := &Server{
		store: s, replica: replica, backOffice: office, temporalUI: temporalUI, simulator: simulator, issuer: issuer,
	}
	server.site = &pages.Site{
		Accounts: &login.Accounts{
			Auth: a, Role: market.RoleAdmin, Credentials: s.AdminCredentials, Check: s.CheckAdmin,
		},
		ID: "console", Name: textConsole, Cookie: "console", Notice: notice, NoticeKind: noticeKind, SideBar: true,
		Reader: server.reader,
		Search: &pages.Link{Path: searchPath, Name: textSearchHint},
		Tabs: []pages.Tab{
			{Path: "/", Name: textOverview, Permission: market.PermissionOwnAccount, Icon: "layout-dashboard"},

			{Path: "/orders", Name: pages.TextOrders, Permission: market.PermissionSeeOrders, Icon: "package",
				Group: textGroupSales},
			{Path: "/refunds", Name: pages.TextRefunds, Permission: market.PermissionSeeOrders, Icon: "undo-2",
				Group: textGroupSales},
			{Path: "/disputes", Name: textDisputes, Permission: market.PermissionSeePayouts, Icon: "gavel",
				Group: textGroupSales},

			{Path: "/payouts", Name: textPayouts, Permission: market.PermissionSeePayouts, Icon: "landmark",
				Group: pages.TextSettlements},
			{Path: "/breaks", Name: textReconciliation, Permission: market.PermissionSeePayouts, Icon: "scale",
				Group: pages.TextSettlements},
			{Path: "/adjustments", Name: textAdjustments, Permission: market.PermissionSeeStatistics,
				Icon: "sliders-horizontal", Group: pages.TextSettlements},

			{Path: "/sellers", Name: textSellers, Permission: market.PermissionSeeSellers, Icon: "store",
				Group: textGroupMembers},
			{Path: "/buyers", Name: textBuyers, Permission: market.PermissionSeeBuyers, Icon: "users",
				Group: textGroupMembers},
			{Path: "/staff", Name: textStaff, Permission: market.PermissionSeeStaff, Icon: "user-cog",
				Group: textGroupMembers},

			{Path: "/products", Name: pages.TextProducts, Permission: market.PermissionSeeCatalogue, Icon: "tag",
				Group: textGroupCatalogue},
			{Path: "/categories", Name: pages.TextCategories, Permission: market.PermissionSeeCatalogue,
				Icon: "layers", Group: textGroupCatalogue},

			{Path: "/proposals", Name: textProposals, Permission: market.PermissionSeeProposals,
				Icon: "list-checks", Group: textGroupOperations},
			{Path: "/batches", Name: textBatches, Permission: market.PermissionSeeBatches, Icon: "boxes",
				Group: textGroupOperations},
			{Path: "/webhooks", Name: textWebhooks, Permission: market.PermissionSeeWebhooks, Icon: "webhook",
				Group: textGroupOperations},
			{Path: "/audit", Name: textAuditLog, Permission: market.PermissionReadAudit, Icon: "scroll-text",
				Group: textGroupOperations},
			{Path: "/access", Name: textAccessLog, Permission: market.PermissionReadAccessLog, Icon: "eye",
				Group: textGroupOperations},
			{Path: "/settings", Name: textSettings, Permission: market.PermissionSeeOrders, Icon: "settings",
				Group: textGroupOperations},
			{Path: pages.FactorPath, Name: textMyAccount, Permission: market.PermissionSession, Icon: "user",
				Group: textGroupOperations},
		},
	}
	return server
}

// Routes adds the console's pages to the router of the admin server.
func (s *Server) Routes(router *mux.Router) {
	s.site.ServeUnknown(router, "/")
	route := s.site.StaffRouter(router)
	route(http.MethodGet, pages.FactorPath, market.PermissionSession, s.showAccount)
	route(http.MethodPost, pages.FactorPath, market.PermissionSession, s.site.Submit(s.showAccount, s.changeFactor))
	route(http.MethodGet, "/settings", market.PermissionSeeOrders, s.showSettings)
	route(http.MethodPost, policyPath, market.PermissionChangePolicies, s.site.Submit(s.showSettings, s.changePolicy))
	route(http.MethodPost, limitsPath, market.PermissionChangePolicies, s.site.Submit(s.showSettings, s.changeLimits))
	route(http.MethodGet, "/staff", market.PermissionSeeStaff, s.listStaff)
	route(http.MethodPost, "/staff", market.PermissionManageStaff, s.site.Submit(s.listStaff, s.inviteStaff))
	route(http.MethodPost, "/staff/{staffId}", market.PermissionManageStaff,
		s.site.Submit(pages.Listing(s.listStaff), s.changeStaff))
	route(http.MethodGet, "/proposals", market.PermissionSeeProposals, s.listProposals)
	route(http.MethodPost, "/proposals/{proposalId}", market.PermissionDecideProposals,
		s.site.Submit(s.listProposals, s.decideProposal))
	route(http.MethodGet, "/", market.PermissionOwnAccount, s.showOverview)
	route(http.MethodGet, searchPath, market.PermissionOwnAccount, s.search)
	route(http.MethodGet, "/alerts", market.PermissionSeeStatistics, s.showAlerts)
	route(http.MethodGet, "/refunds", market.PermissionSeeOrders, s.listRefunds)
	route(http.MethodPost, "/refunds", market.PermissionDecideRefunds,
		s.site.Submit(s.showRefundsToDecide, s.decideRefunds))
	route(http.MethodGet, "/refunds/{refundId}", market.PermissionSeeOrders, s.showRefund)
	route(http.MethodPost, "/refunds/{refundId}/settle", market.PermissionDecideLargeRefunds,
		s.site.Submit(s.showRefund, s.settleRefund))
	route(http.MethodGet, "/orders", market.PermissionSeeOrders, s.listOrders)
	route(http.MethodGet, "/orders/{orderId}", market.PermissionSeeOrders, s.showOrder)
	route(http.MethodPost, "/orders/{orderId}/status", market.PermissionChangeOrders,
		s.site.Submit(s.showOrder, s.setOrderStatus))
	route(http.MethodPost, "/orders/{orderId}/notes", market.PermissionChangeOrders,
		s.site.Submit(s.showOrder, s.addOrderNote))
	route(http.MethodGet, "/sellers", market.PermissionSeeSellers, s.listSellers)
	route(http.MethodGet, "/sellers/{sellerId}", market.PermissionSeeSellers, s.showSeller)
	route(http.MethodPost, "/sellers/{sellerId}", market.PermissionDecideSellers,
		s.site.Submit(pages.Listing(s.listSellers), s.setSellerStatus))
	route(http.MethodPost, "/sellers/{sellerId}/payout-account", market.PermissionDecidePayouts,
		s.site.Submit(s.showSeller, s.setWithdrawnAccount))
	route(http.MethodGet, "/sellers/{sellerId}/settlements/{settlementId}", market.PermissionSeePayouts,
		s.showStatement)
	route(http.MethodGet, "/products", market.PermissionSeeCatalogue, s.listProducts)
	route(http.MethodGet, "/products/{productId}", market.PermissionSeeCatalogue, s.showProduct)
	route(http.MethodPost, "/products/{productId}", market.PermissionEditCatalogue,
		s.site.Submit(s.showProduct, s.blockProduct))
	route(http.MethodGet, "/buyers", market.PermissionSeeBuyers, s.listBuyers)
	route(http.MethodPost, "/buyers/{buyerId}", market.PermissionLockBuyers,
		s.site.Submit(pages.Listing(s.listBuyers), s.lockBuyer))
	route(http.MethodGet, "/categories", market.PermissionSeeCatalogue, s.listCategories)
	route(http.MethodPost, "/categories", market.PermissionEditCatalogue,
		s.site.Submit(s.listCategories, s.createCategory))
	route(http.MethodPost, "/categories/{categoryId}", market.PermissionEditCatalogue,
		s.site.Submit(s.listCategories, s.changeCategory))
	route(http.MethodGet, "/payouts", market.PermissionSeePayouts, s.listPayouts)
	route(http.MethodPost, "/payouts/{payoutId}", market.PermissionReconcile, s.inquirePayout)
	route(http.MethodPost, "/payouts/{payoutId}/decision", market.PermissionDecidePayouts,
		s.site.Submit(pages.Listing(s.listPayouts), s.decidePayout))
	route(http.MethodGet, "/breaks", market.PermissionSeePayouts, s.listBreaks)
	route(http.MethodPost, "/breaks/{breakId}", market.PermissionAcceptBreaks,
		s.site.Submit(pages.Listing(s.listBreaks), s.acceptBreak))
	route(http.MethodGet, "/disputes", market.PermissionSeePayouts, s.listDisputes)
	route(http.MethodGet, "/disputes/{disputeId}", market.PermissionSeePayouts, s.showDispute)
	route(http.MethodPost, "/disputes/{disputeId}", market.PermissionDecideDisputes,
		s.site.Submit(s.showDispute, s.decideDispute))
	route(http.MethodGet, "/adjustments", market.PermissionSeeStatistics, s.listAdjustments)
	route(http.MethodPost, "/adjustments", market.PermissionAdjustLedger,
		s.site.Submit(pages.OfForm(s.listAdjustments, "breakId"), s.postAdjustment))
	route(http.MethodGet, "/audit", market.PermissionReadAudit, s.listAudit)
	route(http.MethodGet, "/access", market.PermissionReadAccessLog, s.listAccess)
	route(http.MethodGet, "/webhooks", market.PermissionSeeWebhooks, s.listWebhooks)
	route(http.MethodGet, "/webhooks/{endpointId}", market.PermissionSeeWebhooks, s.showWebhook)
	route(http.MethodPost, "/webhooks/{endpointId}", market.PermissionManageWebhooks, s.switchWebhook)
	route(http.MethodPost, "/webhooks/{endpointId}/messages/{messageId}/replay", market.PermissionManageWebhooks,
		s.replayWebhook)
	route(http.MethodGet, "/batches", market.PermissionSeeBatches, s.listBatches)
	route(http.MethodPost, "/batches", market.PermissionRunBatches,
		s.site.Submit(pages.OfForm(s.chooseRuns, "type", "state", "from", "to", "order"), s.beginBatch))
	route(http.MethodGet, "/batches/new", market.PermissionRunBatches, s.chooseRuns)
	route(http.MethodGet, "/batches/{batchId}", market.PermissionSeeBatches, s.showBatch)
	route(http.MethodPost, "/batches/{batchId}/cancel", market.PermissionRunBatches, s.cancelBatch)
}

// reader counts the tasks of the member of staff who reads a page.
func (s *Server) reader(r *http.Request) (pages.Reader, error) {
	caller := web.Caller(r)
	tasks, err := s.store.StaffTasks(r.Context(), caller.ID, caller.Staff)
	return pages.Reader{Waiting: map[string]int64{
		"/refunds": tasks.Refunds, "/sellers": tasks.Sellers, "/payouts": tasks.Payouts, "/breaks": tasks.Breaks,
		"/proposals": tasks.Proposals,
	}}, err
}

// workflow returns the address of a workflow's last run, or "". Temporal's pages lead from the workflow to it.
func (s *Server) workflow(id string) string {
	if s.temporalUI == "" {
		return ""
	}
	return s.temporalUI + "/workflows/" + url.PathEscape(id)
}
