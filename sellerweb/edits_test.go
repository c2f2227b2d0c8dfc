package sellerweb

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
)

// threeProducts are the products 5, 6 and 7; the last is blocked.
func threeProducts(s *stand) map[int64]market.Product {
	all := map[int64]market.Product{5: aProduct(), 6: aProduct(), 7: aProduct()}
	for id, p := range all {
		p.ID = id
		if id == 6 {
			p.Price = 9_990_00
		}
		if id == 7 {
			p.Status = market.ProductBlocked
		}
		all[id] = p
	}
	s.store.Does("OwnProducts", func(args ...any) ([]any, error) {
		own := map[int64]market.Product{}
		for _, id := range args[1].([]int64) {
			if p, ok := all[id]; ok {
				own[id] = p
			}
		}
		return []any{own}, nil
	})
	s.store.Returns("Categories", []market.Category{{ID: 3, Name: hostile}, {ID: 4, Name: "b"}})
	return all
}

func TestPreviewEdits_EachAction_OffersItsChanges(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		form url.Values
		want []string
	}{
		"price":          {url.Values{"action": {"price"}, "value": {"12,000"}}, []string{"5-12000.00-----", "6-12000.00-----"}},
		"raised":         {url.Values{"action": {"raise"}, "value": {"7"}}, []string{"5-13803.00-----", "6-10689.00-----"}},
		"lowered":        {url.Values{"action": {"lower"}, "value": {"15"}}, []string{"5-10965.00-----", "6-8492.00-----"}},
		"stock":          {url.Values{"action": {"stock"}, "value": {"0"}}, nil}, // two are reserved
		"stock that can": {url.Values{"action": {"stock"}, "value": {"30"}}, []string{"5--30-5-2--", "6--30-5-2--"}},
		"taken off sale": {url.Values{"action": {"HIDDEN"}}, []string{"5-----HIDDEN-", "6-----HIDDEN-"}},
		"put on sale":    {url.Values{"action": {"ON_SALE"}}, nil}, // they are
		"moved":          {url.Values{"action": {"category"}, "toCategory": {"4"}}, []string{"5------4", "6------4"}},
		"the same price": {url.Values{"action": {"price"}, "value": {"9990"}}, []string{"5-9990.00-----"}},
	} {
		s := newStand(t)
		threeProducts(s)
		c.form["product"] = []string{"5", "6", "6", "99"}
		got := s.Post(t, base+"/offers/edits", c.form)
		require.Equal(t, 200, got.Status, "%s: %s", name, got.Body)
		require.NotContains(t, got.Body, "<script>")
		form := got.Form(base + "/offers")
		if c.want == nil {
			require.Nil(t, form, name)
			continue
		}
		require.Equal(t, c.want, form.Values()["change"], name)
		require.Empty(t, s.store.Calls("ChangeProducts"), "a preview changes nothing")
	}
}

func TestPreviewEdits_BlockedProduct_KeepsItsStatusOnly(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	threeProducts(s)
	got := s.Post(t, base+"/offers/edits", url.Values{"product": {"7"}, "action": {"HIDDEN"}})
	require.Nil(t, got.Form(base+"/offers"))
	require.Contains(t, got.Text, "blocked by staff")
	got = s.Post(t, base+"/offers/edits", url.Values{"product": {"7"}, "action": {"price"}, "value": {"1"}})
	require.NotNil(t, got.Form(base+"/offers"))
}

func TestPreviewEdits_AllFound_AreThoseOfTheFilter(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	all := threeProducts(s)
	s.store.Returns("SellerProducts", market.Page[market.Product]{Content: []market.Product{all[6]}})
	got := s.Post(t, base+"/offers/edits", url.Values{
		"all": {"1"}, "action": {"raise"}, "value": {"10"}, "status": {"ON_SALE"}, "category": {"3"}, "keyword": {"책"},
	})
	require.Equal(t, []string{`SellerProducts(8, {"CategoryID":3,"Keyword":"책","Status":"ON_SALE"}, 0/1000)`},
		s.store.Calls("SellerProducts"))
	require.Equal(t, []string{"6-10989.00-----"}, got.Form(base + "/offers").Values()["change"])
}

func TestPreviewEdits_BadForm_IsShownAgainWithItsFilter(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	stocked(t, s)
	for name, bad := range map[string]url.Values{
		"no action": {"product": {"5"}}, "unknown action": {"product": {"5"}, "action": {"DELETED"}},
		"no product": {"action": {"raise"}, "value": {"1"}}, "no value": {"product": {"5"}, "action": {"stock"}},
		"no category": {"product": {"5"}, "action": {"category"}},
		"too low":     {"product": {"5"}, "action": {"lower"}, "value": {"100"}},
		"too high":    {"product": {"5"}, "action": {"raise"}, "value": {"1001"}},
		"a fraction":  {"product": {"5"}, "action": {"raise"}, "value": {"1.5"}},
		"negative":    {"product": {"5"}, "action": {"price"}, "value": {"-1"}},
		"a dear one":  {"product": {"5"}, "action": {"price"}, "value": {"10000000000"}},
		"too many":    {"product": strings.Split(strings.Repeat("5,", market.MaxFileLines)+"5", ","), "action": {"HIDDEN"}},
		"long word":   {"all": {"1"}, "action": {"HIDDEN"}, "keyword": {strings.Repeat("k", 101)}},
	} {
		s.lists.Forget()
		bad["status"] = []string{"ON_SALE"}
		got := s.Post(t, base+"/offers/edits", bad)
		require.Equal(t, 400, got.Status, name)
		if name == "long word" {
			continue // no list has it
		}
		require.Len(t, got.Alerts, 1, name)
		require.NotNil(t, got.Form(base+"/offers/edits"), name)
		require.Equal(t, []string{`SellerProducts(8, {"Status":"ON_SALE"}, 0/20)`}, s.lists.Calls(), name)
	}
	require.Empty(t, s.store.Calls("ChangeProducts", "SellerProducts"))
}

