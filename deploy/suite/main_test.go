package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRun_Binaries_AreReportedTogether(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	events := filepath.Join(t.TempDir(), "events")
	require.NoError(t, run([]string{
		"-json", events, "--",
		"-binary", os.Args[0], ".", "-test.run=^TestReport_Passed", "--",
		"-binary", os.Args[0], ".", "-test.run=^TestReport_(Passed|Failed)",
	}, &out), out.String())
	require.Contains(t, out.String(), "2 packages in")
	require.Regexp(t, `[3-9] passed, 0 failed, 0 skipped`, out.String())
	written, err := os.ReadFile(events)
	require.NoError(t, err)
	require.Contains(t, string(written), `"Package":"github.com/all-in-market/market"`)
}

func TestRun_OneCannotBegin_OthersAreReported(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	err := run([]string{
		"--", "-binary", filepath.Join(t.TempDir(), "missing"), ".", "--",
		"-binary", os.Args[0], ".", "-test.run=^TestReport_Passed",
	}, &out)
	require.ErrorContains(t, err, "1 failures")
	require.Contains(t, out.String(), "missing: no such file")
	require.Contains(t, out.String(), "1 passed, 1 failed")
	require.ErrorContains(t, run([]string{"--", "-binary", os.Args[0]}, &out), "-binary needs")
}
