// Package uploads takes in what sellers upload, for every interface that they use.
package uploads

import (
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

// Image takes an image of the caller's own product in, from a form with the fields image,
// sortOrder and representative: the object is announced, written, and then used, so that an upload
// that dies leaves nothing for good. It fails as store.CheckRoomForImage does, with
// IMAGE_TYPE_UNSUPPORTED, IMAGE_STORE_UNAVAILABLE, PAYLOAD_TOO_LARGE or INVALID_INPUT.
func Image(
	w http.ResponseWriter, r *http.Request, s *store.Store, objects *images.Store, productID int64,
) (image store.Image, err error) {
	ctx, sellerID := r.Context(), web.Seller(r)
	if err := s.CheckRoomForImage(ctx, sellerID, productID); err != nil {
		return image, err
	}
	u, err := readUpload(w, r)
	if err != nil {
		return image, err
	}
	content, contentType, err := images.Clean(u.content)
	if errors.Is(err, images.ErrNoImage) {
		return image, market.Refuse(market.CodeImageTypeUnsupported)
	}
	if err != nil {
		return image, err
	}
	key := images.NewKey(productID, contentType)
	if err := s.AnnounceObject(ctx, key); err != nil {
		return image, err
	}
	if err := objects.Put(ctx, key, contentType, content); err != nil {
		return image, market.Failed(market.CodeImageStoreUnavailable, err)
	}
	return s.AddImage(ctx, sellerID, productID,
		store.Image{ObjectKey: key, SortOrder: &u.sortOrder, Representative: u.representative})
}

// DeleteImage takes an image off the caller's own product. It fails as store.DeleteImage does.
func DeleteImage(
	r *http.Request, s *store.Store, objects *images.Store, of store.ProductImage,
) (store.Image, error) {
	image, err := s.DeleteImage(r.Context(), web.Seller(r), of)
	if err != nil {
		return image, err
	}
	// Gone at once; if the store of objects is away, the sweep of orphans removes it.
	if objects.Delete(r.Context(), image.ObjectKey) == nil {
		return image, s.ForgetObjects(r.Context(), []string{image.ObjectKey})
	}
	return image, nil
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
