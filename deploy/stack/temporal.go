package main

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	uiserver "github.com/temporalio/ui-server/v2/server"
	uiconfig "github.com/temporalio/ui-server/v2/server/config"
	uioptions "github.com/temporalio/ui-server/v2/server/server_options"
	"go.temporal.io/sdk/client"
	"go.temporal.io/server/common/authorization"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/dynamicconfig"
	"go.temporal.io/server/common/log"
	_ "go.temporal.io/server/common/persistence/sql/sqlplugin/postgresql"
	"go.temporal.io/server/temporal"
	"go.temporal.io/server/tools/sql"
)

// temporalCommand is the hidden subcommand that makes this program a Temporal
// server: a process of its own, so that its CPU and memory settings are its own.
const temporalCommand = "temporal-server"

const (
	historyDatabase    = "temporal"
	visibilityDatabase = "temporal_visibility"
	namespace          = "default"
)

// namespaceRefresh is the variable that says how long the server keeps what it knows of a
// namespace before it looks again. The server's own default is two seconds; tests that make
// namespaces by the hundred do not wait for that.
const namespaceRefresh = "TEMPORAL_NAMESPACE_REFRESH"

// The variables that name the files with which the web UI and the server's own workers connect to a
// server with TLS.
const (
	innerAuthority   = "INNER_TLS_CA"
	innerCertificate = "INNER_TLS_CERT"
	innerKey         = "INNER_TLS_KEY"
)

