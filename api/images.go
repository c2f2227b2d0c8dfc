package api

import (
	"context"
	"net/http"

	"github.com/all-in-market/market/internal/images"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/web"
)

// addImage adds an image to the seller's own product.
func (s *Server) addImage(w http.ResponseWriter, r *http.Request) error {
	productID, err := web.ID(r, "productId")
	if err != nil {
		return err
	}
	image, err := s.Uploads.Image(w, r, productID)
	if err != nil {
		return err
	}
	return web.Respond(w, r, web.CreateSuccess, s.image(image))
}

// productImage is an image as clients see it.
type productImage struct {
	ID             int64  `json:"imageId"`
	URL            string `json:"imageUrl"`
	SortOrder      *int32 `json:"sortOrder"`
	Representative bool   `json:"representative"`

	// Nil for images from before there were renditions.
	Width  *int32 `json:"width"`
	Height *int32 `json:"height"`

	Renditions []images.Rendition `json:"renditions"`
}

func (s *Server) image(i store.Image) productImage {
	shown := productImage{
		ID: i.ID, URL: s.Images.Absolute.URL(i.ObjectKey), SortOrder: i.SortOrder, Representative: i.Representative,
		Renditions: s.Images.Absolute.Renditions(i.ObjectKey, int(i.Width)),
	}
	if i.Width > 0 {
		shown.Width, shown.Height = &i.Width, &i.Height
	}
	return shown
}

// listProductImages responds with the images of a visible product.
func (s *Server) listProductImages(w http.ResponseWriter, r *http.Request) error {
	return s.listImages(w, r, func(ctx context.Context, productID int64) error {
		_, err := s.Store.Product(ctx, productID)
		return err
	})
}

func (s *Server) listOwnImages(w http.ResponseWriter, r *http.Request) error {
	return s.listImages(w, r, func(ctx context.Context, productID int64) error {
		return s.Store.CheckOwnProduct(ctx, web.Seller(r), productID)
	})
}

// imageOrder is the request of PUT /seller/products/{productId}/images.
type imageOrder struct {
	ImageIDs []int64 `json:"imageIds" validate:"required,min=1,productimages,dive,gt=0"`
}

// orderImages puts the images of the seller's own product in an order.
func (s *Server) orderImages(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "productId")
	if err != nil {
		return err
	}
	var in imageOrder
	if err := web.Decode(w, r, "", &in); err != nil {
		return err
	}
	if err := s.Store.OrderImages(r.Context(), web.Seller(r), id, in.ImageIDs); err != nil {
		return err
	}
	return s.listOwnImages(w, r)
}

func (s *Server) listImages(
	w http.ResponseWriter, r *http.Request, check func(ctx context.Context, productID int64) error,
) error {
	id, err := web.ID(r, "productId")
	if err != nil {
		return err
	}
	if err := check(r.Context(), id); err != nil {
		return err
	}
	list, err := s.Store.Images(r.Context(), id)
	if err != nil {
		return err
	}
	answer := make([]productImage, len(list))
	for i, image := range list {
		answer[i] = s.image(image)
	}
	return web.Respond(w, r, web.ReadSuccess, answer)
}

func (s *Server) deleteImage(w http.ResponseWriter, r *http.Request) error {
	productID, err := web.ID(r, "productId")
	if err != nil {
		return err
	}
	imageID, err := web.ID(r, "imageId")
	if err != nil {
		return err
	}
	image, err := s.Uploads.DeleteImage(r, store.ProductImage{ProductID: productID, ImageID: imageID})
	if err != nil {
		return err
	}
	return web.Respond(w, r, web.DeleteSuccess, s.image(image))
}
