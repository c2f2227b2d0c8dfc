package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os/exec"
	"strconv"
	"syscall"
	"time"
)

// startPgBouncer runs PgBouncer in transaction mode in front of this stack's PostgreSQL. Its pools are
// small, so that clients really share connections.
func startPgBouncer(ctx context.Context, st *state, procs *supervisor, s *services, opt serviceOptions) error {
	bin, err := exec.LookPath("pgbouncer")
	if err != nil {
		if err := install("pgbouncer"); err != nil {
			return err
		}
		if bin, err = exec.LookPath("pgbouncer"); err != nil {
			return err
		}
	}
	server, err := url.Parse(s.databaseURL)
	if err != nil {
		return err
	}
	password, known := server.User.Password()
	if !known {
		return errors.New("DATABASE_URL has no password, which PgBouncer needs to ask for those of others")
	}
	port, err := s.port("PgBouncer", 16432, opt)
	if err != nil {
		return err
	}
	dir := st.path("pgbouncer")
	if err := st.ownedFile(dir, "users.txt", fmt.Sprintf("%q %q\n", server.User.Username(), password)); err != nil {
		return err
	}
	settings := fmt.Sprintf(`[databases]
* = host=%s port=%s
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = %d
unix_socket_dir =
auth_type = scram-sha-256
auth_file = %s/users.txt
auth_user = %s
auth_query = SELECT rolname, rolpassword FROM pg_authid WHERE rolname = $1
pool_mode = transaction
default_pool_size = 8
max_client_conn = 2000
`, server.Hostname(), server.Port(), port, dir, server.User.Username())
	if err := st.ownedFile(dir, "pgbouncer.ini", settings); err != nil {
		return err
	}
	cmd := exec.Command(bin, "-q", dir+"/pgbouncer.ini")
	p, err := procs.start("pgbouncer", syscall.SIGTERM, st.owner, cmd)
	if err != nil {
		return err
	}
	s.pooler = net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	server.Host = s.pooler
	return p.waitReady(func() error { return pingDatabase(ctx, server.String(), time.Second) })
}
