package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"github.com/all-in-market/market/deploy/portone/portonesim"
	"github.com/all-in-market/market/worker"
	"github.com/all-in-market/market/workflows"
)

const (
	// redirectCount is the number of payments of each kind that are measured.
	redirectCount = 50
	redirectAddr  = "127.0.0.1:18095"
	// abandonedFor is how long the workflow of an abandoned payment lives, and some time for its last steps.
	abandonedFor = 36 * time.Minute
)

// provider is a simulated PortOne that counts the calls to its API, apart from those that read its feed.
type provider struct {
	*portonesim.Simulator
	calls, polls atomic.Int64
	server       *http.Server
}

func newProvider() (*provider, error) {
	const webhookSecret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"
	for variable, value := range map[string]string{
		"PORTONE_URL": "http://" + redirectAddr, "PORTONE_STORE_ID": "store-bench", "PORTONE_API_SECRET": "api-secret",
		"PORTONE_WEBHOOK_SECRETS": webhookSecret, "PORTONE_CHANNELS": "CARD=channel-card", "PORTONE_PER_SECOND": "1000",
	} {
		if err := os.Setenv(variable, value); err != nil { // the marketplace's process inherits it
			return nil, err
		}
	}
	s, err := portonesim.New(portonesim.Options{
		StoreID: "store-bench", APISecret: "api-secret", WebhookSecret: webhookSecret, Live: true,
		WebhookURL: "http://" + apiAddr + "/webhooks/portone",
	})
	if err != nil {
		return nil, err
	}
	p := &provider{Simulator: s}
	listener, err := net.Listen("tcp", redirectAddr)
	if err != nil {
		return nil, err
	}
	handler := s.Handler()
	p.server = &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(
		func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "-by-cursor") {
				p.polls.Add(1)
			} else {
				p.calls.Add(1)
			}
			handler.ServeHTTP(w, r)
		})}
	go func() { _ = p.server.Serve(listener) }()
	return p, nil
}

func (p *provider) stop() {
	_ = p.server.Close()
	p.Close()
}

// redirect counts what payments in the browser cost: those that are paid, and those that are opened and left. The
// latter live for 35 minutes.
func (b *bench) redirect(ctx context.Context) error {
	portOne, err := newProvider()
	if err != nil {
		return err
	}
	defer portOne.stop()
	p, sh, err := b.openMarket(ctx)
	if err != nil {
		return err
	}
	defer p.stop()
	c, err := b.connect(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	if err := worker.EnsureSchedules(ctx, c); err != nil {
		return err
	}
	t := b.table(fmt.Sprintf("What one of %d payments in the browser costs", redirectCount), "payment",
		"calls to the provider", "events", "actions", "minutes open")
	for _, kind := range []struct {
		name           string
		pays, confirms bool
	}{
		{"paid, and the browser returns", true, true},
		{"paid, and the provider's message comes", true, false},
		{"opened and left", false, false},
	} {
		before := portOne.calls.Load()
		orders, err := b.payInBrowser(ctx, sh, portOne, kind.pays, kind.confirms)
		if err != nil {
			return fmt.Errorf("%s: %w", kind.name, err)
		}
		if !kind.pays {
			fmt.Fprintf(os.Stderr, "waiting %s for the payments that were left\n", abandonedFor)
		}
		used, err := b.ended(ctx, c, orders)
		if err != nil {
			return fmt.Errorf("%s: %w", kind.name, err)
		}
		n := float64(len(orders))
		t.row(kind.name, float64(portOne.calls.Load()-before)/n, used.events/n, used.actions/n, used.minutes/n)
	}
	t.print()
	fmt.Printf("\nThe provider's feed was read %d times.\n", portOne.polls.Load())
	return ctx.Err()
}

// payInBrowser opens the payments of redirectCount orders, eight at a time, pays them in the window, and confirms them.
func (b *bench) payInBrowser(
	ctx context.Context, sh *shop, portOne *provider, pays, confirms bool,
) (orders []int64, err error) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	turn := make(chan struct{}, 8)
	for i := range redirectCount {
		wg.Go(func() {
			turn <- struct{}{}
			defer func() { <-turn }()
			order, one := sh.payInBrowser(ctx, sh.buyers[i], sh.products[i%len(sh.products)], portOne, pays, confirms)
			mu.Lock()
			defer mu.Unlock()
			orders = append(orders, order)
			if one != nil {
				err = one
			}
		})
	}
	wg.Wait()
	return orders, err
}

