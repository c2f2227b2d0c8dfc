package web

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
)

func TestDecodeForm_Invalid_IsRefused(t *testing.T) {
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

type note struct {
	Text string `json:"text" text:"lines"`
}

func TestUnmarshal_HostileTexts_AreRefusedWithTheirField(t *testing.T) {
	t.Parallel()
	type request struct {
		note                // embedded, and not exported
		Tracking    string  `json:"trackingNumber"`
		Description *string `json:"description" text:"lines"`
		Items       []struct {
			Name string `json:"name"`
		} `json:"items"`
		Labels map[string]string `json:"labels"`
		Email  market.Email      `json:"email"`
	}
	for body, field := range map[string]string{
		`{"trackingNumber":"1\rdata: forged"}`: "trackingNumber", `{"trackingNumber":"1\n2"}`: "trackingNumber",
		`{"trackingNumber":"\u0085"}`: "trackingNumber", `{"description":"a\u0000"}`: "description",
		`{"items":[{"name":"a"},{"name":"\u001b[2J"}]}`: "items[1].name", `{"labels":{"a":"\u007f"}}`: "labels",
		`{"text":"a\tb"}`: "text", `{"description":"a\rb"}`: "description", `{"trackingNumber":"\ud800"}`: "trackingNumber",
		`{"items":[{"name":"abc\u202edef"}]}`: "items[0].name", "{\"labels\":{\"a\":\"\xb0\xa1\"}}": "body",
	} {
		err := unmarshal([]byte(body), "", &request{})
		require.Equal(t, market.CodeInvalidInput, market.CodeOf(err), body)
		require.Equal(t, field, FieldOf(err), body)
	}
	var in request
	body := `{"text":" 한\r\n줄 ","trackingNumber":" 12-34 ᄀ\u1161","description":"two\r\nlines","items":[{"name":"\u200bㅤ"},
		{"name":"Cafe\u0301"}],"labels":{"a":" b"},"email":" \u200b "}`
	require.NoError(t, unmarshal([]byte(body), "", &in))
	lines := "two\nlines"
	require.Equal(t, request{
		note: note{"한\n줄"}, Tracking: "12-34 가", Description: &lines, Items: []struct {
			Name string `json:"name"`
		}{{""}, {"Café"}}, Labels: map[string]string{"a": "b"},
	}, in)
}

func TestUnmarshal_Lengths_AreCountedAfterCanonicalization(t *testing.T) {
	t.Parallel()
	var in struct {
		Name     string `json:"name" validate:"required,max=2"`
		Password string `json:"password" validate:"omitempty,min=8"`
	}
	require.NoError(t, unmarshal([]byte(`{"name":"  \u1100\u1161\u11a8\u1100\u1161  "}`), "", &in))
	require.Equal(t, "각가", in.Name)
	for _, body := range []string{`{"name":"\u200b\u3164 \u2800"}`, `{"name":"가","password":"        "}`} {
		require.Equal(t, market.CodeInvalidInput, market.CodeOf(unmarshal([]byte(body), "", &in)), body)
	}
}

func TestCanonicalURL_Query_IsMadeCanonicalOrRefused(t *testing.T) {
	t.Parallel()
	for address, field := range map[string]string{
		"/p?keyword=%00": "keyword", "/p?keyword=%b0%a1": "keyword", "/p?a=1&keyword=a%0Ab": "keyword", "/p?%00=1": "query",
		"/p?keyword=%E2%80%AE": "keyword", "/%FF": "path", "/a%0Ab": "path",
	} {
		u, err := url.Parse(address)
		require.NoError(t, err)
		require.Equal(t, field, FieldOf(canonicalURL(u)), address)
	}
	for address, keyword := range map[string]string{
		"/p?keyword=%E1%84%80%E1%85%A1": "가", "/p?keyword=+a+b+": "a b", "/p?keyword=%E2%80%8B": "", "/p?keyword=가": "가",
		"/p?keyword=a%26b": "a&b",
	} {
		u, err := url.Parse(address)
		require.NoError(t, err)
		require.NoError(t, canonicalURL(u))
		require.Equal(t, keyword, u.Query().Get("keyword"), address)
	}
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

type lineItem struct {
	Name  string       `json:"name" validate:"required,max=5"`
	Price market.Money `json:"price" validate:"gte=0"`
	Total market.Money `json:"amount" validate:"gte=0"`
	Note  string       `json:"note"`
	Parts []struct {
		Count int32 `json:"count" validate:"gt=0"`
	} `json:"parts" validate:"dive"`
}

// TestDecode_SeveralFieldsRefused_NamesThemAll, each once, in the reader's language.
func TestDecode_SeveralFieldsRefused_NamesThemAll(t *testing.T) {
	t.Parallel()
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(
		`{"name": "long enough", "price": -1, "amount": -1, "note": "a\u202eb", "parts": [{"count": 0}]}`))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	Handle(func(w http.ResponseWriter, r *http.Request) error {
		return Decode(w, r, "", &lineItem{})
	})(w, r)
	var got struct {
		Message string
		Errors  []fieldError
	}
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &got))
	require.Equal(t, []fieldError{
		{"note", "INVALID", "글의 방향을 바꾸는 문자는 사용할 수 없습니다: 메모"},
		{"name", "TOO_LONG", "이름은 최대 50자 까지 입력 가능합니다."}, {"price", "INVALID", "가격은 0 이상이어야 합니다"},
		{"amount", "INVALID", "잘못된 입력값입니다: 금액"}, {"parts[0].count", "INVALID", "잘못된 입력값입니다: parts[0] count"},
	}, got.Errors)
	require.Equal(t, got.Errors[0].Message, got.Message)
}

