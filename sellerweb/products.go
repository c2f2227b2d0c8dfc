package sellerweb

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

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
	products, err := s.lists.SellerProducts(r.Context(), web.Seller(r), nil, page)
	if err != nil {
		return err
	}
	pages.Show(w, r, http.StatusOK, productsPage(s.site.Frame(r, "상품", "Products"),
		pages.Listed[market.Product]{Page: products}))
	return nil
}

// bounds of what a seller may ask for: a price has at most ten digits before the point; that of
// the stock leaves room for pieces that come back.
const (
	maxPrice = 9_999_999_999_99
	maxStock = 1_000_000_000
)

// product is what the form of a product sends.
type product struct {
	Name        string `json:"name" validate:"required,max=200"`
	Price       string `json:"price" validate:"required"`
	Stock       string `json:"stock" validate:"required"`
	Description string `json:"description" validate:"required,max=255" text:"lines"`
	Category    string `json:"category" validate:"required,number"`
	Status      string `json:"status" validate:"omitempty,oneof=ON_SALE HIDDEN"`
}

func price(text string) (market.Money, error) {
	p, err := market.ParseMoney(market.Ungroup(text))
	if err != nil || p < 0 || p > maxPrice {
		return 0, market.RefuseWith(market.CodeInvalidInput, market.DetailFieldInvalid, "price")
	}
	return p, nil
}

func stock(text string) (int32, error) {
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil || n < 0 || n > maxStock {
		return 0, market.RefuseWith(market.CodeInvalidInput, market.DetailFieldInvalid, "stock")
	}
	return int32(n), nil
}

func (s *Server) showNewProduct(w http.ResponseWriter, r *http.Request) error {
	return s.showProductForm(w, r, s.site.Frame(r, "새 상품", "New product"), market.Product{})
}

func (s *Server) showProduct(w http.ResponseWriter, r *http.Request) error {
	p, err := s.ownProduct(r)
	if err != nil {
		return err
	}
	return s.showProductForm(w, r, s.site.Frame(r, p.Name, p.Name), p)
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

// picture is one of a product.
type picture struct {
	id             int64
	url, srcset    string
	representative bool
}

func (s *Server) pictures(r *http.Request, productID int64) ([]picture, error) {
	images, err := s.store.Images(r.Context(), productID)
	shown := make([]picture, len(images))
	for i, image := range images {
		shown[i] = picture{
			image.ID, s.images.URL(image.ObjectKey), s.images.SrcSet(image.ObjectKey, int(image.Width)), image.Representative,
		}
	}
	return shown, err
}

func (s *Server) addImage(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "productId")
	if err != nil {
		return err
	}
	if _, err := s.uploads.Image(w, r, id); err != nil {
		return err
	}
	return s.backToPictures(w, r, id)
}

func (s *Server) deleteImage(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "productId")
	if err != nil {
		return err
	}
	image, err := web.ID(r, "imageId")
	if err != nil {
		return err
	}
	_, err = s.uploads.DeleteImage(r, store.ProductImage{ProductID: id, ImageID: image})
	if err != nil {
		return err
	}
	return s.backToPictures(w, r, id)
}

