package migrations_test

import (
	"regexp"
	"strconv"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/testrig"
)

// It compares the lengths of columns and the CHECKs that
// bound numbers with the constants of input. A column is found by its name, or by table and name
// where one name has several meanings.
func TestSchema_Input_HasTheLimitsOfItsConstants(t *testing.T) {
	t.Parallel()
	const notInput = 0 // texts of providers, and of the marketplace itself
	limits := map[string]int{
		"email": market.MaxEmail, "pending_email": market.MaxEmail, "email_conflicts.canonical": market.MaxEmail,
		"name": market.MaxPersonName, "phone": market.MaxPhone, "store_name": market.MaxStoreName,
		"biz_number": market.MaxBizNumber, "bank_code": market.MaxBankCode, "bank_account": market.MaxBankAccount,
		"consents.version": market.MaxConsentVersion,

		"categories.name": market.MaxCategoryName, "products.name": market.MaxProductName,
		"product_name": market.MaxProductName, "description": market.MaxDescription,

		"recipient": market.MaxPersonName, "mails.recipient": market.MaxEmail, "addresses.detail": market.MaxAddress,
		"carrier": market.MaxCarrier, "tracking_number": market.MaxTrackingNumber,
		"payment_declines.transaction_id": market.MaxTransactionID,

		"reason": market.MaxReason, "denied_reason": market.MaxReason, "blocked_reason": market.MaxReason,
		"locked_reason": market.MaxReason, "refunds.reason": notInput, "payment_attempts.reason": notInput,
		"payment_declines.reason": notInput, "payout_attempts.reason": notInput,
		"recredit_reference": market.MaxReference, "provider_settlement_files.name": market.MaxFileName,

		"webhook_endpoints.url": market.MaxWebhookURL,
	}
	checks := map[string]int{
		"cart_items.quantity": market.MaxPieces, "order_items.quantity": market.MaxPieces,
		"batches.per_second": market.MaxBatchRate, "webhook_endpoints.per_second": market.MaxWebhookRate,
	}

	conn, err := pgx.Connect(t.Context(), testrig.DatabaseURL(t))
	require.NoError(t, err)
	defer conn.Close(t.Context())
	rows, err := conn.Query(t.Context(), `
		SELECT c.relname, a.attname, information_schema._pg_char_max_length(a.atttypid, a.atttypmod)
		FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
		WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
			AND a.attnum > 0 AND NOT a.attisdropped AND a.atttypid = 'varchar'::regtype`)
	require.NoError(t, err)
	var table, column string
	var length *int
	seen := map[string]bool{}
	_, err = pgx.ForEachRow(rows, []any{&table, &column, &length}, func() error {
		key := table + "." + column
		limit, own := limits[key]
		if !own {
			key = column
			limit, own = limits[key]
		}
		if seen[key] = true; own && limit != notInput && assert.NotNil(t, length, "%s.%s", table, column) {
			assert.Equal(t, limit, *length, "%s.%s", table, column)
		}
		return nil
	})
	require.NoError(t, err)
	for key := range limits {
		assert.True(t, seen[key], "no column is %s", key)
	}

	rows, err = conn.Query(t.Context(), `SELECT c.conrelid::regclass::text, pg_get_constraintdef(c.oid) FROM pg_constraint c
		JOIN pg_class r ON r.oid = c.conrelid WHERE c.contype = 'c' AND c.connamespace = 'public'::regnamespace AND NOT r.relispartition`)
	require.NoError(t, err)
	var definition string
	bound := regexp.MustCompile(`\((\w+) <= (\d+)\)`)
	_, err = pgx.ForEachRow(rows, []any{&table, &definition}, func() error {
		for _, m := range bound.FindAllStringSubmatch(definition, -1) {
			limit, err := strconv.Atoi(m[2])
			require.NoError(t, err)
			key := table + "." + m[1]
			assert.Equal(t, checks[key], limit, "the CHECK of %s", key)
			delete(checks, key)
		}
		return nil
	})
	require.NoError(t, err)
	assert.Empty(t, checks, "values without a CHECK")
}

// It checks that columns can store an input at its limit.
func TestSchema_Amounts_HoldTheLargestOnes(t *testing.T) {
	t.Parallel()
	conn, err := pgx.Connect(t.Context(), testrig.DatabaseURL(t))
	require.NoError(t, err)
	defer conn.Close(t.Context())
	for column, limit := range map[string]market.Money{
		"products.price": market.MaxPrice, "order_items.unit_price": market.MaxPrice,
		"refund_policies.auto_approve_below": market.MaxPolicyAmount, "refund_policies.second_approval_from": market.MaxPolicyAmount,
		"products.stock": market.MaxStock * 100,
	} {
		var fits bool
		require.NoError(t, conn.QueryRow(t.Context(), `SELECT CASE data_type WHEN 'integer' THEN 2147483647 ELSE 10::numeric ^ (numeric_precision - numeric_scale) END > $2::numeric
			FROM information_schema.columns WHERE table_schema = 'public' AND table_name || '.' || column_name = $1`,
			column, limit.String()).Scan(&fits), column)
		assert.True(t, fits, "%s cannot hold %s", column, limit)
	}
}
