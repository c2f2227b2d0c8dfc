package api

import (
	"net/http"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/storefront"
	"github.com/all-in-market/market/internal/web"
)

// newRefund asks back what Items name, an addition to the original's contract,
// or all that remains of the order.
type newRefund struct {
	Reason      market.RefundReason `json:"reason" validate:"required,buyersreason"`
	Description string              `json:"description" validate:"description" text:"lines"`
	Items       []market.Pieces     `json:"items" validate:"omitempty,min=1,orderlines,dive"`
}

// listRefundReasons answers with the reasons that a buyer may give, and what follows.
func (s *Server) listRefundReasons(w http.ResponseWriter, r *http.Request) error {
	policy, err := s.Store.RefundPolicy(r.Context())
	if err != nil {
		return err
	}
	var terms []market.ReasonTerms
	for _, reason := range market.BuyersReasons {
		terms = append(terms, market.ReasonTerms{Reason: reason, ShippingBorneBy: policy.ShippingBorneBy.Of(reason)})
	}
	return web.Respond(w, r, web.ReadSuccess, terms)
}

// createRefund opens a refund and starts the workflow that waits for an admin's
// decision on it.
func (s *Server) createRefund(w http.ResponseWriter, r *http.Request) error {
	orderID, err := web.ID(r, "orderId")
	if err != nil {
		return err
	}
	key, err := web.IdempotencyKey(r)
	if err != nil {
		return err
	}
	var in newRefund
	if err := web.Decode(w, r, "refund", &in); err != nil {
		return err
	}
	caller := web.Caller(r)
	request := struct {
		OrderID int64
		newRefund
	}{orderID, in}
	return web.Idempotent(w, r, s.Store, caller.String(), "POST /orders/{orderId}/refunds", key, request,
		func() (web.Success, any, error) {
			request := storefront.RefundRequest{
				OrderID: orderID, Key: key, Reason: in.Reason, Description: in.Description, Items: in.Items,
			}
			refund, err := s.Storefront.RequestRefund(r.Context(), web.Buyer(r), request)
			return web.CreateSuccess, refund, err
		})
}

// sellerCancellation cancels what Items name, or all that the seller has not shipped.
type sellerCancellation struct {
	Reason string          `json:"reason" validate:"required,reason" text:"lines"`
	Items  []market.Pieces `json:"items" validate:"omitempty,min=1,orderlines,dive"`
}

// cancelSellerOrder cancels pieces that a seller cannot deliver. Their money goes back without a decision.
func (s *Server) cancelSellerOrder(w http.ResponseWriter, r *http.Request) error {
	orderID, err := web.ID(r, "orderId")
	if err != nil {
		return err
	}
	key, err := web.IdempotencyKey(r)
	if err != nil {
		return err
	}
	var in sellerCancellation
	if err := web.Decode(w, r, "", &in); err != nil {
		return err
	}
	request := struct {
		OrderID int64
		sellerCancellation
	}{orderID, in}
	const operation = "POST /seller/orders/{orderId}/cancel"
	return web.Idempotent(w, r, s.Store, web.Caller(r).String(), operation, key, request,
		func() (web.Success, any, error) {
			cancellation := storefront.SellerCancellation{
				OrderID: orderID, Key: key, Reason: in.Reason, Items: in.Items,
			}
			if err := s.Storefront.CancelForSeller(r.Context(), web.Seller(r), cancellation); err != nil {
				return web.Accepted, nil, err
			}
			if err := s.noteRead(r, market.Access{Data: market.DataOrder, DataID: orderID, Rows: 1}); err != nil {
				return web.Accepted, nil, err
			}
			order, err := s.Store.SellerOrder(r.Context(), web.Seller(r), orderID)
			return web.Accepted, order, err
		})
}

// cancelOrder gives a whole order up before anything of it is on its way. One that is not
// paid fails; one that is paid is paid back, without a decision.
func (s *Server) cancelOrder(w http.ResponseWriter, r *http.Request) error {
	orderID, err := web.ID(r, "orderId")
	if err != nil {
		return err
	}
	key, err := web.IdempotencyKey(r)
	if err != nil {
		return err
	}
	const operation = "POST /orders/{orderId}/cancel"
	return web.Idempotent(w, r, s.Store, web.Caller(r).String(), operation, key, orderID,
		func() (web.Success, any, error) {
			success := web.Accepted
			done, err := s.Storefront.Cancel(r.Context(), web.Buyer(r), orderID, key)
			if err != nil {
				return success, nil, err
			}
			if done {
				success = web.UpdateSuccess
			}
			order, err := s.Store.Order(r.Context(), web.Buyer(r), orderID)
			return success, order, err
		})
}

// listSellerRefunds answers with the refunded lines of the seller, and what their buyers wrote.
func (s *Server) listSellerRefunds(w http.ResponseWriter, r *http.Request) error {
	page, err := web.Page(r, 10)
	if err != nil {
		return err
	}
	status, err := web.Enum[market.RefundStatus](r, "status")
	if err != nil {
		return err
	}
	refunds, err := s.Replica.SellerRefunds(r.Context(), web.Seller(r), status, page)
	if err != nil {
		return err
	}
	if err := s.noteRead(r, market.Access{Data: market.DataRefunds, Rows: len(refunds.Content)}); err != nil {
		return err
	}
	return web.Respond(w, r, web.ReadSuccess, refunds)
}
