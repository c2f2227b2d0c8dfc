package sellerweb

import (
	"errors"
	"fmt"
	"net/http"
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
	products, err := s.replica.SellerProducts(r.Context(), web.Seller(r), nil, page)
	if err != nil {
		return err
	}
	pages.Show(w, r, http.StatusOK, productsPage(s.site.Frame(r, pages.TextProducts),
		pages.Listed[market.Product]{Page: products}))
	return nil
}

// product is a submitted form of a product.
type product struct {
	Name        string `json:"name" validate:"required,productname"`
	Price       string `json:"price" validate:"required"`
	Stock       string `json:"stock" validate:"required"`
	Description string `json:"description" validate:"required,description" text:"lines"`
	Category    string `json:"category" validate:"required,number"`
	Status      string `json:"status" validate:"omitempty,sellersstatus"`
}

func price(text string) (market.Money, error) {
	p, err := market.ParseMoney(market.Ungroup(text))
	if err != nil {
		return 0, market.RefuseWith(market.CodeInvalidInput, market.DetailFieldInvalid, "price")
	}
	return p, market.CheckPrice(p)
}

func stock(text string) (int32, error) {
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil || n < 0 || n > market.MaxStock {
		return 0, market.RefuseWith(market.CodeInvalidInput, market.DetailFieldInvalid, "stock")
	}
	return int32(n), nil
}

func (s *Server) showNewProduct(w http.ResponseWriter, r *http.Request) error {
	return s.showProductForm(w, r, s.site.Frame(r, textNewProduct), market.Product{})
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

// picture is a picture of a product.
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
			image.ID, s.images.URL(image.ObjectKey), s.images.SrcSet(image.ObjectKey, int(image.Width)),
			image.Representative,
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
	if err := web.DecodeFormOf("product", r.PostForm, &in); err != nil {
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

// changeProduct applies the form. It sets the stock only when the seller has changed it, and only
// when it still has the value in the form, since orders change it as well.
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

// offer is a line of a file of prices and stocks, with the text of its problem.
type offer struct {
	bulk.Offer
	problem string
}

// sent returns the change in the format of the preview's form.
func (o offer) sent() string {
	text := []string{strconv.FormatInt(o.Change.ID, 10), "", ""}
	if o.Change.Price != nil {
		text[1] = o.Change.Price.String()
	}
	if o.Change.OnHand != nil {
		text[2] = strconv.Itoa(int(*o.Change.OnHand))
	}
	return fmt.Sprintf("%s_%d_%d", strings.Join(text, "_"), o.Before.Stock, *o.Before.Reserved)
}

// previewOffers shows what a file of prices and stocks would change, and what of it cannot be.
func (s *Server) previewOffers(w http.ResponseWriter, r *http.Request) error {
	lines, err := readFile(w, r, bulk.OfferColumns)
	if err != nil {
		return err
	}
	all, err := s.bulk.PreviewOffers(r.Context(), web.Seller(r), lines)
	if err != nil {
		return err
	}
	shown := make([]offer, len(all))
	for i, o := range all {
		shown[i] = offer{o, problem(w, r, o.Problem)}
	}
	pages.Show(w, r, http.StatusOK,
		offersPage(s.site.Frame(r, textImportPricesAndStock), shown))
	return nil
}

// changeOffers does what the preview has shown: all of it or nothing, or what can be done. A
// product whose stock has changed since the preview cannot be.
func (s *Server) changeOffers(w http.ResponseWriter, r *http.Request) error {
	if err := pages.Form(w, r); err != nil {
		return err
	}
	var lines []bulk.Line
	for i, sent := range r.PostForm["change"] {
		fields := strings.Split(sent, "_") // which an address does not have to escape
		if len(fields) != 5 || len(lines) == market.MaxFileLines {
			return market.RefuseWith(market.CodeInvalidInput, market.DetailFieldInvalid, "change")
		}
		lines = append(lines, bulk.Line{Number: i + 1, Values: fields})
	}
	if len(lines) == 0 {
		return market.RefuseWith(market.CodeInvalidInput, market.DetailFieldRequired, "change")
	}
	all, err := s.bulk.ChangeOffers(r.Context(), web.Seller(r), lines, r.PostForm.Has("skip"))
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
