package app

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"net/http"
	"slices"
	"syscall"
	"time"

	"github.com/gorilla/mux"
	"github.com/prometheus/client_golang/prometheus"
	"go.temporal.io/sdk/client"

	"github.com/all-in-market/market/admin"
	"github.com/all-in-market/market/api"
	"github.com/all-in-market/market/console"
	"github.com/all-in-market/market/internal/auth"
	"github.com/all-in-market/market/internal/backoffice"
	"github.com/all-in-market/market/internal/engine"
	"github.com/all-in-market/market/internal/gateway/portone"
	"github.com/all-in-market/market/internal/listener"
	"github.com/all-in-market/market/internal/login"
	"github.com/all-in-market/market/internal/pages"
	"github.com/all-in-market/market/internal/storefront"
	"github.com/all-in-market/market/internal/telemetry"
	"github.com/all-in-market/market/internal/uploads"
	"github.com/all-in-market/market/internal/web"
	"github.com/all-in-market/market/sellerweb"
	"github.com/all-in-market/market/shop"
)

func (a *App) outer(server string, metrics *web.Metrics) web.Middleware {
	return web.Middleware{
		Server: server, Log: a.log, Metrics: metrics, Timeout: a.cfg.RequestTimeout,
		TrustedProxies: a.cfg.TrustedProxies,
		Audit:          a.store.NoteAction,
	}
}

func (a *App) addServers() error {
	passwords, err := auth.NewPasswords(a.cfg.BcryptCost)
	if err != nil {
		return fmt.Errorf("BCRYPT_COST: %w", err)
	}
	oneTimePasswords, err := auth.NewOneTimePasswords(a.cfg.JWTSecret, a.cfg.JWTPreviousSecret)
	if err != nil {
		return err
	}
	authentication := &login.Auth{
		Passwords: passwords,
		Tokens:    auth.NewAccessTokens(a.cfg.JWTSecret, a.cfg.JWTPreviousSecret, a.cfg.AccessLifetime),
		Sessions:  auth.NewSessions(a.redis, a.store, a.cfg.AccessLifetime),
		Limiter:   auth.NewLimiter(a.redis),
		Store:     a.store,
		Cache:     a.reads,
		AccessLog: a.store,

		Devices:    auth.NewDevices(a.cfg.JWTSecret, a.cfg.JWTPreviousSecret),
		MailTokens: auth.NewMailTokens(a.cfg.JWTSecret, a.cfg.JWTPreviousSecret), OneTimePasswords: oneTimePasswords,
		Documents: login.Documents{
			Terms:   login.Document{Version: a.cfg.TermsVersion, URL: a.cfg.TermsURL},
			Privacy: login.Document{Version: a.cfg.PrivacyVersion, URL: a.cfg.PrivacyURL},
			Consent: login.ConsentRule(a.cfg.SignupConsent),
		},
		FactorCompulsory: a.cfg.FactorCompulsory(),
		MailsSent:        a.cfg.SMTPURL != "",
		SecureCookies:    !a.cfg.Local(), TrustedProxies: a.cfg.TrustedProxies,
	}
	a.store.LimitMails(authentication.Limiter)
	metrics := web.NewMetrics(a.registry)
	parameters, err := api.Parameters()
	if err != nil {
		return err
	}
	public, staff := web.SplitDocument(api.OpenAPI)
	starter := engine.NewClient(a.temporal, a.answers)
	if a.cfg.WorkerBuildID != "" {
		starter.StartEagerlyWhile(a.build.Current)
	}
	if a.roles.API {
		front := &storefront.Service{
			Store: a.store, Workflows: starter, Gateways: a.gateways, Limiter: authentication.Limiter,
			PaymentWait: a.cfg.PaymentWait,
		}
		accepted := uploads.New(a.store, a.images, a.decoder,
			uploads.Limits{AtOnce: a.cfg.UploadsPerSeller, PerMinute: a.cfg.UploadsPerMinute})
		s := &api.Server{
			Uploads: accepted,
			Auth:    authentication, Store: a.store, Replica: a.replica, Cache: a.reads, Images: a.images,
			Storefront: front, Integrators: a.integrators, PayoutPause: a.cfg.PayoutPause,
			Parameters: parameters, Document: public, Issuer: a.cfg.Issuer(),
			Pages: func(r *mux.Router) {
				(&shop.Server{
					Store: a.store, Replica: a.replica, Cache: a.reads, Images: a.images, Storefront: front,
					Live: a.live,
					SDK:  portone.SDK(a.cfg.PortOneURL), Operator: a.cfg.Issuer(),
				}).Routes(r, authentication)
				sellerweb.New(authentication, a.store, a.replica, a.reads, a.images, accepted, a.integrators,
					front.CancelForSeller, a.cfg.PayoutPause, a.cfg.Issuer()).Routes(r)
				if a.cfg.Local() {
					pages.ServeExamples(r, authentication)
				}
			},
		}
		if len(a.cfg.PortOneWebhookSecrets) > 0 {
			if s.Webhooks, err = portone.NewWebhooks(a.cfg.PortOneWebhookSecrets...); err != nil {
				return fmt.Errorf("PORTONE_WEBHOOK_SECRETS: %w", err)
			}
		}
		h := a.traces.Server("api", a.outer("api", metrics).Wrap(s.Router()))
		if err := a.listen("api", a.cfg.APIAddr, h); err != nil {
			return err
		}
	}
	if a.roles.Admin {
		decisions := auth.NewDecisions(a.cfg.JWTSecret)
		office := &backoffice.Service{
			Store: a.store, Workflows: starter, Cache: a.reads, Sessions: authentication.Sessions,
			Runs:      engine.NewOperator(a.temporal, a.cfg.TemporalNamespace, a.converter, decisions),
			Decisions: decisions, DecisionWait: a.cfg.DecisionWait, PayoutPause: a.cfg.PayoutPause,
		}
		s := &admin.Server{
			Auth: authentication, Store: a.store, Replica: a.replica, Cache: a.reads, BackOffice: office,
			Integrators: a.integrators,
			Document:    staff, Issuer: a.cfg.Issuer(),
			Parameters: parameters.Under("/admin/"), // the console's pages have paths like those of buyers
			Pages: console.New(authentication, a.store, a.replica, office, a.cfg.TemporalPages(), a.cfg.Simulator(),
				a.cfg.Issuer()).Routes,
		}
		h := a.traces.Server("admin", a.outer("admin", metrics).Wrap(s.Router()))
		if err := a.listen("admin", a.cfg.AdminAddr, h); err != nil {
			return err
		}
	}
	serving := slices.Clone(a.servers)
	return a.listen("metrics", a.cfg.MetricsAddr, telemetry.Handler(a.registry, a.cfg.Pprof, telemetry.Health{
		Live: func(ctx context.Context) error { return probe(ctx, serving, false) },
		Ready: []telemetry.Check{
			{Name: "postgresql", Ping: a.store.Ping},
			{Name: "redis", Ping: func(ctx context.Context) error { return a.redis.Ping(ctx).Err() }},
			{Name: "temporal", Ping: func(ctx context.Context) error {
				_, err := a.temporal.CheckHealth(ctx, &client.CheckHealthRequest{})
				return err
			}},
			{Name: "workers", Ping: a.workersStarted},
			{Name: "listeners", Ping: func(ctx context.Context) error { return probe(ctx, serving, true) }},
		},
	}))
}

