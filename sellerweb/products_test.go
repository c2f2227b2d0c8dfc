package sellerweb

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"maps"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/storefront"
	"github.com/all-in-market/market/internal/web"
)

// file returns the request of a form that brings a file.
func file(t *testing.T, path, content string) *http.Request {
	t.Helper()
	r := upload(t, "file", content)
	r.URL.Path, r.RequestURI = base+path, base+path
	return r
}

func TestProducts_List_OffersNewOnesAndFiles(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	stocked(t, s)
	got := s.Get(t, base+"/products?page=1")
	require.Equal(t, []string{"SellerProducts(8, {}, 1/20)"}, s.lists.Calls())
	for _, link := range []string{
		"/products/new", "/products/5", "/offers/template?page=0", "/offers/template?page=1", "/products?page=0&status=",
		"/products?page=2&status=",
	} {
		require.True(t, got.HasLink(base+link), "%s of %v", link, got.Links)
	}
	require.False(t, got.HasLink(base+"/offers/template?page=2"), "1001 products fill two files")
	preview := got.Form(base + "/offers/preview")
	require.Equal(t, "multipart/form-data", preview.Type)
	require.Equal(t, "file", preview.Field("file").Type)
}

func TestTemplatesOf_Products_FillWholeFiles(t *testing.T) {
	t.Parallel()
	for products, want := range map[int64]int{0: 0, 1: 1, 999: 1, 1000: 1, 1001: 2, 2000: 2, 2001: 3} {
		require.Equal(t, want, templatesOf(products), products)
	}
}

func TestProductForm_Existing_ShowsItsValues(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	stocked(t, s)
	form := s.Get(t, base+"/products/5").Form(base + "/products/5")
	require.Equal(t, url.Values{
		"name": {hostile}, "description": {hostile}, "category": {"3"}, "price": {"12,900"}, "stock": {"7"},
		"seenStock": {"5"}, "seenReserved": {"2"}, "status": {"ON_SALE"},
	}, form.Values())
	require.Equal(t, []string{"3", "4"}, form.Field("category").Options)
	require.Equal(t, []string{"ON_SALE", "HIDDEN"}, form.Field("status").Options)
	require.Equal(t, fmt.Sprint(market.MaxStock), form.Field("stock").Max)

	fresh := s.Get(t, base+"/products/new").Form(base + "/products")
	for _, field := range []string{"name", "description", "price", "stock"} {
		require.Empty(t, fresh.Field(field).Value, field)
		require.True(t, fresh.Field(field).Required, field)
	}
	require.Empty(t, fresh.Field("status").Name)
}

// TestProductForm_SentUnchanged_KeepsTheLinesOfTheDescription, which browsers leave out of a field of one line.
func TestProductForm_SentUnchanged_KeepsTheLinesOfTheDescription(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	stocked(t, s)
	p := aProduct()
	p.Description = "한 권\n\n두 권"
	s.store.Returns("OwnProduct", p)
	form := s.Get(t, base+"/products/5").Form(base + "/products/5").Values()
	form.Set("description", strings.ReplaceAll(form.Get("description"), "\n", "\r\n")) // as browsers send it
	require.Equal(t, http.StatusSeeOther, s.Post(t, base+"/products/5", form).Status)
	require.Contains(t, s.store.Calls("UpdateProduct")[0], `"Description":"한 권\n\n두 권"`)
}

// Its seller cannot undo what staff has decided.
func TestProductForm_Blocked_OffersNoStatus(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	stocked(t, s)
	p, reason := aProduct(), "counterfeit "+hostile
	p.Status, p.BlockedReason = market.ProductBlocked, &reason
	s.store.Returns("OwnProduct", p)
	got := s.Get(t, base+"/products/5")
	require.Empty(t, got.Form(base+"/products/5").Field("status").Name)
	require.Contains(t, got.Text, "counterfeit")
}

func productForm() url.Values {
	return url.Values{
		"name": {" 책 "}, "description": {"한 권"}, "category": {"3"}, "price": {"12,900"}, "stock": {"7"}, "status": {"HIDDEN"},
		"seenStock": {"5"}, "seenReserved": {"2"},
	}
}

func TestSaveProduct_New_IsCreated(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	form := productForm()
	got := s.Post(t, base+"/products", form)
	require.Equal(t, base+"/products/0?notice=created&status=HIDDEN", got.Outcome, got.Body)
	require.Equal(t, []string{
		`CreateProduct({"categoryId":3,"description":"한 권","name":"책","price":12900.00,"sellerId":8,"stock":7})`,
	}, s.calls())
}

