package store

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store/db"
)

// Categories lists the categories, by sort order.
func (s CatalogueStore) Categories(ctx context.Context) ([]market.Category, error) {
	rows, err := s.q.ListCategories(ctx, s.pool)
	categories := make([]market.Category, len(rows))
	for i, r := range rows {
		categories[i] = market.Category(r)
	}
	return categories, translate(err)
}

// CountCategoryProducts returns the number of products on sale in each category, by the ids of categories. It counts up
// to countLimit products of each.
func (s CatalogueStore) CountCategoryProducts(ctx context.Context) (map[int64]int64, error) {
	rows, err := s.q.CountCategoryProducts(ctx, s.pool, countLimit)
	counts := make(map[int64]int64, len(rows))
	for _, r := range rows {
		counts[r.ID] = r.Products
	}
	return counts, translate(err)
}

// CreateCategory fails with DATA_CONFLICT when the name is in use.
func (s CatalogueStore) CreateCategory(ctx context.Context, name string, sortOrder int32) (market.Category, error) {
	return s.changeCategory(ctx, func(tx pgx.Tx) (market.Category, error) {
		c, err := s.q.CreateCategory(ctx, tx, name, sortOrder)
		return market.Category(c), err
	})
}

// UpdateCategory changes a category; a nil name stays as it is. It fails with CATEGORY_NOT_FOUND or DATA_CONFLICT.
func (s CatalogueStore) UpdateCategory(
	ctx context.Context, id int64, name *string, sortOrder *int32,
) (market.Category, error) {
	return s.changeCategory(ctx, func(tx pgx.Tx) (market.Category, error) {
		c, err := s.q.UpdateCategory(ctx, tx, name, sortOrder, id)
		return market.Category(c), err
	})
}

// DeleteCategory fails with CATEGORY_NOT_FOUND, or with CATEGORY_IN_USE and the number of products that are in it.
func (s CatalogueStore) DeleteCategory(ctx context.Context, id int64) (market.Category, error) {
	deleted, err := s.changeCategory(ctx, func(tx pgx.Tx) (market.Category, error) {
		c, err := s.q.DeleteCategory(ctx, tx, id)
		return market.Category(c), err
	})
	var pg *pgconn.PgError
	if market.CodeOf(err) == market.CodeCategoryInUse && errors.As(err, &pg) {
		err = market.RefuseWith(market.CodeCategoryInUse, market.DetailCategoryInUse, pg.Detail)
	}
	return deleted, err
}

func (s CatalogueStore) changeCategory(
	ctx context.Context, change func(tx pgx.Tx) (market.Category, error),
) (c market.Category, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		c, err = orNotFound(change(tx))(market.CodeCategoryNotFound)
		return err
	})
	return c, err
}

// Product returns a product that is visible to buyers. It fails with PRODUCT_NOT_FOUND.
func (s CatalogueStore) Product(ctx context.Context, id int64) (market.Product, error) {
	p, err := orNotFound(s.q.GetVisibleProduct(ctx, s.pool, id))(market.CodeProductNotFound)
	return product(p), err
}

// inSellerTx runs f in a transaction in which the seller stays approved. It fails with TOKEN_INVALID if
// the seller is not.
func (s *DB) inSellerTx(ctx context.Context, sellerID market.SellerID, f func(tx pgx.Tx) error) error {
	return s.inTx(ctx, func(tx pgx.Tx) error {
		if _, err := orNotFound(s.q.ShareApprovedSeller(ctx, tx,
			int64(sellerID)))(market.CodeTokenInvalid); err != nil {
			return err
		}
		return f(tx)
	})
}

// CreateProduct fails with CATEGORY_NOT_FOUND, or with TOKEN_INVALID if its seller is not approved.
func (s CatalogueStore) CreateProduct(ctx context.Context, p market.Product) (created market.Product, err error) {
	err = s.inSellerTx(ctx, market.SellerID(p.SellerID), func(tx pgx.Tx) error {
		if err := s.checkCategory(ctx, tx, p.CategoryID); err != nil {
			return err
		}
		row, err := s.q.CreateProduct(ctx, tx, db.CreateProductParams{
			SellerID: p.SellerID, CategoryID: p.CategoryID, Name: p.Name, Price: p.Price, Stock: p.Stock,
			Description: p.Description,
		})
		created = sellersProduct(row)
		return err
	})
	return created, err
}

