package e2e

import (
	"context"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/pquerna/otp/totp"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
)

// member is a member of staff with a role: at the API, and with a page session.
type member struct {
	*person
	mail, cookie, secret string
}

// member creates a member of staff who is logged in at both.
func (r *rig) member(t *testing.T, role market.StaffRole) *member {
	t.Helper()
	m := &member{person: r.staff(t)}
	m.mail = r.text(t, "SELECT email FROM admins WHERE id = $1", m.id)
	m.cookie = pageSession(t, r.admin+"/login", m.mail)
	if role != market.StaffOwner {
		r.keepAnOwner(t)
		_, _, err := r.store.SetStaffRole(context.Background(), 0, m.id, role)
		require.NoError(t, err)
	}
	return m
}

// keepAnOwner has an owner besides those of the test.
func (r *rig) keepAnOwner(t *testing.T) {
	t.Helper()
	_, err := r.store.CreateAdmin(context.Background(), "first-owner@example.com", r.hash, "Owner")
	require.NoError(t, err)
}

// page asks for a page of the console with the member's session, and returns its text.
func (m *member) page(t *testing.T, r *rig, method, path string, form url.Values) (status int, location, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, r.admin+path, strings.NewReader(form.Encode()))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept-Language", "en")
	req.Header.Set("Cookie", "console="+m.cookie)
	status, location, body = send(t, req)
	return status, location, body
}

// code is a one-time password of the member, as if time had passed since the one used last.
func (m *member) code(t *testing.T, r *rig) string {
	t.Helper()
	_, err := r.store.Pool().Exec(context.Background(), "UPDATE admin_second_factors SET last_step = 0 WHERE admin_id = $1",
		m.id)
	require.NoError(t, err)
	code, err := totp.GenerateCode(m.secret, time.Now())
	require.NoError(t, err)
	return code
}

// enrol sets the member's second factor up with the API.
func (m *member) enrol(t *testing.T, r *rig) {
	t.Helper()
	m.enrolWith(t, r, password)
}

func (m *member) enrolWith(t *testing.T, r *rig, current string) {
	t.Helper()
	offered := m.post(t, "/admin/me/otp", map[string]string{"currentPassword": current})
	require.Equal(t, 201, offered.Status, offered)
	m.secret = offered.field("secret").(string)
	a := m.put(t, "/admin/me/otp", map[string]string{"otp": m.code(t, r)})
	require.Equal(t, 200, a.Status, a)
}

// forgetFactors is the passing of ten minutes since second factors were given.
func (r *rig) forgetFactors(t *testing.T) {
	t.Helper()
	opt, err := redis.ParseURL(r.cfg.RedisURL)
	require.NoError(t, err)
	c := redis.NewClient(opt)
	defer c.Close()
	keys, err := c.Keys(t.Context(), "{auth}:factor:*").Result()
	require.NoError(t, err)
	for _, key := range keys {
		ttl, err := c.TTL(t.Context(), key).Result()
		require.NoError(t, err)
		require.LessOrEqual(t, ttl, market.FactorFreshness)
		require.NoError(t, c.Del(t.Context(), key).Err())
	}
}

