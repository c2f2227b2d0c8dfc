package seed

import (
	"context"
	"embed"
	"path"

	"github.com/all-in-market/market/internal/images"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
)

// The pictures of the demo products; see pictures/LICENSE.
//
//go:embed pictures/*.webp
var pictures embed.FS

// demoPictures gives those demo products their pictures that have none.
func demoPictures(ctx context.Context, s *store.Store, objects *images.Store) error {
	decoder := images.NewDecoder(images.DefaultMemory)
	for _, p := range demoProducts {
		id, seller, err := demoProduct(ctx, s, p.name)
		if err != nil {
			return err
		}
		there, err := s.Images(ctx, id)
		if err != nil {
			return err
		}
		if len(there) > 0 {
			continue
		}
		for i, name := range p.pictures {
			content, err := pictures.ReadFile(path.Join("pictures", name+".webp"))
			if err != nil {
				return err
			}
			picture, err := decoder.Process(ctx, content)
			if err != nil {
				return err
			}
			key := images.NewKey(id, picture.ContentType)
			if err := s.AnnounceObject(ctx, key); err != nil {
				return err
			}
			if err := objects.PutPicture(ctx, key, picture); err != nil {
				return err
			}
			if _, err := s.AddImage(ctx, market.SellerID(seller), id, store.Image{
				ObjectKey: key, Representative: i == 0, Width: int32(picture.Width), Height: int32(picture.Height),
			}); err != nil {
				return err
			}
		}
	}
	return nil
}

// demoProduct returns the id and the seller of a demo product.
func demoProduct(ctx context.Context, s *store.Store, name string) (id, seller int64, err error) {
	err = s.Pool().QueryRow(ctx, `SELECT p.id, p.seller_id FROM products p JOIN sellers r ON r.id = p.seller_id
		WHERE r.email = 'seller@example.com' AND p.name = $1 ORDER BY p.id LIMIT 1`, name).Scan(&id, &seller)
	return id, seller, err
}
