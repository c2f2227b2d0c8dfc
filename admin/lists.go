package admin

import (
	"context"
	"net/http"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/web"
)

// listByStatus makes a handler that answers with a page of everybody's, of all
// states or of the one that the query names. note notes the reading of personal data; nil for none.
func listByStatus[S interface {
	~string
	Valid() bool
}, T any](
	list func(ctx context.Context, status *S, page market.PageRequest) (market.Page[T], error),
	note func(ctx context.Context, rows int) error,
) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		p, err := web.OldestFirst(r, 10)
		if err != nil {
			return err
		}
		status, err := web.Enum[S](r, "status")
		if err != nil {
			return err
		}
		content, err := list(r.Context(), status, p)
		if err != nil {
			return err
		}
		if note != nil {
			if err := note(r.Context(), len(content.Content)); err != nil {
				return err
			}
		}
		return web.Respond(w, r, web.ReadSuccess, content)
	}
}
