package api

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/bulk"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
)

// ownProducts lets products 1 to 3 be the seller's, with 5 pieces in stock and 2 reserved.
func ownProducts(s *stand) {
	own := map[int64]market.Product{}
	for id := range int64(3) {
		reserved := int32(2)
		own[id+1] = market.Product{ID: id + 1, SellerID: sellerID, Name: "p", Price: 1_000_00, Stock: 5,
			Reserved: &reserved}
	}
	s.store.Returns("OwnProducts", own)
	s.store.Does("ChangeProducts", func(args ...any) ([]any, error) {
		changes := args[1].([]store.ChangedProduct)
		changed := make([]market.Product, len(changes))
		for i, c := range changes {
			p, ok := own[c.ID]
			if !ok {
				return []any{nil, i}, market.Refuse(market.CodeProductNotFound)
			}
			changed[i] = p
		}
		return []any{changed, 0}, nil
	})
}

// outcomes returns the outcome and the code of each line of an answer, such as "1 DONE" and "2 REFUSED INVALID_INPUT".
func outcomes(t *testing.T, r *reply) (all []string) {
	t.Helper()
	var lines []struct {
		Line          json.Number
		Outcome, Code string
		Message       string
	}
	require.NoError(t, json.Unmarshal(r.Data, &lines), r.body)
	for _, l := range lines {
		all = append(all, strings.TrimSpace(string(l.Line)+" "+l.Outcome+" "+l.Code))
		require.Equal(t, l.Code != "", l.Message != "", r.body)
	}
	return all
}

func TestPreviewOffers_EachLine_HasItsOutcome(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ contentType, body string }{
		"list": {"application/json", `{"offers":[{"productId":1,"price":900},{"productId":2,"onHand":7},
			{"productId":4,"price":1},{"productId":3,"onHand":1},{"productId":1,"price":1},{"productId":3}]}`},
		"file": {"text/csv", "productId,price,onHand\n1,900,\n2,,7\n4,1,\n3,,1\n1,1,\n3,,\n"},
	} {
		s := newStand(t)
		ownProducts(s)
		got := s.send(t, "POST /seller/offers/preview", c.body, "Content-Type", c.contentType)
		require.Equal(t, 200, got.Status, "%s: %s", name, got.body)
		first := map[string]int{"list": 1, "file": 2}[name]
		lines := outcomes(t, got)
		for i, want := range []string{
			"READY", "UNCHANGED", "REFUSED PRODUCT_NOT_FOUND", "REFUSED DATA_CONFLICT", "REFUSED INVALID_INPUT",
			"REFUSED INVALID_INPUT",
		} {
			require.Equal(t, string('0'+rune(first+i))+" "+want, lines[i], name)
		}
		require.Empty(t, s.store.Calls("ChangeProducts"), "a preview changes nothing")
		require.Contains(t, string(got.Data), `"productId":1,"productName":"p","price":900.00,"onHand":null,`+
			`"priceBefore":1000.00,"onHandBefore":7`)
	}
}

func TestChangeOffers_WithoutPartial_DoesAllOrNothing(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	ownProducts(s)
	got := s.send(t, "POST /seller/offers", `{"offers":[{"productId":1,"price":900},{"productId":2,"onHand":3}]}`)
	require.Equal(t, 200, got.Status, got.body)
	require.Equal(t, []string{"1 DONE", "2 DONE"}, outcomes(t, got))
	require.Equal(t, []string{`ChangeProducts(8, [{"ID":1,"Price":900.00},{"ID":2,"OnHand":3}])`},
		s.store.Calls("ChangeProducts"))

	s.store.Forget()
	got = s.send(t, "POST /seller/offers", `{"offers":[{"productId":1,"price":900},{"productId":4,"price":1}]}`)
	require.Equal(t, 404, got.Status, got.body)
	require.Contains(t, got.Message, "4")
	got = s.send(t, "POST /seller/offers", `{"offers":[{"productId":1,"price":900},{"productId":2}]}`)
	require.Equal(t, 400, got.Status)
	require.Contains(t, got.Message, "Line 2: ")
	require.Len(t, s.store.Calls("ChangeProducts"), 1, "a line that cannot be read holds up all")
}

func TestChangeOffers_Partial_DoesWhatCanBeDone(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	ownProducts(s)
	got := s.send(t, "POST /seller/offers?partial=true",
		`{"offers":[{"productId":1,"price":900},{"productId":4,"price":1},{"productId":2},{"productId":3,"onHand":9}]}`)
	require.Equal(t, 200, got.Status, got.body)
	require.Equal(t, []string{"1 DONE", "2 REFUSED PRODUCT_NOT_FOUND", "3 REFUSED INVALID_INPUT", "4 DONE"},
		outcomes(t, got))
	require.Len(t, s.store.Calls("ChangeProducts"), 3, "each in a transaction of its own")
	require.Equal(t, 400, s.send(t, "POST /seller/offers?partial=perhaps",
		`{"offers":[{"productId":1,"price":1}]}`).Status)
}

