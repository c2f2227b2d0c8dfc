package e2e

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/testrig"
)

type receivedMail struct{ To, Subject, Body, HTML string }

// mails are what the mailbox has for an address but for notices, the newest first, as soon as it has n.
func mails(t *testing.T, to string, n int) []receivedMail {
	t.Helper()
	return received(t, to, n, func(m receivedMail) bool { return !m.isNotice() })
}

// notices are the mails about notifications that the mailbox has for an address, the newest first, as soon as it has
// n.
func notices(t *testing.T, to string, n int) []receivedMail {
	t.Helper()
	return received(t, to, n, receivedMail.isNotice)
}

// isNotice reports whether a mail is about a notification, by the text of its link.
func (m receivedMail) isNotice() bool {
	return strings.Contains(m.HTML, ">View details<") || strings.Contains(m.HTML, ">자세한 내용 조회<")
}

func received(t *testing.T, to string, n int, wanted func(receivedMail) bool) (got []receivedMail) {
	t.Helper()
	testrig.Eventually(t, func() bool {
		_, body := get(testrig.Env(t, "MAILBOX_URL") + "/mails?to=" + url.QueryEscape(to))
		var all []receivedMail
		if json.Unmarshal([]byte(body), &all) != nil {
			return false
		}
		got = slices.DeleteFunc(all, func(m receivedMail) bool { return !wanted(m) })
		return len(got) == n
	}, time.Minute, 100*time.Millisecond, "%d mails to %s", n, to)
	return got
}

var tokenInMail = regexp.MustCompile(`(?m)^    (\S+)$`)

// token is the one-time token of a mail.
func (m receivedMail) token(t *testing.T) string {
	t.Helper()
	found := tokenInMail.FindStringSubmatch(m.Body)
	require.Len(t, found, 2, m.Body)
	return found[1]
}

// anAddress is one that no other test uses.
func anAddress() string { return strings.ToLower(rand.Text()) + "@example.com" }

// It resets the password of each role by mail.
func TestPasswordReset_LinkOfTheMail_SetsANewPassword(t *testing.T) {
	t.Parallel()
	r := start(t)
	ctx := context.Background()
	for role, c := range map[string]struct {
		caller caller
		prefix string
	}{
		"buyer": {caller{base: r.api}, "/auth"}, "seller": {caller{base: r.api}, "/seller/auth"},
		"admin": {caller{base: r.admin}, "/admin/auth"},
	} {
		t.Run(role, func(t *testing.T) {
			mail := anAddress()
			var p *person
			switch role {
			case "buyer":
				p = r.buyer(t)
			case "seller":
				p = r.seller(t)
			case "admin":
				p = r.staff(t)
			}
			_, err := r.store.Pool().Exec(ctx, fmt.Sprintf("UPDATE %ss SET email = $1 WHERE id = $2", role), mail, p.id)
			require.NoError(t, err)
			anybody := c.caller
			forgot := func(email string) string {
				return statusCode(anybody.post(t, c.prefix+"/password/forgot", map[string]string{"email": email}))
			}
			reset := func(token, password string) string {
				return statusCode(anybody.post(t, c.prefix+"/password/reset",
					map[string]string{"token": token, "password": password}))
			}
			require.Equal(t, "202 ACCEPTED", forgot(mail))
			require.Equal(t, "202 ACCEPTED", forgot(anAddress()), "an address without an account looks the same")
			require.Equal(t, "400 INVALID_INPUT", forgot("\u0435"+mail), "a look-alike")
			require.Equal(t, "400 INVALID_INPUT", forgot("k\u0130m@example.com"))
			first := mails(t, mail, 1)[0].token(t)
			require.Equal(t, "202 ACCEPTED", forgot(strings.ToUpper(mail)))
			second := mails(t, mail, 2)[0].token(t)
			require.NotEqual(t, first, second)
			for _, bad := range []string{"1", "1.x", first + "x", "." + first, strings.Replace(first, ".", ".A", 1)} {
				require.Equal(t, "401 TOKEN_INVALID", reset(bad, "new password"), bad)
			}
			require.Equal(t, "400 INVALID_INPUT", reset(first, "short"))
			require.Equal(t, "200 UPDATE_SUCCESS", reset(first, "new password"))
			require.Equal(t, "401 TOKEN_INVALID", reset(first, "new password"), "it works once")
			require.Equal(t, "401 TOKEN_INVALID", reset(second, "new password"),
				"those of other resets are used up too")
			require.Contains(t, mails(t, mail, 3)[0].Subject, "비밀번호가 변경되었습니다")
			require.Equal(t, "401 TOKEN_INVALID", statusCode(p.post(t, c.prefix+"/logout", nil)), "all sessions end")
			login := map[string]string{"email": mail, "password": "new password"}
			require.Equal(t, "200 LOGIN_SUCCESS", statusCode(anybody.post(t, c.prefix+"/login", login)))

			require.Equal(t, "202 ACCEPTED", forgot(mail))
			late := mails(t, mail, 4)[0].token(t)
			_, err = r.store.Pool().Exec(ctx, "UPDATE mails SET created_at = created_at - interval '61 minutes'")
			require.NoError(t, err)
			require.Equal(t, "401 TOKEN_INVALID", reset(late, "new password"), "it is valid for an hour")
			require.Equal(t, "429 MAIL_RATE_LIMITED", forgot(mail), "nobody is flooded with mails")
		})
	}
	t.Run("the token of one role is nothing to another", func(t *testing.T) {
		mail := anAddress()
		b := r.buyer(t)
		_, err := r.store.Pool().Exec(ctx, "UPDATE buyers SET email = $1 WHERE id = $2", mail, b.id)
		require.NoError(t, err)
		require.Equal(t, 202,
			(&caller{base: r.api}).post(t, "/auth/password/forgot", map[string]string{"email": mail}).Status)
		body := map[string]string{"token": mails(t, mail, 1)[0].token(t), "password": "new password"}
		require.Equal(t, "401 TOKEN_INVALID", statusCode((&caller{base: r.api}).post(t, "/seller/auth/password/reset",
			body)))
		require.Equal(t, "401 TOKEN_INVALID",
			statusCode((&caller{base: r.admin}).post(t, "/admin/auth/password/reset", body)))
		require.Equal(t, "401 TOKEN_INVALID",
			statusCode((&caller{base: r.api}).post(t, "/auth/email/verify", map[string]string{"token": body["token"]})))
	})
	require.Zero(t, r.count(t, "SELECT count(*) FROM mails WHERE account_id IS NULL"),
		"addresses that nobody has are not kept")
}