// UpdateProduct changes a product. It fails with PRODUCT_NOT_FOUND, with FORBIDDEN for another
// seller's product, with TOKEN_INVALID if the seller is not approved, with CATEGORY_NOT_FOUND, or
// with DATA_CONFLICT if the stock is not as expected, if OnHand is below the reserved pieces, or if
// the change sets the status of a blocked product.
func (s CatalogueStore) UpdateProduct(
	ctx context.Context, sellerID market.SellerID, id int64, c market.ProductChange,
) (market.Product, error) {
	var row db.Product
	err := s.inSellerTx(ctx, sellerID, func(tx pgx.Tx) (err error) {
		row, err = s.changeProduct(ctx, tx, sellerID, id, c)
		return err
	})
	return s.ownProduct(ctx, sellerID, id, row, err)
}

// changeProduct changes one of a seller's own products.
func (s CatalogueStore) changeProduct(
	ctx context.Context, tx pgx.Tx, sellerID market.SellerID, id int64, c market.ProductChange,
) (db.Product, error) {
	if c.CategoryID != nil {
		if err := s.checkCategory(ctx, tx, *c.CategoryID); err != nil {
			return db.Product{}, err
		}
	}
	if c.Stock != nil || c.OnHand != nil || c.ExpectedStock != nil || c.ExpectedReserved != nil {
		before, err := orNotFound(s.q.LockOwnProduct(ctx, tx, id, int64(sellerID)))(market.CodeProductNotFound)
		if err != nil {
			return before, err
		}
		if err := unchanged(before, c.ExpectedStock, c.ExpectedReserved); err != nil {
			return before, err
		}
		stock := c.Stock
		if c.OnHand != nil {
			left := *c.OnHand - before.Reserved
			if left < 0 {
				return before,
					market.RefuseWith(market.CodeDataConflict, market.DetailStockReserved,
						before.Reserved).About("onHand")
			}
			stock = &left
		}
		if stock != nil {
			if _, err := s.setStock(ctx, tx, before, *stock); err != nil {
				return before, err
			}
		}
	}
	after, err := orNotFound(s.q.UpdateProduct(ctx, tx, db.UpdateProductParams{
		ID: id, SellerID: int64(sellerID), CategoryID: c.CategoryID, Name: c.Name, Price: c.Price, Status: c.Status,
		Description: c.Description,
	}))(market.CodeProductNotFound)
	if err == nil && c.Status != nil && after.Status == market.ProductBlocked {
		err = market.RefuseWith(market.CodeDataConflict, market.DetailProductBlocked)
	}
	return after, err
}

// SetProductBlock takes a product off sale for a reason, or with nil unblocks it: it is then hidden
// until its seller changes that. It fails with PRODUCT_NOT_FOUND.
func (s CatalogueStore) SetProductBlock(
	ctx context.Context, id int64, reason *string,
) (changed market.Product, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		p, err := orNotFound(s.q.LockProduct(ctx, tx, id))(market.CodeProductNotFound)
		if err == nil && (reason != nil || p.Status == market.ProductBlocked) {
			p, err = s.q.SetProductBlock(ctx, tx, reason, id)
		}
		changed = sellersProduct(p)
		return err
	})
	return changed, err
}

// AllProducts lists the products of all sellers, of all states or of one, newest first; sorts: createdAt, id.
func (s CatalogueStore) AllProducts(
	ctx context.Context, status *market.ProductStatus, page market.PageRequest,
) (market.Page[market.Product], error) {
	l := list[db.Product, market.Product]{
		table: "products", show: sellersProduct, where: "deleted_at IS NULL", sorts: inOrderOfCreation,
	}
	if status != nil {
		l.where, l.args = "deleted_at IS NULL AND status = $1", []any{*status}
	}
	return l.page(ctx, s.DB, page)
}

