package commands

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/all-in-market/market/internal/config"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
)

// skippedIDs exceeds the ids that a marketplace assigns between two backups.
const skippedIDs = 1_000_000

func newResume() *cobra.Command {
	ids := int64(0)
	cmd := &cobra.Command{
		Use: "resume", Short: "Prepare a database that was restored from a backup", GroupID: groupBooks, Args: none,
		Long: `Prepare a database that was restored from a backup, before any other process starts: ids that
providers, banks and mails may know are skipped.`,
	}
	cmd.Flags().Int64Var(&ids, "skip-ids", skippedIDs, "ids to skip: more than were assigned since the backup")
	cmd.RunE = configured(func(cmd *cobra.Command, cfg config.Config, _ []string) error {
		return resume(cmd.Context(), cfg, ids, cmd.OutOrStdout())
	})
	return cmd
}

// resume prepares a database that was restored from a backup.
func resume(ctx context.Context, cfg config.Config, ids int64, out io.Writer) error {
	if ids <= 0 {
		return errors.New("--skip-ids must be above 0")
	}
	return withStore(ctx, cfg, func(s *store.Store) error {
		tables, err := s.SkipIDs(ctx, ids)
		if err == nil {
			_, err = s.ExtendPartitions(ctx)
		}
		if err == nil {
			err = s.NoteAction(ctx, market.Action{Name: "RESTORED", Reason: fmt.Sprintf("%d ids are left out", ids)})
		}
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(out, "%d tables leave %d ids out. Empty Redis, start the processes, and run market verify: "+
			"workers drive on what is unfinished, and verify names what gateway and bank know of and the books do not.\n",
			tables, ids)
		return err
	})
}
