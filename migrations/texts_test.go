package migrations_test

import (
	"context"
	"database/sql"
	"testing"
	"unicode"

	"github.com/jackc/pgx/v5"
	"github.com/pressly/goose/v3"
	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/testrig"
	"github.com/all-in-market/market/migrations"
)

// It migrates a database of the release before.
func TestUp_TextsAsTyped_BecomeCanonicalUnlessTheyCollide(t *testing.T) {
	url, ctx := testrig.EmptyDatabaseURL(t), context.Background()
	db, err := sql.Open("pgx", url)
	require.NoError(t, err)
	defer db.Close()
	old, err := goose.NewProvider(goose.DialectPostgres, db, migrations.Files(), goose.WithGoMigrations(
		goose.NewGoMigration(39, &goose.GoFunc{RunTx: func(context.Context, *sql.Tx) error { return nil }}, nil)))
	require.NoError(t, err)
	_, err = old.UpTo(ctx, 83)
	require.NoError(t, err)
	conn, err := pgx.Connect(ctx, url)
	require.NoError(t, err)
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, oneOfEach+`;
		UPDATE buyers SET name = normalize(' 홍길동', NFD);
		UPDATE products SET name = normalize('가방', NFD), description = U&'\200b';
		UPDATE addresses SET recipient = U&'\3000홍길동\feff', detail = repeat(U&'\0958', 100);
		INSERT INTO categories (id, name, deleted_at) VALUES (2, ' 의류', NULL), (3, '전자', NULL), (4, normalize('전자', NFD), NULL),
			(5, '식품 ', NULL), (6, ' 식품', now()), (7, '의 류', NULL), (8, '식' || U&'\3164' || '품', NULL);
		INSERT INTO provider_settlement_files (id, provider, name) VALUES (1, 'PORTONE', normalize('정산.csv', NFD)),
			(2, 'PORTONE', 'a'), (3, 'PORTONE', 'a ');
		INSERT INTO sellers (id, email, password, name, phone, store_name, biz_number, bank_code, bank_account)
		SELECT id, 's' || id || '@example.com', 'x', 's', '1', 's', number, 'K', '1' FROM (VALUES
			(2, '123-45-67890'), (3, '1234567890'), (4, ' 123 45 67890'),
			(5, 'Biz-9'), (6, 'BIZ9'), (7, '77')) v (id, number)`)
	require.NoError(t, err)
	_, err = migrations.Up(ctx, url)
	require.NoError(t, err)

	require.Equal(t, []string{"홍길동", "가방", "\u200b", "홍길동"}, texts(t, conn, `SELECT name FROM buyers UNION ALL
		SELECT name FROM products UNION ALL SELECT description FROM products UNION ALL SELECT recipient FROM addresses`))
	require.Equal(t, []string{"c", "의류", "전자", "\u110c\u1165\u11ab\u110c\u1161", "식품", " 식품", "의 류", "식\u3164품"},
		texts(t, conn, "SELECT name FROM categories ORDER BY id"))
	require.Equal(t, []string{"4", "7", "8"}, texts(t, conn, "SELECT id::text FROM categories WHERE name_conflict ORDER BY id"))
	for i, taken := range []string{"C", "의  류", "식\u200d품", "전\u00a0자", "\uff43"} {
		_, err = conn.Exec(ctx, "INSERT INTO categories (id, name) VALUES ($1, $2)", 100+i, taken)
		require.ErrorContains(t, err, "categories_name_unique", "%q", taken)
	}
	_, err = conn.Exec(ctx, "UPDATE categories SET name = '의  류', sort_order = 2 WHERE id = 7")
	require.NoError(t, err, "the same name stays marked")
	_, err = conn.Exec(ctx, "UPDATE categories SET name = '가구' WHERE id = 7")
	require.NoError(t, err)
	_, err = conn.Exec(ctx, "UPDATE categories SET name = '가 구' WHERE id = 4")
	require.ErrorContains(t, err, "categories_name_unique", "a name that was changed is unique like any other")
	require.Equal(t, []string{"정산.csv", "a", "a "}, texts(t, conn, "SELECT name FROM provider_settlement_files ORDER BY id"))
	require.Equal(t, []string{"3 1234567890", "4  123 45 67890", "6 BIZ9"},
		texts(t, conn, "SELECT id || ' ' || biz_number FROM sellers WHERE biz_number_conflict ORDER BY id"))

	for number, key := range map[string]string{
		"123-45-67890": "1234567890", "ＢＩＺ 9": "biz9", "가나-1": "가나1", "---": "",
	} {
		require.Equal(t, []string{key}, texts(t, conn, "SELECT biz_number_key('"+number+"')"))
		require.Equal(t, key, market.BizNumberKey(number))
	}
	for _, taken := range []string{"7-7", "biz 9", "１２３４５６７８９０"} {
		_, err = conn.Exec(ctx, "UPDATE sellers SET biz_number = $1 WHERE id = 1", taken)
		require.ErrorContains(t, err, "sellers_biz_number_unique", taken)
	}
	_, err = conn.Exec(ctx, "UPDATE sellers SET biz_number = '123-4567890', name = 't' WHERE id = 3")
	require.NoError(t, err, "the same number stays marked")
	_, err = conn.Exec(ctx, "UPDATE sellers SET biz_number = '88' WHERE id = 3")
	require.NoError(t, err)
	_, err = conn.Exec(ctx, "UPDATE sellers SET biz_number = '8-8' WHERE id = 4")
	require.ErrorContains(t, err, "sellers_biz_number_unique", "a corrected number is unique like any other")
}

