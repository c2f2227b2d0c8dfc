// Package sellerweb is the pages of sellers, as the API's server shows them under
// /seller-center.
package sellerweb

import (
	"net/http"

	"github.com/gorilla/mux"

	"github.com/all-in-market/market/internal/login"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/pages"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/web"
)

// Server shows pages to sellers.
type Server struct {
	store *store.Store
	lists *store.Store
	site  *pages.Site
}

const base = "/seller-center"

// New makes the seller centre. Lists are read where they may lag behind: from a replica, or
// the store.
func New(a *login.Auth, s, lists *store.Store) *Server {
	return &Server{store: s, lists: lists, site: &pages.Site{
		Accounts: &login.Accounts{
			Auth: a, Role: market.RoleSeller, Credentials: s.SellerCredentials, Check: s.CheckSeller,
		},
		Base: base, Cookie: "seller-center", Notice: notice, Tabs: []pages.Tab{
			{Path: "/", Ko: "대시보드", En: "Dashboard"}, {Path: "/orders", Ko: "주문", En: "Orders"},
			{Path: "/settlements", Ko: "정산", En: "Settlements"},
		},
	}}
}

// Routes adds the seller centre's pages to the router of the API.
func (s *Server) Routes(router *mux.Router) {
	router.Handle(base, http.RedirectHandler(base+"/", http.StatusSeeOther)).Methods(http.MethodGet)
	route := s.site.Router(router)
	route(http.MethodGet, "/", s.showDashboard)
	route(http.MethodGet, "/orders", s.listOrders)
	route(http.MethodPost, "/orders/{orderItemId}", s.shipItem)
	route(http.MethodPost, "/shipments", s.shipMany)
	route(http.MethodGet, "/settlements", s.listSettlements)
}

const noticeShipped = "shipped"

func notice(f pages.Frame, name string, _ []int64) string {
	if name == noticeShipped {
		return f.Say("발송 처리했습니다. 구매자에게 알립니다.", "It is noted as shipped, and the buyer is told.")
	}
	return ""
}

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
	pages.Show(w, r, http.StatusOK, dashboardPage(s.site.Frame(r, "대시보드", "Dashboard"), now, before, balance))
	return nil
}

func (s *Server) listSettlements(w http.ResponseWriter, r *http.Request) error {
	page, err := web.Page(r, pages.Rows)
	if err != nil {
		return err
	}
	settlements, err := s.lists.Settlements(r.Context(), web.Seller(r), page)
	if err != nil {
		return err
	}
	pages.Show(w, r, http.StatusOK, settlementsPage(s.site.Frame(r, "정산", "Settlements"),
		pages.Listed[market.Settlement]{Page: settlements}))
	return nil
}
