package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// event is a line of `go test -json`; see `go doc test2json`.
type event struct {
	Action     string
	Package    string
	ImportPath string // of a build
	Test       string
	Elapsed    float64 // seconds
	Output     string
}

// slow is how long a test takes to get a line of its own.
const slow = 5 * time.Second

// excerpt bounds how many lines of a failed test's output are repeated.
const excerpt = 80

// module is cut off from packages' paths.
const module = "github.com/all-in-market/market/"

// report follows the events of all runs.
type report struct {
	out                       io.Writer
	now                       func() time.Time
	started                   time.Time
	passed, failures, skipped int
	skips                     map[string]int // by reason
	packages                  int
	output                    map[place][]string
	tests                     map[place]int // of a package
	running                   map[place]bool
	race                      map[int]bool // the runs with the race detector
	failed                    []failure
	took                      []timing
}

// place identifies a package, or a test in it, of one run.
type place struct {
	run       int
	pkg, test string
}

// name returns the package's path within the module, "." for the module's root.
func (p place) name() string {
	if p.pkg+"/" == module {
		return "."
	}
	return strings.TrimPrefix(p.pkg, module)
}

type timing struct {
	name    string
	elapsed time.Duration
}

func newReport(out io.Writer, now func() time.Time) *report {
	return &report{
		out: out, now: now, started: now(), output: map[place][]string{}, tests: map[place]int{},
		skips: map[string]int{}, running: map[place]bool{}, race: map[int]bool{},
	}
}

// read keeps and handles a line that a run has written.
func (r *report) read(run int, line []byte, keep io.Writer) {
	_, _ = keep.Write(line)
	var e event
	if json.Unmarshal(line, &e) != nil {
		e = event{Action: "output", Output: string(line)}
	}
	r.handle(run, e)
}

func (r *report) handle(run int, e event) {
	p := place{run, cmp.Or(e.Package, e.ImportPath), e.Test}
	elapsed := time.Duration(e.Elapsed * float64(time.Second))
	switch e.Action {
	case "output", "build-output":
		if !framing.MatchString(e.Output) {
			r.output[p] = append(r.output[p], e.Output)
		}
	case "run":
		r.running[p] = true
	case "pass", "skip", "fail":
		delete(r.running, p)
		if e.Test == "" {
			r.endPackage(p, e.Action == "fail", elapsed)
		} else {
			r.endTest(p, e.Action, elapsed)
		}
	case "build-fail":
		r.failures++
		r.failed = append(r.failed, failure{p.name() + " does not compile", reasonOf(r.output[p])})
		r.line("FAIL  %s does not compile", p.name())
		r.repeat(r.output[p])
	}
}

// framing matches what go test writes around a test's own output.
var framing = regexp.MustCompile(`^\s*(=== |--- (PASS|SKIP|FAIL)|PASS$|ok  )`)

// reason matches the place before the reason of a skip.
var reason = regexp.MustCompile(`^\S+\.go:\d+: `)

// endTest reports a test that has ended. A subtest that failed without output of
// its own, because subtests of it failed, is left out.
func (r *report) endTest(p place, action string, elapsed time.Duration) {
	top := !strings.Contains(p.test, "/")
	if top {
		r.tests[place{run: p.run, pkg: p.pkg}]++
		r.took = append(r.took, timing{p.name() + " " + p.test, elapsed})
	}
	output := r.output[p]
	switch action {
	case "skip":
		r.skipped++
		r.skips[reason.ReplaceAllString(strings.TrimSpace(strings.Join(output, "")), "")]++
	case "pass":
		r.passed++
		if elapsed >= slow {
			r.line("      %s %s, %.1f s", p.name(), p.test, elapsed.Seconds())
		}
	case "fail":
		if top || len(output) > 0 {
			r.fail(p, output, fmt.Sprintf("%.1f s", elapsed.Seconds()))
		}
	}
	delete(r.output, p)
}

// fail reports a failed test, how to repeat it, and what it wrote.
func (r *report) fail(p place, output []string, how string) {
	r.failures++
	command := r.repeatCommand(p, output)
	r.failed = append(r.failed, failure{fmt.Sprintf("%s %s: %s", p.name(), p.test, command), reasonOf(output)})
	r.line("FAIL  %s %s, %s", p.name(), p.test, how)
	r.line("      repeat it with: %s", command)
	r.repeat(output)
}

// seed matches the seed that a generated test names when it fails.
var seed = regexp.MustCompile(`-rapid\.seed=\d+`)

// repeatCommand returns the command that runs one test again.
func (r *report) repeatCommand(p place, output []string) string {
	var parts []string
	for _, part := range strings.Split(p.test, "/") {
		parts = append(parts, "^"+regexp.QuoteMeta(part)+"$")
	}
	run := strings.ReplaceAll(strings.Join(parts, "/"), "'", ".") // it is quoted
	pkg := "PKG=./" + p.name()
	if ownModule.MatchString(p.name()) {
		pkg = "MODULE=" + p.name()
	}
	command := fmt.Sprintf("make one %s RUN='%s'", pkg, strings.ReplaceAll(run, "$", "$$"))
	var arguments []string
	if s := seed.FindString(strings.Join(output, "")); s != "" {
		arguments = append(arguments, s)
	}
	if r.race[p.run] {
		arguments, command = append(arguments, "-race"), "CGO_ENABLED=1 "+command
	}
	if len(arguments) > 0 {
		command += " ARGS='" + strings.Join(arguments, " ") + "'"
	}
	return command
}

