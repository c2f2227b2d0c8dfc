package workflows_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"github.com/all-in-market/market/activities"
	"github.com/all-in-market/market/internal/bank"
	"github.com/all-in-market/market/internal/cache"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/testrig"
	"github.com/all-in-market/market/workflows"
)

// moodyBank pays, refuses, pays without an answer, or pays and returns.
type moodyBank struct {
	mu        sync.Mutex
	r         *rand.Rand
	transfers map[string]bank.Transfer
	paid      market.Money // that has not come back
}

func (b *moodyBank) Transfer(_ context.Context, r bank.TransferRequest) (bank.Transfer, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	t, known := b.transfers[r.Key]
	mood := b.r.IntN(10)
	if !known {
		if mood == 0 {
			return t, errors.New("the line is dead")
		}
		t = bank.Transfer{Key: r.Key, Amount: r.Amount, Status: bank.TransferPaid}
		if mood == 1 {
			t.Status, t.Reason = bank.TransferRefused, "account closed"
		} else {
			b.paid += r.Amount
		}
		b.transfers[r.Key] = t
	}
	if mood == 2 {
		return bank.Transfer{}, errors.New("no answer, and it was done")
	}
	return t, nil
}

func (b *moodyBank) Inquire(_ context.Context, key string) (bank.Transfer, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	t, known := b.transfers[key]
	switch {
	case !known:
		return t, bank.ErrUnknownTransfer
	case b.r.IntN(5) == 0:
		return bank.Transfer{}, errors.New("the line is dead")
	case t.Status == bank.TransferPaid && b.r.IntN(12) == 0:
		t.Status, t.Reason = bank.TransferReturned, "no such holder"
		b.transfers[key] = t
		b.paid -= t.Amount
	}
	return t, nil
}

// Transfers implements bank.Bank.
func (b *moodyBank) Transfers(context.Context, string) ([]bank.Transfer, error) { return nil, nil }

// It lives through a quarter with a moved clock: sales, refunds of the
// same day and of what was settled long before, month ends, nights that are missed
// or run twice, a bank with moods. Every night the figures agree to the last
// hundredth: dashboards, statistics, settlements with what is carried over, and the
// ledger, for every seller and day.
func TestQuarter(t *testing.T) {
	ctx := context.Background()
	now := market.Date(2026, 1, 1).Start()
	s := testrig.NewShop(t, 4, func() time.Time { return now })
	r := rand.New(rand.NewPCG(2026, 1))
	bank := &moodyBank{r: r, transfers: map[string]bank.Transfer{}}
	acts := &activities.Activities{
		Store: s.Store, Bank: bank, Cache: cache.NewReads(testrig.Redis(t), testrig.Log(t)),
	}
	environment := func() *testsuite.TestWorkflowEnvironment {
		var suite testsuite.WorkflowTestSuite
		e := suite.NewTestWorkflowEnvironment()
		e.SetTestTimeout(time.Minute)
		e.RegisterActivity(acts)
		for _, w := range []any{
			workflows.DashboardReset, workflows.DailyStatistics, workflows.Settlement, workflows.Payouts,
		} {
			e.RegisterWorkflow(w)
		}
		return e
	}
	closeNight := func(due time.Time) (closed []market.Day) {
		t.Helper()
		e := environment()
		e.SetStartTime(now)
		require.NoError(t,
			e.SetTypedSearchAttributesOnStart(temporal.NewSearchAttributes(temporal.NewSearchAttributeKeyTime(
				"TemporalScheduledStartTime").ValueSet(due))))
		e.OnWorkflow(workflows.Payouts, mock.Anything, mock.Anything).Return(0, nil)
		e.ExecuteWorkflow(workflows.DayClose, workflows.DayCloseInput{})
		require.NoError(t, e.GetWorkflowError())
		var result workflows.DayCloseResult
		require.NoError(t, e.GetWorkflowResult(&result))
		return result.Closed
	}
	pay := func() {
		t.Helper()
		due, err := s.DuePayouts(ctx, 0, 100)
		require.NoError(t, err)
		for _, p := range due {
			bankPays(t, s, acts, environment(), p, r)
		}
	}

	var open []int64 // orders of which something remains
	missed, serial := false, 0
	for day := s.Today(); day.Before(market.Date(2026, 4, 2)); day = s.Today() {
		switch day.String() {
		case "2026-02-10": // a seller who may not be paid accrues
			_, err := s.SetSellerStatus(ctx, s.SellerIDs[1], market.SellerApproved, true, "")
			require.NoError(t, err)
		case "2026-03-10":
			_, err := s.SetSellerStatus(ctx, s.SellerIDs[1], market.SellerApproved, false, "")
			require.NoError(t, err)
		}
		for range r.IntN(4) {
			serial++
			first := r.IntN(4)
			open = append(open, s.Sell(t, fmt.Sprint("q", serial), s.ProductIDs[first], s.ProductIDs[(first+1)%4]))
		}
		// In February nearly everything comes back: sellers run into debt.
		refunds := r.IntN(2)
		if day.String() >= "2026-02-16" && day.String() < "2026-03-01" {
			refunds = 3
		}
		for range min(refunds, len(open)) {
			serial++
			i := r.IntN(len(open))
			s.Refund(t, fmt.Sprint("r", serial), open[i], 0)
			open = append(open[:i], open[i+1:]...)
		}
		s.RollUpAll(t)
		now = day.Next().Start() // midnight
		if !missed && r.IntN(12) == 0 {
			missed = true // this day is not closed tonight
			continue
		}
		closed := closeNight(now)
		require.Contains(t, closed, day)
		if missed {
			require.Len(t, closed, 2, "the missed night first")
			require.Equal(t, day.Add(-1), closed[0])
		}
		missed = false
		if r.IntN(5) == 0 {
			require.Empty(t, closeNight(now), "a second run finds nothing to do")
		}
		if r.IntN(5) == 0 {
			require.Empty(t, closeNight(day.Add(-3).Start()), "nor does one for a day long ago")
		}
		pay()
		s.Verified(t)
	}

	s.RollUpAll(t)
	for _, seller := range s.SellerIDs {
		var dashboards, statistics, settled, lines, carried, ledger market.Money
		require.NoError(t, s.Pool().QueryRow(ctx, `SELECT
			(SELECT sum(settlement_amount) FROM seller_dashboard WHERE seller_id = $1 AND stat_date < '2026-04-01'),
			(SELECT sum(payable) FROM seller_daily_statistics WHERE seller_id = $1 AND stat_date < '2026-04-01'),
			(SELECT sum(amount) FILTER (WHERE carried_over < 1) FROM settlements WHERE seller_id = $1),
			(SELECT sum(l.payable) FROM settlement_lines l JOIN settlements x ON x.id = l.settlement_id WHERE x.seller_id = $1),
			(SELECT coalesce(sum(carried_over), 0) FROM settlements WHERE seller_id = $1 AND carried_to IS NULL),
			(SELECT -sum(e.amount) FROM ledger_entries e JOIN ledger_transactions t ON t.id = e.transaction_id
				WHERE e.account = 'SELLER_PAYABLE' AND e.seller_id = $1 AND t.source_type <> 'PAYOUT' AND t.business_day < '2026-04-01')`, seller).
			Scan(&dashboards, &statistics, &settled, &lines, &carried, &ledger))
		require.Equal(t, ledger, dashboards)
		require.Equal(t, ledger, statistics)
		require.Equal(t, ledger, lines, "every day is settled once")
		require.Equal(t, ledger, settled+carried, "what is paid and what is left over")
	}
	// above it: abandoned since
	rows, err := s.Pool().Query(ctx,
		"SELECT payable, carried_in, amount, carried_over FROM settlements WHERE carried_over < 1")
	require.NoError(t, err)
	var payable, carriedIn, amount, carriedOver market.Money
	_, err = pgx.ForEachRow(rows, []any{&payable, &carriedIn, &amount, &carriedOver}, func() error {
		wantAmount, wantCarried := market.SettlementNet(payable, carriedIn)
		require.Equal(t, []market.Money{wantAmount, wantCarried}, []market.Money{amount, carriedOver},
			"%s with %s carried in", payable, carriedIn)
		return nil
	})
	require.NoError(t, err)
	var paid market.Money
	require.NoError(t, s.Pool().QueryRow(ctx, "SELECT sum(amount) FROM payouts WHERE status = 'SUCCESS'").Scan(&paid))
	require.Equal(t, bank.paid, paid, "what the bank has paid is what we think it has")
	for _, what := range []string{
		"SELECT count(*) FROM settlements WHERE carried_over < 0", "SELECT count(*) FROM settlements WHERE carried_over > 0",
		"SELECT count(*) FROM payout_attempts WHERE outcome = 'REFUSED'",
		"SELECT count(*) FROM payout_attempts WHERE outcome = 'RETURNED'",
		"SELECT count(*) FROM payout_attempts WHERE attempt > 1",
	} {
		var n int
		require.NoError(t, s.Pool().QueryRow(ctx, what).Scan(&n))
		require.Positive(t, n, "the quarter has not seen: %s", what)
	}
}

