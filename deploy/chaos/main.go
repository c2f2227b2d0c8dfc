// Command chaos kills and freezes the processes of a marketplace at random while buyers
// buy and admins decide refunds, and gateway and integrators misbehave. Then it waits until
// all is quiet and holds against each other what clients and integrators were told, what
// the marketplace has booked, and the gateway's own books. `make chaos SECONDS=600` runs it.
package main

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/all-in-market/market/internal/gateway"
	"github.com/all-in-market/market/internal/simclient"
	"github.com/all-in-market/market/internal/simulator"
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

// patience is how long the marketplace may take to come to rest: a charge that the
// gateway knows nothing of is asked for again for over ten minutes, and does not count.
const patience = 5 * time.Minute

func run(ctx context.Context) (err error) {
	seed := flag.Uint64("seed", rand.Uint64(),
		"of everything that is random; which request is under way when a process dies is not")
	seconds := flag.Int("seconds", 60, "how long processes are killed")
	buyers := flag.Int("buyers", 12, "who buy at a time")
	flag.Parse()
	for _, name := range []string{"DATABASE_URL", "REDIS_URL", "TEMPORAL_ADDRESS", "STACK_PIDS"} {
		if os.Getenv(name) == "" {
			return fmt.Errorf("%s is not set: run `make chaos`, which starts a throw-away stack that may be killed", name)
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
	fmt.Printf("seed %d, %d seconds, %d buyers\n", *seed, *seconds, *buyers)
	m, err := startMarket(ctx)
	if err != nil {
		return err
	}
	defer m.stop()
	defer func() {
		if err != nil && ctx.Err() == nil {
			fmt.Printf("FAIL  repeat it with: make chaos SEED=%d SECONDS=%d\n", *seed, *seconds)
			m.printLogs()
		}
	}()
	town, err := openTown(ctx, s, *buyers)
	if err != nil {
		return err
	}

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
	all.Go(func() { town.decide(during, random(1)) })
	all.Go(func() { town.grow(during, s.Pool(), random(2)) })
	all.Go(func() { misbehave(during, sim, random(3)) })
	kills := map[string]int{}
	all.Go(func() { m.kill(during, random(4), kills) })
	all.Go(func() { m.freeze(during, random(6), kills) })
	all.Go(func() { progress(during, town, kills, &m.mu) })
	all.Wait()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	sim.Set(simulator.Knobs{})
	fmt.Println("the killing is over; waiting until all is quiet ...")
	quiet, err := town.rest(ctx, s, patience)
	if err != nil {
		return err
	}
	if err := integrator.rest(ctx, town, s); err != nil {
		return err
	}
	return town.judge(ctx, s, m, integrator, kills, quiet)
}

// serveSimulator serves the gateway and the bank, which are not ours to kill.
func serveSimulator(ctx context.Context, pool *pgxpool.Pool) (*simulator.Simulator, error) {
	sim, err := simulator.New(ctx, pool)
	if err != nil {
		return nil, err
	}
	go func() { _ = http.ListenAndServe(gatewayAddr, sim.Handler()) }()
	return sim, nil
}

// misbehave turns the gateway's knobs, now this way, now that.
func misbehave(ctx context.Context, s *simulator.Simulator, r *rand.Rand) {
	moods := []simulator.Knobs{
		{}, {}, {}, {Decline: true}, {AmountOff: 100}, {AmountOff: -100}, {HangAfter: 20 * time.Millisecond}, {
			HangAfter: 4 * time.Second,
		}, {FailBefore: true},
		{Queue: 500 * time.Millisecond}, {DuplicateWork: true}, {RefuseCancel: true}, {Latency: 300 * time.Millisecond},
		{AmountOff: 100, HangAfter: 20 * time.Millisecond}, {AmountOff: 100, RefuseCancel: true}, {
			Decline: true, HangAfter: 20 * time.Millisecond,
		}, {Queue: 300 * time.Millisecond, AmountOff: 100},
	}
	for pause(ctx, time.Duration(300+r.IntN(1500))*time.Millisecond) {
		s.Set(moods[r.IntN(len(moods))])
	}
}

// pause waits, and says whether ctx goes on.
func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

func progress(ctx context.Context, t *town, kills map[string]int, mu *sync.Mutex) {
	for pause(ctx, 15*time.Second) {
		mu.Lock()
		fmt.Printf("  %s, killed or frozen %s\n", t.told(), total(kills))
		mu.Unlock()
	}
}

// judge compares everything with everything, and fails when anything is wrong.
func (t *town) judge(
	ctx context.Context, s *store.Store, m *marketplace, i *integrator, kills map[string]int, quiet time.Duration,
) error {
	findings, err := verify.Run(ctx,
		verify.Books{
			Store: s, Gateways: gateway.Providers{Mock: simclient.NewGateway("http://"+gatewayAddr, time.Minute)},
			Bank: simclient.NewBank("http://"+gatewayAddr, time.Minute),
		},
		func(verify.Progress) {})
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
	if lines := m.redriven(); len(lines) > 0 {
		problems = append(problems, fmt.Sprintf("%d rows waited and nothing drove them, until the sweep did:", len(lines)))
		problems = append(problems, lines...)
	}
	counts, err := t.counts(ctx, s)
	if err != nil {
		return err
	}
	fmt.Printf("\nkilled or frozen %s\nbuyers were told of %s\nbooks       %s\nwebhooks    %d\nquiet after %.0f s\n",
		total(kills), t.told(), counts, len(i.taken), quiet.Seconds())
	if len(problems) > 0 {
		return fmt.Errorf("%d problems:\n%s", len(problems), strings.Join(problems, "\n"))
	}
	fmt.Println("nothing was lost, doubled, oversold or left alone")
	return nil
}
