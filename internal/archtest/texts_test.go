package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// catalogues are the packages with a file texts.go, which holds the texts of their pages.
var catalogues = []string{"console", "sellerweb", "shop", "internal/pages"}

// text is a literal of pages.Text.
type text struct {
	at, key, ko, en string // key is "" for one that is not a variable
	inline          bool   // it is an argument of Frame.T
}

func TestTexts_EachPair_HasBothLanguages(t *testing.T) {
	t.Parallel()
	hangul, verb := regexp.MustCompile(`\p{Hangul}`), regexp.MustCompile(`%[-+# 0-9.\[\]]*[a-zA-Z%]`)
	for _, pkg := range catalogues {
		for _, x := range textsOf(t, pkg) {
			if x.ko == x.en && x.ko != "" {
				continue // a name
			}
			require.NotEmpty(t, strings.TrimSpace(x.en), "%s is in English, too", x.at)
			require.Regexp(t, hangul, x.ko, x.at)
			require.NotRegexp(t, hangul, x.en, x.at)
			require.Equal(t, verb.FindAllString(x.ko, -1), verb.FindAllString(x.en, -1), x.at)
		}
	}
}

// A translator reads one file for each site: pages name their texts, and each pair has one name.
func TestTexts_EachPair_HasOneKey(t *testing.T) {
	t.Parallel()
	shared := keysOf(t, "internal/pages")
	require.NotEmpty(t, shared)
	for _, pkg := range catalogues {
		keys := map[[2]string]string{}
		for _, x := range textsOf(t, pkg) {
			require.False(t, x.inline, "%s: name the text in %s/texts.go", x.at, pkg)
			if x.key == "" {
				continue // an entry of a table, which may have the words of another state
			}
			require.True(t, strings.HasPrefix(x.at, pkg+"/texts.go:"), "%s: move %s to texts.go", x.at, x.key)
			pair := [2]string{x.ko, x.en}
			require.Empty(t, keys[pair], "%s: %s is the same text", x.at, x.key)
			keys[pair] = x.key
			if pkg != "internal/pages" {
				require.Empty(t, shared[pair], "%s: %s of internal/pages is the same text", x.at, x.key)
			}
		}
		require.NotEmpty(t, keys, pkg)
	}
}

// The linter unused finds the unexported ones.
func TestTexts_SharedKeys_AreUsedBySites(t *testing.T) {
	t.Parallel()
	var sites strings.Builder
	for _, pkg := range catalogues[:3] {
		for _, file := range goFiles(t, pkg) {
			content, err := os.ReadFile(file)
			require.NoError(t, err)
			sites.Write(content)
		}
	}
	for _, key := range keysOf(t, "internal/pages") {
		if ast.IsExported(key) {
			used := regexp.MustCompile(`\bpages\.` + key + `\b`).MatchString(sites.String())
			require.True(t, used, "%s need not be exported", key)
		}
	}
}

// keysOf returns the variables of a catalogue by their pairs.
func keysOf(t *testing.T, pkg string) map[[2]string]string {
	t.Helper()
	keys := map[[2]string]string{}
	for _, x := range textsOf(t, pkg) {
		if x.key != "" {
			keys[[2]string{x.ko, x.en}] = x.key
		}
	}
	return keys
}

// goFiles returns the files of a package except tests. Those of its templates are generated.
func goFiles(t *testing.T, pkg string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, pkg, "*.go"))
	require.NoError(t, err)
	return slices.DeleteFunc(files, func(f string) bool { return strings.HasSuffix(f, "_test.go") })
}

// textsOf returns the texts that a package has in its code and in its templates.
func textsOf(t *testing.T, pkg string) (all []text) {
	t.Helper()
	for _, name := range goFiles(t, pkg) {
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, name, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		keys, inline := map[ast.Node]string{}, map[ast.Node]bool{}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.ValueSpec:
				for i, v := range n.Values {
					keys[v] = n.Names[i].Name
				}
			case *ast.CallExpr:
				if f, ok := n.Fun.(*ast.SelectorExpr); ok && f.Sel.Name == "T" {
					for _, argument := range n.Args {
						inline[argument] = true
					}
				}
			case *ast.CompositeLit:
				x := text{key: keys[n], inline: inline[n]}
				p := files.Position(n.Pos())
				x.at = pkg + "/" + filepath.Base(p.Filename) + ":" + strconv.Itoa(p.Line)
				if readPair(n, &x) {
					all = append(all, x)
				}
			}
			return true
		})
	}
	return all
}

// readPair reads the constants of a literal of pages.Text, and reports whether it is one.
func readPair(literal *ast.CompositeLit, x *text) bool {
	found := false
	for _, e := range literal.Elts {
		pair, ok := e.(*ast.KeyValueExpr)
		if !ok {
			continue
		}
		name, _ := pair.Key.(*ast.Ident)
		value, constant := constantString(pair.Value)
		switch {
		case name == nil || !constant:
		case name.Name == "Ko":
			x.ko, found = value, true
		case name.Name == "En":
			x.en, found = value, true
		}
	}
	return found
}

// constantString returns the value of a literal or of literals that are concatenated.
func constantString(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		s, err := strconv.Unquote(e.Value)
		return s, err == nil
	case *ast.BinaryExpr:
		left, ok := constantString(e.X)
		right, too := constantString(e.Y)
		return left + right, ok && too
	}
	return "", false
}
