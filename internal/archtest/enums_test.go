package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The values of an enumeration are in package market only. A rule names it: `enum`, by the method Valid of the field's
// type, or an alias for a part of its values.
func TestRules_OfEnumerations_DoNotListTheirValues(t *testing.T) {
	t.Parallel()
	enums := map[string]map[string]bool{} // the values by their types
	files, err := filepath.Glob(filepath.Join(root, "internal/market", "*.go"))
	require.NoError(t, err)
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		ast.Inspect(file, func(n ast.Node) bool {
			if spec, ok := n.(*ast.ValueSpec); ok && len(spec.Values) == 1 {
				of, typed := spec.Type.(*ast.Ident)
				if value, constant := constantString(spec.Values[0]); typed && constant {
					if enums[of.Name] == nil {
						enums[of.Name] = map[string]bool{}
					}
					enums[of.Name][value] = true
				}
			}
			return true
		})
	}
	require.Contains(t, enums["StaffRole"], "OWNER")
	out, err := exec.CommandContext(t.Context(), "git", "-C", root, "grep", "-E", "`.*validate:\".*oneof=", "--",
		"*.go").Output()
	require.NoError(t, err)
	list := regexp.MustCompile(`\boneof=([^,"]+)`)
	for line := range strings.Lines(string(out)) {
		if m := list.FindStringSubmatch(line); m != nil {
			for name, values := range enums {
				listed := containsAll(values, strings.Fields(m[1]))
				require.False(t, listed, "%s: take the rule from market.%s", line, name)
			}
		}
	}
}

func containsAll(set map[string]bool, values []string) bool {
	for _, v := range values {
		if !set[v] {
			return false
		}
	}
	return true
}
