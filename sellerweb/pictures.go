package sellerweb

import (
	"net/http"
	"slices"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/pages"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/web"
)

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
	if err := s.uploads.Images(w, r, id); err != nil {
		return err
	}
	return s.backToPictures(w, r, id)
}

// imageMove is a submitted form of a picture that changes its place.
type imageMove struct {
	Move string `json:"move" validate:"required,oneof=first earlier later"`
}

// moveImage moves a picture to another place among those of its product.
func (s *Server) moveImage(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "productId")
	if err != nil {
		return err
	}
	image, err := web.ID(r, "imageId")
	if err != nil {
		return err
	}
	if err := pages.Form(w, r); err != nil {
		return err
	}
	var in imageMove
	if err := web.DecodeForm(r.PostForm, &in); err != nil {
		return err
	}
	if _, err := s.ownProduct(r); err != nil {
		return err
	}
	images, err := s.store.Images(r.Context(), id)
	if err != nil {
		return err
	}
	ids := make([]int64, len(images))
	for i, other := range images {
		ids[i] = other.ID
	}
	at := slices.Index(ids, image)
	if at < 0 {
		return market.Refuse(market.CodeNotFound)
	}
	to := map[string]int{"first": 0, "earlier": at - 1, "later": at + 1}[in.Move]
	to = min(max(to, 0), len(ids)-1)
	ids = slices.Insert(slices.Delete(ids, at, at+1), to, image)
	if err := s.store.OrderImages(r.Context(), web.Seller(r), id, ids); err != nil {
		return err
	}
	return s.backToPictures(w, r, id)
}

// previewProduct shows a product as buyers see it, even if it is not on sale.
func (s *Server) previewProduct(w http.ResponseWriter, r *http.Request) error {
	p, err := s.ownProduct(r)
	if err != nil {
		return err
	}
	shown, err := s.pictures(r, p.ID)
	if err != nil {
		return err
	}
	page := pages.ProductPage{Product: p}
	for _, i := range shown {
		page.Pictures = append(page.Pictures, pages.Picture{URL: i.url, SrcSet: i.srcset})
	}
	seller, err := s.store.Seller(r.Context(), p.SellerID)
	if err != nil {
		return err
	}
	page.Seller = market.StoreInfo{
		StoreName: seller.StoreName, Name: seller.Name, BizNumber: seller.BizNumber, Phone: seller.Phone,
		Email: seller.Email,
	}
	policy, err := s.store.RefundPolicy(r.Context())
	if err != nil {
		return err
	}
	page.Returns = policy.ShippingBorneBy
	pages.Show(w, r, http.StatusOK, previewPage(s.site.Frame(r, pages.Text{Ko: p.Name, En: p.Name}), page))
	return nil
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
	s.site.Back(w, r, productPath(productID), noticeImages)
	return nil
}
