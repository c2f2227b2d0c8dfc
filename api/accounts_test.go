package api

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/login"
	"github.com/all-in-market/market/internal/market"
	"github.com/all-in-market/market/internal/store"
	"github.com/all-in-market/market/internal/testrig/fakestore"
)

const (
	aBuyer  = `{"email":" Kim@Example.com ","password":"correct horse","name":"김구매","phone":"010-1234-5678"}`
	aSeller = `{"email":"s@example.com","password":"correct horse","name":"박판매","phone":"02-123-4567","storeName":"서점",` +
		`"bizNumber":"123-45-67891","bankCode":"KOOKMIN","bankAccount":"110-123"}`
)

func TestSignUp_NewAccount_IsStoredWithAHash(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	s.store.Returns("SignUpSeller", int64(31))
	var stored store.BuyerSignup
	s.store.Does("SignUpBuyer", func(args ...any) ([]any, error) {
		stored = args[0].(store.BuyerSignup)
		return []any{int64(30)}, nil
	})
	got := s.send(t, "POST /auth/signup", aBuyer)
	require.Equal(t, 201, got.Status, got.body)
	require.Equal(t, "REGISTER_SUCCESS", got.Code)
	require.JSONEq(t, `{"email":"kim@example.com","name":"김구매","phone":"010-1234-5678"}`, string(got.Data))
	require.True(t, strings.HasPrefix(stored.PasswordHash, "$2a$"), "a bcrypt hash")
	got = s.send(t, "POST /seller/auth/signup", aSeller)
	require.Equal(t, 201, got.Status, got.body)
	require.JSONEq(t, `31`, fieldOf(t, got, "id"))
	require.JSONEq(t, `"PENDING"`, fieldOf(t, got, "status"))
	require.NotContains(t, got.body, "110-123", "the bank account is not repeated")
	require.NotContains(t, got.body, "correct horse")
	for _, call := range s.store.Calls() {
		require.NotContains(t, call, "correct horse")
	}
}

func TestSignUp_BadFields_AreNamedAndStoreNothing(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	for _, c := range []struct{ route, valid, field, value, code string }{
		{"POST /auth/signup", aBuyer, "email", "kim", "INVALID"},
		{"POST /auth/signup", aBuyer, "email", times("k", 100) + "@example.com", "INVALID"},
		{"POST /auth/signup", aBuyer, "email", "", "REQUIRED"},
		{"POST /auth/signup", aBuyer, "password", "1234567", "INVALID"},
		{"POST /auth/signup", aBuyer, "password", "password", "INVALID"},
		{"POST /auth/signup", aBuyer, "password", times("가", 25), "INVALID"},
		{"POST /auth/signup", aBuyer, "name", times("n", 51), "TOO_LONG"},
		{"POST /auth/signup", aBuyer, "phone", "0101234", "INVALID"},
		{"POST /seller/auth/signup", aSeller, "storeName", times("n", 101), "TOO_LONG"},
		{"POST /seller/auth/signup", aSeller, "bizNumber", "---", "INVALID"},
		{"POST /seller/auth/signup", aSeller, "bankCode", "BANK_OF_NOWHERE", "BANK_CODE_INVALID"},
		{"POST /seller/auth/signup", aSeller, "bankAccount", times("1", 51), "TOO_LONG"},
	} {
		got := s.send(t, c.route, with(c.valid, c.field, c.value))
		require.Equal(t, 400, got.Status, "%s %s=%.20q: %s", c.route, c.field, c.value, got.body)
		require.Len(t, got.fields(), 1, got.body)
		require.Equal(t, c.field, got.Errors[0].Field)
		if c.field != "email" || c.value == "" { // which has texts of its own for each rule
			require.Equal(t, c.code, got.Errors[0].Code, "%s=%.20q", c.field, c.value)
		}
	}
	require.Empty(t, s.store.Calls())
}

// with returns a JSON object with another value of a field.
func with(object, field, value string) string {
	before, rest, _ := strings.Cut(object, `"`+field+`":"`)
	_, after, _ := strings.Cut(rest, `"`)
	return before + fmt.Sprintf(`"%s":%q`, field, value) + after
}

func TestSignUp_AddressTaken_IsRefused(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	s.store.Fails("SignUpBuyer", market.Refuse(market.CodeEmailAlreadyExists))
	got := s.send(t, "POST /auth/signup", aBuyer)
	require.Equal(t, 400, got.Status)
	require.Equal(t, []string{"email EMAIL_ALREADY_EXISTS"}, got.fields())
}

