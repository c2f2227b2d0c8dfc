package e2e

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/app"
	"github.com/all-in-market/market/deploy/portone/portonesim"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/simclient"
	"github.com/all-in-market/market/internal/simulator"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/testrig"
	"github.com/all-in-market/market/internal/vault"
	"github.com/all-in-market/market/internal/verify"
	"github.com/all-in-market/market/workflows"
)

// Temporal's database is lost. Unfinished work is resumed automatically, and ends once.
func TestRestore_TemporalOlderThanStore_LosesNothing(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	r := newRig(t)
	r.serveAll(t)
	seller, staff := r.seller(t), r.staff(t)
	product := r.product(t, seller.id, 10_000_00, 100).ID
	_, _ = r.paidOrder(t, r.buyers(t, 1)[0], line{product, 2})
	r.soldOn(t, lastPeriod().End)
	r.simulator.Bank.Set(simulator.BankKnobs{Refuse: true})
	r.closeDay(t, lastPeriod().End)
	r.eventually(t, 1, "SELECT count(*) FROM payouts WHERE status = 'FAILED'")
	r.simulator.Bank.Set(simulator.BankKnobs{})
	settlement := int64(r.count(t, "SELECT settlement_id FROM payouts"))
	refund, refunded := r.refundToDecide(t, product, "")
	payer := r.buyers(t, 1)[0]
	order, browser, payment := r.openInBrowser(t, payer, product)

	r.stopServing(t)
	r.cfg.TemporalNamespace += "-new"
	r.connectTemporal(t)
	for _, age := range []string{
		"UPDATE refunds SET updated_at = updated_at - interval '10 minutes'",
		"UPDATE payments SET created_at = created_at - interval '10 minutes', updated_at = updated_at - interval '10 minutes'",
		"UPDATE payouts SET processed_at = processed_at - interval '10 minutes'",
		"UPDATE stuck_row_sweeps SET claimed_until = now()",
	} {
		_, err := r.store.Pool().Exec(ctx, age)
		require.NoError(t, err)
	}
	r.serveAll(t)
	staff.base, payer.base = r.admin, r.api

	testrig.Eventually(t, func() bool {
		return approve(t, staff, refund).Success
	}, 30*time.Second, 200*time.Millisecond,
		"the refund waits for its decision again")
	testrig.Eventually(t, func() bool { return r.cancellations(t, refunded) > 0 }, 30*time.Second, 200*time.Millisecond,
		"the gateway gives the money back")
	out := r.portone.Pay(browser, portonesim.Approve)
	testrig.Eventually(t, func() bool {
		payer.post(t, confirmPath(payment), returned(out))
		return r.status(t, order) == market.OrderPaid
	}, 30*time.Second, 200*time.Millisecond, "the buyer comes back from the browser and is heard")
	r.signal(t, settlement, workflows.RetrySignal)
	r.eventually(t, 1, "SELECT count(*) FROM payouts WHERE status = 'SUCCESS'")
	r.settleDown(t)
	require.Equal(t, 1, r.cancellations(t, refunded))
	r.verify(t)
}

// A dump of the store is restored, while workflows and the gateway are at a later state.
func TestRestore_StoreOlderThanTemporal_PaysNothingTwice(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	backup := filepath.Join(t.TempDir(), "backup.sql")
	r.forgets(t, func() {
		dumped, err := exec.Command("pg_dump", "--no-owner", "--exclude-schema=gateway_simulator", "--file", backup,
			r.cfg.DatabaseURL).CombinedOutput()
		require.NoError(t, err, string(dumped))
	}, func() {
		restored, err := exec.Command("psql", "-q", "-v", "ON_ERROR_STOP=1", r.cfg.DatabaseURL, "-c",
			"DROP SCHEMA public CASCADE", "-c", "CREATE SCHEMA public", "-f", backup).CombinedOutput()
		require.NoError(t, err, string(restored))
		r.store.Pool().Reset()
	})
}

// It is the same with a base backup and the write-ahead log since: up
// to a moment, at which no more of the log arrives, as when the newest of it is lost with a machine.
func TestRestore_BaseBackupToAMoment_Continues(t *testing.T) {
	// Not parallel, because it promotes the replica that the tests of replica_test.go read from.
	needReplica(t)
	ctx := context.Background()
	r := newRig(t)
	copied := r.replica(t)
	r.forgets(t, func() {
		following, err := pgx.Connect(ctx, copied.String())
		require.NoError(t, err)
		defer following.Close(ctx)
		r.replayed(t, following)
		_, err = following.Exec(ctx, "ALTER SYSTEM SET primary_conninfo = ''")
		require.NoError(t, err)
		_, err = following.Exec(ctx, "SELECT pg_reload_conf()")
		require.NoError(t, err)
		testrig.Eventually(t, func() bool {
			return r.count(t, "SELECT count(*) FROM pg_stat_replication") == 0
		}, time.Minute, 20*time.Millisecond, "no more of the log arrives")
	}, func() {
		pause(t, copied.String(), "SELECT pg_promote()")
		r.cfg.DatabaseURL = copied.String()
		var err error
		r.store, err = store.Open(ctx, r.cfg.DatabaseURL, store.Options{MaxConns: 40, Vault: vault.Local()})
		require.NoError(t, err)
		t.Cleanup(r.store.Close)
	})
}

