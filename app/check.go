package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.temporal.io/sdk/client"

	"github.com/all-in-market/market/internal/cache"
	"github.com/all-in-market/market/internal/config"
	"github.com/all-in-market/market/internal/gateway/portone"
	"github.com/all-in-market/market/internal/mail"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/workflows"
)

// checkTimeout bounds the check of one service.
const checkTimeout = 15 * time.Second

// Checked is the result of checking a service with its configuration.
type Checked struct {
	Name     string
	Problem  error    // nil: the check passed
	Warnings []string // settings that work but should be changed
}

// The names of the check of PostgreSQL, and of the check of its settings, which is skipped if the
// first fails.
const (
	databaseChecked = "PostgreSQL"
	settingsChecked = "the settings of PostgreSQL"
)

// CheckConfig checks the configuration against each service that it names. It moves no money and
// changes nothing.
func CheckConfig(ctx context.Context, cfg config.Config) []Checked {
	type check struct {
		name string
		run  func(ctx context.Context) error
	}
	checks := []check{
		{"what a serving process needs is set", func(context.Context) error {
			return errors.Join(cfg.CheckServing(), checkChannels(cfg))
		}},
		{databaseChecked, func(ctx context.Context) error { return pingDatabase(ctx, cfg.DatabaseURL) }},
		{"Redis", func(ctx context.Context) error {
			r, err := cache.Open(cfg.RedisURL)
			if err != nil {
				return err
			}
			defer r.Close()
			return r.Ping(ctx).Err()
		}},
		{"Temporal", func(ctx context.Context) error {
			return WithTemporal(cfg, func(c client.Client) error {
				return findNamespace(ctx, c, cfg.TemporalNamespace)
			})
		}},
	}
	if len(cfg.WorkerHeldChanges) > 0 {
		checks = append(checks, check{"WORKER_HELD_CHANGES", func(context.Context) error {
			return checkHeldChanges(cfg)
		}})
	}
	if cfg.DatabaseReadURL != "" {
		checks = append(checks, check{"PostgreSQL's replica", func(ctx context.Context) error {
			return pingDatabase(ctx, cfg.DatabaseReadURL)
		}})
	}
	if cfg.PortOneAPISecret != "" {
		checks = append(checks, check{"PortOne", func(ctx context.Context) error { return checkPortOne(ctx, cfg) }})
	}
	if !cfg.Local() {
		checks = append(checks, check{"what PostgreSQL logs", func(ctx context.Context) error {
			return checkDatabaseLog(ctx, cfg.DatabaseURL)
		}})
	}
	if cfg.SMTPURL != "" {
		checks = append(checks, check{"the address of the mail server", func(context.Context) error {
			_, err := mail.NewSender(cfg.SMTPURL, cfg.MailFrom, sites(cfg))
			return err
		}})
	}
	var all []Checked
	for _, c := range checks {
		limited, cancel := context.WithTimeout(ctx, checkTimeout)
		all = append(all, Checked{Name: c.name, Problem: c.run(limited)})
		cancel()
	}
	if slices.ContainsFunc(all, func(c Checked) bool { return c.Name == databaseChecked && c.Problem != nil }) {
		return all
	}
	limited, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	warnings, err := checkServerSettings(limited, cfg.DatabaseURL)
	return append(all, Checked{Name: settingsChecked, Problem: err, Warnings: warnings})
}

// checkPortOne fetches a payment that does not exist, which only an authorized client can do.
func checkPortOne(ctx context.Context, cfg config.Config) error {
	if _, err := portone.NewWebhooks(cfg.PortOneWebhookSecrets...); err != nil {
		return fmt.Errorf("PORTONE_WEBHOOK_SECRETS: %w", err)
	}
	_, err := portone.NewClient(cfg.PortOneURL, cfg.PortOneAPISecret, cfg.PortOneStoreID).Payment(ctx,
		"P0XCONFIGURATION")
	if errors.Is(err, portone.ErrUnknownPayment) {
		return nil
	}
	if err == nil {
		return errors.New("it returned a payment that cannot exist: check PORTONE_URL")
	}
	return err
}

// checkChannels returns an error for channels of unknown methods.
func checkChannels(cfg config.Config) error {
	for method := range cfg.PortOneChannels {
		m, known := market.MethodOf(market.PaymentMethod(method))
		if !known || !m.Provider.Redirects() {
			return fmt.Errorf("configuration: PORTONE_CHANNELS names %q, which is not a method of PortOne", method)
		}
	}
	return nil
}

// checkDatabaseLog returns an error if PostgreSQL logs values of rows, such as the mail address in
// a duplicate-key error.
func checkDatabaseLog(ctx context.Context, address string) error {
	s, err := store.Open(ctx, address, store.Options{MaxConns: 1})
	if err != nil {
		return err
	}
	defer s.Close()
	for setting, want := range map[string]string{
		"log_error_verbosity": "terse", "log_parameter_max_length_on_error": "0",
	} {
		var is string
		if err := s.Pool().QueryRow(ctx, "SELECT current_setting($1)", setting).Scan(&is); err != nil {
			return err
		}
		if is != want {
			return fmt.Errorf("the server's log may contain personal data: set %s = %s (it is %s)", setting, want, is)
		}
	}
	return nil
}

func pingDatabase(ctx context.Context, address string) error {
	s, err := store.Open(ctx, address, store.Options{MaxConns: 1})
	if err != nil {
		return err
	}
	defer s.Close()
	_, err = s.ThroughPooler(ctx)
	return err
}

// checkHeldChanges fails for ids that are not those of changes of workflows: they would be ignored, and the runs could
// not go back.
func checkHeldChanges(cfg config.Config) (unknown error) {
	for _, id := range cfg.WorkerHeldChanges {
		if !slices.Contains(workflows.Changes(), id) {
			unknown = errors.Join(unknown, fmt.Errorf("%q is not the id of a change: want %q", id, workflows.Changes()))
		}
	}
	return unknown
}
