package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/all-in-market/market/internal/auth"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/vault"
)

const (
	password                          = "hostile-password-1"
	honestAt                          = "127.0.0.1" // the address of the honest client
	honestMail, buyerMail, sellerMail = "honest@example.com", "buyer@example.com", "seller@example.com"
)

// target is an API process with the accounts that attacks use.
type target struct {
	dir, api, metrics string
	cmd               *exec.Cmd
	ended             chan struct{}
	store             *store.Store

	client  *http.Client // the honest one
	quiet   sync.Mutex   // held while the honest client must not send
	token   string       // of the honest buyer
	device  *http.Cookie // that the honest client has logged in with
	buyer   account      // who attacks
	seller  account
	product int64
	order   int64 // of the buyer who attacks
}

// account is one that an attacker has logged in to.
type account struct {
	id    int64
	token string
}

// newTarget starts an API on the services of a stack, and makes its accounts.
func newTarget(ctx context.Context, program string) (_ *target, err error) {
	databaseURL := os.Getenv("DATABASE_URL")
	if databaseURL == "" {
		return nil, errors.New("DATABASE_URL is not set: run `make hostile`, which starts a throw-away stack")
	}
	t := &target{ended: make(chan struct{}), client: clientAt(honestAt)}
	if t.dir, err = os.MkdirTemp("", "hostile"); err != nil {
		return nil, err
	}
	if program == "" {
		program = filepath.Join(t.dir, "market")
		if out, err := exec.CommandContext(ctx, "go", "build", "-o", program, ".").CombinedOutput(); err != nil {
			return nil, fmt.Errorf("build the marketplace: %w\n%s", err, out)
		}
	}
	var addresses [2]string
	for i := range addresses {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		addresses[i] = l.Addr().String()
		_ = l.Close()
	}
	t.api, t.metrics = addresses[0], addresses[1]
	env := append(os.Environ(), "MARKET_PROFILE=local", "JWT_SECRET=a secret of hostile clients and nothing else",
		"API_ADDR="+t.api, "METRICS_ADDR="+t.metrics, "LOG_LEVEL=ERROR", "IMAGES_URL=file://"+t.dir)
	migrate := exec.CommandContext(ctx, program, "migrate")
	migrate.Env = env
	if out, err := migrate.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("migrate: %w\n%s", err, out)
	}
	t.cmd = exec.Command(program, "api")
	t.cmd.Env, t.cmd.Stderr = env, os.Stderr
	t.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	log, err := os.Create(filepath.Join(t.dir, "log"))
	if err != nil {
		return nil, err
	}
	t.cmd.Stdout = log
	defer func() {
		if err != nil {
			t.stop()
		}
	}()
	if t.store, err = store.Open(ctx, databaseURL, store.Options{MaxConns: 4, Vault: vault.Local()}); err != nil {
		return nil, err
	}
	return t, t.start(ctx)
}

func (t *target) start(ctx context.Context) error {
	if err := t.cmd.Start(); err != nil {
		return err
	}
	go func() {
		_ = t.cmd.Wait()
		close(t.ended)
	}()
	for deadline := time.Now().Add(time.Minute); ; {
		err := t.healthy(ctx)
		if err == nil {
			break
		}
		select {
		case <-t.ended:
			return errors.New("the API has ended")
		case <-time.After(100 * time.Millisecond):
		}
		if time.Now().After(deadline) || ctx.Err() != nil {
			return err
		}
	}
	return t.makeAccounts(ctx)
}

func (t *target) makeAccounts(ctx context.Context) error {
	hash, err := auth.HashPassword(password, 10)
	if err != nil {
		return err
	}
	if _, err = t.store.CreateBuyer(ctx, store.BuyerSignup{
		Email: honestMail, PasswordHash: hash, Name: "honest", Phone: "010-1111-2222",
	}); err != nil {
		return err
	}
	if t.buyer.id, err = t.store.CreateBuyer(ctx, store.BuyerSignup{
		Email: buyerMail, PasswordHash: hash, Name: "buyer", Phone: "010-1111-2222",
	}); err != nil {
		return err
	}
	if t.seller.id, err = t.store.CreateSeller(ctx, store.SellerSignup{
		Email: sellerMail, PasswordHash: hash, Name: "s", Phone: "010-1234-1234", StoreName: "s", BizNumber: "b",
		BankCode: "KOOKMIN", BankAccount: "1",
	}); err != nil {
		return err
	}
	if _, err := t.store.SetSellerStatus(ctx, t.seller.id, market.SellerApproved, false, ""); err != nil {
		return err
	}
	category, err := t.store.CreateCategory(ctx, "c", 1)
	if err != nil {
		return err
	}
	product, err := t.store.CreateProduct(ctx, market.Product{
		SellerID: t.seller.id, CategoryID: category.ID, Name: "p", Price: 1000_00, Stock: 1000, Description: "d",
	})
	if err != nil {
		return err
	}
	t.product = product.ID
	for _, login := range []struct {
		path, mail string
		token      *string
	}{
		{"/auth/login", honestMail, &t.token}, {"/auth/login", buyerMail, &t.buyer.token},
		{"/seller/auth/login", sellerMail, &t.seller.token},
	} {
		answer, err := t.send(ctx, t.client, http.MethodPost, login.path, "", credentials(login.mail, password))
		if err != nil {
			return err
		}
		if *login.token = answer.data("accessToken"); *login.token == "" {
			return fmt.Errorf("login of %s: %d %s", login.mail, answer.status, answer.body)
		}
		for _, c := range answer.cookies {
			if login.mail == honestMail && strings.HasPrefix(c.Name, "device-") {
				t.device = c
			}
		}
	}
	return t.placeOrder(ctx)
}

