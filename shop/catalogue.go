package shop

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/all-in-market/market/internal/cache"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/pages"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/web"
)

// tile is a product in a list.
type tile struct {
	Product market.Product
	Store   string       // the name of its seller's store
	Image   *store.Image // nil for none
}

// home is the first page of the shop.
type home struct {
	Best, New []tile

	categories []market.Category
}

// homeRows is the number of products in each list of the first page.
const homeRows = 8

// catalogue is a page of the product catalogue.
type catalogue struct {
	Categories []market.Category
	Products   pages.Listed[tile]
	Filter     store.CatalogueFilter
	Sort       string
}

// The orders of the product list, as the API names them. Sold-out products come last in each.
const (
	newestFirst    = "createdAt,desc"
	cheapestFirst  = "price,asc"
	expensiveFirst = "price,desc"
)

// query returns the filter of the product list.
func (c catalogue) query() url.Values {
	q := url.Values{}
	if c.Filter.Keyword != "" {
		q.Set("keyword", c.Filter.Keyword)
	}
	if c.Filter.CategoryID != 0 {
		q.Set("category", strconv.FormatInt(c.Filter.CategoryID, 10))
	}
	if c.Filter.PriceFrom != nil {
		q.Set("priceFrom", plainPrice(c.Filter.PriceFrom))
	}
	if c.Filter.PriceTo != nil {
		q.Set("priceTo", plainPrice(c.Filter.PriceTo))
	}
	if c.Sort != "" {
		q.Set("sort", c.Sort)
	}
	return q
}

// plainPrice returns a price in whole won, as a form has it; "" for none.
func plainPrice(p *market.Money) string {
	if p == nil {
		return ""
	}
	return strings.TrimSuffix(p.String(), ".00")
}

// sorted returns the list in an order.
func (c catalogue) sorted(sort string) catalogue {
	c.Sort = sort
	return c
}

// of returns the list of a category, or with 0 of all.
func (c catalogue) of(category int64) catalogue {
	c.Filter.CategoryID = category
	if c.Sort == "" {
		c.Sort = newestFirst
	}
	return c
}

// address returns the address of the list.
func (c catalogue) address(f pages.Frame) string { return f.Base + "/?" + c.query().Encode() }

// soldOutLast returns the request of a page in its order, the newest first unless it names one, with sold-out products
// after the others.
func soldOutLast(page market.PageRequest) market.PageRequest {
	if page.Sort == "" {
		page.Sort, page.Desc = market.SortCreatedAt, true
	}
	page.Then = append([]market.SortField{{Field: page.Sort, Desc: page.Desc}}, page.Then...)
	page.Sort, page.Desc = market.SortSoldOut, false
	return page
}

// filtered reports whether a request is for a list of products, and not for the first page.
func filtered(q url.Values) bool {
	for _, name := range []string{"keyword", "category", "priceFrom", "priceTo", "sort", "page", "size"} {
		if q.Has(name) {
			return true
		}
	}
	return false
}

func (s *Server) listProducts(w http.ResponseWriter, r *http.Request) (err error) {
	q := r.URL.Query()
	if !filtered(q) {
		return s.showHome(w, r)
	}
	page, err := web.Page(r, pages.Rows)
	if err != nil {
		return err
	}
	ctx := r.Context()
	c := catalogue{Sort: q.Get("sort")}
	if c.Filter.Keyword, err = web.Keyword(r); err != nil {
		return err
	}
	if c.Filter.CategoryID, err = web.QueryID(r, "category"); err != nil {
		return err
	}
	if c.Filter.PriceFrom, c.Filter.PriceTo, err = web.Prices(r); err != nil {
		return err
	}
	if c.Categories, err = s.categories(ctx); err != nil {
		return err
	}
	found, err := s.Replica.Products(ctx, c.Filter, soldOutLast(page))
	if err != nil {
		return err
	}
	shown, err := tiles(ctx, s.Replica, found.Content)
	if err != nil {
		return err
	}
	c.Products = pages.Listed[tile]{Query: c.query(), Page: market.WithContent(found, shown)}
	pages.Show(w, r, http.StatusOK, s.cataloguePage(s.site.Frame(r, pages.TextProducts), c))
	return nil
}

// showHome shows the first page, whose lists are cached as those of the API are: from the primary database.
func (s *Server) showHome(w http.ResponseWriter, r *http.Request) error {
	var h home
	data, err := s.Cache.Get(r.Context(), cache.ProductsGroup, "home", cache.ProductsTTL,
		func(ctx context.Context) (any, error) { return s.home(ctx) })
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, &h); err != nil {
		return err
	}
	if h.categories, err = s.categories(r.Context()); err != nil {
		return err
	}
	pages.Show(w, r, http.StatusOK, s.homePage(s.site.Frame(r, textHome), h))
	return nil
}

