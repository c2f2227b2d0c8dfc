package e2e

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
)

// site is the pages of buyers or of sellers.
type site struct {
	base, cookie, table string
	role                market.Role
}

var sites = []site{
	{"/shop", "shop", "buyers", market.RoleBuyer}, {"/seller-center", "seller-center", "sellers", market.RoleSeller},
}

// form sends a form to a page in English, or asks for the page without one, and returns its answer.
func (r *rig) form(t *testing.T, path string, form url.Values, header ...string) (status int, location, body string) {
	t.Helper()
	method := http.MethodGet
	if form != nil {
		method = http.MethodPost
	}
	req, err := http.NewRequestWithContext(t.Context(), method, r.api+path, strings.NewReader(form.Encode()))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept-Language", "en")
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	return send(t, req)
}

var (
	linkInMail  = regexp.MustCompile(`(?m)^https://market\.example(/\S+)$`)
	markedField = regexp.MustCompile(`name="(\w+)"[^>]*aria-invalid="true"`)
)

// link returns where a mail leads to, below the API's address.
func (m receivedMail) link(t *testing.T) string {
	t.Helper()
	found := linkInMail.FindStringSubmatch(m.Body)
	require.Len(t, found, 2, m.Body)
	return found[1]
}

// about returns a predicate that reports whether a mail has a text in its subject. Mails that are sent at nearly
// the same time arrive in any order.
func about(text string) func(m receivedMail) bool {
	return func(m receivedMail) bool { return strings.Contains(m.Subject, text) }
}

// marked returns the name of the field that a form marks; "" for none.
func marked(body string) string {
	if found := markedField.FindStringSubmatch(body); found != nil {
		return found[1]
	}
	return ""
}

// refusedForm is a form with a mistake, and what its answer has: a status, a marked field, and what was typed.
type refusedForm struct {
	path   string
	form   url.Values
	status int
	field  string
	typed  string
}

func TestAccountPages_RefusedForm_ComesBackWithItsFieldMarked(t *testing.T) {
	t.Parallel()
	r := start(t)
	buyer, seller := r.buyer(t), r.seller(t)
	ids := map[market.Role]int64{market.RoleBuyer: buyer.id, market.RoleSeller: seller.id}
	for _, s := range sites {
		mail := r.text(t, "SELECT email FROM "+s.table+" WHERE id = $1", ids[s.role])
		session := s.cookie + "=" + pageSession(t, r.api+s.base+"/login", mail)
		agreed := url.Values{"termsVersion": {"1"}, "privacyVersion": {"1"}}
		signup := func(name, value string) url.Values {
			form := url.Values{
				"email": {anAddress()}, "password": {password}, "name": {"typed name"}, "phone": {"010-1111-2222"},
				"storeName": {"typed store"}, "bizNumber": {anAddress()[:10]}, "bankCode": {"SHINHAN"}, "bankAccount": {"110-1"},
			}
			form["termsVersion"], form["privacyVersion"] = agreed["termsVersion"], agreed["privacyVersion"]
			form.Set(name, value)
			return form
		}
		cases := []refusedForm{
			{"/forgot", url.Values{"email": {"no address"}}, 400, "email", "no address"},
			{"/reset-password", url.Values{"token": {"1.x"}, "password": {"unseen-secret"}}, 401, "token", "1.x"},
			{"/reset-password", url.Values{"token": {"1.x"}, "password": {"short"}}, 400, "password", "1.x"},
			{"/verify", url.Values{"token": {"1.x"}}, 401, "token", "1.x"},
			{"/signup", signup("email", mail), 400, "email", "typed name"},
			{"/signup", signup("password", "password"), 400, "password", "typed name"},
			{"/signup", signup("termsVersion", ""), 400, "", "typed name"},
			{
				"/profile", url.Values{"form": {"email"}, "email": {"new@example.com"}, "currentPassword": {"a guess!"}}, 400,
				"currentPassword", "new@example.com",
			},
			{"/profile", url.Values{"form": {"email"}, "email": {" "}, "currentPassword": {password}}, 400, "email",
				""},
			{
				"/profile", url.Values{"form": {"password"}, "password": {"password"}, "currentPassword": {password}}, 400,
				"password", "",
			},
			{"/profile", url.Values{"form": {"details"}, "name": {strings.Repeat("가", 51)}}, 400, "name", "가가가"},
			{"/profile/withdrawal", url.Values{"currentPassword": {"a guess!"}}, 400, "currentPassword", ""},
		}
		if s.role == market.RoleSeller {
			taken := r.text(t, "SELECT biz_number FROM sellers WHERE id = $1", seller.id)
			cases = append(cases,
				refusedForm{"/signup", signup("bankCode", "HANA"), 400, "bankCode", "typed store"},
				refusedForm{"/signup", signup("bizNumber", taken), 409, "bizNumber", "typed store"},
				refusedForm{"/signup", signup("storeName", ""), 400, "storeName", "typed name"})
		}
		for _, c := range cases {
			name := fmt.Sprintf("%s%s %v", s.base, c.path, c.form)
			status, _, body := r.form(t, s.base+c.path, c.form, "Cookie", session)
			require.Equal(t, c.status, status, name)
			require.Equal(t, c.field, marked(body), name)
			require.Contains(t, body, c.typed, name)
			require.Equal(t, 1, strings.Count(body, `id="problem"`), name)
			for _, secret := range []string{"a guess!", "unseen-secret", password} {
				require.NotContains(t, body, secret, "passwords do not come back: %s", name)
			}
			status, _, _ = r.form(t, s.base+c.path, c.form, "Cookie", session, "Origin", "https://elsewhere.example")
			require.Equal(t, 403, status, "a form of another site: %s", name)
		}
		require.Equal(t, mail, r.text(t, "SELECT email FROM "+s.table+" WHERE id = $1 AND pending_email IS NULL", ids[s.role]))
	}
}