// placeOrder gives the attacking buyer an order to follow.
func (t *target) placeOrder(ctx context.Context) error {
	buyer := market.BuyerID(t.buyer.id)
	address, err := t.store.CreateAddress(ctx, buyer, market.AddressInput{
		Recipient: "r", Phone: "010-1111-2222", Detail: "d",
	})
	if err != nil {
		return err
	}
	cart, err := t.store.AddToCart(ctx, buyer, t.product, 1, market.PageRequest{Size: 1, Sort: "createdAt"})
	if err != nil {
		return err
	}
	answer, err := t.send(ctx, t.client, http.MethodPost, "/orders", t.buyer.token,
		map[string]any{"cartItemIds": []int64{cart.Items.Content[0].ID}, "addressId": address.ID})
	if err != nil {
		return err
	}
	if answer.status != http.StatusCreated {
		return fmt.Errorf("place an order: %d %s", answer.status, answer.body)
	}
	var order struct{ Data struct{ OrderID int64 } }
	err = json.Unmarshal(answer.body, &order)
	t.order = order.Data.OrderID
	return err
}

func credentials(mail, password string) map[string]string {
	return map[string]string{"email": mail, "password": password}
}

func (t *target) stop() {
	if t.cmd != nil && t.cmd.Process != nil {
		_ = t.cmd.Process.Signal(syscall.SIGTERM)
		<-t.ended
	}
	if t.store != nil {
		t.store.Close()
	}
	_ = os.RemoveAll(t.dir)
}

// healthy fails when a health check of the API does.
func (t *target) healthy(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	for _, path := range []string{"/healthz", "/readyz"} {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+t.metrics+path, nil)
		if err != nil {
			return err
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return err
		}
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			return fmt.Errorf("%s: %d %s", path, resp.StatusCode, body)
		}
	}
	return nil
}

// resetMemory has peakMemory measure from now on.
func (t *target) resetMemory() error {
	return os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", t.cmd.Process.Pid), []byte("5"), 0)
}

// peakMemory returns the largest resident memory of the API, in MB.
func (t *target) peakMemory() (int, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", t.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(status)) {
		var kb int
		if n, _ := fmt.Sscanf(line, "VmHWM: %d kB", &kb); n == 1 {
			return kb >> 10, nil
		}
	}
	return 0, errors.New("the kernel does not report VmHWM")
}

// dialer connects from an address of this machine.
func dialer(from string) *net.Dialer {
	return &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}, Timeout: 10 * time.Second}
}

// clientAt returns a client with an address of its own.
func clientAt(from string) *http.Client {
	return &http.Client{
		Timeout:       30 * time.Second,
		Transport:     &http.Transport{DialContext: dialer(from).DialContext, MaxIdleConnsPerHost: 64},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// answer is the response to a request.
type answer struct {
	status  int
	body    []byte
	cookies []*http.Cookie
}

// data returns a text of the answer's data.
func (a answer) data(name string) string {
	var envelope struct{ Data map[string]any }
	_ = json.Unmarshal(a.body, &envelope)
	s, _ := envelope.Data[name].(string)
	return s
}

// send sends a request with a JSON body, unless it is nil.
func (t *target) send(
	ctx context.Context, c *http.Client, method, path, token string, body any, cookies ...*http.Cookie,
) (a answer, err error) {
	var content io.Reader
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			return a, err
		}
		content = bytes.NewReader(encoded)
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://"+t.api+path, content)
	if err != nil {
		return a, err
	}
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	for _, c := range cookies {
		req.AddCookie(c)
	}
	resp, err := c.Do(req)
	if err != nil {
		return a, err
	}
	defer resp.Body.Close()
	a.status, a.cookies = resp.StatusCode, resp.Cookies()
	a.body, err = io.ReadAll(resp.Body)
	return a, err
}

// experience holds the results of the requests of the honest client.
type experience struct {
	times  []time.Duration // of requests that succeeded, sorted
	failed int
	err    error // the first one
}

func (e experience) percentile(p int) time.Duration {
	if len(e.times) == 0 {
		return 0
	}
	return e.times[min(len(e.times)*p/100, len(e.times)-1)]
}

func (e experience) String() string {
	ms := func(d time.Duration) string { return fmt.Sprintf("%.1f", float64(d.Microseconds())/1000) }
	return ms(e.percentile(50)) + ", " + ms(e.percentile(99)) + " ms"
}

// honest has the honest client use the API until f returns: it looks at products and at its account,
// now and then over a new connection.
func (t *target) honest(ctx context.Context, f func(ctx context.Context)) (e experience) {
	browsing, stop := context.WithCancel(ctx)
	var done sync.WaitGroup
	done.Go(func() {
		for i := 0; browsing.Err() == nil; i++ {
			path, token := "/products", ""
			if i%2 == 1 {
				path, token = "/buyers/me", t.token
			}
			if i%10 == 0 {
				t.client.CloseIdleConnections()
			}
			t.quiet.Lock()
			started := time.Now()
			a, err := t.send(ctx, t.client, http.MethodGet, path, token, nil)
			t.quiet.Unlock()
			if err == nil && a.status != http.StatusOK {
				err = fmt.Errorf("%s: %d %s", path, a.status, a.body)
			}
			if err == nil {
				e.times = append(e.times, time.Since(started))
			} else if e.failed++; e.err == nil {
				e.err = err
			}
			pause(browsing, 20*time.Millisecond)
		}
	})
	f(ctx)
	stop()
	done.Wait()
	slices.Sort(e.times)
	return e
}
