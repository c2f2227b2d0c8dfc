package web

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/mux"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"

	"github.com/all-in-market/market/internal/market"
)

// listening serves a router with GET and POST of /orders and /orders/{orderId}, behind what stands outside of it.
func listening(t *testing.T, m *Metrics) *httptest.Server {
	t.Helper()
	router := NewRouter(Parameters{"GET /orders": {"page", "status"}})
	h := Handle(func(w http.ResponseWriter, r *http.Request) error {
		return Respond(w, r, ReadSuccess, strings.Repeat("a", 4000))
	})
	for _, path := range []string{"/orders", "/orders/{orderId}"} {
		router.Handle(path, h).Methods(http.MethodGet)
		router.Handle(path, h).Methods(http.MethodPost)
	}
	s := httptest.NewServer(wrapped(router, quietLog(), m, time.Second))
	t.Cleanup(s.Close)
	return s
}

type answer struct {
	StatusCode int
	Header     http.Header
}

// send sends a request over its own connection, as it is written, and returns the answer.
func send(t *testing.T, s *httptest.Server, method, path string, header ...string) (answer, string) {
	t.Helper()
	req, err := http.NewRequest(method, s.URL, nil)
	require.NoError(t, err)
	req.URL.Opaque = path
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	client := &http.Client{
		Transport:     &http.Transport{DisableCompression: true, DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	resp, err := client.Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return answer{resp.StatusCode, resp.Header}, string(body)
}

func TestRouter_UncleanPath_IsUnknownForEachMethod(t *testing.T) {
	t.Parallel()
	s := listening(t, testMetrics())
	for _, path := range []string{"//orders", "/orders//1", "/x/../orders", "/./orders", "/orders/", "/orders/1/"} {
		for _, method := range []string{"GET", "HEAD", "POST", "PUT"} {
			resp, _ := send(t, s, method, path)
			require.Equal(t, http.StatusNotFound, resp.StatusCode, "%s %s", method, path)
		}
	}
}

func TestMetrics_InventedMethods_MakeOneSeries(t *testing.T) {
	t.Parallel()
	m := testMetrics()
	s := listening(t, m)
	for i := range 50 {
		resp, _ := send(t, s, fmt.Sprint("INVENTED", i), "/orders")
		require.Equal(t, http.StatusMethodNotAllowed, resp.StatusCode)
		require.Equal(t, "GET, HEAD, POST", resp.Header.Get("Allow"))
	}
	require.Equal(t, 1, testutil.CollectAndCount(m.requests))
}

func TestHead_OfAReadRoute_IsItsGetWithoutTheBody(t *testing.T) {
	t.Parallel()
	s := listening(t, testMetrics())
	got, body := send(t, s, "GET", "/orders/7")
	head, none := send(t, s, "HEAD", "/orders/7")
	require.Equal(t, http.StatusOK, head.StatusCode)
	require.Equal(t, got.Header.Get("Content-Type"), head.Header.Get("Content-Type"))
	require.NotEmpty(t, body)
	require.Empty(t, none)
}

func TestQuery_MalformedOrUnknown_IsRefusedWithTheName(t *testing.T) {
	t.Parallel()
	s := listening(t, testMetrics())
	for path, want := range map[string]string{
		"/orders?page=%zz":      "query string",
		"/orders?page=1;a=b":    "query string",
		"/orders?statsu=PAID":   "statsu",
		"/orders?page=1&x%3d=":  "x=",
		"/orders?page=1&page=2": "page only once",
	} {
		resp, body := send(t, s, "GET", path, "Accept-Language", "en")
		require.Equal(t, http.StatusBadRequest, resp.StatusCode, path)
		require.Contains(t, body, want, path)
	}
	for _, path := range []string{"/orders?page=1&status=PAID", "/orders", "/orders?", "/orders/7?anything=1"} {
		resp, body := send(t, s, "GET", path)
		require.Equal(t, http.StatusOK, resp.StatusCode, "%s: %s", path, body)
	}
}

func TestAnswers_AreCompressedForWhoTakesThemSo(t *testing.T) {
	t.Parallel()
	s := listening(t, testMetrics())
	plain, whole := send(t, s, "GET", "/orders")
	require.Empty(t, plain.Header.Get("Content-Encoding"))
	require.Contains(t, plain.Header.Values("Vary"), "Accept-Encoding")
	resp, body := send(t, s, "GET", "/orders", "Accept-Encoding", "gzip")
	require.Equal(t, "gzip", resp.Header.Get("Content-Encoding"))
	require.Less(t, len(body), len(whole)/10)
	unzipped, err := gzip.NewReader(strings.NewReader(body))
	require.NoError(t, err)
	b, err := io.ReadAll(unzipped)
	require.NoError(t, err)
	require.Contains(t, string(b), strings.Repeat("a", 4000))
	resp, _ = send(t, s, "GET", "/orders", "Accept-Encoding", "gzip, deflate, br, zstd")
	require.Equal(t, "zstd", resp.Header.Get("Content-Encoding"))
	resp, body = send(t, s, "GET", "/nowhere", "Accept-Encoding", "gzip")
	require.Empty(t, resp.Header.Get("Content-Encoding"), "a short answer would not become shorter")
	require.Contains(t, body, "NOT_FOUND")
}

func TestReadParameters_OfADocument_FollowsReferences(t *testing.T) {
	t.Parallel()
	p, err := ReadParameters([]byte(`
paths:
  /orders/{id}:
    parameters: [{name: id, in: path}, {name: lang, in: query}]
    get: {parameters: [{$ref: '#/components/parameters/page'}, {name: key, in: header}]}
    put: {}
    servers: [{url: /}]
components: {parameters: {page: {name: page, in: query}}}
`))
	require.NoError(t, err)
	require.Equal(t, Parameters{"GET /orders/{id}": {"lang", "page"}, "PUT /orders/{id}": {"lang"}}, p)
	_, err = ReadParameters([]byte("paths: {/x: {get: {parameters: [{$ref: '#/components/parameters/none'}]}}}"))
	require.ErrorContains(t, err, "none")
	_, err = ReadParameters([]byte("paths: ["))
	require.Error(t, err)
}

func TestClientAddress(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		header, value string
		proxies       int
		want, unread  string
	}{
		{"X-Forwarded-For", "6.6.6.6, 1.2.3.4, 5.5.5.5", 0, "10.0.0.9", ""}, // the client's own word
		{"X-Forwarded-For", "6.6.6.6, 1.2.3.4, 5.5.5.5", 1, "5.5.5.5", ""},
		{"X-Forwarded-For", "6.6.6.6, 1.2.3.4, 5.5.5.5", 2, "1.2.3.4", ""},
		{"X-Forwarded-For", "6.6.6.6, 1.2.3.4, 5.5.5.5", 9, "10.0.0.9", "6.6.6.6, 1.2.3.4, 5.5.5.5"},
		{"X-Forwarded-For", "5.5.5.5:41234", 1, "5.5.5.5", ""},
		{"X-Forwarded-For", "2001:db8::7", 1, "2001:db8::7", ""},
		{"X-Forwarded-For", "[2001:db8::7]", 1, "2001:db8::7", ""},
		{"X-Forwarded-For", "[2001:db8::7]:443", 1, "2001:db8::7", ""},
		{"X-Forwarded-For", "::ffff:5.5.5.5", 1, "5.5.5.5", ""},
		{"X-Forwarded-For", "fe80::1%eth0", 1, "fe80::1", ""},
		{"X-Forwarded-For", "unknown", 1, "10.0.0.9", "unknown"},
		{"X-Forwarded-For", "5.5.5.5, , ", 1, "5.5.5.5", ""},
		{"X-Forwarded-For", "", 1, "10.0.0.9", ""},
		{"Forwarded", "proto=https, for=5.5.5.5", 1, "5.5.5.5", ""},
		{"Forwarded", "for=5.5.5.5, proto=https", 1, "10.0.0.9", "none"},
		{"Forwarded", `for=1.2.3.4;proto=https, for="[2001:db8::7]:4711";by=10.0.0.1`, 1, "2001:db8::7", ""},
		{"Forwarded", `For=1.2.3.4;proto=https, for=5.5.5.5`, 2, "1.2.3.4", ""},
		{"Forwarded", `for=_hidden`, 1, "10.0.0.9", "_hidden"},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = "10.0.0.9:1234"
		r.Header.Add(c.header, c.value)
		address, unread := clientAddress(r, c.proxies)
		require.Equal(t, c.want, address, c)
		require.Equal(t, c.unread, unread, c)
	}
}

// Otherwise limits would count all clients as one, unseen.
func TestOuter_UnreadAddresses_AreCountedAndLoggedOnce(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	m := testMetrics()
	h := Middleware{
		Server: "api", Log: slog.New(slog.NewTextHandler(&log, nil)), Metrics: m, Timeout: time.Second,
		TrustedProxies: 1,
	}.Wrap(NewRouter(nil))
	for range 3 {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("X-Forwarded-For", "unix:")
		h.ServeHTTP(httptest.NewRecorder(), r)
	}
	require.InDelta(t, 3, testutil.ToFloat64(m.unread.counter), 0)
	require.Equal(t, 1, strings.Count(log.String(), "level=WARN"))
}

// A client would mark a field that its form does not have.
func TestFail_ErrorOfNoField_HasNoErrors(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err  error
		list bool
	}{
		{market.RefuseWith(market.CodeProductOutOfStock, market.DetailProductShort, "p", 1), false},
		{market.RefuseWith(market.CodeForbidden, market.DetailOtherOrigin, "o", "h"), false},
		{market.Refuse(market.CodeForbidden), false},
		{market.Refuse(market.CodeBankCodeInvalid), true},
		{market.RefuseWith(market.CodeInvalidInput, market.DetailFieldRequired, "name"), true},
	} {
		w := httptest.NewRecorder()
		Fail(w, httptest.NewRequest(http.MethodPost, "/", nil), c.err)
		require.Equal(t, c.list, strings.Contains(w.Body.String(), `"errors":[{"field"`), w.Body)
	}
}

