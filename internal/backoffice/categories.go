package backoffice

import (
	"context"

	"github.com/all-in-market/market/internal/cache"
	"github.com/all-in-market/market/internal/market"
)

// CreateCategory fails as the store does.
func (o *Service) CreateCategory(ctx context.Context, name string, sortOrder int32) (market.Category, error) {
	c, err := o.Store.CreateCategory(ctx, name, sortOrder)
	return o.categoriesChanged(ctx, c, err)
}

// UpdateCategory fails as the store does.
func (o *Service) UpdateCategory(
	ctx context.Context, id int64, name *string, sortOrder *int32,
) (market.Category, error) {
	c, err := o.Store.UpdateCategory(ctx, id, name, sortOrder)
	return o.categoriesChanged(ctx, c, err)
}

// DeleteCategory fails as the store does.
func (o *Service) DeleteCategory(ctx context.Context, id int64) (market.Category, error) {
	c, err := o.Store.DeleteCategory(ctx, id)
	return o.categoriesChanged(ctx, c, err)
}

// categoriesChanged invalidates the public list.
func (o *Service) categoriesChanged(ctx context.Context, c market.Category, err error) (market.Category, error) {
	if err == nil {
		o.Cache.Changed(ctx, cache.CategoriesGroup)
	}
	return c, err
}
