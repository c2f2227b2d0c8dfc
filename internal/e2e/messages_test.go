package e2e

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/interceptor"

	"github.com/all-in-market/market/app"
	"github.com/all-in-market/market/internal/engine"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/testrig"
	"github.com/all-in-market/market/worker"
	"github.com/all-in-market/market/workflows"
)

// messageOf returns the standalone activity with an id.
func (r *rig) messageOf(id string) client.ActivityHandle {
	return r.temporal.GetActivityHandle(client.GetActivityHandleOptions{ActivityID: id})
}

func (r *rig) messageStatus(t *testing.T, id string) (status enums.ActivityExecutionStatus, runID string) {
	t.Helper()
	d, err := r.messageOf(id).Describe(t.Context(), client.DescribeActivityOptions{})
	require.NoError(t, err)
	return d.Status, d.ActivityRunID
}

// operate has an operator do something with the messages of a type that are in a state, and returns the outcomes.
func (r *rig) operate(t *testing.T, action market.BatchAction, kind, state string, n int) (outcomes map[string]int) {
	t.Helper()
	q := engine.RunQuery{Type: kind, Status: state}
	operator := engine.NewOperator(r.temporal, r.cfg.TemporalNamespace, nil, nil)
	testrig.Eventually(t, func() bool { // visibility lags behind
		found, err := operator.CountRuns(t.Context(), q.Until(time.Now().Add(time.Hour)))
		return err == nil && int(found) == n
	}, 30*time.Second, 100*time.Millisecond, state)
	batch, err := r.store.CreateBatch(t.Context(), market.NewBatch{
		Action: action, Query: q.Until(time.Now().Add(time.Hour)), Reason: "by hand", PerSecond: 50,
		Request: fmt.Sprint(action, kind, state, time.Now().UnixNano()), AdminID: int64(r.count(t, "SELECT min(id) FROM admins")),
	})
	require.NoError(t, err)
	r.eventually(t, 1, "SELECT count(*) FROM batches WHERE id = $1 AND status = 'DONE'", batch)
	outcomes = map[string]int{}
	rows, err := r.store.Pool().Query(t.Context(), "SELECT outcome, count(*) FROM batch_runs WHERE batch_id = $1 GROUP BY 1", batch)
	require.NoError(t, err)
	defer rows.Close()
	for rows.Next() {
		var outcome string
		var count int
		require.NoError(t, rows.Scan(&outcome, &count))
		outcomes[outcome] = count
	}
	return outcomes
}

