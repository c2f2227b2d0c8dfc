package web

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
)

// TestFormsAreHeldToTheirRules as bodies of JSON are.
func TestFormsAreHeldToTheirRules(t *testing.T) {
	t.Parallel()
	type account struct {
		Name     string `json:"name" validate:"required,max=5"`
		Password string `json:"password"`
	}
	var in account
	require.NoError(t, DecodeForm(url.Values{"name": {" 김새로 "}, "password": {" secret "}, "other": {"x"}}, &in))
	require.Equal(t, account{"김새로", " secret "}, in)
	for _, bad := range []string{"", "  ", strings.Repeat("가", 6), "a\x00", "\xff"} {
		require.Equal(t, market.CodeInvalidInput, market.CodeOf(DecodeForm(url.Values{"name": {bad}}, &account{})), bad)
	}
}