// startTemporal starts the Temporal server and its web UI on the same
// PostgreSQL server as the marketplace, in databases of their own.
func startTemporal(ctx context.Context, st *state, procs *supervisor, s *services, opt serviceOptions) error {
	db, err := url.Parse(s.databaseURL)
	if err != nil {
		return err
	}
	password, _ := db.User.Password()
	dbPort := db.Port()
	if dbPort == "" {
		dbPort = "5432"
	}
	env := append(os.Environ(), "GOGC=400", "DB=postgres12_pgx", "BIND_ON_IP=127.0.0.1", "NUM_HISTORY_SHARDS=64",
		"LOG_LEVEL=error", "POSTGRES_SEEDS="+db.Hostname(), "DB_PORT="+dbPort, "POSTGRES_USER="+db.User.Username(),
		"POSTGRES_PWD="+password, "DBNAME="+historyDatabase, "VISIBILITY_DBNAME="+visibilityDatabase,
		"DATABASE_URL="+s.databaseURL)
	if opt.durable {
		env = append(env, namespaceRefresh+"=5s")
	} else {
		env = append(env, namespaceRefresh+"=200ms")
	}
	for _, p := range []struct {
		variable, name string
		wanted         int
	}{
		{"FRONTEND_GRPC_PORT", "Temporal", 7233}, {"UI_PORT", "the Temporal UI", 8233}, {
			"FRONTEND_HTTP_PORT", "Temporal's HTTP API", 7243,
		},
		{"FRONTEND_MEMBERSHIP_PORT", "Temporal's frontend membership", 6933}, {
			"HISTORY_GRPC_PORT", "Temporal's history service", 7234,
		},
		{"HISTORY_MEMBERSHIP_PORT", "Temporal's history membership", 6934}, {
			"MATCHING_GRPC_PORT", "Temporal's matching service", 7235,
		},
		{"MATCHING_MEMBERSHIP_PORT", "Temporal's matching membership", 6935}, {
			"WORKER_GRPC_PORT", "Temporal's system worker", 7239,
		},
		{"WORKER_MEMBERSHIP_PORT", "Temporal's system worker membership", 6939},
	} {
		port, err := s.port(p.name, p.wanted, opt)
		if err != nil {
			return err
		}
		env = append(env, p.variable+"="+strconv.Itoa(port))
		switch p.variable {
		case "FRONTEND_GRPC_PORT":
			s.temporalAddress = "127.0.0.1:" + strconv.Itoa(port)
		case "UI_PORT":
			s.temporalUI = "http://127.0.0.1:" + strconv.Itoa(port)
		case "FRONTEND_HTTP_PORT":
			s.temporalHTTP = "127.0.0.1:" + strconv.Itoa(port)
		}
	}
	if c := s.certificates; c != nil {
		env = append(env, "SQL_TLS=true", "SQL_TLS_CA_FILE="+c.authority, "SQL_TLS_ENABLED=true", "SQL_CA="+c.authority,
			"SQL_HOST_VERIFICATION=true", "TEMPORAL_TLS_REQUIRE_CLIENT_AUTH=true", "TEMPORAL_TLS_SERVER_CA_CERT="+c.authority,
			"TEMPORAL_TLS_CLIENT1_CA_CERT="+c.authority, "TEMPORAL_TLS_FRONTEND_CERT="+c.server,
			"TEMPORAL_TLS_FRONTEND_KEY="+c.serverKey, "TEMPORAL_TLS_SERVER_CERT="+c.server, "TEMPORAL_TLS_SERVER_KEY="+c.serverKey,
			"TEMPORAL_TLS_INTERNODE_SERVER_NAME=127.0.0.1", "TEMPORAL_TLS_FRONTEND_SERVER_NAME=127.0.0.1",
			innerCertificate+"="+c.client, innerKey+"="+c.clientKey, innerAuthority+"="+c.authority)
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.Command(self, temporalCommand)
	cmd.Env, cmd.Dir = env, st.dir
	p, err := procs.start("temporal", syscall.SIGTERM, nil, cmd)
	if err != nil {
		return err
	}
	s.pids["TEMPORAL"] = cmd.Process.Pid
	return p.waitReady(func() error {
		ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
		defer cancel()
		encryption, err := s.certificates.asClient()
		if err != nil {
			return err
		}
		c, err := client.DialContext(ctx, client.Options{
			HostPort: s.temporalAddress, Namespace: namespace, Logger: silent{},
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

// serveTemporal is the hidden subcommand: it brings the schema up to date and
// serves until a signal arrives.
func serveTemporal() error {
	if err := migrateTemporal(historyDatabase, "postgresql/v12/temporal"); err != nil {
		return err
	}
	if err := migrateTemporal(visibilityDatabase, "postgresql/v12/visibility"); err != nil {
		return err
	}
	if err := slimVisibility(context.Background()); err != nil {
		return err
	}
	cfg, err := config.Load(config.WithEmbedded())
	if err != nil {
		return err
	}
	if authority := os.Getenv(innerAuthority); authority != "" {
		// The server's own workers are clients of its frontend, too.
		cfg.Global.TLS.SystemWorker = config.WorkerTLS{
			CertFile: os.Getenv(innerCertificate), KeyFile: os.Getenv(innerKey),
			Client: config.ClientTLS{ServerName: os.Getenv("BIND_ON_IP"), RootCAFiles: []string{authority}},
		}
	}
	namespaces, err := time.ParseDuration(os.Getenv(namespaceRefresh))
	if err != nil {
		return fmt.Errorf("%s: %w", namespaceRefresh, err)
	}
	server, err := temporal.NewServer(
		temporal.ForServices(temporal.DefaultServices),
		temporal.WithConfig(cfg),
		temporal.WithLogger(log.NewZapLogger(log.BuildZapLogger(cfg.Log))),
		temporal.WithDynamicConfigClient(dynamicconfig.StaticClient{
			dynamicconfig.TransferProcessorMaxPollRPS.Key():                  2000,
			dynamicconfig.MatchingNumTaskqueueReadPartitions.Key():           1,
			dynamicconfig.MatchingNumTaskqueueWritePartitions.Key():          1,
			dynamicconfig.NamespaceCacheRefreshInterval.Key():                namespaces,
			dynamicconfig.FrontendMaxNamespaceVisibilityRPSPerInstance.Key(): 100,
		}),
		temporal.WithAuthorizer(authorization.NewNoopAuthorizer()),
		temporal.InterruptOn(temporal.InterruptCh()),
	)
	if err != nil {
		return err
	}
	uiPort, err := strconv.Atoi(os.Getenv("UI_PORT"))
	if err != nil {
		return fmt.Errorf("UI_PORT: %w", err)
	}
	ui := uiserver.NewServer(uioptions.WithConfigProvider(&uiconfig.Config{
		Host: os.Getenv("BIND_ON_IP"), Port: uiPort, EnableUI: true, HideLogs: true,
		TemporalGRPCAddress: os.Getenv("BIND_ON_IP") + ":" + os.Getenv("FRONTEND_GRPC_PORT"),
		DefaultNamespace:    namespace,
		CORS:                uiconfig.CORS{CookieInsecure: true},
		TLS: uiconfig.TLS{
			CaFile: os.Getenv(innerAuthority), CertFile: os.Getenv(innerCertificate), KeyFile: os.Getenv(innerKey),
			EnableHostVerification: os.Getenv(innerAuthority) != "",
		},
	}))
	go func() {
		if err := ui.Start(); err != nil {
			fmt.Fprintln(os.Stderr, "the Temporal UI:", err)
		}
	}()
	defer ui.Stop()
	if err := server.Start(); err != nil {
		return err
	}
	return nil
}

func migrateTemporal(db, schema string) error {
	base := []string{
		"temporal-sql-tool", "--plugin", os.Getenv("DB"), "--ep", os.Getenv("POSTGRES_SEEDS"), "-p", os.Getenv("DB_PORT"),
		"-u", os.Getenv("POSTGRES_USER"), "--pw", os.Getenv("POSTGRES_PWD"), "--db", db,
	}
	for _, step := range [][]string{
		{"create-database"}, {"setup-schema", "-v", "0.0"}, {"update-schema", "--schema-name", schema},
	} {
		if err := sql.RunTool(append(append([]string{}, base...), step...)); err != nil {
			return fmt.Errorf("the schema of database %s, step %s: %w", db, step[0], err)
		}
	}
	return nil
}

// usedIndexes are the visibility indexes that the marketplace and the UI's lists need; the
// conditions leave out the rows that no list looks for by them, which are nearly all:
// keyword01 to keyword05 hold the marketplace's search attributes, of which a run has one or
// two, and runs that go on or have completed stand first in the default order anyway. Each
// other index costs every workflow two writes of some 220 bytes and serves nobody.
var usedIndexes = map[string]string{
	"executions_visibility_pkey": "", "default_idx": "", "by_workflow_id": "", "by_workflow_type": "",
	"by_status":                      "status NOT IN (1, 2)", // neither running nor completed
	"by_temporal_scheduled_by_id":    "temporalscheduledbyid IS NOT NULL",
	"by_temporal_namespace_division": "temporalnamespacedivision IS NOT NULL",
	"by_keyword_01":                  "keyword01 IS NOT NULL",
	"by_keyword_02":                  "keyword02 IS NOT NULL",
	"by_keyword_03":                  "keyword03 IS NOT NULL",
	"by_keyword_04":                  "keyword04 IS NOT NULL",
	"by_keyword_05":                  "keyword05 IS NOT NULL",
}

// slimVisibility makes the visibility database cheap to write: with the indexes that are
// used, and without waiting for the disk. A crash of PostgreSQL loses what lists of runs show
// of its last second, not the runs.
func slimVisibility(ctx context.Context) error {
	db, err := pgx.ParseConfig(os.Getenv("DATABASE_URL"))
	if err != nil {
		return err
	}
	db.Database = visibilityDatabase
	conn, err := pgx.ConnectConfig(ctx, db)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	statements := []string{"ALTER DATABASE " + visibilityDatabase + " SET synchronous_commit = off"}
	rows, err := conn.Query(ctx,
		`SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid), i.indpred IS NOT NULL
		FROM pg_index i WHERE i.indrelid = 'executions_visibility'::regclass`)
	if err != nil {
		return err
	}
	var name, definition string
	var partial bool
	if _, err := pgx.ForEachRow(rows, []any{&name, &definition, &partial}, func() error {
		condition, used := usedIndexes[name]
		if used && (partial || condition == "") {
			return nil
		}
		statements = append(statements, "DROP INDEX "+name)
		if used {
			statements = append(statements, definition+" WHERE "+condition)
		}
		return nil
	}); err != nil {
		return err
	}
	_, err = conn.Exec(ctx, strings.Join(statements, ";\n"))
	return err
}

// silent keeps the client's connection attempts out of the user's terminal.
type silent struct{}

func (silent) Debug(string, ...any) {}
func (silent) Info(string, ...any)  {}
func (silent) Warn(string, ...any)  {}
func (silent) Error(string, ...any) {}
