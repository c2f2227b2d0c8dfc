package activities

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"github.com/all-in-market/market/internal/auth"
	"github.com/all-in-market/market/internal/bank"
	"github.com/all-in-market/market/internal/gateway"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/testrig"
)

// gatewayOf answers every question alike.
type gatewayOf struct {
	charge gateway.Charge
	err    error

	inquireErr error
	charged    int
}

func (g *gatewayOf) Charge(context.Context, gateway.ChargeRequest) (gateway.Charge, error) {
	g.charged++
	return g.charge, g.err
}

func (g *gatewayOf) Inquire(context.Context, string) (gateway.Charge, error) {
	return g.charge, g.inquireErr
}
func (g *gatewayOf) Cancel(context.Context, gateway.CancelRequest) error { return g.err }

func (g *gatewayOf) Charges(context.Context, time.Time, string) ([]gateway.Charge, string, error) {
	return nil, "", nil
}

// Declined is an outcome; an answer about something else, or one
// that makes no sense, is not known to be anything.
func TestCharge_EachAnswerOfTheGateway_HasItsOutcome(t *testing.T) {
	t.Parallel()
	in := ChargeInput{PaymentID: 1, MerchantUID: "uid", Amount: 100_00, Method: market.MethodMock}
	errAway := errors.New("away")
	for name, c := range map[string]struct {
		charge gateway.Charge
		err    error
		want   ChargeOutcome
		fails  bool
	}{
		"charged": {
			gateway.Charge{ImpUID: "imp", MerchantUID: "uid", Amount: 100_00}, nil,
			ChargeOutcome{Charged: true, ImpUID: "imp", Amount: 100_00}, false,
		},
		"another amount": {
			gateway.Charge{ImpUID: "imp", MerchantUID: "uid", Amount: 99_00}, nil,
			ChargeOutcome{Charged: true, ImpUID: "imp", Amount: 99_00}, false,
		},
		"declined":      {gateway.Charge{}, gateway.ErrDeclined, ChargeOutcome{Declined: true}, false},
		"away":          {gateway.Charge{}, errAway, ChargeOutcome{}, true},
		"unknown":       {gateway.Charge{}, gateway.ErrUnknownPayment, ChargeOutcome{}, true},
		"somebody else": {gateway.Charge{ImpUID: "imp", MerchantUID: "other", Amount: 100_00}, nil, ChargeOutcome{}, true},
		"without an id": {gateway.Charge{MerchantUID: "uid", Amount: 100_00}, nil, ChargeOutcome{}, true},
		"negative":      {gateway.Charge{ImpUID: "imp", MerchantUID: "uid", Amount: -1}, nil, ChargeOutcome{}, true},
	} {
		a := &Activities{Gateways: gateway.Providers{Mock: &gatewayOf{charge: c.charge, err: c.err}}}
		got, err := a.Charge(t.Context(), in)
		require.Equal(t, c.fails, err != nil, name)
		require.Equal(t, c.want, got, name)
	}
}

func TestCharge_KnownToTheGateway_IsNotRepeated(t *testing.T) {
	t.Parallel()
	in := ChargeInput{PaymentID: 1, MerchantUID: "uid", Amount: 100_00, Method: market.MethodMock}
	g := &gatewayOf{charge: gateway.Charge{ImpUID: "imp", MerchantUID: "uid", Amount: 100_00}}
	out, err := (&Activities{Gateways: gateway.Providers{Mock: g}}).ResolveCharge(t.Context(), in)
	require.NoError(t, err)
	require.True(t, out.Charged)
	require.Zero(t, g.charged)

	g = &gatewayOf{inquireErr: gateway.ErrDeclined}
	out, err = (&Activities{Gateways: gateway.Providers{Mock: g}}).ResolveCharge(t.Context(), in)
	require.NoError(t, err)
	require.True(t, out.Declined)
	require.Zero(t, g.charged)
}

// Not for one whose order has failed.
func TestResolveCharge_UnknownToTheGateway_ChargesOpenPaymentsOnly(t *testing.T) {
	s := testrig.NewShop(t, 1, nil)
	order := s.Place(t, "one", s.ProductIDs[0])
	var buyer int64
	require.NoError(t, s.Pool().QueryRow(t.Context(), "SELECT buyer_id FROM orders WHERE id = $1", order).Scan(&buyer))
	opened, err := s.OpenPayment(t.Context(), store.PaymentToOpen{
		OrderID: order, BuyerID: market.BuyerID(buyer), Method: market.MethodMock, RunID: "run",
	})
	require.NoError(t, err)
	p := opened.Payment
	in := ChargeInput{PaymentID: p.ID, MerchantUID: p.MerchantUID, Amount: p.Amount, Method: p.Method}
	g := &gatewayOf{
		charge:     gateway.Charge{ImpUID: "imp", MerchantUID: p.MerchantUID, Amount: p.Amount},
		inquireErr: gateway.ErrUnknownPayment,
	}
	a := &Activities{Gateways: gateway.Providers{Mock: g}, Store: s.Store}
	out, err := a.ResolveCharge(t.Context(), in)
	require.NoError(t, err)
	require.True(t, out.Charged)

	require.NoError(t, s.SetOrderStatus(t.Context(), order, market.OrderFailed, nil))
	out, err = a.ResolveCharge(t.Context(), in)
	require.NoError(t, err)
	require.Equal(t, ChargeOutcome{}, out)
	require.Equal(t, 1, g.charged)
}