func (sh *shop) payInBrowser(
	ctx context.Context, b buyer, productID int64, portOne *provider, pays, confirms bool,
) (orderID int64, err error) {
	item, err := sh.fillCart(ctx, b, productID)
	if err != nil {
		return 0, err
	}
	if orderID, err = sh.orderItem(ctx, b, item); err != nil {
		return orderID, err
	}
	var opened struct {
		PaymentID      int64
		RequestPayment struct {
			StoreID, ChannelKey, PaymentID, OrderName, Currency, PayMethod string
			TotalAmount                                                    float64
		}
	}
	if err := sh.post(ctx, b, "/payments", map[string]any{"orderId": orderID, "method": "CARD"}, &opened); err != nil {
		return orderID, err
	}
	if !pays {
		return orderID, nil
	}
	w := opened.RequestPayment
	out := portOne.Pay(portonesim.Window{
		StoreID: w.StoreID, ChannelKey: w.ChannelKey, PaymentID: w.PaymentID, OrderName: w.OrderName,
		TotalAmount: int64(w.TotalAmount), Currency: w.Currency, PayMethod: w.PayMethod,
	}, portonesim.Approve)
	if out.Code != "" {
		return orderID, fmt.Errorf("the window answers %s", out.Code)
	}
	if !confirms {
		return orderID, nil
	}
	return orderID, sh.post(ctx, b, fmt.Sprintf("/payments/%d/confirm", opened.PaymentID),
		map[string]any{"transactionId": out.TxID}, &struct{}{})
}

// runUse is the cost of runs: events and Temporal Cloud actions, and the minutes for which they were open.
type runUse struct{ events, actions, minutes float64 }

// ended waits for the payments' workflows to end and returns the sum of their costs.
func (b *bench) ended(ctx context.Context, c client.Client, orders []int64) (used runUse, err error) {
	ctx, cancel := context.WithTimeout(ctx, abandonedFor)
	defer cancel()
	for _, order := range orders {
		id := workflows.PaymentWorkflowID(order)
		_ = c.GetWorkflow(ctx, id, "").Get(ctx, nil) // a refusal is a result; errors are those of the history
		var first, last time.Time
		open := true
		recorded := false
		for events := c.GetWorkflowHistory(ctx, id, "", false,
			enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT); events.HasNext(); {
			e, err := events.Next()
			if err != nil {
				return used, err
			}
			used.events++
			if last = e.GetEventTime().AsTime(); first.IsZero() {
				first = last
			}
			switch e.GetEventType() { //nolint:exhaustive // the others are no actions
			case enums.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED, enums.EVENT_TYPE_TIMER_STARTED,
				enums.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED, enums.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED,
				enums.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES:
				used.actions++
			case enums.EVENT_TYPE_ACTIVITY_TASK_STARTED:
				used.actions += float64(e.GetActivityTaskStartedEventAttributes().GetAttempt())
			case enums.EVENT_TYPE_WORKFLOW_TASK_COMPLETED:
				recorded = false
			case enums.EVENT_TYPE_MARKER_RECORDED: // all local activities of a task are one action
				if !recorded {
					used.actions++
				}
				recorded = true
			case enums.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED:
				open = false
			}
		}
		if open {
			return used, fmt.Errorf("workflow %s has not completed", id)
		}
		used.minutes += last.Sub(first).Minutes()
	}
	return used, nil
}
