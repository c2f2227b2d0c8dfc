package archtest

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const root = "../.."

// documents returns the Markdown files with an audience, by path from the root of the module.
func documents(t *testing.T) map[string]string {
	t.Helper()
	paths, err := filepath.Glob(root + "/docs/*.md")
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	for _, name := range []string{"README.md", "CONTRIBUTING.md", "SECURITY.md"} {
		if _, err := os.Stat(filepath.Join(root, name)); err == nil {
			paths = append(paths, filepath.Join(root, name))
		}
	}
	all := map[string]string{}
	for _, path := range paths {
		content, err := os.ReadFile(path)
		require.NoError(t, err)
		name, err := filepath.Rel(root, path)
		require.NoError(t, err)
		all[filepath.ToSlash(name)] = string(content)
	}
	return all
}

// It bounds the words of the documents, as wc -w counts them. Cut what is
// stated twice before raising a bound.
func TestDocuments_StayShort(t *testing.T) {
	t.Parallel()
	words := map[string]int{}
	for name, text := range documents(t) {
		n := len(strings.Fields(text))
		words[name] += n
		if strings.HasPrefix(name, "docs/") {
			words["docs/*.md"] += n
		}
	}
	for name, bound := range map[string]int{"docs/*.md": 12_000, "README.md": 1_200, "CONTRIBUTING.md": 1_000} {
		require.Positive(t, words[name], name)
		require.LessOrEqual(t, words[name], bound, "words of %s; %v", name, words)
	}
}

var (
	code     = regexp.MustCompile("(?ms)^```.*?^```$")
	heading  = regexp.MustCompile(`(?m)^#+ (.+)$`)
	anchorID = regexp.MustCompile(`<a id="([^"]+)">`)
	link     = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	unslug   = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

// anchors returns the fragments that links may lead to, as GitHub makes them from headings.
func anchors(text string) (all []string) {
	for _, m := range heading.FindAllStringSubmatch(code.ReplaceAllString(text, ""), -1) {
		slug := unslug.ReplaceAllString(strings.ToLower(m[1]), "")
		all = append(all, strings.ReplaceAll(slug, " ", "-"))
	}
	for _, m := range anchorID.FindAllStringSubmatch(text, -1) {
		all = append(all, m[1])
	}
	return all
}

// It checks every relative link and its anchor.
func TestDocuments_Links_LeadSomewhere(t *testing.T) {
	t.Parallel()
	all := documents(t)
	checked := 0
	for name, text := range all {
		for _, m := range link.FindAllStringSubmatch(code.ReplaceAllString(text, ""), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			checked++
			path, anchor, _ := strings.Cut(m[1], "#")
			target := name
			if path != "" {
				target = filepath.ToSlash(filepath.Join(filepath.Dir(name), path))
			}
			if _, err := os.Stat(filepath.Join(root, target)); err != nil {
				t.Errorf("%s: the link %s leads nowhere: %v", name, m[1], err)
				continue
			}
			if anchor == "" {
				continue
			}
			content, err := os.ReadFile(filepath.Join(root, target))
			require.NoError(t, err, name)
			if !slices.Contains(anchors(string(content)), anchor) {
				t.Errorf("%s: %s has no heading or anchor %q", name, target, anchor)
			}
		}
	}
	require.Greater(t, checked, 50)
}

// It finds names of tests that were renamed. A name may be the beginning of several.
func TestDocuments_Tests_Exist(t *testing.T) {
	t.Parallel()
	var tests []string
	function := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
	require.NoError(t, filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := os.ReadFile(path)
		for _, m := range function.FindAllStringSubmatch(string(source), -1) {
			tests = append(tests, m[1])
		}
		return err
	}))
	named := regexp.MustCompile(`\b(?:Test|Fuzz)[A-Z]\w+`)
	checked := 0
	for name, text := range documents(t) {
		for _, test := range named.FindAllString(text, -1) {
			checked++
			if !slices.ContainsFunc(tests, func(known string) bool { return strings.HasPrefix(known, test) }) {
				t.Errorf("%s names %s, which does not exist", name, test)
			}
		}
	}
	require.Greater(t, checked, 50)
}

// It finds targets of make and subcommands of the program that were renamed.
func TestDocuments_Commands_Exist(t *testing.T) {
	t.Parallel()
	makefile, err := os.ReadFile(root + "/Makefile")
	require.NoError(t, err)
	var program []byte
	files, err := filepath.Glob(root + "/app/commands/*.go")
	require.NoError(t, err)
	for _, f := range files {
		source, err := os.ReadFile(f)
		require.NoError(t, err)
		program = append(program, source...)
	}
	for name, text := range documents(t) {
		for _, m := range regexp.MustCompile("`make ([a-z][a-z-]*)").FindAllStringSubmatch(text, -1) {
			if !regexp.MustCompile(`(?m)^` + m[1] + `:`).Match(makefile) {
				t.Errorf("%s names make %s, which is no target", name, m[1])
			}
		}
		for _, m := range regexp.MustCompile("`market ([a-z][a-z-]*)").FindAllStringSubmatch(text, -1) {
			if !regexp.MustCompile(`"` + m[1] + `[ "]`).Match(program) {
				t.Errorf("%s names market %s, which is no command", name, m[1])
			}
		}
	}
}

// It compares the configuration with docs/operations.md.
func TestOperations_EachVariable_IsDocumented(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile(root + "/internal/config/config.go")
	require.NoError(t, err)
	variables := regexp.MustCompile(`env:"([A-Z_]+)[",]`).FindAllStringSubmatch(string(source), -1)
	require.Greater(t, len(variables), 50)
	_, section, found := strings.Cut(documents(t)["docs/operations.md"], "\n## Configuration\n")
	require.True(t, found)
	section, _, _ = strings.Cut(section, "\n## ")
	for _, m := range variables {
		if !strings.Contains(section, "`"+m[1]+"`") {
			t.Errorf("docs/operations.md does not list %s", m[1])
		}
	}
}

// Each name of a group of end-to-end tests in the Makefile matches a test: a group without one would run nothing.
func TestMakefile_GroupsOfTests_MatchTests(t *testing.T) {
	t.Parallel()
	makefile, err := os.ReadFile(root + "/Makefile")
	require.NoError(t, err)
	files, err := filepath.Glob(root + "/internal/e2e/*_test.go")
	require.NoError(t, err)
	var names []string
	for _, f := range files {
		source, err := os.ReadFile(f)
		require.NoError(t, err)
		for _, m := range regexp.MustCompile(`(?m)^func Test(\w+)\(`).FindAllStringSubmatch(string(source), -1) {
			names = append(names, m[1])
		}
	}
	groups := regexp.MustCompile(`(?m)^[A-Z]+ := \^Test\(?([^)$]+)\)?\$\$$`).FindAllStringSubmatch(string(makefile), -1)
	require.Len(t, groups, 4)
	for _, g := range groups {
		for pattern := range strings.SplitSeq(g[1], "|") {
			whole := regexp.MustCompile("^" + pattern + "$")
			if !slices.ContainsFunc(names, whole.MatchString) {
				t.Errorf("no end-to-end test is called Test%s", pattern)
			}
		}
	}
}
