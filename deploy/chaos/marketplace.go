package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/all-in-market/market/internal/housekeeping"
)

const (
	secret    = "a secret for chaos, nothing else at all"
	namespace = "chaos"
)

// apiAddrs are those of the API processes; the admin API has one of its own.
var apiAddrs = []string{"127.0.0.1:18180", "127.0.0.1:18181"}

const adminAddr = "127.0.0.1:18182"

// marketplace is two API processes, two workers and one for admins. What dies is
// started again.
type marketplace struct {
	dir      string
	bin      string
	children []*child
	stopping chan struct{}
	ended    sync.WaitGroup
	mu       sync.Mutex
}

type child struct {
	role, log string
	env       []string
	cmd       *exec.Cmd // guarded by the marketplace's mu; nil while it is down
}

func startMarket(ctx context.Context) (*marketplace, error) {
	dir, err := os.MkdirTemp("", "chaos")
	if err != nil {
		return nil, err
	}
	m := &marketplace{dir: dir, bin: filepath.Join(dir, "market"), stopping: make(chan struct{})}
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", m.bin, ".").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build the marketplace: %w\n%s", err, out)
	}
	env := append(os.Environ(), "MARKET_PROFILE=local", "JWT_SECRET="+secret, "TEMPORAL_NAMESPACE="+namespace,
		"LOG_LEVEL=ERROR", "DATABASE_MAX_CONNS=16", "GATEWAY_URL=http://"+gatewayAddr, "BANK_URL=http://"+gatewayAddr,
		"IMAGES_URL=file://"+dir, "PAYMENT_WAIT=10s", "REQUEST_TIMEOUT=20s")
	env = append(env, portoneEnv...)
	migrate := exec.CommandContext(ctx, m.bin, "migrate")
	migrate.Env = env
	if out, err := migrate.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("migrate: %w\n%s", err, out)
	}
	add := func(role, name string, more ...string) {
		c := &child{
			role: role, log: filepath.Join(dir, name+".log"),
			env: append(append(slices.Clone(env), "METRICS_ADDR=127.0.0.1:0"), more...),
		}
		m.children = append(m.children, c)
		m.ended.Go(func() { m.keep(c) })
	}
	for i, addr := range apiAddrs {
		add("api", fmt.Sprint("api", i), "API_ADDR="+addr)
	}
	for i := range 2 {
		add("worker", fmt.Sprint("worker", i))
	}
	add("admin", "admin", "ADMIN_ADDR="+adminAddr)
	return m, m.ready(ctx)
}

