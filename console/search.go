package console

import (
	"net/http"
	"strconv"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/pages"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/web"
)

// searchPath is the page of results of the search box in the top bar.
const searchPath = "/search"

// hitKinds are the kinds of hits: their names, their pages, and the permission to see them.
var hitKinds = map[market.HitKind]struct {
	name       pages.Text
	path       string
	permission market.Permission
}{
	market.HitOrder:   {pages.TextOrder, "/orders/", market.PermissionSeeOrders},
	market.HitPayment: {pages.TextPayment, "/orders/", market.PermissionSeeOrders},
	market.HitRefund:  {pages.TextRefund, "/refunds/", market.PermissionSeeOrders},
	market.HitSeller:  {textSeller, "/sellers/", market.PermissionSeeSellers},
	market.HitProduct: {pages.TextProduct, "/products/", market.PermissionSeeCatalogue},
	market.HitBuyer:   {textBuyer, "/buyers?buyer=", market.PermissionSeeBuyers},
}

func pathOf(h market.Hit) string { return hitKinds[h.Kind].path + strconv.FormatInt(h.ID, 10) }

// productsFound is the maximum number of products that a search lists.
const productsFound = 10

// search finds the orders, payments, refunds, sellers, products and buyers that the reader may see. It redirects to the
// page of a single result.
func (s *Server) search(w http.ResponseWriter, r *http.Request) error {
	typed, err := web.Keyword(r)
	if err != nil {
		return err
	}
	f := s.site.Frame(r, pages.TextSearch)
	hits, err := s.find(r, f, typed)
	if err != nil {
		return err
	}
	if len(hits) == 1 {
		http.Redirect(w, r, pathOf(hits[0]), http.StatusSeeOther)
		return nil
	}
	pages.Show(w, r, http.StatusOK, searchPage(f, typed, hits))
	return nil
}

func (s *Server) find(r *http.Request, f pages.Frame, typed string) (hits []market.Hit, err error) {
	if typed == "" {
		return nil, nil
	}
	found, err := s.store.Find(r.Context(), typed)
	if err != nil {
		return nil, err
	}
	for _, h := range found {
		if f.May(hitKinds[h.Kind].permission) {
			hits = append(hits, h)
		}
	}
	if market.Search(typed).Text == "" || !f.May(market.PermissionSeeCatalogue) {
		return hits, nil
	}
	products, err := s.replica.Products(r.Context(), store.CatalogueFilter{Keyword: typed},
		market.PageRequest{Size: productsFound})
	if err != nil {
		return nil, err
	}
	for _, p := range products.Content {
		hits = append(hits, market.Hit{Kind: market.HitProduct, ID: p.ID, Name: p.Name})
	}
	return hits, nil
}
