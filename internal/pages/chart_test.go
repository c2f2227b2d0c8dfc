package pages

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/testrig/browser"
)

// The highest bar is below the highest value of the axis, small ones are visible, and a day with more refunds than
// sales has none.
func TestChart_Bars_AreInProportion(t *testing.T) {
	t.Parallel()
	require.Equal(t, []int64{100, 50, 1, 0, 0}, heights([]Bar{
		{Value: 999_999_999_999_00}, {Value: 499_999_999_999_50}, {Value: 1}, {}, {Value: -5},
	}, 999_999_999_999_00))
	require.Equal(t, []int64{0, 0}, heights(make([]Bar, 2), 100))
}

func TestChart_Axis_HasRoundValuesAboveAllBars(t *testing.T) {
	t.Parallel()
	for highest, want := range map[market.Money][]market.Money{
		0: {100, 0}, 1: {100, 0}, 3_00: {3_00, 2_00, 1_00, 0}, 4_00: {4_00, 3_00, 2_00, 1_00, 0},
		4_01: {6_00, 4_00, 2_00, 0}, 31_800_00: {40_000_00, 30_000_00, 20_000_00, 10_000_00, 0},
		123_456_789_00: {150_000_000_00, 100_000_000_00, 50_000_000_00, 0}, -100: {100, 0},
	} {
		require.Equal(t, want, ticks([]Bar{{Value: highest}, {Value: -1}}), highest)
	}
	require.GreaterOrEqual(t, ticks([]Bar{{Value: market.MaxMoney * 10_000}})[0], market.MaxMoney*10_000)
}

func TestChart_AmountsOfTheAxis_AreShort(t *testing.T) {
	t.Parallel()
	for amount, want := range map[market.Money][2]string{
		0: {"₩0", "₩0"}, 500_00: {"₩500", "₩500"}, 5_000_00: {"₩5,000", "₩5K"}, 25_000_00: {"₩2.5만", "₩25K"},
		1_500_000_00: {"₩150만", "₩1.5M"}, 150_000_000_00: {"₩1.5억", "₩150M"}, 2_000_000_000_00: {"₩20억", "₩2B"},
	} {
		require.Equal(t, want, [2]string{Frame{}.short(amount), Frame{english: true}.short(amount)})
	}
}

// The table beside a chart has the value of each day, also of those without sales.
func TestChart_Table_HasTheSameAmounts(t *testing.T) {
	t.Parallel()
	var page strings.Builder
	bars := []Bar{{"2026-11-01", 100_00}, {"2026-11-02", 0}, {"2026-11-03", 7_00}, {"2026-11-04", 8_00}}
	require.NoError(t, Chart(Frame{Site: &Site{}, english: true}, "Sales", bars, true).Render(t.Context(), &page))
	require.Equal(t, 8, strings.Count(page.String(), "<rect"))
	_, table, ok := strings.Cut(page.String(), "<table")
	require.True(t, ok)
	for _, text := range []string{"2026-11-02", "₩0", "₩7", "2026-11-04", "₩100"} {
		require.Contains(t, table, text)
	}
	shown := browser.Parse(t, `<html lang="en"><title>x</title><main>`+page.String()+`</main>`)
	require.True(t, strings.HasPrefix(shown.Text, "Sales ₩100 ₩50 ₩0 2026-11-01 ₩100"), shown.Text)
}

func TestChangeOf_EachFigure_IsInPercent(t *testing.T) {
	t.Parallel()
	for figures, want := range map[[2]int64]string{
		{150, 100}: "50%", {50, 100}: "50%", {100, 100}: "", {1001, 1000}: "1%", {0, 5}: "100%", {5, 0}: "", {0, 0}: "",
		{700, 158}: "343%",
	} {
		require.Equal(t, want, changeOf(figures[0], figures[1]), "%v", figures)
	}
}
