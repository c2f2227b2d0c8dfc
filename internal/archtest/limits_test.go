package archtest

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// It finds limits that requests and forms state as numbers instead of taking
// them from internal/market/limits.go. 0 and 1 are no limits: they make a value present or positive.
func TestLimits_AreConstants(t *testing.T) {
	t.Parallel()
	rule := regexp.MustCompile(`validate:"[^"]*\b(max|min|maxbytes|len|lte?|gte?)=([2-9]|1\d)`)
	attribute := regexp.MustCompile(`(max|min)length(="|": *")\d|\bmax="\d`)
	name := regexp.MustCompile(`(?:\bname=|json:)"(\w+)`)
	exceptions := map[string]string{
		"admin/batches.go type":              "compared with the known types",
		"admin/batches.go status":            "compared with the known states",
		"admin/batches.go from":              "a date",
		"admin/batches.go to":                "a date",
		"console/adjustments.templ amount":   "digits and separators of a number",
		"console/adjustments.templ sellerId": "digits of an id",
	}
	require.NoError(t, filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		limit := rule
		switch {
		case strings.HasSuffix(path, ".templ"):
			limit = attribute
		case !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || d.IsDir():
			return nil
		}
		content, err := os.ReadFile(path)
		for i, line := range strings.Split(string(content), "\n") {
			if !limit.MatchString(line) {
				continue
			}
			key := strings.TrimPrefix(filepath.ToSlash(path), root+"/")
			if m := name.FindStringSubmatch(line); m != nil {
				key += " " + m[1]
			}
			if _, ok := exceptions[key]; !ok {
				t.Errorf("%s:%d: take the limit from a constant: %s", path, i+1, strings.TrimSpace(line))
			}
			delete(exceptions, key)
		}
		return err
	}))
	require.Empty(t, exceptions, "lines that are gone")
}
