package sellerweb

import (
	"errors"
	"io"
	"net/http"

	"github.com/all-in-market/market/internal/bulk"
	"github.com/all-in-market/market/internal/csvfile"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/web"
)

// readFile reads the CSV file that a form brings. It fails with INVALID_INPUT or PAYLOAD_TOO_LARGE for a file that
// cannot be read as a whole.
func readFile(w http.ResponseWriter, r *http.Request, columns []csvfile.Column) ([]bulk.Line, error) {
	r.Body = http.MaxBytesReader(w, r.Body, bulk.MaxBytes)
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
	return bulk.ReadLines(content, columns)
}

// problem returns the text of the problem of a line; "" for none.
func problem(w http.ResponseWriter, r *http.Request, err error) (text string) {
	if err != nil {
		_, text = web.Explain(w, r, err)
	}
	return text
}
