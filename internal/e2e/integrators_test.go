package e2e

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/app"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/testrig"
	"github.com/all-in-market/market/workflows"
)

// told is a message as a receiver gets it.
type told struct {
	ID   string
	Type string
	Data map[string]any
	Good int // number of its valid signatures by secrets of the receiver
}

// A receiver is an integrator's server.
type receiver struct {
	address string

	mu      sync.Mutex
	answer  int
	secrets []string
	got     []told
	asked   int // includes refused deliveries
}

func receive(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{answer: http.StatusNoContent}
	s := httptest.NewServer(http.HandlerFunc(r.take))
	t.Cleanup(s.Close)
	r.address = s.URL + "/hooks"
	return r
}

func (r *receiver) take(w http.ResponseWriter, q *http.Request) {
	body, _ := io.ReadAll(q.Body)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked++
	var m struct {
		Type string
		Data map[string]any
	}
	if r.answer/100 == 2 && json.Unmarshal(body, &m) == nil {
		id := q.Header.Get("Webhook-Id")
		t := told{ID: id, Type: m.Type, Data: m.Data}
		for _, secret := range r.secrets {
			key, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
			mac := hmac.New(sha256.New, key)
			_, _ = fmt.Fprintf(mac, "%s.%s.%s", id, q.Header.Get("Webhook-Timestamp"), body)
			if strings.Contains(q.Header.Get("Webhook-Signature"),
				"v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil))) {
				t.Good++
			}
		}
		r.got = append(r.got, t)
	}
	w.WriteHeader(r.answer)
}

func (r *receiver) answers(status int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = status
}

// types returns the types of its messages, in order, once there are n.
func (r *receiver) types(t *testing.T, n int) (types []string) {
	t.Helper()
	testrig.Eventually(t, func() bool {
		r.mu.Lock()
		defer r.mu.Unlock()
		return len(r.got) >= n
	}, 30*time.Second, 50*time.Millisecond, "%d messages arrive: %v", n, r)
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, m := range r.got {
		types = append(types, m.Type)
	}
	return types
}

// everyEvent lists all events.
var everyEvent = []string{
	"order.paid", "order.shipped", "order.refunded", "parcel.shipped", "parcel.delivered", "settlement.completed",
	"payout.paid", "payout.failed",
}

// connect subscribes a receiver to all events, and returns the address of its endpoint in the API.
func connect(t *testing.T, p *person, base string, r *receiver) (endpoint string) {
	t.Helper()
	made := p.post(t, base, map[string]any{"url": r.address, "events": everyEvent, "perSecond": 50})
	require.Equal(t, 201, made.Status, made)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.secrets = append(r.secrets, made.field("secret").(string))
	return fmt.Sprintf("%s/%d", base, made.id("endpointId"))
}

