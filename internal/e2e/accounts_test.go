package e2e

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/auth"
	"github.com/all-in-market/market/internal/market"
)

// list decodes data that is an array.
func list(a *answer) (items []map[string]any) {
	_ = json.Unmarshal(a.Data, &items)
	return items
}

func TestAccounts(t *testing.T) {
	t.Parallel()
	r := start(t)

	t.Run("Buyer", func(t *testing.T) {
		c := &caller{base: r.api}
		signup := map[string]string{"email": "Kim@Example.com", "password": password, "name": "김구매",
			"phone": "010-1111-2222"}
		a := c.post(t, "/auth/signup", signup)
		require.Equal(t, "201 REGISTER_SUCCESS", fmt.Sprint(a.Status, " ", a.Code))
		require.NotContains(t, string(a.Data), "password")
		require.Zero(t, r.count(t, "SELECT count(*) FROM consents"), "a client that sends no consent has none recorded")
		documents := c.get(t, "/legal-documents")
		require.JSONEq(t, `{"terms":{"version":"1","url":""},"privacy":{"version":"1","url":""},"consent":"optional"}`,
			string(documents.Data))
		agreed := map[string]string{"email": "agrees@example.com", "termsVersion": "0", "privacyVersion": "1"}
		for k, v := range signup {
			if agreed[k] == "" {
				agreed[k] = v
			}
		}
		require.Equal(t, "409 CONSENT_OUTDATED", statusCode(c.post(t, "/auth/signup", agreed)))
		agreed["termsVersion"] = "1"
		require.Equal(t, 201, c.post(t, "/auth/signup", agreed).Status)
		require.Equal(t, 2, r.count(t, `SELECT count(*) FROM consents c JOIN buyers b ON b.id = c.account_id
			WHERE c.role = 'BUYER' AND b.email = 'agrees@example.com' AND c.version = '1' AND c.given_at > now() - interval '1 hour'`))
		signup["email"] = "kim@example.com"
		require.Equal(t, "400 EMAIL_ALREADY_EXISTS", statusCode(c.post(t, "/auth/signup", signup)))
		signup["phone"] = "01011112222"
		require.Equal(t, "전화번호 형식이 올바르지 않습니다.", c.post(t, "/auth/signup", signup).Message)
		require.Equal(t, "phone must look like 010-1234-5678.",
			c.post(t, "/auth/signup", signup, "Accept-Language", "en-US").Message)

		signup["phone"], signup["email"], signup["password"] = "010-1111-2222", "smile@example.com",
			strings.Repeat("😀", 20)
		require.Equal(t, "400 INVALID_INPUT", statusCode(c.post(t, "/auth/signup", signup)),
			"80 bytes in twenty characters")

		c.login(t, "/auth/login", "kim@example.com")
		require.Equal(t, "김구매", c.get(t, "/buyers/me").field("name"))
		require.Equal(t, "새이름",
			c.put(t, "/buyers/me", map[string]any{"name": "새이름", "email": "", "phone": nil}).field("name"))
		require.Equal(t, "kim@example.com", c.get(t, "/buyers/me").field("email"))
		require.Equal(t, "400 INVALID_INPUT", statusCode(c.put(t, "/buyers/me", map[string]any{"password": "short"})))
		require.Empty(t, c.get(t, "/carts").field("items").(map[string]any)["content"])
	})

	t.Run("RefreshAndLogout", func(t *testing.T) {
		b := r.buyer(t)
		stolen := cookie(t, b.caller, r.api+"/auth/refresh")
		first := b.post(t, "/auth/refresh", nil)
		require.Equal(t, "200 TOKEN_REFRESHED", statusCode(first))
		require.NotEqual(t, stolen, cookie(t, b.caller, r.api+"/auth/refresh"))
		set := first.header.Get("Set-Cookie")
		for _, want := range []string{"HttpOnly", "SameSite=Strict", "Path=/auth", "Max-Age=604800"} {
			require.Contains(t, set, want)
		}
		// A client that lost the answer gets it again; later one of the token's two holders is a thief, and
		// both are out.
		thief := &caller{base: r.api}
		require.Equal(t, "200 TOKEN_REFRESHED",
			statusCode(thief.post(t, "/auth/refresh", nil, "Cookie", "refreshToken="+stolen)))
		r.usedLongAgo(t, stolen)
		require.Equal(t, "401 TOKEN_EXPIRED",
			statusCode(thief.post(t, "/auth/refresh", nil, "Cookie", "refreshToken="+stolen)))
		require.Equal(t, "401 TOKEN_EXPIRED", statusCode(b.post(t, "/auth/refresh", nil)))
		b.token = first.field("accessToken").(string)
		require.Equal(t, "401 TOKEN_INVALID", statusCode(b.get(t, "/buyers/me")))

		b.login(t, "/auth/login", fmt.Sprintf("buyer%d@example.com", b.id))
		other := *b.caller
		other.login(t, "/auth/login", fmt.Sprintf("buyer%d@example.com", b.id))
		require.NotEqual(t, b.token, other.token, "two logins in one second differ")
		require.Equal(t, "200 LOGOUT_SUCCESS", statusCode(b.post(t, "/auth/logout", nil)))
		require.Equal(t, "401 TOKEN_INVALID", statusCode(b.get(t, "/buyers/me")))
		require.Equal(t, "401 TOKEN_INVALID", statusCode(other.get(t, "/buyers/me")),
			"another device is logged out, too")
		require.Equal(t, "401 TOKEN_EXPIRED", statusCode(other.post(t, "/auth/refresh", nil)))
		require.Equal(t, "401 TOKEN_INVALID", statusCode(b.post(t, "/auth/refresh", nil, "Cookie", "")))
	})

	t.Run("RedisLosesItsData", func(t *testing.T) {
		b, locked, reason := r.buyer(t), r.buyer(t), "fraud"
		require.Equal(t, 200, b.get(t, "/buyers/me").Status)
		_, err := r.store.SetBuyerLock(context.Background(), locked.id, &reason)
		require.NoError(t, err)
		require.NoError(t, r.redisClient(t).FlushDB(context.Background()).Err())
		for _, c := range []*person{b, locked} {
			require.Equal(t, "401 TOKEN_EXPIRED", statusCode(c.get(t, "/buyers/me")))
			require.Equal(t, "401 TOKEN_EXPIRED", statusCode(c.post(t, "/auth/refresh", nil)))
		}
		b.login(t, "/auth/login", fmt.Sprintf("buyer%d@example.com", b.id))
		require.Equal(t, 200, b.get(t, "/buyers/me").Status)
	})

	t.Run("RefreshTokenHasOneSuccessor", func(t *testing.T) {
		b := r.buyer(t)
		token := cookie(t, b.caller, r.api+"/auth/refresh")
		plain := &caller{base: r.api}
		answers := together(20,
			func(int) *answer { return plain.post(t, "/auth/refresh", nil, "Cookie", "refreshToken="+token) })
		require.Equal(t, 20, codes(answers)["200 TOKEN_REFRESHED"], codes(answers))
		successors := map[string]bool{}
		for _, a := range answers {
			for _, c := range (&http.Response{Header: a.header}).Cookies() {
				successors[c.Value] = true
			}
		}
		require.Len(t, successors, 1)
	})

	t.Run("Limiter", func(t *testing.T) {
		b := r.buyer(t)
		mail := fmt.Sprintf("buyer%d@example.com", b.id)
		c := &caller{base: r.api}
		for range 20 { // malformed requests are no guesses
			require.Equal(t, 400, c.post(t, "/auth/login", map[string]string{"email": mail, "password": "x"}).Status)
		}
		guesses := together(30, func(int) *answer {
			return c.post(t, "/auth/login", map[string]string{"email": mail, "password": "wrong password"})
		})
		require.Equal(t, map[string]int{"401 LOGIN_FAILED": 5, "429 LOGIN_RATE_LIMITED": 25}, codes(guesses))
		right := c.post(t, "/auth/login", map[string]string{"email": strings.ToUpper(mail), "password": password},
			"X-Forwarded-For", "1.2.3.4")
		require.Equal(t, "429 LOGIN_RATE_LIMITED", statusCode(right), "neither another case nor a forged address helps")
		wait, err := strconv.Atoi(right.header.Get("Retry-After"))
		require.NoError(t, err)
		require.True(t, wait > 200 && wait <= 300, wait)

		again := r.buyer(t)
		mail = fmt.Sprintf("buyer%d@example.com", again.id)
		for range 4 {
			require.Equal(t, 401,
				c.post(t, "/auth/login", map[string]string{"email": mail, "password": "wrong password"}).Status)
			require.Equal(t, 200, c.post(t, "/auth/login",
				map[string]string{"email": mail, "password": password}).Status,
				"a success forgets the failures")
		}
	})

	t.Run("LoginIsBounded", func(t *testing.T) {
		c := &caller{base: r.api}
		require.Equal(t, "413 PAYLOAD_TOO_LARGE",
			statusCode(c.post(t, "/auth/login", `{"email":"a@b.co","password":"`+strings.Repeat("x", 9000)+`"}`)))
		require.Equal(t, "401 LOGIN_FAILED",
			statusCode(c.post(t, "/auth/login", map[string]string{"email": "nobody@example.com",
				"password": password})))
	})

	t.Run("SellerNeedsApproval", func(t *testing.T) {
		c, staff := &caller{base: r.api}, r.staff(t)
		signup := map[string]string{
			"email": "shop@example.com", "password": password, "name": "홍길동", "phone": "010-1234-1234", "storeName": "가게",
			"bizNumber": "123-45", "bankCode": "KOOKMIN", "bankAccount": "01-1",
		}
		a := c.post(t, "/seller/auth/signup", signup)
		require.Equal(t, "201 CREATE_SUCCESS", statusCode(a))
		require.NotContains(t, string(a.Data), "bank")
		id := a.id("id")
		login := map[string]string{"email": "shop@example.com", "password": password}
		pending := c.post(t, "/seller/auth/login", login)
		require.Equal(t, "401 SELLER_PENDING", statusCode(pending))
		wrong := c.post(t, "/seller/auth/login", map[string]string{"email": login["email"], "password": "a guess!"})
		require.Equal(t, "401 LOGIN_FAILED", statusCode(wrong))
		require.NotEqual(t, wrong.Message, pending.Message, "the right password is answered with the reason")
		unknownBank := maps.Clone(signup)
		unknownBank["bankCode"] = "HANA"
		require.Equal(t, "400 BANK_CODE_INVALID", statusCode(c.post(t, "/seller/auth/signup", unknownBank)))
		signup["email"] = "shop2@example.com"
		require.Equal(t, "409 DATA_CONFLICT", statusCode(c.post(t, "/seller/auth/signup", signup)))

		path := fmt.Sprintf("/admin/sellers/%d/status", id)
		require.Equal(t, "400 INVALID_INPUT", statusCode(staff.put(t, path, map[string]string{"status": "MAYBE"})))
		require.Equal(t, "APPROVED", staff.put(t, path, map[string]string{"status": "APPROVED"}).field("status"))
		require.Equal(t, "404 SELLER_NOT_FOUND",
			statusCode(staff.put(t, "/admin/sellers/999999/status", map[string]string{"status": "APPROVED"})))
		c.login(t, "/seller/auth/login", "shop@example.com")
		require.Equal(t, "가게", c.get(t, "/sellers/me").field("storeName"))
		require.Equal(t, "새가게", c.put(t, "/sellers/me", map[string]string{"storeName": "새가게"}).field("storeName"))
		require.NotEmpty(t, staff.get(t, "/admin/sellers?status=APPROVED").field("content"))
		require.Equal(t, "400 INVALID_INPUT", statusCode(staff.get(t, "/admin/sellers?status=X")))

		require.Equal(t, 200, staff.put(t, path, map[string]string{"status": "REJECTED"}).Status)
		require.Equal(t, "401 TOKEN_INVALID", statusCode(c.get(t, "/sellers/me")), "a rejected seller is out at once")
		require.Equal(t, "401 TOKEN_EXPIRED", statusCode(c.post(t, "/seller/auth/refresh", nil)))
		require.Equal(t, "401 SELLER_REJECTED", statusCode(c.post(t, "/seller/auth/login", login)))
		require.Equal(t, 200, staff.put(t, path, map[string]string{"status": "SUSPENDED"}).Status)
		require.Equal(t, "401 SELLER_SUSPENDED", statusCode(c.post(t, "/seller/auth/login", login)))
	})

	t.Run("Roles", func(t *testing.T) {
		b, s, staff := r.buyer(t), r.seller(t), r.staff(t)
		require.Equal(t, "403 FORBIDDEN", statusCode(b.get(t, "/seller/products")))
		require.Equal(t, "403 FORBIDDEN", statusCode(s.get(t, "/orders")))
		require.Equal(t, "401 UNAUTHORIZED", statusCode((&caller{base: r.api}).get(t, "/orders")))
		require.Equal(t, "403 FORBIDDEN", statusCode((&caller{base: r.admin, token: b.token}).get(t, "/admin/orders")))
		require.Equal(t, "401 UNAUTHORIZED", statusCode((&caller{base: r.admin}).get(t, "/admin/orders")))
		require.Equal(t, 200, staff.get(t, "/admin/orders").Status)
		require.Equal(t, "200 TOKEN_REFRESHED", statusCode(staff.post(t, "/admin/auth/refresh", nil)))
	})

	t.Run("ForgedTokens", func(t *testing.T) {
		b := r.buyer(t)
		expired, err := auth.NewAccessTokens(r.cfg.JWTSecret, "", -time.Minute).Issue(market.RoleBuyer,
			auth.Session{AccountID: b.id, Family: "f", Opened: time.Now()})
		require.NoError(t, err)
		foreign, err := auth.NewAccessTokens(strings.Repeat("x", 32), "", time.Hour).Issue(market.RoleBuyer,
			auth.Session{AccountID: b.id, Family: "f", Opened: time.Now()})
		require.NoError(t, err)
		unsigned, err := jwt.NewWithClaims(jwt.SigningMethodNone,
			jwt.MapClaims{"sub": fmt.Sprint(b.id), "role": "BUYER",
				"exp": time.Now().Add(time.Hour).Unix()}).SignedString(
			jwt.UnsafeAllowNoneSignatureType)
		require.NoError(t, err)
		for token, want := range map[string]string{
			expired: "401 TOKEN_EXPIRED", foreign: "401 TOKEN_INVALID", unsigned: "401 TOKEN_INVALID",
			"": "401 UNAUTHORIZED", "nonsense": "401 TOKEN_INVALID", b.token +
				"x": "401 TOKEN_INVALID", b.token: "200 READ_SUCCESS",
		} {
			require.Equal(t, want, statusCode((&caller{base: r.api, token: token}).get(t, "/buyers/me")), token)
		}
	})
}