func TestStaff_RoleChanged_CountsFromTheNextRequestOn(t *testing.T) {
	t.Parallel()
	r := start(t)
	owner, m := r.member(t, market.StaffOwner), r.member(t, market.StaffFinance)
	require.Equal(t, 200, m.get(t, "/admin/payouts").Status)
	require.Equal(t, "403 FORBIDDEN", statusCode(m.get(t, "/admin/buyers")))
	_, _, body := m.page(t, r, http.MethodGet, "/", nil)
	require.Contains(t, body, `href="/payouts"`)
	require.NotContains(t, body, `href="/buyers"`, "the menu has what the role may see")
	status, _, body := m.page(t, r, http.MethodGet, "/buyers", nil)
	require.Equal(t, 403, status)
	require.Contains(t, body, "Your role may not do this.")

	changed := owner.put(t, fmt.Sprintf("/admin/staff/%d/role", m.id), map[string]string{"role": "SUPPORT"})
	require.Equal(t, 200, changed.Status, changed)
	require.Equal(t, "403 FORBIDDEN", statusCode(m.get(t, "/admin/payouts")))
	require.Equal(t, 200, m.get(t, "/admin/buyers").Status)
	_, _, body = m.page(t, r, http.MethodGet, "/", nil)
	require.NotContains(t, body, `href="/payouts"`)
	require.Contains(t, string(m.get(t, "/admin/me").Data), "LOCK_BUYERS")
	require.Equal(t, 1, r.count(t, `SELECT count(*) FROM audit_log WHERE action = 'ADMIN_ROLE_CHANGED' AND actor_id = $1
		AND subject_id = $2 AND before ->> 'role' = 'FINANCE' AND after ->> 'role' = 'SUPPORT'`, owner.id, m.id))
}

// A member is invited by mail, chooses a password, is disabled and enabled again.
func TestStaff_FromInvitationToDisabling(t *testing.T) {
	t.Parallel()
	r := start(t)
	owner, mail := r.member(t, market.StaffOwner), anAddress()
	invitation := map[string]string{"email": mail, "name": "New", "role": "FINANCE"}
	invited := owner.post(t, "/admin/staff", invitation)
	require.Equal(t, 201, invited.Status, invited)
	require.Equal(t, "INVITED", invited.field("status"))
	require.Equal(t, "400 EMAIL_ALREADY_EXISTS", statusCode(owner.post(t, "/admin/staff", invitation)))
	token := mails(t, mail, 1)[0].token(t)
	m := &member{person: &person{caller: &caller{base: r.admin}, id: invited.id("staffId")}, mail: mail}
	login := map[string]string{"email": mail, "password": "a password of my own"}
	require.Equal(t, "401 LOGIN_FAILED", statusCode(m.post(t, "/admin/auth/login", login)))
	status, _, body := m.page(t, r, http.MethodPost, "/reset-password", url.Values{
		"token": {token}, "password": {"password"},
	})
	require.Equal(t, 400, status)
	require.Contains(t, body, "one of the most common ones")
	chosen := url.Values{"token": {token}, "password": {"a password of my own"}}
	status, location, _ := m.page(t, r, http.MethodPost, "/reset-password", chosen)
	require.Equal(t, 303, status)
	require.Contains(t, location, "/login")
	status, _, _ = m.page(t, r, http.MethodPost, "/reset-password", chosen)
	require.Equal(t, 401, status, "it works once")
	in := m.post(t, "/admin/auth/login", login)
	require.Equal(t, 200, in.Status, in)
	m.token = in.field("accessToken").(string)
	require.Equal(t, 200, m.get(t, "/admin/payouts").Status)
	m.enrolWith(t, r, "a password of my own")

	own := fmt.Sprintf("/admin/staff/%d", owner.id)
	require.Equal(t, "409 DATA_CONFLICT", statusCode(owner.put(t, own+"/role", map[string]string{"role": "AUDITOR"})))
	for _, action := range []string{"/disable", "/reset"} {
		require.Equal(t, "409 DATA_CONFLICT", statusCode(owner.post(t, own+action, nil)), action)
		require.Equal(t, "404 ADMIN_NOT_FOUND", statusCode(owner.post(t, "/admin/staff/99999"+action, nil)), action)
	}
	theirs := fmt.Sprintf("/admin/staff/%d", m.id)
	reset := owner.post(t, theirs+"/reset", nil)
	require.Equal(t, 200, reset.Status, reset)
	require.Equal(t, false, reset.field("secondFactor"))
	require.Equal(t, "401 TOKEN_INVALID", statusCode(m.get(t, "/admin/payouts")))
	in = m.post(t, "/admin/auth/login", login)
	require.Equal(t, 200, in.Status, "without a second factor: %s", in)
	m.token = in.field("accessToken").(string)

	disabled := owner.post(t, theirs+"/disable", nil)
	require.Equal(t, 200, disabled.Status, disabled)
	require.Equal(t, "DISABLED", disabled.field("status"))
	require.Equal(t, "401 TOKEN_INVALID", statusCode(m.get(t, "/admin/payouts")))
	require.Equal(t, "401 LOGIN_FAILED", statusCode(m.post(t, "/admin/auth/login", login)))
	require.EqualValues(t, 1, owner.get(t, "/admin/staff?status=DISABLED").id("totalElements"))
	require.Equal(t, 200, owner.post(t, theirs+"/enable", nil).Status)
	require.Equal(t, 200, m.post(t, "/admin/auth/login", login).Status)
}