// It migrates a database of the release before.
func TestUp_ProductsOfDeletedCategories_AreInACategoryAgain(t *testing.T) {
	url, ctx := testrig.EmptyDatabaseURL(t), context.Background()
	db, err := sql.Open("pgx", url)
	require.NoError(t, err)
	defer db.Close()
	nothing := &goose.GoFunc{RunTx: func(context.Context, *sql.Tx) error { return nil }}
	old, err := goose.NewProvider(goose.DialectPostgres, db, migrations.Files(), goose.WithGoMigrations(
		goose.NewGoMigration(39, nothing, nil), goose.NewGoMigration(87, nothing, nil)))
	require.NoError(t, err)
	_, err = old.UpTo(ctx, 91)
	require.NoError(t, err)
	conn, err := pgx.Connect(ctx, url)
	require.NoError(t, err)
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, oneOfEach+`;
		INSERT INTO categories (id, name, deleted_at) VALUES (11, 'back', now()), (12, 'twice', now()), (13, 'twice', now()),
			(14, 'new', now()), (15, 'new', NULL), (16, 'gone', now());
		INSERT INTO products (id, seller_id, category_id, name, price, description, deleted_at)
		SELECT 100 + c, 1, c, 'of ' || c, 1, 'd', CASE WHEN c = 16 THEN now() END FROM generate_series(11, 16) c`)
	require.NoError(t, err)
	_, err = migrations.Up(ctx, url)
	require.NoError(t, err)
	require.Equal(t, []string{"of 11 back", "of 12 twice", "of 13 twice", "of 14 new", "of 15 new"}, texts(t, conn, `
		SELECT p.name || ' ' || c.name FROM products p JOIN categories c ON c.id = p.category_id AND c.deleted_at IS NULL
		WHERE p.id > 100 ORDER BY p.id`))
	require.Equal(t, []string{"11", "13", "15"}, texts(t, conn,
		"SELECT id::text FROM categories WHERE id > 10 AND deleted_at IS NULL ORDER BY id"))
}

// It tries every invisible character and every blank that a name may have.
func TestNameKey_InvisibleCharacter_DoesNotCount(t *testing.T) {
	t.Parallel()
	url := testrig.EmptyDatabaseURL(t)
	_, err := migrations.Up(t.Context(), url)
	require.NoError(t, err)
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	defer conn.Close(context.Background())
	invisible := []*unicode.RangeTable{
		unicode.White_Space, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector,
	}
	var names []string
	for r := rune(1); r <= unicode.MaxRune; r++ {
		if !unicode.In(r, invisible...) || unicode.Is(unicode.Prepended_Concatenation_Mark, r) {
			continue
		}
		if name, err := market.CanonicalText("name", "a"+string(r)+"B", market.TextLine); err == nil {
			names = append(names, name)
		}
	}
	require.Greater(t, len(names), 4_000)
	rows, err := conn.Query(t.Context(), "SELECT name FROM unnest($1::text[]) name WHERE name_key(name) <> 'ab'", names)
	require.NoError(t, err)
	missed, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	require.Empty(t, missed)
	require.Equal(t, []string{"a\u0301b-\u0628"}, texts(t, conn, "SELECT normalize(name_key(U&'A\\0301 b-\\0628'), NFD)"))
}
