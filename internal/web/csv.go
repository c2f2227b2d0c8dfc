package web

import (
	"encoding/csv"
	"net/http"

	"github.com/all-in-market/market/internal/market"
)

// WantsCSV says whether a request asks for a download instead of a page: format=csv.
func WantsCSV(r *http.Request) (bool, error) {
	switch r.URL.Query().Get("format") {
	case "", "json":
		return false, nil
	case "csv":
		return true, nil
	}
	return false, market.RefuseWith(market.CodeInvalidInput, market.DetailNotOneOf, "format", "json, csv")
}

// RespondCSV streams a file. each calls write for every record; what fails before the first
// record is answered as any other error, what fails later ends the connection, so that
// nobody takes the file for the whole.
func RespondCSV(
	w http.ResponseWriter, r *http.Request, filename string, header []string,
	each func(write func(record []string) error) error,
) error {
	out, begun := csv.NewWriter(w), false
	begin := func() error {
		begun = true
		w.Header().Set("Content-Type", "text/csv; charset=utf-8")
		w.Header().Set("Content-Disposition", `attachment; filename="`+filename+`"`)
		w.Header().Set("Cache-Control", "no-store")
		return out.Write(header)
	}
	err := each(func(record []string) error {
		if !begun {
			if err := begin(); err != nil {
				return err
			}
		}
		return out.Write(record)
	})
	if err == nil && !begun {
		err = begin()
	}
	out.Flush()
	if err == nil {
		err = out.Error()
	}
	if err != nil && begun {
		recordError(r.Context(), err)
		panic(http.ErrAbortHandler)
	}
	return err
}