func TestPercentOf_Price_IsRoundedToWholeWon(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		price   market.Money
		percent int32
		want    market.Money
	}{
		{1_000_00, 110, 1_100_00}, {999_00, 110, 1_099_00}, {995_00, 110, 1_095_00}, {1_00, 50, 1_00}, {1_00, 49, 0},
		{market.MaxPrice, 1100, 109_999_999_989_00},
	} {
		require.Equal(t, c.want, percentOf(c.price, c.percent), c)
	}
}

func TestProducts_Filter_IsKeptInEveryForm(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	stocked(t, s)
	got := s.Get(t, base+"/products?status=HIDDEN&category=4&keyword=%EC%B1%85&page=1")
	require.Equal(t, []string{`SellerProducts(8, {"CategoryID":4,"Keyword":"책","Status":"HIDDEN"}, 1/20)`},
		s.lists.Calls())
	require.True(t, got.HasLink(base+"/products?category=4&keyword=%EC%B1%85&page=2&status=HIDDEN"), got.Links)
	edits := got.Form(base + "/offers/edits").Values()
	for name, want := range map[string]string{"status": "HIDDEN", "category": "4", "keyword": "책"} {
		require.Equal(t, want, edits.Get(name))
		require.Equal(t, want, got.Form(base+"/products").Values().Get(name))
	}
	for _, query := range []string{"status=x", "category=x", "keyword=" + strings.Repeat("k", 101)} {
		require.Equal(t, 400, s.Get(t, base+"/products?"+query).Status, query)
	}
}

func TestNewProduct_Copy_IsFilledInWithAnother(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	stocked(t, s)
	for _, page := range []string{"/products", "/products/5"} {
		require.True(t, s.Get(t, base+page).HasLink(base+"/products/new?copy=5"), page)
	}
	require.Equal(t, url.Values{
		"name": {hostile}, "description": {hostile}, "category": {"3"}, "price": {"12,900"}, "stock": {"7"},
	}, s.Get(t, base+"/products/new?copy=5").Form(base+"/products").Values())
	s.store.Fails("OwnProduct", market.Refuse(market.CodeProductNotFound))
	require.Equal(t, 404, s.Get(t, base+"/products/new?copy=6").Status)
	require.Equal(t, 400, s.Get(t, base+"/products/new?copy=x").Status)
}

func TestPreviewProduct_Hidden_LooksAsForBuyers(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	stocked(t, s)
	p := aProduct()
	p.Status = market.ProductHidden
	s.store.Returns("OwnProduct", p)
	got := s.Get(t, base+"/products/5/preview")
	require.Equal(t, 200, got.Status)
	require.Equal(t, []string{"/images/products/5/a.png"}, got.Pictures)
	require.Contains(t, got.Text, "₩12,900")
	require.Contains(t, got.Text, "once it is on sale")
	require.NotContains(t, got.Body, "<script>")
	s.store.Fails("OwnProduct", market.Refuse(market.CodeProductNotFound))
	require.Equal(t, 404, s.Get(t, base+"/products/5/preview").Status)
}

func TestMoveImage_EachMove_OrdersAll(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	stocked(t, s)
	s.store.Returns("Images", []store.Image{{ID: 1, Representative: true}, {ID: 2}, {ID: 3}})
	page := s.Get(t, base+"/products/5")
	for _, c := range []struct{ image, move, want string }{
		{"1", "later", "[2,1,3]"}, {"2", "earlier", "[2,1,3]"}, {"3", "first", "[3,1,2]"}, {"3", "later", "[1,2,3]"},
		{"1", "earlier", "[1,2,3]"},
	} {
		path := base + "/products/5/images/" + c.image + "/position"
		require.NotNil(t, page.Form(path))
		s.store.Forget()
		got := s.Post(t, path, url.Values{"move": {c.move}})
		require.Equal(t, http.StatusSeeOther, got.Status, got.Body)
		require.Equal(t, []string{"OrderImages(8, 5, " + c.want + ")"}, s.store.Calls("OrderImages"))
	}
	s.store.Forget()
	require.Equal(t, 404, s.Post(t, base+"/products/5/images/9/position", url.Values{"move": {"first"}}).Status)
	require.Equal(t, 400, s.Post(t, base+"/products/5/images/1/position", url.Values{"move": {"x"}}).Status)
	require.Empty(t, s.store.Calls("OrderImages"))
}
