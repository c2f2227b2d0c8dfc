package admin

import (
	"net/http"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/reports"
	"github.com/all-in-market/market/internal/web"
)

// sellerStatus changes a seller's status. Additions to the original's contract: the status SUSPENDED, HoldPayouts,
// which holds the payouts of a suspended seller, and Reason, which the notification of a rejected seller names.
type sellerStatus struct {
	Status      market.SellerStatus `json:"status" validate:"required,enum"`
	HoldPayouts bool                `json:"holdPayouts"`
	Reason      string              `json:"reason" validate:"reason" text:"lines"`
}

// getSeller responds with a seller. It includes the payout account only for staff who may see
// payouts.
func (s *Server) getSeller(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "sellerId")
	if err != nil {
		return err
	}
	a, err := s.Store.SellerAccount(r.Context(), id)
	if err == nil {
		err = s.noteSeller(r.Context(), id)
	}
	if err != nil {
		return err
	}
	return web.Respond(w, r, web.ReadSuccess, a.ForStaff(web.Caller(r).May(market.PermissionSeePayouts)))
}

// setSellerStatus approves, suspends or rejects a seller. When Redis is away the answer
// is 503, and the same request again ends the seller's sessions.
func (s *Server) setSellerStatus(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "sellerId")
	if err != nil {
		return err
	}
	var in sellerStatus
	if err := web.Decode(w, r, "", &in); err != nil {
		return err
	}
	seller, err := s.BackOffice.SetSellerStatus(r.Context(), id, in.Status, in.HoldPayouts, in.Reason)
	if err == nil {
		err = s.noteSeller(r.Context(), id)
	}
	if err != nil {
		return err
	}
	return web.Respond(w, r, web.UpdateSuccess, seller)
}

type withdrawnAccount struct {
	BankCode    string `json:"bankCode" validate:"required,bank"`
	BankAccount string `json:"bankAccount" validate:"required,accountnumber"`
}

// setWithdrawnAccount has a seller who has left be paid to an account, or has that wait for a second person.
func (s *Server) setWithdrawnAccount(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "sellerId")
	if err != nil {
		return err
	}
	var in withdrawnAccount
	if err := web.Decode(w, r, "", &in); err != nil {
		return err
	}
	account, p, err := s.Store.SetWithdrawnAccount(r.Context(), web.Caller(r).ID, id, in.BankCode, in.BankAccount)
	if err != nil {
		return err
	}
	web.NoteAccount(r, id, p != nil)
	return respondOrPropose(w, r, web.UpdateSuccess, account, p)
}

// withdrawnSeller is a seller who has left.
type withdrawnSeller struct {
	SellerID    int64            `json:"sellerId"`
	StoreName   string           `json:"storeName"`
	BizNumber   string           `json:"bizNumber"`
	CreatedAt   market.LocalTime `json:"createdAt"`
	WithdrawnAt market.LocalTime `json:"withdrawnAt"`
	// Account is nil for none, and for staff who may not see payouts.
	Account        *market.WithdrawnAccount `json:"account"`
	AccountPending bool                     `json:"accountPending"`
}

// getWithdrawnSeller responds with a seller who has left. It includes the payout account only for
// staff who may see payouts.
func (s *Server) getWithdrawnSeller(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "sellerId")
	if err != nil {
		return err
	}
	seller, err := s.Store.WithdrawnSeller(r.Context(), id)
	if err == nil {
		err = s.noteSeller(r.Context(), id)
	}
	if err != nil {
		return err
	}
	if !web.Caller(r).May(market.PermissionSeePayouts) {
		seller.Account = nil
	}
	return web.Respond(w, r, web.ReadSuccess, withdrawnSeller{
		seller.ID, seller.StoreName, seller.BizNumber, seller.CreatedAt, seller.WithdrawnAt, seller.Account,
		seller.AccountPending,
	})
}

// getStatement answers with a settlement of any seller as a page to print, or as a file.
func (s *Server) getStatement(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "settlementId")
	if err != nil {
		return err
	}
	settlement, err := s.Store.AnySettlement(r.Context(), id)
	if err != nil {
		return err
	}
	return reports.Statement(w, r, s.Store, s.Issuer, market.SellerID(settlement.SellerID))
}
