// Package reports answers with documents and files about settlements, the ledger and the audit log.
package reports

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"html/template"
	"net/http"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/web"
)

//go:embed statement.html
var statementHTML string

var statementPage = template.Must(template.New("statement").Parse(statementHTML))

// StatementReader reads what a statement shows, and records that. *store.Store implements it.
type StatementReader interface {
	web.AccessLog
	Settlement(ctx context.Context, sellerID market.SellerID, id int64) (market.SettlementDetail, error)
	Seller(ctx context.Context, id int64) (market.Seller, error)
}

// Statement answers with a settlement of a seller as a page to print, or with format=csv as a file.
func Statement(w http.ResponseWriter, r *http.Request, s StatementReader, of market.SellerID) error {
	id, err := web.ID(r, "settlementId")
	if err != nil {
		return err
	}
	file, err := web.WantsCSV(r)
	if err != nil {
		return err
	}
	settlement, err := s.Settlement(r.Context(), of, id)
	if err != nil {
		return err
	}
	access := market.Access{
		Data: market.DataSettlement, DataID: id, Subject: market.RoleSeller, SubjectID: int64(of), Rows: 1,
	}
	if file {
		export := web.Export{Log: s, Filename: fmt.Sprintf("settlement-%d.csv", id), Access: access}
		return statementFile(w, r, export, settlement)
	}
	seller, err := s.Seller(r.Context(), int64(of))
	if err != nil && market.CodeOf(err) != market.CodeSellerAlreadyDeleted { // staff reads those too
		return err
	}
	if err := web.NoteStaffRead(r, s, access); err != nil {
		return err
	}
	var page bytes.Buffer
	if err := statementPage.Execute(&page, struct {
		Seller     market.Seller
		Settlement market.SettlementDetail
	}{seller, settlement}); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
	_, err = page.WriteTo(w)
	return err
}

func statementFile(w http.ResponseWriter, r *http.Request, e web.Export, d market.SettlementDetail) error {
	header := []string{"settlementId", "day", "fee", "payable"}
	return web.RespondCSV(w, r, e, header, func(write func([]string) error) error {
		for _, l := range d.Lines {
			record := []string{fmt.Sprint(d.ID), l.StatDate.String(), l.Fee.String(), l.Payable.String()}
			if err := write(record); err != nil {
				return err
			}
		}
		return nil
	})
}
