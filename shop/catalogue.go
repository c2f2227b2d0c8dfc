package shop

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/all-in-market/market/internal/cache"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/pages"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/web"
)

// catalogue is a page of the product catalogue.
type catalogue struct {
	Categories []market.Category
	Products   pages.Listed[market.Product]
	Pictures   map[int64]picture // by product
	Keyword    string
	Category   int64 // 0 for all
}

// query returns the filter of the product list.
func (c catalogue) query() url.Values {
	q := url.Values{}
	if c.Keyword != "" {
		q.Set("keyword", c.Keyword)
	}
	if c.Category != 0 {
		q.Set("category", strconv.FormatInt(c.Category, 10))
	}
	return q
}

func (s *Server) listProducts(w http.ResponseWriter, r *http.Request) (err error) {
	page, err := web.Page(r, pages.Rows)
	if err != nil {
		return err
	}
	ctx, q := r.Context(), r.URL.Query()
	c := catalogue{Keyword: q.Get("keyword")}
	if utf8.RuneCountInString(c.Keyword) > market.MaxKeyword {
		return market.RefuseWith(market.CodeInvalidInput, market.DetailKeywordTooLong, market.MaxKeyword)
	}
	if named := q.Get("category"); named != "" {
		if c.Category, err = strconv.ParseInt(named, 10, 64); err != nil {
			return market.RefuseWith(market.CodeInvalidInput, market.DetailFieldInvalid, "category")
		}
	}
	if c.Categories, err = s.categories(ctx); err != nil {
		return err
	}
	if c.Category != 0 && c.Keyword == "" {
		c.Products.Page, err = s.Replica.CategoryProducts(ctx, c.Category, page)
	} else {
		c.Products.Page, err = s.Replica.Products(ctx, c.Keyword, page)
	}
	if err != nil {
		return err
	}
	c.Products.Query = c.query()
	ids := make([]int64, len(c.Products.Content))
	for i, p := range c.Products.Content {
		ids[i] = p.ID
	}
	thumbnails, err := s.Replica.Thumbnails(ctx, ids)
	if err != nil {
		return err
	}
	c.Pictures = make(map[int64]picture, len(thumbnails))
	for id, image := range thumbnails {
		c.Pictures[id] = s.picture(image)
	}
	pages.Show(w, r, http.StatusOK, cataloguePage(s.site.Frame(r, pages.TextProducts), c))
	return nil
}

func (s *Server) categories(ctx context.Context) (all []market.Category, err error) {
	data, err := s.Cache.Get(ctx, cache.CategoriesGroup, "all", cache.CategoriesTTL,
		func(ctx context.Context) (any, error) { return s.Store.Categories(ctx) })
	if err != nil {
		return nil, err
	}
	return all, json.Unmarshal(data, &all)
}

func (s *Server) showProduct(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "productId")
	if err != nil {
		return err
	}
	product, err := s.Store.Product(r.Context(), id)
	if err != nil {
		return err
	}
	images, err := s.Store.Images(r.Context(), id)
	if err != nil {
		return err
	}
	pictures := make([]picture, len(images))
	for i, image := range images {
		pictures[i] = s.picture(image)
	}
	f := s.site.Frame(r, pages.Text{Ko: product.Name, En: product.Name})
	pages.Show(w, r, http.StatusOK, productPage(f, product, pictures))
	return nil
}

// picture is an image as a page shows it.
type picture struct{ url, srcset string }

func (s *Server) picture(i store.Image) picture {
	return picture{s.Images.URL(i.ObjectKey), s.Images.SrcSet(i.ObjectKey, int(i.Width))}
}

// productPath returns the path of a product's page, below the site's base.
func productPath(id int64) string { return "/products/" + strconv.FormatInt(id, 10) }

// initial returns the placeholder for a product without a picture.
func initial(name string) string {
	letter, _ := utf8.DecodeRuneInString(name)
	return strings.ToUpper(string(letter))
}

// subscribe subscribes the buyer to a product's restock notifications.
func (s *Server) subscribe(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "productId")
	if err != nil {
		return err
	}
	if err := pages.Form(w, r); err != nil {
		return err
	}
	if _, err = s.Store.Subscribe(r.Context(), web.Buyer(r), id); err != nil {
		return err
	}
	s.site.Back(w, r, productPath(id), noticeSubscribed)
	return nil
}
