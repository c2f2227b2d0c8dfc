package api

import (
	"context"
	"net/http"
	"strconv"

	"github.com/all-in-market/market/internal/cache"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/web"
)

func (s *Server) listCategories(w http.ResponseWriter, r *http.Request) error {
	data, err := s.Cache.Get(r.Context(), cache.CategoriesGroup, "all", cache.CategoriesTTL,
		func(ctx context.Context) (any, error) {
			return s.Store.Categories(ctx)
		})
	if err != nil {
		return err
	}
	return web.RespondCached(w, r, web.Public, data)
}

func (s *Server) listProducts(w http.ResponseWriter, r *http.Request) error {
	page, err := web.OldestFirst(r, 10)
	if err != nil {
		return err
	}
	f, err := catalogueFilter(r)
	if err != nil {
		return err
	}
	cached := cachedPages{cache.ProductsGroup, cache.ProductsTTL, cachedProductPages, web.Public}
	if f != (store.CatalogueFilter{}) {
		cached.first = 0
	}
	return s.respondPage(w, r, page, cached, func(ctx context.Context, from Lists) (any, error) {
		return from.Products(ctx, f, page)
	})
}

func catalogueFilter(r *http.Request) (f store.CatalogueFilter, err error) {
	if f.Keyword, err = web.Keyword(r); err != nil {
		return f, err
	}
	if f.CategoryID, err = web.QueryID(r, "categoryId"); err != nil {
		return f, err
	}
	f.PriceFrom, f.PriceTo, err = web.Prices(r)
	return f, err
}

func (s *Server) getProduct(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "productId")
	if err != nil {
		return err
	}
	data, err := s.Cache.Get(r.Context(), cache.ProductGroup(id), strconv.FormatInt(id, 10), cache.ProductsTTL,
		func(ctx context.Context) (any, error) {
			return s.Store.Product(ctx, id)
		})
	if err != nil {
		return err
	}
	return web.RespondCached(w, r, web.Public, data)
}

func (s *Server) getSellerOfProduct(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "productId")
	if err != nil {
		return err
	}
	seller, err := s.Store.StoreOfProduct(r.Context(), id)
	if err != nil {
		return err
	}
	return web.Respond(w, r, web.ReadSuccess, seller)
}

func (s *Server) listSellerProducts(w http.ResponseWriter, r *http.Request) error {
	page, err := web.OldestFirst(r, 10)
	if err != nil {
		return err
	}
	var f store.ProductFilter
	if f.Status, err = web.Enum[market.ProductStatus](r, "status"); err != nil {
		return err
	}
	if f.CategoryID, err = web.QueryID(r, "categoryId"); err != nil {
		return err
	}
	if f.Keyword, err = web.Keyword(r); err != nil {
		return err
	}
	if f.LowStock, err = web.Bool(r, "lowStock"); err != nil {
		return err
	}
	sellerID := web.Caller(r).ID
	cached := cachedPages{cache.SellerProductsGroup(sellerID), cache.ProductsTTL, cachedSellerProductPages, web.Own}
	if f != (store.ProductFilter{}) {
		cached.first = 0
	}
	return s.respondPage(w, r, page, cached, func(ctx context.Context, from Lists) (any, error) {
		return from.SellerProducts(ctx, market.SellerID(sellerID), f, page)
	})
}

// newProduct is the request of POST /seller/products. The bound of the stock leaves room for pieces that come back.
type newProduct struct {
	CategoryID int64 `json:"categoryId" validate:"required,gt=0"`
	market.ProductInput
	Stock int32 `json:"stock" validate:"stock"`
}

func (s *Server) createProduct(w http.ResponseWriter, r *http.Request) error {
	var in newProduct
	if err := web.Decode(w, r, "product", &in); err != nil {
		return err
	}
	product, err := s.Store.CreateProduct(r.Context(), in.Product(web.Seller(r), in.CategoryID, in.Stock))
	return s.respondChanged(w, r, web.CreateSuccess, product, err)
}

func (s *Server) updateProduct(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "productId")
	if err != nil {
		return err
	}
	var in market.ProductUpdate
	if err := web.Decode(w, r, "product", &in); err != nil {
		return err
	}
	product, err := s.Store.UpdateProduct(r.Context(), web.Seller(r), id, in.Change())
	return s.respondChanged(w, r, web.UpdateSuccess, product, err)
}

func (s *Server) deleteProduct(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "productId")
	if err != nil {
		return err
	}
	product, err := s.Store.DeleteProduct(r.Context(), web.Seller(r), id)
	return s.respondChanged(w, r, web.DeleteSuccess, product, err)
}

// stockUpdate sets the pieces that can be ordered. OnHand, an addition to the original's contract, sets those on hand
// instead, reserved ones included. ExpectedStock and ExpectedReserved, further additions, make it a compare-and-set
// against orders and parcels that run meanwhile.
type stockUpdate struct {
	Stock            *int32 `json:"stock" validate:"omitempty,stock"`
	OnHand           *int32 `json:"onHand" validate:"omitempty,stock"`
	ExpectedStock    *int32 `json:"expectedStock"`
	ExpectedReserved *int32 `json:"expectedReserved"`
}

func (s *Server) setStock(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "productId")
	if err != nil {
		return err
	}
	var in stockUpdate
	if err := web.Decode(w, r, "product", &in); err != nil {
		return err
	}
	switch {
	case in.Stock == nil && in.OnHand == nil:
		return market.RefuseWith(market.CodeInvalidInput, market.DetailFieldRequired, "stock")
	case in.Stock != nil && in.OnHand != nil:
		return market.RefuseWith(market.CodeInvalidInput, market.DetailStockTwice)
	}
	product, err := s.Store.UpdateProduct(r.Context(), web.Seller(r), id, market.ProductChange{
		Stock: in.Stock, OnHand: in.OnHand, ExpectedStock: in.ExpectedStock, ExpectedReserved: in.ExpectedReserved,
	})
	return s.respondChanged(w, r, web.UpdateSuccess, product, err)
}

func (s *Server) listStockMovements(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "productId")
	if err != nil {
		return err
	}
	page, err := web.Page(r, 20)
	if err != nil {
		return err
	}
	movements, err := s.Store.StockMovements(r.Context(), web.Seller(r), id, page)
	if err != nil {
		return err
	}
	return web.Respond(w, r, web.ReadSuccess, movements)
}

// respondChanged answers a change of a product, after it has made the cached
// reads that show the product stale.
func (s *Server) respondChanged(
	w http.ResponseWriter, r *http.Request, success web.Success, p market.Product, err error,
) error {
	if err != nil {
		return err
	}
	s.Cache.ProductChanged(r.Context(), p)
	return web.Respond(w, r, success, p)
}
