package commands

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"github.com/all-in-market/market/app"
	"github.com/all-in-market/market/internal/auth"
	"github.com/all-in-market/market/internal/config"
	"github.com/all-in-market/market/internal/simulator"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/testrig"
	"github.com/all-in-market/market/internal/vault"
	"github.com/all-in-market/market/worker"
	"github.com/all-in-market/market/workflows"
)

// promoted makes the configured build the current one while a worker of it runs.
func promoted(t *testing.T, command func(args ...string) (string, error)) {
	t.Helper()
	testrig.Env(t, "REDIS_URL")
	t.Setenv("MARKET_PROFILE", "local")
	t.Setenv("JWT_SECRET", "a secret of tests that is long enough to be one")
	t.Setenv("METRICS_ADDR", "127.0.0.1:0")
	ended := make(chan error, 1)
	ctx, stop := context.WithCancel(t.Context())
	go func() { ended <- Run(ctx, []string{"worker"}, io.Discard, io.Discard) }()
	out, err := command("promote", "--wait", "1m")
	stop()
	require.NoError(t, errors.Join(err, <-ended))
	require.Equal(t, "CURRENT   build-1\n", out)
	for _, c := range []struct{ args, problem string }{
		{"--ramp -5", "want a percentage from 0 to 100"}, {"--ramp NaN", "want a percentage from 0 to 100"},
		{"build-2", "unexpected argument"}, {"--ramp 10", "is the current one"},
	} {
		began := time.Now()
		_, err := command(append([]string{"promote"}, strings.Fields(c.args)...)...)
		require.ErrorContains(t, err, c.problem, c.args)
		require.Less(t, time.Since(began), time.Minute, c.args)
	}
	out, err = command("promote", "--ramp", "0")
	require.NoError(t, err)
	require.Equal(t, "CURRENT   build-1\n", out)

	_, err = command("promote", "--unversioned")
	require.ErrorContains(t, err, "neither a build")
	t.Setenv("WORKER_BUILD_ID", "")
	_, err = command("promote")
	require.ErrorContains(t, err, "no build is named")
	out, err = command("promote", "--unversioned")
	require.NoError(t, err)
	require.Regexp(t, `^DRAIN(ING|ED)\s+build-1\n$`, out)
	cfg, err := config.Load()
	require.NoError(t, err)
	require.NoError(t, app.WithTemporal(cfg, func(c client.Client) error {
		testrig.Eventually(t, func() bool { // the server learns of a build's queues one by one
			waiting, err := worker.Backlog(t.Context(), c, cfg.TemporalNamespace)
			_, whole := waiting[worker.Waiting{Queue: workflows.RefundQueue}]
			_, ofBuild := waiting[worker.Waiting{Queue: workflows.RefundQueue, BuildID: "build-1"}]
			return err == nil && whole && ofBuild
		}, 30*time.Second, 100*time.Millisecond)
		return nil
	}))
}

// It prints one check of each outcome.
func TestReport_Warnings_AreNoFailure(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	checks := []app.Checked{{Name: "Redis"}, {Name: "the settings", Warnings: []string{"jit is on", "fsync is off"}}}
	require.NoError(t, report(checks, &out))
	require.Equal(t, "ok      Redis\nwarning the settings: jit is on\nwarning the settings: fsync is off\n",
		out.String())
	out.Reset()
	err := report(append(checks, app.Checked{Name: "Temporal", Problem: errors.New("away")}), &out)
	require.ErrorContains(t, err, "1 checks have failed")
	require.Contains(t, out.String(), "FAILED  Temporal: away\n")
}