func (s *Server) backToPictures(w http.ResponseWriter, r *http.Request, productID int64) error {
	s.site.Back(w, r, "/products/"+strconv.FormatInt(productID, 10), noticeImages)
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

// saveProduct creates a product or, when the path names one, changes it.
func (s *Server) saveProduct(w http.ResponseWriter, r *http.Request) error {
	if err := pages.Form(w, r); err != nil {
		return err
	}
	var in product
	if err := web.DecodeForm(r.PostForm, &in); err != nil {
		return err
	}
	money, err := price(in.Price)
	if err != nil {
		return err
	}
	pieces, err := stock(in.Stock)
	if err != nil {
		return err
	}
	category, err := strconv.ParseInt(in.Category, 10, 64)
	if err != nil {
		return market.RefuseWith(market.CodeInvalidInput, market.DetailFieldInvalid, "category")
	}
	ctx, seller := r.Context(), web.Seller(r)
	saved := market.Product{
		SellerID: int64(seller), CategoryID: category, Name: in.Name, Price: money, Stock: pieces,
		Description: in.Description,
	}
	if r.PostForm.Has("new") {
		saved, err = s.store.CreateProduct(ctx, saved)
	} else {
		saved, err = s.changeProduct(r, in, saved)
	}
	if err != nil {
		return err
	}
	s.cache.ProductChanged(ctx, saved)
	s.site.Back(w, r, "/products", noticeSaved)
	return nil
}

// changeProduct changes what the form shows. Its stock is set only when the seller has changed it,
// and when it is still what the seller has seen: orders change it, too.
func (s *Server) changeProduct(r *http.Request, in product, to market.Product) (market.Product, error) {
	before, err := s.ownProduct(r)
	if err != nil {
		return before, err
	}
	seen, err := stock(r.PostForm.Get("seenStock"))
	if err != nil {
		return before, err
	}
	reserved, err := stock(r.PostForm.Get("seenReserved"))
	if err != nil {
		return before, err
	}
	c := store.ProductChange{
		CategoryID: &to.CategoryID, Name: &in.Name, Price: &to.Price, Status: web.Optional(in.Status),
		Description: &in.Description,
	}
	if to.Stock != seen+reserved {
		c.OnHand, c.ExpectedStock, c.ExpectedReserved = &to.Stock, &seen, &reserved
	}
	return s.store.UpdateProduct(r.Context(), web.Seller(r), before.ID, c)
}

// offer is a line of a file of prices and stocks, with the product as it is.
type offer struct {
	line    int
	name    string // of the product, or what the line calls it
	before  market.Product
	change  store.ChangedProduct
	changed bool   // the product is not as the line has it
	problem string // why it cannot be done; "" when it can
}

// sent is the change as the form of the preview sends it on.
func (o offer) sent() string {
	text := []string{strconv.FormatInt(o.change.ID, 10), "", ""}
	if o.change.Price != nil {
		text[1] = o.change.Price.String()
	}
	if o.change.OnHand != nil {
		text[2] = strconv.Itoa(int(*o.change.OnHand))
	}
	return fmt.Sprintf("%s_%d_%d", strings.Join(text, "_"), o.before.Stock, *o.before.Reserved)
}

// offerOf reads what a line changes: product, price, pieces on hand; what is blank stays. Numbers are plain: a file
// in which thousands are separated may be one whose columns are shifted.
func offerOf(fields []string) (c store.ChangedProduct, err error) {
	if c.ID, err = strconv.ParseInt(fields[0], 10, 64); err != nil {
		return c, market.RefuseWith(market.CodeInvalidInput, market.DetailNotPlainNumber, "productId")
	}
	if fields[1] != "" {
		p, err := market.ParseMoney(fields[1])
		if err != nil || p < 0 || p > maxPrice {
			return c, market.RefuseWith(market.CodeInvalidInput, market.DetailNotPlainNumber, "price")
		}
		c.Price = &p
	}
	if fields[2] != "" {
		n, err := stock(fields[2])
		if err != nil {
			return c, market.RefuseWith(market.CodeInvalidInput, market.DetailNotPlainNumber, "stock")
		}
		c.OnHand = &n
	}
	if c.Price == nil && c.OnHand == nil {
		return c, market.RefuseWith(market.CodeInvalidInput, market.DetailFieldRequired, "price")
	}
	return c, nil
}

// previewOffers shows what a file of prices and stocks would change, and what of it cannot be.
func (s *Server) previewOffers(w http.ResponseWriter, r *http.Request) error {
	f := s.site.Frame(r, "가격·재고 일괄 변경", "Prices and stock from a file")
	lines, err := readFile(w, r, f, offerColumns)
	if err != nil {
		return err
	}
	all, ids := make([]offer, len(lines)), []int64(nil)
	seen := map[int64]bool{}
	for i, line := range lines {
		o := &all[i]
		o.line, o.problem = line.number, line.problem
		if len(line.values) > 0 {
			o.name = line.values[0]
		}
		if o.problem != "" {
			continue
		}
		if o.change, err = offerOf(line.values); err != nil {
			_, o.problem = web.Explain(w, r, err)
			continue
		}
		if seen[o.change.ID] {
			o.problem = f.Say("이 상품은 앞줄에도 있습니다.", "A line before this one is about the same product.")
			continue
		}
		seen[o.change.ID] = true
		ids = append(ids, o.change.ID)
	}
	own, err := s.store.OwnProducts(r.Context(), web.Seller(r), ids)
	if err != nil {
		return err
	}
	for i := range all {
		o := &all[i]
		if o.problem != "" {
			continue
		}
		before, ok := own[o.change.ID]
		if !ok {
			_, o.problem = web.Explain(w, r, market.Refuse(market.CodeProductNotFound))
			continue
		}
		o.before, o.name = before, before.Name
		o.changed = o.change.Price != nil && *o.change.Price != before.Price ||
			o.change.OnHand != nil && *o.change.OnHand != before.Stock+*before.Reserved
	}
	pages.Show(w, r, http.StatusOK, offersPage(f, all))
	return nil
}

// offersTemplate answers with a file of the seller's products, their prices and the pieces on hand: those of a page
// of as many as a file takes, the oldest first. Sent back as it is it changes nothing.
func (s *Server) offersTemplate(w http.ResponseWriter, r *http.Request) error {
	page, err := web.Page(r, maxLines)
	if err != nil {
		return err
	}
	all := market.PageRequest{Page: page.Page, Size: maxLines, Sort: "id"}
	products, err := s.store.SellerProducts(r.Context(), web.Seller(r), nil, all)
	if err != nil {
		return err
	}
	f := s.site.Frame(r, "", "")
	header := []string{f.Say("상품번호", "productId"), f.Say("상품명", "productName"), f.Say("가격", "price"), f.Say("재고", "stock")}
	return s.template(w, r, "products.csv", market.DataProducts, header, func(write func([]string) error) error {
		for _, p := range products.Content {
			if err := write([]string{
				strconv.FormatInt(p.ID, 10), p.Name, strings.TrimSuffix(p.Price.String(), ".00"), onHand(p),
			}); err != nil {
				return err
			}
		}
		return nil
	})
}

// changeOffers does what the preview has shown: all of it or nothing, or what can be done. A
// product whose stock has changed since the preview cannot be.
func (s *Server) changeOffers(w http.ResponseWriter, r *http.Request) error {
	if err := pages.Form(w, r); err != nil {
		return err
	}
	var changes []store.ChangedProduct
	for _, sent := range r.PostForm["change"] {
		fields := strings.Split(sent, "_") // which an address does not have to escape
		if len(fields) != 5 || len(changes) == maxLines {
			return market.RefuseWith(market.CodeInvalidInput, market.DetailFieldInvalid, "change")
		}
		c, err := offerOf(fields)
		if err != nil {
			return err
		}
		expected, err := stock(fields[3])
		if err != nil {
			return err
		}
		reserved, err := stock(fields[4])
		if err != nil {
			return err
		}
		c.ExpectedStock, c.ExpectedReserved = &expected, &reserved
		changes = append(changes, c)
	}
	if len(changes) == 0 {
		return market.RefuseWith(market.CodeInvalidInput, market.DetailFieldRequired, "change")
	}
	ctx, seller := r.Context(), web.Seller(r)
	pieces := [][]store.ChangedProduct{changes} // each is done whole, or not at all
	if r.PostForm.Has("skip") {
		pieces = nil
		for i := range changes {
			pieces = append(pieces, changes[i:i+1])
		}
	}
	var done, failed int64
	for _, piece := range pieces {
		changed, at, err := s.store.ChangeProducts(ctx, seller, piece)
		code := market.CodeOf(err)
		switch {
		case code == market.CodeProductNotFound || code == market.CodeDataConflict:
			if !r.PostForm.Has("skip") {
				s.site.Back(w, r, "/products", noticeNothingChanged, piece[at].ID)
				return nil
			}
			failed++
		case err != nil:
			return err
		}
		for _, p := range changed {
			s.cache.ProductChanged(ctx, p)
			done++
		}
	}
	s.site.Back(w, r, "/products", noticeOffers, done, failed)
	return nil
}
