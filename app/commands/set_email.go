package commands

import (
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/all-in-market/market/internal/config"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
)

func newSetEmail() *cobra.Command {
	return &cobra.Command{
		Use: "set-email BUYER|SELLER|ADMIN ID EMAIL", Short: "Give an account another e-mail address",
		GroupID: groupAccounts, Args: exactly(3), Example: "  market set-email BUYER 17 kim@example.com",
		RunE: configured(setEmail),
	}
}

// setEmail gives an account another address.
func setEmail(cmd *cobra.Command, cfg config.Config, args []string) error {
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
	ctx := cmd.Context()
	return withStore(ctx, cfg, func(s *store.Store) error { return s.SetEmail(ctx, role, id, email) })
}