// A message that has been sent is not sent again, one that
// has failed is, and operators find and operate messages as they do workflows.
func TestMessages_AsStandaloneActivities_AreSentOnceAndOperated(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.cfg.NotificationURL, r.cfg.NotificationClientID, r.cfg.NotificationSecret = "http://127.0.0.1:1", "market",
		"secret"
	r.cfg.SMTPURL = "smtp://127.0.0.1:1"
	r.serveAll(t)
	r.staff(t)
	ctx := t.Context()
	messages := engine.NewClient(r.temporal, engine.NewAnswers(nil))
	restock := workflows.RestockInput{ProductID: 7, RestockID: 1}
	id := workflows.RestockWorkflowID(7, 1)
	const restocks = "ActivityType = 'NotifyRestock'"

	require.NoError(t, messages.StartRestock(ctx, restock))
	require.NoError(t, messages.StartRestock(ctx, restock), "it is under way")
	testrig.Eventually(t, func() bool { // the receiver is away: it waits for its next attempt, of four
		d, err := r.messageOf(id).Describe(ctx, client.DescribeActivityOptions{})
		return err == nil && d.Attempt >= 3 && d.RunState == enums.PENDING_ACTIVITY_STATE_SCHEDULED
	}, time.Minute, 20*time.Millisecond)
	require.Equal(t, map[string]int{"SKIPPED": 1}, r.operate(t, market.BatchRedrive, "Restock", "Running", 1))
	testrig.Eventually(t, func() bool {
		status, _ := r.messageStatus(t, id)
		return status == enums.ACTIVITY_EXECUTION_STATUS_FAILED
	}, time.Minute, 100*time.Millisecond)
	_, failed := r.messageStatus(t, id)
	require.Equal(t, map[string]int{"SKIPPED": 1}, r.operate(t, market.BatchRetry, "Restock", "Failed", 1))
	require.Equal(t, map[string]int{"DONE": 1}, r.operate(t, market.BatchRedrive, "Restock", "Failed", 1))
	_, again := r.messageStatus(t, id)
	require.NotEqual(t, failed, again)
	require.Equal(t, map[string]int{"SKIPPED": 1}, r.operate(t, market.BatchRedrive, "Restock", "Failed", 1),
		"a later run has taken its place")
	testrig.Eventually(t, func() bool {
		d, err := r.messageOf(id).Describe(ctx, client.DescribeActivityOptions{})
		return err == nil && (d.Status != enums.ACTIVITY_EXECUTION_STATUS_RUNNING ||
			d.Attempt >= 2 && d.RunState == enums.PENDING_ACTIVITY_STATE_SCHEDULED)
	}, time.Minute, 20*time.Millisecond)
	require.NoError(t, messages.StartRestock(ctx, restock), "one that has failed is begun again")
	require.NoError(t, r.messageOf(id).Cancel(ctx, client.CancelActivityOptions{Reason: "the test ends it"}))

	// A notification that is not there any more cannot be sent, which is refused without another attempt.
	require.NoError(t, messages.StartOrderNotification(ctx, 1<<40))
	gone := workflows.OrderNotificationWorkflowID(1 << 40)
	testrig.Eventually(t, func() bool {
		status, _ := r.messageStatus(t, gone)
		return status == enums.ACTIVITY_EXECUTION_STATUS_FAILED
	}, time.Minute, 50*time.Millisecond)

	// A mail that waits for its next attempt is attempted now.
	buyer := r.buyer(t)
	require.Equal(t, 202, (&caller{base: r.api}).post(t, "/auth/password/forgot",
		map[string]string{"email": fmt.Sprintf("buyer%d@example.com", buyer.id)}).Status)
	waits := workflows.AccountMailWorkflowID(int64(r.count(t, "SELECT max(id) FROM mails")))
	testrig.Eventually(t, func() bool { // eight seconds between the fourth attempt and the fifth
		d, err := r.messageOf(waits).Describe(ctx, client.DescribeActivityOptions{})
		return err == nil && d.Attempt >= 5 && d.RunState == enums.PENDING_ACTIVITY_STATE_SCHEDULED
	}, 2*time.Minute, 20*time.Millisecond)
	_, waited := r.messageStatus(t, waits)
	require.Equal(t, map[string]int{"DONE": 1}, r.operate(t, market.BatchRetry, "AccountMail", "Running", 1))
	status, now := r.messageStatus(t, waits)
	require.NotEqual(t, waited, now)
	require.Equal(t, enums.ACTIVITY_EXECUTION_STATUS_RUNNING, status)
	require.Equal(t, map[string]int{"DONE": 1}, r.operate(t, market.BatchCancel, "AccountMail", "Running", 1))
	testrig.Eventually(t, func() bool {
		status, _ := r.messageStatus(t, waits)
		return status == enums.ACTIVITY_EXECUTION_STATUS_CANCELED
	}, time.Minute, 100*time.Millisecond)

	// A mail without a receiver is sent once.
	require.NoError(t, messages.StartAccountMail(ctx, 1<<40, false))
	mail := workflows.AccountMailWorkflowID(1 << 40)
	var outcome workflows.MailOutcome
	require.NoError(t, r.messageOf(mail).Get(ctx, &outcome))
	_, sent := r.messageStatus(t, mail)
	require.NoError(t, messages.StartAccountMail(ctx, 1<<40, false))
	_, after := r.messageStatus(t, mail)
	require.Equal(t, sent, after)
	testrig.Eventually(t, func() bool {
		return r.countActivities(t, restocks) >= 2
	}, 30*time.Second, 100*time.Millisecond)
	require.Zero(t, r.countWorkflows(t, "WorkflowType IN ('Restock', 'OrderNotification', 'AccountMail')"))
}

// messageMoods are messages, each with its step and its outcome when that is killed.
var messageMoods = []struct {
	name, step, end string
	prepare         func(t *testing.T, r *rig, point string) (begin, check func())
}{
	{"a product is on hand again", "NotifyRestock", "in each subscriber's inbox", prepareRestock},
	{"a mail", "SendMail", "sent; again if it was killed after", prepareMail},
}

// It kills the worker before and after it has sent a message: another one sends it.
func TestMessageKilledBetweenSteps(t *testing.T) {
	t.Parallel()
	for _, point := range points {
		t.Run(point, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			_, err := r.store.Pool().Exec(t.Context(), `CREATE OR REPLACE FUNCTION notify_account(of_role text,
				account bigint, of_kind text, of_topic text, of_event text, subject bigint, of_facts jsonb)
				RETURNS void LANGUAGE sql AS 'SELECT'`) // whose mails the test would take for its own
			require.NoError(t, err)
			frontend := r.serve(t, app.Roles{API: true, Admin: true})
			r.api, r.admin = "http://"+frontend.Addr("api"), "http://"+frontend.Addr("admin")
			running := r.spawn(t, app.Roles{Worker: true}, "")
			for _, mood := range messageMoods {
				begin, check := mood.prepare(t, r, point)
				require.NoError(t, running.crashAt(mood.step+":"+point))
				begin()
				running.died(t)
				running = r.spawn(t, app.Roles{Worker: true}, "")
				check()
			}
			r.eventually(t, 0, "SELECT count(*) FROM follow_ups")
			r.verify(t)
		})
	}
}

