package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// follow has a report follow events of one run, at a clock that stands still.
func follow(t *testing.T, events ...event) (*report, *bytes.Buffer) {
	t.Helper()
	var out bytes.Buffer
	r := newReport(&out, func() time.Time { return time.Unix(0, 0) })
	for _, e := range events {
		line, err := json.Marshal(e)
		require.NoError(t, err)
		r.read(0, line, io.Discard)
	}
	return r, &out
}

func TestReport_FailedTest_NamesItAndTheCommandThatRepeatsIt(t *testing.T) {
	t.Parallel()
	pkg := module + "internal/web"
	r, out := follow(t,
		event{Action: "run", Package: pkg, Test: "TestX/a b"},
		event{Action: "output", Package: pkg, Test: "TestX/a b", Output: "=== RUN   TestX/a b\n"},
		event{
			Action: "output", Package: pkg, Test: "TestX/a b",
			Output: "    x_test.go:7: it is 3; run with -rapid.seed=77\n",
		},
		event{Action: "fail", Package: pkg, Test: "TestX/a b", Elapsed: 1.5},
		event{Action: "fail", Package: pkg, Test: "TestX", Elapsed: 1.5},
		event{Action: "fail", Package: pkg, Elapsed: 2},
	)
	require.Equal(t, 2, r.failures)
	require.Contains(t, out.String(), "FAIL  internal/web TestX/a b, 1.5 s\n"+
		"   0s        repeat it with: make one PKG=./internal/web RUN='^TestX$$/^a b$$' ARGS='-rapid.seed=77'\n"+
		"   0s            x_test.go:7: it is 3")
	require.NotContains(t, out.String(), "=== RUN")
}

func TestReport_Passed_CountsAndListsSlowTests(t *testing.T) {
	t.Parallel()
	pkg := module + "internal/web"
	r, out := follow(t,
		event{Action: "pass", Package: pkg, Test: "TestQuick", Elapsed: 0.1},
		event{Action: "pass", Package: pkg, Test: "TestSlow", Elapsed: 9},
		event{Action: "output", Package: pkg, Test: "TestSkipped", Output: "    x_test.go:3: it needs Redis\n"},
		event{Action: "skip", Package: pkg, Test: "TestSkipped"},
		event{Action: "pass", Package: pkg, Elapsed: 9.1},
	)
	r.finish(1, "")
	require.Contains(t, out.String(), "internal/web TestSlow, 9.0 s\n")
	require.NotContains(t, out.String(), "TestQuick")
	require.Contains(t, out.String(), "ok    internal/web                   3 tests,    9.1 s\n")
	require.Contains(t, out.String(), "1 skipped: it needs Redis\n")
	require.Contains(t, out.String(), "2 passed, 0 failed, 1 skipped\n")
}

func TestReport_PackageEndsBeforeItsTests_IsAFailure(t *testing.T) {
	t.Parallel()
	logs := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(logs, "redis.log"), []byte("out of memory\n"), 0o600))
	r, out := follow(t,
		event{Action: "build-output", ImportPath: module + "api", Output: "api/x.go:1: syntax error\n"},
		event{Action: "build-fail", ImportPath: module + "api"},
		event{Action: "output", Package: module + "admin", Output: "panic: no\n"},
		event{Action: "fail", Package: module + "admin"},
	)
	r.finish(5, logs)
	require.Equal(t, 2, r.failures)
	for _, want := range []string{
		"FAIL  api does not compile", "syntax error", "panic: no", "the end of redis.log:", "out of memory",
		"failed: api does not compile\n  api/x.go:1: syntax error\n",
		"failed: admin ended before its tests\n  panic: no\n",
	} {
		require.Contains(t, out.String(), want)
	}
}

func TestReport_ProcessEndsWithinATest_NamesTheTest(t *testing.T) {
	t.Parallel()
	pkg := module + "internal/web"
	r, out := follow(t,
		event{Action: "run", Package: pkg, Test: "TestDone"},
		event{Action: "pass", Package: pkg, Test: "TestDone"},
		event{Action: "run", Package: pkg, Test: "TestIdle"},
		event{Action: "run", Package: pkg, Test: "TestHangs"},
		event{Action: "output", Package: pkg, Test: "TestHangs", Output: "=== RUN   TestHangs\n"},
		event{Action: "output", Package: pkg, Test: "TestHangs", Output: "panic: test timed out after 3s\n"},
		event{Action: "fail", Package: pkg, Elapsed: 3},
	)
	r.finish(5, "")
	require.Equal(t, 1, r.failures)
	require.Contains(t, out.String(), "FAIL  internal/web TestHangs, its process ended\n")
	require.Contains(t, out.String(), "panic: test timed out after 3s\n")
	require.True(t, strings.HasSuffix(out.String(), "\nfailed: internal/web TestHangs: make one PKG=./internal/web "+
		"RUN='^TestHangs$$'\n  panic: test timed out after 3s\n"), "the end names it, with the reason")
	require.NotContains(t, out.String(), "TestIdle")
}

func TestReport_RaceRun_RepeatsWithTheRaceDetector(t *testing.T) {
	t.Parallel()
	r, _ := follow(t)
	r.race[1] = true
	require.Equal(t, "CGO_ENABLED=1 make one PKG=./internal/web RUN='^TestIt.s$$' ARGS='-rapid.seed=7 -race'",
		r.repeatCommand(place{1, module + "internal/web", "TestIt's"}, []string{"run with -rapid.seed=7"}))
}

func TestReport_FailedTestOfTheRoot_NamesItsPackage(t *testing.T) {
	t.Parallel()
	_, out := follow(t, event{Action: "fail", Package: strings.TrimSuffix(module, "/"), Test: "TestX"})
	require.Contains(t, out.String(), "make one PKG=./. RUN='^TestX$$'\n")
}

func TestSplit(t *testing.T) {
	t.Parallel()
	require.Equal(t, [][]string{{"A=1", "-race", "./..."}, {"./x"}},
		split([]string{"A=1", "-race", "./...", "--", "./x"}))
}

func TestReport_FailedTestOfAnotherModule_NamesTheModule(t *testing.T) {
	t.Parallel()
	_, out := follow(t, event{Action: "fail", Package: module + "deploy/image", Test: "TestX"})
	require.Contains(t, out.String(), "make one MODULE=deploy/image RUN='^TestX$$'\n")
}
