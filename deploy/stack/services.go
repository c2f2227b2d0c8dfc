package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// services are the addresses that the marketplace is run with.
type services struct {
	databaseURL, redisURL, temporalAddress, temporalUI string
	temporalHTTP, replicaURL, pooler                   string
	smtpURL, mailboxURL                                string
	portOneURL                                         string        // of its simulator; "" for a real store
	portOne                                            []string      // settings of the marketplace for PortOne
	certificates                                       *certificates // nil without TLS
	// notes for the user: ports that moved, stand-ins used
	notes []string
	pids  map[string]int
}

type serviceOptions struct {
	verbose  bool // print what is started
	durable  bool // PostgreSQL waits for the disk
	tls      bool // each service takes encrypted connections alone, and Temporal's clients have certificates
	replica  bool // PostgreSQL has a replica, of ours
	pooler   bool // PgBouncer stands in front of PostgreSQL
	nodes    int  // of the own Temporal server; more than one are a cluster
	anyPorts bool // take free ports instead of the well-known ones

	temporalCLI bool // prefer the development server of an installed Temporal CLI
}

// environment is the services' addresses as variables, with the process ids
// of what was started here, so that a benchmark can account for their CPU.
func (s *services) environment() []string {
	env := []string{
		"DATABASE_URL=" + s.databaseURL,
		"REDIS_URL=" + s.redisURL,
		"DATABASE_REPLICA_URL=" + s.replicaURL,
		"DATABASE_POOLER=" + s.pooler,
		"TEMPORAL_ADDRESS=" + s.temporalAddress,
		"TEMPORAL_UI_URL=" + s.temporalUI,
		"TEMPORAL_HTTP_ADDRESS=" + s.temporalHTTP,
		"SMTP_URL=" + s.smtpURL,
		"MAILBOX_URL=" + s.mailboxURL,
	}
	if c := s.certificates; c != nil {
		env = append(env, "SSL_CERT_DIR="+c.dir, "TEMPORAL_TLS=true", "TEMPORAL_TLS_CLIENT_CERT_PATH="+c.client,
			"TEMPORAL_TLS_CLIENT_KEY_PATH="+c.clientKey)
	}
	for name, pid := range s.pids {
		env = append(env, fmt.Sprintf("STACK_PID_%s=%d", name, pid))
	}
	return env
}

// starting prints the name of a starting service if the options are verbose.
func (o serviceOptions) starting(what string) {
	if o.verbose {
		fmt.Fprintln(os.Stderr, what, "...")
	}
}

// startServices starts, in this order, PostgreSQL, Redis, Temporal and a mailbox, each
// only if the environment does not give its address.
func startServices(ctx context.Context, st *state, procs *supervisor, opt serviceOptions) (*services, error) {
	s := &services{
		databaseURL:     os.Getenv("DATABASE_URL"),
		redisURL:        os.Getenv("REDIS_URL"),
		temporalAddress: os.Getenv("TEMPORAL_ADDRESS"),
		temporalUI:      os.Getenv("TEMPORAL_UI_URL"),
		smtpURL:         os.Getenv("SMTP_URL"),
		pids:            map[string]int{},
	}
	if opt.tls {
		var err error
		if s.certificates, err = makeCertificates(st); err != nil {
			return nil, fmt.Errorf("certificates: %w", err)
		}
	}
	if s.databaseURL == "" {
		opt.starting("starting PostgreSQL")
		if err := startPostgres(ctx, st, procs, s, opt); err != nil {
			return nil, fmt.Errorf("PostgreSQL: %w", err)
		}
	} else if err := pingDatabase(ctx, s.databaseURL, 5*time.Second); err != nil {
		return nil, fmt.Errorf("DATABASE_URL does not answer: %s; correct it, or unset it to use a private PostgreSQL",
			strings.Join(strings.Fields(err.Error()), " "))
	}
	if opt.pooler {
		if err := startPgBouncer(ctx, st, procs, s, opt); err != nil {
			return nil, fmt.Errorf("PgBouncer: %w", err)
		}
	}
	if s.redisURL == "" {
		opt.starting("starting Redis")
		if err := startRedis(ctx, st, procs, s, opt); err != nil {
			return nil, fmt.Errorf("redis: %w", err)
		}
	}
	if s.temporalAddress == "" {
		opt.starting("starting Temporal")
		if err := startTemporal(ctx, st, procs, s, opt); err != nil {
			return nil, fmt.Errorf("the Temporal server: %w", err)
		}
	}
	if s.smtpURL == "" {
		if err := startMailbox(ctx, s, opt); err != nil {
			return nil, fmt.Errorf("the mailbox: %w", err)
		}
	}
	return s, nil
}

// pingDatabase waits until the database answers. Only a server that is not up
// yet is worth waiting for: a refused password is reported at once.
func pingDatabase(ctx context.Context, databaseURL string, patience time.Duration) error {
	if _, err := url.Parse(databaseURL); err != nil {
		return errors.New("it is not a URL of the form postgres://user:password@host:port/database")
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return poll(ctx, func() error {
		conn, err := pgx.Connect(ctx, databaseURL)
		if err != nil {
			return err
		}
		return conn.Close(ctx)
	})
}

// poll calls ready until it succeeds or ctx ends, and returns ready's last error.
func poll(ctx context.Context, ready func() error) error {
	for {
		err := ready()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(50 * time.Millisecond):
		}
	}
}