func TestAccountPages_LinkOfAMail_KeepsItsTokenFromServers(t *testing.T) {
	t.Parallel()
	r := start(t)
	for _, s := range sites {
		mail := anAddress()
		id := r.buyerWithoutLogin(t).id
		if s.role == market.RoleSeller {
			id = r.sellerWithoutLogin(t)
		}
		_, err := r.store.Pool().Exec(t.Context(), "UPDATE "+s.table+" SET email = $1 WHERE id = $2", mail, id)
		require.NoError(t, err)
		status, location, _ := r.form(t, s.base+"/forgot", url.Values{"email": {mail}})
		require.Equal(t, 303, status)
		_, unknown, _ := r.form(t, s.base+"/forgot", url.Values{"email": {anAddress()}})
		require.Equal(t, location, unknown, "an address without an account looks the same")
		m := mails(t, mail, 1)[0]
		path, token, found := strings.Cut(m.link(t), "#token=")
		require.True(t, found)
		require.Equal(t, s.base+"/reset-password", path)
		require.Equal(t, m.token(t), token)

		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.api+path, nil)
		require.NoError(t, err)
		resp, err := http.DefaultTransport.RoundTrip(req)
		require.NoError(t, err)
		defer resp.Body.Close()
		require.Equal(t, "no-referrer", resp.Header.Get("Referrer-Policy"))
		require.Contains(t, resp.Header.Get("Content-Security-Policy"), "script-src 'self'; connect-src 'self'")

		status, location, _ = r.form(t, path, url.Values{"token": {token}, "password": {"a new password"}})
		require.Equal(t, 303, status)
		require.NotContains(t, location, token)
		status, _, _ = r.form(t, s.base+"/login", url.Values{"email": {mail}, "password": {"a new password"}})
		require.Equal(t, 303, status)
	}
}

func TestSellerLogin_NotApproved_IsReportedWithThePasswordOnly(t *testing.T) {
	t.Parallel()
	r := start(t)
	mail := anAddress()
	status, location, _ := r.form(t, "/seller-center/signup", url.Values{
		"email": {mail}, "password": {password}, "name": {"n"}, "phone": {"010-1111-2222"}, "storeName": {"s"},
		"bizNumber": {"b"}, "bankCode": {"TOSS"}, "bankAccount": {"1"}, "termsVersion": {"1"}, "privacyVersion": {"1"},
	})
	require.Equal(t, 303, status)
	_, _, body := r.form(t, location, nil)
	require.Contains(t, body, "Your application is being reviewed.")
	id := int64(r.count(t, "SELECT id FROM sellers WHERE email = $1 AND bank_code = 'TOSS'", mail))
	require.Equal(t, 2, r.count(t, "SELECT count(*) FROM consents WHERE role = 'SELLER' AND account_id = $1", id))
	logIn := func(secret string) (int, string) {
		status, _, body := r.form(t, "/seller-center/login", url.Values{"email": {mail}, "password": {secret}})
		return status, body
	}
	for to, says := range map[market.SellerStatus]string{
		market.SellerPending: "is being reviewed", market.SellerRejected: "was rejected",
		market.SellerSuspended: "is suspended",
	} {
		_, err := r.store.SetSellerStatus(t.Context(), id, to, false, "")
		require.NoError(t, err)
		status, body := logIn(password)
		require.Equal(t, 401, status)
		require.Contains(t, body, says)
		status, body = logIn("a wrong password")
		require.Equal(t, 401, status)
		require.NotContains(t, body, says)
		require.Contains(t, body, "Email address or password is wrong.")
	}
	_, err := r.store.SetSellerStatus(t.Context(), id, market.SellerApproved, false, "")
	require.NoError(t, err)
	status, _ = logIn(password)
	require.Equal(t, 303, status)
}