// The marketplace of everything, a seller of its own part, each in
// the order in which it has happened, once, and signed.
func TestWebhooks_EachEvent_IsDelivered(t *testing.T) {
	t.Parallel()
	r := start(t)
	one, two, staff := r.seller(t), r.seller(t), r.staff(t)
	p, q := r.product(t, one.id, 10_000_00, 100), r.product(t, two.id, 3_000_00, 100)
	before := r.buyers(t, 1)[0]
	_, _ = r.paidOrder(t, before, line{p.ID, 1}) // earlier events are not delivered
	r.settleDown(t)
	r.eventually(t, 0, "SELECT count(*) FROM audit_unchained")
	own, all := receive(t), receive(t)
	endpoint := connect(t, one, "/seller/webhooks", own)
	connect(t, staff, "/admin/webhooks", all)

	buyer := r.buyers(t, 1)[0]
	order, items := r.paidOrder(t, buyer, line{p.ID, 2}, line{q.ID, 1})
	require.Equal(t, []string{"order.paid"}, own.types(t, 1))
	require.Equal(t, map[string]any{
		"orderId": float64(order), "paymentId": float64(r.count(t, "SELECT id FROM payments WHERE order_id = $1", order)),
		"amount": 20_000.0, "orderItemIds": []any{float64(items[0])},
	}, own.got[0].Data, "its own part")
	require.Equal(t, []string{"order.paid"}, all.types(t, 1))
	require.Equal(t, 23_000.0, all.got[0].Data["amount"])

	require.Equal(t, 200, one.put(t, shipPath(items[0]), parcel).Status)
	refund := buyer.post(t, refundsOf(order), pieces(items[1], 1))
	require.Equal(t, 201, refund.Status, refund)
	require.True(t, approve(t, staff, refund.id("refundId")).Success)
	require.Equal(t, []string{"order.paid", "parcel.shipped", "order.shipped", "order.refunded"}, all.types(t, 4))
	require.Equal(t, 200, one.put(t, deliverPath(items[0]), nil).Status)
	require.Equal(t, "parcel.delivered", all.types(t, 5)[4])
	r.soldOn(t, lastPeriod().End)
	r.closeDay(t, lastPeriod().End)
	r.eventually(t, 1, "SELECT count(*) FROM payouts WHERE status = 'SUCCESS'")
	require.Equal(t, []string{
		"order.paid", "parcel.shipped", "order.shipped", "parcel.delivered", "settlement.completed", "payout.paid",
	}, own.types(t, 6), "the refund was of another seller's")
	require.Equal(t, "settlement.completed", all.types(t, 7)[5])
	for _, at := range []*receiver{own, all} {
		ids := map[string]bool{}
		for _, m := range at.got {
			require.Equal(t, 1, m.Good, "%v is signed", m)
			require.False(t, ids[m.ID], "%v came once", m)
			ids[m.ID] = true
		}
	}

	messages := one.get(t, endpoint+"/messages?status=DELIVERED")
	require.Len(t, messages.field("content"), 6)
	require.Equal(t, 404, two.get(t, endpoint+"/messages").Status, "another seller's")
	require.NotContains(t, r.text(t, "SELECT string_agg(w::text, '') FROM webhook_endpoints w"), own.secrets[0])
	r.settleDown(t)
	r.verify(t)
}

// A failing endpoint loses no message, delays no other endpoint, and receives all messages, in
// order, when its owner retries. Deliveries follow the schedule of delays.
func TestWebhooks_EndpointFails_LosesNothing(t *testing.T) {
	t.Parallel()
	r := start(t)
	seller := r.seller(t)
	p := r.product(t, seller.id, 10_000_00, 100)
	away, there := receive(t), receive(t)
	endpoint := connect(t, seller, "/seller/webhooks", away)
	connect(t, seller, "/seller/webhooks", there)
	away.answers(http.StatusInternalServerError)
	for n := range 3 {
		_, _ = r.paidOrder(t, r.buyers(t, 1)[0], line{p.ID, 1})
		there.types(t, n+1)
	}
	r.eventually(t, 2, "SELECT attempts FROM webhook_messages ORDER BY attempts DESC LIMIT 1") // the second after 5 s
	require.Equal(t, 2, away.asked)
	waiting := seller.get(t, endpoint+"/messages?status=PENDING")
	require.Len(t, waiting.field("content"), 3)
	require.Contains(t, fmt.Sprint(waiting), "500 Internal Server Error")

	signals := func() (n int) {
		id, err := strconv.ParseInt(path.Base(endpoint), 10, 64)
		require.NoError(t, err)
		h, err := r.history(workflows.WebhookWorkflowID(id))
		require.NoError(t, err)
		return strings.Count(strings.Join(eventTypes(h), " "), "WorkflowExecutionSignaled")
	}
	before := signals()
	_, _ = r.paidOrder(t, r.buyers(t, 1)[0], line{p.ID, 1})
	there.types(t, 4)
	require.Equal(t, before, signals(), "what waits for long fills no history")

	away.answers(http.StatusOK)
	require.Equal(t, 200, seller.put(t, endpoint, map[string]string{"status": "ACTIVE"}).Status)
	away.types(t, 4)
	for i, m := range away.got {
		require.Equal(t, there.got[i].Data, m.Data, "in the order in which it has happened")
	}

	// An endpoint that responds 410 is paused; its messages wait.
	away.answers(http.StatusGone)
	_, _ = r.paidOrder(t, r.buyers(t, 1)[0], line{p.ID, 1})
	r.eventually(t, 1, "SELECT count(*) FROM webhook_endpoints WHERE status = 'PAUSED' AND problem = 'GONE'")
	require.Equal(t, 1, r.count(t, "SELECT count(*) FROM mails WHERE kind = 'WEBHOOK_PAUSED' AND role = 'SELLER' AND account_id = $1",
		seller.id))
	_, _ = r.paidOrder(t, r.buyers(t, 1)[0], line{p.ID, 1})
	there.types(t, 6)
	away.answers(http.StatusOK)
	require.Len(t, away.types(t, 4), 4)
	another := seller.put(t, endpoint+"/secret", nil)
	require.Equal(t, 200, another.Status)
	away.mu.Lock()
	away.secrets = append(away.secrets, another.field("secret").(string))
	away.mu.Unlock()
	require.Equal(t, 200, seller.put(t, endpoint, map[string]string{"status": "ACTIVE"}).Status)
	away.types(t, 6)
	require.Equal(t, 2, away.got[5].Good, "for a day the secret before signs as well")

	// Again, by hand.
	id := strings.TrimPrefix(away.got[1].ID, "msg_")
	require.Equal(t, 200, seller.put(t, endpoint+"/messages/"+id+"/replay", nil).Status)
	away.types(t, 7)
	require.Equal(t, away.got[1].ID, away.got[6].ID, "with the same id")
	require.Equal(t, 200, seller.delete(t, endpoint).Status)
	_, _ = r.paidOrder(t, r.buyers(t, 1)[0], line{p.ID, 1})
	there.types(t, 7)
	require.Len(t, away.types(t, 7), 7)
	r.settleDown(t)
	r.verify(t)
}

