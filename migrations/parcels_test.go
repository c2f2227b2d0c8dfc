package migrations_test

import (
	"context"
	"database/sql"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/pressly/goose/v3"
	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/testrig"
	"github.com/all-in-market/market/migrations"
)

// It migrates lines that the release before has shipped, delivered and refunded, and changes lines as that release
// does.
func TestUp_ShippedLines_HaveParcels(t *testing.T) {
	url, ctx := testrig.EmptyDatabaseURL(t), context.Background()
	db, err := sql.Open("pgx", url)
	require.NoError(t, err)
	defer db.Close()
	nothing := &goose.GoFunc{RunTx: func(context.Context, *sql.Tx) error { return nil }}
	old, err := goose.NewProvider(goose.DialectPostgres, db, migrations.Files(), goose.WithGoMigrations(
		goose.NewGoMigration(39, nothing, nil), goose.NewGoMigration(87, nothing, nil),
		goose.NewGoMigration(102, nothing, nil), goose.NewGoMigration(125, nothing, nil)))
	require.NoError(t, err)
	_, err = old.UpTo(ctx, 133)
	require.NoError(t, err)
	conn, err := pgx.Connect(ctx, url)
	require.NoError(t, err)
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, oneOfEach+`;
		INSERT INTO order_items (id, order_id, product_id, seller_id, product_name, unit_price, quantity)
		SELECT id, 2, 1, 1, 'p', 10, 3 FROM generate_series(2, 6) id;
		INSERT INTO refunds (id, buyer_id, payment_id, amount, reason, status, processed_at)
		VALUES (2, 1, 2, 5, 'DAMAGED', 'SUCCESS', '2026-11-01 10:00'), (3, 1, 2, 5, 'DAMAGED', 'SUCCESS', '2026-11-09 10:00');
		INSERT INTO refund_items (refund_id, order_item_id, quantity, amount) VALUES (2, 4, 1, 1), (2, 5, 1, 1), (3, 4, 1, 1);
		UPDATE order_items SET refunded = refund_claimed WHERE id IN (4, 5);
		UPDATE order_items SET carrier = 'CJ', tracking_number = CASE WHEN id < 4 THEN 'X' ELSE 'Y' END,
			shipped_at = '2026-11-02 10:00' WHERE id < 5 AND order_id = 2;
		UPDATE order_items SET delivered_at = '2026-11-05 10:00' WHERE id IN (3, 4)`)
	require.NoError(t, err)
	_, err = migrations.Up(ctx, url)
	require.NoError(t, err)

	lines := `SELECT concat_ws(' ', id, shipped, delivered, cancelled) FROM order_items WHERE order_id = 2 ORDER BY id`
	parcels := `SELECT concat_ws(' ', p.status, p.tracking_number, string_agg(x.order_item_id || ':' || x.pieces, ','
		ORDER BY x.order_item_id)) FROM parcels p JOIN parcel_items x ON x.parcel_id = p.id GROUP BY p.id ORDER BY p.id`
	require.Equal(t, []string{"2 3 0 0", "3 3 3 0", "4 2 2 1", "5 0 0 1", "6 0 0 0"}, texts(t, conn, lines))
	require.Equal(t, []string{"SHIPPED X 2:3", "DELIVERED X 3:3", "DELIVERED Y 4:2"}, texts(t, conn, parcels),
		"a line that is on the way is not delivered with another")

	_, err = conn.Exec(ctx, `UPDATE order_items SET carrier = 'CJ', tracking_number = 'X', shipped_at = now() WHERE id = 5;
		UPDATE order_items SET tracking_number = 'Z', shipped_at = now() WHERE id = 6;
		UPDATE order_items SET tracking_number = 'Z2' WHERE id = 6;
		UPDATE order_items SET delivered_at = now() WHERE id = 6`)
	require.NoError(t, err)
	require.Equal(t, []string{"2 3 0 0", "3 3 3 0", "4 2 2 1", "5 2 0 1", "6 3 3 0"}, texts(t, conn, lines))
	require.Equal(t, []string{"SHIPPED X 2:3,5:2", "DELIVERED X 3:3", "DELIVERED Y 4:2", "DELIVERED Z2 6:3"},
		texts(t, conn, parcels))
}
