package pages

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/auth"
	"github.com/all-in-market/market/internal/login"
	"github.com/all-in-market/market/internal/login/logintest"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/testrig/browser"
	"github.com/all-in-market/market/internal/testrig/fakestore"
	"github.com/all-in-market/market/internal/web"
)

// stand is a site of a role without pages of its own, and the browser of someone who is not logged in.
type stand struct {
	*Site
	*browser.Browser
	store *fakestore.Store
	seen  []string // the paths of pages that were reached
}

func newStand(t *testing.T, role market.Role) *stand {
	t.Helper()
	a, _ := logintest.New(t)
	s := &stand{store: fakestore.New("2026-11-30")}
	a.Store, a.MailsSent = s.store, true
	s.Site = &Site{
		Base: "/site", Cookie: "site", Lost: func(Frame) []string { return nil },
		Accounts: &login.Accounts{Auth: a, Role: role, Check: s.store.CheckBuyer},
	}
	router := web.NewRouter(nil)
	page := func(w http.ResponseWriter, r *http.Request) error {
		s.seen = append(s.seen, r.URL.Path)
		Show(w, r, http.StatusOK, failurePage(s.Frame(r, Text{Ko: "쪽", En: "Page"}), 0, ""))
		return nil
	}
	if role == market.RoleAdmin {
		s.StaffRouter(router)(http.MethodGet, "/", market.PermissionSession, page)
	} else {
		route := s.Router(router)
		route(http.MethodGet, "/", page)
		route(http.MethodGet, "/fails", func(http.ResponseWriter,
			*http.Request) error {
			return errors.New("internal cause")
		})
	}
	s.Browser = &browser.Browser{Handler: router, Language: "en"}
	return s
}

// logIn gives the browser a session.
func (s *stand) logIn(t *testing.T) {
	t.Helper()
	session, err := s.Accounts.Sessions.OpenPage(t.Context(), s.Accounts.Role, 7, time.Now())
	require.NoError(t, err)
	s.Browser.Cookie = &http.Cookie{Name: "site", Value: session.RefreshToken}
}

// TestForgot_AnyAddress_HasTheSameAnswer, so that it shows no one whose accounts there are.
func TestForgot_AnyAddress_HasTheSameAnswer(t *testing.T) {
	t.Parallel()
	s := newStand(t, market.RoleBuyer)
	require.NotNil(t, s.Get(t, "/site/forgot").Form("/site/forgot"))
	got := s.Post(t, "/site/forgot", url.Values{"email": {"Kim@Example.com"}})
	require.Equal(t, "/site/reset-password?notice=reset-sent", got.Outcome)
	require.Equal(t, []string{`RequestPasswordReset("BUYER", "kim@example.com")`}, s.store.Calls())
	for _, typed := range []string{"", "kim"} {
		got = s.Post(t, "/site/forgot", url.Values{"email": {typed}})
		require.Equal(t, 400, got.Status)
		require.True(t, got.Form("/site/forgot").Field("email").Invalid)
		require.Equal(t, typed, got.Form("/site/forgot").Field("email").Value)
	}
	s.store.Fails("RequestPasswordReset", market.Refuse(market.CodeMailRateLimited))
	got = s.Post(t, "/site/forgot", url.Values{"email": {"kim@example.com"}})
	require.Equal(t, 429, got.Status)
	require.Equal(t, "kim@example.com", got.Form("/site/forgot").Field("email").Value)
	s.Accounts.MailsSent = false
	require.Equal(t, 503, s.Post(t, "/site/forgot", url.Values{"email": {"kim@example.com"}}).Status)
}

