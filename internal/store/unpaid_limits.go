package store

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store/db"
)

// UnpaidLimits returns the limits that apply to orders that are placed now.
func (s OrderStore) UnpaidLimits(ctx context.Context) (market.UnpaidLimits, error) {
	l, err := s.q.CurrentUnpaidLimits(ctx, s.pool)
	return unpaidLimits(l), translate(err)
}

// SetUnpaidLimits applies limits to orders placed from now on. Earlier limits are kept. If the
// refund policy requires two-person approval, the limits are stored as a proposal, which is returned.
func (s OrderStore) SetUnpaidLimits(
	ctx context.Context, adminID int64, l market.UnpaidLimits,
) (set market.UnpaidLimits, proposal *market.Proposal, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		fourEyes, err := s.fourEyes(ctx, tx)
		if err != nil {
			return err
		}
		if fourEyes {
			current, err := s.q.CurrentUnpaidLimits(ctx, tx)
			if err != nil {
				return err
			}
			proposal, err = s.proposeByStaff(ctx, tx, proposed{
				kind: market.ProposalUnpaidLimits, proposerID: adminID,
				before: limitsChange(unpaidLimits(current)), change: limitsChange(l),
			})
			return err
		}
		set, err = s.addUnpaidLimits(ctx, tx, adminID, limitsChange(l), nil)
		return err
	})
	return set, proposal, err
}

func limitsChange(l market.UnpaidLimits) market.LimitsChange {
	return market.LimitsChange{Verified: l.Verified, Unverified: l.Unverified}
}

func (s *DB) addUnpaidLimits(
	ctx context.Context, tx pgx.Tx, adminID int64, l market.LimitsChange, proposalID *int64,
) (market.UnpaidLimits, error) {
	row, err := s.q.AddUnpaidLimits(ctx, tx, db.AddUnpaidLimitsParams{
		Orders: l.Verified.Orders, Pieces: l.Verified.Pieces, PiecesOfProduct: l.Verified.PiecesOfProduct,
		UnverifiedOrders: l.Unverified.Orders, UnverifiedPieces: l.Unverified.Pieces,
		UnverifiedPiecesOfProduct: l.Unverified.PiecesOfProduct, AdminID: &adminID, ProposalID: proposalID,
	})
	return unpaidLimits(row), err
}

func unpaidLimits(l db.UnpaidLimit) market.UnpaidLimits {
	return market.UnpaidLimits{
		Verified: market.UnpaidLimit{Orders: l.Orders, Pieces: l.Pieces, PiecesOfProduct: l.PiecesOfProduct},
		Unverified: market.UnpaidLimit{
			Orders: l.UnverifiedOrders, Pieces: l.UnverifiedPieces, PiecesOfProduct: l.UnverifiedPiecesOfProduct,
		},
		AdminID: l.AdminID, CreatedAt: market.LocalTime(l.CreatedAt),
	}
}
