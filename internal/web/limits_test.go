package web

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
)

// A limit by its name is refused like one by its number: with the text of the rule that is broken.
func TestCheck_NamedLimit_IsRefusedByItsRule(t *testing.T) {
	t.Parallel()
	in := struct {
		Name     string       `json:"name" validate:"required,personname"`
		Password string       `json:"password" validate:"required,newpassword"`
		Email    market.Email `json:"email" validate:"omitempty,emailaddress"`
		Quantity int32        `json:"quantity" validate:"pieces"`
	}{strings.Repeat("가", market.MaxPersonName), "correct horse", "", market.MaxPieces}
	require.NoError(t, Check(&in))

	in.Name += "가"
	in.Password = "short"
	in.Email = market.Email(strings.Repeat("a", market.MaxEmail) + "@example.com")
	in.Quantity++
	err := Check(&in)
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", nil)
	r.Header.Set("Accept-Language", "en")
	require.Equal(t, []fieldError{
		{"name", "TOO_LONG", "name must have at most 50 characters."},
		{"password", "INVALID", "password must have 8 characters or more, and at most 72 bytes."},
		{"email", "INVALID", "email is not an email address."},
		{"quantity", "INVALID", "quantity is too large."},
	}, fieldErrors(r, err))
}