// A busy endpoint receives many messages in few steps of its workflow.
func TestWebhooks_BusyEndpoint_KeepsTheOrder(t *testing.T) {
	t.Parallel()
	r := start(t)
	seller := r.seller(t)
	p := r.product(t, seller.id, 10_000_00, 100)
	at := receive(t)
	endpoint := connect(t, seller, "/seller/webhooks", at)
	require.Equal(t, 200, seller.put(t, endpoint, map[string]string{"status": "PAUSED"}).Status)
	const many = 60
	for _, b := range r.buyers(t, many) {
		_, _ = r.paidOrder(t, b, line{p.ID, 1})
	}
	r.eventually(t, many, "SELECT count(*) FROM webhook_messages")
	require.Equal(t, 200, seller.put(t, endpoint, map[string]string{"status": "ACTIVE"}).Status)
	at.types(t, many)
	id, err := strconv.ParseInt(path.Base(endpoint), 10, 64)
	require.NoError(t, err)
	h, err := r.history(workflows.WebhookWorkflowID(id))
	require.NoError(t, err)
	require.Less(t, len(h.Events), many)
	for i := range at.got[1:] {
		require.Less(t, number(t, at.got[i].ID), number(t, at.got[i+1].ID), "in order")
	}
}

// number is that of a message's id.
func number(t *testing.T, id string) (n int) {
	t.Helper()
	n, err := strconv.Atoi(strings.TrimPrefix(id, "msg_"))
	require.NoError(t, err)
	return n
}

// It is killed before and after it sends, and the message
// arrives, with one id.
func TestWebhooks_SenderKilled_IsSentAgain(t *testing.T) {
	for _, point := range []string{"before", "after"} {
		t.Run(point, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			front := r.serve(t, app.Roles{API: true})
			r.api = "http://" + front.Addr("api")
			seller := r.seller(t)
			p := r.product(t, seller.id, 10_000_00, 100)
			at := receive(t)
			connect(t, seller, "/seller/webhooks", at)
			doomed := r.spawn(t, app.Roles{Worker: true}, "TellEndpoint:"+point)
			_, _ = r.paidOrder(t, r.buyers(t, 1)[0], line{p.ID, 1})
			doomed.died(t)
			r.serve(t, app.Roles{Worker: true})
			r.eventually(t, 1, "SELECT count(*) FROM webhook_messages WHERE status = 'DELIVERED'")
			for _, m := range at.got {
				require.Equal(t, at.got[0].ID, m.ID)
			}
			require.LessOrEqual(t, len(at.got), 2)
			r.settleDown(t)
			r.verify(t)
		})
	}
}