func (s *Server) home(ctx context.Context) (h home, err error) {
	best, err := s.Store.BestProducts(ctx, homeRows)
	if err != nil {
		return h, err
	}
	newest, err := s.Store.Products(ctx, store.CatalogueFilter{}, soldOutLast(market.PageRequest{Size: homeRows}))
	if err != nil {
		return h, err
	}
	products := make([]market.Product, len(best))
	for i, p := range best {
		products[i] = p.Product
	}
	if h.Best, err = tiles(ctx, s.Store, products); err != nil {
		return h, err
	}
	h.New, err = tiles(ctx, s.Store, newest.Content)
	return h, err
}

// tiles returns products with their pictures and the names of their stores.
func tiles(ctx context.Context, from Lists, products []market.Product) ([]tile, error) {
	if len(products) == 0 {
		return nil, nil
	}
	ids, sellers := make([]int64, len(products)), make([]int64, len(products))
	for i, p := range products {
		ids[i], sellers[i] = p.ID, p.SellerID
	}
	images, err := from.Thumbnails(ctx, ids)
	if err != nil {
		return nil, err
	}
	stores, err := from.StoreNames(ctx, sellers)
	if err != nil {
		return nil, err
	}
	all := make([]tile, len(products))
	for i, p := range products {
		all[i] = tile{Product: p, Store: stores[p.SellerID]}
		if image, ok := images[p.ID]; ok {
			all[i].Image = &image
		}
	}
	return all, nil
}

func (s *Server) categories(ctx context.Context) (all []market.Category, err error) {
	data, err := s.Cache.Get(ctx, cache.CategoriesGroup, "all", cache.CategoriesTTL,
		func(ctx context.Context) (any, error) { return s.Store.Categories(ctx) })
	if err != nil {
		return nil, err
	}
	return all, json.Unmarshal(data, &all)
}

// offer is a product as its page shows it.
type offer struct {
	pages.ProductPage

	subscribed bool // the reader is to be notified when it is in stock again
}

func (s *Server) showProduct(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "productId")
	if err != nil {
		return err
	}
	ctx := r.Context()
	product, err := s.Store.Product(ctx, id)
	if err != nil {
		return err
	}
	o := offer{ProductPage: pages.ProductPage{Product: product}}
	images, err := s.Store.Images(ctx, id)
	if err != nil {
		return err
	}
	for _, image := range images {
		o.Pictures = append(o.Pictures, s.picture(&image))
	}
	if o.Seller, err = s.Store.StoreOfProduct(ctx, id); err != nil {
		return err
	}
	policy, err := s.Store.RefundPolicy(ctx)
	if err != nil {
		return err
	}
	o.Returns = policy.ShippingBorneBy
	f := s.site.Frame(r, pages.Text{Ko: product.Name, En: product.Name})
	if product.Stock == 0 && f.LoggedIn() {
		subscription, err := s.Store.Subscription(ctx, web.Buyer(r), id)
		if err != nil && market.CodeOf(err) != market.CodeRestockSubscriptionNotFound {
			return err
		}
		o.subscribed = err == nil && subscription.Status == subscriptionActive
	}
	pages.Show(w, r, http.StatusOK, productPage(f, o))
	return nil
}

// subscriptionActive is the status of a subscription whose product has not been in stock since.
const subscriptionActive = "ACTIVE"

// pictures returns the pictures of products, by the products' ids.
func (s *Server) pictures(ctx context.Context, from Lists, products []int64) (map[int64]pages.Picture, error) {
	if len(products) == 0 {
		return nil, nil
	}
	images, err := from.Thumbnails(ctx, products)
	if err != nil {
		return nil, err
	}
	all := make(map[int64]pages.Picture, len(images))
	for id, image := range images {
		all[id] = s.picture(&image)
	}
	return all, nil
}

func (s *Server) picture(i *store.Image) pages.Picture {
	if i == nil {
		return pages.Picture{}
	}
	return pages.Picture{URL: s.Images.URL(i.ObjectKey), SrcSet: s.Images.SrcSet(i.ObjectKey, int(i.Width))}
}

// productPath returns the path of a product's page, below the site's base.
func productPath(id int64) string { return "/products/" + strconv.FormatInt(id, 10) }

// subscribe subscribes the buyer to a product's restock notifications, or ends the subscription.
func (s *Server) subscribe(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "productId")
	if err != nil {
		return err
	}
	if err := pages.Form(w, r); err != nil {
		return err
	}
	var in struct {
		Cancel bool `json:"cancel"`
	}
	if err := web.DecodeForm(r.PostForm, &in); err != nil {
		return err
	}
	notice := noticeSubscribed
	if in.Cancel {
		notice = noticeUnsubscribed
		err = s.Store.Unsubscribe(r.Context(), web.Buyer(r), id)
		if market.CodeOf(err) == market.CodeRestockSubscriptionNotFound {
			err = nil // it has ended already
		}
	} else {
		_, err = s.Store.Subscribe(r.Context(), web.Buyer(r), id)
	}
	if err != nil {
		return err
	}
	s.site.Back(w, r, productPath(id), notice)
	return nil
}
