package e2e

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"github.com/all-in-market/market/app"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/simulator"
	"github.com/all-in-market/market/internal/testrig"
	"github.com/all-in-market/market/worker"
	"github.com/all-in-market/market/workflows"
)

// lastPeriod is the one that ended last, and is the one that tests settle: what
// they sell is moved into it.
func lastPeriod() market.Period {
	for day := market.DayOf(time.Now()).Add(-1); ; day = day.Add(-1) {
		if p, ends := market.PeriodEnding(day); ends {
			return p
		}
	}
}

// soldOn makes what has been posted so far a day's, to be rolled up anew, and its sales those of before sales were
// held. The ledger is append-only, so its guard is lifted for it.
func (r *rig) soldOn(t *testing.T, day market.Day) {
	t.Helper()
	_, err := r.store.Pool().Exec(context.Background(), `
		ALTER TABLE ledger_entries DISABLE TRIGGER USER;
		UPDATE ledger_entries SET account = CASE account WHEN 'SELLER_PENDING' THEN 'SELLER_PAYABLE' ELSE 'COMMISSION' END
		WHERE account IN ('SELLER_PENDING', 'COMMISSION_PENDING');
		ALTER TABLE ledger_entries ENABLE TRIGGER USER;
		UPDATE order_items SET held = false, due_at = NULL WHERE held`)
	require.NoError(t, err)
	r.postedOn(t, day)
}

// earnedWhenPaid makes sales of today those of before sales were held.
func (r *rig) earnedWhenPaid(t *testing.T) {
	t.Helper()
	_, err := r.store.Pool().Exec(context.Background(), "UPDATE holds SET from_day = from_day + 1")
	require.NoError(t, err)
}

// confirmedOn makes what has been posted so far a day's, on which all sales were shipped and confirmed.
func (r *rig) confirmedOn(t *testing.T, day market.Day) {
	t.Helper()
	ctx := context.Background()
	_, err := r.store.Pool().Exec(ctx, "UPDATE holds SET from_day = $1", day)
	require.NoError(t, err)
	at := r.store.At(day.Start().Add(12 * time.Hour))
	rows, err := r.store.Pool().Query(ctx, `SELECT o.buyer_id, i.order_id, i.id, i.seller_id
		FROM order_items i JOIN orders o ON o.id = i.order_id WHERE o.status = 'PAID' ORDER BY i.id`)
	require.NoError(t, err)
	type sold struct{ Buyer, Order, ID, Seller int64 }
	lines, err := pgx.CollectRows(rows, pgx.RowToStructByPos[sold])
	require.NoError(t, err)
	for _, l := range lines {
		_, err := at.ShipItem(ctx, market.SellerID(l.Seller), l.ID, "CJ", "600012345678")
		require.NoError(t, err)
		_, err = at.ConfirmItem(ctx, market.BuyerID(l.Buyer), l.Order, l.ID, nil)
		require.NoError(t, err)
	}
	r.postedOn(t, day)
}

// postedOn makes what has been posted so far a day's, to be rolled up anew.
func (r *rig) postedOn(t *testing.T, day market.Day) {
	t.Helper()
	noon := day.Start().Add(12 * time.Hour).Format(time.RFC3339)
	_, err := r.store.Pool().Exec(context.Background(), `
		SELECT pg_advisory_xact_lock(hashtext('market projections'));
		ALTER TABLE ledger_transactions DISABLE TRIGGER USER;
		UPDATE ledger_transactions SET business_day = '`+day.String()+`';
		ALTER TABLE ledger_transactions ENABLE TRIGGER USER;
		UPDATE payments SET paid_at = '`+noon+`' WHERE paid_at IS NOT NULL;
		UPDATE refunds SET processed_at = '`+noon+`' WHERE processed_at IS NOT NULL;
		INSERT INTO ledger_unrolled SELECT id FROM ledger_transactions WHERE source_type IN ('PAYMENT', 'REFUND', 'CONFIRMATION')
		ON CONFLICT DO NOTHING;
		DELETE FROM seller_dashboard`)
	require.NoError(t, err)
}

// closeDay runs the day's close by hand and waits for it.
func (r *rig) closeDay(t *testing.T, day market.Day) (result workflows.DayCloseResult) {
	t.Helper()
	r.runs(t, "day-close/"+day.String(), &result, workflows.DayClose, workflows.DayCloseInput{Day: day.String()})
	return result
}