// withPictures returns a request that submits a product with files as its pictures.
func withPictures(t *testing.T, fields url.Values, files ...[]byte) *http.Request {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for name, values := range fields {
		require.NoError(t, form.WriteField(name, values[0]))
	}
	for _, file := range files {
		part, err := form.CreateFormFile("image", "a.png")
		require.NoError(t, err)
		_, err = part.Write(file)
		require.NoError(t, err)
	}
	require.NoError(t, form.Close())
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, base+"/products", &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	return r
}

func TestNewProduct_WithPictures_HasThem(t *testing.T) {
	t.Parallel()
	var picture bytes.Buffer
	require.NoError(t, png.Encode(&picture, image.NewRGBA(image.Rect(0, 0, 4, 4))))
	for name, c := range map[string]struct {
		files   [][]byte
		outcome string
		added   int
	}{
		"two":               {[][]byte{picture.Bytes(), picture.Bytes()}, "notice=created&status=HIDDEN", 2},
		"none":              {nil, "notice=created&status=HIDDEN", 0},
		"an empty file":     {[][]byte{{}}, "notice=created&status=HIDDEN", 0},
		"one that is a lie": {[][]byte{picture.Bytes(), []byte("no picture")}, "notice=created-without&status=HIDDEN", 1},
	} {
		s := newStand(t)
		s.store.Returns("CreateProduct", market.Product{ID: 5, SellerID: 8})
		got := s.Do(t, withPictures(t, productForm(), c.files...))
		require.Equal(t, base+"/products/5?"+c.outcome, got.Outcome, "%s: %s", name, got.Body)
		require.Len(t, s.store.Calls("CreateProduct"), 1, name)
		require.Len(t, s.store.Calls("AddImage"), c.added, name)
		for _, call := range s.store.Calls("AddImage") {
			require.True(t, strings.HasPrefix(call, "AddImage(8, 5, "), call)
		}
	}
}

func TestNewProduct_RefusedWithPictures_KeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	stocked(t, s)
	fields := productForm()
	fields.Set("price", "cheap")
	got := s.Do(t, withPictures(t, fields, []byte("x")))
	require.Equal(t, 400, got.Status)
	again := got.Form(base + "/products")
	require.Equal(t, "multipart/form-data", again.Type)
	require.True(t, again.Field("price").Invalid)
	require.Equal(t, "cheap", again.Field("price").Value)
	require.Equal(t, "한 권", again.Field("description").Value)
	require.Empty(t, s.store.Calls("CreateProduct", "AddImage"))
}

// TestSaveProduct_Stock_IsSetOnlyIfTheSellerHasChangedIt, since orders change it as well.
func TestSaveProduct_Stock_IsSetOnlyIfTheSellerHasChangedIt(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"7": ``, "9": `"ExpectedReserved":2,"ExpectedStock":5,`, "0": `"ExpectedReserved":2,"ExpectedStock":5,`,
	} {
		s := newStand(t)
		stocked(t, s)
		form := productForm()
		form.Set("stock", typed)
		got := s.Post(t, base+"/products/5", form)
		require.Equal(t, http.StatusSeeOther, got.Status, got.Body)
		onHand := ""
		if want != "" {
			onHand = `"OnHand":` + typed + ","
		}
		require.Equal(t, []string{
			`UpdateProduct(8, 5, {"CategoryID":3,"Description":"한 권",` + want + `"Name":"책",` + onHand +
				`"Price":12900.00,"Status":"HIDDEN"})`,
		}, s.store.Calls("UpdateProduct"), typed)
	}
}

