package store

import (
	"context"
	"fmt"
	"time"
)

// Retention is how long the rows of a table are kept if they are not needed permanently. Money,
// stock and orders are kept; names and addresses are kept no longer than they are of use.
type Retention struct {
	Table string
	Keep  time.Duration
	of    string // the column with the age of a row
	where string // which rows; "" for all
}

// Retentions returns the retention of every table that grows with use and holds no record of money,
// stock or orders. Answers stored for repeats contain names and addresses; the access log records
// who has read them.
func Retentions(answers time.Duration) []Retention {
	const day = 24 * time.Hour
	return []Retention{
		{Table: "idempotency_keys", Keep: answers, of: "created_at"},
		{Table: "order_status_update_notifications", Keep: 365 * day, of: "created_at"},
		{Table: "restock_notifications", Keep: 365 * day, of: "created_at"},
		{Table: "notifications", Keep: 365 * day, of: "created_at"},
		{
			Table: "refund_requests", Keep: 90 * day, of: "created_at",
			where: "NOT EXISTS (SELECT FROM refunds r WHERE r.id = t.refund_id) AND revived_refund_id IS NULL",
		},
		{Table: "mails", Keep: 14 * day, of: "created_at"},
		{Table: "webhook_messages", Keep: 30 * day, of: "created_at", where: "t.status <> 'PENDING'"},
		{Table: "audit_addresses", Keep: 365 * day, of: "at"},
		{Table: "access_log", Keep: 2 * 365 * day, of: "at"},
		{Table: "provider_messages", Keep: 365 * day, of: "received_at"},
		{Table: "verifications", Keep: 90 * day, of: "ended_at"},
	}
}

// purgeChunk is how many rows are deleted in one statement.
const purgeChunk = 1_000

// Purge deletes the rows of a table that are kept no longer, chunk by chunk, and returns
// their number.
func (s OperationStore) Purge(ctx context.Context, r Retention) (purged int64, err error) {
	where := ""
	if r.where != "" {
		where = " AND " + r.where
	}
	query := fmt.Sprintf("DELETE FROM %[1]s WHERE ctid IN (SELECT t.ctid FROM %[1]s t WHERE t.%[2]s < $1%[3]s LIMIT %[4]d)",
		r.Table, r.of, where, purgeChunk)
	for ctx.Err() == nil {
		tag, err := s.pool.Exec(ctx, query, s.now().Add(-r.Keep))
		purged += tag.RowsAffected()
		if err != nil || tag.RowsAffected() < purgeChunk {
			return purged, translate(err)
		}
	}
	return purged, ctx.Err()
}
