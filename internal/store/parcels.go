package store

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store/db"
)

// parcels returns the parcels of an order, or those of one seller's part of it.
func (s *DB) parcels(ctx context.Context, orderID int64, sellerID market.SellerID) ([]market.Parcel, error) {
	rows, err := s.q.ListParcels(ctx, s.pool, orderID)
	if err != nil {
		return nil, translate(err)
	}
	parcels := []market.Parcel{}
	for _, r := range rows {
		if sellerID == 0 || r.Parcel.SellerID == int64(sellerID) {
			parcels = append(parcels, parcel(r))
		}
	}
	return parcels, nil
}

func parcel(r db.ListParcelsRow) market.Parcel {
	p := r.Parcel
	parcel := market.Parcel{
		ID: p.ID, OrderID: p.OrderID, SellerID: p.SellerID, Status: p.Status, Carrier: p.Carrier,
		TrackingNumber: p.TrackingNumber, TrackingURL: market.TrackingURL(p.Carrier, p.TrackingNumber),
		ShippedAt: market.LocalTime(p.ShippedAt), DeliveredAt: market.LocalTimeOf(p.DeliveredAt),
		DeliverySource: p.DeliverySource, Items: make([]market.Pieces, len(r.OrderItemIds)),
	}
	for i, id := range r.OrderItemIds {
		parcel.Items[i] = market.Pieces{OrderItemID: id, Quantity: r.Pieces[i]}
	}
	return parcel
}

// A shipping is an order under its lock, with its lines and parcels: those of one seller, or all.
type shipping struct {
	order   db.LockOrderRow
	lines   []db.OrderItem
	parcels []db.ListParcelsRow
}

// inShippingTx runs f in a transaction that holds the lock of an order, and then updates the order's status from its
// lines. It fails with ORDER_NOT_FOUND for an order without lines of the seller.
func (s ShippingStore) inShippingTx(
	ctx context.Context, sellerID market.SellerID, orderID int64, f func(tx pgx.Tx, sh *shipping) error,
) error {
	return s.inTx(ctx, func(tx pgx.Tx) error {
		o, err := orNotFound(s.q.LockOrder(ctx, tx, orderID))(market.CodeOrderNotFound)
		if err != nil {
			return err
		}
		sh, err := s.shipping(ctx, tx, o, int64(sellerID))
		if err != nil {
			return err
		}
		if len(sh.lines) == 0 {
			return market.Refuse(market.CodeOrderNotFound)
		}
		if err := f(tx, &sh); err != nil {
			return err
		}
		return s.followLines(ctx, tx, o)
	})
}

func (s *DB) shipping(ctx context.Context, tx pgx.Tx, o db.LockOrderRow, sellerID int64) (sh shipping, err error) {
	sh = shipping{order: o}
	if sh.lines, err = s.q.ListOrderItems(ctx, tx, o.ID); err != nil {
		return sh, err
	}
	if sh.parcels, err = s.q.ListParcels(ctx, tx, o.ID); err != nil {
		return sh, err
	}
	if sellerID != 0 {
		sh.lines = slices.DeleteFunc(sh.lines, func(l db.OrderItem) bool { return l.SellerID != sellerID })
		sh.parcels = slices.DeleteFunc(sh.parcels, func(p db.ListParcelsRow) bool {
			return p.Parcel.SellerID != sellerID
		})
	}
	return sh, nil
}

// line returns a line by its id. It fails with ORDER_ITEM_NOT_FOUND.
func (sh *shipping) line(id int64) (db.OrderItem, error) {
	for _, l := range sh.lines {
		if l.ID == id {
			return l, nil
		}
	}
	return db.OrderItem{}, market.Refuse(market.CodeOrderItemNotFound)
}

// onTheWay returns the parcels with pieces of a line that are not delivered.
func (sh *shipping) onTheWay(itemID int64) (parcels []db.ListParcelsRow) {
	for _, p := range sh.parcels {
		if p.Parcel.Status == market.ParcelShipped && slices.Contains(p.OrderItemIds, itemID) {
			parcels = append(parcels, p)
		}
	}
	return parcels
}

