package verify

import (
	"context"
	"fmt"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/deploy/portone/portonesim"
	"github.com/all-in-market/market/internal/gateway"
	"github.com/all-in-market/market/internal/gateway/portone"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
)

// fakeBooks is a store that has booked some payments.
type fakeBooks struct {
	mu      sync.Mutex
	booked  map[string]store.Books
	actions []string
}

func (f *fakeBooks) BooksOf(_ context.Context, uids []string) (map[string]store.Books, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	found := map[string]store.Books{}
	for _, uid := range uids {
		if b, ok := f.booked[uid]; ok {
			found[uid] = b
		}
	}
	return found, nil
}

func (f *fakeBooks) NoteAction(_ context.Context, a market.Action) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.actions = append(f.actions, a.Name)
	return nil
}

// restored is a store that was restored after PortOne had charged P1 to P<charges>; it has the
// first of them.
type restored struct {
	GiveBacks
	books   *fakeBooks
	portone *portonesim.Simulator
	start   time.Time
}

func openRestored(t *testing.T, charges, known int) *restored {
	t.Helper()
	sim, err := portonesim.New(portonesim.Options{StoreID: "store-test", APISecret: "secret", Live: true})
	require.NoError(t, err)
	t.Cleanup(sim.Close)
	server := httptest.NewServer(sim.Handler())
	t.Cleanup(server.Close)
	r := &restored{books: &fakeBooks{booked: map[string]store.Books{}}, portone: sim, start: time.Now()}
	for i := range charges {
		uid := fmt.Sprint("P", i+1)
		out := sim.Pay(portonesim.Window{
			StoreID: "store-test", ChannelKey: "card", PaymentID: uid, TotalAmount: 1000, Currency: "KRW",
			PayMethod: "CARD",
		}, portonesim.Approve)
		require.Empty(t, out.Code)
		if i < known {
			r.books.booked[uid] = store.Books{MerchantUID: uid, Resolved: true, Charged: true}
		}
	}
	r.GiveBacks = GiveBacks{
		Store: r.books, Wait: 10 * time.Second, Poll: 5 * time.Millisecond,
		Gateways: gateway.Providers{PortOne: portone.NewGateway(
			portone.NewClient(server.URL, "secret", "store-test"), nil, true)},
	}
	return r
}

func (r *restored) plan(t *testing.T) GiveBackPlan {
	t.Helper()
	p, err := r.Plan(t.Context(), r.start, func(int) {})
	require.NoError(t, err)
	return p
}

// apply returns the states of the charges, each at the end.
func (r *restored) apply(ctx context.Context, p GiveBackPlan) (states []GiveBackState) {
	for _, result := range r.Apply(ctx, p, func(GiveBackResult) {}) {
		states = append(states, result.State)
	}
	return states
}

// requireCancelled compares the numbers of cancellations of each payment, and that no payment has given
// back more than it took.
func (r *restored) requireCancelled(t *testing.T, want map[string]int) {
	t.Helper()
	got := map[string]int{}
	for _, p := range r.portone.Books().Payments {
		for range p.Cancellations {
			got[p.ID]++
		}
		require.LessOrEqual(t, p.Amount.Cancelled, p.Amount.Total)
	}
	require.Equal(t, want, got)
}

func TestGiveBackPlan_ListsWhatTheStoreHasNotBooked(t *testing.T) {
	t.Parallel()
	r := openRestored(t, 5, 2)
	r.books.booked["P3"] = store.Books{MerchantUID: "P3", Resolved: true} // ended without a charge
	r.books.booked["P4"] = store.Books{MerchantUID: "P4"}                 // its workflow finds out
	p := r.plan(t)
	require.Equal(t, []ProviderShare{{Provider: market.ProviderPortOne, Charges: 5, Unknown: 2}}, p.Providers)
	require.Len(t, p.Charges, 2)
	require.Equal(t, "P3 NOT_BOOKED, P5 UNKNOWN", fmt.Sprintf("%s %s, %s %s", p.Charges[0].MerchantUID,
		p.Charges[0].Store,
		p.Charges[1].MerchantUID, p.Charges[1].Store))
	require.Equal(t, 2, p.Count)
	require.Equal(t, market.Money(2000_00), p.Held)

	// What was charged before is left alone, even when it has changed since.
	later := time.Now()
	r.portone.GiveBack("P5", 1)
	p, err := r.Plan(t.Context(), later, func(int) {})
	require.NoError(t, err)
	require.Zero(t, p.Count)
	require.Zero(t, p.Providers[0].Charges)
}

