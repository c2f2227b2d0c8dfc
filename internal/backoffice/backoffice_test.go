package backoffice

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/auth"
	"github.com/all-in-market/market/internal/engine"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/workflows"
)

// town holds the office's dependencies in memory. The workflow of its only refund has the given
// outcome at once.
type fixture struct {
	Store // what a test does not need fails by its absence
	order market.Order

	refund   market.AdminRefund
	reasons  map[string]string
	applied  map[string]bool
	decision workflows.RefundDecision
	outcome  func(t *fixture, d workflows.RefundDecision) error

	payout         *store.StandingPayout
	payoutSignal   string
	payoutDecision workflows.PayoutDecision

	revoked   []int64
	changed   []string
	revokeErr error
}

func newTown(status market.RefundStatus) (*fixture, *Service) {
	t := &fixture{reasons: map[string]string{}, applied: map[string]bool{}}
	t.refund.ID, t.refund.Status = 7, status
	t.outcome = func(t *fixture, d workflows.RefundDecision) error {
		t.applied[d.DecisionID] = true
		t.refund.Status = market.RefundDenied
		if d.Approve {
			t.refund.Status = market.RefundSuccess
			t.order.Status = market.OrderRefunded
		}
		return nil
	}
	return t, &Service{
		Store: t, Workflows: t, Cache: t, Sessions: t, Decisions: auth.NewDecisions("secret"),
		DecisionWait: 120 * time.Millisecond,
	}
}

func (t *fixture) AdminRefund(context.Context, int64) (market.AdminRefund, error) {
	return t.refund, nil
}
func (t *fixture) AnyOrder(context.Context, int64) (market.Order, error) { return t.order, nil }

func (t *fixture) DecisionApplied(_ context.Context, _ int64, id string) (applied, recorded bool, err error) {
	applied, recorded = t.applied[id]
	return applied, recorded, nil
}

func (t *fixture) KeepDecisionReason(_ context.Context, _ int64, id, reason string) error {
	t.reasons[id] = reason
	return nil
}

func (t *fixture) ReserveRefund(context.Context, market.BuyerID, string, []byte, *string) (int64, error) {
	return 7, nil
}

func (t *fixture) SetSellerStatus(
	_ context.Context, id int64, to market.SellerStatus, _ bool, _ string,
) (market.Seller, error) {
	return market.Seller{ID: id, Status: to}, nil
}

func (t *fixture) StandingPayout(context.Context, int64) (store.StandingPayout, error) {
	if t.payout == nil {
		return store.StandingPayout{}, market.Refuse(market.CodePayoutNotFound)
	}
	return *t.payout, nil
}

func (t *fixture) RequestRefund(_ context.Context, in workflows.RefundRequest) (o workflows.RefundOpened, err error) {
	o.RefundID = in.RefundID
	return o, nil
}

func (t *fixture) RefundCharge(context.Context, int64) (store.RefundCharge, error) {
	return store.RefundCharge{}, nil
}

func (t *fixture) DecideRefund(_ context.Context, _ int64, _ store.RefundCharge, d workflows.RefundDecision) error {
	t.decision = d
	return t.outcome(t, d)
}

func (t *fixture) NoteAction(context.Context, market.Action) error { return nil }
func (t *fixture) ProductChanged(context.Context, market.Product) {
	t.changed = append(t.changed, "product")
}
func (t *fixture) SetProductBlock(_ context.Context, id int64, _ *string) (market.Product, error) {
	return market.Product{ID: id}, nil
}

func (t *fixture) SetBuyerLock(_ context.Context, _ int64, reason *string) (b market.BuyerAccount, _ error) {
	b.LockedReason = reason
	return b, nil
}

func (t *fixture) DecidePayout(
	_ context.Context, _ engine.DuePayout, _ int32, signal string, d workflows.PayoutDecision,
) error {
	t.payoutSignal, t.payoutDecision = signal, d
	return nil
}

func (t *fixture) KeepPayoutDecisionReason(_ context.Context, _ int64, id, reason string) error {
	t.reasons[id] = reason
	return nil
}
func (t *fixture) CancelBatch(context.Context, int64) error { return nil }
func (t *fixture) StartReconciliation(context.Context, workflows.ReconciliationInput) (string, error) {
	return "", nil
}
func (t *fixture) Changed(_ context.Context, groups ...string) {
	t.changed = append(t.changed,
		groups...)
}

