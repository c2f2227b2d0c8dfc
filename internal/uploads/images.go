// Package uploads accepts the images that sellers upload, through every interface that they use.
package uploads

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/all-in-market/market/internal/images"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/web"
)

// Uploads accepts and deletes the images of products. All interfaces of a process share one, which
// bounds their resources together.
type Uploads struct {
	store   Store
	objects *images.Store
	decoder *images.Decoder
	gates   *gates
}

// New makes the uploads of a process.
func New(s Store, objects *images.Store, d *images.Decoder, l Limits) *Uploads {
	return &Uploads{store: s, objects: objects, decoder: d, gates: newGates(l)}
}

// upload is an image with its fields, as a form brings it.
type upload struct {
	content        []byte
	sortOrder      *int32 // nil for the last
	representative bool
}

// readTimeout bounds the time in which a client sends an upload, once it may.
const readTimeout = 20 * time.Second

// Image adds an image to the caller's own product, from a form with the fields image, sortOrder and
// representative: the object is announced, written, and then used, so that a failed upload leaves
// no permanent object. The body is read when there is room for it. Image fails as
// store.CheckRoomForImage does, with UPLOAD_RATE_LIMITED, SERVICE_OVERLOADED,
// IMAGE_TYPE_UNSUPPORTED, IMAGE_INVALID, IMAGE_STORE_UNAVAILABLE, PAYLOAD_TOO_LARGE or
// INVALID_INPUT.
func (u *Uploads) Image(w http.ResponseWriter, r *http.Request, productID int64) (image store.Image, err error) {
	ctx, sellerID := r.Context(), web.Seller(r)
	if err := u.store.CheckRoomForImage(ctx, sellerID, productID); err != nil {
		return image, err
	}
	in, picture, err := u.process(w, r, sellerID)
	if err != nil {
		return image, err
	}
	return u.add(ctx, sellerID, productID, in, picture)
}

// add stores a decoded image and adds it to a product.
func (u *Uploads) add(
	ctx context.Context, sellerID market.SellerID, productID int64, in upload, picture images.Picture,
) (image store.Image, err error) {
	key := images.NewKey(productID, picture.ContentType)
	if err := u.store.AnnounceObject(ctx, key); err != nil {
		return image, err
	}
	if err := u.objects.PutPicture(ctx, key, picture); err != nil {
		return image, market.Failed(market.CodeImageStoreUnavailable, err)
	}
	return u.store.AddImage(ctx, sellerID, productID, store.Image{
		ObjectKey: key, SortOrder: in.sortOrder, Representative: in.representative,
		Width: int32(picture.Width), Height: int32(picture.Height),
	})
}

// Images adds the images of a form to the caller's own product, one after the other: those before one that is refused
// stay. It fails as Image does.
func (u *Uploads) Images(w http.ResponseWriter, r *http.Request, productID int64) error {
	if err := u.store.CheckRoomForImage(r.Context(), web.Seller(r), productID); err != nil {
		return err
	}
	added, err := u.addForm(w, r, func(*parts) (int64, error) { return productID, nil })
	if err == nil && added == 0 {
		err = market.RefuseWith(market.CodeInvalidInput, market.DetailUploadEmpty)
	}
	return err
}

// NewProduct creates a product with create from the fields of a form that come before its images, if any, and adds
// these to it. It reports whether the product was created: an error is then of its images, and fails as Image does.
func (u *Uploads) NewProduct(
	w http.ResponseWriter, r *http.Request, create func(fields url.Values) (productID int64, err error),
) (created bool, err error) {
	_, err = u.addForm(w, r, func(form *parts) (productID int64, err error) {
		fields, err := form.fields()
		if err != nil {
			return 0, err
		}
		productID, err = create(fields)
		if created = err == nil; !created {
			_, _ = io.Copy(io.Discard, r.Body) // a browser reads the answer after it has sent the images
		}
		return productID, err
	})
	return created, err
}

