// Package sellerweb is the pages of sellers, as the API's server shows them under
// /seller-center.
package sellerweb

import (
	"fmt"
	"net/http"
	"time"

	"github.com/gorilla/mux"

	"github.com/all-in-market/market/internal/bulk"
	"github.com/all-in-market/market/internal/cache"
	"github.com/all-in-market/market/internal/images"
	"github.com/all-in-market/market/internal/integrators"
	"github.com/all-in-market/market/internal/login"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/pages"
	"github.com/all-in-market/market/internal/reports"
	"github.com/all-in-market/market/internal/uploads"
	"github.com/all-in-market/market/internal/web"
)

// Server shows pages to sellers.
type Server struct {
	store   Store
	replica Lists
	cache   *cache.Reads
	images  *images.Store

	uploads  *uploads.Uploads
	bulk     bulk.Changes
	webhooks *integrators.Webhooks
	site     *pages.Site

	cancel      Cancel
	payoutPause time.Duration   // after a new bank account
	issuer      market.Business // of statements
}

const base = "/seller-center"

// New makes the seller centre. Lists are read where they may lag behind: from a replica, or
// the store. After a new bank account nothing is paid out for as long as payoutPause.
func New(
	a *login.Auth, s Store, replica Lists, c *cache.Reads, pictures *images.Store, u *uploads.Uploads,
	hooks *integrators.Webhooks, cancel Cancel, payoutPause time.Duration, issuer market.Business,
) *Server {
	return &Server{
		store: s, replica: replica, cache: c, images: pictures, uploads: u, payoutPause: payoutPause,
		issuer: issuer, cancel: cancel, webhooks: hooks,
		bulk: bulk.Changes{Store: s, Cache: c},
		site: &pages.Site{
			Accounts: &login.Accounts{
				Auth: a, Role: market.RoleSeller, Credentials: s.SellerCredentials, Check: s.CheckSeller,
			},
			ID: "seller", Name: textSellerCentre, Base: base, Images: pictures.Origin(), Cookie: "seller-center",
			Notice: notice, NoticeKind: noticeKind, SignUp: true, Operator: issuer, SideBar: true, Reader: reader(s),
			Tabs: []pages.Tab{
				{Path: "/", Name: textDashboard, Icon: "layout-dashboard"},
				{Path: "/orders", Name: pages.TextOrders, Icon: "truck", Group: pages.TextOrders},
				{Path: "/refunds", Name: pages.TextRefunds, Icon: "undo-2", Group: pages.TextOrders},
				{Path: "/products", Name: pages.TextProducts, Icon: "tag", Group: pages.TextProducts},
				{Path: "/statistics", Name: textStatistics, Icon: "chart-no-axes-column", Group: pages.TextProducts},
				{Path: "/settlements", Name: pages.TextSettlements, Icon: "receipt", Group: pages.TextSettlements},
				{Path: "/ledger", Name: textTransactions, Icon: "wallet", Group: pages.TextSettlements},
				pages.InboxTab.In(pages.TextProfile),
				{Path: "/webhooks", Name: textWebhooks, Icon: "webhook", Group: pages.TextProfile},
				{Path: pages.ProfilePath, Name: pages.TextProfile, Icon: "user", Group: pages.TextProfile},
			}, Inbox: s, Withdraw: a.WithdrawSeller, Lost: lost,
		},
	}
}

// reader returns the Reader of the site, which counts a seller's tasks.
func reader(s Store) func(r *http.Request) (pages.Reader, error) {
	return func(r *http.Request) (pages.Reader, error) {
		tasks, err := s.SellerTasks(r.Context(), web.Seller(r))
		return pages.Reader{Name: tasks.StoreName, Waiting: map[string]int64{
			"/orders": tasks.ToShip, "/refunds": tasks.Refunds, "/products": tasks.LowStock,
			pages.InboxPath: tasks.Unread,
		}}, err
	}
}

