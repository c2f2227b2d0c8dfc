package pages

import (
	"math"
	"strconv"
	"strings"

	"github.com/all-in-market/market/internal/market"
)

// Bar is a bar of a chart.
type Bar struct {
	Label string
	Value market.Money // negative values have no bar
}

// chartHeight is the height of the plot, in the chart's units; a bar is barWidth wide.
const (
	chartHeight = 100
	barWidth    = 10
)

// ticks returns the values of a chart's vertical axis in descending order. They are multiples of a round amount. No
// bar is higher than the first.
func ticks(bars []Bar) []market.Money {
	const most = 4 // above zero
	highest := market.Money(0)
	for _, b := range bars {
		highest = max(highest, b.Value)
	}
	step := market.Money(100) // one won
	for i := 0; step*most < highest; i++ {
		step = market.Money(100 * math.Pow10(i/3) * []float64{1, 2, 5}[i%3])
	}
	n := max(1, (highest+step-1)/step)
	all := make([]market.Money, 0, most+1)
	for ; n >= 0; n-- {
		all = append(all, n*step)
	}
	return all
}

// heights returns the heights of bars, in proportion to the highest value of the axis.
func heights(bars []Bar, top market.Money) []int64 {
	all := make([]int64, len(bars))
	for i, b := range bars {
		all[i] = int64(math.Round(float64(max(0, b.Value)) / float64(top) * chartHeight))
		if b.Value > 0 {
			all[i] = max(1, all[i]) // a positive value is visible
		}
	}
	return all
}

// axisLabels returns the labels of the first, the middle and the last bar, which stand at equal distances.
func axisLabels(bars []Bar) (labels []string) {
	switch n := len(bars); n {
	case 0:
	case 1:
		labels = []string{bars[0].Label}
	case 2:
		labels = []string{bars[0].Label, bars[1].Label}
	default:
		labels = []string{bars[0].Label, bars[(n-1)/2].Label, bars[n-1].Label}
	}
	return labels
}

// magnitudes are units of large amounts in won, the largest first.
var magnitudes = map[bool][]struct {
	won  float64
	name string
}{
	false: {{1e8, "억"}, {1e4, "만"}},
	true:  {{1e9, "B"}, {1e6, "M"}, {1e3, "K"}},
}

// short shows a round amount in few characters, such as ₩150만 or ₩1.5M.
func (f Frame) short(m market.Money) string {
	won := float64(m) / 100
	for _, unit := range magnitudes[f.english] {
		if won >= unit.won {
			return "₩" + strings.TrimSuffix(strconv.FormatFloat(won/unit.won, 'f', 1, 64), ".0") + unit.name
		}
	}
	return Won(m)
}

// changeOf returns by how much a figure has changed, in percent of the one before; "" if it has not, or if there is
// none before to compare it with.
func changeOf(now, before int64) string {
	if before <= 0 || now == before {
		return ""
	}
	change := int64(math.Round(math.Abs(float64(now-before)) / float64(before) * 100))
	return strconv.FormatInt(max(change, 1), 10) + "%"
}
