package main

import (
	"context"
	"fmt"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
)

// lists reads product lists past the cache, one at a time, on a warm database.
func (b *bench) lists(ctx context.Context) error {
	s := b.store
	first, err := s.Products(ctx, store.CatalogueFilter{}, market.PageRequest{Size: 20})
	if err != nil {
		return err
	}
	middle := int(first.TotalElements) / 2 / 20
	deep := min(50_000, int(first.TotalElements)/20) - 1
	t := b.table(fmt.Sprintf("Product lists among %d, uncached (ms)", first.TotalElements), "list", "p50", "p95", "max")
	for _, c := range []struct {
		name, keyword string
		page          market.PageRequest
	}{
		{"first page", "", market.PageRequest{}},
		{fmt.Sprintf("page %d", deep+1), "", market.PageRequest{Page: deep}},
		{fmt.Sprintf("page %d, by price", deep+1), "", market.PageRequest{Page: deep, Sort: "price"}},
		{"middle page", "", market.PageRequest{Page: middle}},
		{"cursor", "", market.PageRequest{Cursor: *first.NextCursor}},
		{"first page, by price", "", market.PageRequest{Sort: "price"}},
		{"keyword of 1, frequent (e)", "e", market.PageRequest{}},
		{"keyword of 1, frequent (의)", "의", market.PageRequest{}},
		{"keyword of 1, none (힣)", "힣", market.PageRequest{}},
		{"keyword of 2, frequent (의자)", "의자", market.PageRequest{}},
		{"keyword of 2, frequent (ch)", "ch", market.PageRequest{}},
		{"keyword of 2, none (자의)", "자의", market.PageRequest{}},
		{"keyword of 2, none (qz)", "qz", market.PageRequest{}},
		{"keyword of 3, frequent (접이식)", "접이식", market.PageRequest{}},
		{"keyword of 3, by price (air)", "air", market.PageRequest{Sort: "price"}},
		{"keyword of 3, none (xqz)", "xqz", market.PageRequest{}},
		{"keyword of 20, one (en)", "description_99999", market.PageRequest{}},
		{"keyword of 20, some (en)", "vintage keyboard_999", market.PageRequest{}},
		{"keyword of 20, none (ko)", "프리미엄 캠핑 의자 프리미엄 캠핑 의자", market.PageRequest{}},
	} {
		c.page.Size = 20
		f := store.CatalogueFilter{Keyword: c.keyword}
		took, err := timed(func() error { _, err := s.Products(ctx, f, c.page); return err })
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		t.row(c.name, percentile(took, 0.5), percentile(took, 0.95), percentile(took, 1))
	}
	t.print()
	return nil
}
