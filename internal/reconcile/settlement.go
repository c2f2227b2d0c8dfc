package reconcile

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
)

// SettlementHeader is the first line of a settlement file. A line follows for each charge and
// each cancellation that the provider pays out, in won; amounts of cancellations are
// negative, and a day is written 2026-11-22.
var SettlementHeader = []string{"merchantUid", "amount", "fee", "payoutDay"}

// chunk is how many lines are imported together.
const chunk = 1000

// SettlementFiles is where settlement files are imported.
type SettlementFiles interface {
	OpenSettlementFile(ctx context.Context, p market.Provider, name string) (store.SettlementProgress, error)
	AddSettlementLines(ctx context.Context, c store.SettlementChunk) (market.SettlementFile, error)
}

// Import imports a settlement file as it comes, a chunk of lines at a time. An import that
// was cut off goes on when the file is sent again: the lines that are there are held against
// it, and not imported twice. It fails with SETTLEMENT_FILE_INVALID, which names the line,
// with SETTLEMENT_FILE_CHANGED, or with what reading the file fails with.
func Import(ctx context.Context, files SettlementFiles, name string, file io.Reader) (market.SettlementFile, error) {
	in := csv.NewReader(file)
	in.FieldsPerRecord = len(SettlementHeader)
	header, err := in.Read()
	if readError(err) {
		return market.SettlementFile{}, err
	}
	if !slices.Equal(header, SettlementHeader) {
		return market.SettlementFile{}, invalid(1, strings.Join(SettlementHeader, ","))
	}
	begun, err := files.OpenSettlementFile(ctx, market.ProviderPortOne, name)
	if err != nil {
		return market.SettlementFile{}, err
	}
	i := importer{
		files: files, file: begun.SettlementFile,
		next: store.SettlementChunk{FileID: begun.ID, Before: begun.Lines},
	}
	for line := int64(1); ; line++ {
		record, err := in.Read()
		switch {
		case errors.Is(err, io.EOF) && line <= begun.Lines:
			return i.file, market.Refuse(market.CodeSettlementFileChanged)
		case errors.Is(err, io.EOF):
			err = i.add(ctx, true)
			return i.file, err
		case readError(err):
			return i.file, err
		}
		parsed, wrong := parse(record)
		if wrong != "" {
			return i.file, errors.Join(i.add(ctx, false), invalid(line+1, wrong))
		}
		i.digest(record)
		switch {
		case line > begun.Lines:
			err = i.take(ctx, parsed)
		case line == begun.Lines && !bytes.Equal(i.next.DigestAfter, begun.Digest):
			err = market.Refuse(market.CodeSettlementFileChanged)
		}
		if err != nil {
			return i.file, err
		}
	}
}

// importer collects lines to chunks.
type importer struct {
	files SettlementFiles
	file  market.SettlementFile
	next  store.SettlementChunk
}

// digest adds a line to the digest of all that have been read.
func (i *importer) digest(record []string) {
	sum := sha256.Sum256(append(i.next.DigestAfter, strings.Join(record, "\x00")...))
	i.next.DigestAfter = sum[:]
}

func (i *importer) take(ctx context.Context, l store.SettlementLine) error {
	i.next.Lines = append(i.next.Lines, l)
	if len(i.next.Lines) < chunk {
		return nil
	}
	return i.add(ctx, false)
}

func (i *importer) add(ctx context.Context, whole bool) (err error) {
	i.next.Whole = whole
	i.file, err = i.files.AddSettlementLines(ctx, i.next)
	i.next.Before += int64(len(i.next.Lines))
	i.next.Lines = nil
	return err
}

// parse reads a line; column is the first that is not as it has to be.
func parse(record []string) (l store.SettlementLine, column string) {
	if len(record) != len(SettlementHeader) {
		return l, strings.Join(SettlementHeader, ",")
	}
	l.MerchantUID = record[0]
	if l.MerchantUID == "" || len(l.MerchantUID) > 255 || strings.ContainsRune(l.MerchantUID, 0) {
		return l, SettlementHeader[0]
	}
	var err error
	if l.Amount, err = market.ParseMoney(record[1]); err != nil {
		return l, SettlementHeader[1]
	}
	if l.Fee, err = market.ParseMoney(record[2]); err != nil {
		return l, SettlementHeader[2]
	}
	if l.PayoutDay, err = market.ParseDay(record[3]); err != nil {
		return l, SettlementHeader[3]
	}
	return l, ""
}

// readError says whether an error is in reading, and not in what was read.
func readError(err error) bool {
	var syntax *csv.ParseError
	return err != nil && !errors.Is(err, io.EOF) && !errors.As(err, &syntax)
}

func invalid(line int64, column string) error {
	return market.RefuseWith(market.CodeSettlementFileInvalid, market.DetailSettlementLine, line, column)
}
