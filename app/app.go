// Package app assembles a process: it connects the services that the roles need, starts the roles,
// and stops them in order.
package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/interceptor"
	sdkworker "go.temporal.io/sdk/worker"
	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"

	"github.com/all-in-market/market/activities"
	"github.com/all-in-market/market/internal/auth"
	"github.com/all-in-market/market/internal/cache"
	"github.com/all-in-market/market/internal/config"
	"github.com/all-in-market/market/internal/engine"
	"github.com/all-in-market/market/internal/gateway"
	"github.com/all-in-market/market/internal/gateway/portone"
	"github.com/all-in-market/market/internal/housekeeping"
	"github.com/all-in-market/market/internal/images"
	"github.com/all-in-market/market/internal/integrators"
	"github.com/all-in-market/market/internal/listener"
	"github.com/all-in-market/market/internal/live"
	"github.com/all-in-market/market/internal/mail"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/notify"
	"github.com/all-in-market/market/internal/simclient"
	"github.com/all-in-market/market/internal/simulator"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/telemetry"
	"github.com/all-in-market/market/internal/webhooks"
	"github.com/all-in-market/market/worker"
)

// Roles select the parts of the marketplace that a process runs.
type Roles struct{ API, Admin, Worker, Simulator bool }

// String returns the names of the roles, as in "api+worker".
func (r Roles) String() string {
	var names []string
	for _, role := range []struct {
		name string
		has  bool
	}{{"api", r.API}, {"admin", r.Admin}, {"worker", r.Worker}, {"simulator", r.Simulator}} {
		if role.has {
			names = append(names, role.name)
		}
	}
	return strings.Join(names, "+")
}

// Plain returns the transport unchanged.
func Plain(t http.RoundTripper) http.RoundTripper { return t }

// App is a process of the marketplace.
type App struct {
	cfg      config.Config
	log      *slog.Logger
	roles    Roles
	registry *prometheus.Registry

	store     *store.Store
	replica   *store.Store // the replica for lists, which may lag behind; the primary without a replica
	redis     redis.UniversalClient
	reads     *cache.Reads
	live      *live.Orders
	temporal  client.Client
	converter converter.DataConverter // of temporal; nil for the SDK's default
	answers   *engine.Answers
	images    *images.Store
	decoder   *images.Decoder
	gateways  gateway.Providers
	workers   []sdkworker.Worker

	integrators *integrators.Webhooks
	running     []sdkworker.Worker // workers that have been started
	build       worker.CurrentBuild

	traces      *telemetry.Traces
	orderWrites orderWrites

	servers []*server
	ready   chan struct{}
}

type server struct {
	name string
	*http.Server
	listener *listener.Listener
}

