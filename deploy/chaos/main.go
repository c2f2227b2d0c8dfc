// Command chaos kills and freezes the processes of a marketplace at random while buyers, sellers and two admins use it,
// days are closed and sellers paid, and gateways, bank and integrators misbehave. Then it waits until all is quiet and
// compares what was acknowledged to clients and integrators, what the marketplace has booked, and the books of the
// gateways and the bank. `make chaos SECONDS=600` runs it, and with NODES=3 against a Temporal cluster of three nodes.
package main

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"strings"
	"sync"
	"time"

	"go.temporal.io/sdk/client"

	"github.com/all-in-market/market/internal/simclient"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/vault"
	"github.com/all-in-market/market/internal/verify"
	"github.com/all-in-market/market/migrations"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "chaos:", err)
		os.Exit(1)
	}
}

// restTimeout is how long the marketplace may take to come to rest. Charges without a record at the
// gateway, which are resolved for over ten minutes, do not count.
const restTimeout = 5 * time.Minute

func run(ctx context.Context) (err error) {
	seed := flag.Uint64("seed", rand.Uint64(),
		"of everything that is random; which request is under way when a process dies is not")
	seconds := flag.Int("seconds", 60, "how long processes are killed")
	buyers := flag.Int("buyers", 12, "who buy at a time")
	flag.Parse()
	for _, name := range []string{"DATABASE_URL", "REDIS_URL", "TEMPORAL_ADDRESS", "STACK_PIDS"} {
		if os.Getenv(name) == "" {
			return fmt.Errorf("%s is not set: run `make chaos`, which starts a throw-away stack that may be killed",
				name)
		}
	}
	if _, err := migrations.Up(ctx, os.Getenv("DATABASE_URL")); err != nil {
		return err
	}
	s, err := store.Open(ctx, os.Getenv("DATABASE_URL"), store.Options{MaxConns: 10, Vault: vault.Local()})
	if err != nil {
		return err
	}
	defer s.Close()
	sim, err := serveSimulator(ctx, s.Pool())
	if err != nil {
		return err
	}
	portone, err := servePortOne()
	if err != nil {
		return err
	}
	defer portone.Close()
	fmt.Printf("seed %d, %d seconds, %d buyers\n", *seed, *seconds, *buyers)
	m, err := startMarket(ctx)
	if err != nil {
		return err
	}
	defer m.stop()
	defer func() {
		if err != nil && ctx.Err() == nil {
			fmt.Printf("FAIL  repeat it with: make chaos SEED=%d SECONDS=%d NODES=%d\n", *seed, *seconds,
				len(temporalNodes()))
			m.printLogs()
		}
	}()
	town, err := openTown(ctx, s, sim, portone, *buyers)
	if err != nil {
		return err
	}
	temporal, err := client.NewLazyClient(client.Options{
		HostPort: os.Getenv("TEMPORAL_ADDRESS"), Namespace: namespace, Logger: quiet{},
	})
	if err != nil {
		return err
	}
	defer temporal.Close()
	closes := openCloser(temporal)

	random := func(n uint64) *rand.Rand { return rand.New(rand.NewPCG(*seed, n)) }
	integrator, err := openIntegrator(ctx, town, random(5))
	if err != nil {
		return err
	}

	during, end := context.WithTimeout(ctx, time.Duration(*seconds)*time.Second)
	defer end()
	var all sync.WaitGroup
	for i := range town.buyers {
		all.Go(func() { town.shop(during, ctx, town.buyers[i], random(100+uint64(i))) })
	}
	for i := range town.sellers {
		all.Go(func() { town.sell(during, i, random(200+uint64(i))) })
	}
	for i, admin := range town.admins {
		all.Go(func() { town.decide(during, admin, random(300+uint64(i))) })
	}
	all.Go(func() { closes.close(during, town, random(1)) })
	all.Go(func() { town.grow(during, s.Pool(), random(2)) })
	all.Go(func() { misbehave(during, sim, portone, random(3)) })
	kills := map[string]int{}
	all.Go(func() { m.kill(during, random(4), kills) })
	all.Go(func() { m.freeze(during, random(6), kills) })
	all.Go(func() { progress(during, town, kills, &m.mu) })
	all.Wait()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	fmt.Println("the killing is over; waiting until all is quiet ...")
	rested, err := town.rest(ctx, s, closes)
	if err != nil {
		return err
	}
	if err := integrator.rest(ctx, town, s); err != nil {
		return err
	}
	return town.judge(ctx, s, m, integrator, kills, rested)
}

// pause waits, and reports whether ctx is still active.
func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

func progress(ctx context.Context, t *clients, kills map[string]int, mu *sync.Mutex) {
	for pause(ctx, 15*time.Second) {
		mu.Lock()
		fmt.Printf("  answered %d; killed or frozen %s\n", t.actions(), total(kills))
		mu.Unlock()
	}
}

// judge compares all books and promises, and fails when anything is wrong.
func (t *clients) judge(
	ctx context.Context, s *store.Store, m *marketplace, i *integrator, kills map[string]int, rested time.Duration,
) error {
	findings, err := compareBooks(ctx, s)
	if err != nil {
		return err
	}
	var problems []string
	for _, f := range findings {
		problems = append(problems, f.String())
	}
	for _, check := range []func(context.Context, *store.Store) ([]string, error){t.brokenPromises, i.broken} {
		broken, err := check(ctx, s)
		if err != nil {
			return err
		}
		problems = append(problems, broken...)
	}
	if lines := m.restarted(); len(lines) > 0 {
		problems = append(problems, fmt.Sprintf("%d rows waited without a workflow until the sweep started it:",
			len(lines)))
		problems = append(problems, lines...)
	}
	held, err := counts(ctx, s)
	if err != nil {
		return err
	}
	fmt.Printf("\nkilled or frozen %s\nanswered    %s\nbooks       %s\nwebhooks    %d\nquiet after %.0f s\n",
		total(kills), t.summary(), held, len(i.taken), rested.Seconds())
	if len(problems) > 0 {
		return fmt.Errorf("%d problems:\n%s", len(problems), strings.Join(problems, "\n"))
	}
	fmt.Println("nothing was lost, doubled, oversold or left alone")
	return nil
}

// compareBooks returns what does not agree for longer than bookings take that the last reconciliation has caused.
func compareBooks(ctx context.Context, s *store.Store) (findings []store.Finding, err error) {
	books := verify.Books{
		Store: s, Gateways: providers(), Bank: simclient.NewBank("http://"+gatewayAddr, time.Minute),
	}
	for range 20 {
		findings, err = verify.Run(ctx, books, func(verify.Progress) {})
		if err != nil || len(findings) == 0 || !pause(ctx, time.Second) {
			break
		}
	}
	return findings, err
}

// quiet discards the log of the Temporal client, whose server is killed.
type quiet struct{}

func (quiet) Debug(string, ...any) {}
func (quiet) Info(string, ...any)  {}
func (quiet) Warn(string, ...any)  {}
func (quiet) Error(string, ...any) {}
