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
)

// Server shows pages to admins.
type Server struct {
	store      Store
	replica    Lists
	backOffice *backoffice.Service
	temporalUI string
	simulator  string
	site       *pages.Site
}

// New returns the console. lists is the store for lists, possibly a replica. temporalUI is the
// address of Temporal's web pages with the namespace; "" for none. simulator is the address of the
// simulated gateway and bank; "" for real ones.
func New(
	a *login.Auth, s Store, replica Lists, office *backoffice.Service, temporalUI, simulator string,
) *Server {
	server := &Server{store: s, replica: replica, backOffice: office, temporalUI: temporalUI, simulator: simulator}
	server.site = &pages.Site{
		Accounts: &login.Accounts{
			Auth: a, Role: market.RoleAdmin, Credentials: s.AdminCredentials, Check: s.CheckAdmin,
		},
		Cookie: "console", Notice: notice, Tabs: []pages.Tab{
			{Path: "/", Ko: "현황", En: "Overview", Permission: market.PermissionOwnAccount},
			{Path: "/refunds", Ko: "환불", En: "Refunds", Permission: market.PermissionSeeOrders},
			{Path: "/orders", Ko: "주문", En: "Orders", Permission: market.PermissionSeeOrders},
			{Path: "/sellers", Ko: "판매자", En: "Sellers", Permission: market.PermissionSeeSellers},
			{Path: "/products", Ko: "상품", En: "Products", Permission: market.PermissionSeeCatalogue},
			{Path: "/buyers", Ko: "구매자", En: "Buyers", Permission: market.PermissionSeeBuyers},
			{Path: "/categories", Ko: "카테고리", En: "Categories", Permission: market.PermissionSeeCatalogue},
			{Path: "/payouts", Ko: "지급", En: "Payouts", Permission: market.PermissionSeePayouts},
			{Path: "/breaks", Ko: "대사", En: "Reconciliation", Permission: market.PermissionSeePayouts},
			{Path: "/disputes", Ko: "분쟁", En: "Disputes", Permission: market.PermissionSeePayouts},
			{Path: "/adjustments", Ko: "원장 조정", En: "Adjustments", Permission: market.PermissionSeeStatistics},
			{Path: "/batches", Ko: "일괄 작업", En: "Batches", Permission: market.PermissionSeeBatches},
			{Path: "/webhooks", Ko: "웹훅", En: "Webhooks", Permission: market.PermissionSeeWebhooks},
			{Path: "/audit", Ko: "감사 로그", En: "Audit log", Permission: market.PermissionReadAudit},
			{Path: "/access", Ko: "접근 기록", En: "Access log", Permission: market.PermissionReadAccessLog},
			{Path: "/settings", Ko: "설정", En: "Settings", Permission: market.PermissionSeeOrders},
			{Path: "/staff", Ko: "직원", En: "Staff", Permission: market.PermissionSeeStaff},
			{
				Path: "/proposals", Ko: "변경 제안", En: "Proposals", Permission: market.PermissionSeeProposals,
				Waiting: server.proposalsWaiting,
			},
			{Path: pages.FactorPath, Ko: "내 계정", En: "My account", Permission: market.PermissionSession},
		},
	}
	return server
}

