package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// ExtendPartitions sees to it that each table that lies in partitions has an empty one after
// those that hold rows, and returns how many it has added. A partition holds so many ids that
// looking every few minutes is enough; without one an insert fails.
//
// Nobody waits for longer than two seconds: a table that somebody holds is left to the next call.
func (s *Store) ExtendPartitions(ctx context.Context) (added int, err error) {
	tables, err := s.q.PartitionedTables(ctx, s.pool)
	if err != nil {
		return 0, translate(err)
	}
	for _, table := range tables {
		err := s.inTx(ctx, func(tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, "SET LOCAL lock_timeout = '2s'"); err != nil {
				return err
			}
			n, err := s.q.ExtendPartitions(ctx, tx, table)
			added += int(n)
			return err
		})
		if err != nil {
			return added, fmt.Errorf("%s: %w", table, err)
		}
	}
	return added, nil
}
