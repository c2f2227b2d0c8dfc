package web

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
)

// TestFormsAreHeldToTheirRules as bodies of JSON are.
func TestFormsAreHeldToTheirRules(t *testing.T) {
	t.Parallel()
	type account struct {
		Name     string `json:"name" validate:"required,max=5"`
		Password string `json:"password"`
	}
	var in account
	require.NoError(t, DecodeForm(url.Values{"name": {" 김새로 "}, "password": {" secret "}, "other": {"x"}}, &in))
	require.Equal(t, account{"김새로", " secret "}, in)
	for _, bad := range []string{"", "  ", strings.Repeat("가", 6), "a\x00", "\xff"} {
		require.Equal(t, market.CodeInvalidInput, market.CodeOf(DecodeForm(url.Values{"name": {bad}}, &account{})), bad)
	}
}

func TestCheck_ControlCharacters_AreRefusedWithTheirField(t *testing.T) {
	t.Parallel()
	type request struct {
		Tracking    string  `json:"trackingNumber"`
		Description *string `json:"description"`
		Items       []struct {
			Name string `json:"name"`
		} `json:"items"`
		Labels map[string]string `json:"labels"`
	}
	for body, field := range map[string]string{
		`{"trackingNumber":"1\rdata: forged"}`: "trackingNumber", `{"trackingNumber":"1\n"}`: "trackingNumber",
		`{"trackingNumber":"\u0085"}`: "trackingNumber", `{"description":"a\u0000"}`: "description",
		`{"items":[{"name":"a"},{"name":"\u001b[2J"}]}`: "name", `{"labels":{"a":"\u007f"}}`: "labels",
	} {
		err := unmarshal([]byte(body), "", &request{})
		require.Equal(t, market.CodeInvalidInput, market.CodeOf(err), body)
		require.ErrorContains(t, err, field, body)
	}
	lines := `{"trackingNumber":"12-34 가","description":"two\r\nlines\tand more"}`
	require.NoError(t, unmarshal([]byte(lines), "", &request{}))
}

func TestFieldOf_Refusal_NamesTheFieldAtFault(t *testing.T) {
	t.Parallel()
	type request struct {
		Email market.Email `json:"email" validate:"omitempty,email,max=100"`
		Store string       `json:"storeName" validate:"max=3"`
		Other string       `json:"other" validate:"max=3"`
	}
	for field, form := range map[string]url.Values{
		"email": {"email": {"no address"}}, "storeName": {"storeName": {"four"}}, "other": {"other": {"four"}},
		"control": {"control": {"\x00"}},
	} {
		var in request
		require.Equal(t, field, FieldOf(DecodeForm(form, &in)), field)
	}
	require.Equal(t, "email", FieldOf(market.RefuseWith(market.CodeInvalidInput, "seller.email.max")))
	require.Equal(t, "currentPassword", FieldOf(market.Refuse(market.CodeCurrentPasswordWrong)))
	for _, err := range []error{nil, errors.New("x"), market.Refuse(market.CodeDataConflict)} {
		require.Empty(t, FieldOf(err))
	}
}

func TestDecodeForm_Password_KeepsItsBlanks(t *testing.T) {
	t.Parallel()
	var in struct {
		Name            string `json:"name"`
		Password        string `json:"password"`
		CurrentPassword string `json:"currentPassword"`
	}
	require.NoError(t, DecodeForm(url.Values{"name": {" n "}, "password": {" p "}, "currentPassword": {" c "}}, &in))
	require.Equal(t, []string{"n", " p ", " c "}, []string{in.Name, in.Password, in.CurrentPassword})
}
