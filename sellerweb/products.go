package sellerweb

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/all-in-market/market/internal/bulk"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/pages"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/web"
)

func (s *Server) listProducts(w http.ResponseWriter, r *http.Request) error {
	page, err := web.Page(r, pages.Rows)
	if err != nil {
		return err
	}
	l := productList{}
	if l.filter.Status, err = web.Enum[market.ProductStatus](r, "status"); err != nil {
		return err
	}
	if l.filter.CategoryID, err = web.QueryID(r, "category"); err != nil {
		return err
	}
	if l.filter.Keyword, err = web.Keyword(r); err != nil {
		return err
	}
	if l.filter.LowStock, err = web.Bool(r, "lowStock"); err != nil {
		return err
	}
	if l.categories, err = s.store.Categories(r.Context()); err != nil {
		return err
	}
	l.Query = l.query()
	l.Page, err = s.replica.SellerProducts(r.Context(), web.Seller(r), l.filter, page)
	if err != nil {
		return err
	}
	pages.Show(w, r, http.StatusOK, productsPage(s.site.Frame(r, pages.TextProducts), l))
	return nil
}

// productList is a page of the seller's products.
type productList struct {
	pages.Listed[market.Product]

	filter     store.ProductFilter
	categories []market.Category
}

// status returns the status of the filter; "" for all.
func (l productList) status() string {
	if l.filter.Status == nil {
		return ""
	}
	return string(*l.filter.Status)
}

// query returns the filter as the list's address has it.
func (l productList) query() url.Values {
	q := url.Values{"status": {l.status()}}
	if l.filter.CategoryID != 0 {
		q.Set("category", strconv.FormatInt(l.filter.CategoryID, 10))
	}
	if l.filter.Keyword != "" {
		q.Set("keyword", l.filter.Keyword)
	}
	if l.filter.LowStock {
		q.Set("lowStock", "true")
	}
	return q
}

// product is a submitted form of a product. The stock is a pointer, since 0 is a value.
type product struct {
	market.ProductInput
	Stock    *int32 `json:"stock" validate:"required,stock"`
	Category int64  `json:"category" validate:"required,gt=0"`
}

// changedProduct is the form of a product that exists, with the stock that it was filled in with.
type changedProduct struct {
	product
	Status       string `json:"status" validate:"omitempty,sellersstatus"`
	SeenStock    *int32 `json:"seenStock" validate:"required,stock"`
	SeenReserved *int32 `json:"seenReserved" validate:"required,stock"`
}

func (s *Server) showNewProduct(w http.ResponseWriter, r *http.Request) error {
	copied, err := web.QueryID(r, "copy")
	if err != nil {
		return err
	}
	var p market.Product
	if copied != 0 {
		if p, err = s.store.OwnProduct(r.Context(), web.Seller(r), copied); err != nil {
			return err
		}
		p.ID, p.BlockedReason = 0, nil
	}
	return s.showProductForm(w, r, s.site.Frame(r, textNewProduct), p)
}

func (s *Server) showProduct(w http.ResponseWriter, r *http.Request) error {
	p, err := s.ownProduct(r)
	if err != nil {
		return err
	}
	return s.showProductForm(w, r, s.site.Frame(r, pages.Text{Ko: p.Name, En: p.Name}), p)
}

func (s *Server) showProductForm(w http.ResponseWriter, r *http.Request, f pages.Frame, p market.Product) error {
	categories, err := s.store.Categories(r.Context())
	if err != nil {
		return err
	}
	shown, err := s.pictures(r, p.ID)
	if err != nil {
		return err
	}
	pages.Show(w, r, http.StatusOK, productPage(f, p, categories, shown))
	return nil
}

// ownProduct returns the product that the path names. It fails with PRODUCT_NOT_FOUND.
func (s *Server) ownProduct(r *http.Request) (market.Product, error) {
	id, err := web.ID(r, "productId")
	if err != nil {
		return market.Product{}, err
	}
	return s.store.OwnProduct(r.Context(), web.Seller(r), id)
}

// createProduct creates a product with the pictures of its form. Pictures that are refused leave it without them.
func (s *Server) createProduct(w http.ResponseWriter, r *http.Request) error {
	var saved market.Product
	create := func(fields url.Values) (int64, error) {
		var in product
		err := web.DecodeFormOf("product", fields, &in)
		if err == nil {
			saved, err = s.store.CreateProduct(r.Context(), in.Product(web.Seller(r), in.Category, *in.Stock))
		}
		return saved.ID, err
	}
	if !pages.IsUpload(r) {
		if _, err := create(r.PostForm); err != nil {
			return err
		}
		return s.created(w, r, saved, noticeCreated)
	}
	created, err := s.uploads.NewProduct(w, r, func(fields url.Values) (int64, error) {
		if err := web.CanonicalForm(fields); err != nil {
			return 0, err
		}
		r.PostForm = fields
		return create(fields)
	})
	switch {
	case err == nil:
		return s.created(w, r, saved, noticeCreated)
	case created:
		web.Explain(w, r, err) // for the log: the product exists
		return s.created(w, r, saved, noticeCreatedWithout)
	}
	return err
}

func (s *Server) created(w http.ResponseWriter, r *http.Request, saved market.Product, notice string) error {
	s.cache.ProductChanged(r.Context(), saved)
	s.site.Back(w, r, productPath(saved.ID), notice)
	return nil
}

