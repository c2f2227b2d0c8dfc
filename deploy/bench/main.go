// Command bench measures the marketplace on a throw-away stack and prints
// tables. Throughput is given beside a bare ceiling that is measured in the same
// run: as many empty workflows on the same Temporal server. `make bench` runs it.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/all-in-market/market/internal/seed"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/migrations"
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

func run(ctx context.Context) error {
	counts := seed.DefaultCounts
	flag.IntVar(&counts.Products, "products", counts.Products, "products to seed")
	flag.IntVar(&counts.Orders, "orders", counts.Orders, "paid orders to seed")
	duration := flag.Duration("duration", 15*time.Second, "length of each measurement")
	only := flag.String("only", "lists,purchases,dayclose", "what to measure; lists and purchases need seeding")
	flag.IntVar(&dayCounts.sellers, "sellers", dayCounts.sellers, "sellers whose day is closed")
	flag.IntVar(&dayCounts.lines, "lines", dayCounts.lines, "order lines of that day")
	flag.Parse()
	for _, name := range []string{
		"DATABASE_URL", "REDIS_URL", "TEMPORAL_ADDRESS", "STACK_PID_POSTGRES", "STACK_PID_TEMPORAL",
	} {
		if os.Getenv(name) == "" {
			return fmt.Errorf("%s is not set: run `make bench`, which starts a throw-away stack", name)
		}
	}
	fmt.Printf("%d cores, %s, everything on one machine\n", runtime.NumCPU(), runtime.Version())

	if _, err := migrations.Up(ctx, os.Getenv("DATABASE_URL")); err != nil {
		return err
	}
	s, err := store.Open(ctx, os.Getenv("DATABASE_URL"), store.Options{})
	if err != nil {
		return err
	}
	defer s.Close()
	if strings.Contains(*only, "dayclose") {
		if err := benchDayClose(ctx, s); err != nil {
			return err
		}
	}
	if !strings.Contains(*only, "lists") && !strings.Contains(*only, "purchases") {
		return nil
	}
	if err := benchSeed(ctx, s, counts); err != nil {
		return err
	}
	if strings.Contains(*only, "lists") {
		if err := benchLists(ctx, s); err != nil {
			return err
		}
	}
	if strings.Contains(*only, "purchases") {
		return benchPurchases(ctx, s, *duration)
	}
	return nil
}

// benchSeed measures the load profile, kind by kind.
func benchSeed(ctx context.Context, s *store.Store, counts seed.Counts) error {
	t := newTable("Seeding", "kind", "rows", "seconds", "rows/s")
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
		t.row(step.kind, step.full, fmt.Sprintf("%.1f", took), fmt.Sprintf("%.0f", float64(step.full)/took))
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

// table prints aligned columns.
type table struct {
	title string
	lines []string
}

func newTable(title string, columns ...string) *table {
	return &table{title: title, lines: []string{strings.Join(columns, "\t")}}
}

func (t *table) row(values ...any) {
	cells := make([]string, len(values))
	for i, v := range values {
		cells[i] = fmt.Sprint(v)
	}
	t.lines = append(t.lines, strings.Join(cells, "\t"))
}

func (t *table) print() {
	fmt.Printf("\n%s\n\n", t.title)
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, l := range t.lines {
		fmt.Fprintln(w, l+"\t")
	}
	_ = w.Flush()
}

// percentile is the value below which a share of the durations lies.
func percentile(all []time.Duration, share float64) time.Duration {
	if len(all) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(all))
	return sorted[min(len(sorted)-1, int(share*float64(len(sorted))))]
}

func ms(d time.Duration) string { return fmt.Sprintf("%.1f", float64(d.Microseconds())/1000) }
