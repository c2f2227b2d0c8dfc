package console

import (
	"net/http"
	"net/url"
	"strconv"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/pages"
	"github.com/all-in-market/market/internal/web"
)

// accountForm is a submitted form of a payout account.
type accountForm struct {
	BankCode    string `json:"bankCode" validate:"required,bank"`
	BankAccount string `json:"bankAccount" validate:"required,accountnumber"`
}

// showWithdrawnSeller shows a seller who has left, with the form of the payout account.
func (s *Server) showWithdrawnSeller(w http.ResponseWriter, r *http.Request, id int64) error {
	page, err := web.Page(r, pages.Rows)
	if err != nil {
		return err
	}
	ctx := r.Context()
	seller, err := s.store.WithdrawnSeller(ctx, id)
	if err != nil {
		return err
	}
	f := s.site.Frame(r, textWithdrawnSellerPrefix)
	f.Title += strconv.FormatInt(id, 10)
	var balance market.SellerBalance
	l := pages.Listed[market.Settlement]{Query: url.Values{}}
	if f.May(market.PermissionSeePayouts) {
		if balance, err = s.store.SellerBalance(ctx, market.SellerID(id)); err != nil {
			return err
		}
		if l.Page, err = s.replica.Settlements(ctx, market.SellerID(id), nil, page); err != nil {
			return err
		}
	}
	if err := s.store.NoteRead(ctx, market.Access{
		Data: market.DataSeller, DataID: id, Subject: market.RoleSeller, SubjectID: id, Rows: 1,
	}); err != nil {
		return err
	}
	pages.Show(w, r, http.StatusOK, withdrawnSellerPage(f, seller, balance, l))
	return nil
}

// setWithdrawnAccount has a seller who has left be paid to an account, or has that wait for a second person.
func (s *Server) setWithdrawnAccount(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "sellerId")
	if err != nil {
		return err
	}
	var in accountForm
	if err := web.DecodeForm(r.PostForm, &in); err != nil {
		return err
	}
	_, waits, err := s.store.SetWithdrawnAccount(r.Context(), web.Caller(r).ID, id, in.BankCode, in.BankAccount)
	if err != nil {
		return err
	}
	web.NoteAccount(r, id, waits != nil)
	done := noticeAccount
	if waits != nil {
		done = noticeWaits
	}
	s.site.Back(w, r, "/sellers/"+strconv.FormatInt(id, 10), done)
	return nil
}
