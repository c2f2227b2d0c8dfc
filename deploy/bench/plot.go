package main

import (
	"fmt"
	"os"

	"github.com/go-analyze/charts"
)

// plot draws throughput and latency of purchases over the number of buyers into an SVG file;
// "" is none, and so is a run that has not measured them.
func (b *bench) plot(path string) error {
	var t *table
	for _, other := range b.Tables {
		if other.Title == purchaseTable {
			t = other
		}
	}
	if path == "" || t == nil {
		return nil
	}
	const width, height = 960, 320
	p := charts.NewPainter(charts.PainterOptions{OutputFormat: charts.ChartOutputSVG, Width: width, Height: height})
	p.FilledRect(0, 0, width, height, charts.ColorWhite, charts.ColorWhite, 0)
	for i, chart := range []struct {
		title   string
		columns []string
	}{
		{"per second, over buyers at a time", []string{"ceiling/s", "purchases/s"}},
		{"ms from cart to paid, over buyers at a time", []string{"p50 ms", "p95 ms", "p99 ms"}},
	} {
		opt := charts.NewLineChartOptionWithData(t.numbers(chart.columns...))
		opt.Title.Text, opt.Title.FontStyle.FontSize = chart.title, 12
		opt.Legend.SeriesNames, opt.Legend.Offset = chart.columns,
			charts.OffsetStr{Top: "20", Left: charts.PositionCenter}
		opt.XAxis.Labels = make([]string, len(t.Rows))
		for n, row := range t.Rows {
			opt.XAxis.Labels[n] = fmt.Sprint(row[0])
		}
		opt.YAxis[0].Min = new(0.0)
		opt.ValueFormatter = func(v float64) string { return fmt.Sprintf("%.0f", v) }
		opt.Symbol.Shape = charts.SymbolCircle
		box := charts.Box{Left: i * width / 2, Right: (i + 1) * width / 2, Top: 0, Bottom: height, IsSet: true}
		if err := p.Child(charts.PainterBoxOption(box)).LineChart(opt); err != nil {
			return err
		}
	}
	svg, err := p.Bytes()
	if err != nil {
		return err
	}
	return os.WriteFile(path, svg, 0o644)
}

// numbers are the values of columns, one slice for each.
func (t *table) numbers(columns ...string) [][]float64 {
	all := make([][]float64, len(columns))
	for i, name := range columns {
		for c, title := range t.Columns {
			if title != name {
				continue
			}
			for _, row := range t.Rows {
				value, _ := row[c].(float64)
				all[i] = append(all[i], value)
			}
		}
	}
	return all
}