// It signs up, shows whose the address is, and changes it.
func TestEmailVerification_LinkOfTheMail_VerifiesTheAddress(t *testing.T) {
	t.Parallel()
	r := start(t)
	anybody := &caller{base: r.api}
	for _, c := range []struct {
		prefix, me string
		signup     map[string]string
	}{
		{"/auth", "/buyers/me", map[string]string{"name": "김구매", "phone": "010-1111-2222"}},
		{
			"/seller/auth", "/sellers/me",
			map[string]string{
				"name": "홍길동", "phone": "010-1234-1234", "storeName": "s", "bizNumber": "b", "bankCode": "KOOKMIN",
				"bankAccount": "1",
			},
		},
	} {
		mail := anAddress()
		c.signup["email"], c.signup["password"] = mail, password
		require.Equal(t, 201, anybody.post(t, c.prefix+"/signup", c.signup).Status)
		token := mails(t, mail, 1)[0].token(t)
		_, err := r.store.Pool().Exec(context.Background(), "UPDATE sellers SET status = 'APPROVED'")
		require.NoError(t, err)
		me := &caller{base: r.api}
		me.login(t, c.prefix+"/login", mail)
		require.Equal(t, false, me.get(t, c.me).field("emailVerified"))
		require.Equal(t, "202 ACCEPTED", statusCode(me.post(t, c.me+"/email-verification", nil)))
		require.NotEqual(t, token, mails(t, mail, 2)[0].token(t))
		verify := func(token string) string {
			return statusCode(anybody.post(t, c.prefix+"/email/verify", map[string]string{"token": token}))
		}
		require.Equal(t, "200 UPDATE_SUCCESS", verify(token))
		require.Equal(t, "401 TOKEN_INVALID", verify(token))
		require.Equal(t, true, me.get(t, c.me).field("emailVerified"))
		require.Equal(t, "409 DATA_CONFLICT", statusCode(me.post(t, c.me+"/email-verification", nil)))

		other := anAddress()
		change := func(to string) *answer {
			return me.put(t, c.me, map[string]string{"email": to, "currentPassword": password})
		}
		superseded := anAddress()
		require.Equal(t, 200, change(superseded).Status)
		changed := change(other)
		require.Equal(t, 200, changed.Status)
		require.Equal(t, []any{mail, other}, []any{changed.field("email"), changed.field("pendingEmail")})
		require.Equal(t, true, me.get(t, c.me).field("emailVerified"), "of the address before")
		require.Equal(t, "401 TOKEN_INVALID", verify(mails(t, superseded, 1)[0].token(t)))
		for _, received := range mails(t, mail, 4)[:2] {
			require.Contains(t, received.Subject, "이메일 주소 변경 요청을 받았습니다")
		}
		require.Equal(t, "202 ACCEPTED", statusCode(me.post(t, c.me+"/email-verification", nil)), "of the pending one")
		require.Equal(t, "200 UPDATE_SUCCESS", verify(mails(t, other, 2)[1].token(t)))
		now := me.get(t, c.me)
		require.Equal(t, []any{other, nil, true},
			[]any{now.field("email"), now.field("pendingEmail"), now.field("emailVerified")})
		require.Contains(t, mails(t, mail, 5)[0].Subject, "이메일 주소가 변경되었습니다",
			"the owner is notified at the address before")
	}
}