// addForm adds the images of a form to a product that is known when the form's reading has begun. It returns how many
// it has added.
func (u *Uploads) addForm(
	w http.ResponseWriter, r *http.Request, product func(*parts) (id int64, err error),
) (added int, err error) {
	ctx, sellerID := r.Context(), web.Seller(r)
	leave, err := u.gates.enter(ctx, sellerID, r.ContentLength)
	if err != nil {
		return 0, overdue(err)
	}
	defer leave()
	r.Body = http.MaxBytesReader(w, r.Body, maxRequest)
	reader, err := r.MultipartReader()
	if err != nil {
		return 0, market.RefuseWith(market.CodeInvalidInput, market.DetailUploadNotMultipart)
	}
	form := &parts{Reader: reader}
	connection := http.NewResponseController(w)
	_ = connection.SetReadDeadline(time.Now().Add(readTimeout))
	productID, err := product(form)
	if err != nil {
		return 0, err
	}
	for ; ; added++ {
		_ = connection.SetReadDeadline(time.Now().Add(readTimeout))
		in, err := form.image(r.ContentLength)
		if errors.Is(err, io.EOF) {
			return added, nil
		}
		if err != nil {
			return added, err
		}
		_ = connection.SetReadDeadline(time.Time{})
		if added > 0 {
			if err := u.gates.another(sellerID); err != nil {
				return added, err
			}
		}
		picture, err := u.decoder.Process(ctx, in.content)
		if err != nil {
			return added, refusal(err)
		}
		if _, err := u.add(ctx, sellerID, productID, in, picture); err != nil {
			return added, err
		}
	}
}

// parts are the parts of a form.
type parts struct {
	*multipart.Reader
	first *multipart.Part // that is read already; nil for none
}

// maxFields bounds the fields of a form with images, in bytes of names and values and an overhead for each.
const (
	maxFields = 128 << 10
	overhead  = 64
)

// fields reads the fields before the first image.
func (p *parts) fields() (url.Values, error) {
	fields, room := url.Values{}, int64(maxFields)
	for {
		part, err := p.NextPart()
		if errors.Is(err, io.EOF) {
			return fields, nil
		}
		if err != nil {
			return nil, web.BodyError(err)
		}
		if part.FormName() == "image" {
			p.first = part
			return fields, nil
		}
		value, err := io.ReadAll(io.LimitReader(part, room+1))
		if err != nil {
			return nil, web.BodyError(err)
		}
		if room -= int64(len(part.FormName()) + len(value) + overhead); room < 0 {
			return nil, market.Refuse(market.CodePayloadTooLarge)
		}
		fields.Add(part.FormName(), string(value))
	}
}

// next returns the next part.
func (p *parts) next() (part *multipart.Part, err error) {
	if part, p.first = p.first, nil; part != nil {
		return part, nil
	}
	return p.NextPart()
}

// image reads the next image; other fields and empty files are skipped. After the last it fails with io.EOF.
func (p *parts) image(size int64) (u upload, err error) {
	for {
		part, err := p.next()
		if errors.Is(err, io.EOF) {
			return u, io.EOF
		}
		if err != nil {
			return u, web.BodyError(err)
		}
		if part.FormName() != "image" {
			continue
		}
		if err := u.readImage(part, size); err != nil || len(u.content) > 0 {
			return u, err
		}
		u.content = nil
	}
}

// process reads an upload and decodes it, when there is room for each.
func (u *Uploads) process(
	w http.ResponseWriter, r *http.Request, s market.SellerID,
) (in upload, p images.Picture, err error) {
	leave, err := u.gates.enter(r.Context(), s, r.ContentLength)
	if err != nil {
		return in, p, overdue(err)
	}
	defer leave()
	defer func() { in.content = nil }() // before its room is given to others
	// The server's own timeout began with the request, which has waited since.
	connection := http.NewResponseController(w)
	_ = connection.SetReadDeadline(time.Now().Add(readTimeout))
	if in, err = readUpload(w, r); err != nil {
		return in, p, err
	}
	_ = connection.SetReadDeadline(time.Time{}) // otherwise it would end the request's context
	p, err = u.decoder.Process(r.Context(), in.content)
	return in, p, refusal(err)
}

