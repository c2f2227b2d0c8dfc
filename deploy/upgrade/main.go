// Command upgrade tries what happens between a new version's migration and its processes: the version
// before serves on the new schema. `make upgrade` builds both and runs it in a throw-away stack.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

func main() {
	before := flag.String("before", "", "the program of the version before")
	now := flag.String("now", "", "the program of this version")
	flag.Parse()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	err := run(ctx, *before, *now)
	cancel()
	if err != nil {
		fmt.Fprintln(os.Stderr, "upgrade:", err)
		os.Exit(1)
	}
}

// run lets the version before fill a database, this one migrate it, and both serve on it, one after
// the other: the books must agree at each end, by the rules of both.
func run(ctx context.Context, before, now string) error {
	for _, name := range []string{"DATABASE_URL", "REDIS_URL", "TEMPORAL_ADDRESS"} {
		if os.Getenv(name) == "" {
			return fmt.Errorf("%s is not set: run `make upgrade`, which starts a throw-away stack", name)
		}
	}
	var addresses [4]string
	for i := range addresses {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		defer l.Close()
		addresses[i] = l.Addr().String()
		_ = l.Close()
	}
	m := marketplace{api: "http://" + addresses[0], metrics: "http://" + addresses[2], env: append(os.Environ(),
		"MARKET_PROFILE=local", "JWT_SECRET="+strings.Repeat("u", 32), "API_ADDR="+addresses[0], "ADMIN_ADDR="+addresses[1],
		"METRICS_ADDR="+addresses[2], "SIMULATOR_ADDR="+addresses[3], "IMAGES_URL=file://"+os.TempDir()+"/upgrade-images")}
	for _, step := range []struct {
		what string
		do   func() error
	}{
		{"the version before makes a marketplace", func() error {
			return errors.Join(m.command(ctx, before, "migrate"), m.command(ctx, before, "seed"))
		}},
		{"and sells", func() error { return m.while(ctx, before, before) }},
		{"this version migrates", func() error { return m.command(ctx, now, "migrate") }},
		{"the version before sells on the new schema", func() error { return m.while(ctx, before, before, now) }},
		{"this version takes over", func() error { return m.while(ctx, now, now) }},
	} {
		fmt.Println(step.what)
		if err := step.do(); err != nil {
			return fmt.Errorf("%s: %w", step.what, err)
		}
	}
	fmt.Println("every purchase went through, and the books agree")
	return nil
}

// A marketplace is run by one program after the other on the same database.
type marketplace struct {
	api, metrics string
	env          []string
	token        string
}

func (m *marketplace) command(ctx context.Context, program string, args ...string) error {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = m.env
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w\n%s", program, strings.Join(args, " "), err, out)
	}
	return nil
}

// while serves with a program, buys something, and has the books looked at by each of the
// programs that are named.
func (m *marketplace) while(ctx context.Context, program string, verifiers ...string) error {
	var log bytes.Buffer
	serving := exec.CommandContext(ctx, program, "all")
	serving.Env, serving.Stdout, serving.Stderr = m.env, &log, &log
	if err := serving.Start(); err != nil {
		return err
	}
	err := m.ready(ctx)
	for range 3 {
		if err == nil {
			err = m.buy(ctx)
		}
	}
	for _, v := range verifiers {
		if err == nil {
			err = m.command(ctx, v, "verify")
		}
	}
	stopped := errors.Join(serving.Process.Signal(syscall.SIGTERM), serving.Wait())
	if err = errors.Join(err, stopped); err != nil {
		return fmt.Errorf("%w\n%s", err, log.String())
	}
	return nil
}

func (m *marketplace) ready(ctx context.Context) error {
	for {
		if answer, err := http.Get(m.metrics + "/readyz"); err == nil {
			_ = answer.Body.Close()
			if answer.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return errors.New("it does not become ready")
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// buy is what a demo buyer does, from the login to an order that is paid.
func (m *marketplace) buy(ctx context.Context) error {
	m.token = ""
	login, err := m.ask(ctx, "POST", "/auth/login",
		map[string]any{"email": "buyer1@example.com", "password": "buyer1234!"})
	if err != nil {
		return err
	}
	m.token, _ = login["accessToken"].(string)
	cart, err := m.ask(ctx, "POST", "/carts/items?sort=createdAt,desc&size=1",
		map[string]any{"productId": 1, "quantity": 2})
	if err != nil {
		return err
	}
	item := first(cart["items"].(map[string]any)["content"])["id"]
	addresses, err := m.ask(ctx, "GET", "/addresses", nil)
	if err != nil {
		return err
	}
	order, err := m.ask(ctx, "POST", "/orders", map[string]any{
		"cartItemIds": []any{item}, "addressId": first(addresses["list"])["addressId"],
	})
	if err != nil {
		return err
	}
	_, err = m.ask(ctx, "POST", "/payments", map[string]any{"orderId": order["orderId"], "method": "MOCK"})
	if err != nil {
		return err
	}
	bought, err := m.ask(ctx, "GET", fmt.Sprintf("/orders/%v", order["orderId"]), nil)
	if err != nil {
		return err
	}
	if bought["status"] != "PAID" {
		return fmt.Errorf("order %v is %v", order["orderId"], bought["status"])
	}
	return nil
}

func first(list any) map[string]any { return list.([]any)[0].(map[string]any) }

// ask sends a request and returns what the answer holds; a list is under "list".
func (m *marketplace) ask(ctx context.Context, method, path string, body any) (map[string]any, error) {
	payload, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	q, err := http.NewRequestWithContext(ctx, method, m.api+path, bytes.NewReader(payload))
	if err != nil {
		return nil, err
	}
	q.Header.Set("Content-Type", "application/json")
	if m.token != "" {
		q.Header.Set("Authorization", "Bearer "+m.token)
	}
	answer, err := http.DefaultClient.Do(q)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	var envelope struct {
		Success bool   `json:"success"`
		Code    string `json:"code"`
		Data    any    `json:"data"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&envelope); err != nil {
		return nil, fmt.Errorf("%s %s answers %s: %w", method, path, answer.Status, err)
	}
	if !envelope.Success {
		return nil, fmt.Errorf("%s %s answers %s", method, path, envelope.Code)
	}
	if object, ok := envelope.Data.(map[string]any); ok {
		return object, nil
	}
	return map[string]any{"list": envelope.Data}, nil
}
