// Command hostile attacks the API of a marketplace, one way after the other, while an honest client
// uses it, and prints what the client notices and how much memory the API takes. `make hostile` runs it
// in a throw-away stack; -market attacks a program that is built already, such as the version before.
//
// Attackers come from other addresses of the loopback network than the honest client. The table goes to
// standard output, everything else to standard error.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"text/tabwriter"
	"time"
)

func main() {
	program := flag.String("market", "", "the program to attack; built from the sources if it is not given")
	only := flag.String("only", "", "run the attacks whose name contains this")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, *program, *only)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "hostile:", err)
		os.Exit(1)
	}
}

// What the API must keep to under each attack.
const (
	maxLatency = 2 * time.Second // the 99th percentile of the honest client
	maxMemory  = 512             // MB
)

// baseline is how long the honest client is measured before an attack.
const baseline = 3 * time.Second

// An attack runs for seconds, and reports its outcome in words. It fails when the marketplace has not
// kept to a bound.
type attack struct {
	name string
	run  func(ctx context.Context, t *target) (outcome string, err error)
}

var attacks = []attack{
	{"40 image bombs of one seller", imageBombs},
	{"4,200 idle connections of one address", idleConnections},
	{"300 slow headers and 300 slow bodies of one address", slowRequests},
	{"150 event streams of one buyer", eventStreams},
	{"300 signups of one address", signupFlood},
	{"60 changes of address and 60 resets that mail a stranger", mailFlood},
	{"600 guesses at the honest client's password, from 20 addresses", guesses},
}

func run(ctx context.Context, program, only string) error {
	t, err := newTarget(ctx, program)
	if err != nil {
		return err
	}
	defer t.stop()
	out := tabwriter.NewWriter(os.Stdout, 0, 0, 1, ' ', 0)
	fmt.Fprintln(out, "| attack\t| honest p50, p99 before\t| meanwhile\t| failed\t| peak memory\t| outcome\t| result\t|")
	fmt.Fprintln(out, "|---\t|---\t|---\t|---\t|---\t|---\t|---\t|")
	var failed []string
	for _, a := range attacks {
		if !strings.Contains(a.name, only) {
			continue
		}
		fmt.Fprintln(os.Stderr, "hostile:", a.name)
		before := t.honest(ctx, func(ctx context.Context) { pause(ctx, baseline) })
		if err := t.resetMemory(); err != nil {
			return err
		}
		var outcome string
		var problem error
		meanwhile := t.honest(ctx, func(ctx context.Context) { outcome, problem = a.run(ctx, t) })
		memory, err := t.peakMemory()
		if err != nil {
			return err
		}
		problem = errors.Join(problem, t.healthy(ctx))
		if meanwhile.failed > 0 {
			problem = errors.Join(problem, fmt.Errorf("requests of the honest client failed: %w", meanwhile.err))
		}
		if p99 := meanwhile.percentile(99); p99 > maxLatency {
			problem = errors.Join(problem, fmt.Errorf("p99 of the honest client is %s", p99))
		}
		if memory > maxMemory {
			problem = errors.Join(problem, fmt.Errorf("the API took %d MB", memory))
		}
		result := "passed"
		if problem != nil {
			result = "**failed**"
			failed = append(failed, a.name)
			fmt.Fprintln(os.Stderr, "hostile:", problem)
		}
		fmt.Fprintf(out, "| %s\t| %s\t| %s\t| %d of %d\t| %d MB\t| %s\t| %s\t|\n", a.name, before, meanwhile,
			meanwhile.failed, meanwhile.failed+len(meanwhile.times), memory, outcome, result)
	}
	if err := out.Flush(); err != nil {
		return err
	}
	if len(failed) > 0 {
		return fmt.Errorf("%d attacks had more effect than allowed: %s", len(failed), strings.Join(failed, "; "))
	}
	return ctx.Err()
}

// pause waits, or until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
