// Package e2e tests the whole marketplace over HTTP, against the real
// PostgreSQL, Redis and Temporal of a throw-away stack. Every answer that a
// test receives is checked against the OpenAPI document.
package e2e

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enums "go.temporal.io/api/enums/v1"
	namespacepb "go.temporal.io/api/namespace/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/interceptor"
	sdkworker "go.temporal.io/sdk/worker"
	"golang.org/x/crypto/bcrypt"

	"github.com/all-in-market/market/app"
	"github.com/all-in-market/market/deploy/portone/portonesim"
	"github.com/all-in-market/market/internal/auth"
	"github.com/all-in-market/market/internal/config"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/simclient"
	"github.com/all-in-market/market/internal/simulator"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/testrig"
	"github.com/all-in-market/market/internal/vault"
	"github.com/all-in-market/market/internal/verify"
	"github.com/all-in-market/market/worker"
	"github.com/all-in-market/market/workflows"
)

func TestMain(m *testing.M) {
	sdkworker.SetBinaryChecksum("e2e") // as servers do; the SDK would hash the executable for each process
	if os.Getenv(childVariable) != "" {
		runChild()
		return
	}
	os.Exit(m.Run())
}

// rig is a marketplace of its own: database, namespace, gateway, processes.
type rig struct {
	cfg       config.Config
	store     *store.Store // the test's own view of the database
	reader    *store.Store // who verifies, after the first verification
	temporal  client.Client
	simulator *simulator.Simulator
	portone   *portonesim.Simulator
	redis     *testrig.Proxy
	frontend  *testrig.Proxy // Temporal
	database  *testrig.Proxy // PostgreSQL, where a test takes it away
	api       string         // base URLs
	admin     string
	metrics   string
	hash      string // of the password that all test accounts share
	serial    atomic.Int64

	readerOnce sync.Once
	webhooksTo atomic.Value // string: the base URL of the API that takes PortOne's webhooks

	serving []func() // what stops what runs in this process
}

const password = "password1!"

var rigs atomic.Int64

// newRig prepares a marketplace without starting it.
func newRig(t *testing.T) *rig {
	t.Helper()
	ctx := context.Background()
	redisURL, err := url.Parse(testrig.RedisURL(t))
	require.NoError(t, err)
	r := &rig{
		redis:    testrig.NewProxy(t, redisURL.Host),
		frontend: testrig.NewProxy(t, testrig.TemporalAddresses(t)...),
	}
	number := rigs.Add(1)
	r.cfg = config.Config{
		Profile: "local", DatabaseURL: testrig.DatabaseURL(t), DatabaseMaxConns: 24,
		RedisURL: (&url.URL{
			Scheme: redisURL.Scheme, User: redisURL.User, Host: r.redis.Addr(), Path: redisURL.Path,
		}).String(),
		TemporalAddress: r.frontend.Addr(), TemporalNamespace: fmt.Sprintf("e2e-%d-%d", os.Getpid(), number),
		TemporalTLS: os.Getenv("TEMPORAL_TLS") != "", TemporalTLSCert: os.Getenv("TEMPORAL_TLS_CLIENT_CERT_PATH"),
		TemporalTLSKey: os.Getenv("TEMPORAL_TLS_CLIENT_KEY_PATH"),
		APIAddr:        "127.0.0.1:0", AdminAddr: "127.0.0.1:0", MetricsAddr: "127.0.0.1:0",
		JWTSecret: strings.Repeat("s", 32), AccessLifetime: time.Hour, BcryptCost: bcrypt.MinCost,
		IdempotencyRetention: time.Hour, RequestTimeout: 3 * time.Minute, PaymentWait: 2 * time.Minute,
		SignupConsent: "optional", TermsVersion: "1", PrivacyVersion: "1",
		DecisionWait:  time.Minute,
		ImageMemoryMB: 216, UploadsPerSeller: 2, UploadsPerMinute: 600,
		ShutdownTimeout: 10 * time.Second,
	}
	r.store, err = store.Open(ctx, r.cfg.DatabaseURL, store.Options{MaxConns: 40, Vault: vault.Local()})
	require.NoError(t, err)
	t.Cleanup(r.store.Close)
	t.Cleanup(func() {
		if r.reader != nil {
			r.reader.Close()
		}
	})
	r.simulator, err = simulator.New(ctx, r.store.Pool())
	require.NoError(t, err)
	simulated := httptest.NewServer(r.simulator.Handler())
	t.Cleanup(simulated.Close)
	r.cfg.SMTPURL, r.cfg.MailFrom = testrig.Env(t, "SMTP_URL"), "market@example.com"
	r.cfg.PagesURL, r.cfg.ConsoleURL = "https://market.example", "https://staff.example"
	r.cfg.ImagesURL = "file://" + t.TempDir()
	r.cfg.GatewayURL, r.cfg.BankURL = simulated.URL, simulated.URL
	r.simulatePortOne(t)
	r.connectTemporal(t)
	r.hash, err = auth.HashPassword(password, r.cfg.BcryptCost)
	require.NoError(t, err)
	return r
}

