package store_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/testrig"
)

// notified are the notifications since the last call, in their order, such as "BUYER ORDER_PAID". Each has a mail with
// a follow-up to its account, and facts about its subject.
type notified struct {
	*testrig.Shop
	seen int64
}

func (n *notified) next(t *testing.T) (all []string) {
	t.Helper()
	rows, err := n.Pool().Query(t.Context(), `
		SELECT n.id, n.role, n.account_id, n.kind, n.topic, n.facts,
		       (SELECT count(*) FROM mails m JOIN follow_ups f ON f.kind = 'MAIL' AND f.subject_id = m.id
		        WHERE m.notification_id = n.id AND m.kind = 'NOTIFICATION' AND m.role = n.role
		          AND m.account_id = n.account_id)
		FROM notifications n WHERE n.id > $1 ORDER BY n.id`, n.seen)
	require.NoError(t, err)
	var role market.Role
	var account int64
	var kind market.NotificationKind
	var topic market.Topic
	var facts market.NotificationFacts
	var mails int
	_, err = pgx.ForEachRow(rows, []any{&n.seen, &role, &account, &kind, &topic, &facts, &mails}, func() error {
		require.Equal(t, 1, mails, "%s %s", role, kind)
		name := string(role)
		if role == market.RoleSeller {
			for i, id := range n.SellerIDs {
				if id == account {
					name = fmt.Sprintf("SELLER%d", i)
				}
			}
		} else {
			require.Equal(t, n.BuyerID, account)
		}
		switch topic {
		case market.TopicAccount:
			require.NotEmpty(t, facts.Store)
		case market.TopicStock:
			require.NotNil(t, facts.Stock)
		case market.TopicOrders, market.TopicRefunds:
			require.NotZero(t, facts.OrderID, kind)
			require.NotNil(t, facts.PlacedOn, kind)
			require.NotEmpty(t, facts.Product, kind)
			require.NotNil(t, facts.Amount, kind)
		default:
			require.NotNil(t, facts.Amount, kind)
		}
		all = append(all, name+" "+string(kind))
		facts = market.NotificationFacts{}
		return nil
	})
	require.NoError(t, err)
	return all
}

// order places an order of a piece of each product for the shop's buyer.
func (n *notified) order(t *testing.T, key string, products ...int64) store.PlacedOrder {
	t.Helper()
	var items []int64
	for _, p := range products {
		cart, err := n.AddToCart(t.Context(), market.BuyerID(n.BuyerID), p, 1,
			market.PageRequest{Size: 1, Sort: "id", Desc: true})
		require.NoError(t, err)
		items = append(items, cart.Items.Content[0].ID)
	}
	o, err := n.PlaceOrder(t.Context(),
		store.Checkout{BuyerID: n.BuyerID, Key: key, CartItemIDs: items, AddressID: n.AddressID})
	require.NoError(t, err)
	return o
}

// open opens the payment of an order.
func (n *notified) open(t *testing.T, orderID int64) store.OrderPayment {
	t.Helper()
	p, err := n.OpenPayment(t.Context(), store.PaymentToOpen{
		OrderID: orderID, BuyerID: market.BuyerID(n.BuyerID), Method: market.MethodMock,
		RunID: fmt.Sprint("run", orderID),
	})
	require.NoError(t, err)
	return store.OrderPayment{OrderID: orderID, PaymentID: p.Payment.ID}
}

// pay pays an order, twice, as a repeated activity does.
func (n *notified) pay(t *testing.T, o store.PlacedOrder) {
	t.Helper()
	of := n.open(t, o.OrderID)
	for range 2 {
		_, err := n.ApprovePayment(t.Context(), of, store.Charge{ImpUID: fmt.Sprint("imp", o.OrderID), Amount: o.Total})
		require.NoError(t, err)
	}
}

