package web

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"net/http"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
)

//go:embed statement.html
var statementHTML string

var statementPage = template.Must(template.New("statement").Parse(statementHTML))

// Statement answers with a settlement of a seller as a page to print, or with format=csv as a file.
func Statement(w http.ResponseWriter, r *http.Request, s *store.Store, of market.SellerID) error {
	id, err := ID(r, "settlementId")
	if err != nil {
		return err
	}
	file, err := WantsCSV(r)
	if err != nil {
		return err
	}
	settlement, err := s.Settlement(r.Context(), of, id)
	if err != nil {
		return err
	}
	if file {
		return statementFile(w, r, settlement)
	}
	seller, err := s.Seller(r.Context(), int64(of))
	if err != nil {
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

func statementFile(w http.ResponseWriter, r *http.Request, d market.SettlementDetail) error {
	name := fmt.Sprintf("settlement-%d.csv", d.ID)
	header := []string{"settlementId", "day", "fee", "payable"}
	return RespondCSV(w, r, name, header, func(write func([]string) error) error {
		for _, l := range d.Lines {
			record := []string{fmt.Sprint(d.ID), l.StatDate.String(), l.Fee.String(), l.Payable.String()}
			if err := write(record); err != nil {
				return err
			}
		}
		return nil
	})
}