func (t *fixture) EndAccount(_ context.Context, _ market.Role, id int64) error {
	t.revoked = append(t.revoked, id)
	return t.revokeErr
}

func TestPayoutDecisions_AreSigned_AndTheirReasonStaysInTheDatabase(t *testing.T) {
	t.Parallel()
	fake, office := newTown(market.RefundPending)
	fake.payout = &store.StandingPayout{DuePayout: store.DuePayout{PayoutID: 7, SettlementID: 70}, Waits: true}
	verified := func(signal string) bool {
		d := fake.payoutDecision
		return office.Decisions.VerifiedPayout(auth.PayoutDecision{
			SettlementID: 70, AdminID: 3, Signal: signal, DecisionID: d.DecisionID,
		}, d.Signature)
	}
	for signal, retry := range map[string]bool{workflows.RetrySignal: true, workflows.AbandonSignal: false} {
		d := PayoutDecision{PayoutID: 7, Retry: retry, AdminID: 3, Reason: "the seller has called", Key: signal}
		require.NoError(t, office.DecidePayout(t.Context(), d))
		require.Equal(t, signal, fake.payoutSignal)
		require.True(t, verified(signal))
		require.False(t, verified(workflows.InquireSignal))
		require.Equal(t, "the seller has called", fake.reasons[fake.payoutDecision.DecisionID])
	}
	require.NoError(t, office.InquirePayout(t.Context(), 3, 7))
	require.True(t, verified(workflows.InquireSignal))
	fake.payout.Waits = false
	require.Equal(t, market.CodeDataConflict, market.CodeOf(office.DecidePayout(t.Context(),
		PayoutDecision{PayoutID: 7})))
}

func TestDecideRefund_Decision_IsSignedAndItsReasonStored(t *testing.T) {
	t.Parallel()
	fake, office := newTown(market.RefundPending)
	refund, done, err := office.DecideRefund(t.Context(), 7, RefundDecision{AdminID: 3, Key: "k", Reason: "worn"})
	require.NoError(t, err)
	require.True(t, done)
	require.Equal(t, market.RefundDenied, refund.Status)
	require.Equal(t, "3/k", fake.decision.DecisionID)
	require.Empty(t, fake.decision.Reason, "words of people stay out of histories")
	require.Equal(t, "worn", fake.reasons["3/k"])
	require.True(t,
		office.Decisions.Verified(auth.Decision{RefundID: 7, AdminID: 3, DecisionID: "3/k"}, fake.decision.Signature))
	require.False(t,
		office.Decisions.Verified(auth.Decision{RefundID: 8, AdminID: 3, DecisionID: "3/k"}, fake.decision.Signature))
}

// The second call returns the outcome of the first.
func TestDecideRefund_Repeated_IsSentOnce(t *testing.T) {
	t.Parallel()
	fake, office := newTown(market.RefundPending)
	sent := 0
	decide := fake.outcome
	fake.outcome = func(t *fixture, d workflows.RefundDecision) error { sent++; return decide(t, d) }
	for range 2 {
		refund, done, err := office.DecideRefund(t.Context(), 7, RefundDecision{AdminID: 3, Key: "k", Approve: true})
		require.NoError(t, err)
		require.True(t, done)
		require.Equal(t, market.RefundSuccess, refund.Status)
	}
	require.Equal(t, 1, sent)
}

func TestDecideRefund_NothingWaits_IsRefused(t *testing.T) {
	t.Parallel()
	approve, deny, byHand := RefundDecision{Approve: true}, RefundDecision{Reason: "no"}, RefundDecision{
		Approve: true, PaidManually: true,
	}
	for _, c := range []struct {
		status  market.RefundStatus
		reason  market.RefundReason
		d       RefundDecision
		refused bool
	}{
		{market.RefundPending, "", approve, false},
		{market.RefundPending, "", deny, false},
		{market.RefundPending, "", byHand, true},
		{market.RefundFailed, "", byHand, false},
		{market.RefundFailed, "", deny, false},
		{market.RefundFailed, market.ReasonOrderExpired, deny, true}, // a charge that no order stands behind goes back
		{market.RefundProcessing, "", approve, true},
		{market.RefundSuccess, "", approve, true},
		{market.RefundDenied, "", deny, true},
	} {
		fake, office := newTown(c.status)
		fake.refund.Reason = c.reason
		_, _, err := office.DecideRefund(t.Context(), 7, c.d)
		if !c.refused {
			require.NoError(t, err, c)
			continue
		}
		require.Equal(t, market.CodeRefundNotFound, market.CodeOf(err), c)
		require.Empty(t, fake.decision, "nothing is sent")
	}
}