// Amounts have rules of their own, and a name that stands twice is refused.
func TestDecode_UnreadableField_IsNamed(t *testing.T) {
	t.Parallel()
	for body, field := range map[string]string{
		`{"price": 1E+4}`:                                      "price",
		`{"name": "a", "price": 0.001}`:                        "price",
		`{"price": "12"}`:                                      "price",
		`{"name": 7}`:                                          "name",
		`{"name": "a", "price": 1, "name": "b"}`:               "name",
		`{"parts": [{"count": 1, "count": 2}]}`:                "parts[0].count",
		`{"parts": [{}, {"a": {"b": [1, {"c": 1, "C": 2}]}}]}`: "parts[1].a.b[1].C",
		`{"name": "a", "price": 1, "NAME": "b"}`:               "NAME",
		`{"name": "a",}`:                                       "body",
		`{"parts": [{"count": 1}, {"count": "x"}]}`:            "parts[1].count",
		`{"parts": [{"count": 1}, 7]}`:                         "parts[1]",
		`{"parts": {"count": 1}}`:                              "parts",
	} {
		err := unmarshal([]byte(body), "", &lineItem{})
		require.Equal(t, market.CodeInvalidInput, market.CodeOf(err), body)
		require.Equal(t, field, FieldOf(err), body)
	}
	good := `{"name": "a", "price": 1.5, "parts": [{"count": 1}, {"count": 1}]}`
	require.NoError(t, unmarshal([]byte(good), "", &lineItem{}))
}

// A value of another type hides no other
// fault, and there is a bound.
func TestDecode_UnreadableFields_AreNamedWithTheOthers(t *testing.T) {
	t.Parallel()
	paths := func(body string) (all []string) {
		var refused *market.Error
		require.ErrorAs(t, unmarshal([]byte(body), "", &lineItem{}), &refused)
		for _, e := range append([]*market.Error{refused}, refused.Others...) {
			all = append(all, FieldOf(e))
		}
		return all
	}
	require.Equal(t, []string{"price", "parts[1].count", "name", "parts[2].count"}, paths(
		`{"price": "x", "name": "long enough", "parts": [{"count": 1}, {"count": "x"}, {"count": 0}]}`))
	require.Equal(t, []string{"parts[1]"}, paths(`{"name": "a", "parts": [{"count": 1}, 7]}`))
	var account struct {
		BankCode string `json:"bankCode" validate:"required,bankcode"`
		Name     string `json:"name" validate:"required"`
	}
	err := unmarshal([]byte(`{"bankCode": "NOPE"}`), "", &account)
	var refused *market.Error
	require.ErrorAs(t, err, &refused)
	require.Equal(t, market.CodeBankCodeInvalid, refused.Code)
	require.Equal(t, "bankCode", FieldOf(refused))
	require.Len(t, refused.Others, 1, "it is listed with the others")
	require.Len(t, paths(`{"parts": [`+strings.Repeat(`"x",`, 10_000)+`"x"]}`), maxFaults)
	require.Len(t, paths(`{"parts": [`+strings.Repeat(`{},`, 10_000)+`{}]}`), maxFaults)
}

func TestPage_SortParameters_AreReadAsSpringDoes(t *testing.T) {
	t.Parallel()
	field := func(name string, desc bool) market.SortField { return market.SortField{Field: name, Desc: desc} }
	for query, want := range map[string][]market.SortField{
		"":                                {},
		"sort=":                           {},
		"sort=,":                          {},
		"sort=desc":                       {},
		"sort=name":                       {field("name", false)},
		"sort=name,DESC":                  {field("name", true)},
		"sort=name,asc&sort=id,desc":      {field("name", false), field("id", true)},
		"sort=name,price,desc&sort=id":    {field("name", true), field("price", true), field("id", false)},
		"sort=createdAt&sort=&sort=price": {field("createdAt", false), field("price", false)},
		"sort=name,sideways":              {field("name", false), field("sideways", false)},
	} {
		p, err := Page(httptest.NewRequest(http.MethodGet, "/?"+query, nil), 10)
		require.NoError(t, err, query)
		got := []market.SortField{}
		if p.Sort != "" {
			got = append(got, market.SortField{Field: p.Sort, Desc: p.Desc})
		}
		require.Equal(t, want, append(got, p.Then...), query)
	}
	p, err := OldestFirst(httptest.NewRequest(http.MethodGet, "/", nil), 10)
	require.NoError(t, err)
	require.Equal(t, market.PageRequest{Size: 10, Sort: "createdAt"}, p)
	p, err = OldestFirst(httptest.NewRequest(http.MethodGet, "/?sort=id,desc", nil), 10)
	require.NoError(t, err)
	require.Equal(t, market.PageRequest{Size: 10, Sort: "id", Desc: true}, p)
}

// Paths that were made for each container took gigabytes.
func TestRepeatedName_DeeplyNested_CostsWhatItsLengthCosts(t *testing.T) {
	t.Parallel()
	nested := strings.Repeat("[", maxBody)
	cost := testing.Benchmark(func(b *testing.B) {
		b.Helper()
		for b.Loop() {
			_, twice := repeatedName([]byte(nested))
			require.False(b, twice)
		}
	})
	require.Less(t, cost.AllocedBytesPerOp(), int64(100<<20))
	path, twice := repeatedName([]byte(strings.Repeat("[", 30_000) + `{"a":1,"a":2}`))
	require.True(t, twice)
	require.LessOrEqual(t, len(path), maxEcho)
}
