package archtest

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// unboundedMigration is the last migration whose lines have any length; migrations that ran do not change.
const unboundedMigration = "00113"

// TestSQL_Lines_HaveAtMost120Characters, as those of Go code, which golangci-lint checks.
func TestSQL_Lines_HaveAtMost120Characters(t *testing.T) {
	t.Parallel()
	files := 0
	require.NoError(t, filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && strings.HasPrefix(entry.Name(), ".") && path != root:
			return filepath.SkipDir
		case filepath.Ext(path) != ".sql":
			return nil
		case entry.Name() == "privileges.sql": // a table, with one line per table of the database
			return nil
		case filepath.Base(filepath.Dir(path)) == "migrations" && entry.Name()[:5] <= unboundedMigration:
			return nil
		}
		files++
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		for i, line := range strings.Split(string(text), "\n") {
			if utf8.RuneCountInString(strings.ReplaceAll(line, "\t", "    ")) > 120 {
				t.Errorf("%s:%d has more than 120 characters", path, i+1)
			}
		}
		return nil
	}))
	require.Greater(t, files, 60)
}