func TestResetPassword_Code_IsKeptUntilItIsUsed(t *testing.T) {
	t.Parallel()
	s := newStand(t, market.RoleBuyer)
	token := s.Accounts.MailTokens.Token(market.MailPasswordReset, market.RoleBuyer, 12)
	got := s.Get(t, "/site/reset-password")
	require.Equal(t, []string{s.Asset("token.js")}, got.Scripts, "it reads the code from the address")
	require.Empty(t, got.Form("/site/reset-password").Field("token").Value)
	for _, typed := range []string{"", "short", "password"} {
		got = s.Post(t, "/site/reset-password", url.Values{"token": {token}, "password": {typed}})
		require.Equal(t, 400, got.Status, typed)
		form := got.Form("/site/reset-password")
		require.True(t, form.Field("password").Invalid, typed)
		require.Equal(t, token, form.Field("token").Value)
		require.Empty(t, form.Field("password").Value)
	}
	got = s.Post(t, "/site/reset-password", url.Values{"token": {"12.x"}, "password": {"correct horse"}})
	require.Equal(t, 401, got.Status)
	require.True(t, got.Form("/site/reset-password").Field("token").Invalid)
	require.Empty(t, s.store.Calls())
	s.store.Returns("ResetPassword", int64(7), market.Email("kim@example.com"))
	got = s.Post(t, "/site/reset-password", url.Values{"token": {token}, "password": {"correct horse"}})
	require.Equal(t, "/site/login?notice=password", got.Outcome, got.Body)
}

// TestVerify_OpeningALink_UsesNoCode, since programs that check mails open links, too.
func TestVerify_OpeningALink_UsesNoCode(t *testing.T) {
	t.Parallel()
	s := newStand(t, market.RoleBuyer)
	token := s.Accounts.MailTokens.Token(market.MailEmailVerification, market.RoleBuyer, 12)
	require.Equal(t, 200, s.Get(t, "/site/verify?token="+token).Status)
	require.Empty(t, s.store.Calls())
	got := s.Post(t, "/site/verify", url.Values{"token": {"x"}})
	require.Equal(t, 401, got.Status)
	require.Equal(t, "x", got.Form("/site/verify").Field("token").Value)
	require.Equal(t, "/site/login?notice=verified",
		s.Post(t, "/site/verify", url.Values{"token": {token}}).Outcome)
	s.logIn(t)
	require.Equal(t, "/site/profile?notice=verified",
		s.Post(t, "/site/verify", url.Values{"token": {token}}).Outcome)
}

// Invitations are sent to the address.
func TestStaffSite_HasNoVerification(t *testing.T) {
	t.Parallel()
	s := newStand(t, market.RoleAdmin)
	require.Equal(t, 404, s.Get(t, "/site/verify").Status)
	require.NotEmpty(t, s.Get(t, "/site/login").Form("/site/login").Field("otp").Name)
	require.True(t, s.Get(t, "/site/login").HasLink("/site/reset-password"), "with the code of an invitation")
	require.False(t, newStand(t, market.RoleSeller).Get(t, "/site/login").HasLink("/site/reset-password"))
}

func TestPage_InternalError_ShowsNoCause(t *testing.T) {
	t.Parallel()
	s := newStand(t, market.RoleBuyer)
	s.logIn(t)
	got := s.Get(t, "/site/fails")
	require.Equal(t, 500, got.Status)
	require.NotContains(t, got.Body, "internal cause")
	require.True(t, got.HasLink("/site/"))
}

// TestRequire_SessionUnknownOrEnded_LeadsToTheLogin, with the page for a GET and the start for a form.
func TestRequire_SessionUnknownOrEnded_LeadsToTheLogin(t *testing.T) {
	t.Parallel()
	s := newStand(t, market.RoleBuyer)
	for _, cookie := range []*http.Cookie{nil, {Name: "site", Value: ""}, {Name: "site", Value: "x"},
		{Name: "other", Value: "x"}} {
		s.Browser.Cookie = cookie
		require.Equal(t, "/site/login?next=%2Fsite%2F%3Fa%3Db", s.Get(t, "/site/?a=b").Location)
		require.Equal(t, "/site/login?next=%2Fsite%2F", s.Post(t, "/site/profile/withdrawal", nil).Location)
	}
	s.logIn(t)
	require.Equal(t, 200, s.Get(t, "/site/").Status)
	seller := newStand(t, market.RoleSeller)
	seller.Browser.Cookie = s.Browser.Cookie
	require.Equal(t, http.StatusSeeOther, seller.Get(t, "/site/").Status, "the session is of another site")
	require.Equal(t, []string{"/site/"}, s.seen)
	require.Empty(t, seller.seen)
	require.NoError(t, s.Accounts.Sessions.EndAccount(t.Context(), market.RoleBuyer, 7))
	require.Equal(t, http.StatusSeeOther, s.Get(t, "/site/").Status)
}

