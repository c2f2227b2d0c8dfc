// Command market is the whole marketplace: each role is a subcommand.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strconv"
	"syscall"
	"time"

	"go.temporal.io/sdk/client"
	sdkworker "go.temporal.io/sdk/worker"
	"golang.org/x/term"

	"github.com/all-in-market/market/internal/app"
	"github.com/all-in-market/market/internal/auth"
	"github.com/all-in-market/market/internal/config"
	"github.com/all-in-market/market/internal/gateway"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/seed"
	"github.com/all-in-market/market/internal/simclient"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/telemetry"
	"github.com/all-in-market/market/internal/verify"
	"github.com/all-in-market/market/migrations"
	"github.com/all-in-market/market/worker"
)

const usage = `usage: market COMMAND

  all           every role in one process
  api           the API of buyers and sellers, with a worker for its own requests
  admin         the API of admins
  worker        workflows and activities
  simulator     the payment gateway's simulator alone
  migrate       bring database, Temporal namespace and schedules up to date, create the first admin
  schedules     create the Temporal schedules, or bring them up to date
  promote       begin new workflows with the workers of a build [--build ID] [--ramp PERCENT] [--wait 2m]
  seed          demo data, or --profile load [--products N --buyers N --sellers N --orders N]
  staff         manage the accounts of staff: staff list|add|set-role|disable|enable|reset
  reset-otp     let an admin in without its second factor: reset-otp EMAIL, the same as staff reset
  set-email     give an account another address: set-email BUYER|SELLER|ADMIN ID EMAIL
  rotate-keys   seal account numbers that are not sealed with the first of DATA_KEYS
  verify        check on a live database, and with gateway and bank, that money, stock and states agree [--json]
  resume        after a restore, before any other process starts: leave ids out that may be known outside [--skip-ids N]
  redrive       when Temporal's database is lost: start the workflows of waiting rows [--per-second N] [--from POSITION]
  forgotten     after a restore: give charges back that the store does not know: forgotten plan|apply
  codec-server  decrypt payloads for the Temporal CLI and UI, on this machine [--addr 127.0.0.1:8088]
  check-config  try the configuration with each service that it names, without moving money
  version       the version of this program

Configuration comes from the environment; docs/operations.md lists it.
`

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400) // a busy process has memory to spare sooner than CPU
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "market: "+err.Error())
		os.Exit(1)
	}
}

var roles = map[string]app.Roles{
	"all":       {API: true, Admin: true, Worker: true, Simulator: true},
	"api":       {API: true},
	"admin":     {Admin: true},
	"worker":    {Worker: true},
	"simulator": {Simulator: true},
}

func run(ctx context.Context, args []string, out, progress io.Writer) error {
	if len(args) == 0 {
		return errors.New("no command; market help lists them")
	}
	switch command := args[0]; command {
	case "help", "-h", "--help":
		_, err := io.WriteString(out, usage)
		return err
	case "version":
		_, err := fmt.Fprintln(out, version())
		return err
	}
	cfg, err := config.Load()
	if err != nil {
		return err
	}
	if r, ok := roles[args[0]]; ok {
		sdkworker.SetBinaryChecksum(version()) // the name in histories; without it, the SDK hashes the executable
		log := telemetry.NewLogger(out, cfg.LogLevel)
		log.Info("starting", "role", args[0], "version", version(), "config", cfg)
		a, err := app.New(ctx, cfg, log, r)
		if err != nil {
			return err
		}
		return a.Run(ctx)
	}
	ctx = market.WithActor(ctx, market.Actor{Role: market.RoleOperator})
	switch args[0] {
	case "migrate":
		return migrate(ctx, cfg, out)
	case "schedules":
		return app.WithTemporal(cfg, func(c client.Client) error { return worker.EnsureSchedules(ctx, c) })
	case "promote":
		return promote(ctx, cfg, args[1:], out, progress)
	case "seed":
		return runSeed(ctx, cfg, args[1:], progress)
	case "reset-otp":
		if len(args) != 2 {
			return errors.New("usage: market reset-otp EMAIL, of the admin who has lost the device")
		}
		return runStaff(ctx, cfg, []string{"reset", args[1]}, out)
	case "staff":
		return runStaff(ctx, cfg, args[1:], out)
	case "set-email":
		return setEmail(ctx, cfg, args[1:])
	case "rotate-keys":
		return rotateKeys(ctx, cfg, out, progress)
	case "verify":
		return runVerify(ctx, cfg, args[1:], out, progress)
	case "resume":
		return runResume(ctx, cfg, args[1:], out, progress)
	case "redrive":
		return runRedrive(ctx, cfg, args[1:], out, progress)
	case "forgotten":
		return runForgotten(ctx, cfg, args[1:], out, progress)
	case "codec-server":
		return serveCodec(ctx, cfg, args[1:], progress)
	case "check-config":
		return report(app.CheckConfig(ctx, cfg), out)
	}
	return fmt.Errorf("unknown command %q; market help lists them", args[0])
}