// Routes adds the seller centre's pages to the router of the API.
func (s *Server) Routes(router *mux.Router) {
	router.Handle(base, http.RedirectHandler(base+"/", http.StatusSeeOther)).Methods(http.MethodGet)
	s.site.ServeUnknown(router, base+"/")
	everybody := s.site.Everybody(router)
	everybody(http.MethodGet, "/signup", s.showSignUp)
	everybody(http.MethodPost, "/signup", s.site.Submit(s.showSignUp, s.signUp))
	everybody(http.MethodGet, appliedPath, s.showApplied)
	route := s.site.Router(router)
	route(http.MethodGet, "/", s.showDashboard)
	route(http.MethodGet, "/orders", s.listOrders)
	route(http.MethodGet, "/orders/{orderId}", s.showOrder)
	route(http.MethodGet, "/orders/{orderId}/slip", s.showSlip)
	route(http.MethodPost, "/orders/{orderId}/cancel", s.site.Submit(s.showOrder, s.cancelItems))
	route(http.MethodPost, "/orders/{orderId}/parcels", s.site.Submit(s.showOrder, s.shipPieces))
	route(http.MethodPost, "/orders/{orderId}/parcels/{parcelId}", s.site.Submit(s.showOrder, s.correctParcel))
	route(http.MethodPost, "/orders/{orderId}/parcels/{parcelId}/delivery", s.site.Submit(s.showOrder, s.deliverParcel))
	route(http.MethodGet, "/shipments/template", s.bulk.ShipmentsTemplate)
	route(http.MethodPost, "/shipments/preview", s.previewShipments)
	route(http.MethodPost, "/shipments", s.shipMany)
	route(http.MethodGet, "/products", s.listProducts)
	route(http.MethodPost, "/products", s.site.Submit(s.showNewProduct, s.createProduct))
	route(http.MethodGet, "/products/new", s.showNewProduct)
	route(http.MethodGet, "/products/{productId}", s.showProduct)
	route(http.MethodGet, "/products/{productId}/preview", s.previewProduct)
	route(http.MethodPost, "/products/{productId}", s.site.Submit(s.showProduct, s.changeProduct))
	route(http.MethodPost, "/products/{productId}/images", s.addImage)
	route(http.MethodPost, "/products/{productId}/images/{imageId}", s.deleteImage)
	route(http.MethodPost, "/products/{productId}/images/{imageId}/position", s.moveImage)
	route(http.MethodGet, "/offers/template", s.bulk.OffersTemplate)
	route(http.MethodPost, "/offers/preview", s.previewOffers)
	route(http.MethodPost, "/offers", s.changeOffers)
	route(http.MethodPost, "/offers/edits",
		s.site.Submit(pages.OfForm(s.listProducts, "status", "category", "keyword", "lowStock"), s.previewEdits))
	route(http.MethodGet, "/statistics", s.showStatistics)
	route(http.MethodGet, "/ledger", s.listLedger)
	route(http.MethodGet, "/settlements", s.listSettlements)
	route(http.MethodGet, "/settlements/{settlementId}", s.showSettlement)
	route(http.MethodGet, "/settlements/{settlementId}/statement", func(w http.ResponseWriter, r *http.Request) error {
		return reports.Statement(w, r, s.store, s.issuer, web.Seller(r))
	})
	route(http.MethodGet, "/refunds", s.listRefunds)
	route(http.MethodGet, "/webhooks", s.listWebhooks)
	route(http.MethodPost, "/webhooks", s.site.Submit(s.listWebhooks, s.createWebhook))
	route(http.MethodGet, "/webhooks/{endpointId}", s.showWebhook)
	route(http.MethodPost, "/webhooks/{endpointId}", s.site.Submit(s.showWebhook, s.changeWebhook))
	route(http.MethodPost, "/webhooks/{endpointId}/status", s.site.Submit(s.showWebhook, s.switchWebhook))
	route(http.MethodPost, "/webhooks/{endpointId}/secret", s.site.Submit(s.showWebhook, s.rotateSecret))
	route(http.MethodPost, "/webhooks/{endpointId}/delete", s.site.Submit(s.showWebhook, s.deleteWebhook))
	route(http.MethodPost, "/webhooks/{endpointId}/messages/{messageId}/replay",
		s.site.Submit(s.showWebhook, s.replayWebhook))
	route(http.MethodGet, pages.ProfilePath, s.showProfile)
	route(http.MethodPost, pages.ProfilePath, s.site.Submit(s.showProfile, s.saveProfile))
	route(http.MethodPost, pages.PreferencesPath, s.site.Submit(s.showProfile, s.site.SavePreferences))
}

// The notices of the outcome of a form.
const (
	noticeShipped        = "shipped"
	noticeShippedMany    = "shipped-many"
	noticeDelivered      = "delivered"
	noticeCorrected      = "corrected"
	noticeCancelled      = "cancelled"
	noticeSaved          = "saved"
	noticeCreated        = "created"
	noticeCreatedWithout = "created-without"
	noticeImages         = "images"
	noticeOffers         = "offers"
	noticeNothingChanged = "nothing-changed"
	noticeWebhook        = "webhook"
	noticeWebhookDeleted = "webhook-deleted"
	noticeReplay         = "replay"
)