// AnyProduct returns a product in any state, for staff. It fails with PRODUCT_NOT_FOUND.
func (s CatalogueStore) AnyProduct(ctx context.Context, id int64) (market.Product, error) {
	p, err := orNotFound(s.q.GetProduct(ctx, s.pool, id))(market.CodeProductNotFound)
	return sellersProduct(p), err
}

// DeleteProduct removes a product from the shop; orders continue to refer to it. It fails with
// PRODUCT_NOT_FOUND, or with FORBIDDEN for another seller's product.
func (s CatalogueStore) DeleteProduct(ctx context.Context, sellerID market.SellerID, id int64) (market.Product, error) {
	var row db.Product
	err := s.inSellerTx(ctx, sellerID, func(tx pgx.Tx) (err error) {
		row, err = orNotFound(s.q.DeleteProduct(ctx, tx, id, int64(sellerID)))(market.CodeProductNotFound)
		return err
	})
	return s.ownProduct(ctx, sellerID, id, row, err)
}

// unchanged fails with DATA_CONFLICT unless a product has the expected stock.
func unchanged(p db.Product, stock, reserved *int32) error {
	if (stock != nil && p.Stock != *stock) || (reserved != nil && p.Reserved != *reserved) {
		return market.RefuseWith(market.CodeDataConflict, market.DetailStockChanged)
	}
	return nil
}

// setStock sets the stock of a product that is locked.
func (s CatalogueStore) setStock(ctx context.Context, tx pgx.Tx, before db.Product, stock int32) (db.Product, error) {
	row, err := s.q.SetStock(ctx, tx, before.ID, stock)
	if err != nil || row.Stock == before.Stock {
		return row, err
	}
	if err := s.q.MoveStock(ctx, tx, before.ID, row.Stock-before.Stock); err != nil || before.Stock > 0 {
		return row, err
	}
	return row, s.q.AddFollowUp(ctx, tx, market.FollowUpRestock, before.ID)
}

// ChangedProduct identifies one of several products to change.
type ChangedProduct struct {
	ID int64
	market.ProductChange
}

// ChangeProducts changes several products of a seller, or, if one of them cannot be changed, none:
// at is then its index. It fails as UpdateProduct does, and with PRODUCT_NOT_FOUND for another
// seller's product.
func (s CatalogueStore) ChangeProducts(
	ctx context.Context, sellerID market.SellerID, changes []ChangedProduct,
) (changed []market.Product, at int, err error) {
	order := make([]int, len(changes)) // by product: a fixed order of locks prevents deadlocks
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(changes[a].ID, changes[b].ID) })
	err = s.inSellerTx(ctx, sellerID, func(tx pgx.Tx) error {
		changed = nil
		for _, at = range order {
			p, err := s.changeProduct(ctx, tx, sellerID, changes[at].ID, changes[at].ProductChange)
			if err != nil {
				return err
			}
			changed = append(changed, sellersProduct(p))
		}
		return nil
	})
	return changed, at, err
}

// OwnProducts returns those of the given products that belong to a seller, by their ids.
func (s CatalogueStore) OwnProducts(
	ctx context.Context, sellerID market.SellerID, ids []int64,
) (map[int64]market.Product, error) {
	rows, err := s.q.GetOwnProducts(ctx, s.pool, int64(sellerID), ids)
	own := make(map[int64]market.Product, len(rows))
	for _, r := range rows {
		own[r.ID] = sellersProduct(r)
	}
	return own, translate(err)
}

// ownProduct distinguishes another seller's product (FORBIDDEN) from a missing one, after a
// statement limited to the seller's own products affected no row.
func (s CatalogueStore) ownProduct(
	ctx context.Context, sellerID market.SellerID, id int64, row db.Product, err error,
) (market.Product, error) {
	if market.CodeOf(err) != market.CodeProductNotFound {
		return sellersProduct(row), err
	}
	other, lookup := orNotFound(s.q.GetProduct(ctx, s.pool, id))(market.CodeProductNotFound)
	if lookup == nil && other.SellerID != int64(sellerID) {
		return market.Product{}, market.Refuse(market.CodeForbidden)
	}
	return market.Product{}, err
}