func TestCartsAndAddresses(t *testing.T) {
	t.Parallel()
	r := start(t)
	seller := r.seller(t)

	t.Run("ConcurrentAddsAreOneLine", func(t *testing.T) {
		p := r.product(t, seller.id, 100, 1000)
		b := r.buyers(t, 1)[0]
		answers := together(100, func(int) *answer {
			return b.post(t, "/carts/items", map[string]any{"productId": p.ID, "quantity": 3})
		})
		require.Equal(t, map[string]int{"201 CREATE_SUCCESS": 100}, codes(answers))
		items := b.get(t, "/carts").field("items").(map[string]any)["content"].([]any)
		require.Len(t, items, 1)
		require.Equal(t, 300.0, items[0].(map[string]any)["quantity"])
	})

	t.Run("NeverMoreThanTheStock", func(t *testing.T) {
		p := r.product(t, seller.id, 100, 50)
		b := r.buyers(t, 1)[0]
		answers := together(20, func(int) *answer {
			return b.post(t, "/carts/items", map[string]any{"productId": p.ID, "quantity": 3})
		})
		require.Equal(t, map[string]int{"201 CREATE_SUCCESS": 16, "409 PRODUCT_OUT_OF_STOCK": 4}, codes(answers))
	})

	t.Run("Items", func(t *testing.T) {
		p, hidden := r.product(t, seller.id, 100, 10), r.product(t, seller.id, 100, 10)
		b := r.buyers(t, 1)[0]
		path := fmt.Sprintf("/carts/items/%d", p.ID)
		require.Equal(t, "404 CART_ITEMS_NOT_FOUND", statusCode(b.put(t, path, map[string]int{"quantity": 1})))
		require.Equal(t, "404 CART_ITEMS_NOT_FOUND", statusCode(b.delete(t, path)))
		require.Equal(t, 201,
			b.post(t, "/carts/items?sort=createdAt,desc&size=1",
				map[string]any{"productId": p.ID, "quantity": 1}).Status)
		require.Equal(t, "409 PRODUCT_OUT_OF_STOCK", statusCode(b.put(t, path, map[string]int{"quantity": 11})))
		require.Equal(t, 200, b.put(t, path, map[string]int{"quantity": 10}).Status)
		require.Equal(t, "404 PRODUCT_NOT_FOUND",
			statusCode(b.post(t, "/carts/items", map[string]any{"productId": 1 << 40, "quantity": 1})))
		require.Equal(t, "400 INVALID_INPUT", statusCode(b.post(t, "/carts/items", map[string]any{"productId": p.ID})))
		require.Equal(t, "200 DELETE_SUCCESS", statusCode(b.delete(t, path)))
		require.Equal(t, 200,
			seller.put(t, fmt.Sprintf("/seller/products/%d", hidden.ID), map[string]string{"status": "HIDDEN"}).Status)
		require.Equal(t, "404 PRODUCT_NOT_FOUND",
			statusCode(b.post(t, "/carts/items", map[string]any{"productId": hidden.ID, "quantity": 1})))
	})

	t.Run("Addresses", func(t *testing.T) {
		b, stranger := r.buyer(t), r.buyers(t, 1)[0]
		require.True(t, list(b.get(t, "/addresses"))[0]["isDefault"].(bool), "the first becomes the default")
		added := together(20, func(i int) *answer {
			return b.post(t, "/addresses", map[string]string{"recipient": fmt.Sprint("r", i), "phone": "1",
				"detail": "d"})
		})
		require.Equal(t, map[string]int{"201 CREATE_SUCCESS": 20}, codes(added))
		makeDefault := together(20, func(i int) *answer {
			return b.put(t, fmt.Sprintf("/addresses/%d", added[i].id("addressId")), map[string]bool{"isDefault": true})
		})
		require.Equal(t, map[string]int{"200 UPDATE_SUCCESS": 20}, codes(makeDefault))
		defaults := 0
		for _, a := range list(b.get(t, "/addresses")) {
			if a["isDefault"].(bool) {
				defaults++
				require.Equal(t, 200, b.delete(t, fmt.Sprintf("/addresses/%v", a["addressId"])).Status)
			}
		}
		require.Equal(t, 1, defaults)
		require.True(t, list(b.get(t, "/addresses"))[0]["isDefault"].(bool), "the oldest follows a deleted default")
		foreign := fmt.Sprintf("/addresses/%d", stranger.addressID)
		require.Equal(t, "404 ADDRESS_NOT_FOUND", statusCode(b.put(t, foreign, map[string]string{"recipient": "x"})))
		require.Equal(t, "404 ADDRESS_NOT_FOUND", statusCode(b.delete(t, foreign)))
	})
}

