package e2e

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
)

var updateReport = flag.Bool("update-report", false, "write the tables of docs/reliability.md anew")

const (
	report      = "../../docs/reliability.md"
	killsBegin  = "<!-- written by: go test ./internal/e2e -run TestReliabilityReport -args -update-report -->\n"
	killsFinish = "<!-- end -->\n"
)

// kills is the matrix of operations and faults at which the tests kill a process: a line for each operation, with its
// outcomes and the faults that lead to each.
func kills() string {
	type operation struct {
		name   string
		ends   []string
		moods  map[string][]string // by end
		killed int
	}
	var operations []*operation
	total := 0
	row := func(name, mood, end string, steps []string) {
		at := slices.IndexFunc(operations, func(o *operation) bool { return o.name == name })
		if at < 0 {
			at = len(operations)
			operations = append(operations, &operation{name: name, moods: map[string][]string{}})
		}
		o := operations[at]
		if !slices.Contains(o.ends, end) {
			o.ends = append(o.ends, end)
		}
		if mood != "" {
			o.moods[end] = append(o.moods[end], mood)
		}
		o.killed += 2 * len(steps)
		total += 2 * len(steps)
	}
	for _, m := range gatewayMoods {
		end := "order failed, nothing is held"
		switch {
		case m.end == market.OrderPaid:
			end = "paid"
		case m.knobs.RefuseCancel:
			end = "order failed, given back after an admin's decision"
		}
		row("purchase from two sellers", m.name, end, m.steps)
	}
	for _, m := range refundMoods {
		end := "given back"
		switch {
		case m.knobs.RefuseCancel:
			end = "failed, and given back after the next decision"
		case m.kind == refundDenied:
			end = "denied, the order stays paid"
		case m.kind == refundOfPieces:
			end = "given back, the order stays paid"
		}
		row(string(m.kind), m.name, end, m.steps)
	}
	for _, m := range browserMoods {
		row("payment in the browser", m.name, m.end, m.steps)
	}
	for _, m := range payoutMoods {
		end := "paid out"
		if m.knobs.Refuse || m.knobs.Return {
			end = "failed, and paid out by a retry"
		}
		row("payout", m.name, end, m.steps)
	}
	for _, m := range messageMoods {
		row(m.name, "", m.end, []string{m.step})
	}
	requests := fmt.Sprintf("%d kinds of requests without a workflow, at their COMMIT", len(writes))
	for range writes {
		row(requests, "", "done, or without an effect and repeated", []string{"COMMIT"})
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d kills. Each outcome happens once; the behaviour of gateway or bank is in parentheses.\n\n",
		total)
	for _, o := range operations {
		outcomes := make([]string, len(o.ends))
		for i, end := range o.ends {
			outcomes[i] = end
			if moods := o.moods[end]; len(moods) > 1 || len(moods) > 0 && len(o.ends) > 1 {
				outcomes[i] += " (" + strings.Join(moods, ", ") + ")"
			}
		}
		fmt.Fprintf(&b, "* %s, %d: %s\n", o.name, o.killed, strings.Join(outcomes, "; "))
	}
	return b.String()
}

// It holds the report's matrix against that of the tests.
func TestReliabilityReport(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile(report)
	require.NoError(t, err)
	before, rest, begun := strings.Cut(string(content), killsBegin)
	written, after, ended := strings.Cut(rest, killsFinish)
	require.True(t, begun && ended)
	if *updateReport {
		require.NoError(t, os.WriteFile(report, []byte(before+killsBegin+kills()+killsFinish+after), 0o644))
		return
	}
	require.Equal(t, kills(), written)

	var tests []string
	for _, folder := range []string{".", "../store"} {
		files, err := filepath.Glob(folder + "/*_test.go")
		require.NoError(t, err)
		for _, file := range files {
			source, err := os.ReadFile(file)
			require.NoError(t, err)
			for _, m := range regexp.MustCompile(`(?m)^func (Test\w+)`).FindAllStringSubmatch(string(source), -1) {
				tests = append(tests, m[1])
			}
		}
	}
	named := regexp.MustCompile(`RUN='?([\w|]+)`).FindAllStringSubmatch(string(content), -1)
	require.NotEmpty(t, named)
	for _, m := range named {
		require.True(t, slices.ContainsFunc(tests, regexp.MustCompile(m[1]).MatchString), "no test is called %s", m[1])
	}
}