// Where a second factor is compulsory, an account without one may only set one up.
func TestStaff_FactorCompulsory_EnrolsFirst(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.cfg.StaffSecondFactor = "required"
	r.serveAll(t)
	m, other := r.member(t, market.StaffOwner), r.member(t, market.StaffOwner)
	for _, route := range allRoutes(t) {
		method, path, _ := strings.Cut(route, " ")
		if !strings.HasPrefix(path, "/admin/") || strings.HasPrefix(path, "/admin/auth/") ||
			(path == "/admin/me/otp" && method != http.MethodDelete) {
			continue
		}
		a := m.do(t, method, pathName.ReplaceAllString(path, "1"), map[string]string{})
		require.Equal(t, "403 SECOND_FACTOR_REQUIRED", statusCode(a), route)
	}
	status, location, _ := other.page(t, r, http.MethodGet, "/orders", nil)
	require.Equal(t, 303, status)
	require.Equal(t, "/account", location)

	m.enrol(t, r)
	require.Equal(t, 200, m.get(t, "/admin/orders").Status)

	_, _, body := other.page(t, r, http.MethodGet, "/account", nil)
	require.Contains(t, body, "Set up a second factor to continue.")
	status, _, body = other.page(t, r, http.MethodPost, "/account", url.Values{
		"do": {"offer"}, "currentPassword": {"not the password"},
	})
	require.Equal(t, 400, status)
	require.Contains(t, body, "currentPassword")
	status, _, body = other.page(t, r, http.MethodPost, "/account", url.Values{
		"do": {"offer"}, "currentPassword": {password},
	})
	require.Equal(t, 200, status)
	require.Contains(t, body, "<svg")
	other.secret = regexp.MustCompile(`<code>(\w+)</code>`).FindStringSubmatch(body)[1]
	offered := html.UnescapeString(regexp.MustCompile(`name="url" value="([^"]+)"`).FindStringSubmatch(body)[1])
	status, _, body = other.page(t, r, http.MethodPost, "/account", url.Values{
		"do": {"activate"}, "otp": {"000000"}, "url": {offered},
	})
	require.Equal(t, 400, status)
	require.Contains(t, body, other.secret, "it can be tried again")
	status, _, _ = other.page(t, r, http.MethodPost, "/account", url.Values{
		"do": {"activate"}, "otp": {"000000"}, "url": {offered + strings.Repeat("&x=y", 2000)},
	})
	require.Equal(t, 400, status, "it is too long for a QR code")
	status, _, _ = other.page(t, r, http.MethodPost, "/account", url.Values{
		"do": {"activate"}, "otp": {other.code(t, r)}, "url": {offered},
	})
	require.Equal(t, 303, status)
	status, _, _ = other.page(t, r, http.MethodGet, "/orders", nil)
	require.Equal(t, 200, status)
}

