package api

import (
	"context"
	"mime"
	"net/http"
	"strconv"

	"github.com/all-in-market/market/internal/bulk"
	"github.com/all-in-market/market/internal/csvfile"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/web"
)

// newShipments is a list of shipments; a CSV file may be sent instead.
type newShipments struct {
	Shipments []newShipment `json:"shipments" validate:"required,min=1,filelines,dive"`
}

type newShipment struct {
	OrderItemID int64 `json:"orderItemId" validate:"required,gt=0"`
	market.ParcelInput
}

// newOffers is a list of prices and stocks; a CSV file may be sent instead.
type newOffers struct {
	Offers []newOffer `json:"offers" validate:"required,min=1,filelines,dive"`
}

// newOffer changes at least one of price, pieces on hand, status and category. ExpectedStock and ExpectedReserved are
// those of stockUpdate.
type newOffer struct {
	ProductID        int64         `json:"productId" validate:"required,gt=0"`
	Price            *market.Money `json:"price" validate:"omitempty,price"`
	OnHand           *int32        `json:"onHand" validate:"omitempty,stock"`
	ExpectedStock    *int32        `json:"expectedStock" validate:"omitempty,gte=0"`
	ExpectedReserved *int32        `json:"expectedReserved" validate:"omitempty,gte=0"`
	Status           string        `json:"status" validate:"omitempty,sellersstatus"`
	CategoryID       *int64        `json:"categoryId" validate:"omitempty,gt=0"`
}

// bulkOutcome is the outcome of one line of several.
type bulkOutcome string

// The outcomes.
const (
	lineReady     bulkOutcome = "READY" // of a preview: it can be carried out
	lineDone      bulkOutcome = "DONE"
	lineUnchanged bulkOutcome = "UNCHANGED" // there is nothing to change
	lineRefused   bulkOutcome = "REFUSED"
)

// outcome is the outcome of one line of several; Code and Message describe a refusal, in the
// reader's language.
type outcome struct {
	Line    int          `json:"line"` // of the file, or the element's number, from 1
	Outcome bulkOutcome  `json:"outcome"`
	Code    *market.Code `json:"code"`
	Message *string      `json:"message"`
}

func outcomeOf(
	w http.ResponseWriter, r *http.Request, line int, problem error, changed bool, done bulkOutcome,
) outcome {
	switch {
	case problem != nil:
		code := market.CodeOf(problem)
		_, message := web.Explain(w, r, problem)
		return outcome{line, lineRefused, &code, &message}
	case changed:
		return outcome{Line: line, Outcome: done}
	}
	return outcome{Line: line, Outcome: lineUnchanged}
}

// bulkLines reads the lines of a CSV file, or those of a JSON body, which list returns once it is decoded into body.
func bulkLines(
	w http.ResponseWriter, r *http.Request, columns []csvfile.Column, body any, list func() []bulk.Line,
) ([]bulk.Line, error) {
	switch kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind {
	case "application/json":
	case "text/csv", "application/csv", "application/vnd.ms-excel": // browsers on Windows send the last one
		content, err := web.ReadBody(w, r, bulk.MaxBytes)
		if err != nil {
			return nil, err
		}
		return bulk.ReadLines(content, columns)
	default:
		return nil, market.RefuseWith(market.CodeInvalidInput, market.DetailContentTypeCSV)
	}
	if err := web.DecodeUpTo(w, r, bulk.MaxBytes, body); err != nil {
		return nil, err
	}
	return list(), nil
}

// shippedLine is the outcome of one shipment.
type shippedLine struct {
	outcome
	OrderItemID    *int64  `json:"orderItemId"` // nil if it cannot be read
	ProductName    *string `json:"productName"` // nil for a line that is not the seller's
	Carrier        string  `json:"carrier"`
	TrackingNumber string  `json:"trackingNumber"`
}

// ship returns a handler that records several shipments, or previews them.
func (s *Server) ship(
	do func(ctx context.Context, seller market.SellerID, lines []bulk.Line) ([]bulk.Shipment, error),
	success web.Success, done bulkOutcome,
) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		var in newShipments
		lines, err := bulkLines(w, r, bulk.ShipmentColumns, &in, func() []bulk.Line {
			lines := make([]bulk.Line, len(in.Shipments))
			for i, l := range in.Shipments {
				lines[i] = bulk.Line{
					Number: i + 1, Values: []string{strconv.FormatInt(l.OrderItemID, 10), l.Carrier, l.TrackingNumber},
				}
			}
			return lines
		})
		if err != nil {
			return err
		}
		all, err := do(r.Context(), web.Seller(r), lines)
		if err != nil {
			return err
		}
		shown := make([]shippedLine, len(all))
		for i, l := range all {
			typed, _ := strconv.ParseInt(l.Item, 10, 64)
			shown[i] = shippedLine{
				outcome: outcomeOf(w, r, l.Line, l.Problem, l.Changed, done), OrderItemID: idOf(typed),
				ProductName: market.Optional(l.ProductName), Carrier: l.Parcel.Carrier,
				TrackingNumber: l.Parcel.TrackingNumber,
			}
		}
		return web.Respond(w, r, success, shown)
	}
}