// numbered returns the parcel with a number that is on the way, else the latest one with the number.
func (sh *shipping) numbered(in market.ParcelInput) (p db.ListParcelsRow, found bool) {
	for _, x := range sh.parcels {
		carrier, number := x.Parcel.Carrier, x.Parcel.TrackingNumber
		if carrier == nil || *carrier != in.Carrier || number == nil || *number != in.TrackingNumber {
			continue
		}
		if x.Parcel.Status == market.ParcelShipped {
			return x, true
		}
		p, found = x, true
	}
	return p, found
}

// pieces returns the pieces to ship: those that were asked for, or all of the lines that may be shipped. It fails with
// ORDER_ITEM_NOT_FOUND, ORDER_ITEM_NOT_SHIPPABLE, ORDER_ITEM_UNDER_REFUND, ORDER_DISPUTED or SHIPMENT_TOO_LARGE.
func (sh *shipping) pieces(asked []market.Pieces) (pieces []market.Pieces, err error) {
	if len(asked) == 0 {
		err = market.Refuse(market.CodeOrderItemNotShippable)
		for _, l := range sh.lines {
			refusal := sh.order.Status.MayShip(progressOf(l), l.Disputed)
			if refusal == nil {
				pieces = append(pieces, market.Pieces{OrderItemID: l.ID, Quantity: progressOf(l).Unshipped()})
			} else if market.CodeOf(refusal) != market.CodeOrderItemNotShippable {
				err = refusal
			}
		}
		if len(pieces) > 0 {
			err = nil
		}
		return pieces, err
	}
	for i, a := range asked {
		l, err := sh.line(a.OrderItemID)
		if err != nil {
			return nil, err
		}
		if err := sh.order.Status.MayShip(progressOf(l), l.Disputed); err != nil {
			return nil, err
		}
		repeated := slices.ContainsFunc(asked[:i], func(p market.Pieces) bool { return p.OrderItemID == a.OrderItemID })
		if repeated || a.Quantity < 1 || a.Quantity > progressOf(l).Unshipped() {
			return nil, market.Refuse(market.CodeShipmentTooLarge)
		}
	}
	return asked, nil
}

func openParcel(sellerID int64, in market.ParcelInput) db.OpenParcelParams {
	return db.OpenParcelParams{SellerID: sellerID, Carrier: &in.Carrier, TrackingNumber: &in.TrackingNumber}
}

// ship adds pieces to the parcel of a seller with a number, and returns the id of the parcel.
func (s *DB) ship(
	ctx context.Context, tx pgx.Tx, sh *shipping, pieces []market.Pieces, parcel db.OpenParcelParams,
) (parcelID int64, err error) {
	parcel.OrderID, parcel.Now = sh.order.ID, s.now()
	if parcelID, err = s.q.OpenParcel(ctx, tx, parcel); err != nil {
		return 0, err
	}
	ids, quantities := make([]int64, len(pieces)), make([]int32, len(pieces))
	for i, p := range pieces {
		ids[i], quantities[i] = p.OrderItemID, p.Quantity
	}
	if err := s.q.ShipPieces(ctx, tx, ids, quantities, parcelID); err != nil || parcel.TrackingNumber == nil {
		return parcelID, err
	}
	return parcelID, s.q.SetTrackingNumber(ctx, tx, parcel.TrackingNumber, sh.order.ID)
}

