package store

import (
	"bytes"
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store/db"
)

// SettlementLine is a line of a provider's settlement file.
type SettlementLine struct {
	MerchantUID string
	Amount      market.Money // negative for refunds
	Fee         market.Money
	PayoutDay   market.Day
}

// SettlementChunk is a run of a file's lines, with its position in the file.
type SettlementChunk struct {
	FileID      int64
	Before      int64  // lines that come before
	DigestAfter []byte // of all lines up to the last of these
	Lines       []SettlementLine
	Whole       bool // it ends with the file's last line
}

// SettlementProgress is a file with the digest of the imported lines.
type SettlementProgress struct {
	market.SettlementFile
	Digest []byte
}

// OpenSettlementFile starts or resumes the import of a provider's file. The file's Lines is the
// number of imported lines.
func (s ReconciliationStore) OpenSettlementFile(
	ctx context.Context, p market.Provider, name string,
) (SettlementProgress, error) {
	row, err := s.q.OpenSettlementFile(ctx, s.pool, p, name)
	return SettlementProgress{SettlementFile: settlementFile(row), Digest: row.Digest}, translate(err)
}

// DiscardSettlementFile removes what was imported of a file that is refused. It changes nothing if the whole file was
// imported before.
func (s ReconciliationStore) DiscardSettlementFile(ctx context.Context, fileID int64) error {
	return translate(s.q.DiscardSettlementFile(ctx, s.pool, fileID))
}

// AddSettlementLines appends a run of lines and, with the last one, queues the comparison of the
// file. A run that is already there has no effect. It fails with SETTLEMENT_FILE_CHANGED when a
// concurrent import of the file has added different lines.
func (s ReconciliationStore) AddSettlementLines(
	ctx context.Context, c SettlementChunk,
) (f market.SettlementFile, err error) {
	in := db.AddSettlementLinesParams{FileID: c.FileID}
	var amount, fee market.Money
	for i, l := range c.Lines {
		in.Lines = append(in.Lines, c.Before+int64(i)+1)
		in.MerchantUids = append(in.MerchantUids, l.MerchantUID)
		in.Amounts = append(in.Amounts, l.Amount)
		in.Fees = append(in.Fees, l.Fee)
		in.PayoutDays = append(in.PayoutDays, l.PayoutDay)
		amount, fee = amount+l.Amount, fee+l.Fee
	}
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		row, err := orNotFound(s.q.LockSettlementFile(ctx, tx, c.FileID))(market.CodeSettlementFileChanged)
		if err != nil { // a concurrent import of the file was refused
			return err
		}
		f = settlementFile(row)
		switch after := c.Before + int64(len(c.Lines)); {
		case row.Lines == after && bytes.Equal(row.Digest, c.DigestAfter) && (row.ImportedAt != nil || !c.Whole):
			return nil
		case row.Lines == after && bytes.Equal(row.Digest, c.DigestAfter):
			in, amount, fee = db.AddSettlementLinesParams{FileID: c.FileID}, 0, 0 // only the end was missing
		case row.Lines != c.Before || row.ImportedAt != nil:
			return market.Refuse(market.CodeSettlementFileChanged)
		}
		if err := s.q.AddSettlementLines(ctx, tx, in); err != nil {
			return err
		}
		row, err = s.q.SettlementFileGrew(ctx, tx, db.SettlementFileGrewParams{
			ID: c.FileID, Lines: int64(len(in.Amounts)), Digest: c.DigestAfter, Amount: amount, Fee: fee,
			Whole: c.Whole,
		})
		if err == nil && c.Whole {
			err = s.q.AddFollowUp(ctx, tx, market.FollowUpSettlementFile, c.FileID)
		}
		f = settlementFile(row)
		return err
	})
	return f, err
}

// SettlementFiles lists the files that are imported or being imported, newest first; sorts: id.
func (s ReconciliationStore) SettlementFiles(
	ctx context.Context, page market.PageRequest,
) (market.Page[market.SettlementFile], error) {
	return list[db.ProviderSettlementFile, market.SettlementFile]{
		table: "provider_settlement_files", show: settlementFile, where: "true", sorts: sortsBy(market.SortsByID),
	}.page(ctx, s.DB, page)
}

func settlementFile(f db.ProviderSettlementFile) market.SettlementFile {
	return market.SettlementFile{
		ID: f.ID, Provider: f.Provider, Name: f.Name, Lines: f.Lines, Amount: f.Amount, Fee: f.Fee,
		CreatedAt: market.LocalTime(f.CreatedAt), ImportedAt: market.LocalTimeOf(f.ImportedAt),
	}
}
