package verify

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/testrig"
)

// nights are a shop whose books are verified each night.
type nights struct {
	*testrig.Shop
	now time.Time
}

func newNights(t *testing.T) *nights {
	t.Helper()
	n := &nights{now: time.Now().Add(-40 * 24 * time.Hour)}
	n.Shop = testrig.NewShop(t, 1, func() time.Time { return n.now })
	return n
}

// sell sells once at the current time of these tests, whose columns the database fills in otherwise.
func (n *nights) sell(t *testing.T, key string) (order int64) {
	t.Helper()
	order = n.Sell(t, key, n.ProductIDs[0])
	n.RollUpAll(t)
	n.tamper(t, "UPDATE orders SET created_at = $2 WHERE id = $1", order, n.now)
	return order
}

// tamper changes rows as a program would that no trigger and no constraint stops.
func (n *nights) tamper(t *testing.T, statement string, args ...any) {
	t.Helper()
	ctx := context.Background()
	require.NoError(t, pgx.BeginFunc(ctx, n.Pool(), func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SET LOCAL session_replication_role = replica"); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, statement, args...)
		return err
	}))
}

// verify verifies what has changed, records it, and returns what it has found.
func (n *nights) verify(t *testing.T) (Attempt, string) {
	t.Helper()
	ctx := context.Background()
	n.now = n.now.Add(2 * time.Hour) // what was placed within an hour before is looked at twice
	require.NoError(t, n.ExtendAuditChain(ctx))
	a, err := Changes(ctx, Books{Store: n.Store}, Attempt{}, func(Attempt) {})
	require.NoError(t, err)
	require.NoError(t, n.RecordVerification(ctx, a.Findings, a.Found, a.Plan.Until, a.Again))
	n.now = n.now.Add(22 * time.Hour)
	return a, fmt.Sprint(a.Findings)
}

// It sells on several days, and looks at
// what each night's verification covers.
func TestChanges_AnOrderThatIsOld_IsVerifiedWhenItChangesAndOnceInACycle(t *testing.T) {
	t.Parallel()
	n := newNights(t)
	first, second := n.sell(t, "first"), n.sell(t, "second")
	a, found := n.verify(t)
	require.Zero(t, a.Found, found)
	require.LessOrEqual(t, a.Plan.FirstOrder, first, "the first verification looks at everything")

	third := n.sell(t, "third")
	a, found = n.verify(t)
	require.Zero(t, a.Found, found)
	require.Equal(t, third, a.Plan.FirstOrder)
	require.Equal(t, []int64{first}, a.Plan.Orders, "of two old orders one has its turn")

	n.Refund(t, "of the first", first, 1)
	a, found = n.verify(t)
	require.Zero(t, a.Found, found)
	require.Equal(t, []int64{first, second}, a.Plan.Orders, "one has changed, the other has its turn")

	// Nothing announces this change, and it waits for its turn.
	n.tamper(t, "UPDATE order_items SET commission = commission + 1 WHERE order_id = $1", second)
	seen := -1
	for night := range 4 {
		if a, found = n.verify(t); a.Found > 0 {
			seen = night
			break
		}
		require.NotContains(t, a.Plan.Orders, second)
	}
	require.NotEqual(t, -1, seen, "an order has its turn in each cycle")
	require.Contains(t, found, "order item")

	again, found := n.verify(t)
	require.Equal(t, a.Found, again.Found, "a finding stays one until it is resolved: %s", found)
	n.tamper(t, "UPDATE order_items SET commission = commission - 1 WHERE order_id = $1", second)
	a, found = n.verify(t)
	require.Zero(t, a.Found, found)
}

// It kills an attempt after each of its steps.
func TestChanges_AnAttemptThatEndsEarly_IsGoneOnWith(t *testing.T) {
	t.Parallel()
	n := newNights(t)
	n.sell(t, "one")
	n.tamper(t, "UPDATE order_items SET commission = commission + 1")
	require.NoError(t, n.ExtendAuditChain(t.Context()))
	whole, err := Changes(t.Context(), Books{Store: n.Store}, Attempt{}, func(Attempt) {})
	require.NoError(t, err)
	require.NotZero(t, whole.Found)

	var died Attempt
	steps := 0
	for attempts := 0; ; attempts++ {
		require.Less(t, attempts, whole.Total+1)
		ctx, die := context.WithCancel(t.Context())
		reported := false
		a, err := Changes(ctx, Books{Store: n.Store}, died, func(a Attempt) {
			died, reported = a, true
			steps++
			die()
		})
		die()
		if err == nil {
			require.Equal(t, whole.Findings, a.Findings)
			require.Equal(t, whole.Found, a.Found)
			break
		}
		require.True(t, reported, "%v", err)
	}
	require.Equal(t, whole.Total, steps, "each step is reported once")
}

// It sets a row aside, which is a finding until it is resolved.
func TestChanges_AFindingThatEachNightLooksAt_HoldsUpNoOther(t *testing.T) {
	t.Parallel()
	n := newNights(t)
	n.sell(t, "one")
	n.tamper(t, "INSERT INTO set_aside (kind, subject_id, problem) VALUES ('EXPIRY', 1, 'it does not expire')")
	first, found := n.verify(t)
	require.Equal(t, 1, first.Found, found)
	second, found := n.verify(t)
	require.Equal(t, 1, second.Found, found)
	require.True(t, second.Plan.Since.StartedAt.Equal(first.Plan.Until.StartedAt),
		"it begins where the first has ended")
}

// TestChanges_AnAttemptOfTheVersionBefore_BeginsAnew has the progress that another version has reported.
func TestChanges_AnAttemptOfTheVersionBefore_BeginsAnew(t *testing.T) {
	t.Parallel()
	n := newNights(t)
	n.sell(t, "one")
	steps := 0
	a, err := Changes(t.Context(), Books{Store: n.Store}, Attempt{Progress: Progress{Done: 40, Total: 80}},
		func(Attempt) { steps++ })
	require.NoError(t, err)
	require.Equal(t, a.Total, steps)
}

func TestChanges_Findings_AreKeptInBounds(t *testing.T) {
	t.Parallel()
	var a Attempt
	a.add(make([]store.Finding, 70))
	a.add(make([]store.Finding, 70))
	require.Len(t, a.Findings, kept)
	require.Equal(t, 140, a.Found)
}