// ownModule matches the packages that are modules of their own.
var ownModule = regexp.MustCompile(`^deploy/(image|load|manifests|temporal|tools)$`)

// endPackage reports a package that has ended. One that fails before its first
// test, such as by a panic, is a failure of its own.
func (r *report) endPackage(p place, failed bool, elapsed time.Duration) {
	r.packages++
	if failed { // the process may have ended within a test: by a panic of another goroutine, or a timeout
		for _, test := range r.unfinished(p) {
			r.tests[p]++
			r.fail(test, r.output[test], "its process ended")
			delete(r.output, test)
			delete(r.running, test)
		}
	}
	word := "ok  "
	if failed {
		word = "FAIL"
		if r.tests[p] == 0 {
			r.failures++
			r.failed = append(r.failed, failure{p.name() + " ended before its tests", reasonOf(r.output[p])})
		}
	}
	if failed || r.tests[p] > 0 {
		r.line("%s  %-28s %3d tests, %6.1f s", word, p.name(), r.tests[p], elapsed.Seconds())
	}
	if failed { // output of the package itself, such as a panic
		r.repeat(r.output[p])
	}
	delete(r.output, p)
}

// unfinished returns the tests of a package that run and have written something, or, if there are none
// of these, those that run; their subtests stand for tests that have some.
func (r *report) unfinished(p place) (tests []place) {
	for test := range r.running {
		if test.run == p.run && test.pkg == p.pkg && test.test != "" {
			tests = append(tests, test)
		}
	}
	silent := func(t place) bool { return len(r.output[t]) == 0 }
	if written := slices.DeleteFunc(slices.Clone(tests), silent); len(written) > 0 {
		tests = written
	}
	slices.SortFunc(tests, func(a, b place) int { return cmp.Compare(a.test, b.test) })
	return tests
}

// repeat prints the first lines of a failure's output, indented.
func (r *report) repeat(output []string) {
	lines := strings.Split(strings.TrimRight(strings.Join(output, ""), "\n"), "\n")
	for i, line := range lines {
		if i == excerpt {
			r.line("      ... %d more lines", len(lines)-excerpt)
			return
		}
		if line != "" {
			r.line("      %s", line)
		}
	}
}

// line prints a line with the time since the run's start.
func (r *report) line(format string, args ...any) {
	since := r.now().Sub(r.started).Round(time.Second)
	fmt.Fprintf(r.out, "%4.0fs  %s\n", since.Seconds(), fmt.Sprintf(format, args...))
}

// finish prints the slowest tests, after a failure the ends of the services'
// logs, the totals, and last what failed, where the end of a long log shows it.
func (r *report) finish(slowest int, logs string) {
	slices.SortFunc(r.took, func(a, b timing) int { return cmp.Compare(b.elapsed, a.elapsed) })
	if n := min(slowest, len(r.took)); n > 0 {
		fmt.Fprintln(r.out, "\nslowest:")
		for _, t := range r.took[:n] {
			fmt.Fprintf(r.out, "%7.1f s  %s\n", t.elapsed.Seconds(), t.name)
		}
	}
	if r.failures > 0 && logs != "" {
		files, _ := filepath.Glob(filepath.Join(logs, "*.log"))
		for _, file := range files {
			r.tail(file)
		}
	}
	for _, why := range slices.Sorted(maps.Keys(r.skips)) {
		fmt.Fprintf(r.out, "\n%d skipped: %s\n", r.skips[why], why)
	}
	fmt.Fprintf(r.out, "\n%d packages in %.0f s\n%d passed, %d failed, %d skipped\n",
		r.packages, r.now().Sub(r.started).Seconds(), r.passed, r.failures, r.skipped)
	for _, f := range r.failed {
		fmt.Fprintf(r.out, "\nfailed: %s\n", f.what)
		for _, line := range f.reason {
			fmt.Fprintf(r.out, "  %.300s\n", line)
		}
	}
}

// failure describes a failed test at the end of the report.
type failure struct {
	what   string   // the test, and the command that repeats it
	reason []string // the first lines of its output that state a failure, or of all its output
}

// stated matches where a test's own statement of its failure begins.
var stated = regexp.MustCompile(`Error Trace:|^\s*\S+_test\.go:\d+:|^panic:`)

// reasonOf returns the first lines of a test's statement of its failure.
func reasonOf(output []string) []string {
	const first = 12
	lines := strings.Split(strings.TrimSpace(strings.Join(output, "")), "\n")
	lines = lines[max(0, slices.IndexFunc(lines, stated.MatchString)):]
	return lines[:min(first, len(lines))]
}

// tail prints the last lines of a service's log.
func (r *report) tail(file string) {
	const last = 4
	content, err := os.ReadFile(file)
	if err != nil || len(content) == 0 {
		return
	}
	lines := strings.Split(strings.TrimRight(string(content), "\n"), "\n")
	fmt.Fprintf(r.out, "\nthe end of %s:\n", filepath.Base(file))
	for _, line := range lines[max(0, len(lines)-last):] {
		fmt.Fprintf(r.out, "      %.200s\n", line)
	}
}
