package api

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/web"
)

// The number of cached pages of each list: the first ones, which are read most.
const (
	cachedProductPages       = 10
	cachedSellerProductPages = 2
	cachedSettlementPages    = 5
)

// cachedPages are the first pages of a list.
type cachedPages struct {
	group string // of the cache
	ttl   time.Duration
	first int // how many; 0 for none
	scope web.CacheScope
}

// respondPage responds with a page of a list: from the cache if the page is cached, else from load.
// A cached page is never loaded from a replica: the old state of a lagging replica would be cached
// under the new version.
func (s *Server) respondPage(
	w http.ResponseWriter, r *http.Request, page market.PageRequest, cached cachedPages,
	load func(ctx context.Context, from Lists) (any, error),
) error {
	if page.Page >= cached.first || page.Cursor != "" {
		content, err := load(r.Context(), s.Replica)
		if err != nil {
			return err
		}
		return web.Respond(w, r, web.ReadSuccess, content)
	}
	key := fmt.Sprintf("%d:%d:%s:%t:%v", page.Page, page.Size, page.Sort, page.Desc, page.Then)
	data, err := s.Cache.Get(r.Context(), cached.group, key, cached.ttl,
		func(ctx context.Context) (any, error) { return load(ctx, s.Store) })
	if err != nil {
		return err
	}
	return web.RespondCached(w, r, cached.scope, data)
}
