package commands

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/simulator"
	"github.com/all-in-market/market/internal/testrig"
)

var digestLine = regexp.MustCompile(`digest: ([0-9a-f]{64})\n`)

// The store contains none of the provider's charges.
func TestForgotten_EmptyDatabase_NeedsAPlanAndItsDigest(t *testing.T) {
	ctx := context.Background()
	providers, err := pgxpool.New(ctx, testrig.DatabaseURL(t))
	require.NoError(t, err)
	defer providers.Close()
	sim, err := simulator.New(ctx, providers)
	require.NoError(t, err)
	simulated := httptest.NewServer(sim.Handler())
	defer simulated.Close()
	_, err = sim.Record(ctx, "before", 500_00)
	require.NoError(t, err)
	_, err = providers.Exec(ctx, "UPDATE gateway_simulator.charges SET created_at = now() - interval '1 day'")
	require.NoError(t, err)
	for i := range 4 {
		_, err = sim.Record(ctx, fmt.Sprint("lost-", i), 1000_00)
		require.NoError(t, err)
	}
	cancelled := func() (n int) {
		require.NoError(t, providers.QueryRow(ctx, "SELECT count(*) FROM gateway_simulator.cancellations").Scan(&n))
		return n
	}

	t.Setenv("MARKET_PROFILE", "local")
	t.Setenv("DATABASE_URL", testrig.DatabaseURL(t))
	t.Setenv("GATEWAY_URL", simulated.URL)
	plan := filepath.Join(t.TempDir(), "plan.json")
	since := time.Now().Add(-time.Hour).Format(time.RFC3339)
	command := func(args ...string) (string, error) {
		var out bytes.Buffer
		err := Run(ctx, append([]string{"orphaned-charges"}, args...), &out, io.Discard)
		return out.String(), err
	}
	for _, args := range [][]string{
		nil, {"--give-back"}, {"plan"}, {"plan", "--since", "yesterday"}, {"plan", "--since", "2999-01-01T00:00:00Z"},
		{"plan", "--since", since, "--max-share", "NaN"}, {"plan", "--since", since, "--max-count", "-1"},
		{"apply"}, {"apply", "--plan", plan}, {"apply", "--plan", plan, "--digest", "0"},
	} {
		_, err := command(args...)
		require.Error(t, err, "%v", args)
	}

	out, err := command("plan", "--since", since, "--out", plan)
	require.ErrorContains(t, err, "no plan is written: 4 of 4 charges of MOCK")
	require.Contains(t, out, "lost-3", "what is unknown is listed all the same")
	require.NoFileExists(t, plan)

	out, err = command("plan", "--since", since, "--out", plan, "--max-count", "4")
	require.NoError(t, err)
	require.NotContains(t, out, "before")
	require.Contains(t, out, "4 charges to give back, 4000.00 in all")
	digest := digestLine.FindStringSubmatch(out)
	require.NotNil(t, digest, out)
	_, err = command("plan", "--since", since, "--out", plan, "--max-count", "4")
	require.ErrorIs(t, err, os.ErrExist, "a plan that was read is not written over")

	text, err := os.ReadFile(plan)
	require.NoError(t, err)
	changed := filepath.Join(t.TempDir(), "changed.json")
	require.NoError(t, os.WriteFile(changed, bytes.ReplaceAll(text, []byte("lost-3"), []byte("before")), 0o600))
	_, err = command("apply", "--plan", changed, "--digest", digest[1])
	require.ErrorContains(t, err, "nothing is given back")
	require.Zero(t, cancelled())

	sim.Set(simulator.Knobs{RefuseCancel: true})
	out, err = command("apply", "--plan", plan, "--digest", digest[1])
	require.ErrorContains(t, err, "4 of 4 charges are not given back")
	require.Contains(t, out, "REFUSED")
	sim.Set(simulator.Knobs{})
	for _, state := range []string{"GIVEN_BACK", "GIVEN_BACK_BEFORE"} {
		out, err = command("apply", "--plan", plan, "--digest", digest[1])
		require.NoError(t, err, out)
		require.Len(t, regexp.MustCompile(`\b`+state+`\b`).FindAllString(out, -1), 4, out)
		require.Equal(t, 4, cancelled())
	}
	out, err = command("plan", "--since", since)
	require.NoError(t, err)
	require.Contains(t, out, "0 charges to give back")
}