// forgets runs a marketplace, backs its store up, continues, and restores the backup. Ids are then
// skipped, so that new rows do not reuse ids in workflows and at providers; a repeated payout has
// the same key at the bank; and unknown charges are reported.
func (r *rig) forgets(t *testing.T, backUp, restore func()) {
	t.Helper()
	ctx := context.Background()
	provider := &rig{store: r.store} // gateway and bank forget nothing
	r.serveAll(t)
	seller, staff := r.seller(t), r.staff(t)
	product := r.product(t, seller.id, 10_000_00, 100).ID
	before := r.buyers(t, 1)[0]
	_, _ = r.paidOrder(t, r.buyers(t, 1)[0], line{product, 1})
	r.soldOn(t, lastPeriod().End)
	kept, lines := r.paidOrder(t, before, line{product, 2})
	r.settleDown(t)
	r.stopServing(t)
	backUp()
	backedUp := time.Now()

	r.serveAll(t) // and lives on, until the backup is all there is
	seller.base, staff.base, before.base = r.api, r.admin, r.api
	lost, _ := r.paidOrder(t, r.buyers(t, 1)[0], line{product, 1})
	opened := before.post(t, refundsOf(kept), pieces(lines[0], 1))
	require.Equal(t, 201, opened.Status, opened)
	forgotten := opened.id("refundId")
	require.Equal(t, 200, staff.put(t, fmt.Sprintf("/admin/refunds/%d/deny", forgotten),
		map[string]string{"deniedReason": "worn"}).Status)
	r.closeDay(t, lastPeriod().End)
	r.eventually(t, 1, "SELECT count(*) FROM payouts WHERE status = 'SUCCESS'")
	r.settleDown(t)
	charged := r.text(t, "SELECT merchant_uid FROM payments WHERE order_id = $1", lost)
	r.stopServing(t)

	restore()
	tables, err := r.store.SkipIDs(ctx, 1000)
	require.NoError(t, err)
	require.Greater(t, tables, 20)
	r.serveAll(t)
	staff.base, before.base = r.admin, r.api

	// The workflow of the forgotten refund has ended: a new one of its number could never begin.
	opened = before.post(t, refundsOf(kept), pieces(lines[0], 1))
	require.Equal(t, 201, opened.Status, opened)
	require.Greater(t, opened.id("refundId"), forgotten+500)
	require.True(t, approve(t, staff, opened.id("refundId")).Success)
	require.Equal(t, 1, provider.cancellations(t, kept))
	next, _ := r.paidOrder(t, r.buyers(t, 1)[0], line{product, 1})
	require.Greater(t, next, lost+500)
	r.closeDay(t, lastPeriod().End)
	r.eventually(t, 1, "SELECT count(*) FROM payouts WHERE status = 'SUCCESS'")
	require.Equal(t, 1, provider.count(t, "SELECT count(*) FROM gateway_simulator.transfers"),
		"the bank knows the payout that was forgotten, and does not pay again")
	r.settleDown(t)

	books := verify.Books{
		Store: r.store, Gateways: app.Gateways(r.cfg, nil, app.Plain),
		Bank: simclient.NewBank(r.cfg.BankURL, time.Minute),
	}
	findings, err := verify.Run(ctx, books, func(verify.Progress) {})
	require.NoError(t, err)
	require.Len(t, findings, 1, "%v", findings)
	require.Contains(t, fmt.Sprint(findings), charged)

	back := verify.GiveBacks{Store: r.store, Gateways: books.Gateways, Wait: time.Minute, Poll: 100 * time.Millisecond}
	plan, err := back.Plan(ctx, backedUp, func(int) {})
	require.NoError(t, err)
	require.Len(t, plan.Charges, 1)
	require.Equal(t, charged, plan.Charges[0].MerchantUID)
	for _, state := range []verify.GiveBackState{verify.GivenBack, verify.GivenBackBefore} {
		results := back.Apply(ctx, plan, func(verify.GiveBackResult) {})
		require.Len(t, results, 1)
		require.NoError(t, results[0].Err)
		require.Equal(t, state, results[0].State)
	}
	r.verify(t)
}