func TestSignUp_Documents_AreThoseInForce(t *testing.T) {
	t.Parallel()
	s := newStand(t, func(s *Server) {
		s.Auth.Documents = login.Documents{
			Terms:   login.Document{Version: "t2", URL: "https://market.example/terms"},
			Privacy: login.Document{Version: "p2"}, Consent: login.ConsentRequired,
		}
	})
	got := s.send(t, "GET /legal-documents", "")
	require.JSONEq(t, `{"terms":{"version":"t2","url":"https://market.example/terms"},"privacy":{"version":"p2","url":""},
		"consent":"required"}`, string(got.Data))
	require.Equal(t, "CONSENT_REQUIRED", s.send(t, "POST /auth/signup", aBuyer).Code)
	agreed := aBuyer[:len(aBuyer)-1] + `,"termsVersion":"t1","privacyVersion":"p2"}`
	require.Equal(t, "CONSENT_OUTDATED", s.send(t, "POST /auth/signup", agreed).Code)
	require.Empty(t, s.store.Calls())
	require.Equal(t, 201, s.send(t, "POST /auth/signup", strings.Replace(agreed, "t1", "t2", 1)).Status)
	require.Contains(t, s.store.Calls()[0], `{"Document":"TERMS","Version":"t2"},{"Document":"PRIVACY","Version":"p2"}`)
}

// knowsPassword lets the accounts of a stand have a password.
func knowsPassword(t *testing.T, s *stand, password string) {
	t.Helper()
	hash, err := s.Auth.Passwords.Hash(t.Context(), password)
	require.NoError(t, err)
	s.store.Returns("BuyerSecret", hash)
	s.store.Returns("SellerSecret", hash)
}

// A stolen token is not enough to take an account over.
func TestProfile_Secrets_NeedTheCurrentPassword(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ route, body, method string }{
		{"PUT /buyers/me", `{"email":"new@example.com"%s}`, "UpdateBuyer"},
		{"PUT /buyers/me", `{"password":"another horse"%s}`, "UpdateBuyer"},
		{"PUT /sellers/me", `{"password":"another horse"%s}`, "UpdateSeller"},
		{"PUT /sellers/me", `{"email":"new@example.com"%s}`, "UpdateSeller"},
		{"PUT /sellers/me", `{"bankCode":"SHINHAN"%s}`, "UpdateSeller"},
		{"PUT /sellers/me", `{"bankAccount":"1"%s}`, "UpdateSeller"},
		{"PUT /sellers/me", `{"bizNumber":"999-99-99999"%s}`, "UpdateSeller"},
		{"DELETE /buyers/me", `{"x":1%s}`, "WithdrawBuyer"},
		{"DELETE /sellers/me", `{"x":1%s}`, "WithdrawSeller"},
	} {
		s := newStand(t)
		knowsPassword(t, s, "correct horse")
		for typed, want := range map[string]int{``: 400, `,"currentPassword":"wrong horse"`: 400,
			`,"currentPassword":""`: 400} {
			got := s.send(t, c.route, fmt.Sprintf(c.body, typed))
			require.Equal(t, want, got.Status, "%s %s: %s", c.route, c.body, got.body)
			require.Equal(t, "currentPassword", got.Errors[0].Field)
			require.Empty(t, s.store.Calls(c.method), c.route)
		}
		got := s.send(t, c.route, fmt.Sprintf(c.body, `,"currentPassword":"correct horse"`))
		require.Equal(t, 200, got.Status, "%s %s: %s", c.route, c.body, got.body)
		require.Len(t, s.store.Calls(c.method), 1, c.route)
		require.NotEmpty(t, s.noted, "%s is a security event", c.route)
	}
}

func TestProfile_OtherFields_NeedNoPassword(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	require.Equal(t, 200, s.send(t, "PUT /buyers/me", `{"name":"이구매","phone":"010-9999-9999","email":" "}`).Status)
	require.Equal(t, 200, s.send(t, "PUT /sellers/me", `{"storeName":"새 서점"}`).Status)
	require.Equal(t, []string{`UpdateBuyer(7, {"Name":"이구매","Phone":"010-9999-9999"})`}, s.store.Calls("UpdateBuyer"))
	require.Len(t, s.store.Calls("UpdateSeller"), 1)
	require.Contains(t, s.store.Calls("UpdateSeller")[0], `"StoreName":"새 서점"`)
	require.Contains(t, s.store.Calls("UpdateSeller")[0], `"PayoutPause":259200000000000`)
	require.Empty(t, s.noted)
}