// New connects a process's parts and opens its listeners. It does not wait for PostgreSQL, Redis or
// Temporal. Interceptors wrap each activity.
func New(
	ctx context.Context, cfg config.Config, log *slog.Logger, roles Roles,
	interceptors ...interceptor.WorkerInterceptor,
) (_ *App, err error) {
	if err := errors.Join(cfg.CheckServing(), checkChannels(cfg)); err != nil {
		return nil, err
	}
	a := &App{cfg: cfg, log: log, roles: roles, registry: telemetry.NewRegistry(), ready: make(chan struct{}),
		orderWrites: make(orderWrites, 1)}
	defer func() {
		if err != nil {
			a.close()
		}
	}()
	if a.traces, err = telemetry.NewTraces(ctx, log, cfg.OTLPEndpoint, roles.String()); err != nil {
		return nil, err
	}
	personal, err := cfg.Vault()
	if err != nil {
		return nil, err
	}
	pool := store.Options{
		MaxConns: cfg.DatabaseMaxConns, Timeout: statementTimeout(cfg, roles), Tracer: a.traces.Queries(),
		OrderWritten: a.orderWrites.note, Vault: personal, PayoutsPerSecond: cfg.PayoutsPerSecond,
	}
	if a.store, err = store.Open(ctx, cfg.DatabaseURL, pool); err != nil {
		return nil, err
	}
	telemetry.WatchPool(a.registry, a.store.Pool())
	a.replica = a.store
	if cfg.DatabaseReadURL != "" {
		if a.replica, err = store.Open(ctx, cfg.DatabaseReadURL, pool); err != nil {
			return nil, fmt.Errorf("DATABASE_READ_URL: %w", err)
		}
	}
	if a.redis, err = cache.Open(cfg.RedisURL); err != nil {
		return nil, err
	}
	if err := a.traces.Redis(a.redis); err != nil {
		return nil, err
	}
	a.reads = cache.NewReads(a.redis, a.log)
	a.live = live.NewOrders(a.store, log, a.reads.Listening)
	a.reads.OnAnnounced(ordersTopic, a.live.Written)
	seals, err := auth.NewSeals("webhooks", cfg.JWTSecret, cfg.JWTPreviousSecret)
	if err != nil {
		return nil, err
	}
	a.integrators = &integrators.Webhooks{Store: a.store, Sender: webhooks.NewSender(cfg.Local()), Seals: seals}
	metrics, err := telemetry.TemporalMetrics(a.registry)
	if err != nil {
		return nil, err
	}
	options, err := TemporalOptions(cfg)
	if err != nil {
		return nil, err
	}
	options.Logger, options.MetricsHandler = log, metrics // the SDK adds attributes only to lines that are written
	if options.Interceptors, err = a.traces.Temporal(); err != nil {
		return nil, err
	}
	a.converter = options.DataConverter
	a.answers = engine.NewAnswers(a.converter)
	options.ConnectionOptions.DialOptions = append(options.ConnectionOptions.DialOptions,
		grpc.WithChainUnaryInterceptor(a.answers.Intercept))
	if a.temporal, err = client.NewLazyClient(options); err != nil {
		return nil, err
	}
	if a.images, err = images.Open(ctx, cfg.ImagesURL, cfg.ImagesPublicURL, cfg.Site()); err != nil {
		return nil, err
	}
	a.decoder = images.NewDecoder(cfg.ImageMemoryMB << 20)
	a.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "market_image_memory_reserved_bytes", Help: "Memory set aside for uploaded images that are being decoded.",
	}, func() float64 { return float64(a.decoder.Reserved()) }))
	if cfg.ImagesURL == "" && !cfg.Local() {
		log.Warn(
			"product images are kept in the folder .market/images of this process: set IMAGES_URL to a store that all processes share")
	}
	a.gateways = Gateways(cfg, cache.NewOutage(a.redis, "PortOne", log), a.traces.Client)
	if err := a.addSimulator(ctx); err != nil {
		return nil, err
	}
	if err := a.addWorkers(interceptors); err != nil {
		return nil, err
	}
	return a, a.addServers()
}

// statementTimeout bounds the statements of a process that only answers requests, since no client
// waits longer. Workers, which close days and verify, have no bound.
func statementTimeout(cfg config.Config, roles Roles) time.Duration {
	if roles.Worker {
		return 0
	}
	return cfg.RequestTimeout
}

// Gateways returns the configured payment providers. The outage shares PortOne's outages among
// processes; nil for a program that calls PortOne alone. The function wraps the transport of
// requests; see Plain.
func Gateways(
	cfg config.Config, outage portone.Outage, through func(http.RoundTripper) http.RoundTripper,
) (p gateway.Providers) {
	if address := cfg.PaymentGateway(); address != "" {
		mock := simclient.NewGateway(address, gatewayTimeout)
		mock.Through(through)
		p.Mock = mock
	}
	if cfg.PortOneAPISecret != "" {
		channels := map[market.PaymentMethod]string{}
		for method, key := range cfg.PortOneChannels {
			channels[market.PaymentMethod(method)] = key
		}
		c := portone.NewClient(cfg.PortOneURL, cfg.PortOneAPISecret, cfg.PortOneStoreID)
		c.Share(outage)
		c.Through(through)
		p.PortOne = portone.NewGateway(c, channels, !cfg.PortOneTestChannels)
	}
	return p
}

func (a *App) addSimulator(ctx context.Context) error {
	alone := a.roles == Roles{Simulator: true}
	if !a.roles.Simulator || (!alone && a.cfg.GatewayURL != "" && a.cfg.BankURL != "") {
		return nil // everything to simulate is configured for real
	}
	sim, err := simulator.New(ctx, a.store.Pool())
	if err != nil {
		return err
	}
	return a.listen("simulator", a.cfg.SimulatorAddr, sim.Handler())
}

