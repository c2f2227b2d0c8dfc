package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
)

// fieldsOf returns a field of each element of a list, and the page's size.
func fieldsOf(t *testing.T, data json.RawMessage, field string) (values []any, size int) {
	t.Helper()
	var page struct {
		Content []map[string]any `json:"content"`
		Size    int              `json:"size"`
	}
	require.NoError(t, json.Unmarshal(data, &page))
	for _, element := range page.Content {
		values = append(values, element[field])
	}
	return values, page.Size
}

// It reads each list without parameters, and sorted as Spring sorts.
func TestLists_OfTheOriginal_HaveItsSizeAndOrder(t *testing.T) {
	t.Parallel()
	r := start(t)
	seller, staff, b := r.seller(t), r.staff(t), r.buyer(t)
	anybody := &caller{base: r.api}
	var products, items []any
	for i := range 12 {
		p := r.product(t, seller.id, market.Money(100_00*(1+i%2)), 10)
		products = append(products, float64(p.ID))
		items = append(items, float64(r.fill(t, b.id, p.ID, 1)))
	}
	cart := func(a *answer) json.RawMessage {
		var c struct {
			Items json.RawMessage `json:"items"`
		}
		require.NoError(t, json.Unmarshal(a.Data, &c))
		return c.Items
	}
	oldest := func(data json.RawMessage, all []any, field string) {
		t.Helper()
		got, size := fieldsOf(t, data, field)
		require.Equal(t, 10, size)
		require.Equal(t, all[:min(10, len(all))], got, "the oldest first")
	}
	oldest(anybody.get(t, "/products").Data, products, "id")
	oldest(seller.get(t, "/seller/products").Data, products, "id")
	oldest(cart(b.get(t, "/carts")), items, "id")
	oldest(cart(b.put(t, fmt.Sprintf("/carts/items/%v", products[0]), map[string]int{"quantity": 2})), items, "id")

	var orders []any
	for _, p := range products[:3] {
		orders = append(orders, float64(r.placeOrder(t, b, int64(p.(float64)))))
		require.Equal(t, 201, b.post(t, "/payments", payBody(int64(orders[len(orders)-1].(float64)))).Status)
	}
	oldest(seller.get(t, "/seller/orderitems").Data, orders, "orderId")
	oldest(staff.get(t, "/admin/orders").Data, orders, "orderId")
	_, err := r.store.Pool().Exec(t.Context(), `INSERT INTO settlements
			(seller_id, amount, payable, fee, period_start, period_end, status, type, created_at)
		SELECT $1, 100 - n, 100 - n, 0, date '2026-01-01' + n, date '2026-01-01' + n, 'COMPLETED', 'MID', now() + n * interval '1 s'
		FROM generate_series(1, 3) n`, seller.id)
	require.NoError(t, err)
	days, size := fieldsOf(t, seller.get(t, "/seller/settlements").Data, "periodStart")
	require.Equal(t, []any{"2026-01-02", "2026-01-03", "2026-01-04"}, days)
	require.Equal(t, 10, size)
	amounts, _ := fieldsOf(t, seller.get(t, "/seller/settlements?sort=amount").Data, "amount")
	require.Equal(t, []any{97.0, 98.0, 99.0}, amounts)
	sellers := staff.get(t, "/admin/sellers?sort=storeName&sort=email,desc")
	require.Equal(t, 200, sellers.Status, sellers)

	// The twelve products by price, then the newest.
	cheap, dear := []any{}, []any{}
	for i := len(products) - 1; i >= 0; i-- {
		if i%2 == 0 {
			cheap = append(cheap, products[i])
		} else {
			dear = append(dear, products[i])
		}
	}
	want := slices.Concat(cheap, dear)
	for _, sort := range []string{"sort=price,asc&sort=id,desc", "sort=price&sort=createdAt,desc&sort=price,desc"} {
		for _, path := range []string{"/products", "/seller/products"} {
			got, next := []any{}, "?size=5&"+sort
			for next != "" {
				a := seller.get(t, path+next)
				require.Equal(t, 200, a.Status, a)
				page, _ := fieldsOf(t, a.Data, "id")
				got = append(got, page...)
				if next, _ = a.field("nextCursor").(string); next != "" {
					next = "?size=5&cursor=" + next
				}
			}
			require.Equal(t, want, got, "%s?%s", path, sort)
		}
	}
	for path, c := range map[string]*caller{
		"/products": anybody, "/seller/products": seller.caller, "/carts": b.caller, "/seller/orderitems": seller.caller,
		"/seller/settlements": seller.caller, "/admin/orders": staff.caller, "/admin/sellers": staff.caller,
		"/admin/refunds": staff.caller, "/orders": b.caller,
	} {
		for _, sort := range []string{"sort=secret", "sort=id,sideways", "sort=createdAt,desc&sort=secret"} {
			a := c.get(t, path+"?"+sort)
			require.Equal(t, "400 INVALID_INPUT", statusCode(a), "%s?%s", path, sort)
			require.Contains(t, a.String(), `"field":"sort"`)
		}
	}
	require.Equal(t, 200, seller.get(t, "/seller/products?sort=createdAt,desc").Status)
}

