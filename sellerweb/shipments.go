package sellerweb

import (
	"context"
	"encoding/csv"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/pages"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/web"
)

func (s *Server) listOrders(w http.ResponseWriter, r *http.Request) error {
	mine := func(
		ctx context.Context, status *market.OrderStatus, page market.PageRequest,
	) (market.Page[market.SellerOrderItem], error) {
		return s.store.SellerOrderItems(ctx, web.Seller(r), store.SellerItemFilter{Status: status}, page)
	}
	lines, err := pages.Read(r, mine, market.OrderPaid)
	if err != nil {
		return err
	}
	pages.Show(w, r, http.StatusOK, ordersPage(s.site.Frame(r, "주문", "Orders"), lines))
	return nil
}

func (s *Server) shipItem(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ID(r, "orderItemId")
	if err != nil {
		return err
	}
	if err := pages.Form(w, r); err != nil {
		return err
	}
	var p parcel
	if err := web.DecodeForm(r.PostForm, &p); err != nil {
		return err
	}
	if _, err := s.store.ShipItem(r.Context(), web.Seller(r), id, p.Carrier, p.TrackingNumber); err != nil {
		return err
	}
	s.site.Back(w, r, "/orders", noticeShipped)
	return nil
}

// parcel is what a seller notes of a shipment.
type parcel struct {
	Carrier        string `json:"carrier" validate:"required,max=50"`
	TrackingNumber string `json:"trackingNumber" validate:"required,max=50"`
}

const (
	maxShipmentFile  = 1 << 20 // bytes
	maxShipmentLines = 1000
)

// shipped is what has come of a line of a file of shipments.
type shipped struct {
	line    int
	item    string
	problem string // "" when it is noted
}

// shipMany notes shipments from a file of CSV, a line each: order item, carrier, tracking
// number. A line that cannot be noted keeps no other from being noted and is told with its
// number; the same file again changes nothing that is noted already.
func (s *Server) shipMany(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxShipmentFile)
	file, _, err := r.FormFile("file")
	if errors.Is(err, http.ErrMissingFile) || errors.Is(err, http.ErrNotMultipart) {
		return market.RefuseWith(market.CodeInvalidInput, market.DetailFieldRequired, "file")
	}
	if err != nil {
		return web.BodyError(err)
	}
	defer file.Close()
	lines := csv.NewReader(file)
	lines.FieldsPerRecord, lines.TrimLeadingSpace = -1, true
	f := s.site.Frame(r, "송장 일괄 등록", "Shipments from a file")
	unreadable := f.Say("세 항목이 필요합니다: 주문 상품, 택배사, 송장번호",
		"Three fields are needed: order item, carrier, tracking number")
	var all []shipped
	for {
		fields, err := lines.Read()
		var wrong *csv.ParseError
		if errors.As(err, &wrong) { // what follows cannot be told apart
			all = append(all, shipped{wrong.Line, "", unreadable})
			break
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return web.BodyError(err)
		}
		n, _ := lines.FieldPos(0)
		if len(all) == maxShipmentLines {
			all = append(all, shipped{n, fields[0], f.Say("이 줄부터는 다른 파일로 등록해 주세요.",
				"From this line on, send another file: one takes 1,000 lines.")})
			break
		}
		if len(fields) < 3 {
			all = append(all, shipped{n, fields[0], unreadable})
			continue
		}
		if strings.EqualFold(strings.TrimPrefix(fields[0], "\ufeff"), "orderItemId") {
			continue // a line that names the columns
		}
		line := shipped{line: n, item: fields[0]}
		if err := s.shipLine(r, fields); err != nil {
			if market.CodeOf(err) == market.CodeDatabaseUnavailable {
				return err
			}
			_, line.problem = web.Explain(r, err)
		}
		all = append(all, line)
	}
	pages.Show(w, r, http.StatusOK, shipmentsPage(f, all))
	return nil
}

func (s *Server) shipLine(r *http.Request, fields []string) error {
	id, err := strconv.ParseInt(strings.TrimPrefix(strings.TrimSpace(fields[0]), "\ufeff"), 10, 64)
	if err != nil {
		return market.RefuseWith(market.CodeInvalidInput, market.DetailFieldInvalid, "orderItemId")
	}
	var p parcel
	if err := web.DecodeForm(url.Values{"carrier": fields[1:2], "trackingNumber": fields[2:3]}, &p); err != nil {
		return err
	}
	_, err = s.store.ShipItem(r.Context(), web.Seller(r), id, p.Carrier, p.TrackingNumber)
	return err
}
