package console

import (
	"net/http"
	"net/url"
	"strconv"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/pages"
	"github.com/all-in-market/market/internal/reports"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/web"
)

// step is a step that a seller takes until payouts are possible.
type step struct {
	name string
	done bool
	open string // what is missing
}

// steps returns the steps of a seller, in their order.
func steps(f pages.Frame, a market.SellerAccount) []step {
	return []step{
		{f.T(textEmailConfirmed), a.EmailVerified,
			f.T(textSellerHasToOpenLink)},
		{f.T(textApproved), a.Status == market.SellerApproved,
			f.T(textApproveItBelow)},
		{f.T(textProductOnSale), a.HasProducts,
			f.T(textSellerHasToAddProduct)},
		{f.T(textFirstSale), a.HasSold, f.T(textNotYet)},
		{f.T(textPayoutsEnabled), a.MayBePaid && a.PayoutsPausedUntil == nil,
			f.T(textReasonsOfPayoutHold)},
	}
}

func (s *Server) showSeller(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "sellerId")
	if err != nil {
		return err
	}
	page, err := web.Page(r, pages.Rows)
	if err != nil {
		return err
	}
	ctx := r.Context()
	account, err := s.store.SellerAccount(ctx, id)
	if market.CodeOf(err) == market.CodeSellerNotFound {
		return s.showWithdrawnSeller(w, r, id)
	}
	if err != nil {
		return err
	}
	f := s.site.Frame(r, textSellerPrefix)
	var balance market.SellerBalance
	var settlements market.Page[market.Settlement]
	if f.May(market.PermissionSeePayouts) {
		if balance, err = s.store.SellerBalance(ctx, market.SellerID(id)); err != nil {
			return err
		}
		if settlements, err = s.replica.Settlements(ctx, market.SellerID(id), nil, page); err != nil {
			return err
		}
	}
	if err := s.store.NoteRead(ctx, market.Access{
		Data: market.DataSeller, DataID: id, Subject: market.RoleSeller, SubjectID: id, Rows: 1,
	}); err != nil {
		return err
	}
	f.Title += account.StoreName
	pages.Show(w, r, http.StatusOK, sellerPage(f, account, balance,
		pages.Listed[market.Settlement]{Page: settlements, Query: url.Values{}}))
	return nil
}

func (s *Server) showStatement(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "sellerId")
	if err != nil {
		return err
	}
	return reports.Statement(w, r, s.store, s.issuer, market.SellerID(id))
}

func (s *Server) listProducts(w http.ResponseWriter, r *http.Request) error {
	id, err := web.QueryID(r, "product")
	if err != nil {
		return err
	}
	if id != 0 {
		http.Redirect(w, r, "/products/"+strconv.FormatInt(id, 10), http.StatusSeeOther)
		return nil
	}
	page, err := web.Page(r, pages.Rows)
	if err != nil {
		return err
	}
	l := pages.Listed[market.Product]{}
	var status *market.ProductStatus
	if l.Status, status, err = pages.StatusOf(r, market.ProductBlocked); err != nil {
		return err
	}
	if l.Page, err = s.replica.AllProducts(r.Context(), status, page); err != nil {
		return err
	}
	names, err := sellersOf(r.Context(), s, l.Content, func(p market.Product) int64 { return p.SellerID })
	if err != nil {
		return err
	}
	pages.Show(w, r, http.StatusOK, productsPage(s.site.Frame(r, pages.TextProducts), l, names))
	return nil
}

func (s *Server) showProduct(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "productId")
	if err != nil {
		return err
	}
	p, err := s.store.AnyProduct(r.Context(), id)
	if err != nil {
		return err
	}
	names, err := sellersOf(r.Context(), s, []market.Product{p}, func(p market.Product) int64 { return p.SellerID })
	if err != nil {
		return err
	}
	f := s.site.Frame(r, textProductPrefix)
	f.Title += strconv.FormatInt(id, 10)
	pages.Show(w, r, http.StatusOK, productPage(f, p, names))
	return nil
}