func TestSellerProducts(t *testing.T) {
	t.Parallel()
	r := start(t)
	seller, rival := r.seller(t), r.seller(t)
	category := r.product(t, seller.id, 1_00, 1).CategoryID
	body := map[string]any{"categoryId": category, "name": "의자", "price": 12900, "stock": 7, "description": "원목"}

	created := seller.post(t, "/seller/products", body)
	require.Equal(t, "201 CREATE_SUCCESS", statusCode(created))
	path := fmt.Sprintf("/seller/products/%d", created.id("id"))
	for field, value := range map[string]any{
		"price": 12900.5, "name": "", "categoryId": 0, "stock": -1, "description": strings.Repeat("가", 256),
	} {
		broken := map[string]any{}
		for k, v := range body {
			broken[k] = v
		}
		broken[field] = value
		require.Equal(t, "400 INVALID_INPUT", statusCode(seller.post(t, "/seller/products", broken)), field)
	}
	body["categoryId"] = 1 << 40
	require.Equal(t, "404 CATEGORY_NOT_FOUND", statusCode(seller.post(t, "/seller/products", body)))
	require.Equal(t, "403 FORBIDDEN", statusCode(rival.put(t, path, map[string]any{"price": 1})))
	require.Equal(t, "403 FORBIDDEN", statusCode(rival.put(t, path+"/stock", map[string]any{"stock": 1})))
	require.Equal(t, "403 FORBIDDEN", statusCode(rival.delete(t, path)))
	require.Equal(t, "404 PRODUCT_NOT_FOUND",
		statusCode(seller.put(t, "/seller/products/999999", map[string]any{"price": 1})))
	require.Equal(t, "책상", seller.put(t, path, map[string]any{"name": "책상", "description": ""}).field("name"))
	require.Equal(t, 9.0, seller.put(t, path+"/stock", map[string]any{"stock": 9}).field("stock"))
	require.Equal(t, "409 DATA_CONFLICT",
		statusCode(seller.put(t, path+"/stock", map[string]any{"stock": 1, "expectedStock": 7})))
	require.Equal(t, 1.0, seller.put(t, path+"/stock", map[string]any{"stock": 1, "expectedStock": 9}).field("stock"))

	t.Run("StockIsWhatCanBeOrdered", func(t *testing.T) {
		p := r.product(t, seller.id, 100_00, 5)
		b := r.buyers(t, 1)[0]
		r.placeOrder(t, b, p.ID)
		set := func(body any) *answer { return seller.put(t, stockPath(p.ID), body) }
		shows := func(a *answer, stock, onHand int) {
			t.Helper()
			require.Equal(t, 200, a.Status, a)
			require.EqualValues(t, stock, a.field("stock"))
			require.EqualValues(t, onHand, a.field("onHand"))
			require.EqualValues(t, stock, r.stock(t, p.ID))
			require.Contains(t, string(seller.get(t, "/seller/products?sort=id,desc&size=1").Data),
				fmt.Sprintf(`"stock":%d,`, stock), "GET and PUT agree")
		}
		shows(set(map[string]int{"stock": 10}), 10, 11)
		shows(set(map[string]int{"stock": 10}), 10, 11)
		shows(set(map[string]int{"stock": 0}), 0, 1)
		shows(set(map[string]int{"onHand": 10}), 9, 10)
		shows(set(map[string]any{"onHand": 1, "stock": nil}), 0, 1)
		few := set(map[string]any{"onHand": 0})
		require.Equal(t, "409 DATA_CONFLICT", statusCode(few), "a piece is reserved")
		require.Contains(t, few.String(), `"field":"onHand"`)
		for body, field := range map[string]string{
			`{}`: "stock", `{"stock":null}`: "stock", `{"stock":1,"onHand":2}`: "stock", `{"onHand":-1}`: "onHand",
			`{"expectedStock":0}`: "stock", `{"stock":1000000001}`: "stock", `{"onHand":"1"}`: "onHand",
		} {
			a := set(body)
			require.Equal(t, "400 INVALID_INPUT", statusCode(a), body)
			require.Contains(t, a.String(), fmt.Sprintf(`"field":%q`, field), body)
		}
		require.Zero(t, r.stock(t, p.ID))
	})
	t.Run("StockAgainstRunningOrders", func(t *testing.T) {
		const buyers, refills, refill = 60, 10, 10
		p := r.product(t, seller.id, 100, buyers)
		people := r.buyers(t, buyers)
		items := make([]int64, buyers)
		for i, b := range people {
			items[i] = r.fill(t, b.id, p.ID, 1)
		}
		stockPath := fmt.Sprintf("/seller/products/%d/stock", p.ID)
		together(buyers+1, func(i int) *answer {
			if i < buyers {
				return people[i].insist(t, "/orders", people[i].order(items[i]))
			}
			for added := 0; added < refills; { // add ten pieces, ten times, while buyers buy
				now, reserved := r.stock(t, p.ID), r.count(t, "SELECT reserved FROM products WHERE id = $1", p.ID)
				change := map[string]any{"onHand": int(now) + reserved + refill, "expectedReserved": reserved}
				if added%2 == 0 {
					change = map[string]any{"stock": now + refill}
				}
				change["expectedStock"] = now
				if seller.put(t, stockPath, change).Status == http.StatusOK {
					added++
				}
			}
			return nil
		})
		require.EqualValues(t, refills*refill, r.stock(t, p.ID), "no deduction and no refill was lost")
	})

	require.Equal(t, "200 DELETE_SUCCESS", statusCode(seller.delete(t, path)))
	require.Equal(t, "404 PRODUCT_NOT_FOUND", statusCode(seller.delete(t, path)))
	r.verify(t)
}

