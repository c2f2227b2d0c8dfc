package web

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/all-in-market/market/internal/market"
)

// WantsCSV reports whether a request asks for a download instead of a page: format=csv.
func WantsCSV(r *http.Request) (bool, error) {
	switch r.URL.Query().Get("format") {
	case "", "json":
		return false, nil
	case "csv":
		return true, nil
	}
	return false, market.RefuseWith(market.CodeInvalidInput, market.DetailNotOneOf, "format", "json, csv")
}

// RespondCSV streams a file, after it has noted it in the access log. each calls write for every
// record; what fails before the first record is answered as any other error, what fails later ends
// the connection, so that a part of the file is not taken for the whole.
func RespondCSV(
	w http.ResponseWriter, r *http.Request, e Export, header []string,
	each func(write func(record []string) error) error,
) (err error) {
	access := e.Access
	access.Action = market.AccessExport
	if access.Reason, err = e.reason(r); err != nil {
		return err
	}
	var entry, rows int64
	out, begun := csv.NewWriter(w), false
	begin := func() (err error) {
		if entry, err = e.Log.NoteAccess(r.Context(), access); err != nil {
			return err
		}
		begun = true
		w.Header().Set("Content-Type", "text/csv; charset=utf-8")
		w.Header().Set("Content-Disposition", `attachment; filename="`+e.Filename+`"`)
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Add("Vary", "Accept-Language")              // of the names of columns
		if _, err := io.WriteString(w, "\ufeff"); err != nil { // spreadsheets take a file without it for one in CP949
			return err
		}
		return out.Write(header)
	}
	err = each(func(record []string) error {
		if !begun {
			if err := begin(); err != nil {
				return err
			}
		}
		rows++
		return out.Write(withoutFormulas(record))
	})
	if err == nil && !begun {
		err = begin()
	}
	out.Flush()
	if err == nil {
		err = out.Error()
	}
	if begun {
		e.end(r, entry, rows)
	}
	if err != nil && begun {
		recordError(r.Context(), err)
		panic(http.ErrAbortHandler)
	}
	return err
}

// plainNumber matches a cell that begins like a formula and is only a number.
var plainNumber = regexp.MustCompile(`^[+-]?[0-9]+(\.[0-9]+)?$`)

// withoutFormulas returns a record in which an apostrophe makes a text of each cell that is a formula.
func withoutFormulas(record []string) []string {
	record = slices.Clone(record)
	for i, cell := range record {
		if cell != "" && strings.IndexByte("=+-@\t\r", cell[0]) >= 0 && !plainNumber.MatchString(cell) {
			record[i] = "'" + cell
		}
	}
	return record
}

// end records how many rows were sent, also of a file that was cut off. A failure to do so is logged:
// the file has been sent, and its entry is there.
func (e Export) end(r *http.Request, entry, rows int64) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), auditTimeout)
	defer cancel()
	if err := e.Log.EndExport(ctx, entry, rows); err != nil {
		recordError(r.Context(), fmt.Errorf("rows of export %d not recorded: %w", entry, err))
	}
}