func notice(f pages.Frame, name string, counts []int64) string {
	switch name {
	case noticeShipped:
		return f.T(textMarkedAsShipped)
	case noticeCorrected:
		return f.T(textParcelCorrected)
	case noticeShippedMany:
		return fmt.Sprintf(f.T(textLinesShipped), counts[0])
	case noticeCancelled:
		return f.T(textItemsCancelled)
	case noticeDelivered:
		return f.T(textMarkedAsDelivered)
	case noticeSaved:
		return f.T(textProductSaved)
	case noticeCreated:
		return f.T(textProductCreated)
	case noticeCreatedWithout:
		return f.T(textProductCreatedWithout)
	case noticeImages:
		return f.T(textProductImagesUpdated)
	case noticeOffers:
		return fmt.Sprintf(f.T(textProductsUpdated), counts[0], counts[1])
	case noticeNothingChanged:
		return fmt.Sprintf(f.T(textStockHasChanged), counts[0])
	case noticeWebhook:
		return f.T(textWebhookSaved)
	case noticeWebhookDeleted:
		return f.T(textWebhookDeleted)
	case noticeReplay:
		return f.T(textMessageQueued)
	}
	return ""
}

// noticeKind returns the kind of a notice.
func noticeKind(name string, counts []int64) pages.NoticeKind {
	switch {
	case name == noticeCreatedWithout, name == noticeNothingChanged, name == noticeOffers && counts[1] > 0:
		return pages.NoticeWarning
	}
	return pages.NoticeSuccess
}

// chartDays is the number of closed days that the dashboard's chart shows.
const chartDays = 30

// bestProducts is the number of products with the highest revenue that it shows.
const bestProducts = 5

func (s *Server) showDashboard(w http.ResponseWriter, r *http.Request) error {
	ctx, seller, today := r.Context(), web.Seller(r), s.store.Today()
	now, err := s.store.Dashboard(ctx, seller, today)
	if err != nil {
		return err
	}
	before, err := s.store.Dashboard(ctx, seller, today.Add(-7))
	if err != nil {
		return err
	}
	balance, err := s.store.SellerBalance(ctx, seller)
	if err != nil {
		return err
	}
	tasks, err := s.store.SellerTasks(ctx, seller)
	if err != nil {
		return err
	}
	from, to := today.Add(-chartDays), today.Add(-1)
	days, err := s.store.SummarizeStatistics(ctx, seller, &from, &to, "day")
	if err != nil {
		return err
	}
	best, err := s.store.RankProducts(ctx, seller, &from, &to, bestProducts)
	if err != nil {
		return err
	}
	f := s.site.Frame(r, textDashboard)
	pages.Show(w, r, http.StatusOK, dashboardPage(f, tasks, now, before, balance, salesOf(days, from), best))
	return nil
}

// salesOf returns the sales of each of the chart's days; none for a day that is not closed.
func salesOf(s *market.StatisticsSummary, from market.Day) []pages.Bar {
	bars := make([]pages.Bar, chartDays)
	for i := range bars {
		bars[i].Label = from.Add(i).String()
	}
	if s == nil {
		return bars
	}
	for _, g := range s.Groups {
		for i := range bars {
			if bars[i].Label == g.From.String() {
				bars[i].Value = g.TotalSales
			}
		}
	}
	return bars
}

func (s *Server) listSettlements(w http.ResponseWriter, r *http.Request) error {
	page, err := web.Page(r, pages.Rows)
	if err != nil {
		return err
	}
	settlements, err := s.replica.Settlements(r.Context(), web.Seller(r), nil, page)
	if err != nil {
		return err
	}
	pages.Show(w, r, http.StatusOK, settlementsPage(s.site.Frame(r, pages.TextSettlements),
		pages.Listed[market.Settlement]{Page: settlements}))
	return nil
}

func (s *Server) showSettlement(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "settlementId")
	if err != nil {
		return err
	}
	settlement, err := s.store.Settlement(r.Context(), web.Seller(r), id)
	if err != nil {
		return err
	}
	f := s.site.Frame(r, textSettlementPrefix)
	f.Title += settlement.PeriodStart.String() + " – " + settlement.PeriodEnd.String()
	pages.Show(w, r, http.StatusOK, settlementPage(f, settlement))
	return nil
}
