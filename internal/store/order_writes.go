package store

import (
	"context"
	"regexp"
	"sync"

	"github.com/jackc/pgx/v5"
)

// writesOrder matches statements that write data that buyers see of orders.
var writesOrder = regexp.MustCompile(
	`(?i)\b(UPDATE|INSERT\s+INTO|DELETE\s+FROM)\s+(orders|order_items|payments|payment_\w+|refunds|refund_\w+)\b`)

// orderWrites is a tracer that calls committed after each transaction that has written to orders.
type orderWrites struct {
	committed  func()
	statements sync.Map // whether a statement writes to orders, by its text
	open       sync.Map // of *pgx.Conn, those whose transaction has written to orders
}

type tracedStatement struct{}

// TraceQueryStart implements pgx.QueryTracer.
func (o *orderWrites) TraceQueryStart(
	ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData,
) context.Context {
	writes, known := o.statements.Load(data.SQL)
	if !known {
		writes = writesOrder.MatchString(data.SQL)
		o.statements.Store(data.SQL, writes) // the statements of this package are few
	}
	if writes == true {
		return context.WithValue(ctx, tracedStatement{}, true)
	}
	return ctx
}

// TraceQueryEnd implements pgx.QueryTracer.
func (o *orderWrites) TraceQueryEnd(ctx context.Context, conn *pgx.Conn, data pgx.TraceQueryEndData) {
	const idle = 'I'
	nothing := !data.CommandTag.Select() && data.CommandTag.RowsAffected() == 0
	if ctx.Value(tracedStatement{}) != nil && !nothing {
		o.open.Store(conn, true)
	}
	if _, written := o.open.Load(conn); written && conn.PgConn().TxStatus() == idle {
		o.open.Delete(conn)
		o.committed()
	}
}

// OrderStamps returns a stamp for each order, which changes whenever the order, its items, payments
// or refunds change.
func (s OrderStore) OrderStamps(ctx context.Context, ids []int64) (map[int64]string, error) {
	rows, err := s.pool.Query(ctx, `
		SELECT o.id, concat_ws('/', o.xmin,
		       (SELECT string_agg(i.xmin::text, ' ' ORDER BY i.id) FROM order_items i WHERE i.order_id = o.id),
		       (SELECT string_agg(p.xmin::text, ' ' ORDER BY p.id) FROM payments p WHERE p.order_id = o.id),
		       (SELECT string_agg(r.xmin::text, ' ' ORDER BY r.id)
		        FROM payments p JOIN refunds r ON r.payment_id = p.id WHERE p.order_id = o.id))
		FROM orders o WHERE o.id = ANY ($1)`, ids)
	if err != nil {
		return nil, translate(err)
	}
	stamps := make(map[int64]string, len(ids))
	var id int64
	var stamp string
	_, err = pgx.ForEachRow(rows, []any{&id, &stamp}, func() error {
		stamps[id] = stamp
		return nil
	})
	return stamps, translate(err)
}
