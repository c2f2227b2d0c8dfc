package rules

import (
	"io/fs"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// It checks what the parser does not: numbers without gaps, unique names,
// lines of at most 120 characters, and texts that are sentences.
func TestFiles_AreNumberedAndNarrow(t *testing.T) {
	t.Parallel()
	names, err := fs.Glob(files, "*.sql")
	require.NoError(t, err)
	require.Len(t, All(), len(names))
	require.NotEmpty(t, names)
	form := regexp.MustCompile(`^(\d\d)_[a-z_]+\.sql$`)
	for i, name := range names {
		m := form.FindStringSubmatch(name)
		require.NotNil(t, m, "%s is not NN_name.sql", name)
		n, err := strconv.Atoi(m[1])
		require.NoError(t, err)
		require.Equal(t, i+1, n, "%s leaves a gap or repeats a number", name)
	}
	unique := map[string]bool{}
	for i, r := range append(All(), Late, BankAccountsOpen, BankBooks, ProviderBooks("X")) {
		require.False(t, unique[r.Name], "two rules are named %q", r.Name)
		unique[r.Name] = true
		for _, text := range []string{r.Reason, r.Action} {
			require.Regexp(t, `^[A-Z].{20,}\.$`, text, r.Name)
		}
		require.Equal(t, i < len(names), r.Query != "", r.Name)
		found, ok := Find(r.Name)
		require.True(t, ok, r.Name)
		require.Equal(t, r, found)
	}
	shared, err := fs.Glob(files, "shared/*.sql")
	require.NoError(t, err)
	for _, name := range append(names, shared...) {
		content, err := fs.ReadFile(files, name)
		require.NoError(t, err)
		for i, line := range strings.Split(string(content), "\n") {
			require.LessOrEqual(t, utf8.RuneCountInString(line), 120, "%s:%d", name, i+1)
			require.Equal(t, strings.TrimRight(line, " \t"), line, "%s:%d ends in blanks", name, i+1)
			require.NotContains(t, line, "\t", "%s:%d", name, i+1)
		}
	}
}

func TestOf_Groups_CoverAllRules(t *testing.T) {
	t.Parallel()
	n := 0
	for _, g := range groups {
		of := Of(g)
		require.NotEmpty(t, of, g)
		n += len(of)
	}
	require.Len(t, All(), n)
	require.Empty(t, Of("unknown"))
}

func TestFind_UnknownRule_ReportsFalse(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"", "books balance", "the books of the provider MOCK"} {
		_, ok := Find(name)
		require.False(t, ok, name)
	}
}

func TestLoad_IncompleteFile_Fails(t *testing.T) {
	t.Parallel()
	const whole = "-- Rule: a is b\n-- Group: days\n-- With: c\n-- Reason: It must.\n-- Action: Do\n--     it.\n\nWITH d AS (SELECT)\nSELECT\n"
	load := func(text string) ([]Rule, error) {
		return load(fstest.MapFS{
			"01_a.sql": {Data: []byte(text)}, "shared/c.sql": {Data: []byte("WITH c AS (SELECT)\n")},
		})
	}
	all, err := load(whole)
	require.NoError(t, err)
	require.Equal(t, []Rule{{
		Name: "a is b", Group: Days, Reason: "It must.", Action: "Do it.",
		Query: "WITH c AS (SELECT)\n, d AS (SELECT)\nSELECT\n",
	}}, all)
	for name, text := range map[string]string{
		"no rule":           strings.Replace(whole, "-- Rule: a is b\n", "", 1),
		"no reason":         strings.Replace(whole, "-- Reason: It must.\n", "", 1),
		"no action":         strings.Replace(whole, "-- Action: Do\n--     it.\n", "", 1),
		"unknown group":     strings.Replace(whole, "days", "nights", 1),
		"unknown field":     strings.Replace(whole, "-- With: c", "-- Without: c", 1),
		"unknown file":      strings.Replace(whole, "-- With: c", "-- With: d", 1),
		"repeated field":    strings.Replace(whole, "-- With: c", "-- Rule: c", 1),
		"no field":          strings.Replace(whole, "-- With: c", "-- with c", 1),
		"no comment":        strings.Replace(whole, "-- With: c", "With: c", 1),
		"no query":          strings.Split(whole, "WITH d")[0],
		"no header":         "SELECT\n",
		"empty line inside": strings.Replace(whole, "\n-- Reason", "\n\n-- Reason", 1),
	} {
		_, err := load(text)
		require.ErrorContains(t, err, "01_a.sql: ", name)
	}
}
