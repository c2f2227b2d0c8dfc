package store

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/all-in-market/market/internal/market"
)

// AllOrders lists the orders of all buyers, the oldest first; sorts: createdAt, id. Of a seller it lists those of the
// seller's last countLimit lines of the days, and by the state of payments other than SUCCESS those of the last
// countLimit such payments.
func (s OrderStore) AllOrders(
	ctx context.Context, f market.OrderFilter, page market.PageRequest,
) (market.Page[market.Order], error) {
	l := orderList
	l.where, l.sorts, l.ascending = "true", byCreation, true
	l.bespoke = f != market.OrderFilter{}
	and := func(before string, arg any, after string) {
		l.args = append(l.args, arg)
		l.where += " AND " + before + placeholder(len(l.args)) + after
	}
	lines := ""
	if f.From != nil {
		and("t.created_at >= ", f.From.Start(), "")
		lines += " AND i.created_at >= " + placeholder(len(l.args))
	}
	if f.To != nil {
		and("t.created_at < ", f.To.Next().Start(), "")
		lines += " AND i.created_at < " + placeholder(len(l.args))
	}
	if f.SellerID != 0 {
		and("t.id = ANY (ARRAY(SELECT i.order_id FROM order_items i WHERE i.seller_id = ", f.SellerID, lines)
		l.where += fmt.Sprintf(" ORDER BY i.created_at DESC, i.id DESC LIMIT %d))", countLimit)
	}
	switch {
	case f.Payment == nil:
	case *f.Payment == market.PaymentSuccess: // of most orders
		and("EXISTS (SELECT FROM payments p WHERE p.order_id = t.id AND p.status = ", *f.Payment, ")")
	default:
		and("t.id = ANY (ARRAY(SELECT p.order_id FROM payments p WHERE p.status = ", *f.Payment,
			fmt.Sprintf(" ORDER BY p.id DESC LIMIT %d))", countLimit))
	}
	switch by := market.Search(f.Search); {
	case by.OrderID != 0:
		and("t.id = ", by.OrderID, "")
	case by.Phone != "":
		and("(phone_digits(t.phone) = ", by.Phone, " OR t.buyer_id = ANY (ARRAY(")
		l.where += "SELECT b.id FROM buyers b WHERE phone_digits(b.phone) = " + placeholder(len(l.args)) + ")))"
	case by.Text != "":
		email, err := market.ParseEmail(by.Text)
		if err != nil {
			and("t.recipient = ", by.Text, "")
		} else {
			and("t.buyer_id = (SELECT b.id FROM buyers b WHERE b.email = ", email, ")")
		}
	}
	return withStatus(l, f.Status).page(ctx, s.DB, page)
}

// mostNotes is the maximum number of notes that OrderNotes returns.
const mostNotes = 100

// OrderNotes returns the notes that staff has added to an order, the newest first. They are entries of the audit log.
func (s OrderStore) OrderNotes(ctx context.Context, orderID int64) ([]market.OrderNote, error) {
	entries, err := auditList(market.AuditFilter{
		Action: market.ActionOrderNoted, Subject: market.SubjectOrder, SubjectID: orderID,
	}).page(ctx, s.DB, market.PageRequest{Size: mostNotes})
	notes := make([]market.OrderNote, len(entries.Content))
	for i, e := range entries.Content {
		var after struct {
			Reason string `json:"reason"`
		}
		if err := json.Unmarshal(e.After, &after); err != nil {
			return nil, err
		}
		notes[i] = market.OrderNote{NoteID: e.ID, Note: after.Reason, CreatedAt: e.At}
		if e.ActorID != nil {
			notes[i].AdminID = *e.ActorID
		}
	}
	return notes, err
}
