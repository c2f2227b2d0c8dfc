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

// auditByPeople is the migration that slims two indexes of the audit log, to which a purchase adds an entry of the
// system. Entries lie in the order of their times, which a range of blocks finds as well as an entry for each.
var auditByPeople = goose.NewGoMigration(102, &goose.GoFunc{RunDB: func(ctx context.Context, db *sql.DB) error {
	if err := indexPartitions(ctx, db, "audit_log", "audit_log_time_idx", "USING brin (at)"); err != nil {
		return err
	}
	if err := indexPartitions(ctx, db, "audit_log", "audit_log_person_idx",
		"(actor, actor_id, id) WHERE actor <> 'SYSTEM'"); err != nil {
		return err
	}
	_, err := db.ExecContext(ctx, "DROP INDEX IF EXISTS audit_log_at_idx, audit_log_actor_idx")
	return err
}}, nil)

// linesDue adds the index of lines by the time at which they count as delivered or confirmed.
var linesDue = goose.NewGoMigration(125, &goose.GoFunc{RunDB: func(ctx context.Context, db *sql.DB) error {
	return indexPartitions(ctx, db, "order_items", "order_items_due_idx", "(due_at, id) WHERE due_at IS NOT NULL")
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
