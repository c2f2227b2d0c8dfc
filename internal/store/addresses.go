package store

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store/db"
)

// Addresses lists a buyer's addresses, the oldest first.
func (s AddressStore) Addresses(ctx context.Context, buyerID market.BuyerID) ([]market.Address, error) {
	rows, err := s.q.ListAddresses(ctx, s.pool, int64(buyerID))
	addresses := make([]market.Address, len(rows))
	for i, r := range rows {
		addresses[i] = address(r)
	}
	return addresses, translate(err)
}

// maxAddresses is the maximum number of addresses of a buyer.
const maxAddresses = 50

// CreateAddress adds an address; a buyer's first one becomes the default. It fails with
// DATA_CONFLICT when there are too many.
func (s AddressStore) CreateAddress(
	ctx context.Context, buyerID market.BuyerID, in market.AddressInput,
) (a market.Address, err error) {
	err = s.inBuyerTx(ctx, buyerID, func(tx pgx.Tx) error {
		if n, err := s.q.CountAddresses(ctx, tx, int64(buyerID)); err != nil {
			return err
		} else if n >= maxAddresses {
			return market.RefuseWith(market.CodeDataConflict, market.DetailTooManyAddresses, maxAddresses)
		}
		row, err := s.q.CreateAddress(ctx, tx,
			db.CreateAddressParams{
				BuyerID: int64(buyerID), Recipient: in.Recipient, Phone: in.Phone, Detail: in.Detail,
				DeliveryNote: market.Optional(in.DeliveryNote),
			})
		a = address(row)
		return err
	})
	return a, err
}

// UpdateAddress changes an address. It fails with ADDRESS_NOT_FOUND, also for another buyer's
// address.
func (s AddressStore) UpdateAddress(
	ctx context.Context, buyerID market.BuyerID, id int64, c market.AddressChange,
) (a market.Address, err error) {
	err = s.inBuyerTx(ctx, buyerID, func(tx pgx.Tx) error {
		if c.IsDefault != nil && *c.IsDefault {
			if err := s.q.UnsetDefaultAddress(ctx, tx, int64(buyerID), id); err != nil {
				return err
			}
		}
		row, err := orNotFound(s.q.UpdateAddress(ctx, tx,
			db.UpdateAddressParams{
				ID: id, BuyerID: int64(buyerID), Recipient: c.Recipient, Phone: c.Phone, Detail: c.Detail,
				IsDefault: c.IsDefault, DeliveryNote: c.DeliveryNote,
			}))(market.CodeAddressNotFound)
		a = address(row)
		return err
	})
	return a, err
}

// DeleteAddress deletes an address and returns it, or fails with ADDRESS_NOT_FOUND. If it was the
// default address, the oldest remaining one becomes the default.
func (s AddressStore) DeleteAddress(
	ctx context.Context, buyerID market.BuyerID, id int64,
) (a market.Address, err error) {
	err = s.inBuyerTx(ctx, buyerID, func(tx pgx.Tx) error {
		row, err := orNotFound(s.q.DeleteAddress(ctx, tx, id, int64(buyerID)))(market.CodeAddressNotFound)
		if err != nil {
			return err
		}
		a = address(row)
		if !a.IsDefault {
			return nil
		}
		return s.q.PromoteOldestAddress(ctx, tx, int64(buyerID))
	})
	return a, err
}

func address(a db.Address) market.Address {
	return market.Address{
		ID: a.ID, BuyerID: a.BuyerID, Recipient: a.Recipient, Phone: a.Phone, Detail: a.Detail, IsDefault: a.IsDefault,
		DeliveryNote: a.DeliveryNote,
	}
}