// A decision about money needs a second factor of the last ten minutes, at the API and in the console,
// where the form that was sent is not lost.
func TestStaff_FactorStale_IsAskedForAgain(t *testing.T) {
	t.Parallel()
	r := start(t)
	m := r.member(t, market.StaffOwner)
	m.enrol(t, r)
	policy := func() string { return statusCode(m.put(t, "/admin/refund-policy", refundPolicy(0, nil))) }
	require.Equal(t, "200 UPDATE_SUCCESS", policy(), "it was given just now")
	r.forgetFactors(t)
	require.Equal(t, "403 SECOND_FACTOR_STALE", policy())
	require.Equal(t, 200, m.get(t, "/admin/refund-policy").Status, "reading needs none")
	wrong := map[string]string{"otp": "000000"}
	require.Equal(t, "400 OTP_WRONG", statusCode(m.post(t, "/admin/me/otp/confirmation", wrong)))
	require.Equal(t, "403 SECOND_FACTOR_STALE", policy())
	require.Equal(t, 200, m.post(t, "/admin/me/otp/confirmation", map[string]string{"otp": m.code(t, r)}).Status)
	require.Equal(t, "200 UPDATE_SUCCESS", policy())

	m.cookie = pageSessionWith(t, r.admin+"/login", url.Values{
		"email": {m.mail}, "password": {password}, "otp": {m.code(t, r)},
	})
	r.forgetFactors(t)
	refund, _ := r.refundToDecide(t, r.product(t, r.seller(t).id, 10_000_00, 10).ID, "")
	reason := "it was used & <torn>"
	form := url.Values{
		"decision": {"deny"}, "reason": {reason}, "refund": {fmt.Sprint(refund)}, "key": {"k"}, "status": {""},
	}
	status, _, body := m.page(t, r, http.MethodPost, "/refunds", form)
	require.Equal(t, 403, status)
	require.Contains(t, body, "One-time password")
	again := url.Values{"confirmation-otp": {"000000"}}
	hidden := regexp.MustCompile(`type="hidden" name="([^"]+)" value="([^"]*)"`)
	for _, field := range hidden.FindAllStringSubmatch(body, -1) {
		again.Add(field[1], html.UnescapeString(field[2]))
	}
	status, _, body = m.page(t, r, http.MethodPost, "/refunds", again)
	require.Equal(t, 400, status)
	require.Contains(t, body, "The one-time password is wrong")
	require.Equal(t, "PENDING", r.text(t, "SELECT status FROM refunds WHERE id = $1", refund))
	again.Set("confirmation-otp", m.code(t, r))
	status, _, body = m.page(t, r, http.MethodPost, "/refunds", again)
	require.Equal(t, 303, status, body)
	r.eventually(t, 1, "SELECT count(*) FROM refunds WHERE id = $1 AND status = 'DENIED' AND denied_reason = $2", refund,
		reason)
}

// Support decides refunds that one person may decide.
func TestStaff_SupportAndLargeRefunds_AreForbidden(t *testing.T) {
	t.Parallel()
	r := start(t)
	owner, support := r.member(t, market.StaffOwner), r.member(t, market.StaffSupport)
	finance := r.member(t, market.StaffFinance)
	require.Equal(t, 200, owner.put(t, "/admin/refund-policy", refundPolicy(0, 10_000)).Status)
	seller := r.seller(t).id
	small, _ := r.refundToDecide(t, r.product(t, seller, 1_000_00, 10).ID, "")
	large, order := r.refundToDecide(t, r.product(t, seller, 50_000_00, 10).ID, "")
	require.Equal(t, 200, approve(t, support.person, small).Status)
	require.Equal(t, "403 FORBIDDEN", statusCode(approve(t, support.person, large)))
	require.Equal(t, "403 FORBIDDEN", statusCode(support.put(t, fmt.Sprintf("/admin/refunds/%d/deny", large),
		map[string]string{"deniedReason": "x"})))
	require.Equal(t, "403 FORBIDDEN", statusCode(support.put(t, fmt.Sprintf("/admin/orders/%d/status", order),
		map[string]string{"status": "REFUNDED"})))
	_, _, body := support.page(t, r, http.MethodGet, fmt.Sprintf("/refunds/%d", large), nil)
	require.NotContains(t, body, `value="approve"`)
	status, location, _ := support.page(t, r, http.MethodPost, "/refunds", url.Values{
		"decision": {"approve"}, "refund": {fmt.Sprint(large)}, "key": {"k"},
	})
	require.Equal(t, 303, status)
	require.Contains(t, location, "n=0&n=0&n=1", "it could not be decided")
	require.Equal(t, 202, approve(t, finance.person, large).Status)
	require.Equal(t, 200, approve(t, owner.person, large).Status)
}