func TestDecideRefund_TakesLong_IsUnderWay(t *testing.T) {
	t.Parallel()
	fake, office := newTown(market.RefundPending)
	fake.outcome = func(t *fixture, _ workflows.RefundDecision) error {
		t.refund.Status = market.RefundProcessing
		return nil
	}
	_, done, err := office.DecideRefund(t.Context(), 7, RefundDecision{Approve: true})
	require.NoError(t, err)
	require.False(t, done)

	for _, outcome := range []func(*fixture, workflows.RefundDecision) error{
		func(t *fixture, d workflows.RefundDecision) error { // recorded as too late
			t.applied[d.DecisionID], t.refund.Status = false, market.RefundDenied
			return nil
		},
		func(t *fixture, _ workflows.RefundDecision) error { // no run recorded it
			t.refund.Status = market.RefundDenied
			return nil
		},
	} {
		fake, office = newTown(market.RefundPending)
		fake.outcome = outcome
		_, _, err = office.DecideRefund(t.Context(), 7, RefundDecision{Approve: true})
		require.Equal(t, market.CodeRefundNotFound, market.CodeOf(err))
		var refused *market.Error
		require.ErrorAs(t, err, &refused)
		require.Equal(t, []any{market.RefundDenied}, refused.Args, "the answer says how the refund stands")
	}
}

func TestSetOrderStatus_Refunded_PaysBackWhatWasPaid(t *testing.T) {
	t.Parallel()
	for status, want := range map[market.OrderStatus]market.Code{
		market.OrderCreated:   market.CodeOrderStatusCannotBeChanged,
		market.OrderShipped:   "",
		market.OrderFailed:    market.CodeOrderStatusImmutable,
		market.OrderPaid:      "",
		market.OrderDelivered: "",
		market.OrderRefunded:  "",
	} {
		fake, office := newTown(market.RefundPending)
		fake.order.Status = status
		order, done, err := office.SetOrderStatus(t.Context(),
			OrderChange{OrderID: 1, AdminID: 3, Status: market.OrderRefunded})
		require.Equal(t, want, market.CodeOf(err), status)
		if want == "" {
			require.True(t, done)
			require.Equal(t, market.OrderRefunded, order.Status)
			require.Equal(t, status != market.OrderRefunded, fake.decision.Approve,
				"an order that is paid back is not paid back again")
		}
	}
}

// When the sessions cannot be ended, the caller receives an error, although the seller's state has
// changed.
func TestSetSellerStatus_NotApproved_EndsSessions(t *testing.T) {
	t.Parallel()
	fake, office := newTown(market.RefundPending)
	_, err := office.SetSellerStatus(t.Context(), 5, market.SellerApproved, false, "")
	require.NoError(t, err)
	require.Empty(t, fake.revoked)
	require.NotEmpty(t, fake.changed)

	fake.revokeErr = errors.New("no Redis")
	seller, err := office.SetSellerStatus(t.Context(), 5, market.SellerSuspended, true, "")
	require.ErrorIs(t, err, fake.revokeErr)
	require.Equal(t, market.SellerSuspended, seller.Status)
	require.Equal(t, []int64{5}, fake.revoked)
	require.Equal(t, market.CodePayoutNotFound, market.CodeOf(office.InquirePayout(t.Context(), 3, 1)))
}

// runs finds as many runs as it is.
type runs int64

func (n runs) CountRuns(context.Context, string) (int64, error) { return int64(n), nil }

func (n runs) ListRuns(context.Context, string, []byte) ([]market.Run, []byte, error) {
	return []market.Run{{WorkflowID: "payment/1"}}, nil, nil
}

func (n runs) OrderTimeline(context.Context, int64) ([]market.OrderEvent, error) {
	if n == 0 {
		return nil, errors.New("Temporal is away")
	}
	return []market.OrderEvent{{At: market.LocalTime(time.UnixMilli(2)), Kind: "RUN_STARTED"}}, nil
}

func (t *fixture) OrderTimeline(context.Context, int64) ([]market.OrderEvent, error) {
	return []market.OrderEvent{
		{At: market.LocalTime(time.UnixMilli(1)), Kind: "ORDERED"},
		{At: market.LocalTime(time.UnixMilli(3)), Kind: "PAID"},
	}, nil
}