// report prints a line for each check and each warning, and fails when a check has failed.
func report(checks []app.Checked, out io.Writer) error {
	failed := 0
	for _, c := range checks {
		switch {
		case c.Problem != nil:
			failed++
			fmt.Fprintf(out, "FAILED  %s: %v\n", c.Name, c.Problem)
		case len(c.Warnings) == 0:
			fmt.Fprintf(out, "ok      %s\n", c.Name)
		}
		for _, w := range c.Warnings {
			fmt.Fprintf(out, "warning %s: %s\n", c.Name, w)
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d checks have failed", failed)
	}
	return nil
}

// setEmail gives an account another address.
func setEmail(ctx context.Context, cfg config.Config, args []string) error {
	if len(args) != 3 {
		return errors.New("usage: market set-email BUYER|SELLER|ADMIN ID EMAIL")
	}
	role := market.Role(args[0])
	if role != market.RoleBuyer && role != market.RoleSeller && role != market.RoleAdmin {
		return fmt.Errorf("role %q: want BUYER, SELLER or ADMIN", args[0])
	}
	id, err := strconv.ParseInt(args[1], 10, 64)
	if err != nil {
		return fmt.Errorf("account id: %w", err)
	}
	email, err := market.ParseEmail(args[2])
	if err != nil {
		return fmt.Errorf("%q: %w", args[2], err)
	}
	return withStore(ctx, cfg, func(s *store.Store) error { return s.SetEmail(ctx, role, id, email) })
}

// rotateKeys seals account numbers with the current master key.
func rotateKeys(ctx context.Context, cfg config.Config, out, progress io.Writer) error {
	return withStore(ctx, cfg, func(s *store.Store) error {
		n, err := s.SealBankAccounts(ctx, func(sealed int) { fmt.Fprintf(progress, "%d account numbers sealed\n", sealed) })
		if err != nil {
			return fmt.Errorf("%w; %d are sealed, and the command goes on with the others when it is started again", err, n)
		}
		fmt.Fprintf(out, "%d account numbers were sealed; all are sealed with the first of DATA_KEYS\n", n)
		return nil
	})
}

func migrate(ctx context.Context, cfg config.Config, out io.Writer) error {
	err := withStore(ctx, cfg, func(s *store.Store) error {
		pooled, err := s.ThroughPooler(ctx)
		if pooled {
			return errors.New("DATABASE_URL leads through a connection pooler; migrations hold a lock of their session: " +
				"connect to PostgreSQL itself")
		}
		return err
	})
	if err != nil {
		return err
	}
	applied, err := migrations.Up(ctx, cfg.DatabaseURL)
	for _, name := range applied {
		fmt.Fprintln(out, "applied", name)
	}
	if err != nil {
		return err
	}
	if cfg.AdminEmail != "" {
		if err := firstAdmin(ctx, cfg); err != nil {
			return fmt.Errorf("first admin: %w", err)
		}
	}
	return app.WithTemporal(cfg, func(c client.Client) error {
		if err := worker.EnsureNamespace(ctx, c, cfg.TemporalNamespace); err != nil || cfg.WorkerBuildID != "" {
			return err // promote sets the schedules of a build
		}
		return worker.EnsureSchedules(ctx, c)
	})
}

// promote makes a build's workers, or those without versions, the current ones and sets the schedules if that build is
// this program's, or gives the build a share of new workflows. It prints a line for each build.
func promote(ctx context.Context, cfg config.Config, args []string, out, progress io.Writer) error {
	flags := flag.NewFlagSet("promote", flag.ContinueOnError)
	flags.SetOutput(progress)
	build := flags.String("build", cfg.WorkerBuildID, "the build; its default is WORKER_BUILD_ID")
	ramp := flags.Float64("ramp", 0, "have it begin this percentage of new workflows instead; 0 ends any ramp")
	unversioned := flags.Bool("unversioned", false, "begin new workflows with workers without WORKER_BUILD_ID again")
	wait := flags.Duration("wait", 2*time.Minute, "how long to wait for the build's workers to be there")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	ramps := false
	flags.Visit(func(f *flag.Flag) { ramps = ramps || f.Name == "ramp" })
	if !(*ramp >= 0 && *ramp <= 100) {
		return fmt.Errorf("--ramp %g: want a percentage from 0 to 100", *ramp)
	}
	switch {
	case *unversioned && (*build != "" || ramps):
		return errors.New("--unversioned goes with neither a build nor --ramp")
	case *build == "" && !*unversioned:
		return errors.New("no build is named: set WORKER_BUILD_ID, or use --build")
	}
	return app.WithTemporal(cfg, func(c client.Client) error {
		waiting, cancel := context.WithTimeout(ctx, *wait)
		defer cancel()
		if ramps {
			if err := worker.Ramp(waiting, c, *build, float32(*ramp)); err != nil {
				return err
			}
			return listBuilds(ctx, c, out)
		}
		if err := worker.Promote(waiting, c, *build); err != nil {
			return err
		}
		if *build == cfg.WorkerBuildID || cfg.WorkerBuildID == "" {
			if err := worker.EnsureSchedules(ctx, c); err != nil {
				return err
			}
		} else {
			fmt.Fprintf(progress, "The schedules stay as they are: set them with `market schedules` of build %s.\n", *build)
		}
		return listBuilds(ctx, c, out)
	})
}

// listBuilds prints a line for each build that workers have had: its state, a ramp's percentage, and its id.
func listBuilds(ctx context.Context, c client.Client, out io.Writer) error {
	versions, err := worker.Versions(ctx, c)
	for _, v := range versions {
		state := v.State
		if v.State == "RAMPING" {
			state = fmt.Sprintf("RAMPING %g%%", v.Percentage)
		}
		fmt.Fprintf(out, "%-9s %s\n", state, v.BuildID)
	}
	return err
}

func firstAdmin(ctx context.Context, cfg config.Config) error {
	if err := cfg.CheckAdminPassword(); err != nil {
		return err
	}
	if auth.CommonPassword(cfg.AdminPassword) {
		return errors.New("ADMIN_PASSWORD is one of the most common passwords: choose another")
	}
	email, err := market.ParseEmail(cfg.AdminEmail)
	if err != nil {
		return fmt.Errorf("ADMIN_EMAIL %q: %w", cfg.AdminEmail, err)
	}
	password, err := market.CanonicalText("ADMIN_PASSWORD", cfg.AdminPassword, market.TextSecret) // as a login sends it
	if err != nil {
		return err
	}
	hash, err := auth.HashPassword(password, cfg.BcryptCost)
	if err != nil {
		return err
	}
	return withStore(ctx, cfg, func(s *store.Store) error {
		_, err := s.CreateAdmin(ctx, email, hash, "John Cena")
		return err
	})
}

func runSeed(ctx context.Context, cfg config.Config, args []string, progress io.Writer) error {
	flags := flag.NewFlagSet("seed", flag.ContinueOnError)
	flags.SetOutput(progress)
	profile := flags.String("profile", "demo", "demo, or load")
	counts := seed.DefaultCounts
	flags.IntVar(&counts.Products, "products", counts.Products, "products of the load profile")
	flags.IntVar(&counts.Buyers, "buyers", counts.Buyers, "buyers of the load profile")
	flags.IntVar(&counts.Sellers, "sellers", counts.Sellers, "sellers of the load profile")
	flags.IntVar(&counts.Orders, "orders", counts.Orders, "paid orders of the load profile")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if !cfg.Local() {
		return errors.New(
			"seed creates accounts whose passwords everybody knows: it works in the local profile only (MARKET_PROFILE=local)")
	}
	return withStore(ctx, cfg, func(s *store.Store) error {
		switch *profile {
		case "demo":
			return seed.Demo(ctx, s, cfg.BcryptCost)
		case "load":
			return seed.Load(ctx, s.Pool(), counts, cfg.BcryptCost, time.Now(), progress)
		}
		return fmt.Errorf("unknown profile %q: use demo or load", *profile)
	})
}

// runVerify prints one line for each finding, and fails when there is one.
func runVerify(ctx context.Context, cfg config.Config, args []string, out, progress io.Writer) error {
	flags := flag.NewFlagSet("verify", flag.ContinueOnError)
	flags.SetOutput(progress)
	asJSON := flags.Bool("json", false, "print the findings as one JSON array")
	if err := flags.Parse(args); err != nil {
		return err
	}
	return withStore(ctx, cfg, func(s *store.Store) error {
		books := verify.Books{Store: s, Gateways: app.Gateways(cfg, nil, app.Plain)}
		if address := cfg.Bank(); address != "" {
			books.Bank = simclient.NewBank(address, time.Minute)
		}
		report := func(verify.Progress) {}
		if f, ok := progress.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
			report = func(p verify.Progress) { fmt.Fprintf(progress, "\r\033[K%d of %d: %s", p.Done, p.Total, p.Rule) }
			defer fmt.Fprint(progress, "\r\033[K")
		}
		findings, err := verify.Run(ctx, books, report)
		if err != nil {
			return err
		}
		if *asJSON {
			if err := json.NewEncoder(out).Encode(append([]store.Finding{}, findings...)); err != nil {
				return err
			}
		} else {
			for _, f := range findings {
				fmt.Fprintln(out, f)
			}
		}
		if err := printAuditHead(ctx, s, out, *asJSON); err != nil {
			return err
		}
		switch {
		case len(findings) > 0:
			return fmt.Errorf("%d findings", len(findings))
		case *asJSON:
		case books.Gateways == (gateway.Providers{}) || books.Bank == nil:
			fmt.Fprintln(out, "money, stock and states agree; providers of payments, or the bank, were not asked, since "+
				"PORTONE_API_SECRET and GATEWAY_URL, or BANK_URL, are not set")
		default:
			fmt.Fprintln(out, "money, stock and states agree, and so do gateway and bank")
		}
		return nil
	})
}