// Two owners change what the policy puts under two-person approval, at the API and in the console.
func TestStaff_FourEyes_ChangesWaitForASecondPerson(t *testing.T) {
	t.Parallel()
	r := start(t)
	one, two, finance := r.member(t, market.StaffOwner), r.member(t, market.StaffOwner),
		r.member(t, market.StaffFinance)
	policy := refundPolicy(0, nil)
	policy["fourEyes"] = true
	on := one.put(t, "/admin/refund-policy", policy)
	require.Equal(t, 200, on.Status, on)
	require.Equal(t, true, on.field("fourEyes"))

	waits := one.put(t, "/admin/refund-policy", refundPolicy(5_000, nil))
	require.Equal(t, 202, waits.Status, waits)
	require.Equal(t, "REFUND_POLICY", waits.field("kind"))
	require.EqualValues(t, 0, one.get(t, "/admin/refund-policy").field("autoApproveBelow"))
	decide := func(m *member, p *answer, what string, body any) string {
		return statusCode(m.post(t, fmt.Sprintf("/admin/proposals/%d/%s", p.id("proposalId"), what), body))
	}
	require.Equal(t, "409 PROPOSAL_NEEDS_ANOTHER_ADMIN", decide(one, waits, "approve", nil))
	require.Equal(t, "403 FORBIDDEN", decide(finance, waits, "approve", nil), "a policy is no matter of finance")
	require.Equal(t, "409 DATA_CONFLICT", statusCode(two.put(t, "/admin/refund-policy", refundPolicy(6_000, nil))),
		"one waits already")
	require.Equal(t, "200 UPDATE_SUCCESS", decide(two, waits, "approve", nil))
	now := one.get(t, "/admin/refund-policy")
	require.EqualValues(t, 5_000, now.field("autoApproveBelow"))
	require.Equal(t, true, now.field("fourEyes"), "it is kept when a client does not know it")
	require.Equal(t, "409 PROPOSAL_NOT_PENDING", decide(two, waits, "approve", nil))

	status, location, _ := one.page(t, r, http.MethodPost, fmt.Sprintf("/staff/%d", finance.id), url.Values{
		"do": {"role"}, "role": {"SUPPORT"},
	})
	require.Equal(t, 303, status)
	require.Contains(t, location, "notice=waits")
	id := r.count(t, "SELECT id FROM proposals WHERE kind = 'STAFF_ROLE' AND status = 'PENDING'")
	path := fmt.Sprintf("/proposals/%d", id)
	_, _, body := one.page(t, r, http.MethodGet, "/proposals", nil)
	require.Contains(t, body, `value="withdraw"`)
	require.NotContains(t, body, `value="approve"`)
	_, _, body = two.page(t, r, http.MethodGet, "/proposals", nil)
	require.Contains(t, body, `value="approve"`)
	require.Regexp(t, `Role:\s+Finance →\s+<strong>Support</strong>`, body)
	require.Contains(t, body, one.mail)
	require.Regexp(t, `Proposals\s+<span class="count">1<`, body, "the menu counts it")
	_, _, body = two.page(t, r, http.MethodGet, "/", nil)
	require.Regexp(t, `<dt>Proposals to decide</dt><dd><a href="/proposals">1</a>`, body)
	_, _, body = one.page(t, r, http.MethodGet, "/", nil)
	require.Regexp(t, `<dt>Proposals to decide</dt><dd><a href="/proposals">0</a>`, body, "it is the reader's own")
	_, _, body = finance.page(t, r, http.MethodGet, "/proposals", nil)
	require.NotContains(t, body, `value="approve"`)
	require.Contains(t, body, "Roles that can decide: Owner<")
	long := strings.Repeat("x", 256)
	for reason, want := range map[string]string{
		" ": "Enter a reason to reject the proposal.", long: "reason is too long.",
	} {
		status, _, body = two.page(t, r, http.MethodPost, path+"?status=PENDING", url.Values{
			"do": {"reject"}, "reason": {reason},
		})
		require.Equal(t, 400, status)
		require.Contains(t, body, want)
		require.Regexp(t, `name="reason"[^>]*aria-invalid="true"`, body)
		require.Contains(t, body, fmt.Sprintf(`value="%s"`, strings.TrimSpace(reason)), "what was entered is kept")
	}
	status, location, _ = two.page(t, r, http.MethodPost, path, url.Values{"do": {"reject"}, "reason": {"not now"}})
	require.Equal(t, 303, status)
	require.Contains(t, location, "notice=proposal-rejected")
	_, _, body = one.page(t, r, http.MethodGet, "/proposals?status=REJECTED", nil)
	require.Contains(t, body, "not now")
	require.Contains(t, body, two.mail)
	require.Equal(t, 200, finance.get(t, "/admin/payouts").Status)

	seller := r.seller(t)
	changed := seller.put(t, "/sellers/me", map[string]string{"bankAccount": "99-1234", "currentPassword": password})
	require.Equal(t, 200, changed.Status, changed)
	stored := func() string { return r.text(t, "SELECT bank_account FROM sellers WHERE id = $1", seller.id) }
	require.NotEqual(t, "*234", stored())
	pending := func() any { return seller.get(t, "/sellers/me/account").field("bankAccountPending") }
	require.Equal(t, true, pending())
	events := func(name string) int {
		return r.count(t, "SELECT count(*) FROM audit_log WHERE action = $1 AND subject = 'SELLER' AND subject_id = $2",
			name, seller.id)
	}
	require.Equal(t, []int{1, 0}, []int{events("BANK_ACCOUNT_PROPOSED"), events("BANK_ACCOUNT_CHANGED")})
	list := finance.get(t, "/admin/proposals?status=PENDING")
	require.EqualValues(t, 1, list.id("totalElements"))
	require.NotContains(t, string(list.Data), "99-1234")
	_, _, body = finance.page(t, r, http.MethodGet, "/proposals", nil)
	require.Contains(t, body, r.text(t, "SELECT store_name FROM sellers WHERE id = $1", seller.id))
	end := strings.TrimPrefix(r.text(t, "SELECT bank_account FROM sellers WHERE id = $1", seller.id), "*")
	require.Regexp(t, fmt.Sprintf(`Payout account:\s+KB Kookmin Bank ···%s →\s+<strong>KB Kookmin Bank ···234</strong>`,
		end), body)
	require.Contains(t, body, "Previous account used since ")

	id = r.count(t, "SELECT id FROM proposals WHERE kind = 'PAYOUT_ACCOUNT'")
	require.Equal(t, "200 UPDATE_SUCCESS", statusCode(finance.post(t, fmt.Sprintf("/admin/proposals/%d/reject", id),
		map[string]string{"reason": "another holder"})))
	refused, ok := seller.get(t, "/sellers/me/account").field("bankAccountRefused").(map[string]any)
	require.True(t, ok)
	require.Equal(t, "another holder", refused["reason"])
	require.Equal(t, 0, events("BANK_ACCOUNT_CHANGED"), "nothing has changed")
	changed = seller.put(t, "/sellers/me", map[string]string{"bankAccount": "99-1234", "currentPassword": password})
	require.Equal(t, 200, changed.Status, changed)
	require.Nil(t, seller.get(t, "/sellers/me/account").field("bankAccountRefused"))

	id = r.count(t, "SELECT max(id) FROM proposals WHERE kind = 'PAYOUT_ACCOUNT'")
	require.Equal(t, "200 UPDATE_SUCCESS",
		statusCode(finance.post(t, fmt.Sprintf("/admin/proposals/%d/approve", id), nil)))
	require.Equal(t, "*234", stored())
	require.Equal(t, false, pending())
	require.Equal(t, []int{2, 1}, []int{events("BANK_ACCOUNT_PROPOSED"), events("BANK_ACCOUNT_CHANGED")})
	changed = seller.put(t, "/sellers/me", map[string]string{"bankAccount": "99-5678", "currentPassword": password})
	require.Equal(t, 200, changed.Status, changed)
	id = r.count(t, "SELECT max(id) FROM proposals WHERE kind = 'PAYOUT_ACCOUNT'")
	path = fmt.Sprintf("/proposals/%d", id)
	status, location, _ = finance.page(t, r, http.MethodPost, path, url.Values{"do": {"approve"}})
	require.Equal(t, 303, status)
	require.Contains(t, location, "notice=proposal-approved")
	require.Equal(t, []int{3, 2}, []int{events("BANK_ACCOUNT_PROPOSED"), events("BANK_ACCOUNT_CHANGED")})

	invited := one.post(t, "/admin/staff", map[string]string{"email": anAddress(), "name": "New", "role": "OWNER"})
	require.Equal(t, 202, invited.Status, invited)
	require.Equal(t, "200 UPDATE_SUCCESS", decide(one, invited, "withdraw", nil))
	r.settleDown(t)
	r.verify(t)
}