func TestSaveProduct_BadFields_SaveNothing(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	stocked(t, s)
	for field, values := range map[string][]string{
		"name": {"", " ", strings.Repeat("가", 201), "a\nb"}, "description": {"", strings.Repeat("가", 256)},
		"category": {"", "x", "99999999999999999999"}, "price": {"", "-1", "1.5", "1e3", "12,5", "10000000000", "x"},
		"stock": {"", "-1", "1.5", "1000000001", "x"}, "status": {"BLOCKED", "SUSPENDED", "x"},
		"seenStock": {"", "-1", "x"}, "seenReserved": {"", "x"},
	} {
		for _, value := range values {
			form := productForm()
			form.Set(field, value)
			got := s.Post(t, base+"/products/5", form)
			require.Equal(t, 400, got.Status, "%s=%.20q", field, value)
			require.Len(t, got.Alerts, 1)
			if strings.HasPrefix(field, "seen") {
				continue // a form for a new product has none
			}
			if field != "status" {
				require.Equal(t, 400, s.Post(t, base+"/products", form).Status, "%s=%.20q", field, value)
			}
		}
	}
	require.Empty(t, s.store.Calls("UpdateProduct", "CreateProduct"))
	for field, value := range map[string]string{
		"name": strings.Repeat("가", 200), "description": strings.Repeat("가", 255), "price": "9,999,999,999", "stock": "1000000000",
	} {
		form := productForm()
		form.Set(field, value)
		require.Equal(t, http.StatusSeeOther, s.Post(t, base+"/products/5", form).Status, field)
	}
}

func TestSaveProduct_OfAnotherSeller_IsNotFound(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	s.store.Fails("OwnProduct", market.Refuse(market.CodeProductNotFound))
	require.Equal(t, 404, s.Get(t, base+"/products/5").Status)
	require.Equal(t, 404, s.Post(t, base+"/products/5", productForm()).Status)
	require.Empty(t, s.store.Calls("UpdateProduct", "Images"))
}

// TestSaveProduct_Saved_IsReadAgain: cached reads that show the product become stale.
func TestSaveProduct_Saved_MakesCachedReadsStale(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	stocked(t, s)
	s.store.Returns("UpdateProduct", aProduct())
	before := s.cached.Dump()
	s.store.Fails("UpdateProduct", market.Refuse(market.CodeDataConflict))
	require.Equal(t, 409, s.Post(t, base+"/products/5", productForm()).Status)
	require.Equal(t, before, s.cached.Dump())
	s.store.Returns("UpdateProduct", aProduct())
	require.Equal(t, http.StatusSeeOther, s.Post(t, base+"/products/5", productForm()).Status)
	require.Contains(t, s.cached.Dump(), "version:{product:5}")
}

func TestPictures_OfAProduct_CanBeAddedAndDeleted(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	stocked(t, s)
	got := s.Get(t, base+"/products/5")
	require.Equal(t, []string{"/images/products/5/a.png"}, got.Pictures)
	require.NotNil(t, got.Form(base+"/products/5/images/1"))
	add := got.Form(base + "/products/5/images")
	require.Equal(t, "multipart/form-data", add.Type)
	require.Nil(t, got.Form(base+"/products/5/images/1/position"), "it is the only one")

	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for range 3 {
		part, err := form.CreateFormFile("image", "a.png")
		require.NoError(t, err)
		require.NoError(t, png.Encode(part, image.NewRGBA(image.Rect(0, 0, 4, 4))))
	}
	require.NoError(t, form.Close())
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, base+"/products/5/images", &body)
	r.Header.Set("Content-Type", form.FormDataContentType())
	added := s.Do(t, r)
	require.Equal(t, base+"/products/5?notice=images", added.Outcome, added.Body)
	require.Len(t, s.store.Calls("AddImage"), 3, "all of the form")

	s.store.Returns("DeleteImage", store.Image{ID: 1, ObjectKey: "products/5/a.png"})
	require.Equal(t, base+"/products/5?notice=images", s.Post(t, base+"/products/5/images/1", nil).Outcome)
	require.Equal(t, []string{`DeleteImage(8, {"ImageID":1,"ProductID":5})`}, s.store.Calls("DeleteImage"))
	require.Equal(t, 400, s.Post(t, base+"/products/5/images", url.Values{"image": {"x"}}).Status,
		"a form without a file")
}