// skippedIDs exceeds the ids that a marketplace assigns between two backups.
const skippedIDs = 1_000_000

// runResume prepares a database that was restored from a backup.
func runResume(ctx context.Context, cfg config.Config, args []string, out, progress io.Writer) error {
	flags := flag.NewFlagSet("resume", flag.ContinueOnError)
	flags.SetOutput(progress)
	ids := flags.Int64("skip-ids", skippedIDs, "ids that are left out: more than were given away since the backup")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *ids <= 0 {
		return errors.New("--skip-ids must be above 0")
	}
	return withStore(ctx, cfg, func(s *store.Store) error {
		tables, err := s.SkipIDs(ctx, *ids)
		if err == nil {
			_, err = s.ExtendPartitions(ctx)
		}
		if err == nil {
			err = s.NoteAction(ctx, market.Action{Name: "RESTORED", Reason: fmt.Sprintf("%d ids are left out", *ids)})
		}
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(out, "%d tables leave %d ids out. Empty Redis, start the processes, and run market verify: "+
			"workers drive on what is unfinished, and verify names what gateway and bank know of and the books do not.\n",
			tables, *ids)
		return err
	})
}

// printAuditHead prints the last place of the audit log's chain, to be kept elsewhere.
func printAuditHead(ctx context.Context, s *store.Store, out io.Writer, asJSON bool) error {
	position, hash, err := s.AuditHead(ctx)
	if err != nil || asJSON || position == 0 {
		return err
	}
	_, err = fmt.Fprintf(out, "the audit log's chain ends at place %d with %s\n", position, hash)
	return err
}

func withStore(ctx context.Context, cfg config.Config, f func(*store.Store) error) error {
	opt := store.Options{MaxConns: 4, PayoutsPerSecond: cfg.PayoutsPerSecond}
	if cfg.Local() || cfg.DataKeys != "" { // most commands, such as migrate, need no keys
		personal, err := cfg.Vault()
		if err != nil {
			return err
		}
		opt.Vault = personal
	}
	s, err := store.Open(ctx, cfg.DatabaseURL, opt)
	if err != nil {
		return err
	}
	defer s.Close()
	return f(s)
}

// version returns the commit that the program was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value[:min(12, len(s.Value))]
		}
	}
	return info.Main.Version
}