// keep runs a child, and again when it has ended, until the marketplace stops.
func (m *marketplace) keep(c *child) {
	for {
		log, err := os.OpenFile(c.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			return
		}
		cmd := exec.Command(m.bin, c.role)
		cmd.Env, cmd.Stdout, cmd.Stderr = c.env, log, log
		cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
		m.mu.Lock()
		if err := cmd.Start(); err == nil {
			c.cmd = cmd
		}
		m.mu.Unlock()
		_ = cmd.Wait()
		_ = log.Close()
		m.mu.Lock()
		c.cmd = nil
		m.mu.Unlock()
		select {
		case <-m.stopping:
			return
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// ready waits until every API answers.
func (m *marketplace) ready(ctx context.Context) error {
	for _, address := range append(slices.Clone(apiAddrs), adminAddr) {
		deadline := time.Now().Add(time.Minute)
		for {
			resp, err := http.Get("http://" + address + "/")
			if err == nil {
				resp.Body.Close()
				break
			}
			if time.Now().After(deadline) {
				return fmt.Errorf("the API at %s does not answer: %w; the logs are in %s", address, err, m.dir)
			}
			if !pause(ctx, 100*time.Millisecond) {
				return ctx.Err()
			}
		}
	}
	return nil
}

// kill ends processes of the marketplace and of the stack by SIGKILL, until ctx ends.
func (m *marketplace) kill(ctx context.Context, r *rand.Rand, kills map[string]int) {
	targets := []string{
		"api", "api", "api", "api", "worker", "worker", "worker", "worker", "worker", "admin", "redis", "temporal",
		"postgres", "backend",
	}
	targets = append(targets, slices.Repeat([]string{"temporal"}, len(temporalNodes())-1)...)
	for pause(ctx, time.Duration(200+r.IntN(1000))*time.Millisecond) {
		target := targets[r.IntN(len(targets))]
		if m.killOne(target, r) {
			m.mu.Lock()
			kills[target]++
			m.mu.Unlock()
		}
		if target == "postgres" || target == "temporal" {
			pause(ctx, time.Second) // a while of work in between: nothing else is left to be killed meanwhile
		}
	}
}

func (m *marketplace) killOne(target string, r *rand.Rand) bool {
	pid := m.choose(target, r)
	return pid != 0 && syscall.Kill(pid, syscall.SIGKILL) == nil
}

// freeze stops processes for some seconds, until ctx ends: a process that was given up goes on with
// what another has taken over, a service does not answer, a session of PostgreSQL sits on its locks.
func (m *marketplace) freeze(ctx context.Context, r *rand.Rand, kills map[string]int) {
	targets := []string{"api", "worker", "worker", "redis", "temporal", "backend"}
	targets = append(targets, slices.Repeat([]string{"temporal"}, len(temporalNodes())-1)...)
	var all sync.WaitGroup
	for pause(ctx, time.Duration(2000+r.IntN(4000))*time.Millisecond) {
		target := targets[r.IntN(len(targets))]
		pid, long := m.choose(target, r), time.Duration(500+r.IntN(12_000))*time.Millisecond
		if pid == 0 || syscall.Kill(pid, syscall.SIGSTOP) != nil {
			continue
		}
		m.mu.Lock()
		kills["frozen "+target]++
		m.mu.Unlock()
		all.Go(func() {
			pause(ctx, long)
			_ = syscall.Kill(pid, syscall.SIGCONT) // or it was killed meanwhile
		})
	}
	all.Wait()
}

// choose is a process of the marketplace or of the stack; 0 when none runs.
func (m *marketplace) choose(target string, r *rand.Rand) (pid int) {
	var running []int
	switch target {
	case "redis", "postgres":
		if pid, err := stackPID(target); err == nil {
			running = []int{pid}
		}
	case "temporal":
		for _, node := range temporalNodes() {
			if pid, err := stackPID(node); err == nil {
				running = append(running, pid)
			}
		}
	case "backend": // one of PostgreSQL's: when it is killed the server ends all sessions and recovers
		if pid, err := stackPID("postgres"); err == nil {
			running = children(pid)
		}
	default:
		m.mu.Lock()
		defer m.mu.Unlock()
		for _, c := range m.children {
			if c.role == target && c.cmd != nil {
				running = append(running, c.cmd.Process.Pid)
			}
		}
	}
	if len(running) == 0 {
		return 0
	}
	return running[r.IntN(len(running))]
}

// temporalNodes returns the names of the stack's Temporal nodes.
func temporalNodes() (names []string) {
	files, _ := filepath.Glob(filepath.Join(os.Getenv("STACK_PIDS"), "temporal*"))
	for _, file := range files {
		names = append(names, filepath.Base(file))
	}
	return names
}

// stackPID is the process of a service of the stack that was started last.
func stackPID(name string) (pid int, err error) {
	b, err := os.ReadFile(filepath.Join(os.Getenv("STACK_PIDS"), name))
	if err == nil {
		_, err = fmt.Sscan(string(b), &pid)
	}
	if err == nil && pid <= 1 {
		err = errors.New("no process")
	}
	return pid, err
}

// children are the processes that a process has started.
func children(pid int) (pids []int) {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	for _, word := range strings.Fields(string(b)) {
		var child int
		if _, err := fmt.Sscan(word, &child); err == nil {
			pids = append(pids, child)
		}
	}
	return pids
}

// restarted returns the workers' log lines about rows whose workflow was not running.
func (m *marketplace) restarted() (lines []string) {
	for _, c := range m.children {
		f, err := os.Open(c.log)
		if err != nil {
			continue
		}
		scan := bufio.NewScanner(f)
		scan.Buffer(nil, 1<<20)
		for scan.Scan() {
			if strings.Contains(scan.Text(), housekeeping.StuckRowRestarted) {
				lines = append(lines, scan.Text())
			}
		}
		f.Close()
	}
	return lines
}

// printLogs prints the end of each process's log.
func (m *marketplace) printLogs() {
	const last = 10
	for _, c := range m.children {
		content, err := os.ReadFile(c.log)
		if err != nil || len(content) == 0 {
			continue
		}
		lines := strings.Split(strings.TrimSpace(string(content)), "\n")
		fmt.Printf("the end of %s:\n", filepath.Base(c.log))
		for _, line := range lines[max(0, len(lines)-last):] {
			fmt.Printf("      %.300s\n", line)
		}
	}
}

func (m *marketplace) stop() {
	close(m.stopping)
	m.mu.Lock()
	for _, c := range m.children {
		if c.cmd != nil {
			_ = c.cmd.Process.Signal(syscall.SIGTERM)
		}
	}
	m.mu.Unlock()
	m.ended.Wait()
	_ = os.RemoveAll(m.dir)
}

// total writes counts as "12: api 5, worker 7".
func total(counts map[string]int) string {
	sum, parts := 0, []string{}
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		sum += counts[name]
		parts = append(parts, fmt.Sprint(name, " ", counts[name]))
	}
	return fmt.Sprintf("%d: %s", sum, strings.Join(parts, ", "))
}