// ShipParcel ships pieces of a seller's part of an order. Pieces that are shipped under the number of a parcel that is
// on the way are added to it; a repeat returns the parcel with the pieces that were asked for. The order becomes
// SHIPPED when all its pieces are. It fails with ORDER_NOT_FOUND, ORDER_ITEM_NOT_FOUND, ORDER_ITEM_NOT_SHIPPABLE,
// ORDER_ITEM_UNDER_REFUND (a refund of a line waits for its decision), ORDER_DISPUTED or SHIPMENT_TOO_LARGE.
func (s ShippingStore) ShipParcel(
	ctx context.Context, sellerID market.SellerID, in market.ParcelShipment,
) (parcel market.Parcel, err error) {
	var id int64
	err = s.inShippingTx(ctx, sellerID, in.OrderID, func(tx pgx.Tx, sh *shipping) error {
		pieces, err := sh.pieces(in.Items)
		p, found := sh.numbered(in.ParcelInput)
		nothingLeft := market.CodeOf(err) == market.CodeOrderItemNotShippable
		if found && (len(in.Items) == 0 && nothingLeft || contains(p, in.Items)) {
			id = p.Parcel.ID
			return nil
		}
		if err == nil {
			id, err = s.ship(ctx, tx, sh, pieces, openParcel(int64(sellerID), in.ParcelInput))
		}
		return err
	})
	if err != nil {
		return parcel, err
	}
	return s.SellerParcel(ctx, sellerID, id)
}

// contains reports whether a parcel contains exactly the given pieces, in any order.
func contains(p db.ListParcelsRow, pieces []market.Pieces) bool {
	for _, x := range pieces {
		i := slices.Index(p.OrderItemIds, x.OrderItemID)
		if i < 0 || p.Pieces[i] != x.Quantity {
			return false
		}
	}
	return len(pieces) == len(p.OrderItemIds)
}

// SellerParcel returns one of a seller's parcels. It fails with PARCEL_NOT_FOUND.
func (s ShippingStore) SellerParcel(
	ctx context.Context, sellerID market.SellerID, parcelID int64,
) (parcel market.Parcel, err error) {
	orderID, err := orNotFound(s.q.GetParcelOrder(ctx, s.pool, parcelID, int64(sellerID)))(market.CodeParcelNotFound)
	if err != nil {
		return parcel, err
	}
	parcels, err := s.parcels(ctx, orderID, sellerID)
	for _, p := range parcels {
		if p.ID == parcelID {
			parcel = p
		}
	}
	return parcel, err
}

// changeParcel changes one of a seller's parcels under the lock of its order. It fails with PARCEL_NOT_FOUND.
func (s ShippingStore) changeParcel(
	ctx context.Context, sellerID market.SellerID, parcelID int64,
	change func(tx pgx.Tx, sh *shipping, p db.Parcel) error,
) (parcel market.Parcel, err error) {
	orderID, err := orNotFound(s.q.GetParcelOrder(ctx, s.pool, parcelID, int64(sellerID)))(market.CodeParcelNotFound)
	if err != nil {
		return parcel, err
	}
	err = s.inShippingTx(ctx, sellerID, orderID, func(tx pgx.Tx, sh *shipping) error {
		i := slices.IndexFunc(sh.parcels, func(p db.ListParcelsRow) bool { return p.Parcel.ID == parcelID })
		if i < 0 {
			return market.Refuse(market.CodeParcelNotFound)
		}
		return change(tx, sh, sh.parcels[i].Parcel)
	})
	if err != nil {
		return parcel, err
	}
	return s.SellerParcel(ctx, sellerID, parcelID)
}

// CorrectParcel corrects the carrier and tracking number of one of a seller's parcels until it is delivered. It fails
// with PARCEL_NOT_FOUND, PARCEL_DELIVERED or PARCEL_EXISTS (another parcel of the order has the number).
func (s ShippingStore) CorrectParcel(
	ctx context.Context, sellerID market.SellerID, parcelID int64, in market.ParcelInput,
) (market.Parcel, error) {
	return s.changeParcel(ctx, sellerID, parcelID, func(tx pgx.Tx, sh *shipping, p db.Parcel) error {
		if p.Status != market.ParcelShipped {
			return market.Refuse(market.CodeParcelDelivered)
		}
		other, found := sh.numbered(in)
		if found && other.Parcel.ID != parcelID && other.Parcel.Status == market.ParcelShipped {
			return market.Refuse(market.CodeParcelExists)
		}
		return s.correctParcel(ctx, tx, sh, parcelID, in)
	})
}

