// Command bench measures the marketplace on a throw-away stack and prints
// tables. Each figure stands beside its ceiling, which is measured in the same run: what
// the same machine does when the marketplace does nothing. `make bench` runs it.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/all-in-market/market/internal/seed"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/vault"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// bench is one run.
type bench struct {
	*report
	*marketplace               // of the current measurement
	duration     time.Duration // of each measurement
	levels       []int         // how many callers at a time, in turn
	minutes      int           // of the soak, and of the snapshot
}

// measurement is a part of the run that can be selected alone.
type measurement struct {
	name   string
	seeded bool // it needs the load profile
	asked  bool // it runs only when selected
	run    func(*bench, context.Context) error
}

var measurements = []measurement{
	{"lists", true, false, (*bench).lists},
	{"own", true, false, (*bench).own},
	{"pages", false, true, (*bench).pages},
	{"reads", true, false, (*bench).reads},
	{"purchase", true, false, (*bench).purchases},
	{"store", true, false, (*bench).storeAlone},
	{"snapshot", true, true, (*bench).snapshot},
	{"sales", true, false, (*bench).sales},
	{"idle", true, false, (*bench).idle},
	{"messages", false, false, (*bench).messages},
	{"redirect", true, true, (*bench).redirect},
	{"recovery", false, true, (*bench).recovery},
	{"soak", true, true, (*bench).soak},
	// Last, because it leaves a payout workflow open for each seller, and those
	// keep Temporal busy whichever namespace they are in.
	{"dayclose", false, false, (*bench).dayClose},
}

func run(ctx context.Context) error {
	b := &bench{report: newReport()}
	counts := seed.DefaultCounts
	flag.IntVar(&counts.Products, "products", counts.Products, "products to seed")
	flag.IntVar(&counts.Orders, "orders", counts.Orders, "paid orders to seed")
	flag.DurationVar(&b.duration, "duration", 10*time.Second, "length of each measurement")
	flag.IntVar(&b.minutes, "minutes", 30, "length of the soak, or of the snapshot")
	levels := flag.String("levels", "1,16,64,256", "how many callers at a time, in turn")
	only := flag.String("only", "",
		"what to measure, separated by commas: "+names()+"; all but pages, recovery, redirect, snapshot and soak when empty")
	jsonFile := flag.String("json", "", "a file to keep the tables in as JSON")
	svgFile := flag.String("svg", "", "a file to plot throughput and latency over load into")
	bare := flag.Bool("bare", false, "serve the ceiling of the reads instead; for this program itself")
	flag.IntVar(&dayCounts.sellers, "sellers", dayCounts.sellers, "sellers whose day is closed")
	flag.IntVar(&dayCounts.lines, "lines", dayCounts.lines, "order lines of that day")
	flag.IntVar(&recoveryRows, "waiting", recoveryRows, "refunds that wait when Temporal's database is lost")
	flag.Parse()
	if *bare {
		return serveBare(ctx)
	}
	for _, level := range strings.Split(*levels, ",") {
		n, err := strconv.Atoi(level)
		if err != nil || n < 1 {
			return fmt.Errorf("-levels %s: give numbers of callers, separated by commas", *levels)
		}
		b.levels = append(b.levels, n)
	}
	var chosen []measurement
	for _, m := range measurements {
		if *only == "" && !m.asked || slices.Contains(strings.Split(*only, ","), m.name) {
			chosen = append(chosen, m)
		}
	}
	if len(chosen) == 0 {
		return fmt.Errorf("-only %s names nothing that can be measured: %s", *only, names())
	}
	for _, name := range []string{
		"DATABASE_URL", "REDIS_URL", "TEMPORAL_ADDRESS", "STACK_PID_POSTGRES", "STACK_PID_TEMPORAL", "STACK_PID_REDIS",
	} {
		if os.Getenv(name) == "" {
			return fmt.Errorf("%s is not set: run `make bench`, which starts a throw-away stack", name)
		}
	}
	fmt.Printf("%d cores, %s, everything on one machine\n", b.Cores, b.Go)
	if slices.ContainsFunc(chosen, func(m measurement) bool { return m.seeded }) {
		if err := b.seed(ctx, counts); err != nil {
			return fmt.Errorf("seed: %w", err)
		}
	}
	for _, m := range chosen {
		if err := b.measure(ctx, m); err != nil {
			return fmt.Errorf("%s: %w", m.name, err)
		}
	}
	if err := b.plot(*svgFile); err != nil {
		return err
	}
	return b.write(*jsonFile)
}

// names are those of the measurements.
func names() string {
	all := make([]string, len(measurements))
	for i, m := range measurements {
		all[i] = m.name
	}
	return strings.Join(all, ", ")
}

// measure runs one measurement on a marketplace of its own.
func (b *bench) measure(ctx context.Context, m measurement) (err error) {
	fmt.Fprintf(os.Stderr, "%s: measuring %s ...\n", time.Now().Format(time.TimeOnly), m.name)
	if b.marketplace, err = newMarketplace(ctx, m); err != nil {
		return err
	}
	defer b.drop()
	return m.run(b, ctx)
}

// seed fills the template of the seeded marketplaces with the load profile and
// measures that, kind by kind.
func (b *bench) seed(ctx context.Context, counts seed.Counts) error {
	database, err := createDatabase(ctx, seededDatabase, "template0")
	if err != nil {
		return err
	}
	s, err := store.Open(ctx, database, store.Options{Vault: vault.Local()})
	if err != nil {
		return err
	}
	defer s.Close() // a template must have no connections
	t := b.table("Seeding", "kind", "rows", "seconds", "rows/s")
	so := seed.Counts{}
	for _, step := range []struct {
		kind string
		want *int
		full int
	}{
		{"categories", &so.Categories, counts.Categories}, {"sellers", &so.Sellers, counts.Sellers}, {
			"buyers", &so.Buyers, counts.Buyers,
		},
		{"products", &so.Products, counts.Products}, {"orders", &so.Orders, counts.Orders},
	} {
		*step.want = step.full
		started := time.Now()
		if err := seed.Load(ctx, s.Pool(), so, bcrypt.DefaultCost, time.Now(), os.Stderr); err != nil {
			return err
		}
		took := time.Since(started).Seconds()
		t.row(step.kind, step.full, took, float64(step.full)/took)
	}
	t.print()
	return nil
}

// build makes the marketplace's binary.
func build(ctx context.Context) (path string, err error) {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return "", err
	}
	path = filepath.Join(dir, "market")
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", path, ".").CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the marketplace: %w\n%s", err, out)
	}
	return path, nil
}
