package login

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
)

func TestConsents_RuleAndVersions_DecideTogether(t *testing.T) {
	t.Parallel()
	both := []market.Consent{
		{Document: market.DocumentTerms, Version: "t2"}, {Document: market.DocumentPrivacy, Version: "p2"},
	}
	for name, c := range map[string]struct {
		rule    ConsentRule
		given   Agreement
		asked   bool
		want    []market.Consent
		refusal market.Code
	}{
		"given":                    {ConsentRequired, Agreement{"t2", "p2"}, false, both, ""},
		"given, not required":      {ConsentOptional, Agreement{"t2", "p2"}, false, both, ""},
		"not given":                {ConsentRequired, Agreement{}, false, nil, market.CodeConsentRequired},
		"half given":               {ConsentRequired, Agreement{"t2", ""}, false, nil, market.CodeConsentRequired},
		"not given, not required":  {ConsentOptional, Agreement{}, false, nil, ""},
		"half given, not required": {ConsentOptional, Agreement{"t2", ""}, false, both[:1], ""},
		"not given on a page":      {ConsentOptional, Agreement{}, true, nil, market.CodeConsentRequired},
		"a version of before":      {ConsentOptional, Agreement{"t1", "p2"}, false, nil, market.CodeConsentOutdated},
		"off":                      {ConsentOff, Agreement{"t1", ""}, true, nil, ""},
	} {
		d := Documents{Terms: Document{Version: "t2"}, Privacy: Document{Version: "p2"}, Consent: c.rule}
		got, err := d.consents(c.given, c.asked)
		require.Equal(t, c.refusal, market.CodeOf(err), name)
		require.Equal(t, c.want, got, name)
	}
}