// Only a known status of this very transfer is an outcome.
func TestSendPayout_EachAnswerOfTheBank_HasItsOutcome(t *testing.T) {
	t.Parallel()
	p := store.PayoutAttempt{Key: "k", Amount: 50_00}
	for name, c := range map[string]struct {
		transfer bank.Transfer
		err      error
		want     market.PayoutOutcome // "" when it is not known
	}{
		"paid":           {bank.Transfer{Key: "k", Amount: 50_00, Status: bank.TransferPaid}, nil, market.OutcomeSuccess},
		"refused":        {bank.Transfer{Key: "k", Amount: 50_00, Status: bank.TransferRefused}, nil, market.OutcomeRefused},
		"returned":       {bank.Transfer{Key: "k", Amount: 50_00, Status: bank.TransferReturned}, nil, market.OutcomeReturned},
		"new word":       {bank.Transfer{Key: "k", Amount: 50_00, Status: "PONDERED"}, nil, ""},
		"another key":    {bank.Transfer{Key: "x", Amount: 50_00, Status: bank.TransferPaid}, nil, ""},
		"away":           {bank.Transfer{}, errors.New("away"), ""},
		"no amount":      {bank.Transfer{Key: "k", Amount: -1, Status: bank.TransferPaid}, nil, ""},
		"another amount": {bank.Transfer{Key: "k", Amount: 50_01, Status: bank.TransferPaid}, nil, market.OutcomeMispaid},
		"nothing":        {bank.Transfer{Key: "k", Amount: 0, Status: bank.TransferPaid}, nil, market.OutcomeMispaid},
		"another amount refused": {
			bank.Transfer{Key: "k", Amount: 50_01, Status: bank.TransferRefused}, nil, market.OutcomeRefused,
		},
		"another amount returned": {
			bank.Transfer{Key: "k", Amount: 50_01, Status: bank.TransferReturned}, nil, market.OutcomeReturned,
		},
	} {
		got, err := payoutOutcome(p, c.transfer, c.err)
		require.Equal(t, c.want == "", err != nil, name)
		require.Equal(t, c.want, got.Outcome, name)
		if other := c.want != "" && c.transfer.Amount != p.Amount; other {
			require.Equal(t, &c.transfer.Amount, got.BankAmount, name)
		} else {
			require.Nil(t, got.BankAmount, name)
		}
	}
}

func TestOpenRefund_Request_KeepsItsPieces(t *testing.T) {
	t.Parallel()
	var in OpenRefundInput
	in.Add(market.Pieces{OrderItemID: 3, Quantity: 2})
	require.Equal(t, []RefundPieces{{OrderItemID: 3, Quantity: 2}}, in.Items)
}

// The step fails with what to do, and is tried again.
func TestSendMail_NoMailServer_IsAnError(t *testing.T) {
	t.Parallel()
	_, err := (&Activities{}).SendMail(t.Context(), 1)
	require.ErrorContains(t, err, "SMTP_URL")
}

func TestResumed_AfterAHeartbeat_ContinuesThere(t *testing.T) {
	t.Parallel()
	var suite testsuite.WorkflowTestSuite
	e := suite.NewTestActivityEnvironment()
	count := func(ctx context.Context, to int) (from int, err error) {
		from = resumed[int](ctx)
		for i := from; i < to; i++ {
			report(ctx, i+1)
		}
		return from, nil
	}
	e.RegisterActivity(count)
	v, err := e.ExecuteActivity(count, 5)
	require.NoError(t, err)
	var from int
	require.NoError(t, v.Get(&from))
	require.Zero(t, from)
	e.SetHeartbeatDetails(3)
	v, err = e.ExecuteActivity(count, 5)
	require.NoError(t, err)
	require.NoError(t, v.Get(&from))
	require.Equal(t, 3, from)
}

// Heartbeats prove that the activity gets on, and not that its process lives.
func TestKeepAlive_NoProgress_EndsTheAttempt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		work := func(ctx context.Context, reports int) (time.Duration, error) {
			began := time.Now()
			_, err := KeepAlive(ctx, 3*time.Second, func(ctx context.Context) (any, error) {
				for range reports {
					time.Sleep(progressTimeout - time.Minute) //nolint:forbidigo // of the bubble's time
					report(ctx, 1)
				}
				if reports == 0 {
					<-ctx.Done()
				}
				return nil, ctx.Err()
			})
			return time.Since(began), err
		}
		execute := func(reports int) (took time.Duration, err error) {
			var suite testsuite.WorkflowTestSuite
			e := suite.NewTestWorkflowEnvironment()
			e.SetTestTimeout(2 * time.Hour)
			e.RegisterActivity(work)
			e.ExecuteWorkflow(func(ctx workflow.Context) error {
				return workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
					StartToCloseTimeout: time.Hour, RetryPolicy: &temporal.RetryPolicy{MaximumAttempts: 1},
				}), work, reports).Get(ctx, &took)
			})
			return took, e.GetWorkflowError()
		}
		took, err := execute(3)
		require.NoError(t, err)
		require.Equal(t, 3*(progressTimeout-time.Minute), took)
		began := time.Now()
		_, err = execute(0)
		require.ErrorContains(t, err, "no progress for 10m0s")
		require.Less(t, time.Since(began), progressTimeout+time.Minute)
	})
}

// A changed decision does not match its signature.
func TestDecisions_Changed_AreNotVerified(t *testing.T) {
	t.Parallel()
	d := auth.NewDecisions("a secret")
	said := auth.Decision{RefundID: 1, AdminID: 2, DecisionID: "d", Approve: true}
	signature := d.Sign(said)
	require.True(t, d.Verified(said, signature))
	said.RefundID = 2
	require.False(t, d.Verified(said, signature))
}