// connectTemporal gives the test its own view of the marketplace's namespace, which is made.
func (r *rig) connectTemporal(t *testing.T) {
	t.Helper()
	opt, err := app.TemporalOptions(r.cfg)
	require.NoError(t, err)
	opt.HostPort, opt.Logger = testrig.Env(t, "TEMPORAL_ADDRESS"), quiet{}
	c, err := client.NewLazyClient(opt)
	require.NoError(t, err)
	t.Cleanup(c.Close)
	require.NoError(t, worker.EnsureNamespace(context.Background(), c, opt.Namespace))
	require.NoError(t, worker.EnsureSchedules(context.Background(), c))
	t.Cleanup(func() { deleteNamespace(t, c, opt.Namespace) })
	r.temporal = c
}

// deleteNamespace stops what the server does for a namespace that no test uses any more, such as
// polling for its schedules. Its histories stay.
func deleteNamespace(t *testing.T, c client.Client, namespace string) {
	t.Helper()
	testrig.Eventually(t, func() bool { // the server refuses to change two at once
		_, err := c.WorkflowService().UpdateNamespace(context.Background(), &workflowservice.UpdateNamespaceRequest{
			Namespace: namespace, UpdateInfo: &namespacepb.UpdateNamespaceInfo{State: enums.NAMESPACE_STATE_DELETED},
		})
		return err == nil
	}, 30*time.Second, 20*time.Millisecond)
}

// simulatePortOne gives the marketplace a PortOne, whose webhooks go to wherever its API is
// at the time. A minute of PortOne's clock takes half a second.
func (r *rig) simulatePortOne(t *testing.T) {
	t.Helper()
	r.cfg.PortOneStoreID, r.cfg.PortOneAPISecret, r.cfg.PortOnePerSecond = "store-test", "api-secret", 1000
	r.cfg.PortOneWebhookSecrets = []string{webhookSecret}
	r.cfg.PortOneChannels = map[string]string{"CARD": "channel-card", "KAKAO": "channel-kakao-manual"}
	webhooks := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		target, err := url.Parse(r.webhooksTo.Load().(string))
		if err != nil || target.Host == "" {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		proxy := httputil.NewSingleHostReverseProxy(target)
		proxy.ErrorLog = log.New(io.Discard, "", 0) // it may be away, and receives the notification again
		proxy.ServeHTTP(w, q)
	}))
	t.Cleanup(webhooks.Close)
	r.webhooksTo.Store("")
	var err error
	r.portone, err = portonesim.New(portonesim.Options{
		StoreID: r.cfg.PortOneStoreID, APISecret: r.cfg.PortOneAPISecret, WebhookSecret: webhookSecret, Live: true,
		WebhookURL: webhooks.URL + "/webhooks/portone", Minute: 500 * time.Millisecond,
	})
	require.NoError(t, err)
	t.Cleanup(r.portone.Close)
	simulated := httptest.NewServer(r.portone.Handler())
	t.Cleanup(simulated.Close)
	r.cfg.PortOneURL = simulated.URL
}