func TestChangeOffers_ConcurrentChange_NamesTheProduct(t *testing.T) {
	t.Parallel()
	for problem, want := range map[error]string{
		market.Refuse(market.CodeDataConflict):                                            "2",
		market.RefuseWith(market.CodeDataConflict, market.DetailStockReserved, int32(12)): "12",
	} {
		s := newStand(t)
		s.store.Does("ChangeProducts", func(...any) ([]any, error) { return []any{nil, 1}, problem })
		got := s.send(t, "POST /seller/offers", `{"offers":[{"productId":1,"price":900},{"productId":2,"onHand":3}]}`)
		require.Equal(t, 409, got.Status, got.body)
		require.Contains(t, got.Message, want)
		require.Contains(t, got.Message, "2")
	}
}

func TestShipments_EachLine_HasItsOutcome(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ contentType, body string }{
		"list": {"application/json", `{"shipments":[{"orderItemId":1,"carrier":"CJ","trackingNumber":"11"},
			{"orderItemId":2,"carrier":"CJ","trackingNumber":"22"},
			{"orderItemId":3,"carrier":"CJ","trackingNumber":"33"},
			{"orderItemId":4,"carrier":"CJ","trackingNumber":"44"},
			{"orderItemId":1,"carrier":"CJ","trackingNumber":"55"}]}`},
		"file": {"text/csv; charset=utf-8", "송장번호,택배사,주문상품번호\n11,CJ,1\n22,CJ,2\n33,CJ,3\n44,CJ,4\n55,CJ,1\n"},
		"file of a spreadsheet": {"application/vnd.ms-excel",
			"\ufefforderItemId,carrier,trackingNumber\r\n1,CJ,=\"11\"\r\n2,CJ,22\r\n3,CJ,33\r\n4,CJ,44\r\n1,CJ,55\r\n"},
	} {
		s := newStand(t)
		carrier, number := "CJ", "22"
		s.store.Returns("ItemsToShip", map[int64]store.ItemToShip{
			1: {SellerOrderItem: market.SellerOrderItem{OrderItem: market.OrderItem{ProductName: "책"}}},
			2: {SellerOrderItem: market.SellerOrderItem{OrderItem: market.OrderItem{
				Quantity: 1, ShippedQuantity: 1, Carrier: &carrier, TrackingNumber: &number,
			}}},
			3: {Refusal: market.Refuse(market.CodeOrderStatusCannotBeChanged)},
		})
		got := s.send(t, "POST /seller/shipments/preview", c.body, "Content-Type", c.contentType)
		require.Equal(t, 200, got.Status, "%s: %s", name, got.body)
		require.Empty(t, s.store.Calls("ShipItem"), "a preview notes nothing")
		ready := outcomes(t, got)
		got = s.send(t, "POST /seller/shipments", c.body, "Content-Type", c.contentType)
		require.Equal(t, 200, got.Status, "%s: %s", name, got.body)
		done := outcomes(t, got)
		for i, want := range []string{
			"READY", "UNCHANGED", "REFUSED ORDER_STATUS_CANNOT_BE_CHANGED", "REFUSED ORDER_ITEM_NOT_FOUND",
			"REFUSED INVALID_INPUT",
		} {
			require.True(t, strings.HasSuffix(ready[i], " "+want), "%s: %s", name, ready)
			require.True(t, strings.HasSuffix(done[i], " "+strings.Replace(want, "READY", "DONE", 1)), "%s: %s", name,
				done)
		}
		require.Equal(t, []string{`ShipItem(8, 1, "CJ", "11")`}, s.store.Calls("ShipItem"), name)
		require.Contains(t, string(got.Data), `"orderItemId":1,"productName":null,"carrier":"CJ","trackingNumber":"11"`)
	}
}

// A repeat records the remaining lines. A refusal concerns one line only.
func TestShipments_DatabaseAway_FailsAsAWhole(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	s.store.Returns("ItemsToShip", map[int64]store.ItemToShip{1: {}})
	body := `{"shipments":[{"orderItemId":1,"carrier":"CJ","trackingNumber":"1"}]}`
	s.store.Fails("ShipItem", market.Refuse(market.CodeDatabaseUnavailable))
	require.Equal(t, 503, s.send(t, "POST /seller/shipments", body).Status)
	s.store.Fails("ShipItem", market.Refuse(market.CodeOrderItemNotFound))
	got := s.send(t, "POST /seller/shipments", body)
	require.Equal(t, 200, got.Status)
	require.Equal(t, []string{"1 REFUSED ORDER_ITEM_NOT_FOUND"}, outcomes(t, got))
}

