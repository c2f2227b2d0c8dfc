package console

import (
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
	Kind          market.AdjustmentKind `json:"kind" validate:"required,staffadjustment"`
	DebitAccount  market.LedgerAccount  `json:"debitAccount" validate:"required,adjustable"`
	CreditAccount market.LedgerAccount  `json:"creditAccount" validate:"required,adjustable"`
	Amount        market.Money          `json:"amount" validate:"required"`
	SellerID      *int64                `json:"sellerId" validate:"omitempty,gt=0"`
	BreakID       *int64                `json:"breakId" validate:"omitempty,gt=0"`
	Reason        string                `json:"reason" validate:"required,reason" text:"lines"`
	Key           string                `json:"key" validate:"required"`
}

// suggestion is how the form of an adjustment is filled in.
type suggestion struct {
	kind                      market.AdjustmentKind
	debit, credit             market.LedgerAccount
	amount, sellerID, breakID string
	key                       string
}

// listAdjustments shows the adjustments of the ledger, of all sellers or of one. Of a seller who is in debt the form
// is filled in with its write-off, and of a break with what the provider holds more or less than is booked.
func (s *Server) listAdjustments(w http.ResponseWriter, r *http.Request) error {
	seller, err := web.QueryID(r, "sellerId")
	if err != nil {
		return err
	}
	in := suggestion{key: rand.Text()}
	if seller != 0 {
		in.sellerID = strconv.FormatInt(seller, 10)
		balance, err := s.store.SellerBalance(r.Context(), market.SellerID(seller))
		if err != nil {
			return err
		}
		if balance.Balance < 0 {
			in.kind, in.amount = market.AdjustmentWriteOff, (-balance.Balance).String()
			in.debit, in.credit = market.AccountWriteOff, market.AccountSellerPayable
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
		in.breakID = strconv.FormatInt(id, 10)
		if b.Currency == market.Won {
			in.amount = max(b.Amount, -b.Amount).String()
		}
		in.debit = market.AccountPSPClearing
		if b.Amount < 0 {
			in.debit, in.credit = "", in.debit
		}
	}
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
	pages.Show(w, r, http.StatusOK, adjustmentsPage(s.site.Frame(r, textAdjustments), l, in))
	return nil
}

// postAdjustment posts an adjustment, or has it wait for a second person.
func (s *Server) postAdjustment(w http.ResponseWriter, r *http.Request) error {
	var in adjustmentForm
	if err := web.DecodeForm(r.PostForm, &in); err != nil {
		return err
	}
	a := market.NewAdjustment{
		Kind: in.Kind, DebitAccount: in.DebitAccount, CreditAccount: in.CreditAccount, Amount: in.Amount,
		Reason: in.Reason, Key: web.HashedKey("adjustment:" + in.Key),
	}
	if in.SellerID != nil {
		a.SellerID = *in.SellerID
	}
	if in.BreakID != nil {
		a.BreakID = *in.BreakID
	}
	_, waits, err := s.store.PostAdjustment(r.Context(), web.Caller(r).ID, a)
	if err != nil {
		return err
	}
	done := noticeAdjusted
	if waits != nil {
		done = noticeWaits
	}
	s.site.Back(w, r, "/adjustments", done)
	return nil
}
