package bulk

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/web"
)

// Shipment is a line that notes how an order line is sent.
type Shipment struct {
	Line        int
	Item        string // the order line, as it was typed
	OrderItemID int64  // 0 if it cannot be read, and for a line that was not filled in
	ProductName string
	Parcel      market.ParcelInput
	Changed     bool  // it is not noted yet as the line has it
	Problem     error // nil if it can be shipped, or is
}

// ShipmentOf reads the values of a line: order line, carrier and tracking number.
func ShipmentOf(values []string) (id int64, p market.ParcelInput, err error) {
	if id, err = strconv.ParseInt(values[0], 10, 64); err != nil {
		return id, p, market.RefuseWith(market.CodeInvalidInput, market.DetailNotPlainNumber, "orderItemId")
	}
	return id, p, web.DecodeForm(url.Values{"carrier": values[1:2], "trackingNumber": values[2:3]}, &p)
}

// shipments reads lines. One that names the order line of an earlier one has a problem.
func shipments(lines []Line) []Shipment {
	all := make([]Shipment, len(lines))
	seen := map[int64]bool{}
	for i, line := range lines {
		l := &all[i]
		l.Line, l.Item, l.Problem = line.Number, line.value(0), line.Problem
		notFilledIn := line.value(1) == "" && line.value(2) == ""
		if l.Problem != nil || notFilledIn {
			continue
		}
		l.OrderItemID, l.Parcel, l.Problem = ShipmentOf(line.Values)
		if l.Problem == nil && seen[l.OrderItemID] {
			l.Problem = market.RefuseWith(market.CodeInvalidInput, market.DetailLineRepeated, "orderItemId")
		}
		seen[l.OrderItemID] = true
	}
	return all
}

// PreviewShipments returns what the lines would note, and why those that cannot be shipped cannot. It changes nothing.
func (c Changes) PreviewShipments(ctx context.Context, seller market.SellerID, lines []Line) ([]Shipment, error) {
	all := shipments(lines)
	ids := make([]int64, len(all))
	for i, l := range all {
		ids[i] = l.OrderItemID
	}
	own, err := c.Store.ItemsToShip(ctx, seller, ids)
	if err != nil {
		return nil, err
	}
	for i := range all {
		l := &all[i]
		if l.Problem != nil || l.OrderItemID == 0 {
			continue
		}
		item, ok := own[l.OrderItemID]
		if !ok {
			item.Refusal = market.Refuse(market.CodeOrderItemNotFound)
		}
		l.ProductName, l.Problem = item.ProductName, item.Refusal
		l.Changed = l.Problem == nil && (item.Line().Unshipped() > 0 || item.Carrier == nil ||
			*item.Carrier != l.Parcel.Carrier ||
			item.TrackingNumber == nil || *item.TrackingNumber != l.Parcel.TrackingNumber)
	}
	return all, nil
}

// Ship notes the shipments of the lines, each separately. The same lines again change nothing that is noted already. It
// fails only while the database does not answer.
func (c Changes) Ship(ctx context.Context, seller market.SellerID, lines []Line) ([]Shipment, error) {
	all, err := c.PreviewShipments(ctx, seller, lines)
	if err != nil {
		return nil, err
	}
	for i := range all {
		l := &all[i]
		if l.Problem != nil || !l.Changed {
			continue
		}
		shipped, err := c.Store.ShipItem(ctx, seller, l.OrderItemID, l.Parcel.Carrier, l.Parcel.TrackingNumber)
		if market.CodeOf(err) == market.CodeDatabaseUnavailable {
			return nil, err
		}
		l.ProductName, l.Changed, l.Problem = shipped.ProductName, err == nil, err
	}
	return all, nil
}

// ShipmentsTemplate answers with a file of the order lines of the calling seller that wait to be shipped, up to as many
// as a file takes, the oldest first.
func (c Changes) ShipmentsTemplate(w http.ResponseWriter, r *http.Request) error {
	waiting, err := c.Store.WaitingToShip(r.Context(), web.Seller(r), market.MaxFileLines)
	if err != nil {
		return err
	}
	header := []string{
		"상품주문번호", "주문번호", "상품명", "수량", "받는 분", "연락처", "배송지", "배송 메모", "택배사", "송장번호",
	}
	if web.English(r) {
		header = []string{
			"orderItemId", "orderNumber", "productName", "quantity", "recipient", "phone", "address", "deliveryNote", "carrier",
			"trackingNumber",
		}
	}
	return c.template(w, r, "shipments.csv", market.DataOrders, header, func(write func([]string) error) error {
		for _, i := range waiting {
			if err := write([]string{
				strconv.FormatInt(i.ID, 10), i.OrderNumber, i.ProductName,
				strconv.Itoa(int(i.Remaining())), web.OrZero(i.Name), web.OrZero(i.Phone),
				web.OrZero(i.Address),
				web.OrZero(i.Note), "", "",
			}); err != nil {
				return err
			}
		}
		return nil
	})
}

// template answers with a file for a seller to fill in and to send back.
func (c Changes) template(
	w http.ResponseWriter, r *http.Request, name string, data market.AccessData, header []string,
	each func(write func([]string) error) error,
) error {
	return web.RespondCSV(w, r, web.Export{Log: c.Store, Filename: name, Access: market.Access{
		Data: data, Subject: market.RoleSeller, SubjectID: web.Caller(r).ID,
	}}, header, each)
}