func TestPreviewOffers_File_OffersWhatCanBeChanged(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		lines     string
		changes   []string
		all, some bool
	}{
		"all can":        {"5,900,9\n", []string{"5-900.00-9-5-2--"}, true, true},
		"price alone":    {"5,900,\n", []string{"5-900.00-----"}, true, true},
		"one of two can": {"5,900,\n6,1,\n", []string{"5-900.00-----"}, false, true},
		"none can":       {"6,1,\n", nil, false, false},
		"no change":      {"5,12900,7\n", nil, false, false},
		"no lines":       {"", nil, false, false},
		"below reserved": {"5,,1\n", nil, false, false},
		"unreadable":     {"x,1,\n5,1.5,\n5,-1,\n", nil, false, false},
	} {
		s := newStand(t)
		stocked(t, s)
		got := s.Do(t, file(t, "/offers/preview", "productId,price,onHand\n"+c.lines))
		require.Equal(t, 200, got.Status, "%s: %s", name, got.Body)
		require.Empty(t, s.store.Calls("ChangeProducts"), "a preview changes nothing")
		require.NotContains(t, got.Body, "<script>")
		form := got.Form(base + "/offers")
		require.Equal(t, c.some, form != nil, name)
		if form == nil {
			continue
		}
		require.Equal(t, c.changes, form.Values()["change"], name)
		require.Len(t, form.Buttons, map[bool]int{true: 2, false: 1}[c.all], "%s: all or nothing only if all can be",
			name)
	}
}

func TestChangeOffers_Preview_IsCarriedOut(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	s.store.Returns("ChangeProducts", []market.Product{aProduct()}, 0)
	got := s.Post(t, base+"/offers", url.Values{"change": {"5-900.00-9-5-2--"}})
	require.Equal(t, base+"/products?n=1&n=0&notice=offers", got.Outcome, got.Body)
	require.Equal(t, []string{
		`ChangeProducts(8, [{"ExpectedReserved":2,"ExpectedStock":5,"ID":5,"OnHand":9,"Price":900.00}])`,
	}, s.calls())

	s.store.Does("ChangeProducts", func(args ...any) ([]any, error) {
		if args[1].([]store.ChangedProduct)[0].ID == 6 {
			return []any{nil, 0}, market.Refuse(market.CodeProductNotFound)
		}
		return []any{[]market.Product{aProduct()}, 0}, nil
	})
	got = s.Post(t, base+"/offers", url.Values{"change": {"5-1-----", "6-1-----"}, "skip": {"1"}})
	require.Equal(t, base+"/products?n=1&n=1&notice=offers", got.Outcome)

	for _, problem := range []error{market.Refuse(market.CodeDataConflict), market.Refuse(market.CodeProductNotFound)} {
		s.store.Does("ChangeProducts", func(...any) ([]any, error) { return []any{nil, 1}, problem })
		got = s.Post(t, base+"/offers", url.Values{"change": {"5-1-----", "6-1-----"}})
		require.Equal(t, base+"/products?n=6&notice=nothing-changed", got.Outcome, "it names the product")
	}
	s.store.Fails("ChangeProducts", market.Refuse(market.CodeDatabaseUnavailable))
	require.Equal(t, 503, s.Post(t, base+"/offers", url.Values{"change": {"5-1-----"}}).Status)
}

func TestChangeOffers_ForgedForm_ChangesNothing(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	tooMany := make([]string, market.MaxFileLines+1)
	for i := range tooMany {
		tooMany[i] = "5-1-----"
	}
	for _, changes := range [][]string{nil, {""}, {"5"}, {"5-1-2-3-4-5"}, {"5-1-2-3-4-5-6-7"}, {"x-1-----"},
		{"5-1.5-----"},
		{"5-1----BLOCKED-"}, {"5-1-----x"}, {"5------"}, tooMany} {
		require.Equal(t, 400, s.Post(t, base+"/offers", url.Values{"change": changes}).Status, "%.3q", changes)
	}
	require.Empty(t, s.calls())
	s.store.Returns("ChangeProducts", nil, 0)
	require.Equal(t, http.StatusSeeOther, s.Post(t, base+"/offers", url.Values{"change": tooMany[1:2]}).Status)
}

