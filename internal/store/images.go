package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store/db"
)

// orphanAge is how long after its announcement an unused object becomes an orphan; an upload takes
// seconds.
const orphanAge = time.Hour

// Image is an image of a product, with the key of its object.
type Image struct {
	ID             int64
	ObjectKey      string
	SortOrder      *int32 // nil for an image to be added as the last
	Representative bool
	Width, Height  int32 // in pixels; 0 for an image from before there were renditions
}

// CheckRoomForImage fails like CheckOwnProduct, or with DATA_CONFLICT when the product has the
// maximum number of images.
func (s ImageStore) CheckRoomForImage(ctx context.Context, sellerID market.SellerID, productID int64) error {
	if err := CatalogueStore(s).CheckOwnProduct(ctx, sellerID, productID); err != nil {
		return err
	}
	n, err := s.q.CountImages(ctx, s.pool, productID)
	if err == nil && n >= market.MaxImages {
		return errTooManyImages()
	}
	return translate(err)
}

func errTooManyImages() error {
	return market.RefuseWith(market.CodeDataConflict, market.DetailTooManyImages, market.MaxImages)
}

// AnnounceObject records that an object is about to be written.
func (s ImageStore) AnnounceObject(ctx context.Context, key string) error {
	return translate(s.q.AnnounceObject(ctx, s.pool, key, s.now()))
}

// AddImage adds an announced and written object to a seller's product. A representative image
// replaces the previous one. It fails with PRODUCT_NOT_FOUND, FORBIDDEN, or DATA_CONFLICT when
// there are too many.
func (s ImageStore) AddImage(
	ctx context.Context, sellerID market.SellerID, productID int64, i Image,
) (image Image, err error) {
	if err := CatalogueStore(s).CheckOwnProduct(ctx, sellerID, productID); err != nil {
		return image, err
	}
	err = s.inSellerTx(ctx, sellerID, func(tx pgx.Tx) error {
		_, err := orNotFound(s.q.LockOwnProduct(ctx, tx, productID, int64(sellerID)))(market.CodeProductNotFound)
		if err != nil {
			return err
		}
		n, err := s.q.CountImages(ctx, tx, productID)
		if err != nil {
			return err
		}
		if n >= market.MaxImages {
			return errTooManyImages()
		}
		if i.Representative {
			if err := s.q.UnsetRepresentative(ctx, tx, productID); err != nil {
				return err
			}
		}
		row, err := s.q.AddImage(ctx, tx,
			db.AddImageParams{
				ProductID: productID, ObjectKey: i.ObjectKey, SortOrder: i.SortOrder, Representative: i.Representative,
				Width: i.Width, Height: i.Height,
			})
		if err != nil {
			return err
		}
		image = imageOf(row)
		return s.q.ForgetObjects(ctx, tx, []string{i.ObjectKey})
	})
	return image, err
}

// OrderImages puts the images of a seller's product into the order of ids, which names each image once. The first
// becomes the representative image. It fails with PRODUCT_NOT_FOUND, FORBIDDEN, or DATA_CONFLICT when the product
// has other images.
func (s ImageStore) OrderImages(ctx context.Context, sellerID market.SellerID, productID int64, ids []int64) error {
	if err := CatalogueStore(s).CheckOwnProduct(ctx, sellerID, productID); err != nil {
		return err
	}
	return s.inSellerTx(ctx, sellerID, func(tx pgx.Tx) error {
		_, err := orNotFound(s.q.LockOwnProduct(ctx, tx, productID, int64(sellerID)))(market.CodeProductNotFound)
		if err != nil {
			return err
		}
		if err := s.q.UnsetRepresentative(ctx, tx, productID); err != nil {
			return err
		}
		ordered, err := s.q.OrderImages(ctx, tx, productID, ids)
		if err != nil {
			return err
		}
		n, err := s.q.CountImages(ctx, tx, productID)
		if err == nil && (n != ordered || n != int64(len(ids))) {
			err = market.RefuseWith(market.CodeDataConflict, market.DetailImagesChanged)
		}
		return err
	})
}

// Images returns the images of a product, the representative one first.
func (s ImageStore) Images(ctx context.Context, productID int64) ([]Image, error) {
	rows, err := s.q.ListImages(ctx, s.pool, productID)
	images := make([]Image, len(rows))
	for i, r := range rows {
		images[i] = imageOf(r)
	}
	return images, translate(err)
}

// Thumbnails returns the representative images of products, by product: their keys and widths. A
// product without images is missing.
func (s ImageStore) Thumbnails(ctx context.Context, products []int64) (map[int64]Image, error) {
	rows, err := s.q.ListThumbnails(ctx, s.pool, products)
	thumbnails := make(map[int64]Image, len(rows))
	for _, r := range rows {
		thumbnails[r.ProductID] = Image{ObjectKey: r.ObjectKey, Width: r.Width}
	}
	return thumbnails, translate(err)
}

// ProductImage identifies an image and its product.
type ProductImage struct{ ProductID, ImageID int64 }

// DeleteImage removes an image from a seller's product; its object is removed with the orphans. It
// fails with PRODUCT_NOT_FOUND, FORBIDDEN or NOT_FOUND.
func (s ImageStore) DeleteImage(
	ctx context.Context, sellerID market.SellerID, of ProductImage,
) (image Image, err error) {
	if err := CatalogueStore(s).CheckOwnProduct(ctx, sellerID, of.ProductID); err != nil {
		return image, err
	}
	err = s.inSellerTx(ctx, sellerID, func(tx pgx.Tx) error {
		row, err := orNotFound(s.q.DeleteImage(ctx, tx, of.ImageID, of.ProductID))(market.CodeNotFound)
		if err != nil {
			return err
		}
		image = imageOf(row)
		return s.q.AnnounceObject(ctx, tx, row.ObjectKey, s.now())
	})
	return image, err
}

func imageOf(r db.ProductImage) Image {
	return Image{
		ID: r.ID, ObjectKey: r.ObjectKey, SortOrder: r.SortOrder, Representative: r.Representative,
		Width: r.Width, Height: r.Height,
	}
}

// Orphans returns up to chunk objects that were announced long ago and are unused, whether they
// were ever written or not.
func (s ImageStore) Orphans(ctx context.Context, chunk int32) ([]string, error) {
	keys, err := s.q.OrphanedObjects(ctx, s.pool, s.now().Add(-orphanAge), chunk)
	return keys, translate(err)
}

// ForgetObjects records that objects have been removed.
func (s ImageStore) ForgetObjects(ctx context.Context, keys []string) error {
	return translate(s.q.ForgetObjects(ctx, s.pool, keys))
}