// enter fills in fields of a form by their names, and sends it.
func (d *consoleRig) enter(t *testing.T, form string, fields map[string]string) {
	t.Helper()
	for name, value := range fields {
		d.do(t, chromedp.SetValue(form+" [name="+name+"]", value))
	}
	d.press(t, form+" button:not([type=button])")
}

// TestAccountPages_LifeOfAnAccount is a buyer and a seller with a browser each, from the signup to the withdrawal, with
// all mails that belong to it.
func TestAccountPages_LifeOfAnAccount(t *testing.T) {
	t.Parallel()
	r := start(t)
	browser := openBrowser(t)
	for i, s := range sites {
		for _, language := range []string{"en-US", "ko-KR"} {
			t.Run(s.cookie+" "+language, func(t *testing.T) {
				r.lifeOfAnAccount(t, browser, s, language, fmt.Sprintf("%s-%s-", language[:2], sites[i].cookie))
			})
		}
	}
}

func (r *rig) lifeOfAnAccount(t *testing.T, browser tab, s site, language, picture string) {
	t.Helper()
	d := &consoleRig{rig: r, tab: browser.open(t, chromedp.WithNewBrowserContext()), mail: anAddress()}
	english := language == "en-US"
	says := func(selector, text string) {
		t.Helper()
		if english {
			require.Contains(t, d.reads(t, selector), text)
		}
	}
	logIn := func(mail, secret string) {
		t.Helper()
		d.do(t, chromedp.Navigate(r.api+s.base+"/login"))
		d.enter(t, "form[action$='/login']", map[string]string{"email": mail, "password": secret})
	}
	d.do(t, speaks(language), chromedp.Navigate(r.api+s.base+"/login"))
	d.looksRight(t, picture+"login")

	// The signup, with a mistake first.
	d.press(t, "a[href$='/signup']")
	d.looksRight(t, picture+"signup")
	d.do(t, chromedp.Click("input[name=termsVersion]"), chromedp.Click("input[name=privacyVersion]"))
	fields := map[string]string{
		"email": d.mail, "password": "password", "name": "김새로", "phone": "010-1234-5678",
	}
	if s.role == market.RoleSeller {
		fields["storeName"], fields["bizNumber"] = "새로운 가게", anAddress()[:12]
		fields["bankCode"], fields["bankAccount"] = "KAKAO", "3333-01-1234567"
	}
	d.enter(t, "main form", fields)
	d.do(t, chromedp.WaitVisible("[aria-invalid=true][name=password]"))
	d.looksRight(t, picture+"signup-refused")
	d.enter(t, "main form", map[string]string{"password": password})
	id := int64(r.count(t, "SELECT id FROM "+s.table+" WHERE email = $1", d.mail))
	if s.role == market.RoleSeller {
		says("main", "Your application is being reviewed.")
		d.looksRight(t, picture+"applied")
	} else {
		says(".notice", "Your account has been created.")
	}

	// The address is confirmed by the link of the mail.
	verification := mails(t, d.mail, 1)[0]
	d.do(t, chromedp.Navigate(r.api+verification.link(t)))
	require.NotContains(t, d.at(t), "#", "the token leaves the address")
	d.looksRight(t, picture+"verify")
	d.press(t, "main form button")
	says(".notice", "Email address confirmed.")
	if s.role == market.RoleSeller {
		logIn(d.mail, password)
		says(".failure", "Your application is being reviewed.")
		d.looksRight(t, picture+"login-pending")
		_, err := r.store.SetSellerStatus(t.Context(), id, market.SellerApproved, false, "")
		require.NoError(t, err)
	}

	// A forgotten password is reset.
	d.do(t, chromedp.Navigate(r.api+s.base+"/login"))
	d.press(t, "a[href$='/forgot']")
	d.looksRight(t, picture+"forgot")
	d.enter(t, "main form", map[string]string{"email": d.mail})
	says(".notice", "If this address has an account")
	d.looksRight(t, picture+"reset")
	d.do(t, chromedp.Navigate(r.api+mails(t, d.mail, 2)[0].link(t)))
	d.enter(t, "main form", map[string]string{"password": "another password"})
	says(".notice", "Password set.")
	logIn(d.mail, "another password")
	require.Equal(t, r.api+s.base+"/", d.at(t))

	// The profile: the phone number, the password, the address.
	d.do(t, chromedp.Navigate(r.api+s.base+"/profile"))
	d.looksRight(t, picture+"profile")
	d.enter(t, "form:has([value=details])", map[string]string{"phone": "010-9999-0000"})
	says(".notice", "Profile saved.")
	require.Contains(t, d.reads(t, ".facts"), "010-9999-0000")
	d.enter(t, "form:has([value=password])", map[string]string{"currentPassword": "a guess!", "password": password})
	d.do(t, chromedp.WaitVisible("form:has([value=password]) [aria-invalid=true][name=currentPassword]"))
	d.looksRight(t, picture+"profile-refused")
	d.enter(t, "form:has([value=password])",
		map[string]string{"currentPassword": "another password", "password": password})
	says(".notice", "Password changed.")
	before := d.mail
	d.mail = anAddress()
	d.enter(t, "form:has([value=email])", map[string]string{"email": d.mail, "currentPassword": password})
	says(".notice", "We sent a code to the new address.")
	received := mails(t, before, 5)
	require.True(t, slices.ContainsFunc(received,
		about(map[bool]string{
			true: "Request to change your email address", false: "이메일 주소 변경 요청을 받았습니다",
		}[english])), received)
	require.Contains(t, d.reads(t, ".facts"), d.mail)
	d.looksRight(t, picture+"profile-pending")
	if s.role == market.RoleSeller {
		d.enter(t, "form:has([value=bank])",
			map[string]string{"bankCode": "NONGHYUP", "bankAccount": "301-0001-9999", "currentPassword": password})
		says(".facts", "NH NongHyup Bank ···9999")
		d.looksRight(t, picture+"profile-bank")
	}
	first := mails(t, d.mail, 1)[0]
	d.press(t, "form[action$='/verification'] button")
	says(".notice", "We emailed you a code.")
	mails(t, d.mail, 2)
	d.enter(t, "main form", map[string]string{"token": first.token(t)})
	says(".notice", "Email address confirmed.")
	require.Contains(t, d.at(t), "/profile")
	require.NotContains(t, d.reads(t, ".facts"), before)
	n := 6
	if s.role == market.RoleSeller {
		n++ // of the new payout account
	}
	received = mails(t, before, n)
	require.True(t, slices.ContainsFunc(received,
		about(map[bool]string{true: "Your email address has changed", false: "이메일 주소가 변경되었습니다"}[english])), received)

	// The account is closed.
	d.press(t, "a[href$='/withdrawal']")
	d.looksRight(t, picture+"withdrawal")
	d.enter(t, "main form", map[string]string{"currentPassword": "a guess!"})
	d.do(t, chromedp.WaitVisible("[aria-invalid=true]"))
	d.enter(t, "main form", map[string]string{"currentPassword": password})
	says(".notice", "Your account is closed.")
	require.Equal(t, 1, r.count(t, "SELECT count(*) FROM "+s.table+" WHERE id = $1 AND deleted_at IS NOT NULL", id))
	d.do(t, chromedp.Navigate(r.api+s.base+"/profile"), chromedp.WaitVisible("form[action$='/login']"))
	logIn(d.mail, password)
	says(".failure", "Email address or password is wrong.")
}