// runs starts a back-office workflow by hand and waits for its result.
func (r *rig) runs(t *testing.T, id string, result, workflow any, in ...any) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	run, err := r.temporal.ExecuteWorkflow(ctx, startOptions(id), workflow, in...)
	require.NoError(t, err)
	require.NoError(t, run.Get(ctx, result))
}

func (r *rig) signal(t *testing.T, settlementID int64, name string) {
	t.Helper()
	require.NoError(t,
		r.temporal.SignalWorkflow(context.Background(), workflows.PayoutWorkflowID(settlementID), "", name, nil))
}

// eventually waits until a query answers the number.
func (r *rig) eventually(t *testing.T, want int, query string, args ...any) {
	t.Helper()
	testrig.Eventually(t, func() bool { return r.count(t, query, args...) == want }, 2*time.Minute, 50*time.Millisecond,
		query)
}

// owed sells something of a seller in the last period, and closes it.
func (r *rig) owed(t *testing.T, seller int64) {
	t.Helper()
	p := r.product(t, seller, 10_000_00, 100)
	r.pay(t, r.buyers(t, 1)[0], p.ID)
	r.soldOn(t, lastPeriod().End)
}

func TestDayClose(t *testing.T) {
	t.Parallel()
	r := start(t)
	period := lastPeriod()
	one, two := r.seller(t), r.seller(t)
	p, q := r.product(t, one.id, 10_000_00, 100), r.product(t, two.id, 3_333_00, 100)
	r.paidOrder(t, r.buyers(t, 1)[0], line{p.ID, 1}, line{q.ID, 2})
	require.EqualValues(t, 0, one.get(t, "/seller/settlements").id("totalElements"))
	r.confirmedOn(t, period.End)

	// What cannot be paid accrues.
	_, err := r.store.SetSellerStatus(context.Background(), two.id, market.SellerRejected, false, "")
	require.NoError(t, err)
	result := r.closeDay(t, period.End)
	require.Equal(t, []market.Day{period.End}, result.Closed)
	require.Equal(t, 1, result.Payouts)
	require.Empty(t, r.closeDay(t, period.End).Closed, "again there is nothing left to do")

	r.eventually(t, 1, "SELECT count(*) FROM payouts WHERE status = 'SUCCESS'")
	a := one.get(t, "/seller/settlements")
	require.EqualValues(t, 1, a.id("totalElements"), "the cached list is stale")
	testrig.Eventually(t, func() bool { return containsStatus(one.get(t, "/seller/settlements"), "PAYOUT_DONE") },
		10*time.Second, 50*time.Millisecond)
	id := int64(r.count(t, "SELECT id FROM settlements WHERE seller_id = $1", one.id))
	detail := one.get(t, fmt.Sprintf("/seller/settlements/%d", id))
	require.EqualValues(t, 9500, detail.field("amount"))
	require.EqualValues(t, 500, detail.field("fee"))
	require.Equal(t, period.Type(), detail.field("type"))
	require.Len(t, detail.field("lines"), 1)
	require.Equal(t, 404, r.seller(t).get(t, fmt.Sprintf("/seller/settlements/%d", id)).Status, "another seller's")
	require.Equal(t, 200, one.get(t, "/seller/statistics/daily/"+period.End.String()).Status)
	require.EqualValues(t, 10000, one.get(t, "/seller/statistics/summary").field("netSales"))
	require.Equal(t, market.Money(9_500_00), r.transferred(t))
	require.EqualValues(t, 1, r.staff(t).get(t, "/admin/payouts?status=SUCCESS").id("totalElements"))

	// Approved again, the next run pays what has accrued.
	_, err = r.store.SetSellerStatus(context.Background(), two.id, market.SellerApproved, false, "")
	require.NoError(t, err)
	run, err := r.temporal.ExecuteWorkflow(context.Background(), startOptions("settlement-again"), workflows.Settlement,
		period)
	require.NoError(t, err)
	require.NoError(t, run.Get(context.Background(), nil))
	r.closeDay(t, period.End)
	r.eventually(t, 2, "SELECT count(*) FROM payouts WHERE status = 'SUCCESS'")
	require.Equal(t, market.Money(9_500_00+6_333_00), r.transferred(t), "6666 less 333")
	r.verify(t)
}

func containsStatus(a *answer, status string) bool {
	for _, c := range a.field("content").([]any) {
		if c.(map[string]any)["status"] == status {
			return true
		}
	}
	return false
}