func TestBulk_UnreadableAsAWhole_IsRefused(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	for _, route := range []string{
		"POST /seller/shipments", "POST /seller/shipments/preview", "POST /seller/offers", "POST /seller/offers/preview",
	} {
		for _, c := range []struct {
			contentType, body string
			status            int
		}{
			{"text/plain", "x", 400}, {"", "x", 400}, {"multipart/form-data; boundary=x", "x", 400},
			{"text/csv", "", 400},
			{"text/csv", "a,b\n1,2\n", 400}, {"text/csv", "\xff\xfe\xff", 400}, {"application/json", "[]", 400},
			{"application/json", "{}", 400}, {"application/json", `{"offers":1,"shipments":1}`, 400},
			{"text/csv", times("x", bulk.MaxBytes+1), 413},
			{"application/json", `{"x":"` + times("x", bulk.MaxBytes) + `"}`,
				413},
		} {
			got := s.send(t, route, c.body, "Content-Type", c.contentType)
			require.Equal(t, c.status, got.Status, "%s %s %.20q: %s", route, c.contentType, c.body, got.body)
		}
	}
	require.Empty(t, s.store.Calls())
}

// The line after it says so.
func TestBulk_LongFile_IsReadUpToItsLimit(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	file := "orderItemId,carrier,trackingNumber\n" + times("x,CJ,1\n", market.MaxFileLines+5)
	got := s.send(t, "POST /seller/shipments/preview", file, "Content-Type", "text/csv")
	require.Equal(t, 200, got.Status)
	lines := outcomes(t, got)
	require.Len(t, lines, market.MaxFileLines+1)
	require.Contains(t, got.body, "1000")
	require.Contains(t, string(got.Data), `"orderItemId":null`)
}

func TestTemplates_AreFilesInTheReadersLanguage(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	reserved := int32(2)
	s.store.Returns("SellerProducts", market.Page[market.Product]{Content: []market.Product{
		{ID: 1, Name: "=1+1", Price: 12_900_00, Stock: 5, Reserved: &reserved},
		{ID: 2, Name: "책, 공책", Price: 50, Stock: 0, Reserved: &reserved},
	}})
	s.store.Returns("WaitingToShip", []market.SellerOrderItem{
		{
			OrderItem:   market.OrderItem{ID: 6, ProductName: "책", Quantity: 3, RefundedQuantity: 1},
			OrderNumber: "20261130-00068",
			Recipient: market.Recipient{
				Name: new("김구매"), Phone: new("010-1234-5678"), Address: new("서울"), Note: new("문 앞"),
			},
		},
	})
	s.store.Returns("NoteAccess", int64(77))
	for _, c := range []struct{ route, name, english, korean string }{
		{
			"GET /seller/offers/template", "products.csv",
			"productId,productName,price,onHand\n1,'=1+1,12900,7\n2,\"책, 공책\",0.50,2\n",
			"상품번호,상품명,가격,재고\n1,'=1+1,12900,7\n2,\"책, 공책\",0.50,2\n",
		},
		{
			"GET /seller/shipments/template", "shipments.csv",
			"orderItemId,orderNumber,productName,quantity,recipient,phone,address,deliveryNote,carrier,trackingNumber\n" +
				"6,20261130-00068,책,2,김구매,010-1234-5678,서울,문 앞,,\n",
			"상품주문번호,주문번호,상품명,수량,받는 분,연락처,배송지,배송 메모,택배사,송장번호\n" +
				"6,20261130-00068,책,2,김구매,010-1234-5678,서울,문 앞,,\n",
		},
	} {
		for language, want := range map[string]string{"en": c.english, "ko": c.korean} {
			s.store.Forget()
			got := s.send(t, c.route, "", "Accept-Language", language)
			require.Equal(t, 200, got.Status)
			require.Equal(t, "text/csv; charset=utf-8", got.header.Get("Content-Type"))
			require.Equal(t, `attachment; filename="`+c.name+`"`, got.header.Get("Content-Disposition"))
			require.Equal(t, "no-store", got.header.Get("Cache-Control"))
			require.Equal(t, "\ufeff"+want, got.body)
			require.Len(t, s.store.Calls("NoteAccess"), 1, "each download is noted")
			require.Contains(t, s.store.Calls("NoteAccess")[0], `"SubjectID":8`)
			require.Equal(t, []string{"EndExport(77, " +
				map[string]string{"products.csv": "2", "shipments.csv": "1"}[c.name] +
				")"},
				s.store.Calls("EndExport"))
		}
	}
	s.store.Fails("NoteAccess", market.Refuse(market.CodeDatabaseUnavailable))
	got := s.send(t, "GET /seller/offers/template", "")
	require.Equal(t, 503, got.Status, "what cannot be noted is not sent")
	require.NotContains(t, got.body, "책")
}