// operators returns the decision of an operator's signal; nil for the first attempt.
func operators(in activities.AttemptInput) *store.PayoutDecision {
	if in.Signal < 0 {
		return nil
	}
	return &store.PayoutDecision{
		ID: fmt.Sprintf("%s/%d", in.Name, in.Signal), Signal: in.Name, SentBy: "operator, unverified: quarter",
	}
}

// bankPays runs a payout to its end, with an operator who retries or abandons failures. Steps that
// read the workflow's history from a server are done at the store.
func bankPays(
	t *testing.T, s *testrig.Shop, acts *activities.Activities, e *testsuite.TestWorkflowEnvironment, p store.DuePayout,
	r *rand.Rand,
) {
	t.Helper()
	e.OnActivity(acts.StartPayout, mock.Anything, mock.Anything).Return(func(
		ctx context.Context, in activities.AttemptInput,
	) (activities.StartedPayout, error) {
		started, err := s.StartPayout(ctx, in.PayoutID, in.Attempt, operators(in))
		return activities.StartedPayout{
			Held: started.Held, Begun: started.Begun, Outcome: started.Outcome, PaidAt: started.PaidAt,
		}, err
	})
	e.OnActivity(acts.AbandonPayout, mock.Anything, mock.Anything).Return(func(
		ctx context.Context, in activities.AttemptInput,
	) error {
		_, err := s.AbandonPayout(ctx, in.PayoutID, operators(in))
		return err
	})
	for i := range 10 {
		e.RegisterDelayedCallback(func() {
			var failed bool
			if err := s.Pool().QueryRow(context.Background(), "SELECT status = 'FAILED' FROM payouts WHERE id = $1",
				p.PayoutID).Scan(&failed); err != nil || !failed {
				return
			}
			if r.IntN(2) == 0 {
				e.SignalWorkflow(workflows.AbandonSignal, nil)
			} else {
				e.SignalWorkflow(workflows.RetrySignal, nil)
			}
		}, time.Duration(i+1)*100*time.Hour)
	}
	e.ExecuteWorkflow(workflows.Payout, workflows.PayoutInput{PayoutID: p.PayoutID})
	require.True(t, e.IsWorkflowCompleted())
	require.NoError(t, e.GetWorkflowError())
}