// transferred is what the bank has paid and not got back.
func (r *rig) transferred(t testing.TB) (m market.Money) {
	t.Helper()
	require.NoError(t,
		r.store.Pool().QueryRow(context.Background(),
			"SELECT coalesce(sum(amount), 0) FROM gateway_simulator.transfers WHERE status = 'PAID'").Scan(&m))
	return m
}

func TestPayouts(t *testing.T) {
	t.Parallel()
	period := lastPeriod()
	for _, c := range []struct {
		name  string
		knobs simulator.BankKnobs
		then  func(t *testing.T, r *rig, settlement int64)
		paid  bool
	}{
		{"Slow", simulator.BankKnobs{Latency: time.Second}, nil, true},
		{"TimesOutAfterItPaid", simulator.BankKnobs{HangAfter: 20 * time.Millisecond},
			func(t *testing.T, r *rig, _ int64) {
				t.Helper()
				r.eventually(t, 1, "SELECT count(*) FROM gateway_simulator.transfers")
				r.simulator.Bank.Set(simulator.BankKnobs{})
			}, true},
		{"Away", simulator.BankKnobs{FailBefore: true}, func(t *testing.T, r *rig, _ int64) {
			t.Helper()
			r.eventually(t, 1, "SELECT count(*) FROM payouts WHERE status = 'PROCESSING'")
			time.Sleep(1500 * time.Millisecond) //nolint:forbidigo // nothing may happen in this time
			require.Equal(t, 1, r.count(t, "SELECT count(*) FROM payouts WHERE status = 'PROCESSING'"), "unknown is not failed")
			r.simulator.Bank.Set(simulator.BankKnobs{})
		}, true},
		{"RefusedThenRetried", simulator.BankKnobs{Refuse: true}, func(t *testing.T, r *rig, settlement int64) {
			t.Helper()
			r.eventually(t, 1, "SELECT count(*) FROM payouts WHERE status = 'FAILED' AND failure = 'account closed'")
			r.verify(t)
			r.simulator.Bank.Set(simulator.BankKnobs{})
			operator, err := client.Dial(client.Options{
				HostPort: testrig.Env(t, "TEMPORAL_ADDRESS"), Namespace: r.cfg.TemporalNamespace,
				Identity: "ops@laptop",
				Logger:   quiet{},
			})
			require.NoError(t, err)
			defer operator.Close()
			require.NoError(t,
				operator.SignalWorkflow(context.Background(), workflows.PayoutWorkflowID(settlement), "",
					workflows.RetrySignal,
					nil))
			r.eventually(t, 1, "SELECT count(*) FROM payout_attempts WHERE attempt = 2 AND asked_by = 'operator, unverified: ops@laptop'")
		}, true},
		{"ReturnedThenRetried", simulator.BankKnobs{}, func(t *testing.T, r *rig, settlement int64) {
			t.Helper()
			r.eventually(t, 1, "SELECT count(*) FROM payouts WHERE status = 'SUCCESS'")
			r.simulator.Bank.Set(simulator.BankKnobs{Return: true})
			r.signal(t, settlement, workflows.InquireSignal)
			r.eventually(t, 1, "SELECT count(*) FROM payouts WHERE status = 'FAILED'")
			r.verify(t)
			r.simulator.Bank.Set(simulator.BankKnobs{})
			r.signal(t, settlement, workflows.RetrySignal)
			r.eventually(t, 2, "SELECT count(*) FROM payout_attempts WHERE outcome IS NOT NULL")
		}, true},
		{"AnotherAmountIsReturnedThenRetried", simulator.BankKnobs{AmountOff: 1_00}, func(
			t *testing.T, r *rig, settlement int64,
		) {
			t.Helper()
			r.eventually(t, 1, "SELECT count(*) FROM payouts WHERE status = 'FAILED'")
			require.Equal(t, market.Money(9_501_00), r.balance(t, "SUSPENSE", int64(r.count(t, "SELECT id FROM sellers"))))
			r.verify(t)
			r.simulator.Bank.Set(simulator.BankKnobs{Return: true})
			r.signal(t, settlement, workflows.InquireSignal)
			r.eventually(t, 1, "SELECT count(*) FROM payout_attempts WHERE outcome = 'RETURNED' AND bank_amount = 9501")
			r.verify(t)
			r.simulator.Bank.Set(simulator.BankKnobs{})
			r.signal(t, settlement, workflows.RetrySignal)
		}, true},
		{"AnotherAmountAfterAHang", simulator.BankKnobs{AmountOff: -1_00, HangAfter: 20 * time.Millisecond}, func(
			t *testing.T, r *rig, settlement int64,
		) {
			t.Helper()
			r.eventually(t, 1, "SELECT count(*) FROM gateway_simulator.transfers")
			r.simulator.Bank.Set(simulator.BankKnobs{})
			r.eventually(t, 1, "SELECT count(*) FROM payouts WHERE status = 'FAILED'")
			r.simulator.Bank.Set(simulator.BankKnobs{Return: true})
			r.signal(t, settlement, workflows.InquireSignal)
			r.eventually(t, 1, "SELECT count(*) FROM payout_attempts WHERE outcome = 'RETURNED'")
			r.simulator.Bank.Set(simulator.BankKnobs{})
			r.signal(t, settlement, workflows.AbandonSignal)
			r.eventually(t, 1, "SELECT count(*) FROM payouts WHERE abandoned_at IS NOT NULL")
		}, false},
		{"Abandoned", simulator.BankKnobs{Refuse: true}, func(t *testing.T, r *rig, settlement int64) {
			t.Helper()
			r.eventually(t, 1, "SELECT count(*) FROM payouts WHERE status = 'FAILED'")
			r.signal(t, settlement, workflows.AbandonSignal)
			r.eventually(t, 1, "SELECT count(*) FROM payouts WHERE abandoned_at IS NOT NULL AND abandoned_by <> ''")
			r.simulator.Bank.Set(simulator.BankKnobs{})
			require.Equal(t, 1, r.count(t, "SELECT count(*) FROM settlements WHERE carried_over = amount AND status = 'FAILED'"))
		}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := start(t)
			r.owed(t, r.seller(t).id)
			r.simulator.Bank.Set(c.knobs)
			require.Equal(t, 1, r.closeDay(t, period.End).Payouts)
			if c.then != nil {
				c.then(t, r, int64(r.count(t, "SELECT id FROM settlements WHERE amount > 0")))
			}
			if c.paid {
				r.eventually(t, 1, "SELECT count(*) FROM payouts WHERE status = 'SUCCESS'")
				require.Equal(t, market.Money(9_500_00), r.transferred(t), "once")
			} else {
				require.Zero(t, r.transferred(t))
			}
			r.verify(t)
		})
	}
}

