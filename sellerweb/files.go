package sellerweb

import (
	"encoding/csv"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/pages"
	"github.com/all-in-market/market/internal/web"
)

const (
	maxFile  = 1 << 20 // bytes
	maxLines = 1000
)

// fileLine is a line of a file of CSV. Its fields are those that were asked for, or at least the
// first when it has a problem.
type fileLine struct {
	number  int
	fields  []string
	problem string
}

// readFile reads the file of CSV that a form brings, whose lines have the named columns; a first
// line may name them. What cannot be read is told at its line, and so is where a file is cut that
// is too long.
func readFile(w http.ResponseWriter, r *http.Request, f pages.Frame, columns ...string) (all []fileLine, err error) {
	r.Body = http.MaxBytesReader(w, r.Body, maxFile)
	file, _, err := r.FormFile("file")
	if errors.Is(err, http.ErrMissingFile) || errors.Is(err, http.ErrNotMultipart) {
		return nil, market.RefuseWith(market.CodeInvalidInput, market.DetailFieldRequired, "file")
	}
	if err != nil {
		return nil, web.BodyError(err)
	}
	defer file.Close()
	lines := csv.NewReader(file)
	lines.FieldsPerRecord, lines.TrimLeadingSpace = -1, true
	unreadable := f.Say("필요한 항목: ", "These fields are needed: ") + strings.Join(columns, ", ")
	for {
		fields, err := lines.Read()
		var wrong *csv.ParseError
		if errors.As(err, &wrong) { // what follows cannot be told apart
			return append(all, fileLine{wrong.Line, []string{""}, unreadable}), nil
		}
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, web.BodyError(err)
		}
		n, _ := lines.FieldPos(0)
		fields[0] = strings.TrimSpace(strings.TrimPrefix(fields[0], "\ufeff"))
		switch {
		case len(all) == maxLines:
			return append(all, fileLine{n, fields, f.Say("이 줄부터는 다른 파일로 등록해 주세요.",
				"From this line on, send another file: one takes 1,000 lines.")}), nil
		case len(fields) < len(columns):
			all = append(all, fileLine{n, fields, unreadable})
		case !strings.EqualFold(fields[0], columns[0]): // else it names the columns
			all = append(all, fileLine{number: n, fields: fields})
		}
	}
}
