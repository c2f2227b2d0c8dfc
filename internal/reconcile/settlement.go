package reconcile

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/all-in-market/market/internal/csvfile"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
)

// SettlementColumns are the columns of a settlement file, in any order. A line follows for each charge and each
// cancellation that the provider pays out, in won; amounts of cancellations are negative, and a day is written
// 2026-11-22. A file without such a line is that of a day without payouts.
var SettlementColumns = []csvfile.Column{
	{Name: "merchantUid", Aliases: []string{"주문번호", "거래번호", "결제번호"}},
	{Name: "amount", Aliases: []string{"금액", "결제금액", "정산금액"}},
	{Name: "fee", Aliases: []string{"수수료"}},
	{Name: "payoutDay", Aliases: []string{"지급일", "정산일", "입금일"}},
}

// chunk is how many lines are imported together.
const chunk = 1000

// SettlementFiles is where settlement files are imported.
type SettlementFiles interface {
	OpenSettlementFile(ctx context.Context, p market.Provider, name string) (store.SettlementProgress, error)
	AddSettlementLines(ctx context.Context, c store.SettlementChunk) (market.SettlementFile, error)
	DiscardSettlementFile(ctx context.Context, fileID int64) error
}

// Import imports a settlement file as it comes, a chunk of lines at a time. An import that
// was cut off goes on when the file is sent again: the lines that are there are held against
// it, and not imported twice; until it is whole they count for nothing. It fails with
// SETTLEMENT_FILE_INVALID, which names the line, or with SETTLEMENT_FILE_CHANGED, and then leaves
// nothing of the file behind that was not imported before, or with what reading the file fails with.
func Import(ctx context.Context, files SettlementFiles, name string, file io.Reader) (market.SettlementFile, error) {
	in, err := csvfile.NewReader(file, SettlementColumns...)
	if refused(err) {
		return market.SettlementFile{}, invalid(1, columnNames())
	}
	if err != nil {
		return market.SettlementFile{}, err
	}
	begun, err := files.OpenSettlementFile(ctx, market.ProviderPortOne, name)
	if err != nil {
		return market.SettlementFile{}, err
	}
	i := importer{
		files: files, file: begun.SettlementFile,
		next: store.SettlementChunk{FileID: begun.ID, Before: begun.Lines, DigestAfter: []byte{}},
	}
	refuse := func(reason error) (market.SettlementFile, error) {
		return i.file, errors.Join(reason, files.DiscardSettlementFile(ctx, begun.ID))
	}
	for n := int64(1); ; n++ {
		record, err := in.Next()
		switch {
		case errors.Is(err, io.EOF) && n <= begun.Lines:
			return refuse(market.Refuse(market.CodeSettlementFileChanged))
		case errors.Is(err, io.EOF):
			err = i.add(ctx, true)
			return i.file, err
		case refused(err):
			return refuse(invalid(record.Line, cmp.Or(fieldOf(err), columnNames())))
		case err != nil:
			return i.file, err
		}
		parsed, wrong := i.parse(record.Values)
		if wrong != "" {
			return refuse(invalid(record.Line, wrong))
		}
		i.digest(record.Values)
		switch {
		case n > begun.Lines:
			err = i.take(ctx, parsed)
		case n == begun.Lines && !bytes.Equal(i.next.DigestAfter, begun.Digest):
			return refuse(market.Refuse(market.CodeSettlementFileChanged))
		}
		if err != nil {
			return i.file, err
		}
	}
}

// importer collects lines to chunks.
type importer struct {
	files       SettlementFiles
	file        market.SettlementFile
	next        store.SettlementChunk
	amount, fee market.Money // of all lines that have been read
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

// The days between which a provider pays out; another one is a slip.
var firstPayout, lastPayout = market.Date(2000, 1, 1), market.Date(2099, 12, 31)

// parse reads a line; column is the first whose value is not as it has to be.
func (i *importer) parse(values []string) (l store.SettlementLine, column string) {
	l.MerchantUID = values[0]
	if l.MerchantUID == "" || utf8.RuneCountInString(l.MerchantUID) > 255 {
		return l, SettlementColumns[0].Name
	}
	var err error
	if l.Amount, err = market.ParseMoney(values[1]); err != nil || !fits(i.amount+l.Amount) {
		return l, SettlementColumns[1].Name
	}
	if l.Fee, err = market.ParseMoney(values[2]); err != nil || abs(l.Fee) > abs(l.Amount) || !fits(i.fee+l.Fee) {
		return l, SettlementColumns[2].Name
	}
	l.PayoutDay, err = market.ParseDay(values[3])
	if err != nil || l.PayoutDay.Before(firstPayout) || lastPayout.Before(l.PayoutDay) {
		return l, SettlementColumns[3].Name
	}
	i.amount, i.fee = i.amount+l.Amount, i.fee+l.Fee
	return l, ""
}

func abs(m market.Money) market.Money { return max(m, -m) }

// fits reports whether a sum of lines can be stored.
func fits(sum market.Money) bool { return abs(sum) <= market.MaxMoney }

// refused reports whether an error is in what was read, and not in reading it.
func refused(err error) bool {
	var e *market.Error
	return errors.As(err, &e) && e.Code == market.CodeInvalidInput && e.Detail != ""
}

// fieldOf returns the column that a refused text is of; "" for an error of a line as a whole.
func fieldOf(err error) string {
	var e *market.Error
	if !errors.As(err, &e) || !strings.HasPrefix(string(e.Detail), "field.") {
		return ""
	}
	column, _ := e.Args[0].(string)
	return column
}

func columnNames() string {
	names := make([]string, len(SettlementColumns))
	for i, c := range SettlementColumns {
		names[i] = c.Name
	}
	return strings.Join(names, ",")
}

func invalid(line int, column string) error {
	return market.RefuseWith(market.CodeSettlementFileInvalid, market.DetailSettlementLine, line, column)
}
