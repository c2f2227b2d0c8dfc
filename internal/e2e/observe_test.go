package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/testrig"
)

const observed = "../../deploy/observe"

var (
	quoted     = regexp.MustCompile(`"[^"]*"`)
	labels     = regexp.MustCompile(`\{[^}]*\}|\b(by|without|on|ignoring)\s*\([^)]*\)|\[[^\]]*\]|\boffset\s+\w+`)
	identifier = regexp.MustCompile(`[a-zA-Z_:][a-zA-Z0-9_:]*\s*\(?`)
	operators  = []string{"and", "or", "unless", "bool"}
)

// figuresOf are the names of the figures in an expression of Prometheus.
func figuresOf(expr string) (names []string) {
	expr = labels.ReplaceAllString(quoted.ReplaceAllString(expr, ""), "")
	for _, word := range identifier.FindAllString(expr, -1) {
		if !strings.HasSuffix(word, "(") && !slices.Contains(operators, strings.TrimSpace(word)) {
			names = append(names, strings.TrimSpace(word))
		}
	}
	return names
}

func TestMetricNames_OfAnExpression_AreFound(t *testing.T) {
	t.Parallel()
	require.Equal(t, []string{"a_total", "b_bucket"}, figuresOf(`sum by (x, y) (rate(a_total{z="q_total"}[5m])) > 0.1
		and histogram_quantile(0.5, sum by (le) (b_bucket offset 15m))`))
}

// expressions are those of the alerts and of the boards.
func expressions(t *testing.T) (all []string) {
	t.Helper()
	rules, err := os.ReadFile(observed + "/rules.yml")
	require.NoError(t, err)
	expr := regexp.MustCompile(`expr: (?:\|\n((?:          .*\n)+)|(.*)\n)`)
	for _, m := range expr.FindAllStringSubmatch(string(rules), -1) {
		all = append(all, m[1]+m[2])
	}
	require.Len(t, all, strings.Count(string(rules), "expr:"))
	boards, err := filepath.Glob(observed + "/dashboards/*.json")
	require.NoError(t, err)
	require.Len(t, boards, 2)
	for _, file := range boards {
		content, err := os.ReadFile(file)
		require.NoError(t, err)
		var board struct {
			Panels []struct{ Targets []struct{ Expr string } }
		}
		require.NoError(t, json.Unmarshal(content, &board))
		require.NotEmpty(t, board.Panels)
		for _, p := range board.Panels {
			require.NotEmpty(t, p.Targets)
			for _, target := range p.Targets {
				require.NotEmpty(t, figuresOf(target.Expr), target.Expr)
				all = append(all, target.Expr)
			}
		}
	}
	return all
}

// seldom are figures that are there once what they count has happened: the latency of an activity when it
// has waited for a worker of another process. TestTemporalMetrics_EngineFails_HasTheSeriesOfTheAlerts
// has most of those of Temporal.
var seldom = []string{
	"market_security_events_total", "temporal_request_failure_total",
	"temporal_activity_schedule_to_start_latency_seconds_bucket",
	"temporal_workflow_task_execution_failed_total", "temporal_workflow_failed_total",
	"temporal_sticky_cache_miss_total",
	"temporal_request_failure_attempt_total", "temporal_long_request_failure_attempt_total",
}

// It compares them with what a marketplace shows that
// has sold something.
func TestObserve_EachAlertAndBoard_NamesExistingMetrics(t *testing.T) {
	t.Parallel()
	r := startTogether(t)
	product := r.product(t, r.seller(t).id, 1_000_00, 5).ID
	_, _ = r.paidOrder(t, r.buyers(t, 1)[0], line{product, 1})
	refund, _ := r.refundToDecide(t, product, "")
	require.True(t, approve(t, r.staff(t), refund).Success)
	wanted := slices.Clone(seldom)
	for _, expr := range expressions(t) {
		for _, name := range figuresOf(expr) {
			if !slices.Contains(wanted, name) {
				wanted = append(wanted, name)
			}
		}
	}
	require.Greater(t, len(wanted), 20)
	var missing []string
	testrig.Within(func() bool {
		_, page := get(r.metrics + "/metrics")
		missing = missing[:0]
		for _, name := range wanted {
			if !regexp.MustCompile(`(?m)^`+name+`[{ ]`).MatchString(page) && !slices.Contains(seldom, name) {
				missing = append(missing, name)
			}
		}
		return len(missing) == 0
	}, 20*time.Second, 200*time.Millisecond)
	require.Empty(t, missing, "no process shows these")
}

// The section of the operations guide that it names is there.
func TestObserve_EachAlert_HasARunbook(t *testing.T) {
	t.Parallel()
	rules, err := os.ReadFile(observed + "/rules.yml")
	require.NoError(t, err)
	guide, err := os.ReadFile("../../docs/operations.md")
	require.NoError(t, err)
	alerts := regexp.MustCompile(`alert: (\w+)`).FindAllStringSubmatch(string(rules), -1)
	require.NotEmpty(t, alerts)
	for _, m := range alerts {
		require.Contains(t, string(rules), "runbook: docs/operations.md#"+strings.ToLower(m[1])+"\n")
		_, section, there := strings.Cut(string(guide), "\n### "+m[1]+"\n")
		require.True(t, there, m[1])
		section, _, _ = strings.Cut(section, "\n##")
		require.Contains(t, section, "*Check:*", m[1])
		require.Contains(t, section, "*Act:*", m[1])
	}
	require.Equal(t, len(alerts), strings.Count(string(guide), "\n*Act:* "), "the guide lists alerts that exist")
}
