package bulk

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/web"
)

// Offer is a line that changes a product: its price, stock, status or category.
type Offer struct {
	Line    int
	Name    string         // of the product, or what the line calls it
	Before  market.Product // as it is before the change; only in a preview
	Change  store.ChangedProduct
	Changed bool  // the product is not as the line has it
	Problem error // nil if it can be changed, or is
}

// OfferOf reads the values of a line: product, price, pieces on hand, the expected stock and reserved pieces, status
// and category. A file has the first three. A blank value leaves the product as it is, or is not compared. Numbers
// have no separators of thousands, which would be those of columns in some files.
func OfferOf(values []string) (c store.ChangedProduct, err error) {
	l := Line{Values: values}
	if c.ID, err = strconv.ParseInt(l.value(0), 10, 64); err != nil {
		c.ID = 0 // of a number that is too large, the largest
		return c, market.RefuseWith(market.CodeInvalidInput, market.DetailNotPlainNumber, "productId")
	}
	if typed := l.value(1); typed != "" {
		p, err := market.ParseMoney(typed)
		if err != nil || p < 0 {
			return c, market.RefuseWith(market.CodeInvalidInput, market.DetailNotPlainNumber, "price")
		}
		if err := market.CheckPrice(p); err != nil {
			return c, err
		}
		c.Price = &p
	}
	if c.OnHand, err = pieces("onHand", l.value(2), market.DetailNotPlainNumber); err != nil {
		return c, err
	}
	if c.ExpectedStock, err = pieces("expectedStock", l.value(3), market.DetailFieldInvalid); err != nil {
		return c, err
	}
	if c.ExpectedReserved, err = pieces("expectedReserved", l.value(4), market.DetailFieldInvalid); err != nil {
		return c, err
	}
	if typed := l.value(5); typed != "" {
		if !slices.Contains(market.SellersProductStatuses, market.ProductStatus(typed)) {
			return c, market.RefuseWith(market.CodeInvalidInput, market.DetailFieldInvalid, "status")
		}
		c.Status = &typed
	}
	if typed := l.value(6); typed != "" {
		id, err := strconv.ParseInt(typed, 10, 64)
		if err != nil || id <= 0 {
			return c, market.RefuseWith(market.CodeInvalidInput, market.DetailFieldInvalid, "categoryId")
		}
		c.CategoryID = &id
	}
	if c.Price == nil && c.OnHand == nil && c.Status == nil && c.CategoryID == nil {
		return c, market.RefuseWith(market.CodeInvalidInput, market.DetailOfferEmpty).About("price")
	}
	return c, nil
}

// pieces reads a number of pieces; nil for "".
func pieces(field, typed string, problem market.Detail) (*int32, error) {
	if typed == "" {
		return nil, nil //nolint:nilnil // a blank number is none
	}
	n, err := strconv.ParseInt(typed, 10, 32)
	if err != nil || n < 0 || n > market.MaxStock {
		return nil, market.RefuseWith(market.CodeInvalidInput, problem, field)
	}
	read := int32(n)
	return &read, nil
}

// offers reads lines. One that names the product of an earlier one has a problem.
func offers(lines []Line) []Offer {
	all := make([]Offer, len(lines))
	seen := map[int64]bool{}
	for i, line := range lines {
		o := &all[i]
		o.Line, o.Name, o.Problem = line.Number, line.value(0), line.Problem
		if o.Problem != nil {
			continue
		}
		o.Change, o.Problem = OfferOf(line.Values)
		if o.Problem == nil && seen[o.Change.ID] {
			o.Problem = market.RefuseWith(market.CodeInvalidInput, market.DetailLineRepeated, "productId")
		}
		seen[o.Change.ID] = true
	}
	return all
}

// PreviewOffers returns what the lines would change, and why those that cannot be carried out cannot. It changes
// nothing.
func (c Changes) PreviewOffers(ctx context.Context, seller market.SellerID, lines []Line) ([]Offer, error) {
	all := offers(lines)
	var ids []int64
	for _, o := range all {
		ids = append(ids, o.Change.ID)
	}
	own, err := c.Store.OwnProducts(ctx, seller, ids)
	if err != nil {
		return nil, err
	}
	for i := range all {
		o := &all[i]
		if o.Problem != nil {
			continue
		}
		before, ok := own[o.Change.ID]
		if !ok {
			o.Problem = market.Refuse(market.CodeProductNotFound)
			continue
		}
		o.Before, o.Name = before, before.Name
		if o.Change.OnHand != nil && *o.Change.OnHand < *before.Reserved {
			o.Problem = market.RefuseWith(market.CodeDataConflict, market.DetailStockReserved,
				*before.Reserved).About("onHand")
			continue
		}
		if o.Change.Status != nil && before.Status == market.ProductBlocked {
			o.Problem = market.RefuseWith(market.CodeDataConflict, market.DetailProductBlocked)
			continue
		}
		o.Changed = differs(o.Change, before)
	}
	return all, nil
}