// productPath returns the path of a product's page, below the site's base.
func productPath(id int64) string { return "/products/" + strconv.FormatInt(id, 10) }

// changeProduct applies the form. It sets the stock only when the seller has changed it, and only
// when it still has the value in the form, since orders change it as well.
func (s *Server) changeProduct(w http.ResponseWriter, r *http.Request) error {
	before, err := s.ownProduct(r)
	if err != nil {
		return err
	}
	var in changedProduct
	if err := web.DecodeFormOf("product", r.PostForm, &in); err != nil {
		return err
	}
	c := in.Change()
	c.CategoryID, c.Status = &in.Category, market.Optional(in.Status)
	if *in.Stock != *in.SeenStock+*in.SeenReserved {
		c.OnHand, c.ExpectedStock, c.ExpectedReserved = in.Stock, in.SeenStock, in.SeenReserved
	}
	saved, err := s.store.UpdateProduct(r.Context(), web.Seller(r), before.ID, c)
	return s.savedProduct(w, r, saved, err)
}

func (s *Server) savedProduct(w http.ResponseWriter, r *http.Request, saved market.Product, err error) error {
	if err != nil {
		return err
	}
	s.cache.ProductChanged(r.Context(), saved)
	s.site.Back(w, r, "/products", noticeSaved)
	return nil
}

// offer is a line of a file of prices and stocks, with the text of its problem.
type offer struct {
	bulk.Offer
	problem string
}

// separator is between the values of a change. No value has it, and an address does not have to escape it.
const separator = "-"

// sent returns the change in the format of the preview's form: a new stock with the one that it replaces.
func (o offer) sent() string {
	values := make([]string, 7)
	values[0] = strconv.FormatInt(o.Change.ID, 10)
	if o.Change.Price != nil {
		values[1] = o.Change.Price.String()
	}
	if o.Change.OnHand != nil {
		values[2] = strconv.Itoa(int(*o.Change.OnHand))
		values[3], values[4] = strconv.Itoa(int(o.Before.Stock)), strconv.Itoa(int(*o.Before.Reserved))
	}
	if o.Change.Status != nil {
		values[5] = *o.Change.Status
	}
	if o.Change.CategoryID != nil {
		values[6] = strconv.FormatInt(*o.Change.CategoryID, 10)
	}
	return strings.Join(values, separator)
}

// previewOffers shows what a file of prices and stocks would change, and what of it cannot be.
func (s *Server) previewOffers(w http.ResponseWriter, r *http.Request) error {
	lines, err := readFile(w, r, bulk.OfferColumns)
	if err != nil {
		return err
	}
	return s.showOffers(w, r, textImportPricesAndStock, lines)
}

// showOffers shows a preview of the changes of lines.
func (s *Server) showOffers(w http.ResponseWriter, r *http.Request, title pages.Text, lines []bulk.Line) error {
	all, err := s.bulk.PreviewOffers(r.Context(), web.Seller(r), lines)
	if err != nil {
		return err
	}
	categories, err := s.store.Categories(r.Context())
	if err != nil {
		return err
	}
	l := offerList{categories: make(map[int64]string, len(categories)), all: make([]offer, len(all))}
	for _, c := range categories {
		l.categories[c.ID] = c.Name
	}
	for i, o := range all {
		l.all[i] = offer{o, problem(w, r, o.Problem)}
		l.statuses = l.statuses || o.Change.Status != nil
		l.moves = l.moves || o.Change.CategoryID != nil
		l.prices = l.prices || o.Change.Price != nil
		l.stocks = l.stocks || o.Change.OnHand != nil
	}
	pages.Show(w, r, http.StatusOK, offersPage(s.site.Frame(r, title), l))
	return nil
}

// offerList is a preview of changes, with the columns that it needs.
type offerList struct {
	all                             []offer
	categories                      map[int64]string // names
	prices, stocks, statuses, moves bool
}

// offersForm is the form of a preview of changes.
type offersForm struct {
	Changes []string `json:"change" validate:"required,filelines"`
	Skip    bool     `json:"skip"`
}

// changeOffers does what the preview has shown: all of it or nothing, or what can be done. A
// product whose stock has changed since the preview cannot be.
func (s *Server) changeOffers(w http.ResponseWriter, r *http.Request) error {
	if err := pages.Form(w, r); err != nil {
		return err
	}
	var in offersForm
	if err := web.DecodeForm(r.PostForm, &in); err != nil {
		return err
	}
	lines := make([]bulk.Line, len(in.Changes))
	for i, sent := range in.Changes {
		fields := strings.Split(sent, separator)
		if len(fields) != 7 {
			return market.RefuseWith(market.CodeInvalidInput, market.DetailFieldInvalid, "change")
		}
		lines[i] = bulk.Line{Number: i + 1, Values: fields}
	}
	all, err := s.bulk.ChangeOffers(r.Context(), web.Seller(r), lines, in.Skip)
	var refused *market.Error
	if errors.As(err, &refused) &&
		(refused.Detail == market.DetailOfferProduct || refused.Detail == market.DetailOfferStock) {
		id, _ := refused.Args[0].(int64)
		s.site.Back(w, r, "/products", noticeNothingChanged, id)
		return nil
	}
	if err != nil {
		return err
	}
	var done, failed int64
	for _, o := range all {
		if o.Problem == nil {
			done++
		} else {
			failed++
		}
	}
	s.site.Back(w, r, "/products", noticeOffers, done, failed)
	return nil
}
