package reports

import (
	"net/http"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/web"
)

// OrderFilter decodes a filter of the orders of all buyers from a query.
func OrderFilter(r *http.Request) (f market.OrderFilter, err error) {
	if f.Status, err = web.Enum[market.OrderStatus](r, "status"); err != nil {
		return f, err
	}
	if f.Payment, err = web.Enum[market.PaymentStatus](r, "paymentStatus"); err != nil {
		return f, err
	}
	if f.SellerID, err = web.QueryID(r, "sellerId"); err != nil {
		return f, err
	}
	if f.Search, err = web.Keyword(r); err != nil {
		return f, err
	}
	f.From, f.To, err = web.Days(r)
	return f, err
}