func (s CatalogueStore) checkCategory(ctx context.Context, on db.DBTX, id int64) error {
	exists, err := s.q.CategoryExists(ctx, on, id)
	if err == nil && !exists {
		return market.Refuse(market.CodeCategoryNotFound)
	}
	return translate(err)
}

// sellersProduct returns a product in its seller's view.
func sellersProduct(p db.Product) market.Product {
	own := product(p)
	onHand := p.Stock + p.Reserved
	own.Reserved, own.OnHand, own.BlockedReason = &p.Reserved, &onHand, p.BlockedReason
	return own
}

func product(p db.Product) market.Product {
	return market.Product{
		ID: p.ID, SellerID: p.SellerID, CategoryID: p.CategoryID, Name: p.Name, Price: p.Price, Stock: p.Stock,
		Status: p.Status, Description: p.Description,
	}
}

// visible is the condition for products that buyers see, and the condition of the indexes for the
// public list.
const visible = "status = 'ON_SALE' AND deleted_at IS NULL"

// productList lists products: the public list for owner 0, else a seller's own products.
func (s CatalogueStore) productList(owner int64) list[db.Product, market.Product] {
	l := list[db.Product, market.Product]{
		table: "products", show: product,
		where: visible, sorts: sortsBy(market.ProductSorts),
		total: func(ctx context.Context) (int64, error) {
			n, err := s.q.ProductTotal(ctx, s.pool, owner)
			return n, translate(err)
		},
	}
	if owner != 0 {
		l.where, l.args = "seller_id = $1 AND deleted_at IS NULL", []any{owner}
	}
	return l
}

// CatalogueFilter selects among the products that buyers see; its zero value means all.
type CatalogueFilter struct {
	CategoryID         int64
	Keyword            string        // searched in name and description, ignoring case
	PriceFrom, PriceTo *market.Money // both inclusive
}

// Products lists the products that buyers see, newest first unless sorted by createdAt, id, name, price or soldOut;
// those of a category have no order by name.
func (s CatalogueStore) Products(
	ctx context.Context, f CatalogueFilter, page market.PageRequest,
) (market.Page[market.Product], error) {
	l := s.productList(0)
	and := func(condition string, arg any) {
		l.args = append(l.args, arg)
		l.where += " AND " + condition + " " + placeholder(len(l.args))
		l.total = nil // of all
	}
	if f.CategoryID != 0 {
		l.sorts = sortsBy(market.CategorySorts)
		and("category_id =", f.CategoryID)
	}
	if f.PriceFrom != nil {
		and("price >=", *f.PriceFrom)
	}
	if f.PriceTo != nil {
		and("price <=", *f.PriceTo)
	}
	l.bespoke = f.PriceFrom != nil || f.PriceTo != nil // the best index depends on how many are between
	if f.Keyword != "" {
		return s.search(ctx, l, f.Keyword, page)
	}
	return l.page(ctx, s.DB, page)
}

// BestProduct is a product with the pieces of it that were sold recently.
type BestProduct struct {
	market.Product
	Sold int64
}

// bestLines is the number of order lines that BestProducts reads.
const bestLines = 5_000

// BestProducts returns up to limit visible products, those with the most pieces sold in the last bestLines order lines
// first.
func (s CatalogueStore) BestProducts(ctx context.Context, limit int32) ([]BestProduct, error) {
	rows, err := s.q.BestProducts(ctx, s.pool, limit, bestLines)
	best := make([]BestProduct, len(rows))
	for i, r := range rows {
		best[i] = BestProduct{Product: product(r.Product), Sold: r.Sold}
	}
	return best, translate(err)
}

// StoreOfProduct returns the seller of a product that is visible to buyers. It fails with PRODUCT_NOT_FOUND.
func (s CatalogueStore) StoreOfProduct(ctx context.Context, productID int64) (market.StoreInfo, error) {
	r, err := orNotFound(s.q.StoreOfProduct(ctx, s.pool, productID))(market.CodeProductNotFound)
	return market.StoreInfo{
		StoreName: r.StoreName, Name: r.Name, BizNumber: r.BizNumber, Phone: r.Phone, Email: r.Email,
	}, err
}

