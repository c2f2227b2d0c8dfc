package sellerweb

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"regexp"

	"github.com/all-in-market/market/internal/csvfile"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/pages"
	"github.com/all-in-market/market/internal/web"
)

const (
	maxFile  = 1 << 20 // bytes
	maxLines = 1000
)

// The columns of the files that sellers send. The first line of a file names them in any order, in either language.
var (
	offerColumns = []csvfile.Column{
		{Name: "productId", Aliases: []string{"상품번호", "상품ID"}},
		{Name: "price", Aliases: []string{"가격", "판매가", "판매가격"}},
		{Name: "stock", Aliases: []string{"재고", "재고수량", "보유재고"}},
	}
	shipmentColumns = []csvfile.Column{
		{Name: "orderItemId", Aliases: []string{"상품주문번호", "주문상품번호"}},
		{Name: "carrier", Aliases: []string{"택배사", "배송사"}},
		{Name: "trackingNumber", Aliases: []string{"송장번호", "운송장번호"}},
	}
)

// fileLine is a line of a file with its values, which may be missing when it has a problem.
type fileLine struct {
	number  int
	values  []string // in the order of the columns
	problem string
}

// excelText is a number that a spreadsheet writes as a text, so that it keeps its zeros.
var excelText = regexp.MustCompile(`(^|[,\n])="([^"\r\n,]+)"`)

// readFile reads the CSV file that a form brings. A line that cannot be read has a problem, and so has the line at
// which a file is cut that is too long. It fails with INVALID_INPUT or PAYLOAD_TOO_LARGE for a file that cannot be
// read as a whole.
func readFile(
	w http.ResponseWriter, r *http.Request, f pages.Frame, columns []csvfile.Column,
) (all []fileLine, err error) {
	r.Body = http.MaxBytesReader(w, r.Body, maxFile)
	file, _, err := r.FormFile("file")
	if errors.Is(err, http.ErrMissingFile) || errors.Is(err, http.ErrNotMultipart) {
		return nil, market.RefuseWith(market.CodeInvalidInput, market.DetailFieldRequired, "file")
	}
	if err != nil {
		return nil, web.BodyError(err)
	}
	defer file.Close()
	content, err := io.ReadAll(file)
	if err != nil {
		return nil, web.BodyError(err)
	}
	lines, err := csvfile.NewReader(bytes.NewReader(excelText.ReplaceAll(content, []byte("$1$2"))), columns...)
	if err != nil {
		return nil, err
	}
	for {
		record, err := lines.Next()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		l := fileLine{number: record.Line, values: record.Values}
		if err != nil {
			_, l.problem = web.Explain(w, r, err)
		}
		if len(all) == maxLines {
			l.problem = f.Say("이 줄부터는 다른 파일로 등록해 주세요.", "From this line on, send another file: one takes 1,000 lines.")
			return append(all, l), nil
		}
		all = append(all, l)
	}
}

// template answers with a file for a seller to fill in and to send back.
func (s *Server) template(
	w http.ResponseWriter, r *http.Request, name string, data market.AccessData, header []string,
	each func(write func([]string) error) error,
) error {
	return web.RespondCSV(w, r, web.Export{Log: s.store, Filename: name, Access: market.Access{
		Data: data, Subject: market.RoleSeller, SubjectID: web.Caller(r).ID,
	}}, header, each)
}