func TestOrders_Action_DependsOnTheLine(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		line  market.SellerOrderItem
		ships bool
	}{
		"paid":             {market.SellerOrderItem{OrderStatus: market.OrderPaid, OrderItem: market.OrderItem{Quantity: 1}}, true},
		"partly refunded":  {market.SellerOrderItem{OrderStatus: market.OrderPaid, OrderItem: market.OrderItem{Quantity: 2, RefundedQuantity: 1}}, true},
		"refunded":         {market.SellerOrderItem{OrderStatus: market.OrderPaid, OrderItem: market.OrderItem{Quantity: 1, RefundedQuantity: 1, CancelledQuantity: 1}}, false},
		"shipped":          {market.SellerOrderItem{OrderStatus: market.OrderPaid, OrderItem: market.OrderItem{Quantity: 1, ShippedQuantity: 1}}, false},
		"partly shipped":   {market.SellerOrderItem{OrderStatus: market.OrderPaid, OrderItem: market.OrderItem{Quantity: 2, ShippedQuantity: 1}}, true},
		"disputed":         {market.SellerOrderItem{OrderStatus: market.OrderPaid, Disputed: true, OrderItem: market.OrderItem{Quantity: 1}}, false},
		"of no paid order": {market.SellerOrderItem{OrderStatus: market.OrderFailed, OrderItem: market.OrderItem{Quantity: 1}}, false},
	} {
		s := newStand(t)
		c.line.ID, c.line.ProductName, c.line.OrderID, c.line.OrderNumber = 6, "p", 4, "20261130-00048"
		s.store.Returns("SellerOrderItems", market.Page[market.SellerOrderItem]{
			Content: []market.SellerOrderItem{c.line}, IsLast: true,
		})
		got := s.Get(t, base+"/orders")
		require.Equal(t, []string{
			`SellerOrderItems(8, {"Status":"PAID"}, 0/20+createdAt)`, `NoteRead({"Data":"ORDERS","Rows":1})`,
		}, s.calls())
		form := got.Form(base + "/shipments")
		require.Equal(t, "PAID", form.Field("status").Value, "it leads back to the same list")
		if c.ships {
			require.Equal(t, "6", form.Field("orderItemId").Value, name)
			require.Equal(t, "50", form.Field("trackingNumber").Max)
		} else {
			require.False(t, form.Values().Has("orderItemId"), name)
		}
		require.NotNil(t, got.Form(base+"/shipments/preview"))
		require.True(t, got.HasLink(base+"/shipments/template"))

		s.store.Returns("SellerOrder", market.SellerOrder{OrderID: 4, Items: []market.SellerOrderItem{c.line},
			Actions: c.line.OrderStatus.SellerActions([]market.Line{c.line.Line()}, c.line.Disputed)})
		require.Equal(t, c.ships, s.Get(t, base+"/orders/4").Form(base+"/orders/4/parcels") != nil, name)
	}
	s := newStand(t)
	stocked(t, s)
	require.Nil(t, s.Get(t, base+"/orders?status=SHIPPED").Form(base+"/shipments/preview"))
	s.store.Forget()
	s.Get(t, base+"/orders?status=")
	require.Equal(t, `SellerOrderItems(8, {}, 0/20+createdAt)`, s.calls()[0], "of all states")
	s.store.Forget()
	s.Get(t, base+"/orders?status=&keyword=%EA%B9%80")
	require.Equal(t, `SellerOrderItems(8, {"Search":"김"}, 0/20+createdAt)`, s.calls()[0])
	require.Equal(t, 400, s.Get(t, base+"/orders?keyword="+strings.Repeat("k", 101)).Status)
}

func TestShipPieces_Form_IsPassedOn(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	stocked(t, s)
	path := base + "/orders/4/parcels"
	form := url.Values{"pieces[6]": {"1"}, "carrier": {" CJ "}, "trackingNumber": {"600012345678"}}
	require.Equal(t, base+"/orders/4?notice=shipped", s.Post(t, path, form).Outcome)
	require.Equal(t, []string{`ShipParcel(8, {"carrier":"CJ","items":[{"orderItemId":6,"quantity":1}],` +
		`"orderId":4,"trackingNumber":"600012345678"})`}, s.store.Calls("ShipParcel"))
	for field, values := range map[string][]string{
		"carrier": {"", " ", strings.Repeat("c", 51)}, "trackingNumber": {"", strings.Repeat("1", 51), "6.00012E+11"},
		"pieces[6]": {"", "0", "4", "-1", "x"},
	} {
		for _, value := range values {
			bad := maps.Clone(form)
			bad[field] = []string{value}
			require.Equal(t, 400, s.Post(t, path, bad).Status, "%s %q", field, value)
		}
	}
	require.Len(t, s.store.Calls("ShipParcel"), 1)
	s.store.Fails("ShipParcel", market.Refuse(market.CodeShipmentTooLarge))
	require.Equal(t, 409, s.Post(t, path, form).Status)

	require.Equal(t, base+"/orders/4?notice=corrected", s.Post(t, path+"/3", form).Outcome)
	require.Equal(t, []string{`CorrectParcel(8, 3, {"carrier":"CJ","trackingNumber":"600012345678"})`},
		s.store.Calls("CorrectParcel"))
	require.Equal(t, base+"/orders/4?notice=delivered", s.Post(t, path+"/3/delivery", nil).Outcome)
	require.Equal(t, []string{"DeliverParcel(8, 3)"}, s.store.Calls("DeliverParcel"))
}

