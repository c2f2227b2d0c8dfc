package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"go.temporal.io/sdk/client"

	"github.com/all-in-market/market/workflows"
)

const (
	historyDatabase    = "temporal"
	visibilityDatabase = "temporal_visibility"
	namespace          = "default"
)

// temporalServer is the environment variable that names the server's binary,
// which deploy/temporal builds.
const temporalServer = "TEMPORAL_SERVER"

// startTemporal starts a Temporal server with its web UI and waits until it
// serves. With opt.temporalCLI it is the development server of the Temporal
// CLI, where that is installed; otherwise it is the server that
// TEMPORAL_SERVER names, on the marketplace's PostgreSQL server. With opt.nodes
// it is a cluster.
func startTemporal(ctx context.Context, st *state, procs *supervisor, s *services, opt serviceOptions) error {
	var cmd *exec.Cmd
	var err error
	version := ""
	if opt.temporalCLI {
		version = cliVersion(ctx)
	}
	if version != "" {
		s.notes = append(s.notes, "Temporal is the development server of the Temporal CLI on the PATH: "+version)
		cmd, err = developmentServer(st, s, opt)
	} else {
		cmd, err = ownServer(s, opt)
	}
	if err != nil {
		return err
	}
	if err := startNode(ctx, st, procs, s, "temporal", s.temporalAddress, cmd); err != nil {
		return err
	}
	s.pids["TEMPORAL"] = cmd.Process.Pid
	if opt.nodes > 1 {
		return startCluster(ctx, st, procs, s, opt, cmd)
	}
	return nil
}

// startCluster adds nodes to a server that runs as first. Node n is at 127.0.0.n, with the ports of the first one: each
// runs all services, and they find each other in the database. TEMPORAL_ADDRESS becomes a host name that resolves to
// all nodes, as that of a headless service does.
func startCluster(
	ctx context.Context, st *state, procs *supervisor, s *services, opt serviceOptions, first *exec.Cmd,
) error {
	_, port, err := net.SplitHostPort(s.temporalAddress)
	if err != nil {
		return err
	}
	ips := [][4]byte{{127, 0, 0, 1}}
	for n := 2; n <= opt.nodes; n++ {
		ip := [4]byte{127, 0, 0, byte(n)}
		address := netip.AddrFrom4(ip).String()
		cmd := exec.Command(first.Path)
		cmd.Env = append(slices.Clone(first.Env), "BIND_ON_IP="+address)
		name := fmt.Sprintf("temporal%d", n)
		if err := startNode(ctx, st, procs, s, name, net.JoinHostPort(address, port), cmd); err != nil {
			return err
		}
		s.pids[strings.ToUpper(name)] = cmd.Process.Pid
		ips = append(ips, ip)
	}
	names, err := startNames(ctx, ips)
	if err != nil {
		return err
	}
	s.temporalAddress = "dns://" + names + "/temporal.stack:" + port
	return nil
}

// startNode starts a server that is reached at an address, and waits until it serves.
func startNode(
	ctx context.Context, st *state, procs *supervisor, s *services, name, address string, cmd *exec.Cmd,
) error {
	cmd.Dir = st.dir
	p, err := procs.start(name, syscall.SIGTERM, nil, cmd)
	if err != nil {
		return err
	}
	encryption, err := s.certificates.asClient()
	if err != nil {
		return err
	}
	return p.waitReady(func() error {
		ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
		defer cancel()
		c, err := client.DialContext(ctx, client.Options{
			HostPort: address, Namespace: namespace, Logger: silent{},
			ConnectionOptions: client.ConnectionOptions{TLS: encryption},
		})
		if err != nil {
			return err
		}
		defer c.Close()
		_, err = c.CheckHealth(ctx, &client.CheckHealthRequest{})
		return err
	})
}

// temporalPort is a port that the server listens on.
type temporalPort struct {
	variable string // that passes it to the server
	name     string
	wanted   int
}

// clientPorts are the ports that clients use.
var clientPorts = []temporalPort{
	{"FRONTEND_GRPC_PORT", "Temporal", 7233}, {"UI_PORT", "the Temporal UI", 8233},
	{"FRONTEND_HTTP_PORT", "Temporal's HTTP API", 7243},
}

// internalPorts are the ports between the server's services.
var internalPorts = []temporalPort{
	{"FRONTEND_MEMBERSHIP_PORT", "Temporal's frontend membership", 6933},
	{"HISTORY_GRPC_PORT", "Temporal's history service", 7234},
	{"HISTORY_MEMBERSHIP_PORT", "Temporal's history membership", 6934},
	{"MATCHING_GRPC_PORT", "Temporal's matching service", 7235},
	{"MATCHING_MEMBERSHIP_PORT", "Temporal's matching membership", 6935},
	{"WORKER_GRPC_PORT", "Temporal's system worker", 7239},
	{"WORKER_MEMBERSHIP_PORT", "Temporal's system worker membership", 6939},
}