// TestProfile_CurrentAddress_IsNoChange, and needs no password.
func TestProfile_CurrentAddress_IsNoChange(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	s.store.Returns("Buyer", market.Buyer{ID: buyerID, Email: "kim@example.com"})
	got := s.send(t, "PUT /buyers/me", `{"email":"kim@example.com","name":"n"}`)
	require.Equal(t, 200, got.Status, got.body)
	require.Equal(t, []string{`UpdateBuyer(7, {"Name":"n"})`}, s.store.Calls("UpdateBuyer"))
}

func TestWithdrawal_Done_EndsTheTokens(t *testing.T) {
	t.Parallel()
	for _, route := range []string{"DELETE /buyers/me", "DELETE /sellers/me"} {
		s := newStand(t)
		knowsPassword(t, s, "correct horse")
		require.Equal(t, 200, s.send(t, route, `{"currentPassword":"correct horse"}`).Status)
		got := s.send(t, route, `{"currentPassword":"correct horse"}`)
		require.Equal(t, 401, got.Status, "%s: %s", route, got.body)
	}
}

func TestEmailVerification_MailsOff_IsUnavailable(t *testing.T) {
	t.Parallel()
	for route, call := range map[string]string{
		"POST /buyers/me/email-verification":  `RequestEmailVerification("BUYER", 7)`,
		"POST /sellers/me/email-verification": `RequestEmailVerification("SELLER", 8)`,
	} {
		s := newStand(t)
		got := s.send(t, route, "")
		require.Equal(t, "MAIL_UNAVAILABLE", got.Code)
		require.Empty(t, s.store.Calls())
		s.Auth.MailsSent = true
		require.Equal(t, http.StatusAccepted, s.send(t, route, "").Status)
		require.Equal(t, []string{call}, s.store.Calls())
	}
}

// pngOf returns a form with an image of some pixels, and further fields.
func pngOf(t *testing.T, width, height int, fields ...string) (body, contentType string) {
	t.Helper()
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	for i := 0; i < len(fields); i += 2 {
		require.NoError(t, form.WriteField(fields[i], fields[i+1]))
	}
	part, err := form.CreateFormFile("image", "a.png")
	require.NoError(t, err)
	require.NoError(t, png.Encode(part, image.NewRGBA(image.Rect(0, 0, width, height))))
	require.NoError(t, form.Close())
	return b.String(), form.FormDataContentType()
}

func TestAddImage_OfTheSellersProduct_IsKeptAndServed(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	s.store.Does("AddImage", func(args ...any) ([]any, error) {
		i := args[2].(store.Image)
		i.ID = 6
		return []any{i}, nil
	})
	body, contentType := pngOf(t, 40, 30, "sortOrder", "2", "representative", "true")
	got := s.send(t, "POST /seller/products/5/images", body, "Content-Type", contentType)
	require.Equal(t, 201, got.Status, got.body)
	require.JSONEq(t, `6`, fieldOf(t, got, "imageId"))
	require.JSONEq(t, `40`, fieldOf(t, got, "width"))
	require.JSONEq(t, `2`, fieldOf(t, got, "sortOrder"))
	require.JSONEq(t, `true`, fieldOf(t, got, "representative"))
	address := strings.Trim(fieldOf(t, got, "imageUrl"), `"`)
	require.True(t, strings.HasPrefix(address, "https://market.example/images/products/5/"), address)
	served := s.send(t, "GET "+strings.TrimPrefix(address, "https://market.example"), "")
	require.Equal(t, 200, served.Status)
	require.Equal(t, "image/png", served.header.Get("Content-Type"))
	calls := s.store.Calls()
	require.Equal(t, "CheckRoomForImage(8, 5)", calls[0])
	require.True(t, strings.HasPrefix(calls[1], "AnnounceObject("), "before it is written: %s", calls[1])
}

func TestDeleteImage_OfTheSellersProduct_IsNoLongerServed(t *testing.T) {
	t.Parallel()
	s := newStand(t)
	s.store.Returns("DeleteImage", store.Image{ID: 6, ObjectKey: "products/5/a.png"})
	got := s.send(t, "DELETE /seller/products/5/images/6", "")
	require.Equal(t, 200, got.Status, got.body)
	require.Equal(t, []string{`DeleteImage(8, ` + fakestore.Show(store.ProductImage{ProductID: 5, ImageID: 6}) + `)`},
		s.store.Calls("DeleteImage"))
	require.Equal(t, 404, s.send(t, "GET /images/products/5/a.png", "").Status)
	s.store.Fails("DeleteImage", market.Refuse(market.CodeForbidden))
	require.Equal(t, 403, s.send(t, "DELETE /seller/products/5/images/6", "").Status)
}
