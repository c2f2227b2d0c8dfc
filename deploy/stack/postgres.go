package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

const databaseName = "market"

// startPostgres runs a private cluster from the machine's server binaries.
func startPostgres(ctx context.Context, st *state, procs *supervisor, s *services, opt serviceOptions) error {
	bin, err := postgresBinaries()
	if err != nil {
		return err
	}
	if st.owner, err = unprivileged(); err != nil { // an installation may have made the user postgres
		return err
	}
	password, err := st.secret("postgres-password")
	if err != nil {
		return err
	}
	data := st.path("postgres")
	if err := initCluster(ctx, st, bin, data); err != nil {
		return err
	}
	port, err := s.port("PostgreSQL", 15432, opt)
	if err != nil {
		return err
	}
	args := []string{"-h", "127.0.0.1",
		"-c", "unix_socket_directories=", "-c", "max_connections=" + connections(opt), "-c", "shared_buffers=512MB",
		"-c", "max_wal_size=4GB", "-c", "min_wal_size=256MB", "-c", "checkpoint_timeout=15min",
		"-c", "random_page_cost=1.1", "-c", "effective_cache_size=4GB", "-c", "jit=off",
		"-c", "max_locks_per_transaction=256", "-c", "autovacuum_vacuum_cost_limit=2000", "-c", "track_io_timing=on",
		"-c", "wal_compression=" + walCompression(st, bin, data),
		"-c", "log_error_verbosity=terse"} // its details would be values of rows, such as mail addresses
	if !opt.durable {
		args = append(args, "-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off")
	}
	// Count statements, for inspection and the benchmark, if the server has the extension.
	if _, err := os.Stat(filepath.Join(bin, "..", "lib", "pg_stat_statements.so")); err == nil {
		args = append(args, "-c", "shared_preload_libraries=pg_stat_statements",
			"-c", "pg_stat_statements.track_planning=on")
	}
	transport := "sslmode=disable"
	if c := s.certificates; c != nil {
		args = append(args, "-c", "ssl=on", "-c", "ssl_cert_file="+c.server, "-c", "ssl_key_file="+c.serverKey)
		transport = "sslmode=verify-full&sslrootcert=" + c.authority
		if err := st.ownedFile(data, "pg_hba.conf", "hostssl all all 127.0.0.1/32 scram-sha-256\n"); err != nil {
			return err
		}
	}
	server := func(data string, port int) *exec.Cmd {
		place := []string{"-D", data, "-p", strconv.Itoa(port)}
		cmd := exec.Command(filepath.Join(bin, "postgres"), append(place, args...)...)
		cmd.Dir = data
		return cmd
	}
	cmd := server(data, port)
	// SIGINT is PostgreSQL's fast shutdown: it ends sessions and writes a checkpoint.
	p, err := procs.start("postgres", syscall.SIGINT, st.owner, cmd)
	if err != nil {
		return err
	}
	s.pids["POSTGRES"] = cmd.Process.Pid
	s.databaseURL = fmt.Sprintf("postgres://postgres:%s@127.0.0.1:%d/%s?%s", password, port, databaseName, transport)
	admin := strings.Replace(s.databaseURL, "/"+databaseName+"?", "/postgres?", 1)
	if err := p.waitReady(func() error { return pingDatabase(ctx, admin, time.Second) }); err != nil {
		return err
	}
	if err := createDatabase(ctx, admin, databaseName); err != nil || !opt.replica {
		return err
	}
	copied := st.path("postgres-replica")
	if err := copyCluster(ctx, st, bin, port, password, copied); err != nil {
		return err
	}
	if port, err = s.port("PostgreSQL's replica", 15433, opt); err != nil {
		return err
	}
	if p, err = procs.start("postgres-replica", syscall.SIGINT, st.owner, server(copied, port)); err != nil {
		return err
	}
	s.replicaURL = fmt.Sprintf("postgres://postgres:%s@127.0.0.1:%d/%s?%s", password, port, databaseName, transport)
	return p.waitReady(func() error { return pingDatabase(ctx, s.replicaURL, time.Second) })
}

// walCompression returns the best method of compression that the server was built with.
func walCompression(st *state, bin, data string) string {
	cmd := exec.Command(filepath.Join(bin, "postgres"), "-D", data, "-c", "wal_compression=lz4", "-C",
		"wal_compression")
	cmd.Dir = data
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: st.owner}
	if cmd.Run() != nil {
		return "pglz"
	}
	return "lz4"
}

// connections returns how many connections the server takes: tests run many marketplaces at once.
func connections(opt serviceOptions) string {
	if opt.durable {
		return strconv.Itoa(300 + 100*max(0, opt.nodes-1))
	}
	return "1000"
}

// copyCluster copies the running cluster into a folder, which is set up to follow it.
func copyCluster(ctx context.Context, st *state, bin string, port int, password, data string) error {
	if err := os.Mkdir(data, 0o700); err != nil {
		return err
	}
	if st.owner != nil {
		if err := os.Chown(data, int(st.owner.Uid), int(st.owner.Gid)); err != nil {
			return err
		}
	}
	cmd := exec.CommandContext(ctx, filepath.Join(bin, "pg_basebackup"), "-D", data,
		"-h", "127.0.0.1", "-p", strconv.Itoa(port), "-U", "postgres", "--write-recovery-conf", "--checkpoint=fast")
	cmd.Env, cmd.Dir = append(os.Environ(), "PGPASSWORD="+password), "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: st.owner}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("pg_basebackup: %w: %s", err, out)
	}
	return nil
}

