package shop

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/pages"
)

// progress is the state of an order in the buyer's view.
type progress struct {
	Order   market.OrderDetail
	Payment *market.Payment // nil before the first attempt
	Refunds []market.Refund
	Methods []market.OfferedMethod // to pay with; nil when there is nothing to pay
	Key     string                 // makes one cancellation of a form, however often it is sent
}

// may reports whether the buyer may take an action.
func (p progress) may(a market.OrderAction) bool { return slices.Contains(p.Order.Actions, a) }

// cancelConsequence returns what a cancellation does.
func (p progress) cancelConsequence(f pages.Frame) string {
	if p.Order.Status == market.OrderCreated {
		return f.T(textCancelUnpaidConsequence)
	}
	return f.T(textCancelPaidConsequence)
}

// confirmConsequence returns what the confirmation of a line does, and when it follows unasked.
func confirmConsequence(f pages.Frame, i market.OrderItem) string {
	if i.ConfirmBy == nil {
		return f.T(textConfirmExplained)
	}
	return f.T(textConfirmExplained) + " " + fmt.Sprintf(f.T(textConfirmBy), pages.When(*i.ConfirmBy))
}

// confirmable reports whether the buyer can confirm pieces of a line.
func (p progress) confirmable(i market.OrderItem) bool {
	return p.may(market.ActionConfirm) && i.Line().MayConfirm(1) == nil
}

// nets returns what each line comes to, by its id.
func (p progress) nets() map[int64]market.Money {
	lines := make([]market.PricedLine, len(p.Order.Items))
	for i, item := range p.Order.Items {
		lines[i] = market.PricedLine{SellerID: item.SellerID, UnitPrice: item.UnitPrice, Quantity: item.Quantity}
	}
	nets := map[int64]market.Money{}
	priced, _ := market.PriceOrder(lines, market.CurrentTerms()) // it was priced when it was placed
	for i, line := range priced.Lines {
		nets[p.Order.Items[i].ID] = line.Net
	}
	return nets
}

// event is an entry of the timeline of an order.
type event struct {
	at   market.LocalTime
	text string
}

// events returns the timeline, the oldest event first.
func (p progress) events(f pages.Frame) []event {
	all := []event{{p.Order.CreatedAt, f.T(textOrdered)}}
	if p.Payment != nil && p.Payment.PaidAt != nil {
		all = append(all, event{*p.Payment.PaidAt, f.T(textPaid)})
	}
	for _, parcel := range p.Order.Parcels {
		contents := strings.Join(p.contents(parcel), ", ")
		all = append(all, event{parcel.ShippedAt, f.T(textShipped) + " · " + contents})
		if parcel.DeliveredAt != nil {
			all = append(all, event{*parcel.DeliveredAt, f.T(textDelivered) + " · " + contents})
		}
	}
	for _, r := range p.Refunds {
		all = append(all, event{r.CreatedAt, f.T(textRefundRequestedAt) + " · " + pages.Won(r.Amount)})
		if r.ProcessedAt != nil {
			all = append(all, event{*r.ProcessedAt, f.T(pages.TextRefund) + " · " + f.Label(string(r.Status))})
		}
	}
	slices.SortStableFunc(all, func(a, b event) int { return time.Time(a.at).Compare(time.Time(b.at)) })
	return all
}

// piecesIn returns a state of a line's pieces, with their number unless it is that of all.
func piecesIn(state string, pieces int32, l market.Line) string {
	if pieces == l.Quantity {
		return state
	}
	return fmt.Sprintf("%s %d", state, pieces)
}

// contents names the products in a parcel, with the number of their pieces.
func (p progress) contents(parcel market.Parcel) []string {
	names := make([]string, len(parcel.Items))
	for n, x := range parcel.Items {
		names[n] = fmt.Sprintf("%s × %d", p.Order.ProductName(x.OrderItemID), x.Quantity)
	}
	return names
}

// over reports whether the order is in a final state.
func (p progress) over() bool {
	return p.Order.Status == market.OrderFailed || p.Order.Status == market.OrderRefunded
}

// reached reports whether the order has reached a state of the usual sequence.
func (p progress) reached(s market.OrderStatus) bool {
	rank := map[market.OrderStatus]int{
		market.OrderCreated: 0, market.OrderPaid: 1, market.OrderShipped: 2, market.OrderDelivered: 3,
	}
	now, follows := rank[p.Order.Status]
	return follows && now >= rank[s]
}

// fingerprint returns a hash that changes with the buyer's view of the order.
func (p progress) fingerprint() string {
	p.Key = ""
	sum := sha256.Sum256([]byte(asJSON(p)))
	return hex.EncodeToString(sum[:8])
}

// stream returns the address of the stream of later changes.
func (p progress) stream() string {
	return base + orderPath(p.Order.ID) + "/events?" + url.Values{"shown": {p.fingerprint()}, "key": {p.Key}}.Encode()
}

func (s *Server) progress(ctx context.Context, buyer market.BuyerID, id int64) (p progress, err error) {
	if p.Order, err = s.Store.OrderDetail(ctx, buyer, id); err != nil {
		return p, err
	}
	payment, err := s.Store.OrderPayment(ctx, id)
	if err == nil {
		p.Payment = &payment
	} else if market.CodeOf(err) != market.CodePaymentNotFound {
		return p, err
	}
	refunds, err := s.Store.OrderRefunds(ctx, buyer, id, nil, market.PageRequest{Size: pages.Rows})
	if err != nil {
		return p, err
	}
	p.Refunds = refunds.Content
	if p.Order.Status == market.OrderCreated {
		p.Methods = s.Storefront.Gateways.Offered()
	}
	return p, nil
}
