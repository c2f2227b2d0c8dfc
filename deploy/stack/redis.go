package main

import (
	"context"
	"fmt"
	"net"
	"os/exec"
	"strconv"
	"syscall"
	"time"

	"github.com/alicebob/miniredis/v2"
)

// startRedis runs a private redis-server or, where none can be had, an
// in-process stand-in that keeps nothing over a restart (logins are lost then, no fact is).
func startRedis(ctx context.Context, st *state, procs *supervisor, s *services, opt serviceOptions) error {
	port, err := s.port("Redis", 16379, opt)
	if err != nil {
		return err
	}
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	s.redisURL = "redis://" + address + "/0"
	bin, err := exec.LookPath("redis-server")
	if err != nil {
		if installErr := install("redis-server"); installErr == nil {
			bin, err = exec.LookPath("redis-server")
		}
	}
	if err != nil {
		s.notes = append(s.notes, "no redis-server on this machine: an in-process stand-in is used")
		return miniredis.NewMiniRedis().StartAddr(address)
	}
	cmd := exec.Command(bin, "--bind", "127.0.0.1", "--port", strconv.Itoa(port), "--dir", st.dir, "--dbfilename", "redis.rdb", "--databases", "64", "--save", "60 1", "--appendonly", "no")
	p, err := procs.start("redis", syscall.SIGTERM, nil, cmd)
	if err != nil {
		return err
	}
	s.pids["REDIS"] = cmd.Process.Pid
	return p.waitReady(func() error {
		conn, err := (&net.Dialer{Timeout: time.Second}).DialContext(ctx, "tcp", address)
		if err != nil {
			return err
		}
		defer conn.Close()
		if _, err := fmt.Fprint(conn, "PING\r\n"); err != nil {
			return err
		}
		_ = conn.SetReadDeadline(time.Now().Add(time.Second))
		answer := make([]byte, 5)
		if _, err := conn.Read(answer); err != nil || string(answer) != "+PONG" {
			return fmt.Errorf("it answers %q: %w", answer, err)
		}
		return nil
	})
}