func TestEnglish_AcceptLanguage_IsWeighed(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]bool{
		"": false, "en": true, "en-GB,en;q=0.9": true, "ko-KR,ko;q=0.9,en;q=0.8": false, "en;q=0.1, ko;q=0.9": false,
		"zh, en;q=0.5": true, "en-AU": true, "EN": true, "ko": false, "en-US;q=0.5, ko": false, "fr": false, "*": false, ";;": false,
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Accept-Language", header)
		require.Equal(t, want, English(r), header)
	}
}

func TestRespondCached_NotModified_IsForReadsInTheSameLanguage(t *testing.T) {
	t.Parallel()
	ask := func(method, language, etag string) *httptest.ResponseRecorder {
		r, w := httptest.NewRequest(method, "/", nil), httptest.NewRecorder()
		r.Header.Set("Accept-Language", language)
		r.Header.Set("If-None-Match", etag)
		require.NoError(t, RespondCached(w, r, Public, json.RawMessage(`{}`)))
		return w
	}
	etag := ask(http.MethodGet, "ko", "").Header().Get("ETag")
	require.Equal(t, http.StatusNotModified, ask(http.MethodGet, "ko", etag).Code)
	require.Equal(t, http.StatusOK, ask(http.MethodGet, "en", etag).Code)
	require.Equal(t, http.StatusOK, ask(http.MethodPost, "ko", etag).Code)
	require.Equal(t, http.StatusOK, ask(http.MethodPost, "ko", "*").Code)
}

func TestParametersCheck_SeveralRefused_AreNamedTogether(t *testing.T) {
	t.Parallel()
	routes := mux.NewRouter()
	routes.Use(Parameters{"GET /things": {"page", "sort"}}.Check)
	routes.HandleFunc("/things", func(http.ResponseWriter, *http.Request) {}).Methods(http.MethodGet)
	for query, want := range map[string][]string{
		"page=1&sort=a&sort=b": nil, "zoo=1&page=1&page=2&bogus=1": {"bogus", "page", "zoo"},
	} {
		w := httptest.NewRecorder()
		routes.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/things?"+query, nil))
		var got struct{ Errors []fieldError }
		if want != nil {
			require.NoError(t, json.Unmarshal(w.Body.Bytes(), &got))
		}
		var fields []string
		for _, e := range got.Errors {
			fields = append(fields, e.Field)
		}
		require.Equal(t, want, fields, query)
	}
}