func prepareRestock(t *testing.T, r *rig, _ string) (begin, check func()) {
	t.Helper()
	seller := r.seller(t)
	p := r.product(t, seller.id, 100_00, 0)
	for _, b := range r.buyers(t, 3) {
		require.Equal(t, 201, b.post(t, "/restock-subscriptions", map[string]int64{"productId": p.ID}).Status)
	}
	return func() {
			require.Equal(t, 200, seller.put(t, stockPath(p.ID), map[string]int{"stock": 1}).Status)
		}, func() {
			testrig.Eventually(t, func() bool {
				return r.countActivities(t, "ActivityType = 'NotifyRestock' AND ExecutionStatus = 'Completed'") == 1
			}, 2*time.Minute, 100*time.Millisecond)
			require.Equal(t, 3, r.count(t, "SELECT count(*) FROM restock_notifications WHERE product_id = $1", p.ID))
			require.Equal(t, 3, r.count(t, "SELECT count(DISTINCT user_id) FROM restock_notifications WHERE product_id = $1", p.ID))
		}
}

func prepareMail(t *testing.T, r *rig, point string) (begin, check func()) {
	t.Helper()
	to := anAddress()
	buyer := r.buyer(t)
	_, err := r.store.Pool().Exec(t.Context(), "UPDATE buyers SET email = $1 WHERE id = $2", to, buyer.id)
	require.NoError(t, err)
	return func() {
			require.Equal(t, 202, (&caller{base: r.api}).post(t, "/auth/password/forgot",
				map[string]string{"email": to}).Status)
		}, func() {
			testrig.Eventually(t, func() bool {
				return r.countActivities(t, "ActivityType = 'SendMail' AND ExecutionStatus = 'Completed'") == 1
			}, 2*time.Minute, 100*time.Millisecond)
			mails(t, to, map[string]int{"before": 1, "after": 2}[point])
		}
}

// The workers of a build that is not the current one leave messages
// to those that are of it.
func TestMessages_WorkerVersions_RunWithTheCurrentBuild(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	messages := engine.NewClient(r.temporal, engine.NewAnswers(nil))
	var ran atomic.Value // the build that has run the last mail
	send := func() string {
		id := int64(1<<40) + r.serial.Add(1)
		require.NoError(t, messages.StartAccountMail(t.Context(), id, false))
		require.NoError(t, r.messageOf(workflows.AccountMailWorkflowID(id)).Get(t.Context(), nil))
		return ran.Load().(string)
	}
	serve := func(build string) {
		r.cfg.WorkerBuildID = build
		r.serve(t, app.Roles{API: true, Admin: true, Worker: true}, &runs{build: build, ran: &ran})
	}
	promote := func(build string) {
		promoting, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
		defer cancel()
		require.NoError(t, worker.Promote(promoting, r.temporal, build))
		testrig.Eventually(t, func() bool { return send() == build }, time.Minute, 100*time.Millisecond)
	}
	serve("build-1")
	promote("build-1")
	serve(nextBuild)
	for range 10 {
		require.Equal(t, "build-1", send())
	}
	promote(nextBuild)
	for range 10 {
		require.Equal(t, nextBuild, send())
	}
}

// runs notes which build has run an activity.
type runs struct {
	interceptor.WorkerInterceptorBase
	build string
	ran   *atomic.Value
}

// InterceptActivity implements interceptor.WorkerInterceptor.
func (r *runs) InterceptActivity(
	_ context.Context, next interceptor.ActivityInboundInterceptor,
) interceptor.ActivityInboundInterceptor {
	return &notedRun{interceptor.ActivityInboundInterceptorBase{Next: next}, r}
}

type notedRun struct {
	interceptor.ActivityInboundInterceptorBase
	*runs
}

// ExecuteActivity implements interceptor.ActivityInboundInterceptor.
func (n *notedRun) ExecuteActivity(ctx context.Context, in *interceptor.ExecuteActivityInput) (any, error) {
	if activityName(ctx) == "SendMail" {
		n.ran.Store(n.build)
	}
	return n.Next.ExecuteActivity(ctx, in)
}