// proposalsLookRight has an owner decide proposals of others in the console: a policy, a role and the payout account
// of a seller, who looks at the profile.
func (r *rig) proposalsLookRight(t *testing.T, d *consoleRig, browser tab, language string) {
	t.Helper()
	ctx, name := t.Context(), language[:2]+"-"
	owners := make([]int64, 2)
	for i := range owners {
		mail := market.Email(anAddress())
		_, err := r.store.CreateAdmin(ctx, mail, r.hash, strings.Repeat("긴이름", 5))
		require.NoError(t, err)
		m, err := r.store.StaffByEmail(ctx, mail)
		require.NoError(t, err)
		owners[i] = m.ID
	}
	policy, err := r.store.RefundPolicy(ctx)
	require.NoError(t, err)
	if !policy.FourEyes {
		policy.FourEyes = true
		_, _, err = r.store.SetRefundPolicy(ctx, owners[0], policy)
		require.NoError(t, err)
	}
	var change *market.Proposal
	for _, hours := range []int32{5, 7} { // the second replaces the first
		policy.RemindAfterHours, policy.EscalateAfterHours, policy.AutoApproveBelow = hours, 48, 30_000_00
		policy.ShippingBorneBy.Damaged = market.PartyMarketplace
		_, change, err = r.store.SetRefundPolicy(ctx, owners[0], policy)
		require.NoError(t, err)
	}
	_, role, err := r.store.SetStaffRole(ctx, owners[0], owners[1], market.StaffAuditor)
	require.NoError(t, err)
	seller := r.seller(t)
	_, waits, err := r.store.UpdateSeller(ctx, seller.id, store.ProfileChange{BankAccount: new("110-555-995678")})
	require.NoError(t, err)
	require.True(t, waits)
	account := r.count(t, "SELECT max(id) FROM proposals")

	d.do(t, chromedp.Navigate(r.admin+"/"))
	require.Contains(t, d.reads(t, ".figures"), "3")
	d.looksRight(t, name+"overview-proposals")
	rejected, approved := "Proposal rejected.", "Proposal approved."
	if language == "ko-KR" {
		rejected, approved = "변경 제안을 반려했습니다.", "변경 제안을 승인했습니다."
	}
	form := func(id int) string { return fmt.Sprintf("form[action^='/proposals/%d?'] ", id) }
	d.do(t, chromedp.Navigate(r.admin+"/proposals"))
	d.looksRight(t, name+"proposals")
	_, err = chromedp.Run(d, chromedp.Evaluate[bool](
		fmt.Sprintf(`document.querySelector("%s").noValidate = true`, strings.TrimSpace(form(account)))))
	require.NoError(t, err)
	d.press(t, form(account)+"button[value=reject]")
	require.NotEmpty(t, d.reads(t, "#problem"))
	d.looksRight(t, name+"proposals-refused")
	d.do(t, chromedp.SendKeys(form(account)+"input[name=reason]", "예금주가 다릅니다 / other holder"))
	d.press(t, form(account)+"button[value=reject]")
	require.Contains(t, d.reads(t, ".notice"), rejected)
	d.press(t, form(int(role.ID))+"button[value=approve]")
	require.Contains(t, d.reads(t, ".notice"), approved)
	d.do(t, chromedp.Navigate(r.admin+"/proposals?status="))
	d.looksRight(t, name+"proposals-all")
	d.do(t, chromedp.Navigate(r.admin+"/proposals"))
	d.do(t, chromedp.SendKeys(form(int(change.ID))+"input[name=reason]", "later"))
	d.press(t, form(int(change.ID))+"button[value=reject]")
	require.Contains(t, d.reads(t, ".notice"), rejected)

	s := &consoleRig{rig: r, tab: browser.open(t, chromedp.WithNewBrowserContext()),
		mail: r.text(t, "SELECT email FROM sellers WHERE id = $1", seller.id)}
	s.do(t, speaks(language), chromedp.Navigate(r.api+"/seller-center/login"))
	s.logIn(t)
	s.do(t, chromedp.Navigate(r.api+"/seller-center/profile"))
	require.Contains(t, s.reads(t, ".facts"), "other holder")
	require.Contains(t, s.reads(t, ".facts"), "···5678")
	s.looksRight(t, name+"seller-refused")
}

