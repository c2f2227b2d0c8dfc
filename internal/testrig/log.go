package testrig

import (
	"log/slog"
	"strings"
	"sync"
	"testing"
)

// Log returns a logger for the code under test. If the test fails, its last
// warnings and errors are part of the test's output.
func Log(tb testing.TB) *slog.Logger {
	tb.Helper()
	var tail logTail
	tb.Cleanup(func() {
		if tb.Failed() {
			tb.Logf("last warnings and errors of the code under test:\n%s", tail.String())
		}
	})
	return slog.New(slog.NewTextHandler(&tail, &slog.HandlerOptions{Level: slog.LevelWarn}))
}

// logTail keeps the last lines that were written to it. It is safe for concurrent use.
type logTail struct {
	mu    sync.Mutex
	lines []string
}

// keptLines bounds how many lines a logTail keeps.
const keptLines = 40

// Write keeps one line.
func (l *logTail) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, string(line))
	l.lines = l.lines[max(0, len(l.lines)-keptLines):]
	return len(line), nil
}

// String returns the kept lines.
func (l *logTail) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.lines, "")
}