// TestForm_Size_IsBounded, and malformed forms are refused.
func TestForm_Size_IsBounded(t *testing.T) {
	t.Parallel()
	send := func(read func(http.ResponseWriter, *http.Request) error, body string) market.Code {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		return market.CodeOf(read(httptest.NewRecorder(), r))
	}
	for read, limit := range map[*func(http.ResponseWriter, *http.Request) error]int{
		ptr(Form): formBytes, ptr(FileForm): fileFormBytes,
	} {
		require.Empty(t, send(*read, "a="+strings.Repeat("x", limit-2)))
		require.Equal(t, market.CodePayloadTooLarge, send(*read, "a="+strings.Repeat("x", limit-1)))
		require.Equal(t, market.CodeInvalidInput, send(*read, "a=%zz"))
		require.Equal(t, market.CodeInvalidInput, send(*read, "a=%00"))
		require.Equal(t, market.CodeInvalidInput, send(*read, "a=%FF"))
	}
}

func ptr[T any](v T) *T { return &v }

// posted returns the request of a form.
func posted(t *testing.T, fields url.Values) *http.Request {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", nil)
	r.PostForm = fields
	return r
}

func TestPieces_OfLines_AreWithinTheirQuantity(t *testing.T) {
	t.Parallel()
	items := []market.OrderItem{{ID: 1, Quantity: 3}, {ID: 2, Quantity: 1}}
	decode := func(values url.Values) ([]market.Pieces, error) {
		var in struct {
			Pieces PiecesForm `json:"pieces"`
		}
		if err := web.DecodeForm(values, &in); err != nil {
			return nil, err
		}
		return in.Pieces.Of(items)
	}
	for typed, want := range map[string][]market.Pieces{
		"": nil, "pieces[1]=0": nil, "pieces[1]=": nil, "pieces[1]=3": {{OrderItemID: 1, Quantity: 3}},
		"pieces[1]=1&pieces[2]=1&pieces[3]=9&pieces[x=1": {
			{OrderItemID: 1, Quantity: 1}, {OrderItemID: 2, Quantity: 1},
		},
	} {
		fields, err := url.ParseQuery(typed)
		require.NoError(t, err)
		pieces, err := decode(fields)
		require.NoError(t, err, typed)
		require.Equal(t, want, pieces, typed)
	}
	for _, typed := range []string{"-1", "4", "x", "1.5", "99999999999999999999"} {
		_, err := decode(url.Values{"pieces[1]": {typed}})
		require.Equal(t, "pieces[1]", web.FieldOf(err), typed)
	}
}

func TestRead_Status_IsTheRequestedOrTheFirst(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]string{
		"": "PAID", "?status=SHIPPED": "SHIPPED", "?status=": "", "?status=SHIPPED&page=3": "SHIPPED",
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/"+query, nil)
		l, err := Read(r, func(
			_ context.Context, status *market.OrderStatus, page market.PageRequest,
		) (market.Page[int], error) {
			require.Equal(t, want == "", status == nil, query)
			require.Equal(t, Rows, page.Size)
			require.Equal(t, "createdAt", page.Sort, "the oldest first")
			return market.Page[int]{CurrentPage: page.Page + 1}, nil
		}, market.OrderPaid)
		require.NoError(t, err)
		require.Equal(t, want, l.Status, query)
	}
	for _, query := range []string{"?status=GONE", "?page=-1", "?size=0"} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/"+query, nil)
		_, err := Read(r, func(context.Context, *market.OrderStatus, market.PageRequest) (market.Page[int], error) {
			require.Fail(t, "the list is read")
			return market.Page[int]{}, nil
		}, market.OrderPaid)
		require.Equal(t, market.CodeInvalidInput, market.CodeOf(err), query)
	}
}

