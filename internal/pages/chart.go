package pages

import "github.com/all-in-market/market/internal/market"

// Bar is a bar of a chart.
type Bar struct {
	Label string
	Value market.Money // negative values have no bar
}

// chartHeight is the height of the highest bar, in the chart's units; a bar is barWidth wide.
const (
	chartHeight = 100
	barWidth    = 10
)

// heights returns the heights of bars, in proportion to the highest.
func heights(bars []Bar) []int64 {
	most := market.Money(1)
	for _, b := range bars {
		most = max(most, b.Value)
	}
	all := make([]int64, len(bars))
	for i, b := range bars {
		all[i] = int64(max(0, b.Value)) * chartHeight / int64(most)
		if b.Value > 0 {
			all[i] = max(1, all[i]) // a positive value is visible
		}
	}
	return all
}