func TestOrderTimeline_DatabaseAndEngine_AreOneList(t *testing.T) {
	t.Parallel()
	_, office := newTown(market.RefundPending)
	for n, want := range map[runs][]string{1: {"ORDERED", "RUN_STARTED", "PAID"}, 0: {"ORDERED", "PAID"}} {
		office.Runs = n
		story, whole, err := office.OrderTimeline(t.Context(), 7)
		require.NoError(t, err)
		require.Equal(t, n != 0, whole)
		var kinds []string
		for _, e := range story {
			kinds = append(kinds, e.Kind)
		}
		require.Equal(t, want, kinds)
	}
}

func (t *fixture) CreateBatch(_ context.Context, b market.NewBatch) (int64, error) {
	t.changed = append(t.changed, b.Query)
	return 3, nil
}

// What begins later is none of its, and too much is refused.
func TestBeginBatch_RunsStartedLater_AreLeftOut(t *testing.T) {
	t.Parallel()
	town, office := newTown(market.RefundPending)
	office.Runs = runs(maxBatch)
	q := engine.RunQuery{Type: "PaymentApproval", Status: "Running", OrderID: 7}
	found, err := office.FindRuns(t.Context(), q)
	require.NoError(t, err)
	require.EqualValues(t, maxBatch, found.Total)
	require.Len(t, found.First, 1)
	id, err := office.BeginBatch(t.Context(), q, market.NewBatch{Action: market.BatchSignal, PerSecond: 5})
	require.NoError(t, err)
	require.EqualValues(t, 3, id)
	require.Regexp(t,
		"^WorkflowType = 'PaymentApproval' AND ExecutionStatus = 'Running' AND OrderId = '7' AND StartTime < '20.*Z'$",
		town.changed[0])
	office.Runs = runs(maxBatch + 1)
	_, err = office.BeginBatch(t.Context(), q, market.NewBatch{Action: market.BatchSignal, PerSecond: 5})
	require.Equal(t, market.CodeInvalidInput, market.CodeOf(err))
	require.Len(t, town.changed, 1)

	office.Runs = runs(maxBatch)
	good := market.NewBatch{Action: market.BatchSignal, PerSecond: 5}
	for field, bad := range map[string]struct {
		q RunQuery
		b market.NewBatch
	}{
		"type": {RunQuery{Type: "Checkout"}, good}, "status": {RunQuery{Type: "Payout", Status: "x"}, good},
		"action":    {RunQuery{Type: "Payout"}, market.NewBatch{Action: market.BatchRedrive, PerSecond: 5}},
		"perSecond": {q, market.NewBatch{Action: market.BatchSignal, PerSecond: maxPerSecond + 1}},
	} {
		_, err := office.BeginBatch(t.Context(), bad.q, bad.b)
		var refused *market.Error
		require.ErrorAs(t, err, &refused, field)
		require.Equal(t, []any{field}, refused.Args)
	}
	backwards := RunQuery{Type: "Payout", From: market.DayOf(time.Now()), To: market.DayOf(time.Now()).Add(-1)}
	_, err = office.BeginBatch(t.Context(), backwards, good)
	var refused *market.Error
	require.ErrorAs(t, err, &refused)
	require.Equal(t, market.DetailDaysReversed, refused.Detail)
	require.Len(t, town.changed, 1)
}

func TestLockBuyer_Locked_EndsSessions(t *testing.T) {
	t.Parallel()
	fake, office := newTown(market.RefundPending)
	b, err := office.LockBuyer(t.Context(), 5, "stolen cards")
	require.NoError(t, err)
	require.Equal(t, "stolen cards", *b.LockedReason)
	require.Equal(t, []int64{5}, fake.revoked)
	fake.revokeErr = market.Refuse(market.CodeRedisUnavailable)
	_, err = office.LockBuyer(t.Context(), 5, "stolen cards")
	require.Equal(t, market.CodeRedisUnavailable, market.CodeOf(err), "the same call again ends them")
	b, err = office.UnlockBuyer(t.Context(), 5)
	require.NoError(t, err)
	require.Nil(t, b.LockedReason)
	require.Len(t, fake.revoked, 2)
}

func TestBlockProduct_Blocked_LeavesCaches(t *testing.T) {
	t.Parallel()
	fake, office := newTown(market.RefundPending)
	_, err := office.BlockProduct(t.Context(), 5, "a fake")
	require.NoError(t, err)
	_, err = office.UnblockProduct(t.Context(), 5)
	require.NoError(t, err)
	require.Equal(t, []string{"product", "product"}, fake.changed)
}