func TestPages_Links_LeadToTheNeighbours(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		page         market.Page[int]
		before, next string
	}{
		{market.Page[int]{CurrentPage: 1, TotalPages: 1, IsLast: true}, "", ""},
		{market.Page[int]{CurrentPage: 1, TotalPages: 2}, "", "/shop/orders?page=1&status=PAID"},
		{market.Page[int]{CurrentPage: 2, TotalPages: 3}, "/shop/orders?page=0&status=PAID",
			"/shop/orders?page=2&status=PAID"},
		{market.Page[int]{CurrentPage: 3, TotalPages: 3, IsLast: true}, "/shop/orders?page=1&status=PAID", ""},
		{market.Page[int]{IsLast: true}, "", ""},
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/shop/orders", nil)
		w := httptest.NewRecorder()
		f := shop.Frame(r, Text{Ko: "쪽", En: "Page"})
		_, _ = w.WriteString("<html lang=\"en\"><title>t</title>")
		require.NoError(t, Pages(f, "/orders", Listed[int]{Page: c.page, Status: "PAID"}).Render(t.Context(), w))
		var want []string
		for _, link := range []string{c.before, c.next} {
			if link != "" {
				want = append(want, link)
			}
		}
		require.Equal(t, want, browser.Parse(t, w.Body.String()).Links, "%+v", c.page)
	}
}

// TestTabs_Current_IsThatOfThePage, also below it, and of no other.
func TestTabs_Current_IsThatOfThePage(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"/shop/": "/", "/shop/orders": "/orders", "/shop/orders/7": "/orders", "/shop/ordersx": "", "/shop/other": "",
	} {
		f := shop.Frame(httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil), Text{})
		for _, tab := range []string{"/", "/orders"} {
			require.Equal(t, tab == want, f.under(tab), "%s on %s", tab, path)
		}
	}
}

func TestLabels_EachWord_HasBothLanguages(t *testing.T) {
	t.Parallel()
	hangul := regexp.MustCompile(`\p{Hangul}`)
	ko, en := Frame{}, Frame{english: true}
	for _, code := range market.BankCodes {
		require.NotEqual(t, string(code), en.Bank(string(code)))
		require.Regexp(t, hangul, ko.Bank(string(code)))
		require.NotRegexp(t, hangul, en.Bank(string(code)))
	}
	var states []string
	for _, m := range market.PaymentMethods {
		states = append(states, string(m.Code))
	}
	for s := range market.OrderStates {
		states = append(states, string(s))
	}
	for s := range market.RefundStates {
		states = append(states, string(s))
	}
	for s := range market.SettlementStates {
		states = append(states, string(s))
	}
	for s := range market.PayoutStates {
		states = append(states, string(s))
	}
	for _, s := range market.StaffRoles {
		states = append(states, string(s))
	}
	for _, s := range market.ProposalKinds {
		states = append(states, string(s))
	}
	for _, s := range market.AdjustableAccounts {
		states = append(states, string(s))
	}
	for _, s := range states {
		require.Regexp(t, hangul, ko.Label(s), s)
		require.NotRegexp(t, hangul, en.Label(s), s)
		require.NotEqual(t, s, en.Label(s))
	}
	require.Equal(t, "NOT_A_WORD", en.Label("NOT_A_WORD"), "an unknown one is shown as it is")
	require.Equal(t, "GOLD", en.Bank("GOLD"))
}

func TestScripted_Policy_NamesTheScripts(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/shop/", nil)
	f := shop.Scripted(w, r, Text{}, " https:; frame-src https:", "https://cdn.example:8443/sdk.js", "pay.js")
	require.Equal(t, []string{"https://cdn.example:8443/sdk.js", shop.Asset("pay.js")}, f.scripts)
	require.Equal(t,
		shop.policy()+"; script-src 'self' https://cdn.example:8443; connect-src 'self' https:; frame-src https:",
		w.Header().Get("Content-Security-Policy"))
	require.Contains(t, (&Site{Images: "https://images.example"}).policy(), "img-src 'self' https://images.example")
}