// differs reports whether a change alters a product.
func differs(c store.ChangedProduct, p market.Product) bool {
	return c.Price != nil && *c.Price != p.Price || c.OnHand != nil && *c.OnHand != p.Stock+*p.Reserved ||
		c.Status != nil && *c.Status != string(p.Status) || c.CategoryID != nil && *c.CategoryID != p.CategoryID
}

// refusals are the codes with which one line of several is refused.
var refusals = []market.Code{market.CodeProductNotFound, market.CodeDataConflict, market.CodeCategoryNotFound}

// ChangeOffers carries out the lines: all of them or none or, with partial, each that can be. Without partial it fails
// with the first problem: with PRODUCT_NOT_FOUND, CATEGORY_NOT_FOUND or, if the stock is not the expected one or the
// status of a blocked product is set, with DATA_CONFLICT.
func (c Changes) ChangeOffers(
	ctx context.Context, seller market.SellerID, lines []Line, partial bool,
) ([]Offer, error) {
	all := offers(lines)
	var groups [][]*Offer // each is carried out as a whole or not at all
	var whole []*Offer
	for i := range all {
		o := &all[i]
		switch {
		case o.Problem != nil && !partial:
			return nil, market.RefuseWith(market.CodeInvalidInput, market.DetailLineProblem, o.Line, o.Problem).About(
				web.FieldOf(o.Problem))
		case o.Problem != nil:
		case partial:
			groups = append(groups, []*Offer{o})
		default:
			whole = append(whole, o)
		}
	}
	if len(whole) > 0 {
		groups = append(groups, whole)
	}
	for _, group := range groups {
		changes := make([]store.ChangedProduct, len(group))
		for i, o := range group {
			changes[i] = o.Change
		}
		changed, at, err := c.Store.ChangeProducts(ctx, seller, changes)
		if err != nil {
			var refused *market.Error
			switch {
			case !errors.As(err, &refused) || !slices.Contains(refusals, refused.Code):
			case partial:
				group[at].Problem = err
				continue
			case refused.Code == market.CodeProductNotFound:
				err = market.RefuseWith(refused.Code, market.DetailOfferProduct, changes[at].ID)
			case refused.Detail == market.DetailStockReserved:
				err = market.RefuseWith(refused.Code, market.DetailOfferReserved, changes[at].ID, refused.Args[0])
			case refused.Detail == market.DetailProductBlocked:
				err = market.RefuseWith(refused.Code, market.DetailOfferBlocked, changes[at].ID)
			case refused.Code == market.CodeCategoryNotFound:
			default:
				err = market.RefuseWith(refused.Code, market.DetailOfferStock, changes[at].ID)
			}
			return nil, err
		}
		names := make(map[int64]string, len(changed))
		for _, p := range changed {
			c.Cache.ProductChanged(ctx, p)
			names[p.ID] = p.Name
		}
		for _, o := range group {
			o.Changed, o.Name = true, names[o.Change.ID]
		}
	}
	return all, nil
}

// OffersTemplate answers with a file of the calling seller's products, their prices and the pieces on hand: those of a
// page of as many as a file takes, the oldest first. Sent back as it is it changes nothing.
func (c Changes) OffersTemplate(w http.ResponseWriter, r *http.Request) error {
	page, err := web.Page(r, market.MaxFileLines)
	if err != nil {
		return err
	}
	all := market.PageRequest{Page: page.Page, Size: market.MaxFileLines, Sort: market.SortID}
	products, err := c.Store.SellerProducts(r.Context(), web.Seller(r), store.ProductFilter{}, all)
	if err != nil {
		return err
	}
	header := []string{"상품번호", "상품명", "가격", "재고"}
	if web.English(r) {
		header = []string{"productId", "productName", "price", "onHand"}
	}
	return c.template(w, r, "products.csv", market.DataProducts, header, func(write func([]string) error) error {
		for _, p := range products.Content {
			if err := write([]string{
				strconv.FormatInt(p.ID, 10), p.Name, strings.TrimSuffix(p.Price.String(), ".00"),
				strconv.Itoa(int(p.Stock + *p.Reserved)),
			}); err != nil {
				return err
			}
		}
		return nil
	})
}
