package commands

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/all-in-market/market/internal/config"
	"github.com/all-in-market/market/internal/images"
	"github.com/all-in-market/market/internal/seed"
	"github.com/all-in-market/market/internal/store"
)

func newSeed() *cobra.Command {
	counts, profile := seed.DefaultCounts, ""
	cmd := &cobra.Command{
		Use: "seed", Short: "Create demo data, or data for load tests", GroupID: groupDeployment, Args: none,
		Long: "Create demo data, or data for load tests. It works in the local profile only: the passwords are public.",
	}
	flags := cmd.Flags()
	flags.StringVar(&profile, "profile", "demo", "demo or load")
	flags.IntVar(&counts.Products, "products", counts.Products, "products of the load profile")
	flags.IntVar(&counts.Buyers, "buyers", counts.Buyers, "buyers of the load profile")
	flags.IntVar(&counts.Sellers, "sellers", counts.Sellers, "sellers of the load profile")
	flags.IntVar(&counts.Orders, "orders", counts.Orders, "paid orders of the load profile")
	cmd.RunE = configured(func(cmd *cobra.Command, cfg config.Config, _ []string) error {
		if !cfg.Local() {
			return errors.New("seed creates accounts with public passwords: it works in the local profile only " +
				"(MARKET_PROFILE=local)")
		}
		ctx := cmd.Context()
		return withStore(ctx, cfg, func(s *store.Store) error {
			switch profile {
			case "demo":
				objects, err := images.Open(ctx, cfg.ImagesURL, cfg.ImagesPublicURL, cfg.PagesURL)
				if err != nil {
					return err
				}
				defer objects.Close()
				return seed.Demo(ctx, s, objects, cfg.BcryptCost)
			case "load":
				return seed.Load(ctx, s.Pool(), counts, cfg.BcryptCost, time.Now(), cmd.ErrOrStderr())
			}
			return fmt.Errorf("unknown profile %q: use demo or load", profile)
		})
	})
	return cmd
}
