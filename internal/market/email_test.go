package market_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
)

func TestParseEmail_Accepted_IsCanonical(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]market.Email{
		"kim@example.com":           "kim@example.com",
		"Kim.Lee+shop@Example.COM":  "kim.lee+shop@example.com",
		"kim@EXAMPLE.co.kr\n":       "kim@example.co.kr",
		"kim@Bücher.example":        "kim@xn--bcher-kva.example",
		"kim@bu\u0308cher.example":  "kim@xn--bcher-kva.example",
		"kim@XN--BCHER-KVA.example": "kim@xn--bcher-kva.example",
		"kim@한국.example":            "kim@xn--3e0b707e.example",
		"kim@ma\u0130lhost.example": "kim@xn--mailhost-q0e.example",
	} {
		got, err := market.ParseEmail(typed)
		require.NoError(t, err, typed)
		require.Equal(t, want, got, typed)
		require.True(t, got.Canonical())
	}
}

func TestParseEmail_AnythingElse_IsRefused(t *testing.T) {
	t.Parallel()
	for _, typed := range []string{
		"", "kim", "@example.com", "kim@", "kim@localhost", "kim@@example.com", "kim@lee@example.com", "k im@example.com",
		"kim@exam ple.com", ".kim@example.com", "kim.@example.com", "k..im@example.com", `"kim"@example.com`,
		"kim(lee)@example.com", "kim@[127.0.0.1]", "kim@example.com.", "kim@-example.com", "kim@example..com",
		"adm\u0130n@example.com", "adm\u0131n@example.com", "\u212aim@example.com", "kım@example.com", "ｋim@example.com",
		"kim\u200b@example.com", "kim\x00@example.com", "kim\r\nBcc: lee@example.com", "kim@exa\u200bmple.com\x7f",
		"kim@xn--a.example", strings.Repeat("k", 65) + "@example.com", "kim@" + strings.Repeat("a", 60) + "." + strings.Repeat("b", 60),
		"kim＠example.com", "kim@ex\u00admple\xff.com",
	} {
		got, err := market.ParseEmail(typed)
		require.ErrorIs(t, err, market.ErrEmail, "%q became %q", typed, got)
	}
}

func TestEmail_Unmarshal_KeepsWhatIsNoAddress(t *testing.T) {
	t.Parallel()
	var in struct{ A, B market.Email }
	require.NoError(t, json.Unmarshal([]byte(`{"A":"Kim@Example.com","B":"adm\u0130n@example.com"}`), &in))
	require.EqualValues(t, "kim@example.com", in.A)
	require.EqualValues(t, "adm\u0130n@example.com", in.B)
	require.False(t, in.B.Canonical())
}

// FuzzParseEmail checks that a canonical form is a fixed point, and that an input reaches it only
// by the case of ASCII letters in the local part, surrounding blanks, and IDNA's mapping of the
// domain.
func FuzzParseEmail(f *testing.F) {
	for _, seed := range []string{
		"kim@example.com", "KIM@EXAMPLE.COM", "adm\u0130n@example.com", "\u212aim@example.com", "kim@bücher.example",
		"kim@xn--bcher-kva.example", " kim@한국.example",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		canonical, err := market.ParseEmail(typed)
		if err != nil {
			require.Empty(t, canonical)
			return
		}
		again, err := market.ParseEmail(string(canonical))
		require.NoError(t, err)
		require.Equal(t, canonical, again)
		for _, r := range canonical {
			require.True(t, '!' <= r && r <= '~' && (r < 'A' || r > 'Z'), "%q in %q", r, canonical)
		}
		local, _, _ := strings.Cut(strings.Trim(typed, " \t\r\n"), "@")
		canonicalLocal, _, _ := strings.Cut(string(canonical), "@")
		require.Len(t, local, len(canonicalLocal))
		require.True(t, strings.EqualFold(local, canonicalLocal))
	})
}
