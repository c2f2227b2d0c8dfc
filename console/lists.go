package console

import (
	"context"
	"crypto/rand"
	"net/http"

	"github.com/all-in-market/market/internal/backoffice"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/pages"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/web"
)

// chartDays is the number of days that the chart of the overview shows.
const chartDays = 14

func (s *Server) showOverview(w http.ResponseWriter, r *http.Request) error {
	f := s.site.Frame(r, textOverview)
	if !f.May(market.PermissionSeeStatistics) {
		pages.Show(w, r, http.StatusOK, startPage(f))
		return nil
	}
	ctx := r.Context()
	overview, err := s.store.Overview(ctx)
	if err != nil {
		return err
	}
	today := s.store.Today()
	first := today.Add(1 - chartDays)
	sales, err := s.replica.MarketSales(ctx, first, today)
	if err != nil {
		return err
	}
	bars := make([]pages.Bar, chartDays)
	for i := range bars {
		bars[i] = pages.Bar{Label: first.Add(i).String(), Value: sales[first.Add(i)]}
	}
	top, err := s.topLists(ctx, f, first, today)
	if err != nil {
		return err
	}
	firing, err := s.store.Alerts(ctx)
	if err != nil {
		return err
	}
	pages.Show(w, r, http.StatusOK, overviewPage(f, overview, bars, top, alerts(f, firing), s.simulator))
	return nil
}

// topRows is the number of rows of the top lists of the overview.
const topRows = 5

// topLists are the products with the most pieces sold recently, and the sellers with the most sales.
type topLists struct {
	products []store.BestProduct
	sellers  []market.SellerRank
	names    map[int64]string // of the sellers
}

func (s *Server) topLists(ctx context.Context, f pages.Frame, first, last market.Day) (top topLists, err error) {
	if f.May(market.PermissionSeeCatalogue) {
		if top.products, err = s.replica.BestProducts(ctx, topRows); err != nil {
			return top, err
		}
	}
	if !f.May(market.PermissionSeeSellers) {
		return top, nil
	}
	if top.sellers, err = s.replica.RankSellers(ctx, first, last, topRows); err != nil {
		return top, err
	}
	top.names, err = sellersOf(ctx, s, top.sellers, func(r market.SellerRank) int64 { return r.SellerID })
	return top, err
}

func (s *Server) showAlerts(w http.ResponseWriter, r *http.Request) error {
	details, err := s.store.AlertDetails(r.Context())
	if err != nil {
		return err
	}
	pages.Show(w, r, http.StatusOK, alertsPage(s.site.Frame(r, textAlerts), details))
	return nil
}

// brokenRules returns the first finding of each rule that has a reason and an action.
func brokenRules(details []market.AlertDetail) (first []market.AlertDetail) {
	seen := map[string]bool{}
	for _, d := range details {
		if d.Action != "" && !seen[d.Subject] {
			seen[d.Subject] = true
			first = append(first, d)
		}
	}
	return first
}

func (s *Server) listSellers(w http.ResponseWriter, r *http.Request) error {
	sellers, err := pages.Read(r, s.replica.Sellers, market.SellerPending)
	if err != nil {
		return err
	}
	read := market.Access{Data: market.DataSellers, Rows: len(sellers.Content)}
	if err := s.store.NoteRead(r.Context(), read); err != nil {
		return err
	}
	f := s.site.Frame(r, textSellers)
	pages.Show(w, r, http.StatusOK, sellersPage(f, sellers))
	return nil
}

// statusForm is a submitted form of a seller's status.
type statusForm struct {
	To   market.SellerStatus `json:"to" validate:"required,enum"`
	Hold bool                `json:"hold"`

	Reason string `json:"reason" validate:"reason" text:"lines"`
}

func (s *Server) setSellerStatus(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "sellerId")
	if err != nil {
		return err
	}
	var in statusForm
	if err := web.DecodeForm(r.PostForm, &in); err != nil {
		return err
	}
	hold := in.Hold && in.To != market.SellerApproved
	if _, err := s.backOffice.SetSellerStatus(r.Context(), id, in.To, hold, in.Reason); err != nil {
		return err
	}
	s.site.Back(w, r, "/sellers", noticeSeller)
	return nil
}

func (s *Server) listPayouts(w http.ResponseWriter, r *http.Request) error {
	payouts, err := pages.Read(r, s.replica.Payouts, market.PayoutFailed)
	if err != nil {
		return err
	}
	names, err := sellersOf(r.Context(), s, payouts.Content, func(p market.Payout) int64 { return p.SellerID })
	if err != nil {
		return err
	}
	f := s.site.Frame(r, textPayouts)
	pages.Show(w, r, http.StatusOK, payoutsPage(f, payouts, names, rand.Text(), func(settlementID int64) string {
		return s.workflow(backoffice.PayoutRun(settlementID))
	}))
	return nil
}

func (s *Server) inquirePayout(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "payoutId")
	if err != nil {
		return err
	}
	if err := pages.Form(w, r); err != nil {
		return err
	}
	if err := s.backOffice.InquirePayout(r.Context(), web.Caller(r).ID, id); err != nil {
		return err
	}
	s.site.Back(w, r, "/payouts", noticePayout)
	return nil
}

// payoutForm is a submitted form of a decision about a payout.
type payoutForm struct {
	Decision string `json:"decision" validate:"required,oneof=retry abandon"`
	Reason   string `json:"reason" validate:"required,reason" text:"lines"`
	Key      string `json:"key"`
}

// decidePayout has a payout that has failed paid again, or carried over.
func (s *Server) decidePayout(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "payoutId")
	if err != nil {
		return err
	}
	var in payoutForm
	if err := web.DecodeForm(r.PostForm, &in); err != nil {
		return err
	}
	err = s.backOffice.DecidePayout(r.Context(), backoffice.PayoutDecision{
		PayoutID: id, Retry: in.Decision == "retry", AdminID: web.Caller(r).ID, Reason: in.Reason,
		Key: web.HashedKey("payout:" + in.Decision + ":" + in.Key),
	})
	if err != nil {
		return err
	}
	s.site.Back(w, r, "/payouts", noticePayoutDecided)
	return nil
}

func (s *Server) listBreaks(w http.ResponseWriter, r *http.Request) error {
	breaks, err := pages.Read(r, s.store.Breaks, market.DiscrepancyOpen)
	if err != nil {
		return err
	}
	pages.Show(w, r, http.StatusOK, breaksPage(s.site.Frame(r, textReconciliation), breaks))
	return nil
}

// reasonForm is a submitted form of a decision that takes a reason.
type reasonForm struct {
	Reason string `json:"reason" validate:"required,reason" text:"lines"`
}

func (s *Server) acceptBreak(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "breakId")
	if err != nil {
		return err
	}
	var in reasonForm
	if err := web.DecodeForm(r.PostForm, &in); err != nil {
		return err
	}
	if _, _, err := s.backOffice.AcceptBreak(r.Context(), id, web.Caller(r).ID, in.Reason); err != nil {
		return err
	}
	s.site.Back(w, r, "/breaks", noticeBreak)
	return nil
}