// StoreNames returns the names of sellers' stores, by the sellers' ids.
func (s CatalogueStore) StoreNames(ctx context.Context, sellers []int64) (map[int64]string, error) {
	rows, err := s.q.StoreNames(ctx, s.pool, sellers)
	names := make(map[int64]string, len(rows))
	for _, r := range rows {
		names[r.ID] = r.StoreName
	}
	return names, translate(err)
}

// ProductFilter selects among the products of a seller; its zero value means all.
type ProductFilter struct {
	Status     *market.ProductStatus
	CategoryID int64
	Keyword    string // searched as Products does
	LowStock   bool   // with at most market.LowStock pieces available
}

// SellerProducts lists a seller's own products, including hidden ones.
func (s CatalogueStore) SellerProducts(
	ctx context.Context, sellerID market.SellerID, f ProductFilter, page market.PageRequest,
) (market.Page[market.Product], error) {
	l := s.productList(int64(sellerID))
	l.show = sellersProduct
	if f != (ProductFilter{}) {
		l.total = nil // of all
	}
	l = withStatus(l, f.Status)
	if f.CategoryID != 0 {
		l.args = append(l.args, f.CategoryID)
		l.where += " AND category_id = " + placeholder(len(l.args))
		l.bespoke = true
	}
	if f.LowStock {
		l.args = append(l.args, market.LowStock)
		l.where += " AND stock <= " + placeholder(len(l.args))
		l.bespoke = true
	}
	if f.Keyword != "" {
		return s.search(ctx, l, f.Keyword, page)
	}
	return l.page(ctx, s.DB, page)
}

// stockMovement is a row of the table stock_movements.
type stockMovement struct {
	ID        int64     `db:"id"`
	Kind      string    `db:"kind"`
	Stock     int32     `db:"stock"`
	Reserved  int32     `db:"reserved"`
	CauseID   *int64    `db:"cause_id"`
	CreatedAt time.Time `db:"created_at"`
}

// StockMovements lists the stock changes of a seller's own product, newest first; sorts: id. It
// fails with PRODUCT_NOT_FOUND, or with FORBIDDEN for another seller's product.
func (s CatalogueStore) StockMovements(
	ctx context.Context, sellerID market.SellerID, productID int64, page market.PageRequest,
) (market.Page[market.StockMovement], error) {
	if err := s.CheckOwnProduct(ctx, sellerID, productID); err != nil {
		return market.Page[market.StockMovement]{}, err
	}
	return list[stockMovement, market.StockMovement]{
		table: "stock_movements", show: func(r stockMovement) market.StockMovement {
			return market.StockMovement{
				ID: r.ID, Kind: r.Kind, Stock: r.Stock, Reserved: r.Reserved, CauseID: r.CauseID,
				CreatedAt: market.LocalTime(r.CreatedAt),
			}
		},
		where: "product_id = $1", args: []any{productID}, sorts: sortsBy(market.SortsByID),
	}.page(ctx, s.DB, page)
}

// OwnProduct returns one of a seller's own products, also a hidden one. It fails with PRODUCT_NOT_FOUND.
func (s CatalogueStore) OwnProduct(ctx context.Context, sellerID market.SellerID, id int64) (market.Product, error) {
	own, err := s.OwnProducts(ctx, sellerID, []int64{id})
	if err != nil {
		return market.Product{}, err
	}
	p, ok := own[id]
	if !ok {
		return p, market.Refuse(market.CodeProductNotFound)
	}
	return p, nil
}

// CheckOwnProduct fails with PRODUCT_NOT_FOUND, or with FORBIDDEN for another seller's product.
func (s CatalogueStore) CheckOwnProduct(ctx context.Context, sellerID market.SellerID, productID int64) error {
	p, err := orNotFound(s.q.GetProduct(ctx, s.pool, productID))(market.CodeProductNotFound)
	if err == nil && p.SellerID != int64(sellerID) {
		return market.Refuse(market.CodeForbidden)
	}
	return err
}