// A seller cancels what it cannot deliver, with a reason; a form that is sent twice is one request.
func TestCancelItems_WithAReason_IsPassedOn(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	path := base + "/orders/4/cancel"
	s.store.Returns("SellerOrder", market.SellerOrder{OrderID: 4, Items: []market.SellerOrderItem{{
		OrderItem: market.OrderItem{ID: 6, OrderID: 4, Quantity: 1}, OrderStatus: market.OrderPaid,
	}}, Actions: []market.OrderAction{market.ActionCancel}})
	page := s.Get(t, base+"/orders/4")
	require.NotNil(t, page.Form(path))
	form := url.Values{"reason": {" Out of stock. "}, "key": {"k"}}
	for range 2 {
		require.Equal(t, base+"/orders/4?notice=cancelled", s.Post(t, path, form).Outcome)
	}
	want := storefront.SellerCancellation{
		OrderID: 4, Reason: "Out of stock.", Key: "seller-center:" + web.HashedKey("k"),
	}
	require.Equal(t, []storefront.SellerCancellation{want, want}, s.cancelled)
	s.cancelFails = market.Refuse(market.CodeOrderNotCancellable)
	require.Equal(t, 409, s.Post(t, path, form).Status)
	s.store.Returns("SellerOrder", market.SellerOrder{OrderID: 4, Items: []market.SellerOrderItem{{
		OrderItem: market.OrderItem{ID: 6, Quantity: 1, ShippedQuantity: 1}, OrderStatus: market.OrderPaid,
	}}})
	require.Nil(t, s.Get(t, base+"/orders/4").Form(path), "all is shipped")
}

// A line that cannot be shipped holds up none of the others, and lines without a tracking number stay.
func TestShipMany_FromTheList_ShipsFilledLines(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	s.store.Returns("ItemsToShip", map[int64]store.ItemToShip{5: {}, 6: {}, 7: {}})
	list := url.Values{
		"list": {"true"}, "status": {"PAID"}, "orderItemId": {"5", "6", "7"}, "carrier": {"CJ", "CJ", "CJ"},
		"trackingNumber": {"1", " ", "2"},
	}
	got := s.Post(t, base+"/shipments", list)
	require.Equal(t, base+"/orders?n=2&notice=shipped-many&status=PAID", got.Outcome)
	require.Equal(t, []string{`ShipItem(8, 5, "CJ", "1")`, `ShipItem(8, 7, "CJ", "2")`}, s.store.Calls("ShipItem"))
	s.store.Forget()
	s.store.Fails("ShipItem", market.Refuse(market.CodeOrderItemUnderRefund))
	got = s.Post(t, base+"/shipments", list)
	require.Equal(t, 200, got.Status)
	require.Len(t, s.store.Calls("ShipItem"), 2)
	s.store.Forget()
	list["trackingNumber"] = []string{"", "", ""}
	require.Equal(t, 400, s.Post(t, base+"/shipments", list).Status)
	require.Empty(t, s.store.Calls("ShipItem"))
}

func TestOrder_Page_ShowsWhereToShip(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	link := "https://trace.example/?n=1"
	s.store.Returns("SellerOrder", market.SellerOrder{
		OrderID: 4, OrderNumber: "20261130-00048", Status: market.OrderPaid, Amount: 12_900_00,
		Recipient: market.Recipient{Name: new(hostile), Phone: new("010-1234-5678"), Address: new("서울"), Note: new("문 앞")},
		Items: []market.SellerOrderItem{
			{OrderItem: market.OrderItem{ID: 6, OrderID: 4, ProductName: hostile, Quantity: 3, RefundedQuantity: 1,
				CancelledQuantity: 1, ShippedQuantity: 2, Carrier: new("CJ")}, OrderStatus: market.OrderPaid},
			{OrderItem: market.OrderItem{ID: 7, OrderID: 4, ProductName: "gone", Quantity: 1, RefundedQuantity: 1,
				CancelledQuantity: 1}},
		},
		Parcels: []market.Parcel{{
			ID: 3, OrderID: 4, Status: market.ParcelDelivered, Carrier: new("CJ"), TrackingNumber: new("1"),
			TrackingURL: &link, ShippedAt: noon, DeliveredAt: &noon, DeliverySource: new(market.DeliveredByTime),
			Items: []market.Pieces{{OrderItemID: 6, Quantity: 2}},
		}},
	})
	for _, path := range []string{"/orders/4", "/orders/4/slip"} {
		s.store.Forget()
		got := s.Get(t, base+path)
		require.Equal(t, []string{"SellerOrder(8, 4)", `NoteRead({"Data":"ORDER","DataID":4,"Rows":1})`}, s.calls())
		for _, shown := range []string{"20261130-00048", hostile, "010-1234-5678", "서울", "문 앞"} {
			require.Contains(t, got.Text, shown, path)
		}
		require.NotContains(t, got.Body, hostile)
	}
	require.True(t, s.Get(t, base+"/orders/4").HasLink(link))
	require.NotContains(t, s.Get(t, base+"/orders/4/slip").Text, "gone", "it is not in the parcel")
	s.store.Fails("NoteRead", market.Refuse(market.CodeDatabaseUnavailable))
	require.Equal(t, 503, s.Get(t, base+"/orders/4").Status, "no read without its entry")
}

