package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"go.temporal.io/sdk/client"

	"github.com/all-in-market/market/workflows"
)

// startMarket builds the marketplace, brings its schema and demo data up to
// date, starts all its roles in one process, and returns the banner.
func startMarket(
	ctx context.Context, st *state, procs *supervisor, s *services, opt serviceOptions,
) (string, error) {
	bin := st.path("market")
	opt.starting("building the marketplace")
	if out, err := exec.CommandContext(ctx, "go", "build", "-buildvcs=auto", "-o", bin,
		".").CombinedOutput(); err != nil {
		return "", fmt.Errorf("the marketplace does not build (start the stack in the project's folder): %w\n%s", err,
			out)
	}
	ports := map[string]int{}
	for _, p := range []struct {
		name   string
		wanted int
	}{
		{"the API", 8080}, {"the admin API", 8081}, {"metrics and health", 9090},
		{"the payment gateway's simulator", 8090},
	} {
		port, err := s.port(p.name, p.wanted, serviceOptions{})
		if err != nil {
			return "", err
		}
		ports[p.name] = port
	}
	secret, err := st.secret("jwt-secret")
	if err != nil {
		return "", err
	}
	local := func(name string) string { return "127.0.0.1:" + strconv.Itoa(ports[name]) }
	if err := startPortOne(ctx, st, procs, s, local("the API")); err != nil {
		return "", fmt.Errorf("the simulator of PortOne: %w", err)
	}
	env := append(append(os.Environ(), s.environment()...), s.portOne...)
	env = append(env, "MARKET_PROFILE=local", "JWT_SECRET="+secret, "API_ADDR="+local("the API"),
		"ADMIN_ADDR="+local("the admin API"), "METRICS_ADDR="+local("metrics and health"),
		"SIMULATOR_ADDR="+local("the payment gateway's simulator"),
		"PAGES_URL=http://"+local("the API"), "CONSOLE_URL=http://"+local("the admin API"))
	if os.Getenv("IMAGES_URL") == "" {
		env = append(env, "IMAGES_URL=file://"+st.path("images"))
	}

	for _, step := range [][]string{{"migrate"}, {"seed"}} {
		opt.starting("market " + strings.Join(step, " "))
		cmd := exec.CommandContext(ctx, bin, step...)
		cmd.Env = env
		if out, err := cmd.CombinedOutput(); err != nil {
			return "", fmt.Errorf("market %s: %w\n%s", strings.Join(step, " "), err, out)
		}
	}
	cmd := exec.Command(bin, "all")
	cmd.Env = env
	p, err := procs.start("market", syscall.SIGTERM, nil, cmd)
	if err != nil {
		return "", err
	}
	if err := p.waitReady(func() error {
		return healthy(ctx, "http://"+local("metrics and health")+
			"/readyz")
	}); err != nil {
		return "", err
	}
	opt.starting("the close of the days that have ended")
	if err := triggerSchedules(ctx, s.temporalAddress, workflows.DayCloseScheduleID,
		workflows.VerificationScheduleID); err != nil {
		return "", err
	}
	return bannerText(st, s, local), nil
}

// triggerSchedules runs schedules of the marketplace now. Days that were missed while it was stopped, and those of new
// demo data, are closed and verified without waiting for midnight.
func triggerSchedules(ctx context.Context, address string, ids ...string) error {
	c, err := client.DialContext(ctx, client.Options{HostPort: address, Namespace: namespace, Logger: silent{}})
	if err != nil {
		return err
	}
	defer c.Close()
	for _, id := range ids {
		err := c.ScheduleClient().GetHandle(ctx, id).Trigger(ctx, client.ScheduleTriggerOptions{})
		if err != nil {
			return fmt.Errorf("schedule %s: %w", id, err)
		}
	}
	return nil
}

func healthy(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return errors.New(address + " answers " + resp.Status)
	}
	return nil
}

func bannerText(st *state, s *services, local func(string) string) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("")
	line("All-In-Market is running. Ctrl-C stops it, and so does `make stop`; the next start takes it up again.")
	for _, n := range s.notes {
		line("  note: %s", n)
	}
	line("")
	line("  Shop          http://%s/shop   for buyers, in a browser", local("the API"))
	line("  Seller centre http://%s/seller-center", local("the API"))
	line("  Console       http://%s   for admins, in a browser; the admin API is below /admin", local("the admin API"))
	if s.temporalUI != "" {
		line("  Temporal UI   %s   the workflows", s.temporalUI)
	}
	line("  API           http://%s   API page  http://%s/docs", local("the API"), local("the API"))
	if s.portOneURL != "" {
		line("  PortOne       %s   its simulator: books, faults, the page to pay on", s.portOneURL)
	}
	if s.mailboxURL != "" {
		line("  Mailbox       %s", s.mailboxURL)
	}
	line("  Metrics       http://%s/metrics   health  /healthz  /readyz", local("metrics and health"))
	line("  State, logs   %s", st.dir)
	line("")
	line("  buyers        buyer1@example.com, buyer2@example.com   password buyer1234!")
	line("  seller        seller@example.com                       password seller1234!")
	line("  admin         admin@example.com                        password admin1234!")
	line("  load buyers   user0@test.com ... user9@test.com        password 1234567890")
	line("")
	line("Buy something (needs jq):")
	line("")
	line(
		"  A=http://%s; J='Content-Type: application/json'; T=$(curl -s $A/auth/login -H \"$J\" -d '{\"email\":\"buyer1@example.com\",\"password\":\"buyer1234!\"}' | jq -r .data.accessToken); H=\"Authorization: Bearer $T\"",
		local("the API"))
	line(
		"  I=$(curl -s \"$A/carts/items?sort=createdAt,desc&size=1\" -H \"$H\" -H \"$J\" -d '{\"productId\":1,\"quantity\":1}' | jq '.data.items.content[0].id'); D=$(curl -s $A/addresses -H \"$H\" | jq '.data[0].addressId')")
	line(
		"  O=$(curl -s $A/orders -H \"$H\" -H \"$J\" -d \"{\\\"cartItemIds\\\":[$I],\\\"addressId\\\":$D}\" | jq .data.orderId); curl -s $A/payments -H \"$H\" -H \"$J\" -d \"{\\\"orderId\\\":$O,\\\"method\\\":\\\"MOCK\\\"}\" | jq")
	line("")
	return b.String()
}