// The notice is a cookie of the next page, which shows it once: it stays in no address.
func TestBack_Notice_IsShownByTheNextPageOnly(t *testing.T) {
	t.Parallel()
	site := *shop
	site.Accounts = &login.Accounts{Auth: &login.Auth{}}
	w := httptest.NewRecorder()
	site.Back(w, posted(t, url.Values{"status": {"PAID&x=y"}}), "/orders", "bought", 2, 0)
	require.Equal(t, http.StatusSeeOther, w.Code)
	require.Equal(t, "/shop/orders?status=PAID%26x%3Dy", w.Header().Get("Location"))
	cookies := (&http.Response{Header: w.Header()}).Cookies()
	require.Len(t, cookies, 1)
	require.Equal(t, "/shop", cookies[0].Path)
	require.True(t, cookies[0].HttpOnly)
	require.Equal(t, "notice=bought&n=2&n=0", reordered(t, cookies[0].Value))

	next := func(method string) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(t.Context(), method, "/shop/orders", nil)
		r.Header.Set("Accept-Language", "en")
		r.AddCookie(cookies[0])
		w := httptest.NewRecorder()
		site.withChoices(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			Show(w, r, http.StatusOK, failurePage(site.Frame(r, Text{}), 200, ""))
		})).ServeHTTP(w, r)
		return w
	}
	shown := next(http.MethodGet)
	require.Contains(t, shown.Body.String(), "Bought: 2")
	require.Contains(t, shown.Body.String(), `class="notice success"`)
	dropped := (&http.Response{Header: shown.Header()}).Cookies()
	require.Len(t, dropped, 1)
	require.Equal(t, "/shop", dropped[0].Path)
	require.Negative(t, dropped[0].MaxAge)
	response := next(http.MethodPost)
	require.NotContains(t, response.Body.String(), "Bought: 2", "it is of the page after the form")
	require.Empty(t, response.Header().Values("Set-Cookie"))
}

func reordered(t *testing.T, query string) string {
	t.Helper()
	q, err := url.ParseQuery(query)
	require.NoError(t, err)
	return "notice=" + q.Get("notice") + "&n=" + strings.Join(q["n"], "&n=")
}

// Pages have a text of their own only for a refusal without one.
func TestExplain_FailedLogin_KeepsItsDetail(t *testing.T) {
	t.Parallel()
	for want, err := range map[string]error{
		"이메일 또는 비밀번호를 확인해 주세요.": market.Refuse(market.CodeLoginFailed),
		"이메일, 비밀번호 또는 일회용 코드가 맞지 않습니다. 코드는 한 번만 쓸 수 있으니 다음 코드를 입력해 주세요.": market.RefuseWith(
			market.CodeLoginFailed, market.DetailPasswordOrCode),
		"현재 비밀번호가 일치하지 않습니다.": market.Refuse(market.CodeCurrentPasswordWrong),
		"존재하지 않는 상품입니다.":      market.Refuse(market.CodeProductNotFound),
	} {
		_, message := Explain(httptest.NewRecorder(), posted(t, nil), err)
		require.Equal(t, want, message)
	}
}

func TestMay_OnlyStaff_HavePermissions(t *testing.T) {
	t.Parallel()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	for _, role := range []market.Role{market.RoleBuyer, market.RoleSeller, market.RoleAdmin} {
		f := shop.Frame(web.WithCaller(r, auth.Principal{ID: 7, Role: role, Staff: market.StaffOwner}), Text{})
		require.Equal(t, role == market.RoleAdmin, f.May(market.PermissionSeeOrders), role)
		require.True(t, f.Is(7))
		require.True(t, f.LoggedIn())
	}
	require.False(t, shop.Frame(r, Text{}).LoggedIn())
}