// blockProduct blocks a product for a reason, or lets it go.
func (s *Server) blockProduct(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "productId")
	if err != nil {
		return err
	}
	reason, err := measure(r, "block", "unblock")
	if err != nil {
		return err
	}
	notice := noticeBlocked
	if reason != "" {
		_, err = s.backOffice.BlockProduct(r.Context(), id, reason)
	} else {
		notice = noticeFreed
		_, err = s.backOffice.UnblockProduct(r.Context(), id)
	}
	if err != nil {
		return err
	}
	s.site.Back(w, r, "/products/"+strconv.FormatInt(id, 10), notice)
	return nil
}

// measure decodes a form that takes a measure for a reason, or lifts it: then the reason is "".
func measure(r *http.Request, take, lift string) (string, error) {
	var in struct {
		Do string `json:"do"`
	}
	err := web.DecodeForm(r.PostForm, &in)
	switch {
	case err != nil:
		return "", err
	case in.Do == take:
		var given reasonForm
		err = web.DecodeForm(r.PostForm, &given)
		return given.Reason, err
	case in.Do == lift:
		return "", nil
	}
	return "", market.RefuseWith(market.CodeInvalidInput, market.DetailFieldInvalid, "do")
}

func (s *Server) listBuyers(w http.ResponseWriter, r *http.Request) error {
	page, err := web.Page(r, pages.Rows)
	if err != nil {
		return err
	}
	l := pages.Listed[market.BuyerAccount]{}
	var filter store.BuyerFilter
	if filter.Email, err = web.QueryEmail(r, "email"); err != nil {
		return err
	}
	if filter.ID, err = web.QueryID(r, "buyer"); err != nil {
		return err
	}
	if filter.Email == "" && filter.ID == 0 {
		if l.Status, filter.Status, err = pages.StatusOf(r, market.BuyerLocked); err != nil {
			return err
		}
	}
	if l.Page, err = s.replica.BuyerAccounts(r.Context(), filter, page); err != nil {
		return err
	}
	if err := s.store.NoteRead(r.Context(), market.Access{Data: market.DataBuyers, Rows: len(l.Content)}); err != nil {
		return err
	}
	pages.Show(w, r, http.StatusOK, buyersPage(s.site.Frame(r, textBuyers), l, string(filter.Email)))
	return nil
}

// lockBuyer locks a buyer out for a reason, or lets them in again.
func (s *Server) lockBuyer(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "buyerId")
	if err != nil {
		return err
	}
	reason, err := measure(r, "lock", "unlock")
	if err != nil {
		return err
	}
	notice := noticeLocked
	if reason != "" {
		_, err = s.backOffice.LockBuyer(r.Context(), id, reason)
	} else {
		notice = noticeLetIn
		_, err = s.backOffice.UnlockBuyer(r.Context(), id)
	}
	if err != nil {
		return err
	}
	s.site.Back(w, r, "/buyers", notice)
	return nil
}

// listAudit shows the audit log, or answers with a file of it.
func (s *Server) listAudit(w http.ResponseWriter, r *http.Request) error {
	filter, err := reports.AuditFilter(r)
	if err != nil {
		return err
	}
	if r.URL.Query().Get("format") == "csv" {
		return reports.Audit(w, r, s.replica, s.store, filter)
	}
	page, err := web.Page(r, pages.Rows)
	if err != nil {
		return err
	}
	l := pages.Listed[market.AuditEntry]{Query: r.URL.Query()}
	if l.Page, err = s.replica.AuditLog(r.Context(), filter, page); err != nil {
		return err
	}
	if err := s.store.NoteRead(r.Context(), market.Access{Data: market.DataAuditLog,
		Rows: len(l.Content)}); err != nil {
		return err
	}
	pages.Show(w, r, http.StatusOK, auditPage(s.site.Frame(r, textAuditLog), l, s.workflow))
	return nil
}