// Routes adds the console's pages to the router of the admin server.
func (s *Server) Routes(router *mux.Router) {
	route := s.site.StaffRouter(router)
	route(http.MethodGet, pages.FactorPath, market.PermissionSession, s.showAccount)
	route(http.MethodPost, pages.FactorPath, market.PermissionSession, s.changeFactor)
	route(http.MethodGet, "/settings", market.PermissionSeeOrders, s.showSettings)
	route(http.MethodPost, policyPath, market.PermissionChangePolicies, s.changePolicy)
	route(http.MethodPost, limitsPath, market.PermissionChangePolicies, s.changeLimits)
	route(http.MethodGet, "/staff", market.PermissionSeeStaff, s.listStaff)
	route(http.MethodPost, "/staff", market.PermissionManageStaff, s.inviteStaff)
	route(http.MethodPost, "/staff/{staffId}", market.PermissionManageStaff, s.changeStaff)
	route(http.MethodGet, "/proposals", market.PermissionSeeProposals, s.listProposals)
	route(http.MethodPost, "/proposals/{proposalId}", market.PermissionDecideProposals, s.decideProposal)
	route(http.MethodGet, "/", market.PermissionOwnAccount, s.showOverview)
	route(http.MethodGet, "/alerts", market.PermissionSeeStatistics, s.showAlerts)
	route(http.MethodGet, "/refunds", market.PermissionSeeOrders, s.listRefunds)
	route(http.MethodPost, "/refunds", market.PermissionDecideRefunds, s.decideRefunds)
	route(http.MethodGet, "/refunds/{refundId}", market.PermissionSeeOrders, s.showRefund)
	route(http.MethodGet, "/orders", market.PermissionSeeOrders, s.listOrders)
	route(http.MethodGet, "/orders/{orderId}", market.PermissionSeeOrders, s.showOrder)
	route(http.MethodGet, "/sellers", market.PermissionSeeSellers, s.listSellers)
	route(http.MethodGet, "/sellers/{sellerId}", market.PermissionSeeSellers, s.showSeller)
	route(http.MethodPost, "/sellers/{sellerId}", market.PermissionDecideSellers, s.setSellerStatus)
	route(http.MethodPost, "/sellers/{sellerId}/payout-account", market.PermissionDecidePayouts, s.setWithdrawnAccount)
	route(http.MethodGet, "/sellers/{sellerId}/settlements/{settlementId}", market.PermissionSeePayouts,
		s.showStatement)
	route(http.MethodGet, "/products", market.PermissionSeeCatalogue, s.listProducts)
	route(http.MethodGet, "/products/{productId}", market.PermissionSeeCatalogue, s.showProduct)
	route(http.MethodPost, "/products/{productId}", market.PermissionEditCatalogue, s.blockProduct)
	route(http.MethodGet, "/buyers", market.PermissionSeeBuyers, s.listBuyers)
	route(http.MethodPost, "/buyers/{buyerId}", market.PermissionLockBuyers, s.lockBuyer)
	route(http.MethodGet, "/categories", market.PermissionSeeCatalogue, s.listCategories)
	route(http.MethodPost, "/categories", market.PermissionEditCatalogue, s.saveCategory)
	route(http.MethodPost, "/categories/{categoryId}", market.PermissionEditCatalogue, s.saveCategory)
	route(http.MethodGet, "/payouts", market.PermissionSeePayouts, s.listPayouts)
	route(http.MethodPost, "/payouts/{payoutId}", market.PermissionReconcile, s.inquirePayout)
	route(http.MethodPost, "/payouts/{payoutId}/decision", market.PermissionDecidePayouts, s.decidePayout)
	route(http.MethodGet, "/breaks", market.PermissionSeePayouts, s.listBreaks)
	route(http.MethodPost, "/breaks/{breakId}", market.PermissionAcceptBreaks, s.acceptBreak)
	route(http.MethodGet, "/disputes", market.PermissionSeePayouts, s.listDisputes)
	route(http.MethodGet, "/disputes/{disputeId}", market.PermissionSeePayouts, s.showDispute)
	route(http.MethodPost, "/disputes/{disputeId}", market.PermissionDecideDisputes, s.decideDispute)
	route(http.MethodGet, "/adjustments", market.PermissionSeeStatistics, s.listAdjustments)
	route(http.MethodPost, "/adjustments", market.PermissionAdjustLedger, s.postAdjustment)
	route(http.MethodGet, "/audit", market.PermissionReadAudit, s.listAudit)
	route(http.MethodGet, "/access", market.PermissionReadAccessLog, s.listAccess)
	route(http.MethodGet, "/webhooks", market.PermissionSeeWebhooks, s.listWebhooks)
	route(http.MethodGet, "/webhooks/{endpointId}", market.PermissionSeeWebhooks, s.showWebhook)
	route(http.MethodPost, "/webhooks/{endpointId}", market.PermissionManageWebhooks, s.switchWebhook)
	route(http.MethodPost, "/webhooks/{endpointId}/messages/{messageId}/replay", market.PermissionManageWebhooks,
		s.replayWebhook)
	route(http.MethodGet, "/batches", market.PermissionSeeBatches, s.listBatches)
	route(http.MethodPost, "/batches", market.PermissionRunBatches, s.beginBatch)
	route(http.MethodGet, "/batches/new", market.PermissionRunBatches, s.chooseRuns)
	route(http.MethodGet, "/batches/{batchId}", market.PermissionSeeBatches, s.showBatch)
	route(http.MethodPost, "/batches/{batchId}/cancel", market.PermissionRunBatches, s.cancelBatch)
}

// workflow returns the address of a workflow's runs, or "".
func (s *Server) workflow(id string) string {
	if s.temporalUI == "" {
		return ""
	}
	return s.temporalUI + "/workflows?" + url.Values{"query": {`WorkflowId="` + id + `"`}}.Encode()
}
