package store

import (
	"testing"

	"github.com/jackc/pgx/v5/pgtype"
	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
)

// The binary format takes 31 allocations for an amount, 97 for an array of three.
func TestAmounts_SentAndReceived_AreText(t *testing.T) {
	m := pgtype.NewMap()
	sendNumericsAsText(m)
	require.EqualValues(t, pgtype.TextFormatCode, m.FormatCodeForOID(pgtype.NumericOID))
	require.EqualValues(t, pgtype.TextFormatCode, m.FormatCodeForOID(pgtype.NumericArrayOID))

	for amount, text := range map[market.Money]string{
		0: "0.00", 5: "0.05", -150: "-1.50", 1290000: "12900.00", -market.MaxMoney: "-999999999999.99",
	} {
		sent, err := m.Encode(pgtype.NumericOID, pgtype.TextFormatCode, amount, nil)
		require.NoError(t, err)
		require.Equal(t, text, string(sent))
		var received market.Money
		require.NoError(t, m.Scan(pgtype.NumericOID, pgtype.TextFormatCode, sent, &received))
		require.Equal(t, amount, received)
	}
	var none *market.Money
	require.NoError(t, m.Scan(pgtype.NumericOID, pgtype.TextFormatCode, nil, &none))
	require.Nil(t, none)

	amounts := []market.Money{1290000, -5000, 1}
	sent, err := m.Encode(pgtype.NumericArrayOID, pgtype.TextFormatCode, amounts, nil)
	require.NoError(t, err)
	require.Equal(t, "{12900.00,-50.00,0.01}", string(sent))
	var received []market.Money
	require.NoError(t, m.Scan(pgtype.NumericArrayOID, pgtype.TextFormatCode, sent, &received))
	require.Equal(t, amounts, received)

	require.Less(t, testing.AllocsPerRun(100, func() {
		_, _ = m.Encode(pgtype.NumericOID, m.FormatCodeForOID(pgtype.NumericOID), amounts[0], nil)
	}), 10.)
	require.Less(t, testing.AllocsPerRun(100, func() {
		_, _ = m.Encode(pgtype.NumericArrayOID, m.FormatCodeForOID(pgtype.NumericArrayOID), amounts, nil)
	}), 30.)
}
