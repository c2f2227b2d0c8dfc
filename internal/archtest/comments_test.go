// Package archtest checks rules of the source code that no compiler or linter checks.
package archtest

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// wordings lists words and phrases to avoid in comments and in the API's document, each with the
// highest rate that passes, per 1,000 words. Lower a bound when the rate has fallen; never raise
// one.
var wordings = []struct {
	name    string
	pattern string
	bound   float64
	instead string
}{
	{"tell", `tells?|telling|told`, 0.20, "notify, signal, return, report"},
	{"nobody", `nobody|somebody|anybody`, 0.10, "the user, an operator, no caller"},
	{"whoever", `whoever|whatever`, 0.10, "the role; any, each"},
	{"says whether", `(say|says|said|saying) whether`, 0.05, "reports whether"},
	{"by itself", `(by|of) (itself|themselves)`, 0.05, "automatically, without a request"},
	{"mend", `mend(s|ed|ing)?`, 0.05, "repair, fix, correct"},
	{"goes on from", `(go|goes|going|gone|went) on from`, 0.05, "resumes at, continues with"},
	{"what becomes of", `what (becomes?|became|has become|comes?|came|is) of`, 0.05, "the outcome, the result"},
	{"is asked", `(is|are|was|were|be|been|being) asked`, 0.05, "is called, queried, polled, read"},
	{"says", `says?|said|saying`, 0.20, "reports, returns, states, defines"},
	{"knows", `knows?|knew|wants?|wanted|hears?|heard`, 0.10, "has, requires, receives, reads"},
}

// passage is a text with its place: a group of comments without markers and directives, or a text
// of the API's document.
type passage struct {
	file string
	line int
	text string
}

// comments returns the comments of all hand-written Go files of the module at root.
func comments(t *testing.T, root string) []passage {
	t.Helper()
	var all []passage
	files := token.NewFileSet()
	require.NoError(t, filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && path != root {
			if _, err := os.Stat(filepath.Join(path, "go.mod")); err == nil || strings.HasPrefix(d.Name(), ".") {
				return filepath.SkipDir
			}
		}
		if filepath.Ext(path) != ".go" {
			return nil
		}
		file, err := parser.ParseFile(files, path, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil || ast.IsGenerated(file) {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		for _, group := range file.Comments {
			all = append(all, passage{name, files.Position(group.Pos()).Line, group.Text()})
		}
		return nil
	}))
	return all
}

var word = regexp.MustCompile(`[A-Za-z][A-Za-z'-]*`)

// It keeps the comments in plain English: the rate of
// each of wordings, per 1,000 words of comments, must not exceed its bound.
func TestComments_Wordings_StayBelowBounds(t *testing.T) {
	t.Parallel()
	checkWordings(t, "comments", comments(t, root))
}

// checkWordings reports each of wordings whose rate in passages exceeds its bound. kind names
// the passages.
func checkWordings(t *testing.T, kind string, passages []passage) {
	t.Helper()
	words := 0
	for _, p := range passages {
		words += len(word.FindAllString(p.text, -1))
	}
	require.Greater(t, words, 10_000, "%s were not found", kind)
	for _, w := range wordings {
		pattern := regexp.MustCompile(`(?i)\b(` + strings.ReplaceAll(w.pattern, " ", `\s+`) + `)\b`)
		places := make(map[string][]string) // by package
		count := 0
		for _, p := range passages {
			for _, at := range pattern.FindAllStringIndex(p.text, -1) {
				line := p.line + strings.Count(p.text[:at[0]], "\n")
				dir := filepath.Dir(p.file)
				places[dir] = append(places[dir], fmt.Sprintf("%s:%d", p.file, line))
				count++
			}
		}
		rate := float64(count) * 1000 / float64(words)
		t.Logf("%-16s %5.2f per 1,000 words (%d), bound %.2f", w.name, rate, count, w.bound)
		if rate > w.bound {
			t.Errorf("%q: %.2f per 1,000 words of %s, want at most %.2f; write instead: %s\n%s",
				w.name, rate, kind, w.bound, w.instead, worst(places))
		}
	}
}

// worst lists the three packages with the most places, with up to ten places each.
func worst(places map[string][]string) string {
	type entry struct {
		dir    string
		places []string
	}
	var entries []entry
	for dir, p := range places {
		entries = append(entries, entry{dir, p})
	}
	slices.SortFunc(entries, func(a, b entry) int {
		return cmp.Or(cmp.Compare(len(b.places), len(a.places)), strings.Compare(a.dir, b.dir))
	})
	var list strings.Builder
	for _, e := range entries[:min(len(entries), 3)] {
		fmt.Fprintf(&list, "  %s: %d\n    %s\n", e.dir, len(e.places),
			strings.Join(e.places[:min(len(e.places), 10)], "\n    "))
	}
	return list.String()
}