func TestWebhooks_AddressInvalid_IsRefused(t *testing.T) {
	t.Parallel()
	r := start(t)
	seller := r.seller(t)
	good := map[string]any{"url": "https://example.com/hooks", "events": []string{"order.paid"}}
	for field, values := range map[string][]any{
		"url":       {nil, "", " ", "x", "ftp://example.com", "https://a:b@example.com", strings.Repeat("x", 1001)},
		"events":    {nil, []string{}, []string{"order.unknown"}, "order.paid", []int{1}},
		"perSecond": {-1, 51, 1.5, "x"},
	} {
		for _, value := range values {
			body := map[string]any{}
			for k, v := range good {
				body[k] = v
			}
			body[field] = value
			refused := seller.post(t, "/seller/webhooks", body)
			require.Equal(t, 400, refused.Status, "%s %v", field, value)
		}
	}
	made := seller.post(t, "/seller/webhooks", good)
	require.Equal(t, 201, made.Status)
	require.Equal(t, 5.0, made.field("perSecond"))
	endpoint := fmt.Sprintf("/seller/webhooks/%d", made.id("endpointId"))
	listed := seller.get(t, "/seller/webhooks")
	require.NotContains(t, fmt.Sprint(listed), "whsec_", "a secret is shown once")
	for _, body := range []map[string]any{{"status": "X"}, {"perSecond": 0}, {"events": []string{"x"}}, {"url": "x"}} {
		require.Equal(t, 400, seller.put(t, endpoint, body).Status, body)
	}
	require.Equal(t, string(market.CodeWebhookMessageNotFound), seller.put(t, endpoint+"/messages/1/replay", nil).Code)
	require.Equal(t, string(market.CodeWebhookEndpointNotFound), seller.delete(t, "/seller/webhooks/999").Code)
	require.Equal(t, map[string]int{"201 CREATE_SUCCESS": 9, "409 DATA_CONFLICT": 3},
		codes(together(12, func(int) *answer { return seller.post(t, "/seller/webhooks", good) })), "there may be ten")
	require.EqualValues(t, 0, r.countWorkflows(t, fmt.Sprintf("WorkflowId = '%s'",
		workflows.WebhookWorkflowID(made.id("endpointId")))))
}

// Staff sees in the console why an endpoint is paused, activates it, and has a message delivered
// again.
func TestWebhooks_InTheConsole_AreManaged(t *testing.T) {
	t.Parallel()
	b := openBrowser(t)
	r := start(t)
	d := r.desk(t, b, "en-US")
	d.do(t, chromedp.Navigate(r.admin+"/webhooks"))
	require.Contains(t, d.reads(t, ".empty"), "POST /admin/webhooks")
	seller := r.seller(t)
	p := r.product(t, seller.id, 10_000_00, 100)
	at := receive(t)
	at.answers(http.StatusGone)
	connect(t, seller, "/seller/webhooks", at)
	_, _ = r.paidOrder(t, r.buyers(t, 1)[0], line{p.ID, 1})
	r.eventually(t, 1, "SELECT count(*) FROM webhook_endpoints WHERE status = 'PAUSED'")
	d.do(t, chromedp.Navigate(r.admin+"/webhooks"))
	require.Contains(t, d.reads(t, "table"), "Endpoint answered 410 Gone")
	d.looksRight(t, "webhooks")
	d.press(t, "td a")
	require.Contains(t, d.reads(t, "table"), "410 Gone · attempts: 1")
	d.looksRight(t, "webhook")
	at.answers(http.StatusOK)
	d.press(t, "button[value=ACTIVE]")
	require.Contains(t, d.reads(t, ".notice"), "Waiting messages are sent")
	at.types(t, 1)
	r.eventually(t, 1, "SELECT count(*) FROM webhook_messages WHERE status = 'DELIVERED'")
	d.do(t, chromedp.Navigate(r.admin+"/webhooks/1"))
	d.press(t, "td button")
	require.Contains(t, d.reads(t, ".notice"), "sent again")
	at.types(t, 2)
	require.Equal(t, at.got[0].ID, at.got[1].ID)
	d.press(t, "button[value=PAUSED]")
	require.Equal(t, 1, r.count(t, "SELECT count(*) FROM webhook_endpoints WHERE status = 'PAUSED' AND problem IS NULL"))
	cookie := d.cookie(t)
	for path, status := range map[string]int{
		"/webhooks/99": 404, "/webhooks/x": 400, "/webhooks?page=-1": 400, "/webhooks/1?status=X": 400,
	} {
		got, _ := r.ask(t, http.MethodGet, path, nil, cookie)
		require.Equal(t, status, got, path)
	}
	for path, status := range map[string]int{
		"/webhooks/99": 404, "/webhooks/1/messages/99/replay": 404, "/webhooks/1": 400,
	} {
		got, _ := r.ask(t, http.MethodPost, path, nil, cookie)
		require.Equal(t, status, got, path)
	}
}
