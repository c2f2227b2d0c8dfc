package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// ExtendPartitions adds partitions to each partitioned table until its newest one is empty, and
// returns how many it has added. It compares with the last values of the sequences. A partition has
// room for so many ids that a call every few minutes suffices; without a partition an insert fails.
//
// It holds no lock for longer than two seconds. A failure for one table does not affect the others,
// and is retried by the next call.
func (s OperationStore) ExtendPartitions(ctx context.Context) (added int, err error) {
	tables, err := s.q.PartitionedTables(ctx, s.pool)
	if err != nil {
		return 0, translate(err)
	}
	var failed error
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
			failed = errors.Join(failed, fmt.Errorf("%s: %w", table, err))
		}
	}
	return added, failed
}

// SkipIDs advances all sequences by a number of ids, and returns the number of tables. After an
// older backup was restored, ids that were assigned since must not be assigned again: workflows,
// the gateway and the bank use them for other rows.
func (s OperationStore) SkipIDs(ctx context.Context, ids int64) (tables int, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, `SELECT count(setval(format('%I.%I', schemaname, sequencename)::regclass, coalesce(last_value, 0) + $1))
			FROM pg_sequences WHERE schemaname = 'public' AND sequencename NOT LIKE 'goose%'`, ids).Scan(&tables)
	})
	return tables, err
}