// It reads cached answers, whole and unchanged, compressed and not.
func TestLists_Cached_VaryByWhatTheyDependOn(t *testing.T) {
	t.Parallel()
	r := start(t)
	seller := r.seller(t)
	var last market.Product
	for range 8 {
		last = r.product(t, seller.id, 100_00, 10)
	}
	for path, own := range map[string]bool{
		"/categories": false, "/products": false, fmt.Sprintf("/products/%d", last.ID): false, "/products?page=11": false,
		"/products?keyword=x": false, "/seller/products": true, "/seller/products?page=3": false, "/seller/settlements": true,
		"/seller/dashboard": true,
	} {
		for _, encoding := range []string{"gzip", "identity"} {
			header := func(tag string) (int, []string) {
				req, err := http.NewRequest(http.MethodGet, r.api+path, nil)
				require.NoError(t, err)
				req.Header.Set("Authorization", "Bearer "+seller.token)
				req.Header.Set("Accept-Encoding", encoding)
				if tag != "" {
					req.Header.Set("If-None-Match", tag)
				}
				resp, err := sharedClient.Do(req)
				require.NoError(t, err)
				require.NoError(t, resp.Body.Close())
				if tag == "" && resp.Header.Get("ETag") != "" {
					tag = resp.Header.Get("ETag")
				}
				return resp.StatusCode, append(resp.Header.Values("Vary"), tag)
			}
			status, vary := header("")
			require.Equal(t, 200, status, path)
			tag := vary[len(vary)-1]
			fits := func(vary []string) {
				t.Helper()
				all := strings.Join(vary[:len(vary)-1], ", ")
				require.Equal(t, 1, strings.Count(all, "Accept-Language"), "%s %s: %s", path, encoding, all)
				require.Equal(t, 1, strings.Count(all, "Accept-Encoding"), "%s %s: %s", path, encoding, all)
				require.Equal(t, own, strings.Contains(all, "Authorization"), "%s %s: %s", path, encoding, all)
			}
			fits(vary)
			if tag != "" {
				status, vary = header(tag)
				require.Equal(t, http.StatusNotModified, status)
				fits(vary)
			}
		}
	}
}

func TestSignup_InternationalisedDomain_IsOneAddressInEitherForm(t *testing.T) {
	t.Parallel()
	r := start(t)
	anybody := &caller{base: r.api}
	body := map[string]string{"email": "Kim@한국.example", "password": password, "name": "김", "phone": "010-1111-2222"}
	a := anybody.post(t, "/auth/signup", body)
	require.Equal(t, 201, a.Status, a)
	require.Equal(t, "kim@xn--3e0b707e.example", a.field("email"))
	for _, email := range []string{"kim@한국.example", "kim@xn--3e0b707e.example", "KIM@XN--3E0B707E.example"} {
		login := anybody.post(t, "/auth/login", map[string]string{"email": email, "password": password})
		require.Equal(t, 200, login.Status, email)
		body["email"] = email
		require.Equal(t, "400 EMAIL_ALREADY_EXISTS", statusCode(anybody.post(t, "/auth/signup", body)), email)
	}
}