// It walks through the lives of orders, of a seller and of a payout, repeats each step, and compares who is notified
// of what.
func TestNotifications_EachEvent_NotifiesItsAccountsOnce(t *testing.T) {
	t.Parallel()
	c := &clock{market.Date(2026, 5, 15).Start().Add(10 * time.Hour)}
	s, ctx := testrig.NewShop(t, 2, c.now), t.Context()
	n := &notified{Shop: s}
	repeat := func(do func() error) {
		t.Helper()
		require.NoError(t, do())
		_ = do() // a repeat may be refused; it notifies no account again
	}
	require.Equal(t, []string{
		"SELLER0 APPLICATION_RECEIVED", "SELLER0 APPLICATION_APPROVED", "SELLER1 APPLICATION_RECEIVED",
		"SELLER1 APPLICATION_APPROVED",
	}, n.next(t))

	o := n.order(t, "two", s.ProductIDs...)
	require.Equal(t, []string{"BUYER ORDER_PLACED"}, n.next(t))
	n.pay(t, o)
	require.Equal(t, []string{"BUYER ORDER_PAID", "SELLER0 NEW_ORDER", "SELLER1 NEW_ORDER"}, n.next(t))
	detail, err := s.OrderDetail(ctx, market.BuyerID(s.BuyerID), o.OrderID)
	require.NoError(t, err)
	for i, expected := range []string{"BUYER ORDER_PART_SHIPPED", "BUYER ORDER_SHIPPED"} {
		item := detail.Items[i]
		repeat(func() error {
			_, err := s.ShipItem(ctx, market.SellerID(item.SellerID), item.ID, "CJ", "1-2")
			return err
		})
		require.Equal(t, []string{expected}, n.next(t))
	}
	for i, expected := range [][]string{nil, {"BUYER ORDER_DELIVERED"}} {
		item := detail.Items[i]
		repeat(func() error {
			_, err := s.DeliverItem(ctx, market.SellerID(item.SellerID), item.ID)
			return err
		})
		require.Equal(t, expected, n.next(t))
	}

	// Refunds: denied, failed and paid back.
	refund := func(key string, items ...market.Pieces) int64 {
		t.Helper()
		id, err := s.ReserveRefund(ctx, market.BuyerID(s.BuyerID), key, nil, nil)
		require.NoError(t, err)
		repeat(func() error {
			_, err := s.OpenRefund(ctx, store.RefundRequest{
				RefundID: id, BuyerID: s.BuyerID, OrderID: o.OrderID, Reason: market.ReasonDamaged, Items: items,
			})
			return err
		})
		return id
	}
	decide := func(id int64, key string, approve bool) {
		t.Helper()
		repeat(func() error {
			_, _, err := s.DecideRefund(ctx, store.RefundDecision{
				RefundID: id, DecisionID: key, SentBy: "test", Approve: approve, Reason: "used",
			})
			return err
		})
	}
	id := refund("denied", market.Pieces{OrderItemID: detail.Items[0].ID, Quantity: 1})
	require.Equal(t, []string{"BUYER REFUND_REQUESTED", "SELLER0 REFUND_REQUESTED"}, n.next(t))
	decide(id, "no", false)
	require.Equal(t, []string{"BUYER REFUND_DENIED", "SELLER0 REFUND_DENIED"}, n.next(t))
	inbox, err := s.Notifications(ctx, market.RoleBuyer, s.BuyerID, true, market.PageRequest{Size: 1})
	require.NoError(t, err)
	require.Equal(t, "used", inbox.Content[0].Facts.Reason)
	id = refund("paid")
	require.Equal(t, []string{"BUYER REFUND_REQUESTED", "SELLER0 REFUND_REQUESTED", "SELLER1 REFUND_REQUESTED"},
		n.next(t))
	decide(id, "yes", true)
	require.Equal(t, []string{"BUYER REFUND_APPROVED", "SELLER0 REFUND_APPROVED", "SELLER1 REFUND_APPROVED"}, n.next(t))
	repeat(func() error { return s.FailRefund(ctx, id, "X") })
	require.Equal(t, []string{"BUYER REFUND_FAILED"}, n.next(t))
	decide(id, "again", true)
	require.Empty(t, n.next(t), "it was approved before")
	repeat(func() error { return s.FailRefund(ctx, id, "X") })
	require.Equal(t, []string{"BUYER REFUND_FAILED"}, n.next(t))
	decide(id, "third", true)
	repeat(func() error { _, err := s.CompleteRefund(ctx, id); return err })
	require.Equal(t, []string{"BUYER REFUND_PAID"}, n.next(t))

	// Orders that are not paid, and one that is cancelled.
	o = n.order(t, "declined", s.ProductIDs[0])
	of := n.open(t, o.OrderID)
	repeat(func() error { _, err := s.FailPayment(ctx, of, market.EndCancelled, "no"); return err })
	require.Equal(t, []string{"BUYER ORDER_PLACED", "BUYER PAYMENT_DECLINED"}, n.next(t))
	o = n.order(t, "unpaid", s.ProductIDs[0])
	repeat(func() error { return s.SetOrderStatus(ctx, o.OrderID, market.OrderFailed, nil) })
	require.Equal(t, []string{"BUYER ORDER_PLACED", "BUYER ORDER_CANCELLED"}, n.next(t))
	o = n.order(t, "expired", s.ProductIDs[0])
	_, err = s.Pool().Exec(ctx, "UPDATE orders SET created_at = $1 WHERE id = $2",
		c.at.Add(-market.OrderLifetime-time.Second), o.OrderID)
	require.NoError(t, err)
	repeat(func() error { _, err := s.ExpireOrders(ctx); return err })
	require.Equal(t, []string{"BUYER ORDER_PLACED", "BUYER ORDER_EXPIRED"}, n.next(t))
	o = n.order(t, "cancelled", s.ProductIDs[1])
	n.pay(t, o)
	require.Equal(t, []string{"BUYER ORDER_PLACED", "BUYER ORDER_PAID", "SELLER1 NEW_ORDER"}, n.next(t))
	id, err = s.ReserveRefund(ctx, market.BuyerID(s.BuyerID), "cancel", nil, nil)
	require.NoError(t, err)
	repeat(func() error {
		_, err := s.OpenRefund(ctx, store.RefundRequest{
			RefundID: id, BuyerID: s.BuyerID, OrderID: o.OrderID, Reason: market.ReasonChangeOfMind, Cancel: true,
		})
		return err
	})
	require.Equal(t, []string{"BUYER ORDER_CANCELLED", "SELLER1 ORDER_CANCELLED"}, n.next(t))
	repeat(func() error { _, err := s.CompleteRefund(ctx, id); return err })
	require.Equal(t, []string{"BUYER REFUND_PAID"}, n.next(t))

	// A charge that comes too late goes back.
	o = n.order(t, "late", s.ProductIDs[0])
	of = n.open(t, o.OrderID)
	require.NoError(t, s.SetOrderStatus(ctx, o.OrderID, market.OrderFailed, nil))
	var out store.PaymentOutcome
	repeat(func() (err error) {
		out, err = s.ApprovePayment(ctx, of, store.Charge{ImpUID: "late", Amount: o.Total})
		return err
	})
	require.NotZero(t, out.ReversalID)
	repeat(func() error { _, err := s.CompleteRefund(ctx, out.ReversalID); return err })
	require.Equal(t, []string{"BUYER ORDER_PLACED", "BUYER ORDER_CANCELLED", "BUYER REFUND_PAID"}, n.next(t))

	// Stock and restock.
	_, err = s.Subscribe(ctx, market.BuyerID(s.BuyerID), s.ProductIDs[0])
	require.NoError(t, err)
	repeat(func() error {
		_, err := s.NotifyRestock(ctx, store.Restock{ProductID: s.ProductIDs[0], RestockID: 7}, 10)
		return err
	})
	require.Equal(t, []string{"BUYER RESTOCK"}, n.next(t))
	for _, stock := range []int32{6, 5, 8, 0, 9} {
		_, err := s.UpdateProduct(ctx, market.SellerID(s.SellerIDs[0]), s.ProductIDs[0],
			market.ProductChange{Stock: &stock})
		require.NoError(t, err)
	}
	require.Equal(t, []string{"SELLER0 STOCK_LOW"}, n.next(t), "once a day")

	// Settlement and payout.
	o = n.order(t, "settled", s.ProductIDs[0])
	n.pay(t, o)
	require.Len(t, n.next(t), 3)
	settle(t, s)
	require.Contains(t, n.next(t), "SELLER0 SETTLEMENT_READY")
	_, err = s.CreatePayouts(ctx, 0, 10)
	require.NoError(t, err)
	due, err := s.DuePayouts(ctx, 0, 10)
	require.NoError(t, err)
	require.Len(t, due, 1)
	payout := due[0].PayoutID
	_, err = s.StartPayout(ctx, payout, 1, nil)
	require.NoError(t, err)
	repeat(func() error {
		_, err := s.EndPayout(ctx, payout, 1, store.PayoutEnd{Outcome: market.OutcomeRefused})
		return err
	})
	require.Equal(t, []string{"SELLER0 PAYOUT_FAILED"}, n.next(t))
	_, err = s.StartPayout(ctx, payout, 2, &store.PayoutDecision{ID: "1/r", Signal: "retry", SentBy: "test"})
	require.NoError(t, err)
	repeat(func() error {
		_, err := s.EndPayout(ctx, payout, 2, store.PayoutEnd{Outcome: market.OutcomeSuccess})
		return err
	})
	require.Equal(t, []string{"SELLER0 PAYOUT_PAID"}, n.next(t))

	repeat(func() error {
		_, err := s.SetSellerStatus(ctx, s.SellerIDs[0], market.SellerRejected, false, "no licence")
		return err
	})
	require.Equal(t, []string{"SELLER0 APPLICATION_REJECTED"}, n.next(t))
	rejected, err := s.Notifications(ctx, market.RoleSeller, s.SellerIDs[0], true, market.PageRequest{Size: 1})
	require.NoError(t, err)
	require.Equal(t, "no licence", rejected.Content[0].Facts.Reason)
}