// webhookSecret is that of the test vector, not a real one.
const webhookSecret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"

// start starts a marketplace with every role in this process.
func start(t *testing.T, interceptors ...interceptor.WorkerInterceptor) *rig {
	t.Helper()
	r := newRig(t)
	r.serveAll(t, interceptors...)
	return r
}

// serveAll runs each role as a process, as production does: with a pool and a database role of its
// own. PortOne's notifications come here. Metrics are those of the API.
func (r *rig) serveAll(t *testing.T, interceptors ...interceptor.WorkerInterceptor) {
	t.Helper()
	r.serve(t, app.Roles{Worker: true}, interceptors...)
	admin := r.serve(t, app.Roles{Admin: true}, interceptors...)
	api := r.serve(t, app.Roles{API: true}, interceptors...)
	r.serveAt(api, admin)
}

// startTogether is start with every role in one process, which has all metrics.
func startTogether(t *testing.T) *rig {
	t.Helper()
	r := newRig(t)
	a := r.serve(t, everyRole)
	r.serveAt(a, a)
	return r
}

func (r *rig) serveAt(api, admin *app.App) {
	r.api, r.admin = "http://"+api.Addr("api"), "http://"+admin.Addr("admin")
	r.webhooksTo.Store(r.api)
}

// configOf is the configuration of a process: it may do in the database what its roles must.
func (r *rig) configOf(t *testing.T, roles app.Roles) config.Config {
	t.Helper()
	var may []string
	if roles.API {
		may = append(may, "market_api")
	}
	if roles.Admin {
		may = append(may, "market_admin")
	}
	if roles.Worker {
		may = append(may, "market_worker")
	}
	cfg := r.cfg
	if len(may) > 0 { // the simulator is no part of the marketplace, and makes tables of its own
		cfg.DatabaseURL = testrig.As(t, cfg.DatabaseURL, may...)
	}
	if pooler := os.Getenv("DATABASE_POOLER"); pooler != "" {
		cfg.DatabaseURL = behindPooler(t, cfg.DatabaseURL, pooler, "cache_describe")
	}
	return cfg
}

// serve runs roles in this process until the test ends, and waits until they are ready.
func (r *rig) serve(t *testing.T, roles app.Roles, interceptors ...interceptor.WorkerInterceptor) *app.App {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	a, err := app.New(ctx, r.configOf(t, roles), testrig.Log(t), roles, interceptors...)
	require.NoError(t, err)
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	stop := sync.OnceFunc(func() {
		r.redis.Mend()
		r.frontend.Mend()
		if r.database != nil {
			r.database.Mend()
		}
		cancel()
		require.NoError(t, <-ended)
	})
	t.Cleanup(stop)
	r.serving = append(r.serving, stop)
	r.metrics = "http://" + a.Addr("metrics")
	r.waitReady(t, r.metrics)
	return a
}

// stopServing ends what runs in this process before the test does.
func (r *rig) stopServing(t *testing.T) {
	t.Helper()
	for _, stop := range r.serving {
		stop()
	}
}

func (r *rig) waitReady(t *testing.T, metrics string) {
	t.Helper()
	testrig.Eventually(t, func() bool { return ready(metrics) }, 60*time.Second, 50*time.Millisecond)
}

func ready(metrics string) bool {
	status, _ := get(metrics + "/readyz")
	return status == 200
}

// A person is an account with a client that is logged in.
type person struct {
	*caller
	id        int64
	addressID int64
}

// buyer makes a buyer with an address, logged in.
func (r *rig) buyer(t testing.TB) *person {
	t.Helper()
	p := r.buyerWithoutLogin(t)
	p.login(t, "/auth/login", fmt.Sprintf("buyer%d@example.com", p.id))
	return p
}

