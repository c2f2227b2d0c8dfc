package market_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/all-in-market/market/internal/market"
)

func TestMoney_Text_IsCanonical(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]market.Money{
		"0": 0, "1": 100, "12900.5": 1290050, "-0.01": -1, "9999999999.99": 999999999999, "007": 700,
	} {
		got, err := market.ParseMoney(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
	for _, text := range []string{
		"", "-", ".", "1.", ".5", "1.234", "1e3", "+1", "1 ", "--1", "1234567890123", "0x1", "NaN", "1,5", "١",
	} {
		_, err := market.ParseMoney(text)
		require.Error(t, err, text)
	}
}

func TestMoney_FormattedAndParsed_IsEqual(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := market.Money(rapid.Int64Range(-int64(market.MaxMoney), int64(market.MaxMoney)).Draw(t, "m"))
		parsed, err := market.ParseMoney(m.String())
		require.NoError(t, err)
		require.Equal(t, m, parsed)
		b, err := json.Marshal(m)
		require.NoError(t, err)
		var decoded market.Money
		require.NoError(t, json.Unmarshal(b, &decoded))
		require.Equal(t, m, decoded)
	})
}

func TestMoney_Overflow_IsAnError(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		price := market.Money(rapid.Int64Range(0, int64(market.MaxMoney)).Draw(t, "price"))
		n := rapid.IntRange(0, 1<<31-1).Draw(t, "n")
		total, err := price.Times(n)
		if err != nil {
			require.Equal(t, market.CodeAmountOutOfRange, market.CodeOf(err))
			return
		}
		require.LessOrEqual(t, total, market.MaxMoney)
		if n > 0 {
			require.Equal(t, price, total/market.Money(n))
		}
	})
}

func TestDayOf_Instant_IsTheDayInSeoul(t *testing.T) {
	t.Parallel()
	beforeMidnight := time.Date(2026, 3, 31, 14, 59, 59, 0, time.UTC)
	require.Equal(t, "2026-03-31", market.DayOf(beforeMidnight).String())
	require.Equal(t, "2026-04-01", market.DayOf(beforeMidnight.Add(time.Second)).String())
	b, err := json.Marshal(market.LocalTime(time.Date(2025, 4, 10, 3, 30, 0, 0, time.UTC)))
	require.NoError(t, err)
	require.Equal(t, `"2025-04-10T12:30:00"`, string(b))
	var back market.LocalTime
	require.NoError(t, json.Unmarshal(b, &back))
	require.True(t, time.Time(back).Equal(time.Date(2025, 4, 10, 3, 30, 0, 0, time.UTC)))
}

func TestCodeOf(t *testing.T) {
	t.Parallel()
	require.Empty(t, market.CodeOf(nil))
	require.Equal(t, market.CodeInternalServerError, market.CodeOf(errors.New("x")))
	require.Equal(t, market.CodeOrderNotFound,
		market.CodeOf(fmt.Errorf("wrapped: %w", market.Refuse(market.CodeOrderNotFound))))
}

func TestUngroup_CommasBetweenThousands_AreLeftOut(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"12,900": "12900", "1,234,567.50": "1234567.50", "-1,000": "-1000", "12900": "12900", "12,5": "12,5",
		"1,2345": "1,2345", ",900": ",900", "1234,567": "1234,567", "1,000,": "1,000,", "26,13,000": "26,13,000", "": "",
	} {
		require.Equal(t, want, market.Ungroup(typed), typed)
	}
}

func TestRound_Halves_GoAwayFromZero(t *testing.T) {
	t.Parallel()
	for amount, want := range map[market.Money]market.Money{
		0: 0, 49: 0, 50: 1_00, 1_49: 1_00, 1_50: 2_00, -49: 0, -50: -1_00, -1_50: -2_00, 7_00: 7_00, -7_00: -7_00,
	} {
		require.Equal(t, want, amount.Round(), amount)
	}
}
