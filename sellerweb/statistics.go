package sellerweb

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/pages"
	"github.com/all-in-market/market/internal/reports"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/web"
)

// statistics are a seller's sales of closed days.
type statistics struct {
	from, to market.Day
	unit     string // one of store.StatisticsUnits
	sum      market.Totals
	groups   []market.StatisticsGroup
}

// bars returns the sales of each group. Of days it has those without sales, too.
func (s statistics) bars() (bars []pages.Bar) {
	next := s.from
	for _, g := range s.groups {
		for ; s.unit == "day" && next.Before(g.From); next = next.Next() {
			bars = append(bars, pages.Bar{Label: next.String()})
		}
		bars = append(bars, pages.Bar{Label: g.From.String(), Value: g.TotalSales})
		next = g.From.Next()
	}
	for ; s.unit == "day" && !s.to.Before(next); next = next.Next() {
		bars = append(bars, pages.Bar{Label: next.String()})
	}
	return bars
}

// file returns the address of the same statistics as a file.
func (s statistics) file() string {
	return base + "/statistics?" + url.Values{
		"from": {s.from.String()}, "to": {s.to.String()}, "unit": {s.unit}, "format": {"csv"},
	}.Encode()
}

// showStatistics shows the sales of a span of days, by default the last thirty, or responds with
// them as a file.
func (s *Server) showStatistics(w http.ResponseWriter, r *http.Request) error {
	from, to, err := web.Span(r, s.store.Today(), chartDays)
	if err != nil {
		return err
	}
	file, err := web.WantsCSV(r)
	if err != nil {
		return err
	}
	shown := statistics{from: from, to: to, unit: r.URL.Query().Get("unit")}
	if shown.unit == "" {
		shown.unit = "day"
	}
	if !slices.Contains(store.StatisticsUnits, shown.unit) {
		return market.RefuseWith(market.CodeInvalidInput, market.DetailFieldInvalid, "unit")
	}
	summary, err := s.store.SummarizeStatistics(r.Context(), web.Seller(r), &from, &to, shown.unit)
	if err != nil {
		return err
	}
	if summary != nil {
		shown.sum, shown.groups = summary.Totals, summary.Groups
	}
	if file {
		return s.statisticsFile(w, r, shown.groups)
	}
	pages.Show(w, r, http.StatusOK, statisticsPage(s.site.Frame(r, textStatistics), shown))
	return nil
}

func (s *Server) statisticsFile(w http.ResponseWriter, r *http.Request, groups []market.StatisticsGroup) error {
	e := web.Export{Log: s.store, Filename: "statistics.csv", Access: market.Access{
		Data: market.DataStatistics, Subject: market.RoleSeller, SubjectID: web.Caller(r).ID,
	}}
	header := []string{"from", "to", "orders", "pieces", "sales", "refunds", "refunded", "net"}
	return web.RespondCSV(w, r, e, header, func(write func([]string) error) error {
		for _, g := range groups {
			err := write([]string{
				g.From.String(), g.To.String(), strconv.FormatInt(g.TotalOrders, 10),
				strconv.FormatInt(g.TotalItems, 10),
				g.TotalSales.String(), strconv.FormatInt(g.TotalRefunds, 10), g.RefundAmount.String(),
				g.NetSales.String(),
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// listLedger shows what the seller has earned and what was deducted, entry by entry, or answers
// with it as a file.
func (s *Server) listLedger(w http.ResponseWriter, r *http.Request) error {
	own := store.LedgerFilter{Seller: web.Seller(r), Account: market.AccountSellerPayable}
	file, err := web.WantsCSV(r)
	if err != nil {
		return err
	}
	if file {
		return reports.Ledger(w, r, s.replica, s.store, own)
	}
	page, err := web.Page(r, pages.Rows)
	if err != nil {
		return err
	}
	entries, err := s.replica.Ledger(r.Context(), own, page)
	if err != nil {
		return err
	}
	pages.Show(w, r, http.StatusOK, ledgerPage(s.site.Frame(r, textTransactions),
		pages.Listed[market.LedgerEntry]{Page: entries}))
	return nil
}
