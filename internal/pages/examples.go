package pages

import (
	"net/http"
	"time"

	"github.com/gorilla/mux"

	"github.com/all-in-market/market/internal/auth"
	"github.com/all-in-market/market/internal/login"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/web"
)

// examplesPath is the page that shows all components.
const examplesPath = "/pages"

// ServeExamples adds the page that shows all components in all states, for developers. Its forms have no
// effect. The query parameter site selects the colours of a site.
func ServeExamples(router *mux.Router, a *login.Auth) {
	site := &Site{
		Accounts: &login.Accounts{Auth: a, Role: market.RoleBuyer}, Base: examplesPath, SideBar: true, SignUp: true,
		ID: "console", Name: exampleTexts["examples"], Search: &Link{Path: "/", Name: TextSearch},
		Reader: func(*http.Request) (Reader, error) {
			return Reader{Name: "Kim", Waiting: map[string]int64{"/#tables": 12, "/#notices": 3}}, nil
		},
		Tabs: []Tab{
			{Path: "/", Name: exampleTexts["components"], Icon: "layout-dashboard"},
			{Path: "/#notices", Name: exampleTexts["notices"], Icon: "info", Group: exampleTexts["parts"]},
			{Path: "/#tables", Name: exampleTexts["tables"], Icon: "boxes", Group: exampleTexts["parts"]},
			{Path: "/#forms", Name: exampleTexts["forms"], Icon: "list-checks", Group: exampleTexts["parts"]},
			{Path: "/#charts", Name: exampleTexts["charts"], Icon: "receipt", Group: exampleTexts["parts"]},
		},
	}
	site.serveAssets(router)
	router.Handle(site.Base, http.RedirectHandler(site.Base+"/", http.StatusSeeOther)).Methods(http.MethodGet)
	page := site.page(func(w http.ResponseWriter, r *http.Request) error {
		shown := *site
		if id := r.URL.Query().Get("site"); id != "" {
			shown.ID = id
		}
		r = web.WithCaller(r, auth.Principal{ID: 1, Role: market.RoleBuyer})
		f := shown.Scripted(w, r, exampleTexts["components"], "", SelectScript)
		Show(w, r, http.StatusOK, examplesPage(f, exampleLines()))
		return nil
	})
	router.Handle(site.Base+"/", site.withChoices(withPageNumber(page))).Methods(http.MethodGet)
}

// exampleLine is a row of the example of a table.
type exampleLine struct {
	id     int64
	name   string
	amount market.Money
	state  string
	age    Waited
}

// exampleLines is the second page of three.
func exampleLines() Listed[exampleLine] {
	now := time.Date(2026, 11, 30, 12, 0, 0, 0, market.Zone)
	waits := func(d time.Duration) Waited {
		return Waited{market.LocalTime(now.Add(-d)), now, 24 * time.Hour, 72 * time.Hour}
	}
	return Listed[exampleLine]{Page: market.Page[exampleLine]{
		Content: []exampleLine{
			{101, "제주 감귤 3kg", 12_900_00, "PENDING", waits(5 * time.Minute)},
			{102, "Coffee beans, medium roast, 500 g", 31_800_00, "PROCESSING", waits(30 * time.Hour)},
			{103, "수제 그래놀라", 999_999_999_00, "FAILED", waits(100 * time.Hour)},
			{104, "Canvas bag", 9_000_00, "SUCCESS", waits(3 * time.Hour)},
		},
		CurrentPage: 2, TotalPages: 3, TotalElements: 60, Size: Rows,
	}}
}

// exampleBars are the sales of thirty days, some of them without any.
func exampleBars() []Bar {
	first := market.DayOf(time.Date(2026, 11, 1, 12, 0, 0, 0, market.Zone))
	bars := make([]Bar, 30)
	for i := range bars {
		bars[i].Label = first.Add(i).String()
		if i%7 < 5 {
			bars[i].Value = market.Money(40_000_00 + i*i%11*9_000_00)
		}
	}
	return bars
}