// refusal translates an error of decoding.
func refusal(err error) error {
	var large *images.TooLargeError
	switch {
	case errors.Is(err, images.ErrType):
		return market.Refuse(market.CodeImageTypeUnsupported)
	case errors.Is(err, images.ErrAnimated):
		return market.RefuseWith(market.CodeImageTypeUnsupported, market.DetailImageAnimated)
	case errors.Is(err, images.ErrTruncated):
		return market.RefuseWith(market.CodeImageInvalid, market.DetailImageTruncated)
	case errors.Is(err, images.ErrDamaged):
		return market.RefuseWith(market.CodeImageInvalid, market.DetailImageDamaged)
	case errors.Is(err, images.ErrScans):
		return market.RefuseWith(market.CodeImageInvalid, market.DetailImageScans, images.MaxScans)
	case errors.Is(err, images.ErrSlow):
		return market.RefuseWith(market.CodeImageInvalid, market.DetailImageSlow)
	case errors.As(err, &large):
		return market.RefuseWith(market.CodeImageInvalid, market.DetailImageTooLarge, large.Megapixels)
	case errors.Is(err, images.ErrBusy):
		return busy()
	}
	return overdue(err)
}

// overdue translates the end of the time that a request may take.
func overdue(err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return busy()
	}
	return err
}

// DeleteImage takes an image off the caller's own product. It fails as store.DeleteImage does.
func (u *Uploads) DeleteImage(r *http.Request, of store.ProductImage) (store.Image, error) {
	image, err := u.store.DeleteImage(r.Context(), web.Seller(r), of)
	if err != nil {
		return image, err
	}
	// The object is deleted at once; if the object store is unavailable, the sweep of orphans deletes it.
	if u.objects.Delete(r.Context(), image.ObjectKey) == nil {
		return image, u.store.ForgetObjects(r.Context(), []string{image.ObjectKey})
	}
	return image, nil
}

func readUpload(w http.ResponseWriter, r *http.Request) (u upload, err error) {
	u.sortOrder = new(int32)
	r.Body = http.MaxBytesReader(w, r.Body, maxRequest)
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
		if part.FormName() == "image" {
			err = u.readImage(part, r.ContentLength)
		} else {
			err = u.readField(part)
		}
		if err != nil {
			return u, err
		}
	}
}

// readImage reads the image of a request of so many bytes, into memory that is allocated once.
func (u *upload) readImage(part io.Reader, size int64) error {
	if u.content != nil {
		return market.RefuseWith(market.CodeInvalidInput, market.DetailUploadTwice)
	}
	var content bytes.Buffer
	content.Grow(int(min(max(size, 0), images.MaxSize)) + bytes.MinRead)
	_, err := content.ReadFrom(io.LimitReader(part, images.MaxSize+1))
	switch {
	case err != nil:
		return web.BodyError(err)
	case content.Len() > images.MaxSize:
		return market.RefuseWith(market.CodePayloadTooLarge, market.DetailUploadTooLarge, images.MaxSize>>20)
	}
	u.content = content.Bytes()
	return nil
}

func (u *upload) readField(part *multipart.Part) error {
	const maxField = 64
	content, err := io.ReadAll(io.LimitReader(part, maxField))
	if err != nil {
		return web.BodyError(err)
	}
	switch part.FormName() {
	case "sortOrder":
		n, err := strconv.ParseInt(string(content), 10, 32)
		if err != nil || n < 0 {
			return market.RefuseWith(market.CodeInvalidInput, market.DetailNotNatural, "sortOrder")
		}
		place := int32(n)
		u.sortOrder = &place
	case "representative":
		if u.representative, err = strconv.ParseBool(string(content)); err != nil {
			return market.RefuseWith(market.CodeInvalidInput, market.DetailNotBool, "representative")
		}
	}
	return nil
}