func TestUpdateProfile_AddressOfAnotherAccount_IsAnsweredLikeAnyOther(t *testing.T) {
	t.Parallel()
	r := start(t)
	ctx := context.Background()
	owner, b, seller := r.buyer(t), r.buyer(t), r.seller(t)
	taken, free := anAddress(), anAddress()
	_, err := r.store.Pool().Exec(ctx, "UPDATE buyers SET email = $1 WHERE id = $2", taken, owner.id)
	require.NoError(t, err)
	change := func(p *person, path, to string) (shown string) {
		a := p.put(t, path, map[string]string{"email": to, "currentPassword": password})
		require.Equal(t, 200, a.Status, a)
		require.Equal(t, to, p.get(t, path).field("pendingEmail"))
		return strings.ReplaceAll(string(a.Data), to, "ADDRESS")
	}
	require.Equal(t, change(b, "/buyers/me", free), change(b, "/buyers/me", taken))
	notice := mails(t, taken, 1)[0]
	require.Contains(t, notice.Subject, "Your email address is already in use")
	require.NotRegexp(t, tokenInMail, notice.Body)
	change(seller, "/sellers/me", taken)
	require.Regexp(t, tokenInMail, mails(t, taken, 2)[0].Body, "a buyer may be a seller, too")

	late := anAddress()
	change(b, "/buyers/me", late)
	token := mails(t, late, 1)[0].token(t)
	_, err = r.store.Pool().Exec(ctx, "UPDATE buyers SET email = $1 WHERE id = $2", late, owner.id)
	require.NoError(t, err)
	require.Equal(t, "400 EMAIL_ALREADY_EXISTS",
		statusCode((&caller{base: r.api}).post(t, "/auth/email/verify", map[string]string{"token": token})))
}

func TestUpdateProfile_ManyAddresses_SendsFewMails(t *testing.T) {
	t.Parallel()
	r := start(t)
	b, stranger := r.buyer(t), anAddress()
	for i := range 30 {
		to := stranger
		if i > 8 {
			to = anAddress()
		}
		a := b.put(t, "/buyers/me", map[string]string{"email": to, "currentPassword": password})
		if a.Status != 200 {
			require.Equal(t, "429 MAIL_RATE_LIMITED", statusCode(a))
			require.NotEmpty(t, a.header.Get("Retry-After"))
		}
	}
	require.Equal(t, 5, r.count(t, "SELECT count(*) FROM mails WHERE kind = 'EMAIL_CHANGE_REQUESTED'"),
		"to an address that is not verified in an hour")
	require.Equal(t, 5, r.count(t, "SELECT count(*) FROM mails WHERE recipient = $1", stranger))
	require.Equal(t, 200, b.put(t, "/buyers/me", map[string]string{"name": "새이름"}).Status)
	same := b.get(t, "/buyers/me").field("email")
	require.Equal(t, 200, b.put(t, "/buyers/me", map[string]any{"email": same, "currentPassword": password}).Status,
		"the address that it has sends no mail")
	require.Nil(t, b.get(t, "/buyers/me").field("pendingEmail"))
}

