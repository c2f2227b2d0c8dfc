package store

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store/db"
)

// UnpaidLimits returns the limits that apply to orders that are placed now.
func (s *Store) UnpaidLimits(ctx context.Context) (market.UnpaidLimits, error) {
	l, err := s.q.CurrentUnpaidLimits(ctx, s.pool)
	return unpaidLimits(l), translate(err)
}

// SetUnpaidLimits applies limits to orders that are placed from now on. It keeps the limits
// before them.
func (s *Store) SetUnpaidLimits(
	ctx context.Context, adminID int64, l market.UnpaidLimits,
) (set market.UnpaidLimits, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		row, err := s.q.AddUnpaidLimits(ctx, tx, db.AddUnpaidLimitsParams{
			Orders: l.Verified.Orders, Pieces: l.Verified.Pieces, PiecesOfProduct: l.Verified.PiecesOfProduct,
			UnverifiedOrders: l.Unverified.Orders, UnverifiedPieces: l.Unverified.Pieces,
			UnverifiedPiecesOfProduct: l.Unverified.PiecesOfProduct, AdminID: &adminID,
		})
		set = unpaidLimits(row)
		return err
	})
	return set, err
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