func TestUpdateSeller_BankCode_ChangesWithThePassword(t *testing.T) {
	t.Parallel()
	r := start(t)
	seller := r.seller(t)
	put := func(fields ...string) string {
		body := map[string]string{}
		for i := 0; i < len(fields); i += 2 {
			body[fields[i]] = fields[i+1]
		}
		return statusCode(seller.put(t, "/sellers/me", body))
	}
	bank := func() any { return seller.get(t, "/sellers/me/account").field("bankCode") }
	require.Equal(t, "400 BANK_CODE_INVALID", put("bankCode", "HANA", "currentPassword", password))
	require.Equal(t, "200 UPDATE_SUCCESS", put("bankCode", "KOOKMIN", "bankAccount", ""), "it is that bank already")
	mail := seller.get(t, "/sellers/me").field("email").(string)
	require.Equal(t, "200 UPDATE_SUCCESS",
		put("email", mail, "bankCode", "KOOKMIN", "bankAccount", "01-123", "name", "홍길동"), "nothing of it is new")
	require.Equal(t, "200 UPDATE_SUCCESS", put("bankAccount", "01-123", "currentPassword", password))
	require.Nil(t, seller.get(t, "/sellers/me/account").field("payoutsPausedUntil"), "it is that account already")
	require.Equal(t, "400 CURRENT_PASSWORD_WRONG", put("bankCode", "SHINHAN"))
	require.Equal(t, "400 CURRENT_PASSWORD_WRONG", put("bankCode", "SHINHAN", "bankAccount", "01-123"))
	for range 5 { // each is a guess at the number
		require.Equal(t, "400 CURRENT_PASSWORD_WRONG", put("bankAccount", "01-124"))
	}
	require.Equal(t, "429 PASSWORD_RATE_LIMITED", put("bankAccount", "01-123"))
	require.Equal(t, "KOOKMIN", bank())
	require.Equal(t, "200 UPDATE_SUCCESS", put("bankCode", "SHINHAN", "currentPassword", password))
	require.Equal(t, "SHINHAN", bank())
	require.NotNil(t, seller.get(t, "/sellers/me/account").field("payoutsPausedUntil"))
	require.Equal(t, 1, r.count(t, "SELECT count(*) FROM audit_log WHERE action = 'BANK_ACCOUNT_CHANGED' AND actor_id = $1",
		seller.id))

	r.requireFourEyes(t)
	require.Equal(t, "200 UPDATE_SUCCESS", put("bankCode", "TOSS", "currentPassword", password))
	require.Equal(t, "SHINHAN", bank(), "it waits for a second person")
	owner := r.member(t, market.StaffOwner)
	proposal := r.count(t, "SELECT id FROM proposals WHERE change ->> 'bankCode' = 'TOSS'")
	_, _, body := owner.page(t, r, http.MethodGet, "/proposals", nil)
	require.Contains(t, body, "Shinhan Bank ···")
	require.Contains(t, body, "Toss Bank ···")
	require.Equal(t, 200, owner.post(t, fmt.Sprintf("/admin/proposals/%d/approve", proposal), nil).Status)
	require.Equal(t, "TOSS", bank())
}

