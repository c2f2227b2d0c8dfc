package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"github.com/all-in-market/market/deploy/portone/portonesim"
	"github.com/all-in-market/market/internal/auth"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/simulator"
	"github.com/all-in-market/market/internal/store"
)

// clients are the clients of the marketplace, with the responses that they have received.
type clients struct {
	http      *http.Client
	simulator *simulator.Simulator
	portone   *portonesim.Simulator
	products  []product
	buyers    []account
	sellers   []account
	admins    []account

	mu       sync.Mutex
	answered map[string]int // answered actions, by name
	promises promises
	windows  []window // of payments in the browser
}

type account struct {
	id, address int64
	token       string
}

// product is a product, with the place of its seller in town.sellers.
type product struct {
	id     int64
	seller int
	scarce bool
}

// secondApprovalFrom is the amount in won from which two admins have to agree.
const secondApprovalFrom = 4_000

// openTown makes sellers with products, some of them scarce, buyers and two admins.
func openTown(
	ctx context.Context, s *store.Store, sim *simulator.Simulator, portone *portonesim.Simulator, n int,
) (*clients, error) {
	t := &clients{
		http: &http.Client{Timeout: 25 * time.Second}, simulator: sim, portone: portone, answered: map[string]int{},
		promises: noPromises(),
	}
	tokens := auth.NewAccessTokens(secret, "", 24*time.Hour)
	logIn := func(role market.Role, id int64) (account, error) {
		token, err := tokens.Issue(role, auth.Session{AccountID: id, Family: "chaos", Opened: time.Now()})
		return account{id: id, token: token}, err
	}
	if err := t.openShops(ctx, s, logIn); err != nil {
		return nil, err
	}
	for i := range n {
		id, err := s.CreateBuyer(ctx, store.BuyerSignup{
			Email: market.Email(fmt.Sprintf("buyer%d@example.com", i)), PasswordHash: "x",
			Name: "b", Phone: "010-1234-5678",
		})
		if err != nil {
			return nil, err
		}
		address, err := s.CreateAddress(ctx, market.BuyerID(id), market.AddressInput{
			Recipient: "r", Phone: "1", Detail: "d",
		})
		if err != nil {
			return nil, err
		}
		b, err := logIn(market.RoleBuyer, id)
		if err != nil {
			return nil, err
		}
		b.address = address.ID
		t.buyers = append(t.buyers, b)
	}
	for i := range 2 {
		email := market.Email(fmt.Sprintf("admin%d@example.com", i))
		if _, err := s.CreateAdmin(ctx, email, "x", "a"); err != nil {
			return nil, err
		}
		c, err := s.AdminCredentials(ctx, email)
		if err != nil {
			return nil, err
		}
		a, err := logIn(market.RoleAdmin, c.ID)
		if err != nil {
			return nil, err
		}
		t.admins = append(t.admins, a)
	}
	policy := map[string]any{
		"autoApproveBelow": 0, "secondApprovalFrom": secondApprovalFrom, "remindAfterHours": 2, "escalateAfterHours": 5,
		"shippingBorneBy": map[string]string{"CHANGE_OF_MIND": "BUYER", "WRONG_ITEM": "SELLER", "DAMAGED": "MARKETPLACE"},
	}
	return t, t.mustDo(ctx, http.MethodPut, "/admin/refund-policy", policy, nil)
}

func (t *clients) openShops(
	ctx context.Context, s *store.Store, logIn func(market.Role, int64) (account, error),
) error {
	category, err := s.CreateCategory(ctx, "chaos", 1)
	if err != nil {
		return err
	}
	for i := range 3 {
		id, err := s.CreateSeller(ctx,
			store.SellerSignup{
				Email: market.Email(fmt.Sprintf("seller%d@example.com", i)), PasswordHash: "x", Name: "s", Phone: "1",
				StoreName: "s",
				BizNumber: fmt.Sprint(i), BankCode: "KOOKMIN", BankAccount: fmt.Sprint("0", i),
			})
		if err != nil {
			return err
		}
		if _, err := s.SetSellerStatus(ctx, id, market.SellerApproved, false, ""); err != nil {
			return err
		}
		seller, err := logIn(market.RoleSeller, id)
		if err != nil {
			return err
		}
		t.sellers = append(t.sellers, seller)
		for p := range 4 {
			stock := int32(100_000)
			if p == 0 {
				stock = 40
			}
			made, err := s.CreateProduct(ctx,
				market.Product{
					SellerID: id, CategoryID: category.ID, Name: fmt.Sprint("p", p),
					Price: market.Money(1000_00 + 777_00*p),
					Stock: stock, Description: "d",
				})
			if err != nil {
				return err
			}
			t.products = append(t.products, product{id: made.ID, seller: i, scarce: p == 0})
		}
	}
	return nil
}