// It kills the worker before, or after, every step of one
// day's close and of what an operator asks of its payout, one worker after another: the
// day closes, and the seller is paid once. TestPayoutKilledBetweenSteps has the payout's
// own steps.
func TestDayCloseKilledBetweenSteps(t *testing.T) {
	t.Parallel()
	closing := []string{
		"OpenDays", "OpenDashboards", "CloseStatistics", "Settle", "CreatePayouts", "CloseDay", "DuePayouts",
	}
	for _, c := range []struct {
		name, signal string
		knobs        simulator.BankKnobs
		steps        []string
		status       market.PayoutStatus
	}{
		{"paid", workflows.InquireSignal, simulator.BankKnobs{}, append(closing, "InquirePayout"),
			market.PayoutSuccess},
		{
			"abandoned", workflows.AbandonSignal, simulator.BankKnobs{Refuse: true}, []string{"AbandonPayout"},
			market.PayoutFailed,
		},
	} {
		for _, point := range points {
			t.Run(c.name+"/"+point, func(t *testing.T) {
				t.Parallel()
				r := newRig(t)
				r.owed(t, r.sellerWithoutLogin(t))
				r.simulator.Bank.Set(c.knobs)
				running := r.spawn(t, app.Roles{Worker: true}, c.steps[0]+":"+point)
				closed, err := r.temporal.ExecuteWorkflow(context.Background(), startOptions("day-close/by-hand"),
					workflows.DayClose, workflows.DayCloseInput{Day: lastPeriod().End.String()})
				require.NoError(t, err)
				signal := func() {
					r.eventually(t, 1, "SELECT count(*) FROM payouts WHERE status = $1", c.status)
					r.signal(t, int64(r.count(t, "SELECT id FROM settlements WHERE amount > 0")), c.signal)
				}
				for i, step := range c.steps {
					if i == len(c.steps)-1 {
						signal()
					}
					t.Log(step)
					running.died(t)
					next := ""
					if i+1 < len(c.steps) {
						next = c.steps[i+1] + ":" + point
					}
					running = r.spawn(t, app.Roles{Worker: true}, next)
				}
				require.NoError(t, closed.Get(context.Background(), nil))
				r.eventually(t, 1, "SELECT count(*) FROM business_days WHERE closed_at IS NOT NULL AND day = $1", lastPeriod().End)
				if c.status == market.PayoutFailed {
					r.eventually(t, 1, "SELECT count(*) FROM payouts WHERE abandoned_at IS NOT NULL")
					require.Zero(t, r.transferred(t))
				} else {
					r.eventually(t, 1, "SELECT count(*) FROM payouts WHERE status = 'SUCCESS'")
					require.Equal(t, market.Money(9_500_00), r.transferred(t))
				}
				require.Equal(t, 1, r.count(t, "SELECT count(*) FROM settlements"))
				require.Equal(t, 1, r.count(t, "SELECT count(*) FROM payout_attempts"))
				r.verify(t)
			})
		}
	}
}

