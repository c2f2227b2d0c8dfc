// Package csvfile reads tables that people and spreadsheets write: CSV files whose first line names the columns.
package csvfile

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/transform"

	"github.com/all-in-market/market/internal/market"
)

// Column is a column of a file. Its values have the name of the field that they are written into.
type Column struct {
	Name    string
	Aliases []string // further names that the first line may have; case, blanks, hyphens and underscores do not count
}

// Record is a line of a file.
type Record struct {
	Line   int
	Values []string // canonical texts, in the order of the columns of the reader
}

// Reader reads the records of a file.
type Reader struct {
	lines   *csv.Reader
	columns []Column
	at      []int // where each column is in the file
	ended   bool
}

// sniffed is how much of a file decides about its encoding, in bytes.
const sniffed = 64 << 10

// byteOrderMark begins the files that spreadsheets write as UTF-8.
const byteOrderMark = "\ufeff"

// NewReader returns a reader of the named columns of a file, which may be in any order and beside others. The file is
// in UTF-8, with or without a byte order mark, or in CP949. NewReader fails with INVALID_INPUT if the first line does
// not name each column once, and with what reading the file fails with.
func NewReader(file io.Reader, columns ...Column) (*Reader, error) {
	content := bufio.NewReaderSize(file, sniffed)
	start, err := content.Peek(sniffed)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	var text io.Reader = content
	if bytes.HasPrefix(start, []byte(byteOrderMark)) {
		_, _ = content.Discard(len(byteOrderMark))
	} else if isCP949(start) {
		text = transform.NewReader(content, korean.EUCKR.NewDecoder())
	}
	r := &Reader{lines: csv.NewReader(text), columns: columns}
	header, err := r.lines.Read()
	var syntax *csv.ParseError
	if err != nil && !errors.Is(err, io.EOF) && !errors.As(err, &syntax) {
		return nil, err
	}
	return r, r.locate(header)
}

// isCP949 reports whether the start of a file is text in CP949 and not in UTF-8. Text in UTF-8 with a damaged
// character is neither.
func isCP949(start []byte) bool {
	if len(start) == sniffed {
		start = start[:bytes.LastIndexByte(start, '\n')+1] // no character is cut in two
	}
	if utf8.Valid(start) {
		return false
	}
	decoded, err := korean.EUCKR.NewDecoder().Bytes(start) // with the extensions of CP949
	return err == nil && !bytes.ContainsRune(decoded, utf8.RuneError)
}

// locate notes where the columns are.
func (r *Reader) locate(header []string) error {
	r.at = make([]int, len(r.columns))
	for i, c := range r.columns {
		r.at[i] = -1
		for j, typed := range header {
			if !c.has(typed) {
				continue
			}
			if r.at[i] >= 0 {
				return market.RefuseWith(market.CodeInvalidInput, market.DetailFileColumnTwice, c.Name)
			}
			r.at[i] = j
		}
		if r.at[i] < 0 {
			return market.RefuseWith(market.CodeInvalidInput, market.DetailFileColumns, r.names())
		}
	}
	return nil
}

// has reports whether a column has a name.
func (c Column) has(typed string) bool {
	if plainName(typed) == plainName(c.Name) {
		return true
	}
	for _, alias := range c.Aliases {
		if plainName(typed) == plainName(alias) {
			return true
		}
	}
	return false
}

func plainName(name string) string {
	canonical, _ := market.CanonicalText("", name, market.TextLine) // a name that has no form is that of no column
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '-' || r == '_' {
			return -1
		}
		return unicode.ToLower(r)
	}, canonical)
}

func (r *Reader) names() string {
	names := make([]string, len(r.columns))
	for i, c := range r.columns {
		names[i] = c.Name
	}
	return strings.Join(names, ", ")
}

// Next returns the next record that is not blank, and io.EOF after the last one. A record that cannot be read fails
// with INVALID_INPUT, has its line, and may have values; the next one can be read. A record with a quote in
// the wrong place is the last one: where the next line begins is not known.
func (r *Reader) Next() (record Record, err error) {
	for {
		if r.ended {
			return Record{}, io.EOF
		}
		fields, err := r.lines.Read()
		var syntax *csv.ParseError
		switch {
		case errors.Is(err, csv.ErrFieldCount):
			record = Record{Line: line(r.lines), Values: r.pick(fields)}
			return record, market.RefuseWith(market.CodeInvalidInput, market.DetailLineFields, len(fields),
				r.lines.FieldsPerRecord)
		case errors.As(err, &syntax):
			r.ended = true
			return Record{Line: syntax.StartLine, Values: make([]string, len(r.columns))},
				market.RefuseWith(market.CodeInvalidInput, market.DetailLineQuotes)
		case err != nil:
			r.ended = errors.Is(err, io.EOF)
			return Record{}, err
		}
		record = Record{Line: line(r.lines), Values: r.pick(fields)}
		blank := true
		for i, c := range r.columns {
			if record.Values[i], err = market.CanonicalText(c.Name, record.Values[i], market.TextLine); err != nil {
				return record, err
			}
			blank = blank && record.Values[i] == ""
		}
		if !blank {
			return record, nil
		}
	}
}

func line(lines *csv.Reader) int {
	n, _ := lines.FieldPos(0)
	return n
}

func (r *Reader) pick(fields []string) []string {
	values := make([]string, len(r.columns))
	for i, at := range r.at {
		if at < len(fields) {
			values[i] = fields[at]
		}
	}
	return values
}