func statusCode(a *answer) string { return fmt.Sprint(a.Status, " ", a.Code) }

// cookie is the refresh token that a client would send to a URL.
func cookie(t *testing.T, c *caller, url string) string {
	t.Helper()
	req, err := http.NewRequest(http.MethodPost, url, nil)
	require.NoError(t, err)
	for _, k := range c.client.Jar.Cookies(req.URL) {
		if k.Name == "refreshToken" {
			return k.Value
		}
	}
	return ""
}

// redis returns a client of the rig's Redis database.
func (r *rig) redisClient(t *testing.T) *redis.Client {
	t.Helper()
	opt, err := redis.ParseURL(r.cfg.RedisURL)
	require.NoError(t, err)
	c := redis.NewClient(opt)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// usedLongAgo makes the grace period of a replaced refresh token end.
func (r *rig) usedLongAgo(t *testing.T, token string) {
	t.Helper()
	ctx, sum := context.Background(), sha256.Sum256([]byte(token))
	key := "{auth}:refresh:used:" + hex.EncodeToString(sum[:])
	value, err := r.redisClient(t).Get(ctx, key).Result()
	require.NoError(t, err)
	fields := strings.Fields(value)
	require.Len(t, fields, 5)
	fields[3] = strconv.FormatInt(time.Now().Add(-11*time.Second).UnixMilli(), 10)
	require.NoError(t, r.redisClient(t).Set(ctx, key, strings.Join(fields, " "), time.Hour).Err())
}
