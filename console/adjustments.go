package console

import (
	"cmp"
	"crypto/rand"
	"net/http"
	"net/url"
	"strconv"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/pages"
	"github.com/all-in-market/market/internal/web"
)

// adjustmentForm is a submitted form of an adjustment.
type adjustmentForm struct {
	Kind          string `json:"kind"`
	DebitAccount  string `json:"debitAccount"`
	CreditAccount string `json:"creditAccount"`
	Amount        string `json:"amount"`
	SellerID      string `json:"sellerId"`
	BreakID       string `json:"breakId"`
	Reason        string `json:"reason" text:"lines"`
	Key           string `json:"key"`
}

// adjustment returns the adjustment of the form. It fails with INVALID_INPUT.
func (in adjustmentForm) adjustment() (a market.NewAdjustment, err error) {
	a = market.NewAdjustment{
		Kind: market.AdjustmentKind(in.Kind), DebitAccount: market.LedgerAccount(in.DebitAccount),
		CreditAccount: market.LedgerAccount(in.CreditAccount), Reason: in.Reason,
		Key: web.HashedKey("adjustment:" + in.Key),
	}
	if a.Amount, err = market.ParseMoney(market.Ungroup(in.Amount)); err != nil {
		return a, market.RefuseWith(market.CodeInvalidInput, market.DetailFieldInvalid, "amount")
	}
	if in.SellerID != "" {
		if a.SellerID, err = strconv.ParseInt(in.SellerID, 10, 64); err != nil || a.SellerID <= 0 {
			return a, market.RefuseWith(market.CodeInvalidInput, market.DetailFieldInvalid, "sellerId")
		}
	}
	if in.BreakID != "" {
		if a.BreakID, err = strconv.ParseInt(in.BreakID, 10, 64); err != nil || a.BreakID <= 0 {
			return a, market.RefuseWith(market.CodeInvalidInput, market.DetailFieldInvalid, "breakId")
		}
	}
	return a, nil
}

// listAdjustments shows the adjustments of the ledger, of all sellers or of one. Of a seller who is in debt the form
// is filled in with its write-off, and of a break with what the provider holds more or less than is booked.
func (s *Server) listAdjustments(w http.ResponseWriter, r *http.Request) error {
	seller, err := web.QueryID(r, "sellerId")
	if err != nil {
		return err
	}
	var in adjustmentForm
	if seller != 0 {
		in.SellerID = strconv.FormatInt(seller, 10)
		balance, err := s.store.SellerBalance(r.Context(), market.SellerID(seller))
		if err != nil {
			return err
		}
		if balance.Balance < 0 {
			in.Kind, in.Amount = string(market.AdjustmentWriteOff), (-balance.Balance).String()
			in.DebitAccount, in.CreditAccount = string(market.AccountWriteOff), string(market.AccountSellerPayable)
		}
	}
	id, err := web.QueryID(r, "breakId")
	if err != nil {
		return err
	}
	if id != 0 {
		b, err := s.store.Break(r.Context(), id)
		if err != nil {
			return err
		}
		in.BreakID = strconv.FormatInt(id, 10)
		if b.Currency == market.Won {
			in.Amount = max(b.Amount, -b.Amount).String()
		}
		in.DebitAccount = string(market.AccountPSPClearing)
		if b.Amount < 0 {
			in.DebitAccount, in.CreditAccount = "", in.DebitAccount
		}
	}
	return s.showAdjustments(w, r, http.StatusOK, seller, in, "")
}

// showAdjustments shows the adjustments and the form of another one, with its problem.
func (s *Server) showAdjustments(
	w http.ResponseWriter, r *http.Request, status int, seller int64, in adjustmentForm, problem string,
) error {
	page, err := web.Page(r, pages.Rows)
	if err != nil {
		return err
	}
	l := pages.Listed[market.Adjustment]{Query: url.Values{}}
	if seller != 0 {
		l.Query.Set("sellerId", strconv.FormatInt(seller, 10))
	}
	if l.Page, err = s.store.Adjustments(r.Context(), market.SellerID(seller), page); err != nil {
		return err
	}
	in.Key = cmp.Or(in.Key, rand.Text())
	f := s.site.Frame(r, textAdjustments)
	pages.Show(w, r, status, adjustmentsPage(f, l, in, problem))
	return nil
}

// postAdjustment posts an adjustment, or has it wait for a second person. A form that is refused is shown again with
// what was entered.
func (s *Server) postAdjustment(w http.ResponseWriter, r *http.Request) error {
	if err := pages.Form(w, r); err != nil {
		return err
	}
	var in adjustmentForm
	var waits *market.Proposal
	err := web.DecodeForm(r.PostForm, &in)
	if err == nil {
		_, err = pages.Reason(r)
	}
	if err == nil {
		var a market.NewAdjustment
		if a, err = in.adjustment(); err == nil {
			_, waits, err = s.store.PostAdjustment(r.Context(), web.Caller(r).ID, a)
		}
	}
	if err != nil {
		status, message := web.Explain(w, r, err)
		if status >= http.StatusInternalServerError {
			return err
		}
		return s.showAdjustments(w, r, status, 0, in, message)
	}
	done := noticeAdjusted
	if waits != nil {
		done = noticeWaits
	}
	s.site.Back(w, r, "/adjustments", done)
	return nil
}