// probe connects to each server. An overloaded server is alive but not ready.
func probe(ctx context.Context, servers []*server, ready bool) error {
	for _, s := range servers {
		err := listener.Probe(ctx, s.listener.Addr())
		var unserved *listener.Unserved
		if errors.As(err, &unserved) && (ready || !unserved.Answered) {
			return fmt.Errorf("%s server: %w", s.name, err)
		}
	}
	return nil
}

const (
	// directIdle and proxiedIdle are how long an idle connection is kept. Behind a proxy that must
	// exceed the proxy's own limit, which is mostly a minute: otherwise the proxy may send a request
	// on a connection that is being closed.
	directIdle  = 15 * time.Second
	proxiedIdle = 2 * time.Minute
	// headerTimeout and bodyTimeout bound the time that a client takes to send a request.
	headerTimeout = 5 * time.Second
	bodyTimeout   = 20 * time.Second
	// descriptorShare is the part of the process's file descriptors that one listener may use.
	descriptorShare = 8
)

func (a *App) listen(name, address string, handler http.Handler) error {
	raw, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", address)
	if err != nil {
		return fmt.Errorf("the %s server cannot listen on %s: %w", name, address, err)
	}
	l := listener.New(raw, a.connectionLimits(name))
	a.watchConnections(name, l)
	idle := directIdle
	if a.cfg.TrustedProxies > 0 {
		idle = proxiedIdle
	}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true) // one request at a time per connection; the proxy terminates HTTP/2
	a.servers = append(a.servers, &server{name: name, listener: l, Server: &http.Server{
		Handler: handler, ReadHeaderTimeout: headerTimeout, ReadTimeout: bodyTimeout, IdleTimeout: idle,
		MaxHeaderBytes: 32 << 10, Protocols: protocols, ConnState: l.ConnState,
		WriteTimeout: a.cfg.RequestTimeout + writeGrace, // counted from the end of reading the request
	}})
	return nil
}

// connectionLimits returns the bounds of a server's connections. Behind proxies every peer is a
// proxy, which bounds its own clients; the simulator's clients are the processes of the
// marketplace.
func (a *App) connectionLimits(name string) listener.Limits {
	limits := listener.Limits{Total: a.cfg.MaxConnections, Log: a.log}
	var descriptors syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &descriptors); err == nil {
		if most := int(min(descriptors.Cur, math.MaxInt32) / descriptorShare); limits.Total > most {
			a.log.Warn("connections bounded by the limit of file descriptors", "server", name, "max_connections", most,
				"descriptors", descriptors.Cur)
			limits.Total = most
		}
	}
	if a.cfg.TrustedProxies == 0 && name != "simulator" {
		limits.PerNetwork, limits.Network = a.cfg.MaxConnectionsPerAddress, auth.Network
	}
	return limits
}

func (a *App) watchConnections(name string, l *listener.Listener) {
	labels := prometheus.Labels{"server": name}
	a.registry.MustRegister(
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "market_connections", Help: "Open connections of a server.", ConstLabels: labels,
		}, func() float64 { return float64(l.Counts().Open) }),
		prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "market_connections_evicted_total", ConstLabels: labels,
			Help: "Idle connections that were closed because a new one reached a bound.",
		}, func() float64 { return float64(l.Counts().Evicted) }),
		prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "market_connections_refused_total", ConstLabels: labels,
			Help: "Connections that were refused because a bound was reached and none was idle.",
		}, func() float64 { return float64(l.Counts().Refused) }),
	)
}

// Addr returns the address that a server (api, admin, metrics, simulator) listens on.
func (a *App) Addr(name string) string {
	for _, s := range a.servers {
		if s.name == name {
			return s.listener.Addr().String()
		}
	}
	return ""
}
