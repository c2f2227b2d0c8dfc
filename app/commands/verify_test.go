package commands

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/verify/rules"
)

func TestPrintFindings_EachBrokenRule_IsExplainedOnce(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	printFindings(&out, []store.Finding{
		{Rule: rules.BankBooks.Name, Problem: "payout 1 differs"}, {Rule: rules.Late.Name, Problem: "refund 2 waits"},
		{Rule: rules.BankBooks.Name, Problem: "payout 3 differs"},
	})
	explained := func(r rules.Rule) string {
		return "\nrule:   " + r.Name + "\nreason: " + r.Reason + "\naction: " + r.Action + "\n"
	}
	require.Equal(t, "payout 1 differs (rule: "+rules.BankBooks.Name+")\nrefund 2 waits (rule: "+rules.Late.Name+")\n"+
		"payout 3 differs (rule: "+rules.BankBooks.Name+")\n"+explained(rules.BankBooks)+explained(rules.Late), out.String())

	out.Reset()
	printFindings(&out, nil)
	require.Empty(t, out.String())
}
