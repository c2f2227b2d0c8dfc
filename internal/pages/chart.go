package pages

import "github.com/all-in-market/market/internal/market"

// Bar is one of a chart.
type Bar struct {
	Label string
	Value market.Money // negative ones are shown as none
}

// chartHeight is that of the highest bar, in the chart's own units; a bar is barWidth wide.
const (
	chartHeight = 100
	barWidth    = 10
)

// heights are those of bars, in proportion to the highest.
func heights(bars []Bar) []int64 {
	most := market.Money(1)
	for _, b := range bars {
		most = max(most, b.Value)
	}
	all := make([]int64, len(bars))
	for i, b := range bars {
		all[i] = int64(max(0, b.Value)) * chartHeight / int64(most)
		if b.Value > 0 {
			all[i] = max(1, all[i]) // what is there is seen
		}
	}
	return all
}
