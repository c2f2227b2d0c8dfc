package commands

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/client"

	"github.com/all-in-market/market/app"
	"github.com/all-in-market/market/internal/auth"
	"github.com/all-in-market/market/internal/config"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/migrations"
	"github.com/all-in-market/market/worker"
)

func newMigrate() *cobra.Command {
	return &cobra.Command{
		Use: "migrate", Short: "Bring database, Temporal namespace and schedules up to date", GroupID: groupDeployment,
		Long: `Bring database, Temporal namespace and schedules up to date, and create the first admin if ADMIN_EMAIL and
ADMIN_PASSWORD are set. It may run again at any time. With WORKER_BUILD_ID, promote sets the schedules.`,
		Args: none,
		RunE: configured(func(cmd *cobra.Command, cfg config.Config, _ []string) error {
			return migrate(cmd.Context(), cfg, cmd.OutOrStdout())
		}),
	}
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