// It may be of an older version than the one that has set them.
func TestSchedules_AWorkerStarts_StayAsTheyAre(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	handle := r.temporal.ScheduleClient().GetHandle(t.Context(), workflows.DayCloseScheduleID)
	require.NoError(t, handle.Update(t.Context(), client.ScheduleUpdateOptions{
		DoUpdate: func(in client.ScheduleUpdateInput) (*client.ScheduleUpdate, error) {
			s := in.Description.Schedule
			s.Policy.CatchupWindow = 7 * time.Hour // as another version has it
			return &client.ScheduleUpdate{Schedule: &s}, nil
		},
	}))
	r.serve(t, app.Roles{Worker: true})
	d, err := handle.Describe(t.Context())
	require.NoError(t, err)
	require.Equal(t, 7*time.Hour, d.Schedule.Policy.CatchupWindow)
}

// It looks at the schedule as a deploy leaves it, and fills in
// a week that was missed.
func TestDayCloseSchedule(t *testing.T) {
	t.Parallel()
	r := start(t)
	ctx := context.Background()
	handle := r.temporal.ScheduleClient().GetHandle(ctx, workflows.DayCloseScheduleID)
	d, err := handle.Describe(ctx)
	require.NoError(t, err)
	require.Equal(t, "Asia/Seoul", d.Schedule.Spec.TimeZoneName)
	require.Equal(t, enums.SCHEDULE_OVERLAP_POLICY_BUFFER_ONE, d.Schedule.Policy.Overlap)
	require.Equal(t, 24*time.Hour, d.Schedule.Policy.CatchupWindow)
	for _, next := range d.Info.NextActionTimes {
		require.Equal(t, "00:00:00", next.In(market.Zone).Format(time.TimeOnly))
	}

	require.NoError(t, handle.Pause(ctx, client.SchedulePauseOptions{Note: "stocktaking"}))
	require.NoError(t, worker.EnsureSchedules(ctx, r.temporal), "a deploy")
	d, err = handle.Describe(ctx)
	require.NoError(t, err)
	require.True(t, d.Schedule.State.Paused, "an operator's pause survives a deploy")
	require.NoError(t, handle.Unpause(ctx, client.ScheduleUnpauseOptions{}))

	today := market.DayOf(time.Now())
	p := r.product(t, r.seller(t).id, 100_00, 10)
	r.paidOrder(t, r.buyers(t, 1)[0], line{p.ID, 1})
	r.soldOn(t, today.Add(-7))
	alerts, err := r.store.AlertCounts(ctx)
	require.NoError(t, err)
	require.GreaterOrEqual(t, alerts.DaysNotClosed, int64(6), "a day that did not close is an alert")
	require.NoError(t, handle.Backfill(ctx, client.ScheduleBackfillOptions{Backfill: []client.ScheduleBackfill{{
		Start: today.Add(-6).Start().Add(-time.Minute), End: today.Start().Add(time.Minute),
		Overlap: enums.SCHEDULE_OVERLAP_POLICY_BUFFER_ALL,
	}}}))
	r.eventually(t, 7, "SELECT count(*) FROM business_days WHERE closed_at IS NOT NULL")
	require.Zero(t,
		r.count(t,
			`SELECT count(*) FROM (SELECT day, closed_at < lag(closed_at) OVER (ORDER BY day) AS disordered FROM business_days) d WHERE disordered`),
		"in order")
	alerts, err = r.store.AlertCounts(ctx)
	require.NoError(t, err)
	require.Zero(t, alerts.DaysNotClosed)
	r.verify(t)
}