func (s *DB) correctParcel(
	ctx context.Context, tx pgx.Tx, sh *shipping, parcelID int64, in market.ParcelInput,
) error {
	if err := s.q.CorrectParcel(ctx, tx, &in.Carrier, &in.TrackingNumber, parcelID); err != nil {
		return err
	}
	return s.q.SetTrackingNumber(ctx, tx, &in.TrackingNumber, sh.order.ID)
}

// DeliverParcel marks one of a seller's parcels as delivered. It is idempotent. It fails with PARCEL_NOT_FOUND.
func (s ShippingStore) DeliverParcel(
	ctx context.Context, sellerID market.SellerID, parcelID int64,
) (market.Parcel, error) {
	return s.changeParcel(ctx, sellerID, parcelID, func(tx pgx.Tx, _ *shipping, _ db.Parcel) error {
		return s.deliver(ctx, tx, market.DeliveredBySeller, parcelID)
	})
}

// deliver marks parcels that are on the way as delivered.
func (s *DB) deliver(ctx context.Context, tx pgx.Tx, source market.DeliverySource, parcelIDs ...int64) error {
	now := s.now()
	return s.q.DeliverParcels(ctx, tx, &now, &source, parcelIDs)
}

// deliverLine marks the parcels with pieces of a line that are on the way as delivered.
func (s *DB) deliverLine(
	ctx context.Context, tx pgx.Tx, sh *shipping, itemID int64, source market.DeliverySource,
) error {
	var ids []int64
	for _, p := range sh.onTheWay(itemID) {
		ids = append(ids, p.Parcel.ID)
	}
	return s.deliver(ctx, tx, source, ids...)
}

// ShipItem ships the pieces of a seller's line that are not shipped, as ShipParcel; when all are, it corrects the
// shipping data of the line until it is delivered. It fails with ORDER_ITEM_NOT_FOUND (also for another seller's line),
// ORDER_ITEM_NOT_SHIPPABLE (the order is not paid, all pieces have been refunded or delivered, or they are in several
// parcels), ORDER_ITEM_UNDER_REFUND (a refund of the line waits for its decision) or ORDER_DISPUTED.
func (s ShippingStore) ShipItem(
	ctx context.Context, sellerID market.SellerID, itemID int64, carrier, trackingNumber string,
) (market.SellerOrderItem, error) {
	in := market.ParcelInput{Carrier: carrier, TrackingNumber: trackingNumber}
	return s.changeItem(ctx, sellerID, itemID, func(tx pgx.Tx, sh *shipping, l db.OrderItem) error {
		progress := progressOf(l)
		if err := sh.order.Status.MayShipOrCorrect(progress, l.Disputed); err != nil {
			return err
		}
		if n := progress.Unshipped(); n > 0 {
			pieces := []market.Pieces{{OrderItemID: itemID, Quantity: n}}
			_, err := s.ship(ctx, tx, sh, pieces, openParcel(l.SellerID, in))
			return err
		}
		parcels := sh.onTheWay(itemID)
		if len(parcels) > 1 {
			return market.RefuseWith(market.CodeOrderItemNotShippable, market.DetailSeveralParcels)
		}
		return s.correctLine(ctx, tx, sh, parcels[0], l, in)
	})
}

