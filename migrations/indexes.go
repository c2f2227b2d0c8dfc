package migrations

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/pressly/goose/v3"
)

// movementsByCause is the migration that adds the index by which verifications find the stock movements of
// an order and of a refund.
var movementsByCause = goose.NewGoMigration(87, &goose.GoFunc{RunDB: func(ctx context.Context, db *sql.DB) error {
	return indexPartitions(ctx, db, "stock_movements", "stock_movements_cause_idx", "(cause_id, kind) WHERE cause_id IS NOT NULL")
}}, nil)

// indexPartitions builds an index of a partitioned table while others write to it, which CREATE INDEX
// CONCURRENTLY can do for one partition at a time only. It can be called again after a failure.
func indexPartitions(ctx context.Context, db *sql.DB, table, index, definition string) error {
	if _, err := db.ExecContext(ctx,
		fmt.Sprintf("CREATE INDEX IF NOT EXISTS %s ON ONLY %s %s", index, table, definition)); err != nil {
		return err
	}
	rows, err := db.QueryContext(ctx, `SELECT p.relname FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhrelid
		WHERE i.inhparent = $1::regclass AND NOT EXISTS (SELECT FROM pg_inherits a JOIN pg_index x ON x.indexrelid = a.inhrelid
			WHERE a.inhparent = $2::regclass AND x.indrelid = p.oid) ORDER BY p.relname`, table, index)
	if err != nil {
		return err
	}
	defer rows.Close()
	var partitions []string
	for rows.Next() {
		var p string
		if err := rows.Scan(&p); err != nil {
			return err
		}
		partitions = append(partitions, p)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for _, p := range partitions {
		own := p + "_" + index[len(table)+1:]
		for _, statement := range []string{
			"DROP INDEX CONCURRENTLY IF EXISTS " + own, // of a build that failed
			fmt.Sprintf("CREATE INDEX CONCURRENTLY %s ON %s %s", own, p, definition),
			fmt.Sprintf("ALTER INDEX %s ATTACH PARTITION %s", index, own),
		} {
			if _, err := db.ExecContext(ctx, statement); err != nil {
				return err
			}
		}
	}
	return nil
}
