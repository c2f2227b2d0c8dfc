package sellerweb

import (
	"net/http"
	"strconv"
	"unicode/utf8"

	"github.com/all-in-market/market/internal/bulk"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/pages"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/web"
)

// editsForm is the form of the product list, which changes the chosen products alike. The list's filter selects the
// products that All stands for.
type editsForm struct {
	Products []int64       `json:"product" validate:"filelines"`
	All      bool          `json:"all"`
	Action   editAction    `json:"action" validate:"required,oneof=price raise lower stock ON_SALE HIDDEN category"`
	Value    *market.Money `json:"value"` // of a price, a percentage or a stock
	Category int64         `json:"toCategory"`

	Status     market.ProductStatus `json:"status"`
	CategoryID int64                `json:"category"`
	Keyword    string               `json:"keyword"`
	LowStock   bool                 `json:"lowStock"`
}

// editAction selects the field to change.
type editAction string

// The actions apart from the statuses that sellers set.
const (
	editPrice    editAction = "price"
	editRaise    editAction = "raise" // by a percentage
	editLower    editAction = "lower"
	editStock    editAction = "stock"
	editCategory editAction = "category"
)

// editActions are the actions in the order of the form.
var editActions = []struct {
	action editAction
	name   pages.Text
}{
	{editRaise, textRaisePrice}, {editLower, textLowerPrice}, {editPrice, textSetPrice}, {editStock, textSetStock},
	{editAction(market.ProductOnSale), textPutOnSale}, {editAction(market.ProductHidden), textTakeOffSale},
	{editCategory, textMoveToCategory},
}

// maxPercent bounds the percentage by which a price is raised; one that is lowered stays above zero.
const maxPercent = 1000

// check fails with INVALID_INPUT if the value that the action needs is missing or out of its range.
func (e editsForm) check() error {
	bounds := map[editAction][2]int64{
		editPrice: {0, int64(market.MaxPrice / market.Quantum)}, editRaise: {1, maxPercent}, editLower: {1, 99},
		editStock: {0, market.MaxStock},
	}
	between, ok := bounds[e.Action]
	switch {
	case utf8.RuneCountInString(e.Keyword) > market.MaxKeyword:
		return market.RefuseWith(market.CodeInvalidInput, market.DetailKeywordTooLong, market.MaxKeyword)
	case e.Status != "" && !e.Status.Valid():
		return market.RefuseWith(market.CodeInvalidInput, market.DetailFieldInvalid, "status")
	case e.Action == editCategory && e.Category <= 0:
		return market.RefuseWith(market.CodeInvalidInput, market.DetailFieldRequired, "toCategory")
	case !ok:
		return nil
	case e.Value == nil:
		return market.RefuseWith(market.CodeInvalidInput, market.DetailFieldRequired, "value")
	case !e.Value.Whole() || e.whole() < between[0] || e.whole() > between[1]:
		return market.RefuseWith(market.CodeInvalidInput, market.DetailFieldInvalid, "value")
	}
	return nil
}

// whole returns the value as a whole number.
func (e editsForm) whole() int64 { return int64(*e.Value / market.Quantum) }

// line returns the change of a product, as a line of a file has it.
func (e editsForm) line(number int, p market.Product) bulk.Line {
	values := make([]string, 7)
	values[0] = strconv.FormatInt(p.ID, 10)
	switch e.Action {
	case editPrice:
		values[1] = e.Value.String()
	case editRaise:
		values[1] = percentOf(p.Price, 100+int32(e.whole())).String()
	case editLower:
		values[1] = percentOf(p.Price, 100-int32(e.whole())).String()
	case editStock:
		values[2] = strconv.FormatInt(e.whole(), 10)
	case editCategory:
		values[6] = strconv.FormatInt(e.Category, 10)
	default:
		values[5] = string(e.Action)
	}
	return bulk.Line{Number: number, Values: values}
}

// percentOf returns a percentage of a price, rounded to whole won.
func percentOf(price market.Money, percent int32) market.Money {
	return price.Share(percent, 100).Round()
}

// previewEdits shows a preview of the changes that the form of the list requests.
func (s *Server) previewEdits(w http.ResponseWriter, r *http.Request) error {
	var in editsForm
	if err := web.DecodeForm(r.PostForm, &in); err != nil {
		return err
	}
	if err := in.check(); err != nil {
		return err
	}
	chosen, err := s.chosen(r, in)
	if err != nil {
		return err
	}
	lines := make([]bulk.Line, len(chosen))
	for i, p := range chosen {
		lines[i] = in.line(i+1, p)
	}
	return s.showOffers(w, r, textChangeProducts, lines)
}

// chosen returns the products of the form, or those that the list's filter selects, up to as many as a file has.
func (s *Server) chosen(r *http.Request, in editsForm) ([]market.Product, error) {
	ctx, seller := r.Context(), web.Seller(r)
	if in.All {
		f := store.ProductFilter{CategoryID: in.CategoryID, Keyword: in.Keyword, LowStock: in.LowStock}
		if in.Status != "" {
			f.Status = &in.Status
		}
		page, err := s.store.SellerProducts(ctx, seller, f, market.PageRequest{Size: market.MaxFileLines})
		return page.Content, err
	}
	if len(in.Products) == 0 {
		return nil, market.RefuseWith(market.CodeInvalidInput, market.DetailFieldRequired, "product")
	}
	own, err := s.store.OwnProducts(ctx, seller, in.Products)
	if err != nil {
		return nil, err
	}
	var all []market.Product
	for _, id := range in.Products {
		if p, ok := own[id]; ok {
			all = append(all, p)
			delete(own, id) // a product may be sent twice
		}
	}
	return all, nil
}
