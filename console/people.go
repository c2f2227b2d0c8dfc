package console

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/pages"
	"github.com/all-in-market/market/internal/store"
)

// nameOf returns the name of an account, or its number if it has none.
func nameOf(id int64, names map[int64]string) string {
	return cmp.Or(names[id], strconv.FormatInt(id, 10))
}

// hitName returns the name of a search result, or its kind and number.
func hitName(f pages.Frame, h market.Hit) string {
	if h.Name == "" || h.Kind == market.HitOrder || h.Kind == market.HitRefund {
		return f.T(hitKinds[h.Kind].name) + " " + strconv.FormatInt(h.ID, 10)
	}
	return h.Name
}

// sellersOf returns the names of the sellers of elements; none for no elements.
func sellersOf[T any](
	ctx context.Context, s *Server, elements []T, seller func(T) int64,
) (map[int64]string, error) {
	ids := make([]int64, len(elements))
	for i, e := range elements {
		ids[i] = seller(e)
	}
	return s.names(ctx, ids, s.store.StoreNames)
}

// buyersOf returns the names of the buyers of elements, and records that they were read; none for a reader who may not
// see buyers.
func buyersOf[T any](
	ctx context.Context, s *Server, f pages.Frame, data market.AccessData, elements []T, buyer func(T) int64,
) (map[int64]string, error) {
	if !f.May(market.PermissionSeeBuyers) || len(elements) == 0 {
		return nil, nil
	}
	ids := make([]int64, len(elements))
	for i, e := range elements {
		ids[i] = buyer(e)
	}
	names, err := s.names(ctx, ids, s.store.BuyerNames)
	if err != nil {
		return nil, err
	}
	return names, s.store.NoteRead(ctx, market.Access{Data: data, Rows: len(elements)})
}

// staffOf returns the names of those who have begun batches; none for no batches.
func (s *Server) staffOf(ctx context.Context, batches []market.Batch) (map[int64]string, error) {
	ids := make([]int64, len(batches))
	for i, b := range batches {
		ids[i] = b.AdminID
	}
	return s.names(ctx, ids, s.store.StaffNames)
}

// names returns the names of accounts, each read once; none for no accounts.
func (s *Server) names(
	ctx context.Context, ids []int64, read func(ctx context.Context, ids []int64) (map[int64]string, error),
) (map[int64]string, error) {
	slices.Sort(ids)
	if ids = slices.Compact(ids); len(ids) == 0 {
		return nil, nil
	}
	return read(ctx, ids)
}

// parties are a buyer and the sellers of an order.
type parties struct {
	buyer   *market.BuyerAccount // nil if the reader may not see it, or it was closed
	sellers map[int64]string
}

func (s *Server) partiesOf(ctx context.Context, f pages.Frame, o market.OrderDetail) (p parties, err error) {
	p.sellers, err = sellersOf(ctx, s, o.Items, func(i market.OrderItem) int64 { return i.SellerID })
	if err != nil || !f.May(market.PermissionSeeBuyers) {
		return p, err
	}
	found, err := s.replica.BuyerAccounts(ctx, store.BuyerFilter{ID: o.BuyerID}, market.PageRequest{Size: 1})
	if err == nil && len(found.Content) > 0 {
		p.buyer = &found.Content[0]
	}
	return p, err
}

// subjectPath returns the page of the subject of an audit entry; "" if it has none or the reader may not see it.
func subjectPath(f pages.Frame, e market.AuditEntry) string {
	if e.Subject == nil || e.SubjectID == nil || market.HitKind(*e.Subject) == market.HitPayment {
		return "" // a payment has the page of its order
	}
	kind, ok := hitKinds[market.HitKind(*e.Subject)]
	if !ok || !f.May(kind.permission) {
		return ""
	}
	return kind.path + strconv.FormatInt(*e.SubjectID, 10)
}

// orderName returns the order's number, or its id if it has none.
func orderName(o market.Order) string { return cmp.Or(o.OrderNumber, strconv.FormatInt(o.ID, 10)) }

// technical reports whether an event is of a workflow, and not of the order.
func technical(e market.OrderEvent) bool {
	return strings.HasPrefix(e.Kind, "RUN_") || strings.HasPrefix(e.Kind, "STEP_")
}

// split returns the events of an order, and those of its workflows.
func split(story []market.OrderEvent) (own, workflows []market.OrderEvent) {
	for _, e := range story {
		if technical(e) {
			workflows = append(workflows, e)
		} else {
			own = append(own, e)
		}
	}
	return own, workflows
}

// reasons are the suggestions for reasons, by the ids of their lists.
var reasons = map[string][]pages.Text{
	"deny-reasons": {
		{Ko: "사용한 흔적이 있어 반품할 수 없습니다.", En: "The item has been used."},
		{Ko: "반품 기한이 지났습니다.", En: "The return period is over."},
		{Ko: "반품 상품이 도착하지 않았습니다.", En: "The item has not come back."},
		{Ko: "사진으로 파손을 확인할 수 없습니다.", En: "The pictures show no damage."},
	},
	"block-reasons": {
		{Ko: "판매가 금지된 상품입니다.", En: "The product may not be sold."},
		{Ko: "상품 설명이 사실과 다릅니다.", En: "The description is misleading."},
		{Ko: "상표권 또는 저작권을 침해했습니다.", En: "It infringes a trademark or a copyright."},
	},
	"lock-reasons": {
		{Ko: "부정 결제가 의심됩니다.", En: "Suspected payment fraud."},
		{Ko: "환불을 반복해서 악용했습니다.", En: "Repeated abuse of refunds."},
		{Ko: "계정 도용이 의심됩니다.", En: "Suspected account takeover."},
		{Ko: "본인이 요청했습니다.", En: "Requested by the buyer."},
	},
}