// It changes what a thief would change.
func TestMails_AccountChanged_NotifyTheOwner(t *testing.T) {
	t.Parallel()
	r := start(t)
	mail := anAddress()
	seller := r.seller(t)
	_, err := r.store.Pool().Exec(context.Background(), "UPDATE sellers SET email = $1 WHERE id = $2", mail, seller.id)
	require.NoError(t, err)
	require.Equal(t, 200,
		seller.put(t, "/sellers/me", map[string]string{"bankAccount": "2", "currentPassword": password}).Status)
	require.Contains(t, mails(t, mail, 1)[0].Subject, "정산 계좌가 변경되었습니다")
	require.Equal(t, 200,
		seller.put(t, "/sellers/me", map[string]string{"password": "new password", "currentPassword": password}).Status)
	require.Contains(t, mails(t, mail, 2)[0].Subject, "비밀번호가 변경되었습니다")
	require.Equal(t, 200, seller.put(t, "/sellers/me", map[string]string{"name": "새이름"}).Status)

	refused := market.Email(strings.ToLower(rand.Text()) + "@invalid.test")
	_, err = r.store.SignUpBuyer(context.Background(), store.BuyerSignup{
		Email: refused, PasswordHash: r.hash, Name: "b", Phone: "010-1111-2222",
	})
	require.NoError(t, err)
	testrig.Eventually(t, func() bool {
		return r.countActivities(t, "ActivityType = 'SendMail' AND ExecutionStatus = 'Completed'") == 5
	}, time.Minute, 100*time.Millisecond, "what the mail server refuses for good ends like the others")
	require.Len(t, mails(t, mail, 2), 2, "a new name is not notified")
}

// It switches an admin's on, logs in with it, and off again.
func TestSecondFactor_Enrolled_IsNeeded(t *testing.T) {
	t.Parallel()
	r := start(t)
	ctx := context.Background()
	admin := r.staff(t)
	mail := fmt.Sprintf("admin%d@example.com", r.serial.Load())
	other := *admin.caller
	other.login(t, "/admin/auth/login", mail)
	current := map[string]string{"currentPassword": password}
	login := func(otp string) string {
		return statusCode((&caller{base: r.admin}).post(t, "/admin/auth/login",
			map[string]string{"email": mail, "password": password, "otp": otp}))
	}
	otpOf := func(secret string, steps int) string {
		code, err := totp.GenerateCode(secret, time.Now().Add(time.Duration(steps)*30*time.Second))
		require.NoError(t, err)
		return code
	}
	again := func() { // as if time had passed since the code used last
		_, err := r.store.Pool().Exec(ctx, "UPDATE admin_second_factors SET last_step = 0")
		require.NoError(t, err)
	}

	require.Equal(t, "409 DATA_CONFLICT", statusCode(admin.put(t, "/admin/me/otp", map[string]string{"otp": "123456"})),
		"none was offered")
	require.Equal(t, "400 CURRENT_PASSWORD_WRONG",
		statusCode(admin.post(t, "/admin/me/otp", map[string]string{"currentPassword": "a guess!"})))
	first := admin.post(t, "/admin/me/otp", current).field("secret").(string)
	offered := admin.post(t, "/admin/me/otp", current)
	secret := offered.field("secret").(string)
	require.NotEqual(t, first, secret)
	require.Contains(t, offered.field("url"), "otpauth://totp/All-In-Market:ADMIN")
	require.Equal(t, "200 LOGIN_SUCCESS", login(""), "nothing has changed until a code confirms it")
	require.Equal(t, "400 OTP_WRONG", statusCode(admin.put(t, "/admin/me/otp",
		map[string]string{"otp": otpOf(first, 0)})))
	code := otpOf(secret, 0)
	require.Equal(t, "200 UPDATE_SUCCESS", statusCode(admin.put(t, "/admin/me/otp", map[string]string{"otp": code})))
	require.Equal(t, "401 TOKEN_INVALID", statusCode(other.get(t, "/admin/orders")), "other sessions end")
	require.Equal(t, 200, admin.get(t, "/admin/orders").Status)
	require.Equal(t, "409 DATA_CONFLICT", statusCode(admin.post(t, "/admin/me/otp", current)),
		"a thief cannot replace it")

	require.Equal(t, "401 OTP_REQUIRED", login(""))
	require.Equal(t, "401 LOGIN_FAILED", login(code), "a code works once")
	again()
	require.Equal(t, "200 LOGIN_SUCCESS", login(otpOf(secret, 0)))
	require.NotContains(t, r.text(t, "SELECT encode(secret, 'escape') FROM admin_second_factors"), secret, "it is sealed")
	again()
	require.Equal(t, "401 LOGIN_FAILED", login(otpOf(secret, 20)), "a code of another time")
	for range 5 {
		login("000000")
	}
	require.Equal(t, "429 LOGIN_RATE_LIMITED", login(otpOf(secret, 0)), "guesses are counted")

	removal := map[string]string{"currentPassword": password, "otp": otpOf(secret, 0)}
	require.Equal(t, "429 OTP_RATE_LIMITED", statusCode(admin.do(t, http.MethodDelete, "/admin/me/otp", removal)),
		"at every door")
	reset, err := r.store.ResetStaff(ctx, admin.id)
	require.NoError(t, err, "an operator lets the admin in")
	require.False(t, reset.SecondFactor)

	second := r.staff(t)
	secret = second.post(t, "/admin/me/otp", current).field("secret").(string)
	require.Equal(t, 200, second.put(t, "/admin/me/otp", map[string]string{"otp": otpOf(secret, 0)}).Status)
	again()
	require.Equal(t, "200 DELETE_SUCCESS",
		statusCode(second.do(t, http.MethodDelete, "/admin/me/otp",
			map[string]string{"currentPassword": password, "otp": otpOf(secret, 0)})))
	mail = fmt.Sprintf("admin%d@example.com", r.serial.Load())
	require.Equal(t, "200 LOGIN_SUCCESS", login(""))
}

