// Package bulk changes many order lines or products of a seller in one request, from a file or from a list: shipments,
// prices and stock. A line that cannot be carried out has a problem and holds up no other.
package bulk

import (
	"bytes"
	"errors"
	"io"
	"regexp"

	"github.com/all-in-market/market/internal/cache"
	"github.com/all-in-market/market/internal/csvfile"
	"github.com/all-in-market/market/internal/market"
)

// MaxBytes bounds a file and a list.
const MaxBytes = 1 << 20

// The columns of the files that sellers send. The first line of a file names them in any order, in either language.
var (
	OfferColumns = []csvfile.Column{
		{Name: "productId", Aliases: []string{"상품번호", "상품ID"}},
		{Name: "price", Aliases: []string{"가격", "판매가", "판매가격"}},
		{Name: "onHand", Aliases: []string{"재고", "재고수량", "보유재고"}}, // not stock, which the API calls what can be ordered
	}
	ShipmentColumns = []csvfile.Column{
		{Name: "orderItemId", Aliases: []string{"상품주문번호", "주문상품번호"}},
		{Name: "carrier", Aliases: []string{"택배사", "배송사"}},
		{Name: "trackingNumber", Aliases: []string{"송장번호", "운송장번호"}},
	}
)

// Line is a line of a file or an element of a list, with its values, which may be missing when it has a problem.
type Line struct {
	Number  int
	Values  []string // in the order of the columns
	Problem error
}

// value returns the n-th value, or "".
func (l Line) value(n int) string {
	if n < len(l.Values) {
		return l.Values[n]
	}
	return ""
}

// Changes are the bulk changes of sellers.
type Changes struct {
	Store Store
	Cache *cache.Reads
}

// excelText is a number that a spreadsheet writes as a text, so that it keeps its zeros.
var excelText = regexp.MustCompile(`(^|[,\n])="([^"\r\n,]+)"`)

// ReadLines reads a CSV file. A line that cannot be read has a problem, and so has the line at which a file is cut that
// is too long. It fails with INVALID_INPUT for a file whose columns cannot be read.
func ReadLines(content []byte, columns []csvfile.Column) (all []Line, err error) {
	lines, err := csvfile.NewReader(bytes.NewReader(excelText.ReplaceAll(content, []byte("$1$2"))), columns...)
	if err != nil {
		return nil, err
	}
	for {
		record, err := lines.Next()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		l := Line{Number: record.Line, Values: record.Values, Problem: err}
		if len(all) == market.MaxFileLines {
			l.Problem = market.RefuseWith(market.CodeInvalidInput, market.DetailFileLines, market.MaxFileLines)
			return append(all, l), nil
		}
		all = append(all, l)
	}
}
