// Command suite runs `go test` and test binaries, several in turn if need be, and reports
// on them: a line for each package and each slow test as it ends, for each failed
// test the reason and the command that repeats it, and at the end the slowest
// tests and the totals.
//
//	suite [-slowest N] [-json FILE] -- [NAME=VALUE ...] RUN [-- ...]
//
// RUN is either the arguments of `go test`, or -binary, a test binary, the folder
// of its package, and arguments such as -test.run=X.
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path"
	"regexp"
	"slices"
	"syscall"
	"time"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "suite:", err)
		os.Exit(1)
	}
}

func run(args []string, out io.Writer) error {
	flags := flag.NewFlagSet("suite", flag.ContinueOnError)
	slowest := flags.Int("slowest", 5, "how many of the slowest tests to list")
	events := flags.String("json", "", "a file to append the events of go test -json to")
	if err := flags.Parse(args); err != nil {
		return err
	}
	keep := io.Discard
	if *events != "" {
		file, err := os.OpenFile(*events, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
		if err != nil {
			return err
		}
		defer file.Close()
		keep = file
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	r := newReport(out, time.Now)
	var failed error
	for run, arguments := range split(flags.Args()) {
		r.race[run] = slices.Contains(arguments, "-race")
		failed = errors.Join(failed, test(ctx, arguments, func(line []byte) { r.read(run, line, keep) }))
	}
	r.finish(*slowest, os.Getenv("STACK_LOGS"))
	switch {
	case ctx.Err() != nil:
		return errors.New("interrupted")
	case failed != nil && r.failures == 0:
		return failed
	case r.failures > 0:
		return fmt.Errorf("%d failures", r.failures)
	case r.passed == 0:
		return errors.New("no test ran")
	}
	return nil
}

// split cuts the command line into the arguments of each run.
func split(args []string) (runs [][]string) {
	for {
		i := slices.Index(args, "--")
		if i < 0 {
			return append(runs, args)
		}
		runs, args = append(runs, args[:i]), args[i+1:]
	}
}

// test carries out a run, and calls read with each line of its events.
func test(ctx context.Context, args []string, read func(line []byte)) error {
	var env []string
	for len(args) > 0 && assignment.MatchString(args[0]) {
		env, args = append(env, args[0]), args[1:]
	}
	cmd, err := command(ctx, args)
	if err != nil {
		return err
	}
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.Env = append(os.Environ(), env...)
	cmd.Stderr = os.Stderr
	output, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	lines := bufio.NewReader(output)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			read(line)
		}
		if err != nil {
			if err := cmd.Wait(); err != nil {
				return fmt.Errorf("%s: %w", cmd, err)
			}
			return nil
		}
	}
}

// command returns the command of a run, which writes the events of `go test -json`.
func command(ctx context.Context, args []string) (*exec.Cmd, error) {
	if len(args) == 0 || args[0] != "-binary" {
		return exec.CommandContext(ctx, "go", append([]string{"test", "-json"}, args...)...), nil
	}
	if len(args) < 3 {
		return nil, errors.New("-binary needs a test binary and the folder of its package")
	}
	binary, folder := args[1], args[2]
	cmd := exec.CommandContext(ctx, "go", append([]string{"tool", "test2json", "-t", "-p", path.Join(module, folder),
		binary, "-test.v=test2json", "-test.paniconexit0"}, args[3:]...)...)
	cmd.Dir = folder // as go test does
	return cmd, nil
}

var assignment = regexp.MustCompile(`^[A-Z0-9_]+=`)