// requireFourEyes has the policy ask for two-person approval, with two owners.
func (r *rig) requireFourEyes(t *testing.T) {
	t.Helper()
	r.keepAnOwner(t)
	id := r.staff(t).id
	policy, err := r.store.RefundPolicy(t.Context())
	require.NoError(t, err)
	policy.FourEyes = true
	_, _, err = r.store.SetRefundPolicy(t.Context(), id, policy)
	require.NoError(t, err)
}

func TestStaffInvitation_NamesConsoleRoleAndSender(t *testing.T) {
	t.Parallel()
	r := start(t)
	owner, other := r.member(t, market.StaffOwner), r.member(t, market.StaffOwner)
	_, err := r.store.Pool().Exec(t.Context(), "UPDATE admins SET name = 'Kim Owner' WHERE id = $1", owner.id)
	require.NoError(t, err)
	invite := func() (mail string, a *answer) {
		mail = anAddress()
		return mail, owner.post(t, "/admin/staff", map[string]string{"email": mail, "name": "New", "role": "FINANCE"})
	}
	named := func(mail string) {
		t.Helper()
		body := mails(t, mail, 1)[0].Body
		for _, line := range []string{
			"역할 / Role: 재무 / Finance", "초대한 사람 / Invited by: Kim Owner, " + owner.mail,
			"관리자 콘솔 / Console: https://staff.example/",
		} {
			require.Contains(t, body, "\n"+line+"\n")
		}
		require.Contains(t, body, "\nhttps://staff.example/reset-password#token=")
	}
	mail, a := invite()
	require.Equal(t, 201, a.Status, a)
	named(mail)
	r.requireFourEyes(t)
	mail, a = invite()
	require.Equal(t, 202, a.Status, a)
	require.Equal(t, 200, other.post(t, fmt.Sprintf("/admin/proposals/%d/approve", a.id("proposalId")), nil).Status)
	named(mail)
}
