package e2e

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
	wording "github.com/all-in-market/market/internal/notices"
)

// titled returns the mail whose subject has a title.
func titled(t *testing.T, all []receivedMail, title string) receivedMail {
	t.Helper()
	for _, m := range all {
		if strings.Contains(m.Subject, title) {
			return m
		}
	}
	require.Fail(t, "no mail", "%s in %v", title, all)
	return receivedMail{}
}

var pageInMail = regexp.MustCompile(`https://market\.example(/\S+)`)

// A buyer who reads English and a seller who reads Korean live through an order and a refund that is denied; a mail
// that the server rejects holds up none of theirs.
func TestNotifications_OrderAndDenial_AreMailedInTheReadersLanguage(t *testing.T) {
	t.Parallel()
	r := start(t)
	ctx := t.Context()
	b, seller, admin, bad := r.buyer(t), r.seller(t), r.staff(t), r.buyer(t)
	buyerMail, sellerMail := anAddress(), anAddress()
	for query, args := range map[string][]any{
		"UPDATE buyers SET email = $1 WHERE id = $2": {buyerMail, b.id}, "UPDATE sellers SET email = $1 WHERE id = $2": {sellerMail, seller.id},
		"UPDATE buyers SET email = 'nobody-' || $1::text || '@invalid.test' WHERE id = $2": {fmt.Sprint(bad.id), bad.id},
	} {
		_, err := r.store.Pool().Exec(ctx, query, args...)
		require.NoError(t, err)
	}
	me := b.put(t, "/buyers/me", map[string]string{"language": "en"})
	require.Equal(t, "en", me.field("language"), me)
	require.Equal(t, "400 INVALID_INPUT", statusCode(b.put(t, "/buyers/me", map[string]string{"language": "fr"})))
	p := r.product(t, seller.id, 12_345_00, 100)
	_, _ = r.paidOrder(t, bad, line{p.ID, 1})
	order, items := r.paidOrder(t, b, line{p.ID, 1})

	paid := notices(t, buyerMail, 2)
	titles := paid[0].Subject + "\n" + paid[1].Subject
	require.Contains(t, titles, "We received your order: "+p.Name)
	require.Contains(t, titles, "Your payment is complete: "+p.Name)
	number := fmt.Sprint(order)
	for _, m := range append(paid, notices(t, sellerMail, 2)...) { // the seller has both orders
		for _, text := range []string{p.Name, "12,345"} {
			require.Contains(t, m.Body, text)
			require.Contains(t, m.HTML, text)
		}
		links := pageInMail.FindAllStringSubmatch(m.Body, -1)
		require.NotEmpty(t, links, m.Body)
		for _, link := range links {
			status, _ := get(r.api + link[1])
			require.Equal(t, 200, status, link[1])
		}
	}
	missing, _ := get(r.api + "/shop/no-such-page")
	require.Equal(t, 404, missing, "a link to nowhere is noticed")
	require.Contains(t, paid[0].Body, number)
	require.Contains(t, notices(t, sellerMail, 2)[0].Subject, "새 주문이 들어왔습니다")

	refund := b.post(t, refundsOf(order), pieces(items[0], 1))
	require.Equal(t, 201, refund.Status, refund)
	denial := admin.put(t, fmt.Sprintf("/admin/refunds/%d/deny", refund.id("refundId")),
		map[string]string{"deniedReason": "opened <b>package</b>"})
	require.Equal(t, 200, denial.Status, denial)
	denied := titled(t, notices(t, buyerMail, 4), "Your refund request was denied")
	require.Contains(t, denied.Body, "Reason: opened <b>package</b>")
	require.Contains(t, denied.HTML, "opened &lt;b&gt;package&lt;/b&gt;")
	titled(t, notices(t, sellerMail, 4), "환불 요청이 거절되었습니다")

	inbox := b.get(t, "/notifications?unread=true")
	require.EqualValues(t, 4, inbox.id("totalElements"))
	require.EqualValues(t, 4, b.get(t, "/notifications/unread-count").field("unread"))
	require.EqualValues(t, 2+4, seller.get(t, "/seller/notifications/unread-count").field("unread"))
	newest := inbox.field("content").([]any)[0].(map[string]any)
	require.Equal(t, string(market.NoticeRefundDenied), newest["kind"])
	require.Equal(t, "환불 요청이 거절되었습니다", newest["title"], "of the request's language")
	require.Equal(t, "/orders/"+number, newest["path"])
	id := int64(newest["notificationId"].(float64))
	require.Equal(t, "404 NOTIFICATION_NOT_FOUND",
		statusCode(seller.post(t, fmt.Sprintf("/seller/notifications/%d/read", id), nil)))
	for range 2 {
		require.Equal(t, "200 UPDATE_SUCCESS", statusCode(b.post(t, fmt.Sprintf("/notifications/%d/read", id), nil)))
	}
	require.EqualValues(t, 3, b.get(t, "/notifications/unread-count").field("unread"))
	require.Equal(t, 200, b.post(t, "/notifications/read-all", nil).Status)
	require.EqualValues(t, 0, b.get(t, "/notifications/unread-count").field("unread"))

	off := b.put(t, "/notification-preferences", map[string]any{"orderMails": false})
	require.Equal(t, []any{false, true, true, "en"}, []any{
		off.field("orderMails"), off.field("refundMails"), off.field("restockMails"), off.field("language"),
	}, off)
	require.Equal(t, "400 INVALID_INPUT",
		statusCode(b.put(t, "/notification-preferences", map[string]any{"stockMails": false})))
	_, _ = r.paidOrder(t, b, line{p.ID, 1})
	again := notices(t, buyerMail, 5)[0]
	require.Contains(t, again.Subject, "Your payment is complete", "mails about money are always sent")
	require.EqualValues(t, 2, b.get(t, "/notifications/unread-count").field("unread"))
}

// The pages are the keys of twins, which TestPages_EachRoute_HasATwinInJSON compares with the routes.
func TestNotices_EachTopic_LeadsToAPage(t *testing.T) {
	t.Parallel()
	order := market.NotificationFacts{OrderID: 4}
	settlement, product := market.NotificationFacts{SettlementID: 5}, market.NotificationFacts{ProductID: 6}
	for role, all := range map[market.Role][]market.Notification{
		market.RoleBuyer: {
			{Topic: market.TopicOrders, Facts: order}, {Topic: market.TopicRefunds, Facts: order},
			{Topic: market.TopicMoney, Facts: order}, {Topic: market.TopicRestock, Facts: product},
		},
		market.RoleSeller: {
			{Topic: market.TopicOrders, Facts: order}, {Topic: market.TopicRefunds, Facts: order},
			{Topic: market.TopicStock, Facts: product}, {Topic: market.TopicSettlement, Facts: settlement},
			{Topic: market.TopicMoney, Facts: settlement}, {Topic: market.TopicAccount},
		},
	} {
		site := "/shop"
		if role == market.RoleSeller {
			site = "/seller-center"
		}
		for _, n := range all {
			path := site + wording.Of(n, role, market.English).Path
			page := regexp.MustCompile(`/\d+$`).ReplaceAllStringFunc(path, func(string) string {
				switch {
				case n.Facts.SettlementID != 0:
					return "/{settlementId}"
				case n.Facts.ProductID != 0:
					return "/{productId}"
				}
				return "/{orderId}"
			})
			require.Contains(t, twins, "GET "+page, "%s %s", role, n.Topic)
		}
	}
}