// request is a request of a client.
type request struct {
	who          account
	method, path string
	key          string // Idempotency-Key; "" sends none
	body         any

	// accepted reports whether an answer with status 202 is the last one. The request is repeated after any other; nil
	// repeats it after each.
	accepted func(answer) bool
}

// always reports that an answer with status 202 is the last one.
func always(answer) bool { return true }

// answer is what a request was answered with.
type answer struct {
	Status int
	Code   string          `json:"code"`
	Data   json.RawMessage `json:"data"`
}

func (a answer) ok() bool { return a.Status/100 == 2 }

// into reads the answer's data.
func (a answer) into(v any) { _ = json.Unmarshal(a.Data, v) }

// field returns a field of the answer's data as JSON, "" if there is none or it is null.
func (a answer) field(name string) string {
	var data map[string]json.RawMessage
	if a.into(&data); string(data[name]) == "null" {
		return ""
	}
	return string(data[name])
}

// errNoAnswer means that the server gave no final answer before the client's context ended.
var errNoAnswer = errors.New("no final answer")

// ask sends a request to an API process at random, admins' to theirs, and repeats it with the same key while that may
// help: without an answer, in an outage, and while it is still under way.
func (t *clients) ask(ctx context.Context, r *rand.Rand, q request) (a answer, err error) {
	encoded, err := json.Marshal(q.body)
	if err != nil {
		return a, err
	}
	for ctx.Err() == nil {
		address := apiAddrs[r.IntN(len(apiAddrs))]
		if t.isAdmin(q.who) {
			address = adminAddr
		}
		req, err := http.NewRequestWithContext(ctx, q.method, "http://"+address+q.path, bytes.NewReader(encoded))
		if err != nil {
			return a, err
		}
		req.Header.Set("Authorization", "Bearer "+q.who.token)
		req.Header.Set("Content-Type", "application/json")
		if q.key != "" {
			req.Header.Set("Idempotency-Key", q.key)
		}
		if resp, err := t.http.Do(req); err == nil {
			b, err := io.ReadAll(resp.Body)
			resp.Body.Close()
			a = answer{Status: resp.StatusCode}
			if err == nil && json.Unmarshal(b, &a) == nil && q.final(a) {
				return a, nil
			}
		}
		pause(ctx, time.Duration(50+r.IntN(300))*time.Millisecond)
	}
	return a, errNoAnswer
}

func (q request) final(a answer) bool {
	switch {
	case a.Status >= 500, a.Status == http.StatusTooManyRequests, a.Code == string(market.CodeRedisLockConflict):
		return false
	case a.Status == http.StatusAccepted:
		return q.accepted != nil && q.accepted(a)
	}
	return true
}

func (t *clients) isAdmin(who account) bool {
	for _, a := range t.admins {
		if a.token == who.token {
			return true
		}
	}
	return false
}

// mustDo has the first admin do something while nothing is killed.
func (t *clients) mustDo(ctx context.Context, method, path string, body, into any) error {
	a, err := t.ask(ctx, rand.New(rand.NewPCG(0, 0)), request{who: t.admins[0], method: method, path: path, body: body})
	if err == nil && !a.ok() {
		err = errors.New(a.Code)
	}
	if err != nil {
		return fmt.Errorf("%s %s: %d, %w", method, path, a.Status, err)
	}
	if into != nil {
		a.into(into)
	}
	return nil
}

// do sends a request and counts its answer as an action: under the action's name, or under that with "refused" when it
// was refused. Without a final answer, a is zero.
func (t *clients) do(ctx context.Context, r *rand.Rand, action string, q request) (a answer, ok bool) {
	a, err := t.ask(ctx, r, q)
	switch {
	case err != nil:
		t.count(action + " without an answer")
		return answer{}, false
	case !a.ok():
		t.count(action + " refused")
		return a, false
	}
	t.count(action)
	return a, true
}

func (t *clients) count(action string) { t.note(func(*promises) { t.answered[action]++ }) }

// note changes the promises, or what else mu guards.
func (t *clients) note(change func(p *promises)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	change(&t.promises)
}