// It looks at the pages about staff with a browser, and uses the second factor in it.
func TestStaffPages_LookRight(t *testing.T) {
	t.Parallel()
	r := start(t)
	browser := openBrowser(t)
	for _, language := range []string{"en-US", "ko-KR"} {
		name := language[:2] + "-"
		d := r.desk(t, browser, language)
		m := &member{person: &person{id: int64(r.count(t, "SELECT id FROM admins WHERE email = $1", d.mail))}}
		_, _, err := r.store.InviteStaff(t.Context(), 0, market.Email(anAddress()), strings.Repeat("긴이름", 15),
			market.StaffAuditor)
		require.NoError(t, err)
		d.do(t, chromedp.Navigate(r.admin+"/staff?status="))
		d.looksRight(t, name+"staff")
		d.do(t, chromedp.Navigate(r.admin+"/account"))
		d.looksRight(t, name+"account")
		d.do(t, chromedp.SendKeys("input[name=currentPassword]", password))
		d.press(t, "button[value=offer]")
		d.looksRight(t, name+"enrolment")
		m.secret = d.reads(t, "main code")
		d.do(t, chromedp.SendKeys("input[name=otp]", m.code(t, r)))
		d.press(t, "button[value=activate]")
		require.NotEmpty(t, d.reads(t, ".notice"))

		r.forgetFactors(t)
		d.do(t, chromedp.Navigate(r.admin+"/staff?status=INVITED"))
		d.press(t, "button[value=disable]")
		d.looksRight(t, name+"confirmation")
		d.do(t, chromedp.SendKeys("input[name=confirmation-otp]", m.code(t, r)))
		d.press(t, "main form button")
		require.Contains(t, d.reads(t, ".notice"),
			map[string]string{"en-US": "Staff account updated.", "ko-KR": "직원 계정을 변경했습니다."}[language])

		r.proposalsLookRight(t, d, browser, language)
		d.do(t, chromedp.Navigate(r.admin+"/reset-password"))
		d.looksRight(t, name+"password")
		d.do(t, chromedp.Navigate(r.admin+"/login"))
		d.looksRight(t, name+"login")
	}
	support := r.member(t, market.StaffSupport)
	d := &consoleRig{rig: r, tab: browser.open(t, chromedp.WithNewBrowserContext()), mail: support.mail}
	d.do(t, speaks("en-US"), chromedp.Navigate(r.admin+"/login"))
	d.logIn(t)
	d.looksRight(t, "support-start")
	d.do(t, chromedp.Navigate(r.admin+"/payouts"))
	d.looksRight(t, "forbidden")
}