func TestNotificationPreferences_TopicTurnedOff_HasNoMailButItsInbox(t *testing.T) {
	t.Parallel()
	s, ctx := testrig.NewShop(t, 1, nil), t.Context()
	n := &notified{Shop: s}
	off := market.NotificationPreferences{
		Language: market.English, Mails: map[market.Topic]bool{market.TopicOrders: false},
	}
	p, err := s.SetNotificationPreferences(ctx, market.RoleBuyer, s.BuyerID, off)
	require.NoError(t, err)
	stored, err := s.NotificationPreferences(ctx, market.RoleBuyer, s.BuyerID)
	require.NoError(t, err)
	require.Equal(t, p, stored)
	require.Equal(t, market.NotificationPreferences{Language: market.English, Mails: map[market.Topic]bool{
		market.TopicOrders: false, market.TopicRefunds: true, market.TopicRestock: true,
	}}, stored)
	var both sync.WaitGroup // two changes at once keep each other
	for _, topic := range []market.Topic{market.TopicRefunds, market.TopicRestock} {
		both.Go(func() {
			_, err := s.SetNotificationPreferences(ctx, market.RoleBuyer, s.BuyerID,
				market.NotificationPreferences{Mails: map[market.Topic]bool{topic: false}})
			if err != nil {
				t.Error(err)
			}
		})
	}
	both.Wait()
	require.Equal(t, 1, s.Number(t, "SELECT count(*) FROM buyers WHERE id = $1 AND muted_topics = '{ORDERS,REFUNDS,RESTOCK}'",
		s.BuyerID))
	_, err = s.SetNotificationPreferences(ctx, market.RoleBuyer, s.BuyerID, market.NotificationPreferences{
		Mails: map[market.Topic]bool{market.TopicRefunds: true, market.TopicRestock: true},
	})
	require.NoError(t, err)
	n.pay(t, n.order(t, "o", s.ProductIDs[0]))
	require.Equal(t, 2, s.Number(t, "SELECT count(*) FROM notifications WHERE role = 'BUYER'"))
	require.Equal(t, 1, s.Number(t, `SELECT count(*) FROM mails m JOIN notifications n ON n.id = m.notification_id
		WHERE m.role = 'BUYER' AND n.kind = 'ORDER_PAID'`), "mails about money are always sent")
	require.Equal(t, 1, s.Number(t, "SELECT count(*) FROM mails WHERE role = 'BUYER' AND kind = 'NOTIFICATION'"))
	id := int64(s.Number(t, "SELECT id FROM mails WHERE role = 'BUYER' AND kind = 'NOTIFICATION'"))
	mail, due, err := s.MailToSend(ctx, id)
	require.NoError(t, err)
	require.True(t, due)
	require.Equal(t, market.English, mail.Language)
	require.Equal(t, "p", mail.Notification.Facts.Product)
	require.Equal(t, market.DayOf(time.Now()), *mail.Notification.Facts.PlacedOn, "its number is that of the pages")

	for _, always := range []market.Topic{market.TopicMoney, market.TopicAccount, market.TopicStock, "X"} {
		_, err = s.SetNotificationPreferences(ctx, market.RoleBuyer, s.BuyerID,
			market.NotificationPreferences{Mails: map[market.Topic]bool{always: false}})
		refused(t, market.CodeInvalidInput, err)
	}
	_, err = s.SetNotificationPreferences(ctx, market.RoleBuyer, 99, off)
	refused(t, market.CodeBuyerNotFound, err)
	_, err = s.NotificationPreferences(ctx, market.RoleSeller, 99)
	refused(t, market.CodeSellerNotFound, err)
}