// buyers makes many buyers, with tokens that are issued without a login.
func (r *rig) buyers(t testing.TB, n int) []*person {
	t.Helper()
	people := make([]*person, n)
	for i := range people {
		people[i] = r.buyerWithoutLogin(t)
		token, err := auth.NewAccessTokens(r.cfg.JWTSecret, "", time.Hour).Issue(market.RoleBuyer,
			auth.Session{AccountID: people[i].id, Family: "test", Opened: time.Now()})
		require.NoError(t, err)
		people[i].token = token
	}
	return people
}

func (r *rig) buyerWithoutLogin(t testing.TB) *person {
	t.Helper()
	ctx := context.Background()
	email := market.Email(fmt.Sprintf("new%d@example.com", r.serial.Add(1)))
	id, err := r.store.CreateBuyer(ctx, store.BuyerSignup{
		Email: email, PasswordHash: r.hash, Name: "김구매", Phone: "010-1111-2222",
	})
	require.NoError(t, err)
	mail := fmt.Sprintf("buyer%d@example.com", id)
	_, err = r.store.Pool().Exec(ctx, "UPDATE buyers SET email = $2 WHERE id = $1", id, mail)
	require.NoError(t, err)
	address, err := r.store.CreateAddress(ctx, market.BuyerID(id), market.AddressInput{
		Recipient: "김수령", Phone: "010-9999-8888", Detail: "서울특별시 강남구 테헤란로 123",
	})
	require.NoError(t, err)
	return &person{caller: &caller{base: r.api}, id: id, addressID: address.ID}
}

// seller makes an approved seller, logged in.
func (r *rig) seller(t testing.TB) *person {
	t.Helper()
	ctx, n := context.Background(), r.serial.Add(1)
	mail := fmt.Sprintf("seller%d@example.com", n)
	id, err := r.store.CreateSeller(ctx,
		store.SellerSignup{
			Email: market.Email(mail), PasswordHash: r.hash, Name: "홍길동", Phone: "010-1234-1234", StoreName: "store",
			BizNumber: fmt.Sprintf("biz%d", n), BankCode: "KOOKMIN", BankAccount: "01-123",
		})
	require.NoError(t, err)
	_, err = r.store.SetSellerStatus(ctx, id, market.SellerApproved, false, "")
	require.NoError(t, err)
	p := &person{caller: &caller{base: r.api}, id: id}
	p.login(t, "/seller/auth/login", mail)
	return p
}

// staff makes an admin, logged in at the admin server.
func (r *rig) staff(t testing.TB) *person {
	t.Helper()
	mail := fmt.Sprintf("admin%d@example.com", r.serial.Add(1))
	created, err := r.store.CreateAdmin(context.Background(), market.Email(mail), r.hash, "Admin")
	require.NoError(t, err)
	require.True(t, created)
	c, err := r.store.AdminCredentials(context.Background(), market.Email(mail))
	require.NoError(t, err)
	p := &person{caller: &caller{base: r.admin}, id: c.ID}
	p.login(t, "/admin/auth/login", mail)
	return p
}

// oldPrices admits prices with a fraction of a won, which products had before prices were in whole won.
func (r *rig) oldPrices(t testing.TB) {
	t.Helper()
	for _, trigger := range []string{"insert", "update"} {
		_, err := r.store.Pool().Exec(context.Background(),
			"ALTER TABLE products DISABLE TRIGGER products_price_whole_won_"+trigger)
		require.NoError(t, err)
	}
}

