// Command stack runs everything that the marketplace needs on one machine:
// PostgreSQL, Redis, a Temporal server with its web UI, a mailbox, and the marketplace.
//
//	stack run              start all of it, print the addresses, stop on Ctrl-C
//	stack stop             stop the one that runs in this folder
//	stack exec -- CMD ...  run CMD against a fresh, throw-away stack
//
// A service whose address is in the environment (DATABASE_URL, REDIS_URL,
// TEMPORAL_ADDRESS, SMTP_URL) is used as it is and not started. The Temporal
// server is the binary that TEMPORAL_SERVER names; see deploy/temporal. PostgreSQL's programs are those in the folder
// POSTGRES_BIN, which CMD finds first on its PATH, or those of the newest version that is installed.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
)

const usage = `usage:
  stack run                        start the marketplace and what it needs; Ctrl-C stops it
  stack stop                       stop the marketplace that runs in this folder
  stack exec [FLAGS] -- CMD        run CMD against a throw-away stack
                                   --durable: PostgreSQL waits for the disk, as in production
                                   --browser: with a Chromium, which is installed if need be
                                   --tls: every connection is encrypted, and Temporal asks for certificates
                                   --replica: with a replica of PostgreSQL
                                   --pooler: with PgBouncer in front of PostgreSQL, for marketplaces
                                   --nodes N: Temporal is a cluster of N nodes, 127.0.0.1 to 127.0.0.N (Linux)
                                   --restart: what dies is started again, so that CMD may kill it`

func main() {
	ctx, stop := untilSignalled()
	defer stop()
	err := errors.New(usage)
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case "run":
			err = run(ctx)
		case "stop":
			err = stopRunning(ctx, keptStateDir())
		case "exec":
			err = execute(ctx, os.Args[2:])
		}
	}
	stop()
	exit(err)
}

// untilSignalled returns a context that ends when the process receives a signal to stop. Shells
// without job control start background processes with SIGINT ignored; it stops the stack
// nevertheless. SIGHUP stops it unless nohup has it ignored.
func untilSignalled() (context.Context, context.CancelFunc) {
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		signals = append(signals, syscall.SIGHUP)
	}
	return signal.NotifyContext(context.Background(), signals...)
}

// exit ends the program: with the status of the command that exec ran, which has reported why, or with
// 1 and the error on stderr. An error that wraps the status of another command is one of the latter.
func exit(err error) {
	status, ofCommand := err.(*exec.ExitError) //nolint:errorlint // see above
	switch {
	case err == nil:
		os.Exit(0)
	case ofCommand && status.ExitCode() > 0:
		os.Exit(status.ExitCode())
	default:
		fmt.Fprintln(os.Stderr, "stack: "+err.Error())
		os.Exit(1)
	}
}

// run starts the stack on the kept state folder and serves until ctx ends.
func run(ctx context.Context) (err error) {
	st, err := openState(keptStateDir())
	if err != nil {
		return err
	}
	defer st.close()
	procs := newSupervisor(st)
	defer func() { procs.stopAll() }()

	options := serviceOptions{durable: true, temporalCLI: true, verbose: true}
	services, err := startServices(ctx, st, procs, options)
	if err != nil {
		return interrupted(ctx, err)
	}
	banner, err := startMarket(ctx, st, procs, services, options)
	if err != nil {
		return interrupted(ctx, err)
	}
	fmt.Print(banner)
	select {
	case <-ctx.Done():
		fmt.Println("\nstopping ...")
		return nil
	case died := <-procs.died:
		return died
	}
}

// interrupted hides the error that the user's own Ctrl-C caused during start-up.
func interrupted(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return errors.New("interrupted; everything that was started has been stopped")
	}
	return err
}

// execute runs a command with the addresses of a throw-away stack in its
// environment, and removes the stack when the command has ended.
func execute(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("exec", flag.ContinueOnError)
	flags.Usage = func() {}
	durable := flags.Bool("durable", false, "wait for the disk at each commit")
	restart := flags.Bool("restart", false, "start again what dies")
	browser := flags.Bool("browser", false, "see to it that there is a Chromium, named in CHROMIUM")
	replica := flags.Bool("replica", false, "start a replica of PostgreSQL, named in DATABASE_REPLICA_URL")
	pooler := flags.Bool("pooler", false, "start PgBouncer, whose address is in DATABASE_POOLER")
	encrypted := flags.Bool("tls", false, "encrypt every connection")
	nodes := flags.Int("nodes", 1, "nodes of the Temporal server")
	err := flags.Parse(args)
	if err != nil || flags.NArg() == 0 || *nodes < 1 || *nodes > 9 || (*nodes > 1 && *encrypted) {
		return errors.New(usage)
	}
	dir, err := os.MkdirTemp("", "all-in-market-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	st, err := openState(dir)
	if err != nil {
		return err
	}
	defer st.close()
	procs := newSupervisor(st)
	defer procs.stopAll()

	services, err := startServices(ctx, st, procs, serviceOptions{
		durable: *durable, replica: *replica, pooler: *pooler, tls: *encrypted, nodes: *nodes, anyPorts: true,
	})
	if err != nil {
		return interrupted(ctx, err)
	}
	procs.mu.Lock()
	procs.restart = *restart // a first start that fails is no reason to try again
	procs.mu.Unlock()
	cmd := exec.Command(flags.Arg(0), flags.Args()[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = append(os.Environ(), services.environment()...)
	if dir := os.Getenv("POSTGRES_BIN"); dir != "" {
		cmd.Env = append(cmd.Env, "PATH="+dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	}
	cmd.Env = append(cmd.Env, "STACK_PIDS="+st.path("pids"), "STACK_LOGS="+st.path("log"))
	if *browser {
		path, err := chromium()
		if err != nil {
			return err
		}
		cmd.Env = append(cmd.Env, "CHROMIUM="+path)
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("cannot run %s: %w", strings.Join(flags.Args(), " "), err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case err := <-ended:
		return err
	case died := <-procs.died:
		_ = cmd.Process.Signal(syscall.SIGTERM)
		<-ended
		return died
	case <-ctx.Done():
		_ = cmd.Process.Signal(syscall.SIGTERM)
		<-ended
		return errors.New("interrupted")
	}
}
