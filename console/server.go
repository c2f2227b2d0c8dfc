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
	"github.com/all-in-market/market/internal/store"
)

// Server shows pages to admins.
type Server struct {
	store      *store.Store
	lists      *store.Store
	office     *backoffice.Office
	temporalUI string
	simulator  string
	site       *pages.Site
}

// New makes the console. Lists are read where they may lag behind: from a replica, or the
// store. temporalUI is where workflows can be looked at, its address with the namespace; ""
// when nobody has said. simulator is the address of the simulated gateway and bank; "" for real ones.
func New(
	a *login.Auth, s, lists *store.Store, office *backoffice.Office, temporalUI, simulator string,
) *Server {
	return &Server{store: s, lists: lists, office: office, temporalUI: temporalUI, simulator: simulator, site: &pages.Site{
		Accounts: &login.Accounts{
			Auth: a, Role: market.RoleAdmin, Credentials: s.AdminCredentials, Check: s.CheckAdmin,
		},
		Cookie: "console", Notice: notice, Tabs: []pages.Tab{
			{Path: "/", Ko: "현황", En: "Overview"}, {Path: "/refunds", Ko: "환불", En: "Refunds"},
			{Path: "/orders", Ko: "주문", En: "Orders"}, {Path: "/sellers", Ko: "판매자", En: "Sellers"},
			{Path: "/products", Ko: "상품", En: "Products"}, {Path: "/buyers", Ko: "구매자", En: "Buyers"},
			{Path: "/categories", Ko: "카테고리", En: "Categories"},
			{Path: "/payouts", Ko: "지급", En: "Payouts"}, {Path: "/breaks", Ko: "대사", En: "Reconciliation"},
			{Path: "/batches", Ko: "일괄 작업", En: "Batches"}, {Path: "/webhooks", Ko: "웹훅", En: "Webhooks"},
			{Path: "/audit", Ko: "감사 로그", En: "Audit log"}, {Path: "/access", Ko: "접근 기록", En: "Access log"},
		},
	}}
}

// Routes adds the console's pages to the router of the admin server.
func (s *Server) Routes(router *mux.Router) {
	route := s.site.Router(router)
	route(http.MethodGet, "/", s.showOverview)
	route(http.MethodGet, "/alarms", s.showAlarms)
	route(http.MethodGet, "/refunds", s.listRefunds)
	route(http.MethodPost, "/refunds", s.decideRefunds)
	route(http.MethodGet, "/refunds/{refundId}", s.showRefund)
	route(http.MethodGet, "/orders", s.listOrders)
	route(http.MethodGet, "/orders/{orderId}", s.showOrder)
	route(http.MethodGet, "/sellers", s.listSellers)
	route(http.MethodGet, "/sellers/{sellerId}", s.showSeller)
	route(http.MethodPost, "/sellers/{sellerId}", s.setSellerStatus)
	route(http.MethodGet, "/sellers/{sellerId}/settlements/{settlementId}", s.showStatement)
	route(http.MethodGet, "/products", s.listProducts)
	route(http.MethodGet, "/products/{productId}", s.showProduct)
	route(http.MethodPost, "/products/{productId}", s.blockProduct)
	route(http.MethodGet, "/buyers", s.listBuyers)
	route(http.MethodPost, "/buyers/{buyerId}", s.lockBuyer)
	route(http.MethodGet, "/categories", s.listCategories)
	route(http.MethodPost, "/categories", s.saveCategory)
	route(http.MethodPost, "/categories/{categoryId}", s.saveCategory)
	route(http.MethodGet, "/payouts", s.listPayouts)
	route(http.MethodPost, "/payouts/{payoutId}", s.inquirePayout)
	route(http.MethodPost, "/payouts/{payoutId}/decision", s.decidePayout)
	route(http.MethodGet, "/breaks", s.listBreaks)
	route(http.MethodPost, "/breaks/{breakId}", s.acceptBreak)
	route(http.MethodGet, "/audit", s.listAudit)
	route(http.MethodGet, "/access", s.listAccess)
	route(http.MethodGet, "/webhooks", s.listWebhooks)
	route(http.MethodGet, "/webhooks/{endpointId}", s.showWebhook)
	route(http.MethodPost, "/webhooks/{endpointId}", s.switchWebhook)
	route(http.MethodPost, "/webhooks/{endpointId}/messages/{messageId}/replay", s.replayWebhook)
	route(http.MethodGet, "/batches", s.listBatches)
	route(http.MethodPost, "/batches", s.beginBatch)
	route(http.MethodGet, "/batches/new", s.chooseRuns)
	route(http.MethodGet, "/batches/{batchId}", s.showBatch)
	route(http.MethodPost, "/batches/{batchId}/cancel", s.cancelBatch)
}

// workflow is where a workflow's runs can be looked at, or "".
func (s *Server) workflow(id string) string {
	if s.temporalUI == "" {
		return ""
	}
	return s.temporalUI + "/workflows?" + url.Values{"query": {`WorkflowId="` + id + `"`}}.Encode()
}
