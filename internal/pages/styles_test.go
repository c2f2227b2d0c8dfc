package pages

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Colours and sizes of text, corners and shadows are in the tokens, so that a theme or a size is changed in one place.
func TestStyles_RawValues_AreInTheTokensOnly(t *testing.T) {
	t.Parallel()
	content, err := assets.ReadFile("assets/pages.css")
	require.NoError(t, err)
	css := regexp.MustCompile(`(?s)/\*.*?\*/`).ReplaceAllString(string(content), "")
	raw := regexp.MustCompile(`#[0-9a-fA-F]{3,8}\b|\b(rgba?|hsla?|oklch|light-dark)\(|` +
		`\b(font-size|border-radius|box-shadow): *[^;}]*[\d.]+(px|rem|em)|\bfont: *[\d.]`)
	known := map[string]bool{}
	tokens := 0
	for _, rule := range regexp.MustCompile(`([^{}]+)\{([^{}]*)\}`).FindAllStringSubmatch(css, -1) {
		if strings.HasPrefix(strings.TrimSpace(rule[1]), ":root") {
			for _, m := range regexp.MustCompile(`(--[\w-]+):`).FindAllStringSubmatch(rule[2], -1) {
				known[m[1]] = true
				tokens++
			}
			continue
		}
		require.NotRegexp(t, raw, rule[2], rule[1])
	}
	require.Greater(t, tokens, 40)
	for _, m := range regexp.MustCompile(`var\((--[\w-]+)\)`).FindAllStringSubmatch(css, -1) {
		require.True(t, known[m[1]], "there is no token %s", m[1])
	}
}