// product makes a product of a seller.
func (r *rig) product(t testing.TB, sellerID int64, price market.Money, stock int32) market.Product {
	t.Helper()
	ctx := context.Background()
	categories, err := r.store.Categories(ctx)
	require.NoError(t, err)
	if len(categories) == 0 {
		c, err := r.store.CreateCategory(ctx, "식품", 1)
		require.NoError(t, err)
		categories = append(categories, c)
	}
	p, err := r.store.CreateProduct(ctx,
		market.Product{
			SellerID: sellerID, CategoryID: categories[0].ID, Name: fmt.Sprintf("상품 %d", r.serial.Add(1)), Price: price,
			Stock: stock, Description: "설명",
		})
	require.NoError(t, err)
	return p
}

// fill puts pieces of a product into the buyer's cart and returns the item's id.
func (r *rig) fill(t testing.TB, buyerID, productID int64, quantity int32) int64 {
	t.Helper()
	cart, err := r.store.AddToCart(context.Background(), market.BuyerID(buyerID), productID, quantity,
		market.PageRequest{Size: 1, Sort: "createdAt", Desc: true})
	require.NoError(t, err)
	return cart.Items.Content[0].ID
}

func (p *person) order(items ...int64) map[string]any {
	return map[string]any{"cartItemIds": items, "addressId": p.addressID}
}

// placeOrder orders one piece of a product over HTTP and returns the order's id.
func (r *rig) placeOrder(t testing.TB, p *person, productID int64) int64 {
	t.Helper()
	a := p.insist(t, "/orders", p.order(r.fill(t, p.id, productID, 1)))
	require.Equal(t, 201, a.Status, a)
	return a.id("orderId")
}

func (r *rig) stock(t testing.TB, productID int64) (stock int32) {
	t.Helper()
	require.NoError(t,
		r.store.Pool().QueryRow(context.Background(), "SELECT stock FROM products WHERE id = $1", productID).Scan(&stock))
	return stock
}

// count is the number that a query answers.
func (r *rig) count(t testing.TB, query string, args ...any) (n int) {
	t.Helper()
	require.NoError(t, r.store.Pool().QueryRow(context.Background(), query, args...).Scan(&n))
	return n
}

// verify fails the test when money, stock or states do not agree, among themselves or
// with the books of gateway and bank.
func (r *rig) verify(t testing.TB) {
	t.Helper()
	findings, err := verify.Run(context.Background(), r.books(t), func(verify.Progress) {})
	require.NoError(t, err)
	require.Empty(t, findings)
}

// books returns the books that are compared, with a store that only reads.
func (r *rig) books(t testing.TB) verify.Books {
	t.Helper()
	r.readerOnce.Do(func() {
		reader, err := store.Open(context.Background(), testrig.As(t, r.cfg.DatabaseURL, "market_read"),
			store.Options{MaxConns: 4, Vault: vault.Local()})
		require.NoError(t, err)
		r.reader = reader
	})
	return verify.Books{
		Store: r.reader, Gateways: app.Gateways(r.cfg, nil, app.Plain),
		Bank: simclient.NewBank(r.cfg.BankURL, time.Minute),
	}
}

// quiet keeps the Temporal client out of the test's output.
type quiet struct{}

func (quiet) Debug(string, ...any) {}
func (quiet) Info(string, ...any)  {}
func (quiet) Warn(string, ...any)  {}
func (quiet) Error(string, ...any) {}

// startOptions are those of a back-office workflow that a test starts by hand.
func startOptions(id string) client.StartWorkflowOptions {
	return client.StartWorkflowOptions{ID: id, TaskQueue: workflows.BackOfficeQueue}
}

func (r *rig) countWorkflows(t testing.TB, query string) int64 {
	t.Helper()
	n, err := r.temporal.CountWorkflow(context.Background(),
		&workflowservice.CountWorkflowExecutionsRequest{Namespace: r.cfg.TemporalNamespace, Query: query})
	require.NoError(t, err)
	return n.GetCount()
}

func (r *rig) countActivities(t testing.TB, query string) int64 {
	t.Helper()
	n, err := r.temporal.CountActivities(context.Background(), client.CountActivitiesOptions{Query: query})
	require.NoError(t, err)
	return n.Count
}