// It closes a seller's account when nothing is
// open any more.
func TestWithdrawSeller_Withdrawn_LeavesNothingPersonal(t *testing.T) {
	t.Parallel()
	r := start(t)
	seller := r.seller(t)
	mail := fmt.Sprintf("seller%d@example.com", r.serial.Load())
	p := r.product(t, seller.id, 1000_00, 10)
	b := r.buyers(t, 1)[0]
	withdraw := func(word string) string {
		return statusCode(seller.do(t, http.MethodDelete, "/sellers/me", map[string]string{"currentPassword": word}))
	}
	order := r.placeOrder(t, b, p.ID)
	require.Equal(t, "400 CURRENT_PASSWORD_WRONG", withdraw("a guess!"))
	require.Equal(t, "409 DATA_CONFLICT", withdraw(password), "an order is open")
	require.Equal(t, 201, b.post(t, "/payments", payBody(order)).Status)
	require.Equal(t, "409 DATA_CONFLICT", withdraw(password), "it is not shipped")
	id := b.post(t, refundsOf(order), whole).id("refundId")
	staff, written := r.staff(t), map[string]string{"reason": "sells fakes"}
	require.Equal(t, "SUCCESS", approve(t, staff, id).field("status"))
	require.Equal(t, 200, staff.put(t, fmt.Sprintf("/admin/products/%d/block", p.ID), written).Status)
	require.Equal(t, 201, seller.post(t, "/seller/webhooks",
		map[string]any{"url": "https://example.com/hidden-path", "events": []string{"order.paid"}}).Status)
	_, err := r.store.Pool().Exec(t.Context(), `WITH s AS (
			INSERT INTO settlements (seller_id, amount, payable, fee, period_start, period_end, status, type)
			VALUES ($1, 0, 0, 0, '2020-01-01', '2020-01-15', 'COMPLETED', 'MID') RETURNING id), p AS (
			INSERT INTO payouts (seller_id, settlement_id, amount, fee, payout_key, status, final_at)
			SELECT $1, id, 1, 0, 'old', 'SUCCESS', now() FROM s RETURNING id)
		INSERT INTO payout_attempts (payout_id, attempt, payout_key, bank_code, bank_account, outcome)
		SELECT id, 1, 'old-1', 'KOOKMIN', '01-123', 'SUCCESS' FROM p`, seller.id)
	require.NoError(t, err)
	require.Equal(t, "200 DELETE_SUCCESS", withdraw(password), "all that was sold is given back, and nothing is owed")
	require.Equal(t, "401 TOKEN_INVALID", statusCode(seller.get(t, "/sellers/me")))
	require.Equal(t, "401 LOGIN_FAILED",
		statusCode((&caller{base: r.api}).post(t, "/seller/auth/login",
			map[string]string{"email": mail, "password": password})))
	require.Empty(t, (&caller{base: r.api}).get(t, "/products").field("content"))
	for _, table := range []string{
		"sellers", "payout_attempts", "webhook_endpoints", "products", "mails", "audit_log", "audit_words", "idempotency_keys",
	} {
		for _, word := range []string{mail, "홍길동", "010-1234-1234", "01-123", "hidden-path", "sells fakes"} {
			require.Zero(t, r.count(t, "SELECT count(*) FROM "+table+" t WHERE to_jsonb(t)::text LIKE '%' || $1 || '%'", word),
				"%s in %s", word, table)
		}
	}
	require.Zero(t, r.count(t, "SELECT count(*) FROM webhook_endpoints WHERE length(secret) > 0 OR deleted_at IS NULL"))
}

// text is what a query answers.
func (r *rig) text(t *testing.T, query string, args ...any) (s string) {
	t.Helper()
	require.NoError(t, r.store.Pool().QueryRow(context.Background(), query, args...).Scan(&s))
	return s
}