func TestNotifications_Read_AreCountedAndKeepTheirTime(t *testing.T) {
	t.Parallel()
	s, ctx := testrig.NewShop(t, 1, nil), t.Context()
	n := &notified{Shop: s}
	n.pay(t, n.order(t, "o", s.ProductIDs[0]))
	unread := func(role market.Role, id int64) int64 {
		t.Helper()
		count, err := s.UnreadNotifications(ctx, role, id)
		require.NoError(t, err)
		return count
	}
	require.EqualValues(t, 2, unread(market.RoleBuyer, s.BuyerID))
	require.EqualValues(t, 3, unread(market.RoleSeller, s.SellerIDs[0]))
	page, err := s.Notifications(ctx, market.RoleBuyer, s.BuyerID, false, market.PageRequest{Size: 1})
	require.NoError(t, err)
	newest := page.Content[0]
	require.Equal(t, market.NoticeOrderPaid, newest.Kind)
	require.Nil(t, newest.ReadAt)
	require.NoError(t, s.ReadNotification(ctx, market.RoleBuyer, s.BuyerID, newest.ID))
	refused(t, market.CodeNotificationNotFound, s.ReadNotification(ctx, market.RoleBuyer, s.BuyerID+1, newest.ID))
	refused(t, market.CodeNotificationNotFound, s.ReadNotification(ctx, market.RoleSeller, s.BuyerID, newest.ID))
	require.EqualValues(t, 1, unread(market.RoleBuyer, s.BuyerID))
	page, err = s.Notifications(ctx, market.RoleBuyer, s.BuyerID, true,
		market.PageRequest{Size: 10})
	require.NoError(t, err)
	require.Len(t, page.Content, 1)
	require.Equal(t, market.NoticeOrderPlaced, page.Content[0].Kind)
	require.NoError(t, s.ReadAllNotifications(ctx, market.RoleBuyer, s.BuyerID))
	require.Zero(t, unread(market.RoleBuyer, s.BuyerID))
	require.EqualValues(t, 3, unread(market.RoleSeller, s.SellerIDs[0]))
}