// traceGrace is how long a stopping process tries to send its last traces.
const traceGrace = 3 * time.Second

// writeGrace is how long a client may take to read a response after the request's deadline.
const writeGrace = 15 * time.Second

// gatewayTimeout bounds a call to the gateway that has no deadline of its own.
const gatewayTimeout = 70 * time.Second

// sites returns the addresses for links in mails.
func sites(cfg config.Config) mail.Sites {
	return mail.Sites{Market: cfg.PagesURL, Console: cfg.ConsoleURL}
}

func (a *App) addWorkers(interceptors []interceptor.WorkerInterceptor) error {
	var mails *mail.Sender
	if a.cfg.SMTPURL != "" {
		var err error
		if mails, err = mail.NewSender(a.cfg.SMTPURL, a.cfg.MailFrom, sites(a.cfg)); err != nil {
			return err
		}
	}
	payer := simclient.NewBank(a.cfg.Bank(), gatewayTimeout)
	payer.Through(a.traces.Client)
	acts := &activities.Activities{
		Store: a.store, Locks: cache.NewProductLocks(a.redis, a.log), Cache: a.reads, Gateways: a.gateways,
		Bank: payer,
	}
	acts.Decisions = auth.NewDecisions(a.cfg.JWTSecret)
	acts.Runs = engine.NewOperator(a.temporal, a.cfg.TemporalNamespace, a.converter, acts.Decisions)
	if a.cfg.NotificationURL != "" {
		acts.Receiver = notify.NewReceiver(a.cfg.NotificationURL, a.cfg.NotificationClientID, a.cfg.NotificationSecret)
	}
	acts.Webhooks, acts.WebhookSecrets = a.integrators.Sender, a.integrators.Seals
	acts.Mails, acts.MailTokens = mails, auth.NewMailTokens(a.cfg.JWTSecret, a.cfg.JWTPreviousSecret)
	opt := worker.Options{
		Connections: int(a.cfg.DatabaseMaxConns), PayoutActivitiesPerSecond: 3 * a.cfg.PayoutsPerSecond,
		ProviderActivitiesPerSecond: a.cfg.PortOnePerSecond, BuildID: a.cfg.WorkerBuildID,
		HeldChanges: a.cfg.WorkerHeldChanges, Interceptors: interceptors,
	}
	if a.roles.API || a.roles.Worker {
		a.workers = append(a.workers, worker.Requests(a.temporal, acts, opt))
	}
	if a.roles.Worker {
		a.workers = append(a.workers, worker.BackOffice(a.temporal, acts, opt)...)
	}
	return nil
}

func (a *App) workersStarted(context.Context) error {
	select {
	case <-a.ready:
		return nil
	default:
		return errors.New("not started yet")
	}
}

// Run serves until ctx ends, then stops: first the listeners, so that no new request arrives, then
// the workers, so that running activities finish.
func (a *App) Run(ctx context.Context) error {
	defer a.close()
	group, ctx := errgroup.WithContext(ctx)
	for _, s := range a.servers {
		a.log.Info("listening", "server", s.name, "address", s.listener.Addr().String())
		group.Go(func() error {
			if err := s.Serve(s.listener); !errors.Is(err, http.ErrServerClosed) {
				return fmt.Errorf("%s server: %w", s.name, err)
			}
			return nil
		})
	}
	if a.roles.API || a.roles.Admin {
		group.Go(func() error {
			a.reads.Listen(ctx)
			return nil
		})
	}
	group.Go(func() error {
		a.orderWrites.announce(ctx, a.reads, a.log)
		return nil
	})
	if a.roles.API {
		group.Go(func() error {
			a.live.Run(ctx) // ends all streams before the server stops
			return nil
		})
	}
	if a.roles.API && a.cfg.WorkerBuildID != "" {
		group.Go(func() error {
			a.build.Watch(ctx, a.temporal, a.cfg.WorkerBuildID, func(err error) {
				a.log.WarnContext(ctx, "current build not known; using the last one", "err", err)
			})
			return nil
		})
	}
	started := make(chan struct{})
	group.Go(func() error {
		defer close(started)
		return a.startWorkers(ctx)
	})
	group.Go(func() error {
		<-ctx.Done()
		<-started
		a.stop()
		return nil
	})
	return group.Wait()
}

