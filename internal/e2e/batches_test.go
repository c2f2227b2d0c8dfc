package e2e

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/deploy/portone/portonesim"
	"github.com/all-in-market/market/internal/engine"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/simulator"
	"github.com/all-in-market/market/internal/testrig"
	"github.com/all-in-market/market/workflows"
)

// TestBatches is an operator who does the same to many workflows, in the console.
func TestBatches(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.cfg.DecisionWait = time.Second // one decision waits for a gateway that is away
	r.serveAll(t)
	product := r.product(t, r.seller(t).id, 10_000_00, 1000).ID
	d := r.desk(t, openBrowser(t), "en-US")
	// begin has the operator look for runs, see n of them, and begin a batch.
	begin := func(t *testing.T, query url.Values, n int, action market.BatchAction) (id int64) {
		t.Helper()
		testrig.Eventually(t, func() bool { // visibility lags behind
			d.do(t, chromedp.Navigate(r.admin+"/batches/new?"+query.Encode()))
			return strings.Contains(d.reads(t, "main"), fmt.Sprintf("%d runs selected", n))
		}, 20*time.Second, 200*time.Millisecond)
		d.do(t, chromedp.Click(fmt.Sprintf("input[value=%s]", action)),
			chromedp.SendKeys("input[name=reason]", "tried by hand"), chromedp.SetValue("input[name=perSecond]", "20"))
		d.do(t, chromedp.Click("[popovertarget=start]:not([popovertargetaction])", chromedp.NodeVisible))
		d.press(t, "#start button:not([type=button])")
		_, err := fmt.Sscanf(strings.TrimPrefix(d.at(t), r.admin), "/batches/%d", &id)
		require.NoError(t, err)
		return id
	}
	ends := func(t *testing.T, id int64, with string) {
		t.Helper()
		d.shows(t, "#batch", with)
		r.eventually(t, 1, "SELECT count(*) FROM batches WHERE id = $1 AND status <> 'RUNNING'", id)
	}

	t.Run("ten runs that were terminated are driven again", func(t *testing.T) {
		var refunds []int64
		for range 10 {
			refund, _ := r.refundToDecide(t, product, "다시")
			refunds = append(refunds, refund)
			require.NoError(t, r.temporal.TerminateWorkflow(context.Background(), workflows.RefundWorkflowID(refund),
				"",
				"the test ends it"))
		}
		id := begin(t, url.Values{"type": {"RefundApproval"}, "state": {"Terminated"}}, 10, market.BatchRedrive)
		d.looksRight(t, "batch")
		ends(t, id, "all 10, done 10, skipped 0, failed 0")
		for _, refund := range refunds {
			open, err := engine.NewClient(r.temporal, engine.NewAnswers(nil)).IsOpen(context.Background(),
				workflows.RefundWorkflowID(refund))
			require.NoError(t, err)
			require.True(t, open)
			approve(t, r.staff(t), refund)
		}
		r.eventually(t, 10, "SELECT count(*) FROM refunds WHERE status = 'SUCCESS'")
		require.Equal(t, "tried by hand", r.text(t, "SELECT reason FROM batches WHERE id = $1", id))
	})

	t.Run("payments that nobody tells of are asked about", func(t *testing.T) {
		r.portone.Set(portonesim.Faults{NoWebhooks: true})
		defer r.portone.Set(portonesim.Faults{})
		var orders []int64
		for range 3 {
			order, w, _ := r.openInBrowser(t, r.buyers(t, 1)[0], product)
			require.Empty(t, r.portone.Pay(w, portonesim.Approve).Code)
			orders = append(orders, order)
		}
		id := begin(t, url.Values{"type": {"PaymentApproval"}, "state": {"Running"}}, 3, market.BatchSignal)
		ends(t, id, "all 3, done 3, skipped 0, failed 0")
		for _, order := range orders {
			r.eventuallyPaid(t, order)
		}
	})

	t.Run("what waits for its next attempt is attempted now, what does not is skipped", func(t *testing.T) {
		waits, _ := r.refundToDecide(t, product, "은행이 쉼")
		idle, _ := r.refundToDecide(t, product, "기다림")
		r.simulator.Set(simulator.Knobs{FailBefore: true})
		defer r.simulator.Set(simulator.Knobs{})
		require.Equal(t, 202, r.staff(t).put(t, fmt.Sprintf("/admin/refunds/%d/complete", waits), nil).Status)
		query := url.Values{"type": {"RefundApproval"}, "state": {"Running"}}
		testrig.Eventually(t, func() bool { // it may just be under way
			id := begin(t, query, 2, market.BatchRetry)
			ends(t, id, "failed 0")
			return r.count(t, "SELECT count(*) FROM batch_runs WHERE batch_id = $1 AND workflow_id = $2 AND outcome = 'DONE'",
				id, workflows.RefundWorkflowID(waits)) == 1 &&
				r.count(t, "SELECT count(*) FROM batch_runs WHERE batch_id = $1 AND workflow_id = $2 AND outcome = 'SKIPPED'",
					id, workflows.RefundWorkflowID(idle)) == 1
		}, time.Minute, 100*time.Millisecond)
	})

	t.Run("a batch is stopped, and what had its turn has had it", func(t *testing.T) {
		query := engine.RunQuery{Type: "RefundApproval"}
		id, err := r.store.CreateBatch(context.Background(), market.NewBatch{
			Action: market.BatchRetry, Query: query.Until(time.Now()), Reason: "slowly", PerSecond: 1, Request: "slow",
			AdminID: int64(r.count(t, "SELECT min(id) FROM admins")),
		})
		require.NoError(t, err)
		r.eventually(t, 1, "SELECT least(1, count(outcome)) FROM batch_runs WHERE batch_id = $1", id)
		d.do(t, chromedp.Navigate(fmt.Sprintf("%s/batches/%d", r.admin, id)))
		d.press(t, "button.danger")
		require.Equal(t, "Stopping the batch.", d.reads(t, ".notice"))
		ends(t, id, "Stopped")
		require.Positive(t, r.count(t, "SELECT count(*) FROM batch_runs WHERE batch_id = $1 AND outcome IS NULL", id))
	})

	t.Run("what is no batch", func(t *testing.T) {
		d.do(t, chromedp.Navigate(r.admin+"/batches/new?type=Payout&state=Failed"))
		require.Contains(t, d.reads(t, ".empty"), "No workflows found.")
		d.looksRight(t, "batch-new")
		d.do(t, chromedp.Navigate(r.admin+"/batches"))
		d.looksRight(t, "batches")
		cookie, good := d.cookie(t), url.Values{
			"type": {"Payout"}, "action": {"CANCEL"}, "perSecond": {"5"}, "reason": {"why"}, "key": {"the form's"},
		}
		for field, bad := range map[string]string{
			"type": "Checkout' OR 1=1", "action": "REDRIVE", "perSecond": "51", "reason": " ", "key": "", "order": "x", "from": "x",
			"state": "'",
		} {
			form := url.Values{}
			for name, values := range good {
				form[name] = values
			}
			form.Set(field, bad)
			status, _ := r.ask(t, http.MethodPost, "/batches", form, cookie)
			require.Equal(t, 400, status, field)
		}
		for range 2 {
			status, _ := r.ask(t, http.MethodPost, "/batches", good, cookie)
			require.Equal(t, 303, status)
		}
		r.eventually(t, 1, "SELECT count(*) FROM batches WHERE action = 'CANCEL' AND status = 'DONE'")
		for path, want := range map[string]int{
			"/batches/999999": 404, "/batches/x": 400, "/batches/new?type=x": 400, "/batches?page=-1": 400,
		} {
			status, _ := r.ask(t, http.MethodGet, path, nil, cookie)
			require.Equal(t, want, status, path)
		}
		status, _ := r.ask(t, http.MethodPost, "/batches/999999/cancel", nil, cookie)
		require.Equal(t, 404, status)
	})
	r.settleDown(t)
	r.verify(t)
}