func TestGiveBackPlan_LargeShareUnknown_IsRefused(t *testing.T) {
	t.Parallel()
	empty := openRestored(t, 4, 0).plan(t)
	require.ErrorContains(t, empty.CheckShare(0.1, 0), "4 of 4 charges of PORTONE")
	require.Error(t, empty.CheckShare(0.1, 3))
	require.NoError(t, empty.CheckShare(0.1, 4))
	require.NoError(t, empty.CheckShare(1, 0))

	one := openRestored(t, 3, 2).plan(t)
	require.ErrorContains(t, one.CheckShare(0.1, 0), "1 of 3")
	require.NoError(t, one.CheckShare(0.1, 1))
	require.NoError(t, one.CheckShare(0.34, 0))
	require.NoError(t, openRestored(t, 10, 9).plan(t).CheckShare(0.1, 0))
	require.NoError(t, openRestored(t, 3, 3).plan(t).CheckShare(0, 0))
}

func TestApply_Twice_GivesBackOnce(t *testing.T) {
	t.Parallel()
	r := openRestored(t, 3, 1)
	r.portone.GiveBack("P2", 400) // by hand, in part
	p := r.plan(t)
	require.Equal(t, market.Money(1600_00), p.Held)
	require.Equal(t, []GiveBackState{GivenBack, GivenBack}, r.apply(t.Context(), p))
	require.Equal(t, []GiveBackState{GivenBackBefore, GivenBackBefore}, r.apply(t.Context(), p))
	r.requireCancelled(t, map[string]int{"P2": 2, "P3": 1})
	require.Equal(t, []string{"CHARGE_GIVING_BACK", "CHARGE_GIVEN_BACK", "CHARGE_GIVING_BACK", "CHARGE_GIVEN_BACK"},
		r.books.actions)
	again := r.plan(t)
	require.Zero(t, again.Count)
	require.Equal(t, 2, again.Providers[0].Unknown)
}

// It takes cancellations on and refuses them later; another run, with
// keys of its own, gives back what was refused.
func TestApply_RefusedLater_IsReported(t *testing.T) {
	t.Parallel()
	r := openRestored(t, 2, 0)
	p := r.plan(t)
	r.portone.Set(portonesim.Faults{CancelLater: 50 * time.Millisecond, CancelFails: true})
	results := r.Apply(t.Context(), p, func(GiveBackResult) {})
	for _, result := range results {
		require.Equal(t, GiveBackRefused, result.State)
		require.ErrorContains(t, result.Err, "refused it later")
		require.False(t, result.Done())
	}
	r.portone.Set(portonesim.Faults{CancelFails: true}) // refused at once
	require.Equal(t, []GiveBackState{GiveBackRefused, GiveBackRefused}, r.apply(t.Context(), p))
	r.portone.Set(portonesim.Faults{CancelLater: 50 * time.Millisecond})
	require.Equal(t, []GiveBackState{GivenBack, GivenBack}, r.apply(t.Context(), p))
	r.requireCancelled(t, map[string]int{"P1": 2, "P2": 2})
}