// offerLine is the outcome of one change of a product. A value that does not change is nil. The values before the
// change are nil except in a preview.
type offerLine struct {
	outcome
	ProductID    *int64        `json:"productId"`   // nil if it cannot be read
	ProductName  *string       `json:"productName"` // nil for a line that is not the seller's
	Price        *market.Money `json:"price"`
	OnHand       *int32        `json:"onHand"`
	PriceBefore  *market.Money `json:"priceBefore"`
	OnHandBefore *int32        `json:"onHandBefore"`

	Status           *string               `json:"status"`
	CategoryID       *int64                `json:"categoryId"`
	StatusBefore     *market.ProductStatus `json:"statusBefore"`
	CategoryIDBefore *int64                `json:"categoryIdBefore"`
}

func (s *Server) previewOffers(w http.ResponseWriter, r *http.Request) error {
	lines, err := offerLines(w, r)
	if err != nil {
		return err
	}
	all, err := s.bulk().PreviewOffers(r.Context(), web.Seller(r), lines)
	if err != nil {
		return err
	}
	return web.Respond(w, r, web.ReadSuccess, shownOffers(w, r, all, lineReady))
}

// changeOffers changes prices and stocks: all or, with partial=true, those that can be.
func (s *Server) changeOffers(w http.ResponseWriter, r *http.Request) error {
	partial, err := web.Bool(r, "partial")
	if err != nil {
		return err
	}
	lines, err := offerLines(w, r)
	if err != nil {
		return err
	}
	all, err := s.bulk().ChangeOffers(r.Context(), web.Seller(r), lines, partial)
	if err != nil {
		return err
	}
	return web.Respond(w, r, web.UpdateSuccess, shownOffers(w, r, all, lineDone))
}

func offerLines(w http.ResponseWriter, r *http.Request) ([]bulk.Line, error) {
	var in newOffers
	return bulkLines(w, r, bulk.OfferColumns, &in, func() []bulk.Line {
		lines := make([]bulk.Line, len(in.Offers))
		for i, o := range in.Offers {
			values := []string{strconv.FormatInt(o.ProductID, 10), "", typed(o.OnHand), typed(o.ExpectedStock),
				typed(o.ExpectedReserved), o.Status, typed(o.CategoryID)}
			if o.Price != nil {
				values[1] = o.Price.String()
			}
			lines[i] = bulk.Line{Number: i + 1, Values: values}
		}
		return lines
	})
}

// typed returns a number as a file has it; "" for nil.
func typed[N int32 | int64](n *N) string {
	if n == nil {
		return ""
	}
	return strconv.FormatInt(int64(*n), 10)
}

func shownOffers(w http.ResponseWriter, r *http.Request, all []bulk.Offer, done bulkOutcome) []offerLine {
	shown := make([]offerLine, len(all))
	for i, o := range all {
		l := offerLine{
			outcome: outcomeOf(w, r, o.Line, o.Problem, o.Changed, done), ProductID: idOf(o.Change.ID),
			Price: o.Change.Price, OnHand: o.Change.OnHand, Status: o.Change.Status, CategoryID: o.Change.CategoryID,
		}
		if o.Problem == nil {
			l.ProductName = market.Optional(o.Name)
		}
		if o.Before.ID != 0 {
			onHand := o.Before.Stock + *o.Before.Reserved
			l.PriceBefore, l.OnHandBefore = &o.Before.Price, &onHand
			l.StatusBefore, l.CategoryIDBefore = &o.Before.Status, &o.Before.CategoryID
		}
		shown[i] = l
	}
	return shown
}

// idOf returns an id; nil for none.
func idOf(id int64) *int64 {
	if id == 0 {
		return nil
	}
	return &id
}

// bulk returns the bulk changes of sellers.
func (s *Server) bulk() bulk.Changes { return bulk.Changes{Store: s.Store, Cache: s.Cache} }
