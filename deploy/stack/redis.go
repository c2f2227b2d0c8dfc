package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/alicebob/miniredis/v2"
)

// startRedis runs a private redis-server or, where none is available, an in-process stand-in that
// loses its data in a restart (only logins are lost then).
func startRedis(ctx context.Context, st *state, procs *supervisor, s *services, opt serviceOptions) error {
	port, err := s.port("Redis", 16379, opt)
	if err != nil {
		return err
	}
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	bin, err := exec.LookPath("redis-server")
	if err != nil {
		if installErr := install("redis-server"); installErr == nil {
			bin, err = exec.LookPath("redis-server")
		}
	}
	if err != nil && s.certificates != nil {
		return errors.New("no redis-server on this machine, and its stand-in has no TLS: " +
			"install it with your package manager")
	}
	if err != nil {
		s.notes = append(s.notes, "no redis-server on this machine: an in-process stand-in is used")
		s.redisURL = "redis://" + address + "/0"
		return miniredis.NewMiniRedis().StartAddr(address)
	}
	password, err := st.secret("redis-password")
	if err != nil {
		return err
	}
	s.redisURL = "redis://:" + password + "@" + address + "/0"
	// The password is in a file and not on the command line, which all users can read.
	dir := st.path("redis")
	listen := fmt.Sprintf("port %d\n", port)
	if c := s.certificates; c != nil {
		listen = fmt.Sprintf("port 0\ntls-port %d\ntls-cert-file %q\ntls-key-file %q\ntls-ca-cert-file %q\n"+
			"tls-auth-clients no\n", port, c.server, c.serverKey, c.authority)
		s.redisURL = "rediss" + strings.TrimPrefix(s.redisURL, "redis")
	}
	settings := fmt.Sprintf(
		"bind 127.0.0.1\n%sdir %q\ndbfilename redis.rdb\ndatabases 64\nsave 60 1\nappendonly no\nrequirepass %s\n",
		listen, dir, password)
	if err := st.ownedFile(dir, "redis.conf", settings); err != nil {
		return err
	}
	cmd := exec.Command(bin, filepath.Join(dir, "redis.conf"))
	p, err := procs.start("redis", syscall.SIGTERM, st.owner, cmd)
	if err != nil {
		return err
	}
	s.pids["REDIS"] = cmd.Process.Pid
	return p.waitReady(func() error {
		conn, err := s.dial(ctx, address)
		if err != nil {
			return err
		}
		defer conn.Close()
		if _, err := fmt.Fprintf(conn, "AUTH %s\r\nPING\r\n", password); err != nil {
			return err
		}
		_ = conn.SetReadDeadline(time.Now().Add(time.Second))
		answers := make([]byte, len("+OK\r\n+PONG"))
		if _, err := io.ReadFull(conn, answers); err != nil || string(answers) != "+OK\r\n+PONG" {
			return fmt.Errorf("it answers %q: %w", answers, err)
		}
		return nil
	})
}

// dial connects to a service of this stack, encrypted if its services are.
func (s *services) dial(ctx context.Context, address string) (net.Conn, error) {
	dialer := &net.Dialer{Timeout: time.Second}
	cfg, err := s.certificates.asClient()
	switch {
	case err != nil:
		return nil, err
	case cfg == nil:
		return dialer.DialContext(ctx, "tcp", address)
	}
	return (&tls.Dialer{NetDialer: dialer, Config: cfg}).DialContext(ctx, "tcp", address)
}