// reservePorts reserves ports, returns them by variable, and records the
// addresses of clientPorts in s.
func (s *services) reservePorts(opt serviceOptions, wanted ...temporalPort) (map[string]string, error) {
	ports := map[string]string{}
	for _, p := range wanted {
		port, err := s.port(p.name, p.wanted, opt)
		if err != nil {
			return nil, err
		}
		ports[p.variable] = strconv.Itoa(port)
	}
	s.temporalAddress = "127.0.0.1:" + ports["FRONTEND_GRPC_PORT"]
	s.temporalUI = "http://127.0.0.1:" + ports["UI_PORT"]
	s.temporalHTTP = "127.0.0.1:" + ports["FRONTEND_HTTP_PORT"]
	return ports, nil
}

// cliVersion returns the version of the Temporal CLI on the PATH, or "" if there
// is none that has a development server.
func cliVersion(ctx context.Context) string {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if exec.CommandContext(ctx, "temporal", "server", "start-dev", "--help").Run() != nil {
		return ""
	}
	version, err := exec.CommandContext(ctx, "temporal", "--version").Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(version))
}

// developmentServer returns the command that runs the CLI's development server
// with its state in the state folder.
func developmentServer(st *state, s *services, opt serviceOptions) (*exec.Cmd, error) {
	ports, err := s.reservePorts(opt, clientPorts...)
	if err != nil {
		return nil, err
	}
	args := []string{"server", "start-dev", "--ip", "127.0.0.1", "--port", ports["FRONTEND_GRPC_PORT"],
		"--ui-port", ports["UI_PORT"], "--http-port", ports["FRONTEND_HTTP_PORT"], "--namespace", namespace,
		"--db-filename", st.path("temporal.db"), "--log-level", "error",
		// The server's single shard would otherwise hand out tasks every 50 ms.
		"--dynamic-config-value", "history.transferProcessorMaxPollRPS=2000",
		"--dynamic-config-value", "matching.numTaskqueueReadPartitions=1",
		"--dynamic-config-value", "matching.numTaskqueueWritePartitions=1",
		"--dynamic-config-value", "matching.enableFairness=true"}
	for _, name := range workflows.SearchAttributes() {
		args = append(args, "--search-attribute", name+"=Keyword")
	}
	return exec.Command("temporal", args...), nil
}

// ownServer returns the command that runs the server of deploy/temporal with
// its state in two databases of the marketplace's PostgreSQL server.
func ownServer(s *services, opt serviceOptions) (*exec.Cmd, error) {
	bin := os.Getenv(temporalServer)
	if bin == "" {
		return nil, errors.New(temporalServer + " is not set: run it through make, which builds the server; " +
			"or set TEMPORAL_ADDRESS, or install the Temporal CLI")
	}
	db, err := url.Parse(s.databaseURL)
	if err != nil {
		return nil, err
	}
	password, _ := db.User.Password()
	port := db.Port()
	if port == "" {
		port = "5432"
	}
	env := append(os.Environ(), "GOGC=400", "DB=postgres12_pgx", "BIND_ON_IP=127.0.0.1", "NUM_HISTORY_SHARDS=64",
		"LOG_LEVEL=error", "POSTGRES_SEEDS="+db.Hostname(), "DB_PORT="+port, "POSTGRES_USER="+db.User.Username(),
		"POSTGRES_PWD="+password, "DBNAME="+historyDatabase, "VISIBILITY_DBNAME="+visibilityDatabase,
		"DATABASE_URL="+s.databaseURL, "DEFAULT_NAMESPACE="+namespace)
	// The server's default is two seconds. Tests create namespaces by the hundred and do not wait for that.
	refresh := "200ms"
	if opt.durable {
		refresh = "5s"
	}
	env = append(env, "TEMPORAL_NAMESPACE_REFRESH="+refresh)
	ports, err := s.reservePorts(opt, slices.Concat(clientPorts, internalPorts)...)
	if err != nil {
		return nil, err
	}
	for variable, port := range ports {
		env = append(env, variable+"="+port)
	}
	if c := s.certificates; c != nil {
		env = append(env, "SQL_TLS=true", "SQL_TLS_CA_FILE="+c.authority, "SQL_TLS_ENABLED=true", "SQL_CA="+c.authority,
			"SQL_HOST_VERIFICATION=true", "TEMPORAL_TLS_REQUIRE_CLIENT_AUTH=true", "TEMPORAL_TLS_SERVER_CA_CERT="+c.authority,
			"TEMPORAL_TLS_CLIENT1_CA_CERT="+c.authority, "TEMPORAL_TLS_FRONTEND_CERT="+c.server,
			"TEMPORAL_TLS_FRONTEND_KEY="+c.serverKey, "TEMPORAL_TLS_SERVER_CERT="+c.server, "TEMPORAL_TLS_SERVER_KEY="+c.serverKey,
			"TEMPORAL_TLS_INTERNODE_SERVER_NAME=127.0.0.1", "TEMPORAL_TLS_FRONTEND_SERVER_NAME=127.0.0.1",
			"INNER_TLS_CERT="+c.client, "INNER_TLS_KEY="+c.clientKey, "INNER_TLS_CA="+c.authority)
	}
	cmd := exec.Command(bin)
	cmd.Env = env
	return cmd, nil
}

// silent keeps the client's connection attempts out of the user's terminal.
type silent struct{}

func (silent) Debug(string, ...any) {}
func (silent) Info(string, ...any)  {}
func (silent) Warn(string, ...any)  {}
func (silent) Error(string, ...any) {}
