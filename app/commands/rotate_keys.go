package commands

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/all-in-market/market/internal/config"
	"github.com/all-in-market/market/internal/store"
)

func newRotateKeys() *cobra.Command {
	return &cobra.Command{
		Use: "rotate-keys", Short: "Seal account numbers with the first of DATA_KEYS", GroupID: groupBooks, Args: none,
		Long: "Seal the account numbers that are not sealed with the first of DATA_KEYS. It continues where it was stopped.",
		RunE: configured(func(cmd *cobra.Command, cfg config.Config, _ []string) error {
			return rotateKeys(cmd.Context(), cfg, cmd.OutOrStdout(), cmd.ErrOrStderr())
		}),
	}
}

// rotateKeys seals account numbers with the current master key.
func rotateKeys(ctx context.Context, cfg config.Config, out, progress io.Writer) error {
	return withStore(ctx, cfg, func(s *store.Store) error {
		n, err := s.SealBankAccounts(ctx, func(sealed int) {
			fmt.Fprintf(progress, "%d account numbers sealed\n", sealed)
		})
		if err != nil {
			return fmt.Errorf("%w; %d are sealed, run the command again to continue", err, n)
		}
		fmt.Fprintf(out, "%d account numbers were sealed; all are sealed with the first of DATA_KEYS\n", n)
		return nil
	})
}