func createDatabase(ctx context.Context, adminURL, name string) error {
	conn, err := pgx.Connect(ctx, adminURL)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	var exists bool
	if err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)",
		name).Scan(&exists); err != nil || exists {
		return err
	}
	_, err = conn.Exec(ctx, "CREATE DATABASE "+pgx.Identifier{name}.Sanitize())
	return err
}

// initCluster makes the cluster at the first start. It is made beside its place
// and moved there when whole, so that an interrupted start leaves no half cluster.
func initCluster(ctx context.Context, st *state, bin, data string) error {
	if _, err := os.Stat(data); err == nil {
		return nil
	}
	fresh := data + ".new"
	if err := os.RemoveAll(fresh); err != nil {
		return err
	}
	if err := os.Mkdir(fresh, 0o700); err != nil {
		return err
	}
	passwordFile := st.path("postgres-password.init")
	defer os.Remove(passwordFile)
	secret, err := os.ReadFile(st.path("postgres-password"))
	if err == nil {
		err = os.WriteFile(passwordFile, secret, 0o600)
	}
	if err == nil && st.owner != nil {
		err = errors.Join(os.Chown(fresh, int(st.owner.Uid), int(st.owner.Gid)),
			os.Chown(passwordFile, int(st.owner.Uid), int(st.owner.Gid)))
	}
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, filepath.Join(bin, "initdb"), "-D", fresh, "-U", "postgres", "--auth=scram-sha-256",
		"--pwfile="+passwordFile, "--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions")
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: st.owner}
	if out, err := cmd.CombinedOutput(); err != nil {
		lines := strings.Split(strings.TrimSpace(string(out)), "\n")
		return fmt.Errorf("initdb: %w: %s", err, lines[len(lines)-1])
	}
	return os.Rename(fresh, data)
}

// postgresBinaries returns the folder of the server's programs: POSTGRES_BIN, or else the newest
// version that it finds. It installs them if that is possible without a prompt.
func postgresBinaries() (string, error) {
	if dir := os.Getenv("POSTGRES_BIN"); dir != "" {
		if _, err := os.Stat(filepath.Join(dir, "initdb")); err != nil {
			return "", fmt.Errorf("POSTGRES_BIN must name a folder with PostgreSQL's programs: %w", err)
		}
		return dir, nil
	}
	if dir := findPostgres(); dir != "" {
		return dir, nil
	}
	installErr := install("postgresql")
	if dir := findPostgres(); dir != "" {
		return dir, nil
	}
	return "", fmt.Errorf(
		"no server binaries found (%w): install PostgreSQL 15 or newer with your package manager, or set DATABASE_URL to a server",
		installErr)
}

func findPostgres() string {
	var dirs []string
	for _, pattern := range []string{
		"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql*/bin",
		"/usr/local/opt/postgresql*/bin", "/usr/local/pgsql/bin",
	} {
		found, _ := filepath.Glob(pattern)
		dirs = append(dirs, found...)
	}
	slices.SortFunc(dirs, func(a, b string) int { return version(b) - version(a) })
	if p, err := exec.LookPath("postgres"); err == nil {
		dirs = append(dirs, filepath.Dir(p))
	}
	for _, d := range dirs {
		if _, err := os.Stat(filepath.Join(d, "initdb")); err == nil {
			return d
		}
	}
	return ""
}

// version returns the number in a folder's name: 15 for /usr/lib/postgresql/15/bin.
func version(dir string) int {
	digits := strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, filepath.Base(filepath.Dir(dir)))
	n, _ := strconv.Atoi(digits)
	return n
}

// install installs a package with the machine's package manager when that is
// possible without a question: as root, through sudo without a password, or with brew.
func install(pkg string) error {
	var steps [][]string
	has := func(name string) bool { _, err := exec.LookPath(name); return err == nil }
	switch {
	case has("apt-get"):
		steps = [][]string{{"apt-get", "update", "-qq"},
			{"apt-get", "install", "-y", "-qq", "--no-install-recommends", pkg}}
	case has("dnf"):
		names := map[string]string{"postgresql": "postgresql-server", "redis-server": "redis"}
		steps = [][]string{{"dnf", "install", "-y", "-q", cmp.Or(names[pkg], pkg)}}
	case has("apk"):
		steps = [][]string{{"apk", "add", "-q", cmp.Or(map[string]string{"redis-server": "redis"}[pkg], pkg)}}
	case runtime.GOOS == "darwin" && has("brew"):
		names := map[string]string{"postgresql": "postgresql@17", "redis-server": "redis"}
		steps = [][]string{{"brew", "install", "-q", cmp.Or(names[pkg], pkg)}}
	default:
		return errors.New("no known package manager")
	}
	for _, step := range steps {
		if os.Getuid() != 0 && step[0] != "brew" {
			step = append([]string{"sudo", "-n"}, step...)
		}
		fmt.Fprintln(os.Stderr, "installing: "+strings.Join(step, " "))
		cmd := exec.Command(step[0], step[1:]...)
		cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
		if out, err := cmd.CombinedOutput(); err != nil {
			lines := strings.Split(strings.TrimSpace(string(out)), "\n")
			return fmt.Errorf("%s: %w: %s", strings.Join(step, " "), err, lines[len(lines)-1])
		}
	}
	return nil
}