func TestNotifications_UnverifiedAddress_GetsFewMailsADay(t *testing.T) {
	t.Parallel()
	s, ctx := testrig.NewShop(t, 1, nil), t.Context()
	exec := func(query string, args ...any) {
		t.Helper()
		_, err := s.Pool().Exec(ctx, query, args...)
		require.NoError(t, err)
	}
	exec(`INSERT INTO restock_notifications (user_id, product_id, message, restock_id)
		SELECT $1, $2, 'm', i FROM generate_series(1, 60) i`, s.BuyerID, s.ProductIDs[0])
	mails := func() int { return s.Number(t, "SELECT count(*) FROM mails WHERE role = 'BUYER'") }
	require.Equal(t, 50, mails())
	require.Equal(t, 60, s.Number(t, "SELECT count(*) FROM notifications WHERE role = 'BUYER'"))
	exec("UPDATE buyers SET email_verified_at = now()")
	exec(`INSERT INTO restock_notifications (user_id, product_id, message, restock_id)
		SELECT $1, $2, 'm', i FROM generate_series(61, 70) i`, s.BuyerID, s.ProductIDs[0])
	require.Equal(t, 60, mails())
}

func TestWithdraw_Notifications_AreErased(t *testing.T) {
	t.Parallel()
	s, ctx := testrig.NewShop(t, 1, nil), t.Context()
	_, err := s.Pool().Exec(ctx, `INSERT INTO restock_notifications (user_id, product_id, message) VALUES ($1, $2, 'm')`,
		s.BuyerID, s.ProductIDs[0])
	require.NoError(t, err)
	require.Equal(t, 3, s.Number(t, "SELECT count(*) FROM notifications"))
	require.NoError(t, s.WithdrawBuyer(ctx, s.BuyerID))
	require.Equal(t, 2, s.Number(t, "SELECT count(*) FROM notifications"))
	require.NoError(t, s.WithdrawSeller(ctx, s.SellerIDs[0]))
	require.Zero(t, s.Number(t, "SELECT count(*) FROM notifications"))
}

// The mails of a day's settlements hold up neither a payment's news nor a mail with a token.
func TestClaimFollowUps_ManyNotifications_ComeLast(t *testing.T) {
	t.Parallel()
	s, ctx := testrig.NewShop(t, 1, nil), t.Context()
	s.Sell(t, "o", s.ProductIDs[0])
	_, err := s.Pool().Exec(ctx, `DELETE FROM follow_ups WHERE NOT bulk`)
	require.NoError(t, err)
	bulk := s.Number(t, "SELECT count(*) FROM follow_ups")
	require.Positive(t, bulk)
	require.NoError(t, s.RequestPasswordReset(ctx, market.RoleBuyer, "b@example.com"))
	_, err = s.Pool().Exec(ctx, "INSERT INTO follow_ups (kind, subject_id) VALUES ($1, 1)",
		market.FollowUpPaymentChanged)
	require.NoError(t, err)
	first, err := s.ClaimFollowUps(ctx, 2)
	require.NoError(t, err)
	for _, f := range first {
		require.False(t, f.Bulk, f.Kind)
	}
	rest, err := s.ClaimFollowUps(ctx, 100)
	require.NoError(t, err)
	require.Len(t, rest, bulk)
	for _, f := range rest {
		require.True(t, f.Bulk, f.Kind)
		require.Equal(t, market.FollowUpMail, f.Kind)
	}
}
