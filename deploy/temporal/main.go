// Command temporal is the Temporal server of the local stack: all four services
// and the web UI in one process, on PostgreSQL. It is a module of its own
// because the server's dependencies take minutes to compile; the stack starts
// it and configures it through the environment.
package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	uiserver "github.com/temporalio/ui-server/v2/server"
	uiconfig "github.com/temporalio/ui-server/v2/server/config"
	uioptions "github.com/temporalio/ui-server/v2/server/server_options"
	"go.temporal.io/server/common/authorization"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/dynamicconfig"
	"go.temporal.io/server/common/log"
	_ "go.temporal.io/server/common/persistence/sql/sqlplugin/postgresql"
	"go.temporal.io/server/temporal"
	"go.temporal.io/server/tools/sql"
)

// Environment variables beside those that the server's embedded configuration
// template reads.
const (
	databaseURL        = "DATABASE_URL"               // of the PostgreSQL server
	historyDatabase    = "DBNAME"                     // name of the history database, which is created
	visibilityDatabase = "VISIBILITY_DBNAME"          // name of the visibility database, which is created
	uiPort             = "UI_PORT"                    // of the web UI
	uiNamespace        = "DEFAULT_NAMESPACE"          // that the web UI opens
	namespaceRefresh   = "TEMPORAL_NAMESPACE_REFRESH" // how long namespaces are cached
	clientAuthority    = "INNER_TLS_CA"               // certificate files of the server's own clients, with TLS
	clientCertificate  = "INNER_TLS_CERT"
	clientKey          = "INNER_TLS_KEY"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "temporal:", err)
		os.Exit(1)
	}
}

// run migrates both databases and serves until the process is signalled.
func run() error {
	if err := migrate(os.Getenv(historyDatabase), "postgresql/v12/temporal"); err != nil {
		return err
	}
	if err := migrate(os.Getenv(visibilityDatabase), "postgresql/v12/visibility"); err != nil {
		return err
	}
	if err := slimVisibility(context.Background()); err != nil {
		return err
	}
	server, err := newServer()
	if err != nil {
		return err
	}
	ui, err := newUI()
	if err != nil {
		return err
	}
	go func() {
		if err := ui.Start(); err != nil {
			fmt.Fprintln(os.Stderr, "temporal: web UI:", err)
		}
	}()
	defer ui.Stop()
	return server.Start()
}

func newServer() (temporal.Server, error) {
	cfg, err := config.Load(config.WithEmbedded())
	if err != nil {
		return nil, err
	}
	if authority := os.Getenv(clientAuthority); authority != "" {
		cfg.Global.TLS.SystemWorker = config.WorkerTLS{
			CertFile: os.Getenv(clientCertificate), KeyFile: os.Getenv(clientKey),
			Client: config.ClientTLS{ServerName: os.Getenv("BIND_ON_IP"), RootCAFiles: []string{authority}},
		}
	}
	refresh, err := time.ParseDuration(os.Getenv(namespaceRefresh))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", namespaceRefresh, err)
	}
	return temporal.NewServer(
		temporal.ForServices(temporal.DefaultServices),
		temporal.WithConfig(cfg),
		temporal.WithLogger(log.NewZapLogger(log.BuildZapLogger(cfg.Log))),
		temporal.WithDynamicConfigClient(dynamicconfig.StaticClient{
			dynamicconfig.TransferProcessorMaxPollRPS.Key():                  2000,
			dynamicconfig.MatchingNumTaskqueueReadPartitions.Key():           1,
			dynamicconfig.MatchingNumTaskqueueWritePartitions.Key():          1,
			dynamicconfig.MatchingEnableFairness.Key():                       true,
			dynamicconfig.NamespaceCacheRefreshInterval.Key():                refresh,
			dynamicconfig.FrontendMaxNamespaceVisibilityRPSPerInstance.Key(): 100,
		}),
		temporal.WithAuthorizer(authorization.NewNoopAuthorizer()),
		temporal.InterruptOn(temporal.InterruptCh()),
	)
}

func newUI() (*uiserver.Server, error) {
	port, err := strconv.Atoi(os.Getenv(uiPort))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", uiPort, err)
	}
	return uiserver.NewServer(uioptions.WithConfigProvider(&uiconfig.Config{
		Host: os.Getenv("BIND_ON_IP"), Port: port, EnableUI: true, HideLogs: true,
		TemporalGRPCAddress: os.Getenv("BIND_ON_IP") + ":" + os.Getenv("FRONTEND_GRPC_PORT"),
		DefaultNamespace:    os.Getenv(uiNamespace),
		CORS:                uiconfig.CORS{CookieInsecure: true},
		TLS: uiconfig.TLS{
			CaFile: os.Getenv(clientAuthority), CertFile: os.Getenv(clientCertificate), KeyFile: os.Getenv(clientKey),
			EnableHostVerification: os.Getenv(clientAuthority) != "",
		},
	})), nil
}

// migrate creates a database of the server and brings its schema up to date.
func migrate(database, schema string) error {
	base := []string{
		"temporal-sql-tool", "--plugin", os.Getenv("DB"), "--ep", os.Getenv("POSTGRES_SEEDS"), "-p", os.Getenv("DB_PORT"),
		"-u", os.Getenv("POSTGRES_USER"), "--pw", os.Getenv("POSTGRES_PWD"), "--db", database,
	}
	for _, step := range [][]string{
		{"create-database"}, {"setup-schema", "-v", "0.0"}, {"update-schema", "--schema-name", schema},
	} {
		if err := sql.RunTool(append(append([]string{}, base...), step...)); err != nil {
			return fmt.Errorf("schema of database %s, step %s: %w", database, step[0], err)
		}
	}
	return nil
}

// usedIndexes maps the visibility indexes that the marketplace, the web UI and
// the server use to the condition that makes them partial; "" is none.
// keyword01 to keyword05 hold the marketplace's search attributes; a run sets
// one or two of them. The default order lists running and completed runs, and
// filters by status leave completed ones out. The server counts a version's
// running runs to find that it is drained. Every other index costs each
// workflow two writes of some 220 bytes.
var usedIndexes = map[string]string{
	"executions_visibility_pkey": "", "default_idx": "", "by_workflow_id": "", "by_workflow_type": "",
	"by_status":                             "status <> 2", // not completed
	"by_temporal_worker_deployment_version": "status = 1 AND temporalworkerdeploymentversion IS NOT NULL",
	"by_temporal_reported_problems":         "temporalreportedproblems IS NOT NULL",
	"by_temporal_scheduled_by_id":           "temporalscheduledbyid IS NOT NULL",
	"by_temporal_namespace_division":        "temporalnamespacedivision IS NOT NULL",
	"by_keyword_01":                         "keyword01 IS NOT NULL",
	"by_keyword_02":                         "keyword02 IS NOT NULL",
	"by_keyword_03":                         "keyword03 IS NOT NULL",
	"by_keyword_04":                         "keyword04 IS NOT NULL",
	"by_keyword_05":                         "keyword05 IS NOT NULL",
}

// slimVisibility reduces the visibility database to usedIndexes and to
// asynchronous commits. A crash of PostgreSQL may lose the last second of what
// lists of runs show; it does not lose runs.
func slimVisibility(ctx context.Context) error {
	db, err := pgx.ParseConfig(os.Getenv(databaseURL))
	if err != nil {
		return err
	}
	db.Database = os.Getenv(visibilityDatabase)
	conn, err := pgx.ConnectConfig(ctx, db)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	statements := []string{
		"ALTER DATABASE " + pgx.Identifier{db.Database}.Sanitize() + " SET synchronous_commit = off",
	}
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
