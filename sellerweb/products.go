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

// product is a submitted form of a product. Price and stock are pointers, since 0 is a value.
type product struct {
	Name        string        `json:"name" validate:"required,productname"`
	Price       *market.Money `json:"price" validate:"required,price"`
	Stock       *int32        `json:"stock" validate:"required,stock"`
	Description string        `json:"description" validate:"required,description" text:"lines"`
	Category    int64         `json:"category" validate:"required,gt=0"`
}

// changedProduct is the form of a product that exists, with the stock that it was filled in with.
type changedProduct struct {
	product
	Status       string `json:"status" validate:"omitempty,sellersstatus"`
	SeenStock    *int32 `json:"seenStock" validate:"required,stock"`
	SeenReserved *int32 `json:"seenReserved" validate:"required,stock"`
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

func (s *Server) createProduct(w http.ResponseWriter, r *http.Request) error {
	var in product
	if err := web.DecodeFormOf("product", r.PostForm, &in); err != nil {
		return err
	}
	saved, err := s.store.CreateProduct(r.Context(), market.Product{
		SellerID: int64(web.Seller(r)), CategoryID: in.Category, Name: in.Name, Price: *in.Price, Stock: *in.Stock,
		Description: in.Description,
	})
	return s.savedProduct(w, r, saved, err)
}

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
	c := store.ProductChange{
		CategoryID: &in.Category, Name: &in.Name, Price: in.Price, Status: web.Optional(in.Status),
		Description: &in.Description,
	}
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
		fields := strings.Split(sent, "_") // which an address does not have to escape
		if len(fields) != 5 {
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