// correctLine corrects the shipping data of a line in a parcel: that of the parcel if it contains no other line, else
// the line moves to the parcel with the number.
func (s *DB) correctLine(
	ctx context.Context, tx pgx.Tx, sh *shipping, from db.ListParcelsRow, l db.OrderItem, in market.ParcelInput,
) error {
	to, found := sh.numbered(in)
	found = found && to.Parcel.Status == market.ParcelShipped
	switch {
	case found && to.Parcel.ID == from.Parcel.ID:
		return nil
	case !found && len(from.OrderItemIds) == 1:
		return s.correctParcel(ctx, tx, sh, from.Parcel.ID, in)
	}
	id, err := s.ship(ctx, tx, sh, nil, openParcel(l.SellerID, in))
	if err != nil {
		return err
	}
	if err := s.q.MoveToParcel(ctx, tx, id, from.Parcel.ID, l.ID); err != nil {
		return err
	}
	return s.q.DeleteEmptyParcel(ctx, tx, from.Parcel.ID)
}

// DeliverItem marks the pieces of a seller's line that are on the way as delivered, with all that is in their parcels.
// The order becomes DELIVERED when all its pieces are. It is idempotent. It fails with ORDER_ITEM_NOT_FOUND or
// ORDER_ITEM_NOT_SHIPPABLE (no piece was shipped, or all have been refunded).
func (s ShippingStore) DeliverItem(
	ctx context.Context, sellerID market.SellerID, itemID int64,
) (market.SellerOrderItem, error) {
	return s.changeItem(ctx, sellerID, itemID, func(tx pgx.Tx, sh *shipping, l db.OrderItem) error {
		if err := progressOf(l).MayDeliver(); err != nil {
			return err
		}
		return s.deliverLine(ctx, tx, sh, itemID, market.DeliveredBySeller)
	})
}

// changeItem changes a seller's line under the lock of its order.
func (s ShippingStore) changeItem(
	ctx context.Context, sellerID market.SellerID, itemID int64,
	change func(tx pgx.Tx, sh *shipping, l db.OrderItem) error,
) (item market.SellerOrderItem, err error) {
	orderID, err := orNotFound(s.q.GetItemOrder(ctx, s.pool, itemID, int64(sellerID)))(market.CodeOrderItemNotFound)
	if err != nil {
		return item, err
	}
	err = s.inShippingTx(ctx, sellerID, orderID, func(tx pgx.Tx, sh *shipping) error {
		l, err := sh.line(itemID)
		if err != nil {
			return err
		}
		return change(tx, sh, l)
	})
	if err != nil {
		return item, err
	}
	l, err := s.q.GetOrderItem(ctx, s.pool, itemID)
	return sellerOrderItem(l), translate(err)
}

// shipOrder ships all pieces of an order that are not shipped, in a parcel of each seller. It fails with
// ORDER_ITEM_UNDER_REFUND.
func (s *DB) shipOrder(ctx context.Context, tx pgx.Tx, o db.LockOrderRow, trackingNumber *string) error {
	sh, err := s.shipping(ctx, tx, o, 0)
	if err != nil {
		return err
	}
	of := map[int64][]market.Pieces{}
	var sellers []int64
	for _, l := range sh.lines {
		progress := progressOf(l)
		if progress.Claimed > progress.Refunded {
			return market.Refuse(market.CodeOrderItemUnderRefund)
		}
		if n := progress.Unshipped(); n > 0 {
			if of[l.SellerID] == nil {
				sellers = append(sellers, l.SellerID)
			}
			of[l.SellerID] = append(of[l.SellerID], market.Pieces{OrderItemID: l.ID, Quantity: n})
		}
	}
	for _, seller := range sellers {
		parcel := db.OpenParcelParams{SellerID: seller, TrackingNumber: trackingNumber}
		if _, err := s.ship(ctx, tx, &sh, of[seller], parcel); err != nil {
			return err
		}
	}
	return nil
}

// deliverOrder marks all parcels of an order as delivered.
func (s *DB) deliverOrder(ctx context.Context, tx pgx.Tx, o db.LockOrderRow) error {
	sh, err := s.shipping(ctx, tx, o, 0)
	if err != nil {
		return err
	}
	var ids []int64
	for _, p := range sh.parcels {
		ids = append(ids, p.Parcel.ID)
	}
	return s.deliver(ctx, tx, market.DeliveredByStaff, ids...)
}