// It ends before the provider decides; a later run follows the same
// cancellation and asks for no other.
func TestApply_Undecided_IsPending(t *testing.T) {
	t.Parallel()
	r := openRestored(t, 1, 0)
	r.Wait = 20 * time.Millisecond
	r.portone.Set(portonesim.Faults{CancelLater: time.Second})
	results := r.Apply(t.Context(), r.plan(t), func(GiveBackResult) {})
	require.Equal(t, GiveBackPending, results[0].State)
	require.False(t, results[0].Done())
	p := r.plan(t)
	require.Equal(t, 1, p.Count, "the money is still held")
	r.Wait = 30 * time.Second
	require.Equal(t, []GiveBackState{GivenBack}, r.apply(t.Context(), p))
	r.requireCancelled(t, map[string]int{"P1": 1})
}

// TestApply_OneFails_TheOthersAreGivenBack has a charge that the provider does not answer about, and
// one that the store has booked since the plan was made.
func TestApply_OneFails_TheOthersAreGivenBack(t *testing.T) {
	t.Parallel()
	r := openRestored(t, 4, 0)
	p := r.plan(t)
	r.portone.Set(portonesim.Faults{Poisoned: "P2"})
	r.books.booked["P3"] = store.Books{MerchantUID: "P3"}
	p.Charges[3].ImpUID = "another attempt"
	require.Equal(t, []GiveBackState{GivenBack, GiveBackFailed, GiveBackKnown, GiveBackFailed}, r.apply(t.Context(), p))
	r.requireCancelled(t, map[string]int{"P1": 1})
}

// It loses the answer to each cancellation.
func TestApply_AnswersLost_GivesBackOnce(t *testing.T) {
	t.Parallel()
	r := openRestored(t, 2, 0)
	p := r.plan(t)
	r.portone.Set(portonesim.Faults{HangAfter: time.Millisecond, HangOn: "cancel"})
	require.Equal(t, []GiveBackState{GivenBack, GivenBack}, r.apply(t.Context(), p))
	r.requireCancelled(t, map[string]int{"P1": 1, "P2": 1})
}

// It interrupts a run while its first request is under way.
func TestApply_Interrupted_StopsAfterTheChargeInHand(t *testing.T) {
	t.Parallel()
	r := openRestored(t, 3, 0)
	p := r.plan(t)
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	r.Gateways.PortOne = interrupting{r.Gateways.PortOne, interrupt}
	require.Equal(t, []GiveBackState{GivenBack, GiveBackNotTried, GiveBackNotTried}, r.apply(ctx, p))
	r.requireCancelled(t, map[string]int{"P1": 1})
	require.Equal(t, []GiveBackState{GivenBackBefore, GivenBack, GivenBack}, r.apply(t.Context(), p))
	r.requireCancelled(t, map[string]int{"P1": 1, "P2": 1, "P3": 1})
}

// interrupting interrupts its caller as a cancellation begins.
type interrupting struct {
	gateway.Redirect
	interrupt context.CancelFunc
}

func (i interrupting) Cancel(ctx context.Context, r gateway.CancelRequest) error {
	i.interrupt()
	return i.Redirect.Cancel(ctx, r)
}

// It ends a run between a request and all that follows it.
func TestApply_KilledInTheMiddle_GoesOn(t *testing.T) {
	t.Parallel()
	r := openRestored(t, 2, 0)
	p := r.plan(t)
	whole := r.Gateways.PortOne
	r.Gateways.PortOne = killed{whole}
	require.Panics(t, func() { r.apply(t.Context(), p) })
	r.Gateways.PortOne = whole
	require.Equal(t, []GiveBackState{GivenBackBefore, GivenBack}, r.apply(t.Context(), p))
	r.requireCancelled(t, map[string]int{"P1": 1, "P2": 1})
	require.Equal(t, []string{"CHARGE_GIVING_BACK", "CHARGE_GIVING_BACK", "CHARGE_GIVEN_BACK"}, r.books.actions,
		"each request is in the audit log")
}

// killed ends the run once a cancellation is done.
type killed struct{ gateway.Redirect }

func (k killed) Cancel(ctx context.Context, r gateway.CancelRequest) error {
	_ = k.Redirect.Cancel(ctx, r)
	panic("killed")
}
