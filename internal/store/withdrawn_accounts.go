package store

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store/db"
)

// WithdrawnSeller returns a seller who has left. It fails with SELLER_NOT_FOUND for any other one.
func (s BankAccountStore) WithdrawnSeller(ctx context.Context, id int64) (market.WithdrawnSeller, error) {
	return s.withdrawnSeller(ctx, s.pool, id)
}

func (s BankAccountStore) withdrawnSeller(ctx context.Context, tx db.DBTX, id int64) (market.WithdrawnSeller, error) {
	r, err := orNotFound(s.q.WithdrawnSeller(ctx, tx, id))(market.CodeSellerNotFound)
	w := market.WithdrawnSeller{
		ID: r.ID, StoreName: r.StoreName, BizNumber: r.BizNumber, CreatedAt: market.LocalTime(r.CreatedAt),
		WithdrawnAt: market.LocalTime(r.WithdrawnAt), AccountPending: r.AccountPending,
	}
	if r.ChangedAt != nil {
		w.Account = &market.WithdrawnAccount{
			SellerID: id, BankCode: r.BankCode, BankAccountEnd: bankAccount{r.BankAccount, r.BankAccountSealed}.end(),
			ChangedAt: market.LocalTime(*r.ChangedAt),
		}
	}
	return w, err
}

// SetWithdrawnAccount sets the payout account of a seller who has left. If the policy requires four
// eyes, it is stored as a proposal, which is returned. It fails with SELLER_NOT_FOUND, or with
// DATA_CONFLICT for a seller who has not left, or while another admin's proposal is pending.
func (s BankAccountStore) SetWithdrawnAccount(
	ctx context.Context, adminID, sellerID int64, bankCode, number string,
) (account market.WithdrawnAccount, proposal *market.Proposal, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		fourEyes, err := s.fourEyes(ctx, tx)
		if err != nil {
			return err
		}
		before, err := s.withdrawnSeller(ctx, tx, sellerID)
		if market.CodeOf(err) == market.CodeSellerNotFound {
			if known, lookup := s.q.SellerIsKnown(ctx, tx, sellerID); lookup != nil || known {
				err = market.RefuseWith(market.CodeDataConflict, market.DetailSellerNotWithdrawn)
			}
		}
		if err != nil {
			return err
		}
		if !fourEyes {
			account, err = s.setWithdrawnAccount(ctx, tx, sellerID, bankCode, number, adjustedBy{adminID: adminID})
			return err
		}
		sealed, err := s.sealAccount(number, ofSeller(sellerID))
		if err != nil {
			return err
		}
		p := proposed{
			kind: market.ProposalWithdrawnAccount, subjectID: sellerID, proposerID: adminID, bankAccount: sealed.sealed,
			change: market.WithdrawnAccountChange{BankCode: bankCode, BankAccountEnd: sealed.end()},
		}
		if before.Account != nil {
			p.before = market.PayoutAccountBefore{
				BankCode: before.Account.BankCode, BankAccountEnd: before.Account.BankAccountEnd,
				ChangedAt: before.Account.ChangedAt,
			}
		}
		proposal, err = s.proposeByStaff(ctx, tx, p)
		return err
	})
	return account, proposal, err
}

func (s *DB) setWithdrawnAccount(
	ctx context.Context, tx pgx.Tx, sellerID int64, bankCode, number string, by adjustedBy,
) (market.WithdrawnAccount, error) {
	account, err := s.sealAccount(number, ofSeller(sellerID))
	if err != nil {
		return market.WithdrawnAccount{}, err
	}
	now := s.now()
	err = s.q.SetWithdrawnAccount(ctx, tx, db.SetWithdrawnAccountParams{
		SellerID: sellerID, BankCode: bankCode, BankAccount: account.shown, BankAccountSealed: account.sealed,
		AdminID: by.adminID, ApprovedBy: optionalID(by.approverID), ProposalID: optionalID(by.proposalID),
		ChangedAt: now,
	})
	return market.WithdrawnAccount{
		SellerID: sellerID, BankCode: bankCode, BankAccountEnd: account.end(), ChangedAt: market.LocalTime(now),
	}, err
}
