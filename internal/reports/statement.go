// Package reports answers with documents and files about settlements, the ledger and the audit log.
package reports

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"html/template"
	"net/http"
	"time"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/web"
)

//go:embed statement.html
var statementHTML string

var statementPage = template.Must(template.New("statement").Funcs(template.FuncMap{
	"won":  market.Money.Grouped,
	"less": func(m market.Money) string { return (-m).Grouped() },
	"date": func(t *market.LocalTime) string { return time.Time(*t).In(market.Zone).Format(time.DateOnly) },
}).Parse(statementHTML))

// StatementReader reads what a statement shows, and records that. *store.Store implements it.
type StatementReader interface {
	web.AccessLog
	Statement(ctx context.Context, sellerID market.SellerID, id int64) (market.Statement, error)
	Seller(ctx context.Context, id int64) (market.Seller, error)
}

// maxShownOrders is the maximum number of orders on a page or in a response; a file has all.
const maxShownOrders = 1000

// The formats of a statement, in the parameter format.
const (
	statementAsPage   = "" // to print
	statementAsJSON   = "json"
	statementOfDays   = "csv"
	statementOfOrders = "orders"
)

// Statement answers with a settlement of a seller as a page to print, as JSON, or as a file of its days or its orders.
func Statement(
	w http.ResponseWriter, r *http.Request, s StatementReader, issuer market.Business, of market.SellerID,
) error {
	id, err := web.ID(r, "settlementId")
	if err != nil {
		return err
	}
	format := r.URL.Query().Get("format")
	switch format {
	case statementAsPage, statementAsJSON, statementOfDays, statementOfOrders:
	default:
		return market.RefuseWith(market.CodeInvalidInput, market.DetailNotOneOf, "format", "json, csv, orders")
	}
	statement, err := s.Statement(r.Context(), of, id)
	if err != nil {
		return err
	}
	access := market.Access{
		Data: market.DataSettlement, DataID: id, Subject: market.RoleSeller, SubjectID: int64(of), Rows: 1,
	}
	switch format {
	case statementOfDays:
		export := web.Export{Log: s, Filename: fmt.Sprintf("settlement-%d.csv", id), Access: access}
		return daysFile(w, r, export, statement)
	case statementOfOrders:
		export := web.Export{Log: s, Filename: fmt.Sprintf("settlement-%d-orders.csv", id), Access: access}
		return ordersFile(w, r, export, statement)
	}
	seller, err := s.Seller(r.Context(), int64(of))
	if err != nil && market.CodeOf(err) != market.CodeSellerAlreadyDeleted { // staff reads those too
		return err
	}
	if err := web.NoteStaffRead(r, s, access); err != nil {
		return err
	}
	statement.Issuer = issuer
	statement.Seller = market.Business{
		Name: seller.StoreName, BizNumber: seller.BizNumber, Representative: seller.Name,
	}
	statement.Orders = statement.Orders[:min(len(statement.Orders), maxShownOrders)]
	if format == statementAsJSON {
		return web.Respond(w, r, web.ReadSuccess, statement)
	}
	var page bytes.Buffer
	if err := statementPage.Execute(&page, statement); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
	_, err = page.WriteTo(w)
	return err
}

func daysFile(w http.ResponseWriter, r *http.Request, e web.Export, s market.Statement) error {
	header := []string{"settlementId", "day", "fee", "payable"}
	return web.RespondCSV(w, r, e, header, func(write func([]string) error) error {
		for _, l := range s.Lines {
			record := []string{fmt.Sprint(s.ID), l.StatDate.String(), l.Fee.String(), l.Payable.String()}
			if err := write(record); err != nil {
				return err
			}
		}
		return nil
	})
}

func ordersFile(w http.ResponseWriter, r *http.Request, e web.Export, s market.Statement) error {
	header := []string{
		"settlementId", "orderNumber", "orderDate", "grossSales", "refunds", "commission", "commissionVat", "payable",
	}
	return web.RespondCSV(w, r, e, header, func(write func([]string) error) error {
		for _, o := range s.Orders {
			record := []string{
				fmt.Sprint(s.ID), "", "", o.GrossSales.String(), o.Refunds.String(), o.Commission.String(),
				market.VATIn(o.Commission).String(), o.Payable.String(),
			}
			if o.OrderID != nil {
				record[1], record[2] = *o.OrderNumber, market.DayOf(time.Time(*o.OrderedAt)).String()
			}
			if err := write(record); err != nil {
				return err
			}
		}
		return nil
	})
}