// ordersTopic is the topic for announcements that orders may have changed.
const ordersTopic = "orders"

// orderWrites coalesces announcements of this process's writes to orders.
type orderWrites chan struct{}

const (
	// announceInterval is the minimum time between two announcements of a process.
	announceInterval = 250 * time.Millisecond
	announceTimeout  = 2 * time.Second
)

// note requests an announcement of the writes so far.
func (o orderWrites) note() {
	select {
	case o <- struct{}{}:
	default:
	}
}

// announce sends announcements until ctx ends.
func (o orderWrites) announce(ctx context.Context, c *cache.Reads, log *slog.Logger) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-o:
		}
		within, cancel := context.WithTimeout(ctx, announceTimeout)
		err := c.Announce(within, ordersTopic)
		cancel()
		if err != nil && ctx.Err() == nil {
			log.WarnContext(ctx, "order changes not announced", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(announceInterval):
		}
	}
}

// startWorkers starts the workers, and the housekeeping of a worker process. It waits for Temporal;
// reads are served meanwhile.
func (a *App) startWorkers(ctx context.Context) error {
	if len(a.workers) == 0 {
		close(a.ready)
		return nil
	}
	// A worker can be started only once, and only while Temporal is reachable.
	reachable := func(ctx context.Context) error {
		return findNamespace(ctx, a.temporal, a.cfg.TemporalNamespace)
	}
	if !a.until(ctx, "Temporal is not ready", reachable) {
		return nil
	}
	for _, w := range a.workers {
		if err := w.Start(); err != nil {
			return fmt.Errorf("start a worker: %w", err)
		}
		a.running = append(a.running, w)
	}
	close(a.ready)
	if a.roles.Worker {
		go a.watchAlerts(ctx)
		(&housekeeping.Janitor{
			Store: a.store, Cache: a.reads, Images: a.images, Workflows: engine.NewClient(a.temporal, a.answers),
			Log:       a.log,
			Restarted: a.restartedRows(),
			Seals:     a.integrators.Seals,
			Retention: store.Retentions(a.cfg.IdempotencyRetention), NotifiesReceiver: a.cfg.NotificationURL != "",
			SendsMails: a.cfg.SMTPURL != "",
		}).Run(ctx)
	}
	return nil
}

// attemptTimeout bounds one attempt of until.
const attemptTimeout = 20 * time.Second

// until calls f every second until it succeeds; false means that the process stops.
func (a *App) until(ctx context.Context, problem string, f func(context.Context) error) bool {
	for {
		within, cancel := context.WithTimeout(ctx, attemptTimeout)
		err := f(within)
		cancel()
		if err == nil {
			return true
		}
		if ctx.Err() == nil {
			a.log.WarnContext(ctx, problem+"; retrying", "error", err)
		}
		select {
		case <-ctx.Done():
			return false
		case <-time.After(time.Second):
		}
	}
}

func (a *App) stop() {
	a.log.Info("stopping")
	ctx, cancel := context.WithTimeout(context.Background(), a.cfg.ShutdownTimeout)
	defer cancel()
	for _, s := range slices.Backward(a.servers) {
		if s.name == "simulator" {
			continue // running payments still call it
		}
		if err := s.Shutdown(ctx); err != nil {
			a.log.Warn("requests were cut off", "server", s.name, "error", err)
		}
	}
	worker.Stop(a.running)
	for _, s := range a.servers {
		_ = s.Close()
	}
}

func (a *App) close() {
	for _, s := range a.servers {
		_ = s.listener.Close()
	}
	if a.temporal != nil {
		a.temporal.Close()
	}
	flush, cancel := context.WithTimeout(context.Background(), traceGrace)
	defer cancel()
	_ = a.traces.Close(flush) // the trace collector may be down
	if a.images != nil {
		_ = a.images.Close()
	}
	if a.redis != nil {
		_ = a.redis.Close()
	}
	if a.replica != nil && a.replica != a.store {
		a.replica.Close()
	}
	if a.store != nil {
		a.store.Close()
	}
}