// It runs the commands of a deployment.
func TestRun_EmptyDatabase_BecomesAMarketplace(t *testing.T) {
	ctx := context.Background()
	testrig.Env(t, "TEMPORAL_ADDRESS")
	t.Setenv("DATABASE_URL", testrig.EmptyDatabaseURL(t))
	t.Setenv("TEMPORAL_NAMESPACE", "main-test-"+rand.Text())
	t.Setenv("ADMIN_EMAIL", "first@example.com")
	t.Setenv("ADMIN_PASSWORD", "admin1234!")
	const password = "a password of one's own"
	command := func(args ...string) (string, error) {
		var out bytes.Buffer
		err := Run(ctx, args, &out, io.Discard)
		return out.String(), err
	}

	out, err := command("migrate")
	require.ErrorContains(t, err, "ADMIN_PASSWORD must have 12")
	t.Setenv("ADMIN_PASSWORD", password)
	require.Contains(t, out, "applied 00001_accounts.sql")
	schedule := func() error {
		cfg, err := config.Load()
		require.NoError(t, err)
		return app.WithTemporal(cfg, func(c client.Client) error {
			_, err := c.ScheduleClient().GetHandle(ctx, "day-close").Describe(ctx)
			return err
		})
	}
	t.Setenv("WORKER_BUILD_ID", "build-1")
	_, err = command("migrate")
	require.NoError(t, err)
	require.Error(t, schedule(), "the build is not the current one")
	t.Run("Promoted", func(t *testing.T) { promoted(t, command) })
	require.NoError(t, schedule())
	t.Setenv("WORKER_BUILD_ID", "")
	for range 2 {
		again, err := command("migrate")
		require.NoError(t, err)
		require.Empty(t, again, "again is a no-op")
	}
	_, err = command("schedules")
	require.NoError(t, err)

	s, err := store.Open(ctx, os.Getenv("DATABASE_URL"), store.Options{Vault: vault.Local()})
	require.NoError(t, err)
	defer s.Close()
	first, err := s.AdminCredentials(ctx, "first@example.com")
	require.NoError(t, err)
	passwords, err := auth.NewPasswords(4)
	require.NoError(t, err)
	right, err := passwords.Matches(ctx, first.PasswordHash, password)
	require.NoError(t, err)
	require.True(t, right)

	_, err = command("seed")
	require.ErrorContains(t, err, "local profile", "seeds know everybody's password")
	t.Setenv("MARKET_PROFILE", "local")
	t.Setenv("IMAGES_URL", "file://"+t.TempDir())
	var seeded [2]struct{ products, orders int }
	for i := range seeded {
		_, err = command("seed")
		require.NoError(t, err)
		require.NoError(t, s.Pool().QueryRow(ctx, "SELECT (SELECT count(*) FROM products), (SELECT count(*) FROM orders)").
			Scan(&seeded[i].products, &seeded[i].orders))
	}
	require.NotZero(t, seeded[0].orders)
	require.Equal(t, seeded[0], seeded[1], "seeding again adds nothing")
	simulator, err := simulator.New(ctx, s.Pool())
	require.NoError(t, err)
	simulated := httptest.NewServer(simulator.Handler())
	defer simulated.Close()
	t.Setenv("GATEWAY_URL", simulated.URL)
	t.Setenv("BANK_URL", simulated.URL)
	out, err = command("verify")
	require.NoError(t, err, out)
	require.Contains(t, out, "so do gateway and bank")
	out, err = command("verify", "--json")
	require.NoError(t, err)
	require.JSONEq(t, "[]", out)

	_, err = s.Pool().Exec(ctx, "UPDATE orders SET total_amount = total_amount + 1")
	require.NoError(t, err)
	out, err = command("verify")
	require.Error(t, err, "verify must see what is wrong")
	require.Contains(t, out, "has lines of")
	out, err = command("verify", "--json")
	require.Error(t, err)
	var findings []store.Finding
	require.NoError(t, json.Unmarshal([]byte(out), &findings))
	require.NotEmpty(t, findings)

	requireStaffCommands(t, command)

	out, err = command("resume", "--skip-ids", "5000")
	require.NoError(t, err)
	require.Contains(t, out, "tables leave 5000 ids out")
	var next int
	require.NoError(t, s.Pool().QueryRow(ctx, "SELECT nextval(pg_get_serial_sequence('orders', 'id'))").Scan(&next))
	require.Greater(t, next, 5000)
	for _, ids := range []string{"0", "-1", "x"} {
		_, err = command("resume", "--skip-ids", ids)
		require.Error(t, err, ids)
	}

	requireRedrive(t, s, command)

	_, err = command("nonsense")
	require.ErrorContains(t, err, "unknown command")
	out, err = command("help")
	require.NoError(t, err)
	require.Contains(t, out, "migrate")
}

// requireStaffCommands manages accounts of staff by the program alone.
func requireStaffCommands(t *testing.T, command func(args ...string) (string, error)) {
	t.Helper()
	t.Setenv("SMTP_URL", "")
	_, err := command("staff", "add", "FINANCE", "kim@example.com", "Kim")
	require.ErrorContains(t, err, "SMTP_URL")
	t.Setenv("SMTP_URL", "smtp://127.0.0.1:25")
	for _, c := range []struct {
		args []string
		want string // in the output, or in the error
		ok   bool
	}{
		{[]string{"list"}, "OWNER\tACTIVE\tfirst@example.com", true},
		{[]string{"add", "FINANCE", "kim@example.com", "Kim"}, "FINANCE\tINVITED\tkim@example.com\tKim\tno second",
			true},
		{[]string{"add", "KING", "kim@example.com", "Kim"}, "role", false},
		{[]string{"add", "FINANCE", "lee@example.com", "L\x07ee"}, "control characters", false},
		{[]string{"add", "FINANCE", "lee@example.com", " "}, "1 to 50 characters", false},
		{[]string{"add", "FINANCE", "kim@example.com", "Kim"}, "EMAIL_ALREADY_EXISTS", false},
		{[]string{"set-role", "auditor", "kim@example.com"}, "AUDITOR\tINVITED", true},
		{[]string{"disable", "kim@example.com"}, "AUDITOR\tDISABLED", true},
		{[]string{"enable", "kim@example.com"}, "AUDITOR\tINVITED", true},
		{[]string{"reset", "kim@example.com"}, "AUDITOR\tINVITED", true},
		{[]string{"disable", "nobody@example.com"}, "ADMIN_NOT_FOUND", false},
		{[]string{"disable"}, "market staff disable EMAIL", false},
		{nil, "market staff --help", false},
	} {
		out, err := command(append([]string{"staff"}, c.args...)...)
		if c.ok {
			require.NoError(t, err, c.args)
			require.Contains(t, out, c.want)
		} else {
			require.ErrorContains(t, err, c.want)
		}
	}
	_, err = command("staff", "disable", "admin@example.com") // the one of the demo data
	require.NoError(t, err)
	_, err = command("staff", "disable", "first@example.com")
	require.ErrorContains(t, err, "LAST_OWNER")
	_, err = command("staff", "enable", "admin@example.com")
	require.NoError(t, err)
	_, err = command("reset-otp", "first@example.com")
	require.NoError(t, err)
}
