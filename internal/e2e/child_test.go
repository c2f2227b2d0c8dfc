package e2e

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/interceptor"

	"github.com/all-in-market/market/app"
	"github.com/all-in-market/market/internal/config"
	"github.com/all-in-market/market/internal/telemetry"
	"github.com/all-in-market/market/internal/testrig"
)

// childVariable makes the test binary run a marketplace instead of the tests,
// so that a test can kill it.
const childVariable = "E2E_CHILD"

// childBinary names the test binary that children run; the default is the one that runs the
// tests. `make test` builds it without the race detector, which a process that is killed seconds
// after its start has no use for.
const childBinary = "E2E_CHILD_BINARY"

// childOrder is the instruction to a child.
type childOrder struct {
	Config  config.Config
	Roles   app.Roles
	Addrs   string // the file to which the child writes its addresses
	CrashAt string // a file that names the point at which to die by SIGKILL, such as "PlaceOrder:before"
}

func runChild() {
	var order childOrder
	if err := json.Unmarshal([]byte(os.Getenv(childVariable)), &order); err != nil {
		panic(err)
	}
	interceptors := []interceptor.WorkerInterceptor{&crasher{at: order.CrashAt}}
	if order.Config.WorkerBuildID == nextBuild {
		interceptors = append(interceptors, &changer{})
	}
	a, err := app.New(context.Background(), order.Config, telemetry.NewLogger(os.Stdout, slog.LevelWarn), order.Roles,
		interceptors...)
	if err != nil {
		panic(err)
	}
	addrs, _ := json.Marshal(map[string]string{
		"api": a.Addr("api"), "admin": a.Addr("admin"), "metrics": a.Addr("metrics"),
	})
	if err := os.WriteFile(order.Addrs+".new", addrs, 0o600); err != nil {
		panic(err)
	}
	if err := os.Rename(order.Addrs+".new", order.Addrs); err != nil {
		panic(err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	if err := a.Run(ctx); err != nil {
		panic(err)
	}
}

// crasher kills its own process before or after an activity: after it means that the effect is
// committed and not acknowledged.
type crasher struct {
	interceptor.WorkerInterceptorBase
	at string // the file that names the point
}

func (c *crasher) InterceptActivity(
	_ context.Context, next interceptor.ActivityInboundInterceptor,
) interceptor.ActivityInboundInterceptor {
	return &crashingActivity{interceptor.ActivityInboundInterceptorBase{Next: next}, c.at}
}

type crashingActivity struct {
	interceptor.ActivityInboundInterceptorBase
	at string
}

func (a *crashingActivity) ExecuteActivity(ctx context.Context, in *interceptor.ExecuteActivityInput) (any, error) {
	a.dieAt(activityName(ctx) + ":before")
	result, err := a.Next.ExecuteActivity(ctx, in)
	a.dieAt(activityName(ctx) + ":after")
	return result, err
}

func (a *crashingActivity) dieAt(point string) {
	if at, err := os.ReadFile(a.at); err == nil && string(at) == point {
		dieNow()
	}
}

func dieNow() {
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {}
}

// readyWithin is how long a process may take to start on a machine that does much else.
const readyWithin = 3 * time.Minute

// diesWithin is how long a process may take to reach the point at which it is to die: a task that
// Temporal gave to the process before it, which was killed, is given again after its timeout.
const diesWithin = 3 * time.Minute

// child is a marketplace in a process of its own.
type child struct {
	cmd   *exec.Cmd
	at    string // the file that names where to crash
	addrs map[string]string
	ended chan struct{}
	once  sync.Once
}

// spawn starts a child and waits until it is ready.
func (r *rig) spawn(t *testing.T, roles app.Roles, crashAt string) *child {
	t.Helper()
	c, err := r.trySpawn(t, roles, crashAt)
	require.NoError(t, err)
	return c
}

// trySpawn is spawn for goroutines beside the test's own.
func (r *rig) trySpawn(t *testing.T, roles app.Roles, crashAt string) (*child, error) {
	t.Helper()
	dir := t.TempDir()
	order := childOrder{
		Config: r.configOf(t, roles), Roles: roles,
		Addrs: filepath.Join(dir, "addrs"), CrashAt: filepath.Join(dir, "crash-at"),
	}
	encoded, err := json.Marshal(order)
	if err != nil {
		return nil, err
	}
	c := &child{
		cmd: exec.Command(cmp.Or(os.Getenv(childBinary), os.Args[0])), at: order.CrashAt, ended: make(chan struct{}),
	}
	if err := c.crashAt(crashAt); err != nil {
		return nil, err
	}
	c.cmd.Env = append(os.Environ(), childVariable+"="+string(encoded))
	var output strings.Builder
	c.cmd.Stdout, c.cmd.Stderr = &output, &output
	if err := c.cmd.Start(); err != nil {
		return nil, err
	}
	go func() { _ = c.cmd.Wait(); close(c.ended) }()
	t.Cleanup(func() {
		if c.kill(); t.Failed() {
			at, _ := os.ReadFile(c.at)
			t.Logf("the process that was to die at %q wrote:\n%s", at, &output)
		}
	})
	started := testrig.Within(func() bool {
		b, err := os.ReadFile(order.Addrs)
		return err == nil && json.Unmarshal(b, &c.addrs) == nil
	}, readyWithin, 10*time.Millisecond)
	isReady := func() bool { return ready("http://" + c.addrs["metrics"]) }
	if !started || !testrig.Within(isReady, readyWithin, 10*time.Millisecond) {
		return nil, errors.New("the process did not become ready")
	}
	return c, nil
}

// crashAt has the process die at a point, such as "PlaceOrder:before"; "" is none.
func (c *child) crashAt(point string) error {
	if err := os.WriteFile(c.at+".new", []byte(point), 0o600); err != nil {
		return err
	}
	return os.Rename(c.at+".new", c.at)
}

func (c *child) kill() {
	c.once.Do(func() {
		_ = c.cmd.Process.Kill()
		<-c.ended
	})
}

// died waits for a child that was instructed to crash.
func (c *child) died(t *testing.T) {
	t.Helper()
	require.NoError(t, c.awaitDeath())
}

func (c *child) awaitDeath() error {
	select {
	case <-c.ended:
		return nil
	case <-time.After(diesWithin):
		return errors.New("the process did not reach the point at which it was to die")
	}
}