// exampleTexts are the texts of the page with examples.
var exampleTexts = map[string]Text{
	"examples":    {Ko: "화면 요소", En: "Components"},
	"components":  {Ko: "화면 요소 예시", En: "Examples of components"},
	"parts":       {Ko: "구성", En: "Parts"},
	"notices":     {Ko: "알림 문구", En: "Notices"},
	"tables":      {Ko: "표와 목록", En: "Tables and lists"},
	"forms":       {Ko: "입력 양식", En: "Forms"},
	"charts":      {Ko: "차트", En: "Charts"},
	"buttons":     {Ko: "버튼", En: "Buttons"},
	"primary":     {Ko: "기본", En: "Primary"},
	"plain":       {Ko: "보조", En: "Secondary"},
	"danger":      {Ko: "위험", En: "Dangerous"},
	"disabled":    {Ko: "사용 불가", En: "Disabled"},
	"link":        {Ko: "링크", En: "Link"},
	"cards":       {Ko: "카드와 수치", En: "Cards and figures"},
	"saved":       {Ko: "저장했습니다.", En: "Saved."},
	"info":        {Ko: "정산은 매월 두 번 진행됩니다.", En: "Settlements are made twice a month."},
	"warning":     {Ko: "재고가 5개 남았습니다.", En: "There are 5 pieces left."},
	"failed":      {Ko: "저장하지 못했습니다. 다시 시도해 주세요.", En: "Not saved. Try again."},
	"empty":       {Ko: "등록한 상품이 없습니다", En: "No products yet"},
	"emptyHint":   {Ko: "상품을 등록하면 구매자가 검색하고 주문할 수 있습니다.", En: "Add a product, and buyers can find and order it."},
	"add":         {Ko: "상품 등록", En: "Add a product"},
	"waiting":     {Ko: "경과", En: "Waiting"},
	"sort":        {Ko: "정렬", En: "Sort"},
	"newest":      {Ko: "최신순", En: "Newest"},
	"cheapest":    {Ko: "낮은 가격순", En: "Lowest price"},
	"deleteAsk":   {Ko: "상품을 삭제하면 되돌릴 수 없습니다. 진행 중인 주문은 그대로 처리됩니다.", En: "A deleted product cannot be restored. Open orders are not affected."},
	"steps":       {Ko: "진행 단계", En: "Steps"},
	"stepPaid":    {Ko: "결제 완료", En: "Paid"},
	"stepPacked":  {Ko: "배송 준비", En: "Packed"},
	"stepShipped": {Ko: "배송 중", En: "Shipped"},
	"stepDone":    {Ko: "배송 완료", En: "Delivered"},
	"hint":        {Ko: "구매자에게 보이는 이름입니다.", En: "Buyers see this name."},
	"problem":     {Ko: "0보다 큰 금액을 입력해 주세요.", En: "Enter an amount above 0."},
	"date":        {Ko: "날짜", En: "Date"},
	"pictures":    {Ko: "상품 이미지", En: "Product images"},
	"pictureHint": {Ko: "JPEG, PNG 또는 WebP 파일", En: "JPEG, PNG or WebP"},
	"agree":       {Ko: "동의합니다", En: "I agree"},
	"choice":      {Ko: "택배사", En: "Carrier"},
	"loading":     {Ko: "불러오는 중", En: "Loading"},
	"soldOut":     {Ko: "품절", En: "Sold out"},
	"badAddress":  {Ko: "주소 오류", En: "Wrong address"},
	"formats":     {Ko: "금액과 시각", En: "Amounts and times"},
	"icons":       {Ko: "아이콘", En: "Icons"},
	"sales":       {Ko: "30일 매출", En: "Sales of 30 days"},
	"noSales":     {Ko: "매출 없음", En: "No sales"},
}

// example returns a text of the page with examples.
func (f Frame) example(key string) string { return f.T(exampleTexts[key]) }
