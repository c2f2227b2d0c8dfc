package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// report holds the measurements of a benchmark run: tables, which are printed as they are made, and
// optionally stored as JSON.
type report struct {
	At     time.Time `json:"at"`
	Cores  int       `json:"cores"`
	Go     string    `json:"go"`
	Tables []*table  `json:"tables"`
}

func newReport() *report {
	return &report{At: time.Now().UTC().Truncate(time.Second), Cores: runtime.NumCPU(), Go: runtime.Version()}
}

// write keeps the report in a file; "" is none.
func (r *report) write(path string) error {
	if path == "" {
		return nil
	}
	b, err := json.MarshalIndent(r, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(b, '\n'), 0o644)
}

// table has rows of numbers and names. Milliseconds, seconds and rates are float64.
type table struct {
	Title   string   `json:"title"`
	Columns []string `json:"columns"`
	Rows    [][]any  `json:"rows"`
}

func (r *report) table(title string, columns ...string) *table {
	t := &table{Title: title, Columns: columns}
	r.Tables = append(r.Tables, t)
	return t
}

func (t *table) row(values ...any) {
	for i, v := range values {
		if d, ok := v.(time.Duration); ok { // as milliseconds
			values[i] = float64(d.Microseconds()) / 1000
		}
	}
	t.Rows = append(t.Rows, values)
}

// sortBy sorts the rows by a column of names.
func (t *table) sortBy(column int) {
	slices.SortFunc(t.Rows, func(a, b []any) int { return cmp.Compare(fmt.Sprint(a[column]), fmt.Sprint(b[column])) })
}

func (t *table) print() {
	fmt.Printf("\n%s\n\n", t.Title)
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, strings.Join(t.Columns, "\t")+"\t")
	for _, values := range t.Rows {
		cells := make([]string, len(values))
		for i, v := range values {
			cells[i] = cell(v)
		}
		fmt.Fprintln(w, strings.Join(cells, "\t")+"\t")
	}
	_ = w.Flush()
}

// cell shows a number with three significant digits or so.
func cell(v any) string {
	f, ok := v.(float64)
	switch {
	case !ok:
		return fmt.Sprint(v)
	case f >= 100:
		return fmt.Sprintf("%.0f", f)
	case f >= 10:
		return fmt.Sprintf("%.1f", f)
	}
	return fmt.Sprintf("%.2f", f)
}

// percentile is the value below which a share of the durations lies.
func percentile(all []time.Duration, share float64) time.Duration {
	if len(all) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(all))
	return sorted[min(len(sorted)-1, int(share*float64(len(sorted))))]
}
