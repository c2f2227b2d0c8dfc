package api

import (
	"context"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"strconv"

	"github.com/all-in-market/market/internal/images"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/web"
)

// maxUpload bounds the request of an upload: an image and a few short fields.
const maxUpload = images.MaxSize + 64<<10

// upload is an image with its fields, as a form brings it.
type upload struct {
	content        []byte
	sortOrder      int32
	representative bool
}

// addImage takes an image in: the object is announced, written, and then used, so
// that an upload that dies leaves nothing for good.
func (s *Server) addImage(w http.ResponseWriter, r *http.Request) error {
	productID, err := web.ID(r, "productId")
	if err != nil {
		return err
	}
	ctx, sellerID := r.Context(), web.Seller(r)
	if err := s.Store.CheckRoomForImage(ctx, sellerID, productID); err != nil {
		return err
	}
	u, err := readUpload(w, r)
	if err != nil {
		return err
	}
	content, contentType, err := images.Clean(u.content)
	if errors.Is(err, images.ErrNoImage) {
		return market.Refuse(market.CodeImageTypeUnsupported)
	}
	if err != nil {
		return err
	}
	key := images.NewKey(productID, contentType)
	if err := s.Store.AnnounceObject(ctx, key); err != nil {
		return err
	}
	if err := s.Images.Put(ctx, key, contentType, content); err != nil {
		return market.Failed(market.CodeImageStoreUnavailable, err)
	}
	image, err := s.Store.AddImage(ctx, sellerID, productID,
		store.Image{ObjectKey: key, SortOrder: &u.sortOrder, Representative: u.representative})
	if err != nil {
		return err
	}
	return web.Respond(w, r, web.CreateSuccess, s.image(image))
}

func readUpload(w http.ResponseWriter, r *http.Request) (u upload, err error) {
	r.Body = http.MaxBytesReader(w, r.Body, maxUpload)
	form, err := r.MultipartReader()
	if err != nil {
		return u, market.RefuseWith(market.CodeInvalidInput, market.DetailUploadNotMultipart)
	}
	for {
		part, err := form.NextPart()
		switch {
		case errors.Is(err, io.EOF):
			if len(u.content) == 0 {
				return u, market.RefuseWith(market.CodeInvalidInput, market.DetailUploadEmpty)
			}
			return u, nil
		case err != nil:
			return u, web.BodyError(err)
		}
		if err := u.read(part); err != nil {
			return u, err
		}
	}
}

func (u *upload) read(part *multipart.Part) error {
	content, err := io.ReadAll(io.LimitReader(part, images.MaxSize+1))
	switch {
	case err != nil:
		return web.BodyError(err)
	case len(content) > images.MaxSize:
		return market.RefuseWith(market.CodePayloadTooLarge, market.DetailUploadTooLarge, images.MaxSize>>20)
	}
	switch part.FormName() {
	case "image":
		u.content = content
	case "sortOrder":
		n, err := strconv.ParseInt(string(content), 10, 32)
		if err != nil || n < 0 {
			return market.RefuseWith(market.CodeInvalidInput, market.DetailNotNatural, "sortOrder")
		}
		u.sortOrder = int32(n)
	case "representative":
		if u.representative, err = strconv.ParseBool(string(content)); err != nil {
			return market.RefuseWith(market.CodeInvalidInput, market.DetailNotBool, "representative")
		}
	}
	return nil
}

// productImage is an image as clients see it.
type productImage struct {
	ID             int64  `json:"imageId"`
	URL            string `json:"imageUrl"`
	SortOrder      *int32 `json:"sortOrder"`
	Representative bool   `json:"representative"`
}

func (s *Server) image(i store.Image) productImage {
	return productImage{ID: i.ID, URL: s.Images.URL(i.ObjectKey), SortOrder: i.SortOrder, Representative: i.Representative}
}

// listProductImages shows the images of a product that buyers see.
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
	image, err := s.Store.DeleteImage(r.Context(), web.Seller(r),
		store.ProductImage{ProductID: productID, ImageID: imageID})
	if err != nil {
		return err
	}
	// Gone at once; if the store is away, the sweep of orphans removes it.
	if err := s.Images.Delete(r.Context(), image.ObjectKey); err == nil {
		if err := s.Store.ForgetObjects(r.Context(), []string{image.ObjectKey}); err != nil {
			return err
		}
	}
	return web.Respond(w, r, web.DeleteSuccess, s.image(image))
}