func TestShipments_File_IsPreviewedAndRecorded(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	carrier, number := "CJ", "22"
	s.store.Returns("ItemsToShip", map[int64]store.ItemToShip{
		1: {SellerOrderItem: market.SellerOrderItem{OrderItem: market.OrderItem{ProductName: hostile}}},
		2: {SellerOrderItem: market.SellerOrderItem{OrderItem: market.OrderItem{
			Quantity: 1, ShippedQuantity: 1, Carrier: &carrier, TrackingNumber: &number,
		}}},
		3: {Refusal: market.Refuse(market.CodeOrderStatusCannotBeChanged)},
	})
	got := s.Do(t, file(t, "/shipments/preview",
		"orderItemId,carrier,trackingNumber\n1,CJ,11\n2,CJ,22\n3,CJ,33\n4,CJ,44\n<script>,CJ,5\n"))
	require.Equal(t, 200, got.Status, got.Body)
	require.NotContains(t, got.Body, "<script>")
	require.Equal(t, 3, strings.Count(got.Body, "is-FAILED"))
	require.Empty(t, s.store.Calls("ShipItem"))
	form := got.Form(base + "/shipments").Values()
	require.Equal(t, url.Values{"orderItemId": {"1"}, "carrier": {"CJ"}, "trackingNumber": {"11"}}, form)

	got = s.Post(t, base+"/shipments", form)
	require.Equal(t, 200, got.Status, got.Body)
	require.Equal(t, []string{`ShipItem(8, 1, "CJ", "11")`}, s.store.Calls("ShipItem"))
	require.Contains(t, got.Body, "is-SHIPPED")
	require.Nil(t, got.Form(base+"/shipments"), "there is nothing left to do")
	s.store.Fails("ShipItem", market.Refuse(market.CodeOrderItemNotFound))
	require.Contains(t, s.Post(t, base+"/shipments", form).Body, "is-FAILED")
}

func TestShipments_ForgedForm_ShipsNothing(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	many := make([]string, market.MaxFileLines+1)
	for i := range many {
		many[i] = "1"
	}
	for _, form := range []url.Values{
		nil, {"orderItemId": {"1"}}, {"orderItemId": {"1"}, "carrier": {"c"}},
		{"carrier": {"c"}, "trackingNumber": {"1"}},
		{"orderItemId": {"1", "2"}, "carrier": {"c"}, "trackingNumber": {"1", "2"}},
		{"orderItemId": many, "carrier": many, "trackingNumber": many},
	} {
		require.Equal(t, 400, s.Post(t, base+"/shipments", form).Status, "%.5v", form)
	}
	require.Empty(t, s.calls())
}

func TestTemplates_AreTheSellersFiles(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	s.store.Returns("SellerProducts", market.Page[market.Product]{Content: []market.Product{aProduct()}})
	got := s.Get(t, base+"/offers/template?page=1")
	require.Equal(t, `attachment; filename="products.csv"`, got.Header.Get("Content-Disposition"))
	require.Equal(t, "SellerProducts(8, {}, 1/1000+id)", s.calls()[0])
	require.Contains(t, got.Body, "\n5,\"")
	s.Get(t, base+"/shipments/template")
	require.Contains(t, s.calls(), "WaitingToShip(8, 1000)")
}
